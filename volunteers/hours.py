"""Rules of service records, as pure functions: how many minutes, whether a day has room for them, and who may say that they
are right."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from trail.refusals import NotAllowed
from volunteers.shifts import overlap
from volunteers.words import Word, choices

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from django_stubs_ext import StrOrPromise

    from trail.refusals import Refused
    from volunteers.shifts import Period

STATES = (
    Word("proposed", pgettext_lazy("hours", "To be confirmed")),
    Word("confirmed", pgettext_lazy("hours", "Confirmed")),
    Word("refused", pgettext_lazy("hours", "Not accepted")),
)
CORRECTION_STATES = (
    Word("asked", pgettext_lazy("correction", "To be decided")),
    Word("granted", pgettext_lazy("correction", "Granted")),
    Word("refused", pgettext_lazy("correction", "Not granted")),
)
# Where the minutes come from.
SOURCES = (
    Word("checked", _("Check-in and check-out")),
    Word("shift", _("Check-in and the end of the shift")),
    Word("set", _("Set by whoever handed them in")),
    Word("beside", _("Beside any activity")),
)
MOST_MINUTES = 24 * 60


def minutes_of(shift: Period, came_at: datetime | None, left_at: datetime | None = None) -> int:
    """Whole minutes of presence within the shift: from when somebody came up to when they left, else its end.

    0 for whoever never came, or was there outside of the shift alone.
    """
    if came_at is None:
        return 0
    start = max(shift.starts_at, came_at)
    end = min(shift.ends_at, left_at or shift.ends_at)
    return max(int((end - start).total_seconds()) // 60, 0)


@dataclass(frozen=True)
class Worked:
    """Minutes of one person in one record: on which day they began; where it is known, how many of that day were left then
    (`rest_of_day`), and from when to when the person was `there`."""

    on: date
    minutes: int
    rest_of_day: int | None = None
    there: Period | None = None

    def by_day(self) -> dict[date, int]:
        """What goes beyond midnight belongs to the next day."""
        first = self.minutes if self.rest_of_day is None else min(self.minutes, self.rest_of_day)
        return {self.on: first, self.on + timedelta(days=1): self.minutes - first}


def no_room(one: Worked, others: Iterable[Worked]) -> str:
    """What stands against a record beside the others of the same person: "overlap" where both are known to be at the same
    time and say more minutes than that time has, "day_full" where a day would hold more than it has; else ""."""
    if not one.minutes:
        return ""
    others = list(others)
    if any(_at_once(one, other) for other in others):
        return "overlap"
    sums = one.by_day()
    for other in others:
        for day, minutes in other.by_day().items():
            sums[day] = sums.get(day, 0) + minutes
    return (
        "day_full"
        if any(sums[day] > MOST_MINUTES for day, minutes in one.by_day().items() if minutes)
        else ""
    )


def _at_once(one: Worked, other: Worked) -> bool:
    if one.there is None or other.there is None or not overlap(one.there, other.there):
        return False
    both = max(one.there.ends_at, other.there.ends_at) - min(one.there.starts_at, other.there.starts_at)
    return (one.minutes + other.minutes) * 60 > both.total_seconds()


def refusal_to_confirm(by: int | None, *, volunteer: int | None, proposer: int | None) -> Refused | None:
    """Two steps, two people, and never the person themself: whose account `by` is, that of the volunteer, and that of
    whoever handed the hours in. None (the platform itself) may neither."""
    if by is None or by == volunteer:
        return NotAllowed(_("Nobody confirms their own hours."), code="own_hours")
    if by == proposer:
        return NotAllowed(
            _("Somebody other than whoever handed them in confirms hours."), code="own_proposal"
        )
    return None


def state_choices() -> list[tuple[str, StrOrPromise]]:
    """For model fields."""
    return choices(STATES)


def correction_choices() -> list[tuple[str, StrOrPromise]]:
    """For model fields."""
    return choices(CORRECTION_STATES)


def source_choices() -> list[tuple[str, StrOrPromise]]:
    """For model fields."""
    return choices(SOURCES)
