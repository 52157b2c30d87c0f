"""The code on a certificate of service, by which whoever holds the paper can ask whether it is true. Pure.

It says itself what it vouches for (whose, how many minutes, up to which day) and a keyed digest that only the platform
can make. No name: the paper has it.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    # Text → hex digits that only whoever has the secret can make.
    Digest = Callable[[str], str]

# 80 bits: not to be guessed, and short enough to be typed.
DIGITS = 20
SHAPE = re.compile(rf"v([0-9]{{1,12}})-([0-9]{{1,9}})-([0-9]{{8}})-([0-9a-f]{{{DIGITS}}})", re.ASCII)
LONGEST = 60


@dataclass(frozen=True)
class Claim:
    """`volunteer`: id; `minutes` confirmed up to and with the day `on`."""

    volunteer: int
    minutes: int
    on: date


def write_code(claim: Claim, digest: Digest) -> str:
    """As it stands on the paper: V12-6030-20261130-9f…, letters and digits that nobody takes for others."""
    return f"{_said(claim)}-{digest(_said(claim))[:DIGITS]}"


def read_code(text: str, digest: Digest) -> Claim | None:
    """What a code vouches for; None for one that the platform never made. Blanks and case do not matter."""
    if len(text) > 4 * LONGEST:
        return None
    found = SHAPE.fullmatch("".join(text.lower().split()))
    if found is None:
        return None
    volunteer, minutes, day, given = found.groups()
    try:
        claim = Claim(int(volunteer), int(minutes), date.fromisoformat(day))
    except ValueError:
        return None
    return claim if hmac.compare_digest(digest(_said(claim))[:DIGITS], given) else None


def _said(claim: Claim) -> str:
    return f"V{claim.volunteer}-{claim.minutes}-{claim.on:%Y%m%d}"
