"""The code on the leader's screen that those who come scan: it changes every minute, so that a photo of it is soon
worth nothing. Pure. It says that somebody was there at that moment; nobody's way is followed."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

STEP_SECONDS = 60
# Whoever scans at the end of a step sends in the next one.
TOLERATED_STEPS = 1
LENGTH = 12


def step_of(moment: datetime) -> int:
    """The number of the minute, the same everywhere."""
    return int(moment.timestamp()) // STEP_SECONDS


def code_at(secret: str, moment: datetime) -> str:
    """What the screen shows at this moment: 12 hex digits. Raises ValueError without a secret."""
    return _code(secret, step_of(moment))


def is_valid(secret: str, code: str, moment: datetime) -> bool:
    """Is it the code of this step, or of the one before it?"""
    now = step_of(moment)
    given = code.strip().lower().encode()
    # All are compared, so that the time taken tells nothing.
    fits = [
        hmac.compare_digest(_code(secret, step).encode(), given)
        for step in range(now - TOLERATED_STEPS, now + 1)
    ]
    return any(fits)


def seconds_left(moment: datetime) -> int:
    """Until the screen shows another one: 1 to 60."""
    return STEP_SECONDS - int(moment.timestamp()) % STEP_SECONDS


def _code(secret: str, step: int) -> str:
    if not secret:
        raise ValueError("an activity without a secret has no code")
    return hmac.new(secret.encode(), f"check-in:{step}".encode(), hashlib.sha256).hexdigest()[:LENGTH]
