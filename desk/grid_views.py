"""My grid, on a phone: its buildings, what is open in each, and who stands where around it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db.models import Case, Count, Q, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from desk.views import rows_of
from grids.models import Post, Unit
from grids.querysets import HELD_BY_A_PERSON
from grids.roles import ORDER
from issues.actions.outside import grids_of
from issues.models import Issue
from volunteers.models import Pairing

PAGE = 20
PEOPLE_SHOWN = 30
IN_THE_GRID = ("grid_chief", "grid_worker", "part_time_grid_worker")
ABOVE_IT = ("community_secretary", "community_worker")
OF_A_BUILDING = ("building_head", "building_party_leader")


@dataclass(frozen=True)
class Building:
    """One line: the building, how many matters are open there, and who looks after it."""

    unit: Unit
    open: int
    heads: tuple[Post, ...]


@never_cache
@login_required
@require_GET
def grid(request: HttpRequest) -> HttpResponse:
    """The grid where one works; of several the one that is named. With a building: what is open there."""
    now = timezone.now()
    places = Unit.objects.visible_to(request.user, now).open().defer("boundary")
    own = list(places.filter(pk__in=grids_of(request.user, now)).labelled().order_by("code"))
    if not own:
        raise PermissionDenied(_("You work in no grid at present."))
    chosen = next((one for one in own if one.code == request.GET.get("grid")), own[0])
    seen = Issue.objects.visible_to(request.user, now).open().filter(grid=chosen.pk)
    context = {
        "here": "grid",
        "grid": chosen,
        "grids": own,
        "now": now,
    }
    buildings = places.filter(kind="building", grid=chosen.pk).order_by("code")
    if code := request.GET.get("building"):
        return _one(request, context, get_object_or_404(buildings, code=code), seen, now)
    page = Paginator(buildings, PAGE).get_page(request.GET.get("page"))
    context |= {
        "page": page,
        "buildings": _buildings(page, seen, request.user, now),
        "open": seen.count(),
        "people": _people(chosen, request.user, now),
        "more_query": urlencode({"grid": chosen.code}) + "&",
    }
    return render(request, "desk/grid.html", context)


def _one(
    request: HttpRequest, context: dict[str, Any], building: Unit, seen: Any, now: datetime
) -> HttpResponse:
    """What is open in this building, due first."""
    there = seen.filter(building=building.pk).due_first().shown().with_order()
    page = Paginator(there, PAGE).get_page(request.GET.get("page"))
    query = urlencode({"grid": context["grid"].code, "building": building.code}) + "&"
    context |= {
        "building": building,
        "page": page,
        "rows": rows_of(list(page), now),
        "pairings": _pairings(building, request.user, now),
        "more_query": query,
    }
    return render(request, "desk/grid_building.html", context)


def _pairings(building: Unit, user: Any, now: datetime) -> list[Pairing]:
    """Who answers for it (包保), as far as the reader reads that; by level."""
    seen = Pairing.objects.visible_to(user, now).in_force(timezone.localdate(now)).covering([building])
    return list(seen.select_related("organisation", "official").order_by("level", "pk")[:PEOPLE_SHOWN])


def _buildings(page: Page, seen: Any, user: Any, now: datetime) -> list[Building]:
    """The lines of this page; two queries, however many they are."""
    units = list(page)
    ids = [unit.pk for unit in units]
    counted = seen.filter(building__in=ids).order_by().values("building").annotate(open=Count("pk"))
    found = {row["building"]: row["open"] for row in counted}
    heads: dict[int, list[Post]] = {}
    for post in _posts(user, now).filter(unit__in=ids, role__in=OF_A_BUILDING):
        heads.setdefault(post.unit_id, []).append(post)
    return [Building(unit, found.get(unit.pk, 0), tuple(heads.get(unit.pk, ()))) for unit in units]


def _people(chosen: Unit, user: Any, now: datetime) -> list[Post]:
    """Who works in the grid, and who leads the community that it belongs to; whoever is away is marked."""
    here = Q(unit=chosen.pk, role__in=IN_THE_GRID) | Q(unit=chosen.community_id, role__in=ABOVE_IT)
    ranks = Case(
        *(When(role=role, then=Value(rank)) for role, rank in ORDER.items()), default=Value(len(ORDER))
    )
    nearest = Case(When(unit=chosen.pk, then=Value(0)), default=Value(1))
    posts = _posts(user, now).filter(here).with_absence(now)
    return list(posts.order_by(nearest, ranks, "pk")[:PEOPLE_SHOWN])


def _posts(user: Any, now: datetime) -> Any:
    held = Post.objects.visible_to(user, now).active(now).filter(HELD_BY_A_PERSON)
    return held.select_related("user", "deputy").order_by("pk")
