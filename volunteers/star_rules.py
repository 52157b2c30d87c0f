"""Which rule of stars holds in a district, and how many stars a volunteer has by it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils import timezone

from grids.models import Policy
from volunteers.models import Service
from volunteers.stars import KIND, SHIPPED, StarRule, counted, missing, rule_from, stars_of

if TYPE_CHECKING:
    from volunteers.models import Volunteer


@dataclass(frozen=True)
class Stars:
    """`minutes` confirmed in a lifetime; `counted` those that count by the rule of the district now; `missing`
    minutes up to the next star, None for whoever has all."""

    minutes: int
    counted: int
    stars: int
    missing: int | None
    rule: StarRule


def rule_of(district_id: int, now: datetime) -> StarRule:
    """What the district has set, else as shipped. One query."""
    held = Policy.objects.in_force(district_id, now).filter(key=KIND.key).first()
    return rule_from(KIND.over(held.value)) if held else SHIPPED


def stars_of_volunteer(volunteer: Volunteer, now: datetime) -> Stars:
    """Two queries."""
    rule = rule_of(volunteer.district_id, now)
    return stars_of_many([volunteer], rule, now)[volunteer.pk]


def stars_of_many(volunteers: Iterable[Volunteer], rule: StarRule, now: datetime) -> dict[int, Stars]:
    """The same for many of one district: id → stars. One query."""
    people, year = list(volunteers), timezone.localdate(now).year
    by_year = Service.objects.minutes_by_year_of_many(people)
    return {one.pk: _stars(by_year.get(one.pk, {}), rule, year) for one in people}


def _stars(by_year: dict[int, int], rule: StarRule, year: int) -> Stars:
    minutes = counted(by_year, rule, year)
    return Stars(sum(by_year.values()), minutes, stars_of(minutes, rule), missing(minutes, rule), rule)
