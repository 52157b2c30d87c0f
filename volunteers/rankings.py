"""What communities and teams of a district have earned in a period, and whoever chose to be shown: the same for the page
and for REST."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from grids.models import Unit
from volunteers.models import PointAccount, PointEntry, Team
from volunteers.periods import period_of

# Of each sort so many stand in a ranking.
MOST_RANKED = 30
# Over which a ranking goes.
PERIODS = ("month", "last_month", "year")


@dataclass(frozen=True)
class Ranking:
    """Most points first. Communities and teams each with {"unit", "points", "people"}; people as (alias, points), None for
    whoever is no volunteer of the district. `first`, `last`: the days, both counted."""

    period: str
    first: date
    last: date
    communities: list[tuple[Unit, dict[str, int]]]
    teams: list[tuple[Team, dict[str, int]]]
    people: list[tuple[str, int]] | None


def ranking_of(district_id: int, period: str, me: Any, today: date) -> Ranking:
    """`period`: one of PERIODS; `me`: the volunteer that the reader is, or None."""
    days = period_of(period, today)
    assert days is not None, "each of them is a named period"
    communities = PointEntry.objects.by_community(district_id, *days, MOST_RANKED)
    teams = PointEntry.objects.by_team(district_id, *days, MOST_RANKED)
    units = Unit.objects.defer("boundary").in_bulk([row["unit"] for row in communities])
    named = Team.objects.in_bulk([row["unit"] for row in teams])
    is_own = me is not None and me.state == "active" and me.district_id == district_id
    return Ranking(
        period,
        *days,
        [(units[row["unit"]], row) for row in communities],
        [(named[row["unit"]], row) for row in teams],
        PointAccount.objects.ranked(district_id, *days, MOST_RANKED) if is_own else None,
    )
