"""How a deadline stands, in terms of working time: what a list, a page and a timeline say about it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone

from calendars.worktime import Worktime

MINUTES_SHOWN = 90
# Further away nobody counts days; the date says enough.
MOST_DAYS_COUNTED = 60


@dataclass(frozen=True)
class Countdown:
    """`kind` is late, minutes, today, tomorrow or later.

    `amount`: for minutes those left; for later the working days left; for late the working days since
    (0 on the same day). `nearby` is -1, 0 or 1 for yesterday, today and tomorrow, else None.
    """

    kind: str
    at: datetime
    amount: int
    nearby: int | None
    provisional: bool = False

    @property
    def late(self) -> bool:
        return self.kind == "late"


def countdown(due: datetime, now: datetime, worktime: Worktime, *, provisional: bool = False) -> Countdown:
    """How `due` stands at `now`, by the local calendar of the platform and the district's working days."""
    today, day = timezone.localdate(now), timezone.localdate(due)
    away = (day - today).days
    nearby = away if abs(away) <= 1 else None
    if due < now:
        return Countdown("late", due, working_days_between(day, today, worktime), nearby, provisional)
    left = due - now
    if left < timedelta(minutes=MINUTES_SHOWN):
        return Countdown("minutes", due, int(left.total_seconds() // 60), nearby, provisional)
    if nearby in (0, 1):
        return Countdown(("today", "tomorrow")[nearby], due, 0, nearby, provisional)
    return Countdown("later", due, working_days_between(today, day, worktime), nearby, provisional)


def working_days_between(first: date, last: date, worktime: Worktime) -> int:
    """Working days after `first` up to and including `last`, at most 60."""
    span = min((last - first).days, MOST_DAYS_COUNTED)
    return sum(worktime.is_working_day(first + timedelta(days=step)) for step in range(1, span + 1))


def group_of(state: str, disputed: bool, due: datetime | None, now: datetime) -> str:
    """Where an issue stands in a day's list: late, today, later, resident (theirs to rate) or over."""
    if due is None:
        return "over"
    if state == "resolved" and not disputed:
        return "resident"
    if due < now:
        return "late"
    return "today" if timezone.localdate(due) <= timezone.localdate(now) else "later"
