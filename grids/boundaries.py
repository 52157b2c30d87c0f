"""Boundaries as GeoJSON geometries (RFC 7946), WGS-84: what is accepted of one by itself. Pure."""

from __future__ import annotations

import re
from math import isfinite
from typing import TYPE_CHECKING, Any

import shapely
from django.utils.translation import gettext as _
from shapely.geometry import mapping, shape

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise
    from shapely.geometry.base import BaseGeometry

# A street drawn by hand has hundreds; beyond this it is no boundary but a survey.
MOST_POSITIONS = 5_000
# West, south, east, north of all that is China: what lies outside was mistaken (often latitude before longitude).
CHINA = (73.0, 3.0, 136.0, 54.0)
# A centimetre.
DECIMALS = 7
_PLACE = re.compile(r"\[(-?[0-9.e+-]+) (-?[0-9.e+-]+)\]")


def boundary_problem(geometry: Any) -> StrOrPromise | None:
    """Why this is no boundary; None when it is one, or is absent.

    One is a Polygon or MultiPolygon in degrees, inside China, of closed rings that nowhere cross themselves or each
    other, and of at most MOST_POSITIONS positions.
    """
    if geometry is None:
        return None
    return form_problem(geometry) or place_problem(geometry) or crossing_problem(geometry)


def form_problem(geometry: Any) -> StrOrPromise | None:
    """Why this is no geometry of closed rings, wherever it lies."""
    if not isinstance(geometry, dict) or geometry.get("type") not in ("Polygon", "MultiPolygon"):
        return _("A boundary is a GeoJSON Polygon or MultiPolygon.")
    polygons: Any = geometry.get("coordinates")
    polygons = [polygons] if geometry["type"] == "Polygon" else polygons
    if not _lists(polygons) or not all(_lists(polygon) for polygon in polygons):
        return _("A boundary has at least one ring of coordinates.")
    rings = [ring for polygon in polygons for ring in polygon]
    if not all(isinstance(ring, list) and all(_is_position(point) for point in ring) for ring in rings):
        return _("A coordinate is [longitude, latitude] in degrees.")
    if not all(len(ring) >= 4 and ring[0] == ring[-1] for ring in rings):
        return _("A ring has at least four points and ends where it begins.")
    if sum(map(len, rings)) > MOST_POSITIONS:
        return _("A boundary has at most %(most)d positions; simplify it.") % {"most": MOST_POSITIONS}
    return None


def place_problem(geometry: dict[str, Any]) -> StrOrPromise | None:
    """Why this cannot lie in China."""
    west, south, east, north = shape_of(geometry).bounds
    if west < CHINA[0] or south < CHINA[1] or east > CHINA[2] or north > CHINA[3]:
        return _("This lies outside China; longitude comes before latitude.")
    return None


def crossing_problem(geometry: dict[str, Any]) -> StrOrPromise | None:
    """Why these rings enclose nothing that one could stand in without doubt."""
    said = shapely.is_valid_reason(shape_of(geometry))
    if said == "Valid Geometry":
        return None
    found = _PLACE.search(said)
    where = {"lon": found[1], "lat": found[2]} if found else {"lon": "", "lat": ""}
    if "ntersection" in said:
        return _("The line crosses or touches itself at %(lon)s, %(lat)s.") % where
    return _("Rings lie wrongly in each other at %(lon)s, %(lat)s: a hole outside, or a part twice.") % where


def crossing_at(geometry: dict[str, Any]) -> tuple[float, float] | None:
    """Where `crossing_problem` found what it says (longitude, latitude)."""
    found = _PLACE.search(shapely.is_valid_reason(shape_of(geometry)))
    return (float(found[1]), float(found[2])) if found else None


def tidy(geometry: dict[str, Any]) -> dict[str, Any]:
    """As RFC 7946 wants it and nothing besides: outer rings counter-clockwise, no heights, no foreign members; to the
    centimetre. Of a geometry without `form_problem`."""
    turned = mapping(shapely.orient_polygons(shape_of(geometry)))
    return {"type": turned["type"], "coordinates": _rounded(turned["coordinates"])}


def centre_of(geometry: dict[str, Any]) -> tuple[float, float]:
    """The middle of the outer rings' extent (longitude, latitude): good enough to order and to label."""
    west, south, east, north = shape_of(geometry).bounds
    return (west + east) / 2, (south + north) / 2


def covers(geometry: dict[str, Any], lon: float, lat: float) -> bool:
    """Does the position lie within the boundary or on its line?"""
    return bool(shapely.intersects_xy(shape_of(geometry), lon, lat))


def shape_of(geometry: dict[str, Any]) -> BaseGeometry:
    """To compute with; without heights, which some positions of a file may have and others not."""
    return shape(geometry | {"coordinates": _flat(geometry["coordinates"])})


def _flat(value: Any) -> Any:
    if value and isinstance(value[0], list | tuple):
        return [_flat(one) for one in value]
    return value[:2]


def _rounded(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_rounded(one) for one in value]
    return round(value, DECIMALS)


def _lists(value: Any) -> bool:
    return isinstance(value, list) and bool(value)


def _is_position(point: Any) -> bool:
    """Longitude, latitude, perhaps a height."""
    if not isinstance(point, list) or len(point) < 2 or not all(map(_is_number, point)):
        return False
    return -180 <= point[0] <= 180 and -90 <= point[1] <= 90


def _is_number(value: Any) -> bool:
    """A whole number of any length is finite, and may be too large for a float."""
    if isinstance(value, bool):
        return False
    return isinstance(value, int) or (isinstance(value, float) and isfinite(value))
