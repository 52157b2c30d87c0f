"""What communities and teams of a district have earned in a period, and whoever chose to be shown: the same for the page
and for REST."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from grids.models import Unit
from volunteers.models import PointAccount, Team
from volunteers.periods import period_of
from volunteers.points_sums import Place, sums_of_places
from volunteers.small_groups import FEWEST, hidden_places

# Of each sort so many stand in a ranking.
MOST_RANKED = 30
# Over which a ranking goes.
PERIODS = ("month", "last_month", "year")


@dataclass(frozen=True)
class Ranking:
    """Most points first, no sum that would tell of one person. People as (alias, points), None for whoever is no volunteer
    of the district. `first`, `last`: the days, both counted."""

    period: str
    first: date
    last: date
    communities: list[tuple[Unit, Place]]
    teams: list[tuple[Team, Place]]
    people: list[tuple[str, int]] | None


def ranking_of(district_id: int, period: str, me: Any, today: date) -> Ranking:
    """`period`: one of PERIODS; `me`: the volunteer that the reader is, or None."""
    days = period_of(period, today)
    assert days is not None, "each of them is a named period"
    communities, teams = (rows[:MOST_RANKED] for rows in ranked_places(district_id, *days))
    units = Unit.objects.defer("boundary").in_bulk([row.pk for row in communities])
    named = Team.objects.in_bulk([row.pk for row in teams])
    is_own = me is not None and me.state == "active" and me.district_id == district_id
    return Ranking(
        period,
        *days,
        [(units[row.pk], row) for row in communities],
        [(named[row.pk], row) for row in teams],
        PointAccount.objects.ranked(district_id, *days, MOST_RANKED) if is_own else None,
    )


def ranked_places(district_id: int, first: date, last: date) -> tuple[list[Place], list[Place]]:
    """The communities where volunteers are at home, and the teams that they are in, most points first: those of which the
    sum tells of nobody, by itself or as what is left of the others. Nor a team beside which so few others of its community
    have earned that the community's sum less the team's would."""
    sums = sums_of_places(district_id, first, last)
    _streets, hidden = hidden_places({(row.within, row.pk): row.people for row in sums.communities})
    there = {row.pk: row.people for row in sums.communities}
    return (
        [row for row in sums.communities if (row.within, row.pk) not in hidden],
        [
            row
            for row in sums.teams
            if row.people >= FEWEST and not 0 < there.get(row.within, 0) - row.people < FEWEST
        ],
    )
