"""How boundaries lie to each other: beside their siblings, inside what is above them, around what is below. Pure.

Lines drawn by hand never meet exactly: what is narrower than TOLERANCE_METRES is no fault.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import cos, radians
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from shapely import STRtree, make_valid, transform
from shapely.geometry import Point, mapping

from grids.boundaries import crossing_at, shape_of
from grids.coordinates import METRES_PER_DEGREE

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

TOLERANCE_METRES = 10.0
SQUARE_METRES_PER_HECTARE = 10_000


@dataclass(frozen=True)
class Plot:
    """A unit and its boundary. `new`: it is this boundary that is judged."""

    code: str
    name: str
    parent: str
    geometry: dict[str, Any]
    new: bool = False


@dataclass(frozen=True)
class Fault:
    """What is wrong with a feature: its number in the file (from 1; 0 where there is but one), the unit's code as
    given, the reason, and where (a GeoJSON geometry), if that can be shown."""

    number: int
    code: str
    reason: str
    mark: dict[str, Any] | None = None

    def __str__(self) -> str:
        if not self.number:
            return self.reason
        return _("Feature %(number)d (%(code)s): %(reason)s") % {
            "number": self.number,
            "code": self.code or "—",
            "reason": self.reason,
        }


def faults_between(plots: Iterable[Plot], numbers: Mapping[str, int]) -> list[Fault]:
    """Every fault that a new plot has with its siblings, its parent or what lies in it; `plots` are all of them, the
    `numbers` those of the new ones in the file."""
    known = {plot.code: plot for plot in plots}
    grounds = _grounds(known)
    found = [*_overlaps(known, grounds), *_outside(known, grounds)]
    return sorted(
        (Fault(numbers.get(code, 0), code, reason, mark) for code, reason, mark in found),
        key=lambda fault: (fault.number, fault.code),
    )


def crossing_mark(geometry: dict[str, Any]) -> dict[str, Any] | None:
    """Where a ring crosses itself, to be shown."""
    where = crossing_at(geometry)
    return mapping(Point(*where)) if where else None


@dataclass(frozen=True)
class _Grounds:
    """Shapes in metres on a plane: a district is small enough for that."""

    shapes: dict[str, BaseGeometry]
    east: float

    def mark(self, found: BaseGeometry) -> dict[str, Any]:
        """Back in degrees."""
        return mapping(transform(found, lambda xy: xy / (self.east, METRES_PER_DEGREE)))


def _grounds(known: Mapping[str, Plot]) -> _Grounds:
    # What was stored before boundaries were judged may cross itself.
    degrees = {code: make_valid(shape_of(plot.geometry)) for code, plot in known.items()}
    middle = next((one.centroid.y for one in degrees.values()), 0.0)
    east = METRES_PER_DEGREE * cos(radians(middle))
    return _Grounds(
        {code: transform(one, lambda xy: xy * (east, METRES_PER_DEGREE)) for code, one in degrees.items()},
        east,
    )


def _overlaps(known: Mapping[str, Plot], grounds: _Grounds) -> Iterable[tuple[str, str, Any]]:
    """Siblings that share more than a narrow strip, told once, at the later of two new ones."""
    codes = sorted(known)
    tree = STRtree([grounds.shapes[code] for code in codes])
    for number, code in enumerate(codes):
        if not known[code].new:
            continue
        for other in sorted(int(one) for one in tree.query(grounds.shapes[code], predicate="intersects")):
            beside = known[codes[other]]
            if other == number or beside.parent != known[code].parent or (beside.new and other > number):
                continue
            if shared := _deep(grounds.shapes[code].intersection(grounds.shapes[beside.code])):
                reason = _("This overlaps %(name)s (%(code)s) by %(hectares).2f hectares.") % {
                    "name": beside.name,
                    "code": beside.code,
                    "hectares": shared.area / SQUARE_METRES_PER_HECTARE,
                }
                yield code, reason, grounds.mark(shared)


def _outside(known: Mapping[str, Plot], grounds: _Grounds) -> Iterable[tuple[str, str, Any]]:
    """New ones that leave what is above them, and those that leave out what stands below them."""
    for code, plot in known.items():
        parent = known.get(plot.parent)
        if parent is None or not (plot.new or parent.new):
            continue
        beyond = _deep(grounds.shapes[code].difference(grounds.shapes[parent.code]))
        if not beyond:
            continue
        if plot.new:
            reason = _("This is not wholly inside %(name)s (%(code)s).")
            yield code, reason % {"name": parent.name, "code": parent.code}, grounds.mark(beyond)
        else:
            reason = _("This leaves out a part of %(name)s (%(code)s), which belongs to it.")
            yield parent.code, reason % {"name": plot.name, "code": plot.code}, grounds.mark(beyond)


def _deep(found: BaseGeometry) -> BaseGeometry | None:
    """What of it is wider than the tolerance; None where there is nothing."""
    core = found.buffer(-TOLERANCE_METRES / 2)
    return None if core.is_empty else core.buffer(TOLERANCE_METRES / 2)


def hectares(geometry: dict[str, Any]) -> float:
    """How large an area is, on the plane."""
    one = shape_of(geometry)
    east = METRES_PER_DEGREE * cos(radians(one.centroid.y))
    return one.area * east * METRES_PER_DEGREE / SQUARE_METRES_PER_HECTARE
