"""Statutory days of years without a notice: the law alone, no swaps, an answer for every year."""

from datetime import date

import pytest

from calendars.statutory import StatutoryDays, statutory_days


def test_only_the_law_and_no_swaps_even_where_the_notice_is_known():
    assert sorted(f"{day:%m-%d}" for day in statutory_days(2026)) == [
        "01-01",
        *("02-16", "02-17", "02-18", "02-19"),
        "04-05",
        *("05-01", "05-02"),
        "06-19",
        "09-25",
        *("10-01", "10-02", "10-03"),
    ]


def test_the_year_that_has_no_notice_yet():
    assert len(statutory_days(2027)) == 13
    assert {date(2027, 2, 5), date(2027, 4, 5), date(2027, 6, 9), date(2027, 9, 15)} <= statutory_days(2027)


@pytest.mark.parametrize("year", [1, 1900, 1949, 2101, 9999])
def test_a_year_that_nobody_knows_has_none(year):
    assert statutory_days(year) == frozenset()


def test_as_a_container():
    days = StatutoryDays()
    assert date(2028, 10, 1) in days
    assert date(2028, 10, 8) not in days
    assert date(9999, 10, 1) not in days
    assert "2028-10-01" not in days
