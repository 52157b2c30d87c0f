"""When a scheduled task comes again; no database."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calendars.worktime import SHANGHAI
from issues.occurrences import Rule, falls_on, next_after, next_few

# Tuesday.
NOW = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
DAY = date(2026, 3, 10)
ALWAYS = frozenset()


def rule(**given):
    return Rule(**{"weekdays": ALWAYS, "month_days": ALWAYS, "at": time(9), "starts_on": DAY} | given)


def week(day):
    return day.weekday() < 5


def days(a_rule, count=5, after=NOW, works=week):
    return [at.astimezone(SHANGHAI).strftime("%m-%d") for at in next_few(a_rule, after, works, count)]


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ({}, ["03-11", "03-12", "03-13", "03-16", "03-17"]),
        ({"only_working_days": False}, ["03-11", "03-12", "03-13", "03-14", "03-15"]),
        ({"weekdays": frozenset({0, 3})}, ["03-12", "03-16", "03-19", "03-23", "03-26"]),
        ({"weekdays": frozenset({5})}, []),
        (
            {"weekdays": frozenset({5}), "only_working_days": False},
            ["03-14", "03-21", "03-28", "04-04", "04-11"],
        ),
        # 15 March is a Sunday: it moves; 15 April is a Wednesday.
        ({"month_days": frozenset({15})}, ["03-16", "04-15", "05-15", "06-15", "07-15"]),
        (
            {"month_days": frozenset({15}), "only_working_days": False},
            ["03-15", "04-15", "05-15", "06-15", "07-15"],
        ),
        # Sunday 15 and Monday 16 are one.
        ({"month_days": frozenset({15, 16})}, ["03-16", "04-15", "04-16", "05-15", "05-18"]),
        (
            {"month_days": frozenset({-1}), "only_working_days": False},
            ["03-31", "04-30", "05-31", "06-30", "07-31"],
        ),
        (
            {"month_days": frozenset({31}), "only_working_days": False},
            ["03-31", "04-30", "05-31", "06-30", "07-31"],
        ),
        ({"until": date(2026, 3, 12)}, ["03-11", "03-12"]),
        ({"starts_on": date(2026, 5, 4)}, ["05-04", "05-05", "05-06", "05-07", "05-08"]),
        ({"at": time(11)}, ["03-10", "03-11", "03-12", "03-13", "03-16"]),
    ],
)
def test_the_next_five(given_, expected):
    assert days(rule(**given_)) == expected


def test_a_last_day_that_is_off_moves_into_the_next_month():
    # 31 May 2026 is a Sunday.
    assert days(rule(month_days=frozenset({-1})), 3) == ["03-31", "04-30", "06-01"]


def test_none_after_the_end():
    assert next_after(rule(until=DAY), NOW, week) is None


@pytest.mark.parametrize("day", [date(2101, 1, 1), date.max])
def test_nobody_plans_so_far(day):
    assert next_after(rule(starts_on=day), NOW, week) is None


@given(
    st.frozensets(st.integers(0, 6), max_size=3),
    st.frozensets(st.sampled_from([-1, *range(1, 32)]), max_size=3),
    st.booleans(),
    st.integers(0, 700),
)
def test_one_after_the_other_is_the_same_as_all_at_once(weekdays, month_days, working, later):
    """The tick asks again after each one: none comes twice, none is passed over."""
    one = rule(weekdays=ALWAYS if month_days else weekdays, month_days=month_days, only_working_days=working)
    after = NOW + timedelta(days=later)
    at_once = next_few(one, after, week, 6)
    step, found = after, []
    for _unused in at_once:
        step = next_after(one, step, week)
        found.append(step)
    assert found == at_once == sorted(set(at_once)) and all(at > after for at in found)
    local = [at.astimezone(SHANGHAI) for at in found]
    assert all(at.time() == one.at and falls_on(one, at.date(), week) for at in local)
    assert not working or all(week(at.date()) for at in local)
