"""When a scheduled task comes again: days of the week or of the month, at a time, on working days only or not."""

from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from calendars.worktime import SHANGHAI

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

ONE_DAY = timedelta(days=1)
LAST_OF_MONTH = -1
# No rule that can be made rests for longer; so a search ends.
LONGEST_REST = timedelta(days=800)
# Nobody plans further; what begins later never comes.
LAST_YEAR = 2100

IsWorkingDay = Callable[[date], bool]
# Why a rule refused what a task would have made, by the code of the refusal.
STOPPED: dict[str, "StrOrPromise"] = {
    "closed_place": _("the place was closed"),
    "inactive_category": _("the category is no longer in use"),
}


@dataclass(frozen=True)
class Rule:
    """`weekdays`: 0 is Monday. `month_days`: 1 to 31, -1 the last one; a month that lacks a day takes its
    last. Neither: every day. `until` is the last day.

    On working days only: a weekday that is off falls out, a day of the month moves to the next working day.
    """

    weekdays: frozenset[int]
    month_days: frozenset[int]
    at: time
    starts_on: date
    until: date | None = None
    only_working_days: bool = True


def next_after(rule: Rule, moment: datetime, is_working_day: IsWorkingDay) -> datetime | None:
    """The first occurrence after this moment (UTC); None when there is none any more."""
    return next(occurrences(rule, moment, is_working_day), None)


def next_few(rule: Rule, moment: datetime, is_working_day: IsWorkingDay, count: int = 5) -> list[datetime]:
    """The next occurrences after this moment, for a preview."""
    return list(islice(occurrences(rule, moment, is_working_day), count))


def occurrences(rule: Rule, moment: datetime, is_working_day: IsWorkingDay) -> Iterator[datetime]:
    """All occurrences after this moment, in order, each once."""
    after = moment.astimezone(SHANGHAI)
    day = max(rule.starts_on, after.date())
    if day.year > LAST_YEAR:
        return
    last = day + LONGEST_REST
    while day <= last and (rule.until is None or day <= rule.until):
        at = datetime.combine(day, rule.at, tzinfo=SHANGHAI)
        if at > after and falls_on(rule, day, is_working_day):
            last = day + LONGEST_REST
            yield at.astimezone(UTC)
        day += ONE_DAY


def falls_on(rule: Rule, day: date, is_working_day: IsWorkingDay) -> bool:
    """Is this one of its days?"""
    if rule.only_working_days and not is_working_day(day):
        return False
    if rule.month_days:
        return _in_month(rule, day, is_working_day)
    return not rule.weekdays or day.weekday() in rule.weekdays


def _in_month(rule: Rule, day: date, is_working_day: IsWorkingDay) -> bool:
    """The day itself, or a day off before it that moved here."""
    wanted = day
    while not _named(rule, wanted):
        wanted -= ONE_DAY
        if not rule.only_working_days or is_working_day(wanted) or wanted < rule.starts_on:
            return False
    return True


def _named(rule: Rule, day: date) -> bool:
    last = monthrange(day.year, day.month)[1]
    if day.day in rule.month_days:
        return True
    return day.day == last and any(one == LAST_OF_MONTH or one > last for one in rule.month_days)


def stopped_because(code: str) -> "StrOrPromise":
    """Why a task that a rule refused has stopped by itself; the code itself where nothing is known of it."""
    return STOPPED.get(code, code)
