"""Words for reading what may be the same matter: before it is sent, and beside one that was.

Disputes, complaints about a unit or body and orders whose caller the hotline keeps secret are never among them, and
nothing is shown beside one of those.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from grids.models import Unit
from issues.hotline_page import related_to
from issues.lifecycle import OPEN_STATES, UNRESOLVED_STATES
from issues.models import Category, HotlineOrder, Issue
from issues.reporters import is_confidential
from issues.similar import NEAR_METRES, Spot, box, nearness, score, similarity

SOLVED_LATELY = timedelta(days=14)
MOST_SHOWN = 5
# What the hotline says itself is more than any likeness.
NAMED = 1.0
# Of each way to find some; the newest are enough, and the bound holds whatever a grid has seen.
MOST_COMPARED = 100
NEEDED = (
    *(
        "id",
        "code",
        "text",
        "kind",
        "state",
        "category",
        "building",
        "grid",
        "community",
        "lon",
        "lat",
        "received_at",
    ),
    *("reported_at", "due_at", "closed_at", "place_label", "is_danger", "district", "main", "source"),
    *("category__name", "category__name_en", "category__kind", "category__key", "category__for_residents"),
)


@dataclass(frozen=True)
class Likely:
    """One that may be the same. `open`: it can still be joined; `named`: the hotline itself ties the two (关联单号)."""

    issue: Issue
    score: float
    open: bool
    named: bool = False


def likely_duplicates(
    place: Unit,
    category: Category,
    text: str,
    *,
    now: datetime,
    lon: float | None = None,
    lat: float | None = None,
    kind: str = "",
    seen: Any = None,
) -> list[Likely]:
    """At most five that may be the same matter as what is about to be reported, best first.

    `seen`: the issues that the reader may see; without it those that residents may be told of (by category,
    place, state and date alone). Three queries at most, whatever there is.
    """
    if "dispute" in (kind, category.kind):
        return []
    lineage = place.lineage()
    here = Spot(
        building=lineage["building_id"],
        grid=lineage["grid_id"],
        lon=place.lon if lon is None else lon,
        lat=place.lat if lat is None else lat,
    )
    around = _near_buildings(here, lineage["community_id"])
    found = candidates(here, lineage["community_id"], around, now)
    if seen is None:
        found = found.filter(category__for_residents=True)
    else:
        found = found.filter(pk__in=seen.order_by().values("pk"))
    return _best(found, here, around, category, text)


def likely_of(issue: Issue, *, now: datetime, seen: Any) -> list[Likely]:
    """The same for one that is there already: for whoever screens it. Not for what has ended or follows one. What the
    hotline itself ties to an order comes first."""
    if issue.state not in OPEN_STATES or issue.kind == "dispute" or issue.is_about_somebody:
        return []
    if is_confidential(issue):
        return []
    # Of an order the hotline often says no more than the community.
    here = Spot(issue.building_id, issue.grid_id, issue.lon, issue.lat, issue.community_id)
    around = _near_buildings(here, issue.community_id)
    if here.lon is None and here.building in around:
        lon, lat = around[here.building]
        here = replace(here, lon=lon, lat=lat)
    found = candidates(here, issue.community_id, around, now).exclude(pk=issue.pk)
    found = found.filter(pk__in=seen.order_by().values("pk"))
    named = _named(issue, seen, now)
    known = {one.issue.pk for one in named}
    best = _best(found, here, around, issue.category, issue.text)
    return [*named, *(one for one in best if one.issue.pk not in known)][:MOST_SHOWN]


def _named(issue: Issue, seen: Any, now: datetime) -> list[Likely]:
    """Those that the hotline ties to it, as far as they may be told of. Queries for its orders alone."""
    order = HotlineOrder.objects.filter(issue=issue.pk).first() if issue.source == "hotline" else None
    if order is None:
        return []
    told = Q(pk__in=_live(now).order_by().values("pk"))
    found = related_to(order, seen).filter(told).select_related("category")[:MOST_SHOWN]
    return [Likely(one, NAMED, one.state in UNRESOLVED_STATES, named=True) for one in found]


def _near_buildings(here: Spot, community: int | None) -> dict[int | None, tuple[float, float]]:
    """Buildings of the community that stand within a hundred metres: id → where."""
    if here.lon is None or here.lat is None or community is None:
        return {}
    west, south, east, north = box(here.lon, here.lat)
    rows = Unit.objects.open().filter(
        kind="building", community=community, lon__range=(west, east), lat__range=(south, north)
    )
    return {pk: (lon, lat) for pk, lon, lat in rows.order_by().values_list("pk", "lon", "lat")}


def candidates(here: Spot, community: int | None, around: Iterable[int | None], now: datetime) -> Any:
    """Open or solved lately, of the same grid, in a building near by, or reported from near by.

    A union of three, each along an index of its own; an OR would read all that a grid has ever seen.
    """
    ways = [Q(grid=here.grid)] if here.grid else [Q(community=community)] if community else []
    if near := [pk for pk in around if pk]:
        ways.append(Q(building__in=near))
    if here.lon is not None and here.lat is not None:
        west, south, east, north = box(here.lon, here.lat, NEAR_METRES)
        ways.append(Q(lat__range=(south, north), lon__range=(west, east)))
    live: Any = [
        _live(now).filter(way, ended).order_by("-reported_at").values("pk")[:MOST_COMPARED]
        for way in ways
        for ended in (Q(closed_at=None), Q(closed_at__gte=now - SOLVED_LATELY))
    ]
    ids = live[0].union(*live[1:]) if live else Issue.objects.none().values("pk")
    return Issue.objects.filter(pk__in=ids).select_related("category").only(*NEEDED)


def _live(now: datetime) -> Any:
    """What may be told of at all."""
    told = Issue.objects.about_nobody().filter(main=None)
    solved = Q(state="closed") & ~Q(outcome="withdrawn")
    told = told.filter(Q(state__in=OPEN_STATES) | solved).exclude(kind="dispute")
    return told.exclude(source="hotline", reporter__is_secret=True)


def _best(
    found: Iterable[Issue],
    here: Spot,
    around: dict[int | None, tuple[float, float]],
    category: Any,
    text: str,
) -> list[Likely]:
    scored = []
    for one in found:
        lon, lat = (one.lon, one.lat) if one.lon is not None else around.get(one.building_id, (None, None))
        near = nearness(here, Spot(one.building_id, one.grid_id, lon, lat, one.community_id))
        points = score(near, similarity(text, one.text), same_category=one.category_id == category.pk)
        if points and one.category.kind != "dispute":
            scored.append(Likely(one, points, one.state in UNRESOLVED_STATES))
    return sorted(scored, key=lambda one: (-one.score, -one.issue.pk))[:MOST_SHOWN]
