"""Positions in the three systems in use in China: WGS-84 (satellites; stored here), GCJ-02 (maps by law; 高德,
腾讯) and BD-09 (百度). Pure; degrees, longitude first.

The formulas are the published ones (docs/geography.md). Their inverses have no closed form and are found by
iteration. Outside of the rectangle around China all three are the same.
"""

from __future__ import annotations

from collections.abc import Callable
from math import asin, atan2, cos, hypot, pi, radians, sin, sqrt
from typing import Any

WGS84, GCJ02, BD09 = SYSTEMS = ("wgs84", "gcj02", "bd09")
Turn = Callable[[float, float], tuple[float, float]]

# Where GCJ-02 differs at all: west, south, east, north.
SHIFTED = (72.004, 0.8293, 137.8347, 55.8271)
# Krasovsky's ellipsoid of 1940: semi-major axis in metres, eccentricity squared.
_AXIS, _ECCENTRICITY2 = 6_378_245.0, 0.006_693_421_622_965_943
# The map is shifted around this point.
_FROM_LON, _FROM_LAT = 105.0, 35.0
_BD_LON, _BD_LAT = 0.0065, 0.006
_BD_TURN = pi * 3000 / 180
# A tenth of a millimetre; the iteration is there after four steps or five.
_CLOSE = 1e-9
_MOST_STEPS = 30
EARTH_METRES = 6_371_008.8
METRES_PER_DEGREE = 111_320.0


def to_wgs84(lon: float, lat: float, system: str) -> tuple[float, float]:
    """A position given in `system` (one of SYSTEMS) → WGS-84, to less than 1e-7 degrees."""
    return _TO_WGS84[system](lon, lat)


def from_wgs84(lon: float, lat: float, system: str) -> tuple[float, float]:
    """A WGS-84 position → the same in `system` (one of SYSTEMS)."""
    return _FROM_WGS84[system](lon, lat)


def geometry_to_wgs84(geometry: dict[str, Any], system: str) -> dict[str, Any]:
    """A GeoJSON geometry with all its positions in WGS-84; heights are dropped."""
    return _turned(geometry, _TO_WGS84[system])


def geometry_from_wgs84(geometry: dict[str, Any], system: str) -> dict[str, Any]:
    """A GeoJSON geometry with all its positions in `system`."""
    return geometry if system == WGS84 else _turned(geometry, _FROM_WGS84[system])


def metres(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    """The way over the ground between two points in degrees (haversine)."""
    half_lat, half_lon = radians(other_lat - lat) / 2, radians(other_lon - lon) / 2
    chord = sin(half_lat) ** 2 + cos(radians(lat)) * cos(radians(other_lat)) * sin(half_lon) ** 2
    return 2 * EARTH_METRES * asin(min(1.0, sqrt(chord)))


def _turned(geometry: dict[str, Any], turn: Turn) -> dict[str, Any]:
    def every(value: Any) -> Any:
        if isinstance(value[0], list | tuple):
            return [every(one) for one in value]
        return list(turn(value[0], value[1]))

    return geometry | {"coordinates": every(geometry["coordinates"])}


def _is_shifted(lon: float, lat: float) -> bool:
    west, south, east, north = SHIFTED
    return west <= lon <= east and south <= lat <= north


def _same(lon: float, lat: float) -> tuple[float, float]:
    return lon, lat


def _wgs84_to_gcj02(lon: float, lat: float) -> tuple[float, float]:
    if not _is_shifted(lon, lat):
        return lon, lat
    east, north = _shift(lon - _FROM_LON, lat - _FROM_LAT)
    flattened = 1 - _ECCENTRICITY2 * sin(radians(lat)) ** 2
    # Radii of curvature: along the meridian, and across it.
    meridian = _AXIS * (1 - _ECCENTRICITY2) / (flattened * sqrt(flattened))
    across = _AXIS / sqrt(flattened) * cos(radians(lat))
    return lon + east / across * 180 / pi, lat + north / meridian * 180 / pi


def _shift(x: float, y: float) -> tuple[float, float]:
    """How far the map is shifted east and north, in metres."""
    ripple = 20 * (sin(6 * pi * x) + sin(2 * pi * x))
    east = ripple + 20 * sin(pi * x) + 40 * sin(pi * x / 3) + 150 * sin(pi * x / 12) + 300 * sin(pi * x / 30)
    north = ripple + 20 * sin(pi * y) + 40 * sin(pi * y / 3) + 160 * sin(pi * y / 12) + 320 * sin(pi * y / 30)
    slow = 0.1 * x * y
    return (
        300 + x + 2 * y + 0.1 * x * x + slow + 0.1 * sqrt(abs(x)) + east * 2 / 3,
        -100 + 2 * x + 3 * y + 0.2 * y * y + slow + 0.2 * sqrt(abs(x)) + north * 2 / 3,
    )


def _gcj02_to_bd09(lon: float, lat: float) -> tuple[float, float]:
    if not _is_shifted(lon, lat):
        return lon, lat
    far = hypot(lon, lat) + 0.00002 * sin(lat * _BD_TURN)
    angle = atan2(lat, lon) + 0.000003 * cos(lon * _BD_TURN)
    return far * cos(angle) + _BD_LON, far * sin(angle) + _BD_LAT


def _wgs84_to_bd09(lon: float, lat: float) -> tuple[float, float]:
    return _gcj02_to_bd09(*_wgs84_to_gcj02(lon, lat))


def _inverse(turn: Turn) -> Turn:
    """The position that `turn` leads here, found by going back what it still misses by."""

    def back(lon: float, lat: float) -> tuple[float, float]:
        x, y = lon, lat
        for _step in range(_MOST_STEPS):
            there_x, there_y = turn(x, y)
            miss_x, miss_y = there_x - lon, there_y - lat
            x, y = x - miss_x, y - miss_y
            if abs(miss_x) < _CLOSE and abs(miss_y) < _CLOSE:
                break
        return x, y

    return back


_FROM_WGS84: dict[str, Turn] = {WGS84: _same, GCJ02: _wgs84_to_gcj02, BD09: _wgs84_to_bd09}
_TO_WGS84: dict[str, Turn] = {
    WGS84: _same,
    GCJ02: _inverse(_wgs84_to_gcj02),
    BD09: _inverse(_wgs84_to_bd09),
}
