"""Rules of service records, as pure functions: how many minutes, and who may say that they are right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from trail.refusals import NotAllowed
from volunteers.words import Word, choices

if TYPE_CHECKING:
    from datetime import datetime

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
