"""A division into grids: every building once, neighbours together, even loads, few changes."""

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grids.planning import _FINE, Block, balance, cut, hilbert, in_order, moves, propose


def block(pk: int, households: int, grid: int = 1, lon=None, lat=None) -> Block:
    return Block(pk, f"{pk:05d}", households, lon, lat, grid)


@given(st.lists(st.integers(0, 300), min_size=1, max_size=30), st.integers(1, 8))
def test_cut_leaves_nothing_out_and_no_part_empty(loads: list[int], count: int) -> None:
    count = min(count, len(loads))
    stretches = cut(loads, count)
    assert len(stretches) == count
    assert [number for a, b in stretches for number in range(a, b)] == list(range(len(loads)))
    assert all(a < b for a, b in stretches)


@given(st.lists(st.integers(0, 50), min_size=1, max_size=9), st.integers(1, 4))
def test_cut_is_as_even_as_any_other_cut(loads: list[int], count: int) -> None:
    count = min(count, len(loads))

    def spread(bounds) -> int:
        return sum(sum(loads[a:b]) ** 2 for a, b in bounds)

    others = (
        list(itertools.pairwise([0, *middle, len(loads)]))
        for middle in itertools.combinations(range(1, len(loads)), count - 1)
    )
    assert spread(cut(loads, count)) == min(spread(bounds) for bounds in others)


def test_balance_is_the_coefficient_of_variation() -> None:
    assert balance([400, 400, 400]) == 0.0
    assert balance([300, 500]) == pytest.approx(0.25)
    assert balance([]) == balance([0, 0]) == balance([7]) == 0.0


def test_grids_of_about_four_hundred_households() -> None:
    blocks = [block(pk, 40) for pk in range(1, 101)]
    proposal = propose(blocks, [1])
    assert [part.households for part in proposal.parts] == [400] * 10
    assert proposal.before == 0.0 and proposal.after == 0.0
    assert sorted(pk for part in proposal.parts for pk in part.building_ids) == list(range(1, 101))


def test_a_lopsided_community_comes_out_even() -> None:
    chance = random.Random(5)
    blocks = [block(pk, chance.randint(20, 90), grid=1 if pk < 60 else 2) for pk in range(1, 81)]
    proposal = propose(blocks, [1, 2])
    assert proposal.before > 0.4
    assert proposal.after < 0.1
    total = sum(each.households for each in blocks)
    assert len(proposal.parts) == round(total / 400)


def test_a_small_community_stays_one_grid_and_a_large_building_is_never_split() -> None:
    assert len(propose([block(1, 90)], [1]).parts) == 1
    proposal = propose([block(1, 2000), block(2, 10)], [1])
    assert [part.building_ids for part in proposal.parts] == [(1,), (2,)]


def test_the_proposal_continues_existing_grids_where_most_stays() -> None:
    blocks = [block(pk, 100, grid=7 if pk <= 4 else 8) for pk in range(1, 9)]
    proposal = propose(blocks, [8, 7])
    assert [part.grid_id for part in proposal.parts] == [7, 8]
    assert moves(proposal, blocks) == {} and proposal.emptied == ()


def test_a_grid_too_many_is_named_and_one_too_few_is_new() -> None:
    blocks = [block(pk, 100, grid=pk) for pk in (1, 2, 3, 4)]
    few = propose(blocks, [1, 2, 3, 4])
    assert len(few.parts) == 1 and len(few.emptied) == 3
    many = propose([block(pk, 200, grid=1) for pk in range(1, 5)], [1])
    assert [part.grid_id for part in many.parts].count(None) == 1
    assert len(moves(many, [block(pk, 200, grid=1) for pk in range(1, 5)])) == 2


def test_known_positions_decide_the_order_else_codes_do() -> None:
    spots = [(0.0, 0.0), (1.0, 1.0), (0.01, 0.0), (1.0, 0.99)]
    blocks = [block(pk, 10, lon=lon, lat=lat) for pk, (lon, lat) in enumerate(spots, start=1)]
    order = [each.id for each in in_order(blocks)]
    assert {frozenset(order[:2]), frozenset(order[2:])} == {frozenset({1, 3}), frozenset({2, 4})}
    assert [each.id for each in in_order([blocks[3], block(9, 1), blocks[0]])] == [1, 4, 9]


def test_the_curve_visits_every_cell_and_steps_to_a_neighbour() -> None:
    near = [(x, y) for x in range(16) for y in range(16)]
    along = sorted(near, key=lambda cell: hilbert(*cell))
    assert len({hilbert(*cell) for cell in near}) == 256
    assert all(abs(a[0] - b[0]) + abs(a[1] - b[1]) == 1 for a, b in itertools.pairwise(along))
    assert max(hilbert(_FINE - 1, y) for y in range(0, _FINE, 97)) < _FINE * _FINE
