"""Which district is whose: what the floors below ask about posts and the tree (trail.districts, accounts.belonging)."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce
from django.utils import timezone

from grids.models import Post, Unit
from grids.standing import standing_of
from trail.districts import Districts

# By hand: as conditions on accounts the query builder's take seconds where there are many.
EVER = """
    SELECT user_id FROM grids_post UNION ALL SELECT deputy_id FROM grids_post WHERE deputy_id IS NOT NULL
"""
PEOPLE = """
    WITH here AS (
        SELECT post.user_id, post.deputy_id, COALESCE(post.ends_on > %s, true) AS lasts FROM grids_post AS post
        JOIN grids_unit AS unit ON unit.id = post.unit_id WHERE unit.district_id = ANY(%s)
        UNION ALL
        SELECT post.user_id, post.deputy_id, COALESCE(post.ends_on > %s, true) FROM grids_post AS post
        JOIN grids_body AS body ON body.id = post.body_id WHERE body.district_id = ANY(%s)
    ), people AS (
        SELECT user_id AS person, lasts FROM here
        UNION ALL SELECT deputy_id, lasts FROM here WHERE deputy_id IS NOT NULL
    )
    SELECT person FROM people WHERE lasts
    UNION ALL (
        SELECT person FROM people WHERE NOT lasts
        EXCEPT SELECT user_id FROM grids_post WHERE COALESCE(ends_on > %s, true)
        EXCEPT SELECT deputy_id FROM grids_post WHERE deputy_id IS NOT NULL AND COALESCE(ends_on > %s, true)
    )
"""


def reach(user: Any, now: datetime, capabilities: tuple[str, ...]) -> Districts:
    """The districts where the person has any of these capabilities now."""
    return standing_of(user, now).districts(*capabilities)


def units_of(districts: Districts) -> QuerySet:
    """Ids of the units of these districts."""
    return Unit.objects.filter(district__in=districts).order_by().values("pk")


def people_of(districts: Districts, now: datetime) -> RawSQL:
    """Ids of people with a post or deputy's place there that has not ended, or whose last ones were there."""
    ids, today = sorted(districts), timezone.localdate(now)
    return RawSQL(PEOPLE, (today, ids, today, ids, today, today))


def people_ever() -> RawSQL:
    """Ids of people who have or had a post or deputy's place anywhere."""
    return RawSQL(EVER, ())


def homes_of_people(ids: Collection[int], by: Any, now: datetime) -> dict[int, int]:
    """Account → district: where its person has a post, else had the last one; of several the one where `by`
    manages accounts. Who never had any belongs where `by` manages them; nowhere, if `by` does so nowhere."""
    own = reach(by, now, ("manage_accounts",)) if by else frozenset()
    today, homes = timezone.localdate(now), dict.fromkeys(ids, min(own)) if own else {}
    posts = Post.objects.filter(Q(user__in=ids) | Q(deputy__in=ids)).order_by("pk")
    where = Coalesce(F("unit__district"), F("body__district"))
    best: dict[int, tuple[bool, bool, int]] = {}
    for user, deputy, ends_on, pk, district in posts.values_list("user", "deputy", "ends_on", "pk", where):
        rank = (ends_on is None or ends_on > today, district in own, pk)
        for person in {user, deputy}.intersection(ids):
            if rank >= best.get(person, rank):
                best[person], homes[person] = rank, district
    return homes
