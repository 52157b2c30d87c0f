"""Boundaries as GeoJSON geometries, WGS-84: what is accepted. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


def boundary_problem(geometry: Any) -> StrOrPromise | None:
    """Why this is no boundary (Polygon or MultiPolygon of closed rings, in degrees); None when it is one, or
    is absent.
    """
    if geometry is None:
        return None
    if not isinstance(geometry, dict) or geometry.get("type") not in {"Polygon", "MultiPolygon"}:
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
    return None


def centre_of(geometry: dict[str, Any]) -> tuple[float, float]:
    """The middle of the outer rings' extent (longitude, latitude): good enough to order and to label."""
    polygons = geometry["coordinates"]
    polygons = [polygons] if geometry["type"] == "Polygon" else polygons
    points = [point for polygon in polygons for point in polygon[0]]
    lons, lats = [point[0] for point in points], [point[1] for point in points]
    return (min(lons) + max(lons)) / 2, (min(lats) + max(lats)) / 2


def _lists(value: Any) -> bool:
    return isinstance(value, list) and bool(value)


def _is_position(point: Any) -> bool:
    if not isinstance(point, list) or len(point) < 2:
        return False
    lon, lat = point[:2]
    return _is_number(lon) and _is_number(lat) and -180 <= lon <= 180 and -90 <= lat <= 90


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
