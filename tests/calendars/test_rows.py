"""Rows of a calendar file: what is read, what is refused and why."""

import io
from datetime import date

import pytest

from calendars.rows import Day, announced_years, check_rows, packaged_rows, read_csv


def test_the_packaged_calendar_is_whole_and_clean():
    days, bad = check_rows(packaged_rows())
    assert bad == []
    assert len(days) == 771
    assert announced_years(days) == frozenset(range(2004, 2027))


def test_packaged_rows_depart_from_the_weekday_rule_or_name_a_holiday():
    days, _ = check_rows(packaged_rows())
    assert all(day.name for day in days)
    assert [day.date for day in days if day.kind == "work" and day.date.weekday() < 5] == []


def test_lines_are_those_of_the_file():
    text = 'date,kind,name,note\n\n2027-01-01,off,"New\nYear",\n2027-13-01,off,,\n'
    days, bad = check_rows(read_csv(io.StringIO(text)))
    assert days == [Day(date(2027, 1, 1), "off", "New\nYear")]
    assert [(row.line, row.value) for row in bad] == [(5, "2027-13-01")]


@pytest.mark.parametrize(
    ("row", "value", "reason"),
    [
        ({"date": "2027-02-30", "kind": "off"}, "2027-02-30", "Not a date"),
        ({"date": "2027/2/3", "kind": "off"}, "2027/2/3", "Not a date"),
        ({"date": "20270203", "kind": "off"}, "20270203", "Not a date"),
        ({"date": "", "kind": "off"}, "", "Not a date"),
        ({"kind": "off"}, "", "Not a date"),
        ({"date": None, "kind": "off"}, "", "Not a date"),
        ({"date": "2027-02-03", "kind": "holiday"}, "holiday", "The kind is"),
        ({"date": "2027-02-03"}, "", "The kind is"),
        ({"date": "2027-02-03", "kind": "off", "name": "x" * 61}, "x" * 61, "Longer than"),
        ({"date": "2027-02-03", "kind": "off", "note": "x" * 61}, "x" * 61, "Longer than"),
        ({"date": "2027-02-03", "kind": "off", None: ["a", "b"]}, "['a', 'b']", "More cells"),
        ({"date": "2027-01-01", "kind": "off"}, "2027-01-01", "given twice"),
    ],
)
def test_a_bad_row_is_named_with_line_value_and_reason(row, value, reason, settings):
    settings.LANGUAGE_CODE = "en"
    days, bad = check_rows([{"date": "2027-01-01", "kind": "off"}, row])
    assert [day.date for day in days] == [date(2027, 1, 1)]
    assert [(each.line, each.value) for each in bad] == [(3, value)]
    assert reason in str(bad[0].reason)
    assert str(bad[0]) == f"3: {value!r}: {bad[0].reason}"


def test_every_bad_row_is_named_not_only_the_first():
    rows = [{"date": "x", "kind": "off"}, {"date": "2027-01-01", "kind": "off"}, {"date": "y", "kind": "off"}]
    assert [row.line for row in check_rows(rows)[1]] == [2, 4]


def test_a_stray_day_announces_no_year():
    stray = [Day(date(2026, 12, 31), "off"), Day(date(2027, 10, 9), "work"), Day(date(2028, 10, 1), "work")]
    assert announced_years(stray) == frozenset()
    assert announced_years([*stray, Day(date(2027, 10, 1), "off")]) == {2027}
