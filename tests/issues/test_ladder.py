"""Escalation, rung by rung: what fires, what comes next, how long it waits. Without a database."""

from datetime import timedelta

import pytest

from calendars.worktime import Span, hours, minutes, working_days, working_hours
from issues.actions.escalate import EXPIRED
from issues.ladder import (
    CLOCK,
    RUNGS,
    SHIPPED,
    next_after,
    rung_when_due,
)

ANSWERS = ("screen", "sign", "review", "acknowledge", "take", "decide", "check")
HANDLES = (
    *("submit", "arrive", "report", "done", "plan", "stage", "finish", "letter"),
    *("suspension", "promise"),
)
WINDOWS = ("rate", "supply")


def test_every_clock_is_told_apart() -> None:
    assert {key for key, clock in CLOCK.items() if clock.group == "answer"} == set(ANSWERS)
    assert {key for key, clock in CLOCK.items() if clock.group == "handle"} == set(HANDLES)
    assert {key for key, clock in CLOCK.items() if clock.group == "window"} == set(WINDOWS)
    # In danger or not, an expired window has an effect of its own.
    assert set(EXPIRED) == set(WINDOWS)


def story(clock: str, span: Span, *, danger: bool, top: bool, rungs: int) -> list[tuple[str, Span | None]]:
    """(rung, how long it waited since the one before) from the deadline on."""
    told: list[tuple[str, Span | None]] = [(rung_when_due(clock, danger=danger, top=top), None)]
    while len(told) < rungs and (after := next_after(told[-1][0], clock, span, danger=danger, top=top)):
        told.append((after.rung, after.wait))
    return told


@pytest.mark.parametrize("clock", ANSWERS)
def test_nobody_answers_below_the_district(clock: str) -> None:
    """The deputy first, then after half the time the level above, whose own clock begins: the story ends."""
    assert story(clock, working_hours(4), danger=False, top=False, rungs=9) == [
        ("call_deputy", None),
        ("climb", working_hours(2)),
    ]


@pytest.mark.parametrize("clock", ANSWERS)
def test_nobody_answers_at_the_district(clock: str) -> None:
    assert story(clock, working_hours(2), danger=False, top=True, rungs=4) == [
        ("call_deputy", None),
        ("board", working_hours(1)),
        ("board", SHIPPED.board_again),
        ("board", SHIPPED.board_again),
    ]


@pytest.mark.parametrize("clock", HANDLES)
def test_signed_but_late_is_chased_and_never_climbs(clock: str) -> None:
    told = story(clock, working_days(3), danger=False, top=False, rungs=6)
    assert told == [("chase", None)] + [("chase", SHIPPED.chase_again)] * 5


@pytest.mark.parametrize("clock", HANDLES)
def test_late_at_the_district_is_on_the_board(clock: str) -> None:
    told = story(clock, working_days(15), danger=False, top=True, rungs=4)
    assert told == [
        ("chase", None),
        ("board", SHIPPED.chase_again),
        ("board", SHIPPED.board_again),
        ("board", SHIPPED.board_again),
    ]


@pytest.mark.parametrize("clock", ANSWERS)
def test_danger_climbs_at_once(clock: str) -> None:
    assert story(clock, minutes(5), danger=True, top=False, rungs=9) == [("climb", None)]
    assert story(clock, minutes(5), danger=True, top=True, rungs=3) == [
        ("board", None),
        ("board", SHIPPED.danger_again),
        ("board", SHIPPED.danger_again),
    ]


@pytest.mark.parametrize("clock", HANDLES)
def test_danger_that_is_late_calls_one_level_after_the_other(clock: str) -> None:
    assert story(clock, hours(2), danger=True, top=False, rungs=3) == [
        ("call_above", None),
        ("call_above", hours(1)),
        ("call_above", hours(1)),
    ]
    assert next_after("call_above", clock, hours(2), danger=True, top=True).rung == "board"


@pytest.mark.parametrize("clock", WINDOWS)
def test_a_window_passes_once(clock: str) -> None:
    assert story(clock, working_days(5), danger=False, top=False, rungs=9) == [("expire", None)]


@pytest.mark.parametrize("clock", ANSWERS + HANDLES)
@pytest.mark.parametrize("danger", [False, True])
@pytest.mark.parametrize("top", [False, True])
def test_after_the_reminder_comes_the_deadline_itself(clock: str, danger: bool, top: bool) -> None:
    after = next_after("remind", clock, working_days(1), danger=danger, top=top)
    assert after is not None
    assert after.rung == rung_when_due(clock, danger=danger, top=top)
    assert after.wait is None


@pytest.mark.parametrize("clock", ANSWERS + HANDLES)
@pytest.mark.parametrize("danger", [False, True])
def test_no_clock_falls_silent(clock: str, danger: bool) -> None:
    """Whatever fires, something follows, until somebody acts; only climbing ends a clock, and begins
    another.
    """
    for top in (False, True):
        rung = rung_when_due(clock, danger=danger, top=top)
        seen = set()
        while rung not in seen and rung != "climb":
            seen.add(rung)
            after = next_after(rung, clock, working_hours(2), danger=danger, top=top)
            assert after is not None, rung
            rung = after.rung


@pytest.mark.parametrize("top", [False, True])
def test_whoever_is_called_by_the_roster_is_followed_by_the_next_on_duty(top: bool) -> None:
    """What comes when nobody is left there is for the sweep to say: it alone knows who is on duty."""
    assert rung_when_due("acknowledge", danger=True, top=top, roster=True) == "call_next"
    assert next_after("call_next", "acknowledge", minutes(5), danger=True, top=top, roster=True) is None
    after = next_after("remind", "acknowledge", hours(4), danger=True, top=top, roster=True)
    assert after is not None
    assert after.rung == "call_next"
    assert rung_when_due("arrive", danger=True, top=False, roster=True) == "call_above"


def test_every_rung_is_reached() -> None:
    reached = {"remind", rung_when_due("acknowledge", danger=True, top=False, roster=True)}
    for clock in CLOCK:
        for danger in (False, True):
            for top in (False, True):
                reached |= {rung for rung, _wait in story(clock, hours(2), danger=danger, top=top, rungs=4)}
    assert reached == {rung.key for rung in RUNGS}


@pytest.mark.parametrize(
    ("left", "wanted"),
    [
        (timedelta(0), False),
        (timedelta(minutes=5), False),
        (timedelta(hours=2), False),
        (timedelta(hours=2, seconds=1), True),
        (timedelta(days=3), True),
    ],
)
def test_no_reminder_for_two_hours_or_less(left: timedelta, wanted: bool) -> None:
    assert SHIPPED.reminds(left) is wanted
