"""When an activity comes again: every week or every month until a day. Pure."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from volunteers.words import Word, choices

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

RHYTHMS = (Word("weekly", _("Every week")), Word("monthly", _("Every month")))
WEEK = timedelta(days=7)
LONGEST = timedelta(days=366)
# Activities are made so long before their day: time enough to sign up, and few to change where plans change.
AHEAD = timedelta(days=28)


def day_of(rhythm: str, first: date, number: int) -> date:
    """The day of the n-th repetition; 0 is the first day itself. A month that lacks the day takes its last.

    KeyError for an unknown rhythm.
    """
    if rhythm == "weekly":
        return first + number * WEEK
    if rhythm != "monthly":
        raise KeyError(rhythm)
    months = first.year * 12 + first.month - 1 + number
    year, month = months // 12, months % 12 + 1
    return date(year, month, min(first.day, monthrange(year, month)[1]))


def next_day(rhythm: str, first: date, after: date, until: date) -> date | None:
    """The first day behind `after` on which it comes; None when there is none any more up to `until`."""
    number = 0
    while (day := day_of(rhythm, first, number)) <= after:
        number += 1
    return day if day <= until else None


def rhythm_choices() -> list[tuple[str, StrOrPromise]]:
    """For model fields."""
    return choices(RHYTHMS)
