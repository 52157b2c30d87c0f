"""Finding the place: level by level by links, by name, or by where the browser says one is."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _

from grids.locating import locate
from grids.models import Unit, UnitAlias

NEAREST = 8
SHORTEST_QUERY = 2
MOST_FOUND = 20
# Where a resident may stop: not sure of the building, or even of the grid.
REPORTABLE = frozenset({"community", "grid", "building"})


@dataclass(frozen=True)
class Place:
    """A unit with its way down from the district, and what lies in it."""

    unit: Unit
    above: list[Unit]
    children: list[Unit]

    @property
    def reportable(self) -> bool:
        return self.unit.kind in REPORTABLE


def open_place(code: str, units: Any) -> Place:
    """The place with this code among `units` (a queryset says what the reader sees).

    The code of a merged unit leads to the one that it became part of; an unknown or closed one is a 404.
    """
    unit = units.open().filter(code=code).first() or _successor(code, units)
    if unit is None:
        raise Http404
    above = list(units.ancestors_of(unit).labelled())
    return Place(unit, above, list(units.open().children_of(unit).labelled()))


def districts() -> list[Unit]:
    return list(Unit.objects.open().children_of(None).labelled())


def nearest(lat: str, lon: str) -> list[Unit] | None:
    """Communities, grids and buildings around (WGS-84): first the one that the position lies in, then the nearest;
    None for impossible numbers."""
    try:
        y, x = float(lat), float(lon)
    except ValueError:
        return None
    if not (-90 < y < 90 and -180 <= x <= 180):
        return None
    units: Any = Unit.objects.select_related("street", "community")
    around = list(units.open().filter(kind__in=REPORTABLE).near(x, y)[:NEAREST])
    found = locate(x, y, units)
    if found is None or found.match == "nearest":
        return around
    return [found.unit, *(unit for unit in around if unit.pk != found.unit.pk)][:NEAREST]


def named(query: str) -> list[Unit] | None:
    """Places whose name contains the words; None for a query that is too short."""
    words = query.strip()
    if len(words) < SHORTEST_QUERY:
        return None
    found = Unit.objects.open().filter(name__icontains=words, kind__in=REPORTABLE | {"street"})
    return list(found.order_by("level", "code").select_related("street", "community")[:MOST_FOUND])


def way_to(unit: Unit) -> str:
    """Where a place lies, in names: "一匡街道 · 天安社区"."""
    above = [one.name for one in (unit.street, unit.community) if one and one.pk != unit.pk]
    return " · ".join(above)


def what_is_missing(query: str, lat: str) -> str:
    """Why a search found nothing, for the page."""
    if lat:
        return _("No place of ours is near. Please choose it from the list.")
    return _("Nothing is called so. Try fewer characters, or choose from the list.") if query else ""


def _successor(code: str, units: Any) -> Unit | None:
    alias = UnitAlias.objects.filter(code=code).first()
    return units.open().filter(pk=alias.unit_id).first() if alias else None
