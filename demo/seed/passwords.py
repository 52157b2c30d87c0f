"""Random passwords for those who sign in."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from accounts.passwords import quick_hash


@dataclass(frozen=True)
class Password:
    """What the person types, and what the database keeps."""

    text: str
    hash: str


def new_passwords(roles: Iterable[str]) -> dict[str, Password]:
    """A password of its own for each role: 96 random bits."""
    texts = {role: secrets.token_urlsafe(12) for role in roles}
    return {role: Password(text, quick_hash(text)) for role, text in texts.items()}
