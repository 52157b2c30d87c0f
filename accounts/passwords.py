"""First passwords: random, told once, changed at the first sign-in; so their hash need not be a slow one."""

import secrets

from django.contrib.auth.hashers import PBKDF2PasswordHasher

# Without those that look alike (0 o, 1 l i): they are read out, written on slips and typed on phones.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
# A hash of many rounds protects what people make up. Nobody guesses 59 random bits, and opening five hundred
# accounts must not take minutes. Django hashes anew, with all its rounds, when somebody signs in.
ROUNDS = 2_000


def new_password() -> str:
    """Three groups of four, like "k7mf-3xqp-9thr": 59 random bits."""
    return "-".join("".join(secrets.choice(LETTERS) for _letter in range(4)) for _group in range(3))


def quick_hash(password: str) -> str:
    """What the database keeps of a random password; for nothing that a person has made up."""
    hasher = PBKDF2PasswordHasher()
    return hasher.encode(password, hasher.salt(), ROUNDS)
