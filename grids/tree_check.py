"""Whether the stored tree is what parents and codes say. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from grids.levels import LEVELS
from grids.nested import Node, Place, layout

# Id → (what decides its place, (tree_id, the place stored)), as grids.actions.bulk.read_places gives it.
Stored = Mapping[int, tuple[Node, tuple[int, Place]]]


class Fault(NamedTuple):
    """`what`: lost (no root leads to it), level, tree (number shared with another root), place or lineage."""

    unit_id: int
    code: str
    what: str


def tree_faults(stored: Stored) -> list[Fault]:
    """Every unit that is not where it belongs, in the order of ids; empty for a sound tree."""
    right = right_places(stored)
    faults = (_fault(node, where, right.get(pk)) for pk, (node, where) in stored.items())
    return sorted(fault for fault in faults if fault)


def right_places(stored: Stored) -> dict[int, tuple[int, Place]]:
    """Id → (tree_id, place) as it should be. Roots that share a tree number get new ones."""
    places = layout(node for node, _where in stored.values())
    trees = _tree_numbers((pk, stored[pk][1][0]) for pk, place in places.items() if place.depth == 0)
    return {pk: (trees[place.lineage[0] or 0], place) for pk, place in places.items()}


def _tree_numbers(roots: Iterable[tuple[int, int]]) -> dict[int, int]:
    numbers: dict[int, int] = {}
    used: set[int] = set()
    later = []
    for pk, number in sorted(roots):
        if number in used:
            later.append(pk)
        else:
            numbers[pk] = number
            used.add(number)
    return numbers | {pk: max(used) + step for step, pk in enumerate(later, start=1)}


def _fault(node: Node, where: tuple[int, Place], right: tuple[int, Place] | None) -> Fault | None:
    if right is None:
        return Fault(node.id, node.code, "lost")
    (tree, place), (right_tree, right_place) = where, right
    if right_place.depth != LEVELS[node.kind].number - 1:
        return Fault(node.id, node.code, "level")
    if tree != right_tree:
        return Fault(node.id, node.code, "tree")
    if place[:3] != right_place[:3]:
        return Fault(node.id, node.code, "place")
    return Fault(node.id, node.code, "lineage") if place != right_place else None
