"""Points of a period, added up in the database: first for each account, then for where its volunteer is at home, so that
people are counted by adding too. A million lines are read once, where counting people apart would sort them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django.db.models import DateField, F, Q, Sum
from django.db.models.functions import Cast, TruncMonth

from trail.statements import rows_of
from volunteers.ledger import bookings_with
from volunteers.models import PointTransfer
from volunteers.points_querysets import VALUE

# Both sorts from one reading of the period's bookings. Who is in two teams counts in both.
PLACES = """
    WITH earned AS MATERIALIZED (
        SELECT account.volunteer_id, booked.value
        FROM ({booked}) AS booked (account_id, value)
        JOIN volunteers_pointaccount AS account ON account.id = booked.account_id
    )
    SELECT 'community', community_id, street_id, sum(value)::bigint, count(*)
    FROM earned JOIN volunteers_volunteer AS volunteer ON volunteer.id = earned.volunteer_id
    WHERE community_id IS NOT NULL GROUP BY community_id, street_id
    UNION ALL
    SELECT 'team', team.id, team.unit_id, sum(value)::bigint, count(*)
    FROM earned
    JOIN volunteers_membership AS member ON member.volunteer_id = earned.volunteer_id AND member.left_at IS NULL
    JOIN volunteers_team AS team ON team.id = member.team_id AND team.closed_at IS NULL
    GROUP BY team.id
    ORDER BY 4 DESC, 2
"""
HOMES = """
    SELECT street_id, community_id, {sums}
    FROM ({booked}) AS booked (account_id, {accounts})
    JOIN volunteers_pointaccount AS account ON account.id = booked.account_id
    JOIN volunteers_volunteer AS volunteer ON volunteer.id = account.volunteer_id
    GROUP BY street_id, community_id
"""
# A month by rule, and all of it: its rule is then none.
MONTHS = """
    SELECT first, rule, sum(points)::bigint, count(DISTINCT account_id)
    FROM ({booked}) AS booked (account_id, first, rule, points)
    GROUP BY GROUPING SETS ((first, rule), (first))
"""


class Place(NamedTuple):
    """What `people` of a community or a team have earned. `within`: the street of the community, the unit of the team."""

    pk: int
    within: int | None
    points: int
    people: int


@dataclass(frozen=True)
class Places:
    """Most points first."""

    communities: list[Place]
    teams: list[Place]


def sums_of_places(district_id: int, first: date, last: date) -> Places:
    """What was earned on these days (both counted) in a district, of however few. One statement."""
    earned = PointTransfer.objects.earned(first, last).filter(district=district_id)
    booked, values = earned.order_by().values_list("account").annotate(value=VALUE).query.sql_with_params()
    found = rows_of(PLACES.format(booked=booked), values, keep=False)

    def of(sort: str) -> list[Place]:
        return [Place(*row) for kind, *row in found if kind == sort]

    return Places(of("community"), of("team"))


class Home(NamedTuple):
    """(street, community) where volunteers are at home: account of the district → points that came into it, and of how many
    people."""

    street: int | None
    community: int | None
    points: Mapping[str, int]
    people: Mapping[str, int]


def sums_of_homes(district_id: int | None, first: date, last: date, accounts: Sequence[str]) -> list[Home]:
    """What was `booked` on these days (both counted) in a district, of however few. One statement."""
    of_each: dict[str, Any] = {
        account: Sum("booked", filter=Q(kind__in=bookings_with(account))) for account in accounts
    }
    booked = PointTransfer.objects.booked(district_id, first, last, *accounts).order_by()
    inner, values = booked.values_list("account").annotate(**of_each).query.sql_with_params()
    sums = ", ".join(f"coalesce(sum({account}), 0)::bigint, count({account})" for account in accounts)
    sql = HOMES.format(booked=inner, accounts=", ".join(accounts), sums=sums)
    return [
        Home(
            street,
            community,
            dict(zip(accounts, found[::2], strict=True)),
            dict(zip(accounts, found[1::2], strict=True)),
        )
        for street, community, *found in rows_of(sql, values, keep=False)
    ]


class MonthSum(NamedTuple):
    """What was issued for a month by one rule, or None: by all of them; and to how many people."""

    first: date
    rule: str | None
    points: int
    people: int


def sums_of_months(district_id: int, first: date, last: date) -> list[MonthSum]:
    """Of the months between these days (both counted), of however few. One statement."""
    booked = PointTransfer.objects.booked(district_id, first, last, "issued").order_by()
    rows = booked.values_list("account", Cast(TruncMonth("day"), DateField()), "rule", F("booked"))
    inner, values = rows.query.sql_with_params()
    return [MonthSum(*row) for row in rows_of(MONTHS.format(booked=inner), values, keep=False)]
