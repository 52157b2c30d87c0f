"""No circles between modules: who reads one file must not end where they began.

Imports inside functions and under TYPE_CHECKING count. One exception: a room for reading may name the models
that it reads in its annotations, since a model hands out its queryset and the queryset returns that model.
"""

from collections.abc import Iterator

from tests.architecture import references
from tests.architecture.house import Room
from tests.architecture.source import House, Module, Reference, Violation

Graph = dict[str, dict[str, int]]


def check(house: House) -> Iterator[Violation]:
    """One violation for each knot of modules that import each other, with its shortest circle spelled out."""
    graph = graph_of(house)
    for knot in knots(graph):
        circle = min((shortest_circle(graph, name) for name in knot), key=lambda names: (len(names), names))
        steps = list(zip(circle, [*circle[1:], circle[0]], strict=True))
        told = ", ".join(f"{a} imports {b} (line {graph[a][b]})" for a, b in steps)
        others = sorted(set(knot) - set(circle))
        yield Violation(
            house.by_name[circle[0]].path,
            graph[circle[0]][steps[0][1]],
            f"circle: {told}." + (f" Also knotted in: {', '.join(others)}." if others else ""),
            "Move what both sides need into a module below both, or pass it as an argument. "
            "An import inside a function or under TYPE_CHECKING is still a circle.",
        )


def graph_of(house: House) -> Graph:
    """{module: {imported module: line}}; importing a submodule is not importing its package."""
    graph: Graph = {}
    for module in house.modules:
        edges = graph.setdefault(module.name, {})
        for reference in references.imports(module):
            target = house.module_of(reference.target)
            if target and target is not module and not _names_its_rows(module, target, reference):
                edges.setdefault(target.name, reference.line)
    return graph


def _names_its_rows(module: Module, target: Module, reference: Reference) -> bool:
    return reference.type_only and (module.room, target.room) == (Room.READ, Room.MODEL)


def knots(graph: Graph) -> list[list[str]]:
    """Groups of modules that can all reach each other."""
    reach = {name: _reachable(graph, name) for name in graph}
    seen: set[str] = set()
    found = []
    for name in sorted(graph):
        if name in reach[name] and name not in seen:
            knot = sorted(other for other in reach[name] if name in reach[other])
            seen.update(knot)
            found.append(knot)
    return found


def _reachable(graph: Graph, start: str) -> set[str]:
    found: set[str] = set()
    waiting = list(graph[start])
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(graph[name])
    return found


def shortest_circle(graph: Graph, start: str) -> list[str]:
    """The shortest way from `start` back to itself; `start` must lie on a circle."""
    paths = [[start]]
    seen: set[str] = set()
    while paths:
        path = paths.pop(0)
        for name in sorted(graph[path[-1]]):
            if name == start:
                return path
            if name not in seen:
                seen.add(name)
                paths.append([*path, name])
    raise ValueError(f"{start} lies on no circle")
