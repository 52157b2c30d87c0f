"""Boundaries as a drawing: paths for an SVG, each with what it shows. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import cos, radians
from typing import TYPE_CHECKING, Any

from shapely import make_valid, transform

from grids.boundaries import shape_of
from grids.plots import Fault, Plot

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

WIDTH = 1000.0
# What is finer than this share of the width is not seen.
FINE = 0.5
MARGIN = 20.0
# A fault that is a point is drawn as a square of this size.
POINT = 12.0


@dataclass(frozen=True)
class Path:
    """One shape: `role` is above, beside, new or fault; `label` is said of it; `d` as SVG has it."""

    role: str
    label: str
    d: str


@dataclass(frozen=True)
class Drawing:
    """Width and height in units of the paths; those that lie on top last."""

    width: int
    height: int
    paths: list[Path]


def _frame(bounds: list[tuple[float, ...]]) -> tuple[int, int, Any]:
    """(width, height, how a position in degrees is placed) of a drawing that holds all of these."""
    west, south = min(b[0] for b in bounds), min(b[1] for b in bounds)
    east, north = max(b[2] for b in bounds), max(b[3] for b in bounds)
    narrow = cos(radians((south + north) / 2))
    span = max((east - west) * narrow, north - south, 1e-6)
    scale = (WIDTH - 2 * MARGIN) / span

    def place(xy: Any) -> Any:
        return (xy - (west, north)) * (narrow * scale, -scale) + (MARGIN, MARGIN)

    height = (north - south) * scale + 2 * MARGIN
    return round((east - west) * narrow * scale + 2 * MARGIN), round(height), place


def draw(plots: Iterable[Plot], faults: Iterable[Fault], broken: Iterable[Plot] = ()) -> Drawing | None:
    """The new plots with what is above, beside and below them, and the faults' marks on top; None of nothing.

    `broken`: new ones that could not be held against others, for instance since they cross themselves.
    """
    layers = [*_layers([*plots, *broken]), *_marks(faults)]
    if not layers:
        return None
    width, height, place = _frame([one.bounds for _role, _label, one in layers])
    paths = [Path(role, label, _d(transform(one, place), role)) for role, label, one in layers]
    return Drawing(width, height, paths)


@dataclass(frozen=True)
class Area:
    """One shape of a map, by the key it was given; what is written on it stands at (x, y)."""

    key: int
    d: str
    x: float
    y: float


def draw_areas(shapes: Mapping[int, dict[str, Any]]) -> tuple[int, int, list[Area]] | None:
    """(width, height, areas) of a map of these boundaries, in units of the paths; None of nothing."""
    # What was stored before boundaries were judged may cross itself.
    known = {key: make_valid(shape_of(geometry)) for key, geometry in shapes.items()}
    if not known:
        return None
    width, height, place = _frame([one.bounds for one in known.values()])
    areas = []
    for key, one in known.items():
        placed = transform(one, place)
        inside = placed.representative_point()
        areas.append(Area(key, _d(placed, "area"), round(inside.x, 1), round(inside.y, 1)))
    return width, height, areas


def _layers(plots: list[Plot]) -> Iterable[tuple[str, str, BaseGeometry]]:
    parents = {plot.parent for plot in plots if plot.new}
    for role in ("above", "beside", "new"):
        for plot in plots:
            if role == ("new" if plot.new else "above" if plot.code in parents else "beside"):
                yield role, f"{plot.name} {plot.code}", shape_of(plot.geometry)


def _marks(faults: Iterable[Fault]) -> Iterable[tuple[str, str, BaseGeometry]]:
    for fault in faults:
        if fault.mark:
            yield "fault", str(fault), shape_of(fault.mark)


def _d(one: BaseGeometry, role: str) -> str:
    if one.geom_type == "Point":
        return _ring(one.buffer(POINT, quad_segs=1).exterior.coords)
    polygons = getattr(one, "geoms", [one])
    fine = [polygon.simplify(FINE) if role != "fault" else polygon for polygon in polygons]
    rings = [ring for polygon in fine for ring in _rings(polygon)]
    return " ".join(_ring(ring.coords) for ring in rings)


def _rings(polygon: Any) -> list[Any]:
    return [polygon.exterior, *polygon.interiors] if polygon.geom_type == "Polygon" else []


def _ring(points: Iterable[tuple[float, ...]]) -> str:
    return "M" + "L".join(f"{point[0]:.1f} {point[1]:.1f}" for point in points) + "Z"
