"""The work-order number: written one way, read however it was typed, and nothing else is taken for one."""

from datetime import date

import pytest

from issues.numbers import read_number, write_number

DAY = date(2026, 3, 10)


@pytest.mark.parametrize("pk", [1, 123, 999_999, 1_000_000, 2**59])
def test_what_is_written_is_read(pk: int) -> None:
    assert read_number(write_number(DAY, pk)) == (DAY, pk)


@pytest.mark.parametrize(
    "typed", ["20260310-000123", " 20260310 - 000123\n", "20260310－000123", "２０２６０３１０—０００１２３"]
)
def test_however_it_is_typed(typed: str) -> None:
    assert read_number(typed) == (DAY, 123)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "123",
        "2-301",
        "20260310-123",
        "20260310-0000123",
        "20260310-",
        "-000123",
        "20261310-000123",
        "00000000-000123",
        "20260310-" + "9" * 19,
        "٢٠٢٦٠٣١٠-٠٠٠١٢٣x",
        "20260310-000123-1",
        "x20260310-000123",
    ],
)
def test_what_is_none(text: str) -> None:
    assert read_number(text) is None
