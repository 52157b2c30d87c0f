"""Working time: which days are worked, when a span of it is over, how much of it has passed.

Pure arithmetic over one calendar's exceptions to the weekday rule; no clock, no database. Days are walked
one by one, hours never minute by minute. Moments go in aware, in any zone, and come out in UTC.
Source of the rules: S3:31 (feedback within 15 working days), State Council notices on holidays and swaps.
"""

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from fractions import Fraction
from functools import cached_property, wraps
from typing import Any, Literal, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

from calendars.hours import OFFICE_HOURS, Hours, check_hours

Unit = Literal["minutes", "hours", "working_hours", "working_days"]
Kind = Literal["off", "work"]

SHANGHAI = ZoneInfo("Asia/Shanghai")
MOST_REMEMBERED = 200
P = ParamSpec("P")
R = TypeVar("R")
NO_TIME = timedelta(0)
ONE_DAY = timedelta(days=1)
# Moments further out are held at these edges, so that no year whatever ends in an overflow.
FIRST, LAST = datetime(2, 1, 1, tzinfo=UTC), datetime(9998, 12, 31, tzinfo=UTC)
FIRST_DAY, LAST_DAY = date(1, 12, 1), date(9999, 1, 31)


@dataclass(frozen=True)
class Due:
    """When something is due (UTC). `provisional`: a day was asked of a year that no notice is loaded for."""

    at: datetime
    provisional: bool


@dataclass(frozen=True)
class Span:
    """An amount of time on its own clock: minutes and hours run round the clock, the others in office hours.

    A part of a span may be a fraction; ValueError for a negative amount.
    """

    amount: int | Fraction
    unit: Unit

    def __post_init__(self) -> None:
        if self.amount < 0:
            raise ValueError(f"a span cannot be negative: {self.amount} {self.unit}")
        if isinstance(self.amount, Fraction) and self.amount.denominator == 1:
            object.__setattr__(self, "amount", self.amount.numerator)

    @property
    def round_the_clock(self) -> bool:
        """Does it run at night and on holidays too?"""
        return self.unit in ("minutes", "hours")

    def part(self, percent: int) -> "Span":
        """`percent` of this span, exactly, on the same clock."""
        return Span(Fraction(self.amount) * percent / 100, self.unit)


def minutes(amount: int) -> Span:
    """Minutes round the clock."""
    return Span(amount, "minutes")


def hours(amount: int) -> Span:
    """Hours round the clock."""
    return Span(amount, "hours")


def working_hours(amount: int) -> Span:
    """Hours in which the offices are open."""
    return Span(amount, "working_hours")


def working_days(amount: int) -> Span:
    """Working days after the day of the start, to the close of the last one."""
    return Span(amount, "working_days")


def _remembered(reckon: Callable[P, R]) -> Callable[P, R]:
    """What comes in together is mostly due together: the last answers are kept with their calendar."""

    @wraps(reckon)
    def answer(*args: P.args, **named: P.kwargs) -> R:
        self, *asked = args
        kept, key = self._answers, (reckon.__name__, *asked, *named.items())  # type: ignore[attr-defined]
        found = kept.get(key)
        if found is None:
            if len(kept) >= MOST_REMEMBERED:
                kept.clear()
            found = kept[key] = reckon(*args, **named)
        return found

    return answer


