"""How long a handler has. Departments answer in 15 working days (S3:31); the rest are our defaults."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from calendars.worktime import Due, Span, hours, minutes, working_days, working_hours
from grids.levels import LEVELS

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class Limits:
    """`answer`: screen or sign within; `submit`: hand in the result within. Both from when it was given, so that
    the date promised then holds however late it is signed for."""

    answer: Span
    submit: Span


BY_LEVEL = {
    "grid": Limits(working_hours(2), working_days(1)),
    "community": Limits(working_hours(2), working_days(3)),
    "street": Limits(working_hours(4), working_days(7)),
    "district": Limits(working_days(1), working_days(15)),
}
# Bodies: departments as the district, forces of a street as the street; utilities answer round the clock.
BY_BODY = {
    "department": BY_LEVEL["district"],
    "office": BY_LEVEL["street"],
    "centre": BY_LEVEL["street"],
    "posted": BY_LEVEL["street"],
    "utility": Limits(working_hours(2), hours(24)),
    "property": BY_LEVEL["community"],
    "owners": BY_LEVEL["community"],
}
# Danger: an answer as fast as to an emergency whistle, the result within 2 hours, both round the clock.
DANGER = Limits(minutes(5), hours(2))
RATING_WINDOW = working_days(5)
# 退单: within one working day. A chase may be repeated after a day.
RETURN_WITHIN = working_days(1)
# Of what is put down later (a visit, offline): so long ago at most it may have been; a typing error lies further back.
REPORTED_WITHIN = timedelta(days=366)
CHASED_LATELY = timedelta(days=1)
# How long the handler's clock stands still for the reporter's answer; how soon a result is looked at.
SUPPLY_WINDOW = working_days(3)
# So often one owner may ask the reporter.
MOST_QUESTIONS = 2
# 回访: so long after the result, and so often in vain, a reporter who has not rated it is called back.
CALLED_BACK_WITHIN = timedelta(days=30)
# As long as its reporter may be called back may they say that it does not hold.
REOPENED_WITHIN = CALLED_BACK_WITHIN
MOST_CALLS = 3
CHECK_WITHIN = working_days(2)
# Of a danger round the clock, as long as an emergency may take altogether (domain.md §3).
DANGER_CHECK_WITHIN = hours(24)


def within(limit: Due, own: Due | None) -> Due:
    """`limit`, but never after the deadline that a hotline order brought along (`own`): no wait moves that one."""
    return own if own is not None and own.at < limit.at else limit


def handling_level_choices() -> list[tuple[str, StrOrPromise]]:
    """The levels that handle issues, for model fields; a building never does."""
    return [(key, LEVELS[key].labels[0]) for key in BY_LEVEL]
