"""Five levels: a row each, labels on both lines, codes of the right length that begin as they must."""

import pytest

from grids.levels import LEVELS, LINES, above, below, code_problem, level_choices, line_choices


@pytest.mark.parametrize("row", LEVELS.values(), ids=lambda row: row.key)
def test_every_level_has_its_labels_and_its_place(row) -> None:
    for line in LINES:
        assert str(row.label(line)) and str(row.party_label(line))
    assert row.parent is None or LEVELS[row.parent].number == row.number - 1
    assert (row.parent is None) == (row.number == 1)


def test_levels_are_numbered_from_district_to_building() -> None:
    assert list(LEVELS) == ["district", "street", "community", "grid", "building"]
    assert [row.number for row in LEVELS.values()] == [1, 2, 3, 4, 5]
    assert [row.code_length for row in LEVELS.values()] == [6, 9, 12, 15, 17]


def test_above_and_below_are_each_others_inverse() -> None:
    for key in LEVELS:
        assert above(key) is None or below(above(key)) == key
    assert below("building") is None


def test_choices_offer_every_row() -> None:
    assert [key for key, _ in level_choices()] == list(LEVELS)
    assert [key for key, _ in line_choices()] == list(LINES)


@pytest.mark.parametrize(
    ("kind", "code", "under"),
    [
        ("district", "220103", ""),
        ("street", "220103002", "220103"),
        ("community", "220103002001", "220103002"),
        ("grid", "220103002001001", "220103002001"),
        ("building", "22010300200100001", "220103002001"),
    ],
)
def test_a_lawful_code(kind: str, code: str, under: str) -> None:
    assert code_problem(kind, code, under) is None
    assert code_problem(kind, code[:-1], under)
    assert code_problem(kind, code + "0", under)
    assert code_problem(kind, code[:-1] + "x", under)
    assert code_problem(kind, code[:-1] + "１", under), "full-width digits are no digits of a code"
    if under:
        assert code_problem(kind, "9" + code[1:], under)
