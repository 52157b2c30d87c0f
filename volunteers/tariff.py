"""What good deeds are worth in points, how much counts in a day, and how long points last. A district edits it.

Points are whole. Hours come in minutes and are worth points × minutes ÷ 60, floored for each service by itself: so
every booking can be explained, corrected and taken back from its one record, without a remainder that travels on.
A tariff holds for what happened from its moment on, whenever that is booked.
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from grids.policies import Column, Errors, PolicyKind, Value

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

KEY = "volunteer_points"
ALL = "all"
HOURS, ACTIVITY, SPOTTER, ISSUE, WISH = "hours", "activity", "spotter_report", "closed_issue", "wish"
# What somebody reported brings points by one of these.
REPORTED = (SPOTTER, ISSUE)
# How a spotter's report may end and still have been none.
NOT_ACCEPTED = frozenset({"not_substantiated", "withdrawn"})
RULES: dict[str, StrOrPromise] = {
    HOURS: _("Each confirmed hour"),
    ACTIVITY: _("Each activity taken part in"),
    SPOTTER: _("Each spotter's report that was accepted"),
    ISSUE: _("Each reported issue that was solved"),
    WISH: _("Each micro-wish that was fulfilled"),
}
# Cells that stand in the row of everything alone, and the one that does not.
FOR_ALL = ("months", "hold_days")
FOR_RULES = ("points",)
MINUTES = 60


def _placed(value: Value) -> Errors:
    """Each number stands where it means something."""
    wrong: Errors = {}
    for row, cells in value.items():
        strange = FOR_RULES if row == ALL else FOR_ALL
        for name in strange:
            if name in cells:
                wrong[f"{row}.{name}"] = (
                    _("Points are given in the rows above.")
                    if row == ALL
                    else _("This is set in the last row.")
                )
    return wrong


KIND = PolicyKind(
    KEY,
    _("Points for volunteers"),
    _(
        "What good deeds are worth in points, for whoever did them alone. It holds for what happens from then on; what "
        "was booked stays as it was. There are no points for anything but volunteering, and none are ever deducted."
    ),
    (
        Column("points", _("Points"), "number", least=0, most=1000, required=False),
        Column(
            "per_day", _("At most in a day (0: no bound)"), "number", least=0, most=10_000, required=False
        ),
        Column(
            "months", _("Expire after so many months (0: never)"), "number", least=0, most=120, required=False
        ),
        Column(
            "hold_days", _("A good is put aside for so many days"), "number", least=1, most=90, required=False
        ),
    ),
    {
        HOURS: {"points": 10, "per_day": 80},
        ACTIVITY: {"points": 5, "per_day": 0},
        SPOTTER: {"points": 5, "per_day": 25},
        ISSUE: {"points": 5, "per_day": 25},
        WISH: {"points": 20, "per_day": 0},
        ALL: {"per_day": 200, "months": 24, "hold_days": 7},
    },
    rows=(*RULES.items(), (ALL, _("Everything together"))),
    row_label=_("For what"),
    rule=_placed,
    unreplayed=_("What was booked stays booked: another tariff changes nothing in the past."),
)


@dataclass(frozen=True)
class Tariff:
    """What holds at one moment. `points` and `per_day` by rule (0 in `per_day`: no bound; ALL: of all rules together),
    `months` until points expire (0: never), `hold_days` for which a good is put aside."""

    points: Mapping[str, int]
    per_day: Mapping[str, int]
    months: int
    hold_days: int

    def worth(self, rule: str, minutes: int = 0) -> int:
        """Points of one deed, before what a day allows. `minutes` counts for hours alone."""
        each = self.points.get(rule, 0)
        return each * max(minutes, 0) // MINUTES if rule == HOURS else each

    def allowed(self, rule: str, points: int, used: Mapping[str, int]) -> int:
        """So many of these points, if by rule so many (`used`) have been earned on that day by other deeds."""
        rooms = [points]
        for bound, taken in (
            (self.per_day.get(rule, 0), used.get(rule, 0)),
            (self.per_day.get(ALL, 0), sum(used.values())),
        ):
            if bound:
                rooms.append(bound - taken)
        return max(0, min(rooms))

    def expires_on(self, day: date) -> date | None:
        """The first day on which points of that day are no more; None: never."""
        return add_months(day, self.months) if self.months else None


def tariff_from(value: Value) -> Tariff:
    """A policy's value, over what is shipped."""
    table = KIND.over(value)
    whole = table[ALL]
    return Tariff(
        {rule: table[rule].get("points", 0) for rule in RULES},
        {row: cells.get("per_day", 0) for row, cells in table.items()},
        whole.get("months", 0),
        whole.get("hold_days", 7),
    )


def add_months(day: date, months: int) -> date:
    """The same day so many months later, or the last one of a shorter month."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


SHIPPED = tariff_from({})
