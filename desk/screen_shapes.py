"""The drawings of the command centre: a map or tiles coloured by backlog, and the curve of the day's hours. Pure.

A colour never stands alone: the number stands on each shape, and the legend says which numbers a colour means.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import ceil
from typing import Any

from grids.drawing import draw_areas

# Colours besides that of nothing open.
STEPS = 4
HOURS = 24
LONGEST = 8
CURVE_WIDTH, CURVE_HEIGHT, LEFT, BOTTOM, TOP = 520, 170, 44, 34, 14
DAYS = 7


@dataclass(frozen=True)
class Part:
    """What stands below the shown unit, and how it stands there; `link` leads down to it, if it does. `lists`: what is
    counted → the list behind it, for whoever may follow it."""

    pk: int
    code: str
    name: str
    open: int
    late: int
    whistles: int
    dangers: int
    boundary: Mapping[str, Any] | None = None
    link: str = ""
    lists: Mapping[str, str] = field(default_factory=dict)

    @property
    def way(self) -> str:
        """Where its shape leads: down, else to what is open there; "" for nowhere."""
        return self.link or self.lists.get("open", "")

    @property
    def short(self) -> str:
        return self.name if len(self.name) <= LONGEST else f"{self.name[: LONGEST - 1]}…"


@dataclass(frozen=True)
class Shape:
    """One part: a path on the map with what is written on it at (x, y), or a tile where there is no boundary."""

    part: Part
    step: int
    x: float = 0
    y: float = 0
    d: str = ""


@dataclass(frozen=True)
class Ground:
    """A map."""

    width: int
    height: int
    shapes: list[Shape]


@dataclass(frozen=True)
class Key:
    """A line of the legend: the numbers that a colour means."""

    step: int
    least: int
    most: int | None


def steps_of(numbers: Sequence[int]) -> list[Key]:
    """The colours for such numbers: one for nothing, the others of equal width up to the largest."""
    most = max(numbers, default=0)
    width = max(ceil(most / STEPS), 1)
    found = [Key(0, 0, 0)]
    for step in range(1, STEPS + 1):
        least = width * (step - 1) + 1
        if least <= most:
            found.append(Key(step, least, None if width * step >= most else width * step))
    return found


def step_of(number: int, legend: Sequence[Key]) -> int:
    """The colour of this number."""
    return next(key.step for key in reversed(legend) if number >= key.least)


@lru_cache(maxsize=32)
def _drawn(boundaries: tuple[tuple[int, str], ...]) -> Any:
    """Drawn once for all walls: the same boundaries give the same paths."""
    return draw_areas({key: json.loads(text) for key, text in boundaries})


def map_of(parts: Sequence[Part], legend: Sequence[Key]) -> Ground | None:
    """Those that have a boundary; None where none has."""
    drawn = _drawn(tuple((part.pk, json.dumps(part.boundary)) for part in parts if part.boundary))
    if drawn is None:
        return None
    width, height, areas = drawn
    by_pk = {part.pk: part for part in parts}
    return Ground(width, height, [
        Shape(by_pk[one.key], step_of(by_pk[one.key].open, legend), one.x, one.y, one.d) for one in areas
    ])  # fmt: skip


def tiles_of(parts: Sequence[Part], legend: Sequence[Key]) -> list[Shape]:
    """Those that have none."""
    return [Shape(part, step_of(part.open, legend)) for part in parts if not part.boundary]


@dataclass(frozen=True)
class Curve:
    """Reports hour by hour: today's line up to this hour, and the average of the seven days before."""

    today: str
    usual: str
    ticks: list[tuple[float, str]]
    levels: list[tuple[float, int]]
    now: tuple[float, float]
    so_far: int
    usual_so_far: float
    width: int = CURVE_WIDTH
    height: int = CURVE_HEIGHT
    left: int = LEFT
    right: int = CURVE_WIDTH - 8
    base: int = CURVE_HEIGHT - BOTTOM


def curve_of(today: Sequence[int], before: Sequence[int], hour: int) -> Curve:
    """`today` and `before` by hour, `before` of all seven days together; `hour` is the one that runs."""
    usual = [number / DAYS for number in before]
    most = _round_up(max([*today, *usual, 1]))

    def x(number: int) -> float:
        return round(LEFT + (CURVE_WIDTH - 8 - LEFT) * number / (HOURS - 1), 1)

    def y(number: float) -> float:
        return round(CURVE_HEIGHT - BOTTOM - (CURVE_HEIGHT - BOTTOM - TOP) * number / most, 1)

    def line(numbers: Sequence[float]) -> str:
        return " ".join(f"{x(place)},{y(number)}" for place, number in enumerate(numbers))

    return Curve(
        today=line(today[: hour + 1]),
        usual=line(usual),
        ticks=[(x(min(at, HOURS - 1)), f"{at}") for at in (0, 6, 12, 18, 23)],
        levels=[(y(level), level) for level in (0, most // 2, most)],
        now=(x(hour), y(today[hour])),
        so_far=sum(today[: hour + 1]),
        usual_so_far=round(sum(usual[: hour + 1]), 1),
    )


def _round_up(most: float) -> int:
    """To an even number that reads well."""
    step = next(step for step in (2, 10, 20, 100, 200, 1000, 10**9) if most <= step * 5 or step == 10**9)
    return ceil(most / step) * step
