"""Nested sets, computed: where every unit of some trees belongs, from parents and codes alone. Pure."""

from collections.abc import Iterable
from typing import NamedTuple

from grids.levels import LEVELS

_DEPTHS = len(LEVELS) - 1  # lineage columns of a unit; a building is nobody's ancestor


class Node(NamedTuple):
    """What decides a unit's place: its parent, and its code among siblings. `depth` counts from 0."""

    id: int
    parent_id: int | None
    kind: str
    code: str


class Place(NamedTuple):
    """Where a unit belongs: left and right number, depth, and the ids of its district, street, community and
    grid (itself included at its own level)."""

    lft: int
    rght: int
    depth: int
    lineage: tuple[int | None, ...]


def layout(nodes: Iterable[Node]) -> dict[int, Place]:
    """Id → place, by one depth-first walk over each tree, siblings by code, numbering from 1 in each.

    Nodes that no root leads to (a lost parent, a circle) are left out.
    """
    children: dict[int | None, list[Node]] = {}
    for node in sorted(nodes, key=lambda node: node.code, reverse=True):
        children.setdefault(node.parent_id, []).append(node)
    places: dict[int, Place] = {}
    for root in children.get(None, []):
        _walk(root, children, places)
    return places


def _walk(root: Node, children: dict[int | None, list[Node]], places: dict[int, Place]) -> None:
    """Number one tree. A node is met twice on the stack: going down and coming back."""
    number = 0
    empty: tuple[int | None, ...] = (None,) * _DEPTHS
    down: dict[int, tuple[int, int, tuple[int | None, ...]]] = {}
    stack: list[tuple[Node, int, tuple[int | None, ...]]] = [(root, 0, empty)]
    while stack:
        node, depth, above = stack[-1]
        number += 1
        if node.id in down:
            lft, depth, lineage = down[node.id]
            places[node.id] = Place(lft, number, depth, lineage)
            stack.pop()
            continue
        lineage = _with(above, node)
        down[node.id] = (number, depth, lineage)
        stack.extend((child, depth + 1, lineage) for child in children.get(node.id, ()))


def _with(above: tuple[int | None, ...], node: Node) -> tuple[int | None, ...]:
    at = LEVELS[node.kind].number - 1
    return above if at >= _DEPTHS else (*above[:at], node.id, *above[at + 1 :])