@dataclass(frozen=True, eq=False)
class Worktime:
    """One calendar's working time.

    `exceptions` to the weekday rule count in any year; `statutory` holidays count in years that are not in
    `known_years`, because there no notice says which weekends pay for them. ValueError for impossible hours
    and for moments without a zone; never an error for a year.
    """

    exceptions: Mapping[date, Kind]
    known_years: Container[int]
    hours: Hours = OFFICE_HOURS
    statutory: Container[date] = frozenset()
    tz: tzinfo = SHANGHAI

    def __post_init__(self) -> None:
        check_hours(self.hours)

    def is_working_day(self, day: date) -> bool:
        """Are the offices open on this day?"""
        kind = self.exceptions.get(day)
        if kind is not None:
            return kind == "work"
        return day.weekday() < 5 and (day.year in self.known_years or day not in self.statutory)

    @_remembered
    def due(self, start: datetime, span: Span) -> Due:
        """When a span that starts at `start` is over.

        n working days end at the close of the n-th working day after the start's own day. Working hours that
        start outside office hours count from the next opening. A part of a working day is that part of its
        office hours. Nothing at all is over at once.
        """
        if span.unit == "working_days" and isinstance(span.amount, int) and span.amount:
            return self._close_of(start, span.amount)
        length = _times(self._unit_length(span.unit), span.amount)
        return Due(_later(start, length), False) if span.round_the_clock else self.add(start, length)

    @_remembered
    def between(self, start: datetime, end: datetime) -> timedelta:
        """Working time from `start` to `end`; negative when `end` comes first."""
        if end < start:
            return -self.between(end, start)
        (day, since), (last, until) = self._split(start), self._split(end)
        passed = self._worked(last, until) - self._worked(day, since)
        while day < last:
            if self.is_working_day(day):
                passed += self.day_length
            day += ONE_DAY
        return passed

    def add(self, start: datetime, amount: timedelta) -> Due:
        """The first moment when `amount` of working time has passed since `start`; ValueError if negative."""
        _not_negative(amount)
        if not amount:
            return Due(_held(start), False)
        first, since = self._split(start)
        goal, day = amount + self._worked(first, since), first
        while day < LAST_DAY:
            if self.is_working_day(day):
                if goal <= self.day_length:
                    break
                goal -= self.day_length
            day += ONE_DAY
        return Due(self._moment(day, self._offset(goal, latest=False)), self._is_guess(first, day))

    def subtract(self, end: datetime, amount: timedelta) -> datetime:
        """The last moment from which `amount` of working time passes until `end`; ValueError if negative."""
        _not_negative(amount)
        if not amount:
            return _held(end)
        day, until = self._split(end)
        at_hand = self._worked(day, until)
        while at_hand < amount and day > FIRST_DAY:
            amount -= at_hand
            day -= ONE_DAY
            at_hand = self.day_length if self.is_working_day(day) else NO_TIME
        return self._moment(day, self._offset(max(at_hand - amount, NO_TIME), latest=True))

    @_remembered
    def point(self, start: datetime, due_at: datetime, span: Span, percent: int) -> datetime:
        """When `percent` of the time from `start` to `due_at` has passed on the span's own clock.

        `due_at` need not be the span's own end: a deadline that was moved keeps its clock.
        """
        if percent >= 100 or due_at <= start:
            return _held(due_at)
        if span.round_the_clock:
            return _later(start, (due_at - start) * percent // 100)
        return self.add(start, self.between(start, due_at) * percent // 100).at

    @cached_property
    def day_length(self) -> timedelta:
        """Working time of one working day."""
        return sum((closes - opens for opens, closes in self._open), NO_TIME)

    @cached_property
    def _answers(self) -> dict[tuple[Any, ...], Any]:
        """The last ones, by what was asked (`_remembered`)."""
        return {}

    @cached_property
    def _open(self) -> tuple[tuple[timedelta, timedelta], ...]:
        """The office hours as distances from midnight."""
        return tuple((_since_midnight(opens), _since_midnight(closes)) for opens, closes in self.hours)

    def _unit_length(self, unit: Unit) -> timedelta:
        if unit == "working_days":
            return self.day_length
        return timedelta(minutes=1) if unit == "minutes" else timedelta(hours=1)

    def close_of(self, day: date) -> Due:
        """The close of office on this day, on a day off that of the next working day."""
        first = day
        while not self.is_working_day(day) and day < LAST_DAY:
            day += ONE_DAY
        return Due(self._moment(day, self._open[-1][1]), self._is_guess(first, day))

    def _close_of(self, start: datetime, count: int) -> Due:
        day = first = self._split(start)[0] + ONE_DAY
        count -= self.is_working_day(day)
        while count and day < LAST_DAY:
            day += ONE_DAY
            count -= self.is_working_day(day)
        return Due(self._moment(day, self._open[-1][1]), self._is_guess(first, day))

    def _worked(self, day: date, offset: timedelta) -> timedelta:
        """Working time of this day up to `offset` after its midnight."""
        if not self.is_working_day(day):
            return NO_TIME
        return sum((min(offset, closes) - opens for opens, closes in self._open if offset > opens), NO_TIME)

    def _offset(self, worked: timedelta, *, latest: bool) -> timedelta:
        """When, after midnight, this much of a working day is worked: the first or the last such moment."""
        for opens, closes in self._open:
            length = closes - opens
            if worked < length or (worked == length and not latest):
                return opens + worked
            worked -= length
        return self._open[-1][1]

    def _is_guess(self, first: date, last: date) -> bool:
        return any(year not in self.known_years for year in range(first.year, last.year + 1))

    def _split(self, moment: datetime) -> tuple[date, timedelta]:
        local = _held(moment).astimezone(self.tz)
        return local.date(), _since_midnight(local.time())

    def _moment(self, day: date, offset: timedelta) -> datetime:
        return (datetime.combine(day, time.min) + offset).replace(tzinfo=self.tz).astimezone(UTC)


def _since_midnight(at: time) -> timedelta:
    return timedelta(hours=at.hour, minutes=at.minute, seconds=at.second, microseconds=at.microsecond)


def _held(moment: datetime) -> datetime:
    """The moment in UTC, held at the edges of what can be reckoned."""
    if moment.tzinfo is None:
        raise ValueError(f"a moment without a time zone: {moment}")
    return min(max(moment, FIRST), LAST).astimezone(UTC)


def _later(start: datetime, length: timedelta) -> datetime:
    start = _held(start)
    return start + min(length, LAST - start)


def _times(length: timedelta, amount: int | Fraction) -> timedelta:
    """`length` × `amount`, never more than all the time there is."""
    most = (LAST - FIRST) // length
    return (LAST - FIRST) if amount > most else length * amount.numerator // amount.denominator


def _not_negative(amount: timedelta) -> None:
    if amount < NO_TIME:
        raise ValueError(f"a negative amount of working time: {amount}")
