"""Whole numbers as text: ASCII digits that fit, nothing else."""

import pytest

from trail.numerals import MOST_ID, read_whole


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("007", 7), (str(MOST_ID), MOST_ID)])
def test_a_number_is_read(text: str, number: int) -> None:
    assert read_whole(text) == number


@pytest.mark.parametrize(
    "text", ["", " 1", "-1", "+1", "1.0", "1_0", "x", "²", "٣", "３", "①", str(MOST_ID + 1), "9" * 5000]
)
def test_anything_else_is_none(text: str) -> None:
    assert read_whole(text) is None


def test_a_limit_of_ones_own() -> None:
    assert (read_whole("31", 31), read_whole("32", 31), read_whole("031", 31)) == (31, None, None)
