"""The three rates (三率): response, resolution, satisfaction. What is counted, and the periods one asks for.

A result counts when it ends: its reporter has rated it, by link or when called back, or the window for that passed.
Of two verdicts on one result the reporter's own holds; one that is heard after the window takes the place of
未评价. Every result counts once, also where it is opened again and ended as it stood; one that was called unsolved and
then redone is two. No answer is 未评价: it is shown and never counted as satisfied; so is what the level above ends
without one. What somebody found and settled at once (即办) has nobody to rate it and stays outside, as do scheduled
tasks and alerts. An issue that was merged into another counts when its own reporter rates, never as unrated.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from issues.kinds import Word

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class Rate:
    """A share of the rated results; `count` names the figure that stands above the line."""

    key: str
    label: StrOrPromise
    count: str
    meaning: StrOrPromise


RATES = (
    Rate(
        "response",
        _("Response rate"),
        "responded",
        _("Contacted or answered by the date that was promised first, and the reporter says so."),
    ),
    Rate("resolution", _("Resolution rate"), "solved", _("The reporter says that it is solved.")),
    Rate("satisfaction", _("Satisfaction rate"), "satisfied", _("The reporter is satisfied.")),
)


@dataclass(frozen=True)
class Figures:
    """Numbers of results. `answered` is the reporter's word alone, `responded` also that it was in time."""

    rated: int = 0
    answered: int = 0
    responded: int = 0
    solved: int = 0
    satisfied: int = 0
    unrated: int = 0
    # Of the rated, those heard by telephone (回访): they count like all others, and stand apart as well.
    called: int = 0
    called_responded: int = 0
    called_solved: int = 0
    called_satisfied: int = 0

    def __add__(self, other: Figures) -> Figures:
        return Figures(*(one + two for one, two in zip(astuple(self), astuple(other), strict=True)))

    @property
    def ended(self) -> int:
        """All results that came to their end, rated or not."""
        return self.rated + self.unrated

    def percent(self, rate: Rate) -> float | None:
        """To one decimal; None where nobody has rated: no figure is not a bad figure."""
        return round(100 * getattr(self, rate.count) / self.rated, 1) if self.rated else None


COUNTS = tuple(field.name for field in fields(Figures))


PERIODS = (
    Word("this_month", _("This month")),
    Word("last_month", _("Last month")),
    Word("this_quarter", _("This quarter")),
    Word("last_quarter", _("Last quarter")),
    Word("this_year", _("This year")),
)
# Longer than this nobody compares; it also bounds what one page may ask of the database.
LONGEST = timedelta(days=366)


def period(key: str, today: date) -> tuple[date, date] | None:
    """First and last day of a named period, both counted; it never reaches beyond `today`. None: no such."""
    month = today.replace(day=1)
    quarter = date(today.year, today.month - (today.month - 1) % 3, 1)
    before = quarter - timedelta(days=1)
    days = timedelta(days=1)
    return {
        "this_month": (month, today),
        "last_month": ((month - days).replace(day=1), month - days),
        "this_quarter": (quarter, today),
        "last_quarter": (date(before.year, before.month - 2, 1), before),
        "this_year": (date(today.year, 1, 1), today),
    }.get(key)


def days_asked(key: str, first: date | None, last: date | None, today: date) -> tuple[str, date, date]:
    """(period, first and last day) of what somebody asks for; without an answer this month.

    A free period without a first day begins with the last one's month, without a last day it ends today.
    Raises ValueError: "order" for a last day before the first, "long" beyond a year, "period" for no such.
    """
    key = key or ("free" if first or last else "this_month")
    if key == "free":
        until = last or max(today, first or today)
        days = (first or until.replace(day=1), until)
    else:
        named = period(key, today)
        if named is None:
            raise ValueError("period")
        days = named
    if days[0] > days[1]:
        raise ValueError("order")
    if days[1] - days[0] > LONGEST:
        raise ValueError("long")
    return key, *days
