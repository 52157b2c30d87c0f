"""Dividing a community into grids of about equal size from its buildings. Pure.

The standard is 400 households a grid (S0:31), each with about as many (S1:29). Buildings are put on a line
along which neighbours stay neighbours, and the line is cut where the parts come out most even.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

TARGET = 400
_FINE = 1 << 10  # cells a side of the curve on which positions are put


class Block(NamedTuple):
    """A building: its households, where it stands (degrees, if known), and the grid it is in now."""

    id: int
    code: str
    households: int
    lon: float | None
    lat: float | None
    grid_id: int


@dataclass(frozen=True)
class Part:
    """One proposed grid: the existing grid it continues, or None for a new one; its buildings in order."""

    grid_id: int | None
    building_ids: tuple[int, ...]
    households: int


@dataclass(frozen=True)
class Proposal:
    """`before` and `after`: balance (0 is perfect). `emptied`: grids that would keep no building."""

    parts: tuple[Part, ...]
    before: float
    after: float
    emptied: tuple[int, ...]


def propose(blocks: Sequence[Block], grid_ids: Sequence[int], target: int = TARGET) -> Proposal:
    """A division of these buildings into round(households / target) grids, at least one.

    `grid_ids` are the grids that there are; the proposal continues those with which its parts share most
    households, so that as few buildings as possible change.
    """
    ordered = in_order(blocks)
    total = sum(block.households for block in ordered)
    count = min(max(1, round(total / target)), max(1, len(ordered)))
    groups = [ordered[a:b] for a, b in cut([block.households for block in ordered], count)]
    continued = _continue(groups, grid_ids)
    parts = tuple(
        Part(continued.get(number), tuple(block.id for block in group), _households(group))
        for number, group in enumerate(groups)
    )
    loads = dict.fromkeys(grid_ids, 0)
    for block in blocks:
        loads[block.grid_id] = loads.get(block.grid_id, 0) + block.households
    emptied = tuple(pk for pk in grid_ids if pk not in continued.values())
    after = balance([part.households for part in parts])
    return Proposal(parts, balance(list(loads.values())), after, emptied)


def balance(loads: Sequence[int]) -> float:
    """Coefficient of variation: standard deviation over mean; 0.0 for equal loads, for one, or for none."""
    if not loads or not sum(loads):
        return 0.0
    mean = sum(loads) / len(loads)
    return (sum((load - mean) ** 2 for load in loads) / len(loads)) ** 0.5 / mean


def in_order(blocks: Sequence[Block]) -> list[Block]:
    """Neighbours side by side: along a space-filling curve where all positions are known, else by code."""
    ordered = sorted(blocks, key=lambda block: block.code)
    spots = [(block.lon, block.lat) for block in ordered]
    known = [(lon, lat) for lon, lat in spots if lon is not None and lat is not None]
    if len(known) < len(spots) or len(set(known)) < 2:
        return ordered
    west, south = min(lon for lon, _ in known), min(lat for _, lat in known)
    span = max(max(lon for lon, _ in known) - west, max(lat for _, lat in known) - south)
    scale = (_FINE - 1) / span
    along = [hilbert(int((lon - west) * scale), int((lat - south) * scale)) for lon, lat in known]
    return [block for _, block in sorted(zip(along, ordered, strict=True), key=lambda pair: pair[0])]


def hilbert(x: int, y: int) -> int:
    """The position of a cell along a Hilbert curve over _FINE × _FINE cells."""
    distance, side = 0, _FINE >> 1
    while side:
        right, upper = int(bool(x & side)), int(bool(y & side))
        distance += side * side * ((3 * right) ^ upper)
        if not upper:
            if right:
                x, y = _FINE - 1 - x, _FINE - 1 - y
            x, y = y, x
        side >>= 1
    return distance


def cut(loads: Sequence[int], count: int) -> list[tuple[int, int]]:
    """Cut a line into `count` non-empty stretches (from, to) whose loads are most even (least squares)."""
    size = len(loads)
    if size == 0:
        return []
    sums = [0]
    for load in loads:
        sums.append(sums[-1] + load)
    best: list[float] = [0.0] + [float("inf")] * size
    starts: list[list[int]] = []
    for part in range(1, count + 1):
        best, start = _add_part(best, sums, part, size - (count - part))
        starts.append(start)
    return _stretches(starts, size)


def _add_part(best: list[float], sums: list[int], part: int, last: int) -> tuple[list[float], list[int]]:
    """The least sum of squares for `part` stretches ending at each place, and where the last one begins."""
    size = len(best) - 1
    new, start = [float("inf")] * (size + 1), [0] * (size + 1)
    for end in range(part, last + 1):
        for begin in range(end - 1, part - 2, -1):
            square = (sums[end] - sums[begin]) ** 2
            if square >= new[end]:
                break  # going further back only makes this stretch heavier
            if best[begin] + square < new[end]:
                new[end], start[end] = best[begin] + square, begin
    return new, start


def _stretches(starts: list[list[int]], end: int) -> list[tuple[int, int]]:
    found = []
    for start in reversed(starts):
        found.append((start[end], end))
        end = start[end]
    return found[::-1]


def _continue(groups: Sequence[Sequence[Block]], grid_ids: Sequence[int]) -> dict[int, int]:
    """Group number → the existing grid it continues, the largest shares first, each grid once."""
    shares: dict[tuple[int, int], int] = {}
    for number, group in enumerate(groups):
        for block in group:
            key = (number, block.grid_id)
            shares[key] = (
                shares.get(key, 0) + block.households + 1
            )  # a building without households counts too
    taken: dict[int, int] = {}
    for number, grid_id in sorted(shares, key=lambda key: (-shares[key], key)):
        if number not in taken and grid_id in grid_ids and grid_id not in taken.values():
            taken[number] = grid_id
    free = [pk for pk in grid_ids if pk not in taken.values()]
    for number in range(len(groups)):
        if number not in taken and free:
            taken[number] = free.pop(0)
    return taken


def _households(group: Sequence[Block]) -> int:
    return sum(block.households for block in group)


def moves(proposal: Proposal, blocks: Sequence[Block]) -> dict[int, int]:
    """Building id → number of its part, for the buildings that would change grid."""
    now = {block.id: block.grid_id for block in blocks}
    return {
        pk: number
        for number, part in enumerate(proposal.parts)
        for pk in part.building_ids
        if part.grid_id is None or now[pk] != part.grid_id
    }
