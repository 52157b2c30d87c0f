"""Random passwords for those who sign in. 96 random bits need no stretching, so they are hashed cheaply."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.hashers import PBKDF2PasswordHasher

# Django hashes anew, with all its rounds, when somebody signs in.
ROUNDS = 2_000


@dataclass(frozen=True)
class Password:
    """What the person types, and what the database keeps."""

    text: str
    hash: str


def new_passwords(roles: Iterable[str]) -> dict[str, Password]:
    """A password of its own for each role."""
    hasher = PBKDF2PasswordHasher()
    texts = {role: secrets.token_urlsafe(12) for role in roles}
    return {role: Password(text, hasher.encode(text, hasher.salt(), ROUNDS)) for role, text in texts.items()}
