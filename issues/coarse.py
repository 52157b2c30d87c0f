"""Where an issue is, as exactly as a map may show it: within a hundred metres, never at a door.

A point on a map is copied, printed and laid beside other maps; whoever needs the door opens the issue. So a position
is put on a raster of a thousandth of a degree, where none was sent the middle of the grid stands for it (never the
building, which is a door), and who needs help or is a danger to others is known by where it is: only their community
is told. Complaints about somebody and disputes are on no map.
"""

from math import ceil, floor
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from grids.models import Unit
from issues.models import Category, Issue

# About a hundred metres: no single door.
DECIMALS = 3
CELLS = 10**DECIMALS
# Who asks for help of these kinds is known by where it is: only the community is told.
ONLY_COMMUNITY = ("care", "danger_person")
PERSONAL = Q(category__key__in=ONLY_COMMUNITY) | Q(category__parent__key__in=ONLY_COMMUNITY)
NEEDED = ("lon", "lat", *(f"{unit}__{name}" for unit in ("grid", "community") for name in ("lon", "lat")))


class Coarse(NamedTuple):
    """A position in WGS-84, and what it is the middle of: cell, grid or community."""

    lon: float
    lat: float
    of: str


def is_personal(category: Category) -> bool:
    """Is whoever it is about known by where it is?"""
    return bool({category.key, category.parent.key if category.parent else ""} & set(ONLY_COMMUNITY))


def coarse_position(issue: Issue) -> Coarse | None:
    """Where a map shows it; None where not even its community has a position. Reads NEEDED and the category."""
    personal = is_personal(issue.category)
    known: list[tuple[str, Any]] = [("community", issue.community)]
    if not personal:
        known = [("cell", issue), ("grid", issue.grid), *known]
    for name, one in known:
        if one is not None and one.lon is not None and one.lat is not None:
            return Coarse(round(one.lon, DECIMALS), round(one.lat, DECIMALS), name)
    return None


def on_map(issues: QuerySet) -> QuerySet:
    """Those that a map may show at all."""
    told: Any = issues.filter(about_unit=None, about_body=None, category__about_somebody=False)
    return told.exclude(kind="dispute").exclude(category__kind="dispute")


def in_box(issues: QuerySet, west: float, south: float, east: float, north: float) -> QuerySet:
    """Those whose coarse position lies in this box (WGS-84): a small box tells no more than the map does."""
    inside = {"lon__range": _edges(west, east), "lat__range": _edges(south, north)}
    units = Unit.objects.filter(**inside).order_by().values("pk")
    grids, communities = units.filter(kind="grid"), units.filter(kind="community")
    placed = Unit.objects.filter(kind="grid", lat__isnull=False, lon__isnull=False).order_by().values("pk")
    unplaced = Q(grid=None) | ~Q(grid__in=placed)
    nowhere = Q(lat__isnull=True) | Q(lon__isnull=True)
    return issues.filter(
        (~PERSONAL & Q(**inside))
        | (~PERSONAL & nowhere & Q(grid__in=grids))
        | ((PERSONAL | (nowhere & unplaced)) & Q(community__in=communities))
    )


def _edges(low: float, high: float) -> tuple[float, float]:
    """What is rounded into this range."""
    return (ceil(low * CELLS) - 0.5) / CELLS, (floor(high * CELLS) + 0.5) / CELLS
