"""Dividing numbers and areas: how many grids a community gets, and where on the map they lie. Pure."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple


class Box(NamedTuple):
    """A rectangle on the map: degrees, WGS-84."""

    west: float
    south: float
    east: float
    north: float

    @property
    def centre(self) -> tuple[float, float]:
        """Longitude, latitude."""
        return round((self.west + self.east) / 2, 6), round((self.south + self.north) / 2, 6)

    def polygon(self) -> dict[str, Any]:
        """As a GeoJSON geometry."""
        west, south, east, north = (round(value, 6) for value in self)
        ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
        return {"type": "Polygon", "coordinates": [ring]}

    def at(self, right: float, up: float) -> tuple[float, float]:
        """The point at these shares of width and height: longitude, latitude."""
        return (
            round(self.west + (self.east - self.west) * right, 6),
            round(self.south + (self.north - self.south) * up, 6),
        )


def share_out(total: int, weights: Sequence[float]) -> list[int]:
    """`total` whole things by weight, at least one each, largest remainders first.

    ValueError when there are fewer things than shares.
    """
    if total < len(weights):
        raise ValueError(f"{total} cannot be shared out to {len(weights)}")
    spare, whole = total - len(weights), sum(weights)
    exact = [spare * weight / whole for weight in weights]
    shares = [1 + math.floor(value) for value in exact]
    by_remainder = sorted(range(len(weights)), key=lambda n: (math.floor(exact[n]) - exact[n], n))
    for number in by_remainder[: total - sum(shares)]:
        shares[number] += 1
    return shares


def divide(box: Box, weights: Sequence[float]) -> list[Box]:
    """One rectangle per weight, in their order: the box is cut in two across its longer side, and so on."""
    if len(weights) == 1:
        return [box]
    cut = _middle(weights)
    share = sum(weights[:cut]) / sum(weights)
    west, south, east, north = box
    # A degree of longitude is shorter than one of latitude.
    if (east - west) * math.cos(math.radians(south)) >= north - south:
        line = west + (east - west) * share
        parts = Box(west, south, line, north), Box(line, south, east, north)
    else:
        line = south + (north - south) * share
        parts = Box(west, south, east, line), Box(west, line, east, north)
    return divide(parts[0], weights[:cut]) + divide(parts[1], weights[cut:])


def _middle(weights: Sequence[float]) -> int:
    """How many of them make up about half of the weight; at least one, and not all."""
    half, passed = sum(weights) / 2, 0.0
    for number, weight in enumerate(weights[:-1], start=1):
        passed += weight
        if passed + weights[number] / 2 >= half:
            return number
    return len(weights) - 1
