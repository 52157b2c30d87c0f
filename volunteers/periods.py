"""The periods that registries and reports ask for, seen from a day. Pure."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils.translation import gettext_lazy as _

from volunteers.words import Word

PERIODS = (
    Word("month", _("This month")),
    Word("last_month", _("Last month")),
    Word("year", _("This year")),
    Word("last_year", _("Last year")),
)
# From one day to another.
FREE = Word("free", _("Free"))
# Longer than this nobody compares; it also bounds what one page may ask of the database.
LONGEST = timedelta(days=366)
DAY = timedelta(days=1)


def period_of(name: str | None, today: date) -> tuple[date, date] | None:
    """The first and the last day of a named period, both counted, up to this day; None for none."""
    month, year = today.replace(day=1), today.replace(month=1, day=1)
    match name:
        case "month":
            return month, today
        case "last_month":
            return (month - DAY).replace(day=1), month - DAY
        case "year":
            return year, today
        case "last_year":
            return (year - DAY).replace(month=1, day=1), year - DAY
    return None


def days_asked(name: str, first: date | None, last: date | None, today: date) -> tuple[str, date, date]:
    """(period, first and last day) of what somebody asks for; without an answer this month. A free period without a first
    day begins with the month of its last one, without a last day it ends today.

    Raises ValueError: "order" for a last day before the first, "long" beyond a year, "period" for none of the table.
    """
    name = name or (FREE.key if first or last else PERIODS[0].key)
    if name == FREE.key:
        until = last or max(today, first or today)
        days: tuple[date, date] | None = (first or until.replace(day=1), until)
    else:
        days = period_of(name, today)
    if days is None:
        raise ValueError("period")
    if days[0] > days[1]:
        raise ValueError("order")
    if days[1] - days[0] > LONGEST:
        raise ValueError("long")
    return name, *days
