"""Nested sets computed by one walk agree with their definition, for any tree."""

from hypothesis import given
from hypothesis import strategies as st

from grids.levels import LEVELS
from grids.nested import Node, layout

KINDS = list(LEVELS)


@st.composite
def forests(draw) -> list[Node]:
    """Parents with lower ids; kinds by depth; codes in an order of their own."""
    size = draw(st.integers(1, 40))
    depths: dict[int, int] = {}
    nodes = []
    codes = draw(st.permutations([f"{n:03d}" for n in range(size)]))
    for pk in range(1, size + 1):
        able = [other for other, depth in depths.items() if depth < len(KINDS) - 1]
        parent = draw(st.sampled_from([None, *able]))
        depths[pk] = 0 if parent is None else depths[parent] + 1
        nodes.append(Node(pk, parent, KINDS[depths[pk]], codes[pk - 1]))
    return draw(st.permutations(nodes))


@given(forests())
def test_every_node_lies_inside_its_parent_and_the_numbers_are_used_once(nodes: list[Node]) -> None:
    places = layout(nodes)
    by_id = {node.id: node for node in nodes}
    assert set(places) == set(by_id)
    for root in (node for node in nodes if node.parent_id is None):
        numbers = sorted(
            number for place in places.values() if place.lineage[0] == root.id for number in place[:2]
        )
        assert numbers == list(range(1, len(numbers) + 1))
    for node in nodes:
        place = places[node.id]
        if node.parent_id is not None:
            parent = places[node.parent_id]
            assert parent.lft < place.lft < place.rght < parent.rght
            assert place.depth == parent.depth + 1
        assert place.depth == KINDS.index(node.kind)


@given(forests())
def test_siblings_stand_in_the_order_of_their_codes(nodes: list[Node]) -> None:
    places = layout(nodes)
    for parent in {node.parent_id for node in nodes} - {None}:
        siblings = sorted((node for node in nodes if node.parent_id == parent), key=lambda node: node.code)
        assert [places[node.id].lft for node in siblings] == sorted(places[node.id].lft for node in siblings)


def test_lineage_names_every_level_including_oneself() -> None:
    chain = [Node(n, n - 1 or None, kind, str(n)) for n, kind in enumerate(KINDS, start=1)]
    places = layout(chain)
    assert places[1].lineage == (1, None, None, None)
    assert places[4].lineage == (1, 2, 3, 4)
    assert places[5].lineage == (1, 2, 3, 4), "a building is nobody's ancestor"


def test_what_no_root_leads_to_is_left_out() -> None:
    lost = [
        Node(1, None, "district", "1"),
        Node(2, 9, "street", "2"),
        Node(3, 4, "street", "3"),
        Node(4, 3, "street", "4"),
    ]
    assert set(layout(lost)) == {1}
