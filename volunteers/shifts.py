"""Rules of shifts, as pure functions: what stands in whose way, when cancelling is free, when one may check in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

# Between two shifts one has to get from one to the other: a shorter gap is asked about, not forbidden.
GRACE = timedelta(minutes=30)
FREE_CANCEL_HOURS = 24
LONGEST_FREE_CANCEL = 240
LONGEST_SHIFT = timedelta(hours=24)
MOST_SHIFTS, MOST_PLACES = 50, 5_000
# An activity is planned so far ahead, and written down so long after it was: a year that was mistyped is neither.
FARTHEST_AHEAD, LONGEST_BACK = timedelta(days=400), timedelta(days=60)
# From so long before a shift those who come are checked in.
CHECK_IN_EARLY = timedelta(minutes=60)


@dataclass(frozen=True)
class Period:
    """From a moment up to another, which does not belong to it."""

    starts_at: datetime
    ends_at: datetime


def overlap(one: Period, other: Period) -> bool:
    """Are they at the same time, for a moment at least? Where one ends as the other begins they are not."""
    return one.starts_at < other.ends_at and other.starts_at < one.ends_at


def gap(one: Period, other: Period) -> timedelta:
    """The time between two that do not overlap."""
    return max(other.starts_at - one.ends_at, one.starts_at - other.ends_at)


def conflict(wanted: Period, taken: Iterable[Period], grace: timedelta = GRACE) -> str:
    """What the shifts that somebody has say to one more: "hard" (at the same time), "soft" (a gap below the grace)
    or "" for nothing. Hard goes before soft."""
    found = ""
    for one in taken:
        if overlap(wanted, one):
            return "hard"
        if gap(wanted, one) < grace:
            found = "soft"
    return found


def cancels_late(starts_at: datetime, free_hours: int, now: datetime, since: datetime | None = None) -> bool:
    """Is it later than so many hours before the shift? The moment itself is still free. Whoever has the place, at these
    times, only `since` after that moment could never have given it up freely: for them it is not late at all."""
    free_until = starts_at - timedelta(hours=free_hours)
    return now > free_until and (since is None or since <= free_until)


def has_begun(shift: Period, now: datetime) -> bool:
    """From its first moment on."""
    return now >= shift.starts_at


def takes_check_in(shift: Period, now: datetime, early: timedelta = CHECK_IN_EARLY) -> bool:
    """May somebody check in by themself now: from a while before it up to its end."""
    return shift.starts_at - early <= now < shift.ends_at


def wrong_with(shift: Period, places: int) -> str:
    """ "", or what no shift may be: "order", "long" or "places"."""
    if shift.starts_at >= shift.ends_at:
        return "order"
    if shift.ends_at - shift.starts_at > LONGEST_SHIFT:
        return "long"
    return "" if 1 <= places <= MOST_PLACES else "places"


def out_of_reach(shift: Period, now: datetime) -> bool:
    """Does it begin further ahead than one plans, or longer ago than one still writes down?"""
    return not now - LONGEST_BACK <= shift.starts_at <= now + FARTHEST_AHEAD
