"""Powers of streets over posted bodies: named ones hold, samples must be granted."""

import pytest

from grids.body_kinds import BODY_KINDS, OUTSIDE, body_kind_choices
from grids.levels import LEVELS
from grids.powers import KIND, POWERS, held, power_choices


@pytest.mark.parametrize("row", POWERS.values(), ids=lambda row: row.key)
def test_every_power_has_label_and_source(row) -> None:
    assert str(row.label) and row.source.startswith("S")
    assert row.granted != row.is_sample, "what no source names must be granted by the district itself"


def test_what_a_district_sets_wins_over_the_default() -> None:
    assert held(KIND.default) == {"command", "rate"}
    own = {"command": {"granted": False}, "planning": {"granted": True}}
    assert held(KIND.over(KIND.clean(own))) == {"rate", "planning"}
    assert [key for key, _ in power_choices()] == list(POWERS)


@pytest.mark.parametrize("row", BODY_KINDS.values(), ids=lambda row: row.key)
def test_every_kind_of_body_has_label_and_level(row) -> None:
    assert str(row.label)
    assert row.at and row.at <= set(LEVELS)
    assert not (row.outside and row.commanded)


def test_outside_bodies_are_firms_and_residents() -> None:
    assert {"utility", "property", "owners"} == OUTSIDE
    assert [key for key, _ in body_kind_choices()] == list(BODY_KINDS)
