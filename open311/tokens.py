"""Tokens of batch services: what leads to a service_request_id once the matter has been screened.

They are the tracking code itself, encrypted: nothing has to be kept, and nobody can make one up.
"""

import re

from accounts.secrets import decrypt, encrypt
from issues.models import Issue

PURPOSE = "open311:"
WRITTEN = re.compile(r"[\w-]{60,400}", re.ASCII)
CODE = re.compile(r"[0-9a-z]{16}")


def token_of(issue: Issue) -> str:
    """Fit for an address: without the padding."""
    return encrypt(PURPOSE + issue.code).rstrip("=")


def code_of(token: str) -> str:
    """The tracking code; "" for what is no token of ours."""
    if not WRITTEN.fullmatch(token):
        return ""
    try:
        text = decrypt(token + "=" * (-len(token) % 4))
    except ValueError:
        return ""
    return text.removeprefix(PURPOSE) if text.startswith(PURPOSE) else ""


def is_code(text: str) -> bool:
    """Could it be a tracking code at all?"""
    return bool(CODE.fullmatch(text))
