"""For which buildings nobody answers (包保), and where two of the same level do: by community, then one by one."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from grids.admin.pages import Cell, Table, page_of
from grids.models import Unit
from trail.admin import find_row
from trail.numerals import read_whole
from trail.paging import BoundedPaginator
from volunteers.joining import PAIRING_LEVELS, level_choices
from volunteers.models import Pairing
from volunteers.pairing_querysets import coverage_of, gaps, places_read

PER_PAGE = 20


@dataclass(frozen=True)
class Asked:
    """What the address asks for: a community or all, a level or (None) nobody of any."""

    community: Unit | None
    level: int | None
    today: Any
    page: str | None

    def query(self, **more: Any) -> str:
        """This page's address with something else."""
        told = {"community": self.community.pk if self.community else "", "level": self.level or ""} | more
        return "?" + urlencode({name: value for name, value in told.items() if value})


class GapPages:
    """One page of the pairings' admin (a mixin of it)."""

    url: Any
    admin_site: Any
    opts: Any
    has_view_permission: Any
    may_write: Any

    def gaps_view(self, request: HttpRequest) -> HttpResponse:
        """Communities with their figures; of one of them the buildings, each leading to the form that pairs it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        now = timezone.now()
        communities = places_read(request.user, now).at("community")
        asked = _asked(request, communities, timezone.localdate(now))
        if asked.community is None:
            page, tables = _by_community(communities, asked)
        else:
            new = self.url("add") if self.may_write(request) else ""
            page, tables = _of_community(asked, new, request.user, now)
        context = self.admin_site.each_context(request) | {
            "title": _("Where nobody answers, and where two do"),
            "back": self.url("changelist"),
            "asked": asked,
            "levels": level_choices(),
            "tables": tables,
            "pages": page,
            "before": asked.query(p=page.previous_page_number()) if page.has_previous() else "",
            "after": asked.query(p=page.next_page_number()) if page.has_next() else "",
            "several": asked.community and communities[:2].count() > 1,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/volunteers/gaps.html", context)


def _asked(request: HttpRequest, communities: Any, today: Any) -> Asked:
    """Whoever reads one community alone is shown that. A foreign one is as unknown as one that does not exist."""
    level = read_whole(request.GET.get("level", ""))
    named = request.GET.get("community", "")
    only = list(communities[:2])
    community = find_row(communities, named) if named else only[0] if len(only) == 1 else None
    return Asked(community, level if level in PAIRING_LEVELS else None, today, request.GET.get("p"))


def _by_community(communities: Any, asked: Asked) -> tuple[Any, list[Table]]:
    page = BoundedPaginator(communities, PER_PAGE).get_page(asked.page)
    found = coverage_of([one.pk for one in page], asked.level, asked.today)
    cells = [
        [
            Cell(one.name, asked.query(community=one.pk)),
            Cell(found[one.pk].buildings),
            Cell(found[one.pk].gaps, late=bool(found[one.pk].gaps)),
            Cell(found[one.pk].overlaps, late=bool(found[one.pk].overlaps)),
        ]
        for one in page
    ]
    columns = [_("community"), _("buildings"), _("without anybody"), _("beside another one")]
    return page, [Table(_("By community"), columns, cells, _("You read no whole community."))]


def _of_community(asked: Asked, new: str, user: Any, now: Any) -> tuple[Any, list[Table]]:
    """`new`: address of the form that pairs, for whoever may."""
    assert asked.community is not None, "the caller has chosen one"
    bare = gaps(asked.community, asked.level, asked.today).select_related("grid")
    page = BoundedPaginator(bare.defer("boundary", "grid__boundary"), PER_PAGE).get_page(asked.page)
    cells = [_gap(one, asked.level, new) for one in page]
    columns = [_("building"), _("grid"), *([_("pair"), _("pair all of it")] if new else [])]
    empty = _("Somebody answers for every building here.")
    missing = Table(_("Buildings without anybody"), columns, cells, empty, page)
    return page, [missing, _overlaps(asked, user, now)]


def _gap(building: Unit, level: int | None, new: str) -> list[Cell]:
    grid = building.grid
    cells = [Cell(building.name), Cell(grid.name if grid else "—")]
    if not new:
        return cells
    more = {"level": level} if level else {}
    whole = Cell(_("Pair the grid"), f"{new}?{urlencode({'unit': grid.code} | more)}") if grid else Cell("—")
    pair = Cell(_("Pair the building"), f"{new}?{urlencode({'unit': building.code} | more)}")
    return [*cells, pair, whole]


def _overlaps(asked: Asked, user: Any, now: Any) -> Table:
    """The first of them; the list of pairings shows all."""
    assert asked.community is not None, "the caller has chosen one"
    rows = Pairing.objects.visible_to(user, now).within(asked.community)
    if asked.level:
        rows = rows.filter(level=asked.level)
    rows = rows.overlapping(asked.today).select_related(
        "organisation", "official", "community", "grid", "building"
    )
    large = ("community__boundary", "grid__boundary", "building__boundary")
    found = rows.defer(*large).order_by("community", "grid", "building", "level", "pk")[:PER_PAGE]
    cells = [
        [
            Cell(one.place.name, page_of(one)),
            Cell(one.get_level_display()),
            Cell(one.who),
            Cell(one.starts_on),
        ]
        for one in found
    ]
    columns = [_("place"), _("level"), _("answers"), _("from")]
    return Table(_("Two of the same level at one place"), columns, cells, _("Nowhere here."))
