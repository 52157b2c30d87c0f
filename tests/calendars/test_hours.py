"""Office hours: their JSON form, and what is refused."""

from datetime import time

import pytest

from calendars.hours import OFFICE_HOURS, check_hours, parse_hours, read_hours, show_hours


def test_default_hours_round_trip():
    assert show_hours(OFFICE_HOURS) == [["08:30", "12:00"], ["13:30", "17:30"]]
    assert parse_hours(show_hours(OFFICE_HOURS)) == OFFICE_HOURS


@pytest.mark.parametrize(
    "value",
    [
        None,
        "08:30-12:00",
        {},
        [],
        [[]],
        ["08:30", "12:00"],
        [["08:30"]],
        [["08:30", "12:00", "13:00"]],
        [["8:30", "12:00"]],
        [["08:30", "24:00"]],
        [["08:30", 12]],
        [["08:30:30", "12:00"]],
        [["12:00", "08:30"]],
        [["08:30", "08:30"]],
        [["08:30", "12:00"], ["11:00", "17:30"]],
        [["08:30", "12:00"], ["12:00", "17:30"]],
        [["13:30", "17:30"], ["08:30", "12:00"]],
    ],
)
def test_impossible_hours_are_refused(value):
    with pytest.raises(ValueError):
        parse_hours(value)


def test_hours_as_a_person_writes_them():
    assert read_hours("08:30-12:00,13:30-17:30") == OFFICE_HOURS


@pytest.mark.parametrize(
    "text", ["08：30—12：00，13：30—17：30", " 08:30 - 12:00 , 13:30 – 17:30 ", "08:30至12:00、13:30～17:30"]
)
def test_and_as_an_input_method_makes_them(text):
    assert read_hours(text) == OFFICE_HOURS


@pytest.mark.parametrize("text", ["", "08:30", "08:30-12:00,", "12:00-08:30", "08:30-12:00-14:00", "8-12"])
def test_what_a_person_mistypes_is_refused(text):
    with pytest.raises(ValueError):
        read_hours(text)


def test_hours_made_in_code_are_checked_too():
    with pytest.raises(ValueError):
        check_hours(((time(12), time(9)),))
