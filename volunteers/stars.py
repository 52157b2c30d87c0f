"""Stars for hours (星级志愿者): 100, 300, 600, 1000 and 1500 hours, one to five stars (S3:75 of 白城).

That report counts the hours of a year, the national rules those of a lifetime: a lifetime unless a district says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from grids.policies import Column, Errors, PolicyKind, Value

if TYPE_CHECKING:
    from collections.abc import Mapping

ALL = "all"
LIFETIME, YEAR = "lifetime", "year"
BASES = ((LIFETIME, _("All hours of a lifetime")), (YEAR, _("The hours of a calendar year")))
# Hours for one star, two stars …, S3:75.
HOURS = (100, 300, 600, 1000, 1500)
COLUMNS = ("one", "two", "three", "four", "five")
MOST_HOURS = 100_000


@dataclass(frozen=True)
class StarRule:
    """`hours` for one star, two stars …, strictly rising; `basis`: lifetime or year."""

    hours: tuple[int, ...] = HOURS
    basis: str = LIFETIME


SHIPPED = StarRule()


def stars_of(minutes: int, rule: StarRule = SHIPPED) -> int:
    """How many stars so many confirmed minutes are: a threshold is reached with its last minute."""
    return sum(minutes >= hours * 60 for hours in rule.hours)


def counted(by_year: Mapping[int, int], rule: StarRule, year: int) -> int:
    """The minutes that count in this calendar year (of the days of service in Shanghai): all up to it, or its own."""
    if rule.basis == YEAR:
        return by_year.get(year, 0)
    return sum(minutes for one, minutes in by_year.items() if one <= year)


def missing(minutes: int, rule: StarRule = SHIPPED) -> int | None:
    """Minutes up to the next star; None for whoever has all."""
    return next((hours * 60 - minutes for hours in rule.hours if minutes < hours * 60), None)


def rule_from(value: Value) -> StarRule:
    """The rule that a whole table says."""
    row: Mapping[str, Any] = value[ALL]
    return StarRule(tuple(row[name] for name in COLUMNS), row["basis"])


def _rising(value: Value) -> Errors:
    """Each star asks for more than the one before it."""
    wrong: Errors = {}
    for row, cells in value.items():
        for before, after in pairwise(COLUMNS):
            if cells[after] <= cells[before]:
                wrong[f"{row}.{after}"] = _("Each star needs more hours than the one before it.")
    return wrong


KIND = PolicyKind(
    "volunteer_stars",
    _("Stars of volunteers"),
    _("How many hours of service make one to five stars, and which hours count."),
    (
        *(
            Column(key, label, "number", most=MOST_HOURS)
            for key, label in zip(
                COLUMNS,
                (
                    _("Hours for one star"),
                    _("Hours for two stars"),
                    _("Hours for three stars"),
                    _("Hours for four stars"),
                    _("Hours for five stars"),
                ),
                strict=True,
            )
        ),
        Column("basis", _("Which hours count"), "choice", BASES),
    ),
    {ALL: dict(zip(COLUMNS, HOURS, strict=True)) | {"basis": LIFETIME}},
    rows=((ALL, _("All volunteers")),),
    is_sample=False,
    rule=_rising,
    unreplayed=_("Stars are reckoned from the hours whenever somebody looks: nothing was decided by them."),
)
