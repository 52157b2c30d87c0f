"""Which unit a position lies in, and how sure that is: the building there, the grid or community around it, else
the nearest one. Two questions to the database, three where nothing is there."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from grids.boundaries import covers
from grids.coordinates import metres
from grids.models import Unit
from grids.querysets import UnitQuerySet

# A telephone's position is seldom better, and the next house seldom nearer.
AT_BUILDING_METRES = 30.0
REPORTABLE = ("community", "grid", "building")
# How a unit was found, the surest first.
MATCHES = {
    "building": _("a building stands there"),
    "boundary": _("it lies within the boundary"),
    "nearest": _("it is the nearest one; no boundary is known there"),
}


@dataclass(frozen=True)
class Located:
    """A unit, how it was found (a key of MATCHES), and how far its own position is, if it has one."""

    unit: Unit
    match: str
    metres: int | None


def locate(
    lon: float, lat: float, units: UnitQuerySet, kinds: Collection[str] = REPORTABLE
) -> Located | None:
    """The smallest of `units` (of these levels, open) at a position in degrees, WGS-84; None where nothing is near.

    A building counts where it stands within AT_BUILDING_METRES, and in the grid whose boundary holds the position, if
    there is one. What is only nearest may be wrong: it is never a building.
    """
    around = _around(lon, lat, units)
    if "building" in kinds and (building := _building(lon, lat, units, around.get("grid"))):
        return _located(building, "building", lon, lat)
    for kind in ("grid", "community"):
        if kind in around and kind in kinds:
            return _located(around[kind], "boundary", lon, lat)
    larger = units.open().filter(kind__in=set(kinds) - {"building"}).defer("boundary")
    community = around.get("community")
    nearest = (larger.within(community) if community else larger).near(lon, lat).first()
    return _located(nearest, "nearest", lon, lat) if nearest else None


def _around(lon: float, lat: float, units: UnitQuerySet) -> dict[str, Unit]:
    """Level → the grid and the community whose boundary holds the position, a shared line's by code."""
    found: dict[str, Unit] = {}
    near = units.extending_over(lon, lat, lon, lat).filter(kind__in=("community", "grid"))
    for unit in near.defer(None).order_by("code"):
        if unit.kind not in found and covers(unit.boundary, lon, lat):
            found[unit.kind] = unit
    return found


def _building(lon: float, lat: float, units: UnitQuerySet, grid: Unit | None) -> Unit | None:
    near = units.open().filter(kind="building").within_metres(lon, lat, AT_BUILDING_METRES)
    near = near.filter(grid=grid.pk) if grid else near
    away = {unit: _away(unit, lon, lat) for unit in near.defer("boundary").order_by("code")}
    nearest: Any = min(away, key=lambda unit: away[unit], default=None)
    return nearest if nearest and away[nearest] <= AT_BUILDING_METRES else None


def _away(unit: Unit, lon: float, lat: float) -> float:
    """Metres to the unit's own position, which it has."""
    return metres(lon, lat, unit.lon, unit.lat)  # type: ignore[arg-type]


def _located(unit: Unit, match: str, lon: float, lat: float) -> Located:
    known = unit.lon is not None and unit.lat is not None
    return Located(unit, match, round(_away(unit, lon, lat)) if known else None)
