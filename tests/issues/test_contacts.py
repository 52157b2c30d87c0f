"""Who sees contact data and internal notes: values in, values out."""

import pytest

from grids.standing import Position, Standing
from issues.contacts import OCCASIONS, reads_internal, sees_contact, usual_occasion
from issues.lifecycle import CALLEE_STATES, STATES
from issues.models import Callee, Issue

ISSUE = Issue(district_id=1, street_id=2, community_id=3, grid_id=4, building_id=5, owner_unit_id=4)


def standing(
    role: str, *, unit: int | None = None, body: int | None = None, outside: bool = False
) -> Standing:
    return Standing(9, (Position(1, role, unit, None, body, {}, False, outside),))


@pytest.mark.parametrize(
    ("who", "may"),
    [
        (standing("grid_worker", unit=4), True),
        (standing("street_dispatcher", unit=2), True),
        (standing("grid_worker", unit=44), False),
        (standing("building_head", unit=5), False),
        (standing("spotter", unit=4), False),
        (standing("supervisor", unit=2), False),
        (standing("body_officer", body=7), False),
        (Standing(9), False),
    ],
)
def test_place(who: Standing, may: bool) -> None:
    assert sees_contact(who, ISSUE, []) is may


def test_a_called_body_sees_it_until_it_is_done() -> None:
    officer = standing("body_officer", body=7)
    assert sees_contact(officer, ISSUE, [Callee(body_id=7, state="called")])
    assert not sees_contact(officer, ISSUE, [Callee(body_id=8, state="called")])


@pytest.mark.parametrize("state", [one.key for one in CALLEE_STATES])
@pytest.mark.parametrize("secret", [False, True])
def test_only_whoever_is_called_now_sees_it(state: str, secret: bool) -> None:
    """Neither before the street has agreed, nor once they are done, have declined or were released."""
    seen = sees_contact(
        standing("body_officer", body=7), ISSUE, [Callee(body_id=7, state=state)], secret=secret
    )
    assert seen is (state in {"called", "acknowledged", "reported_in"})


def test_an_outside_body_never_sees_it() -> None:
    officer = standing("body_officer", body=7, outside=True)
    assert not sees_contact(officer, ISSUE, [Callee(body_id=7, state="called")])


def test_the_body_that_has_it_sees_it() -> None:
    issue = Issue(district_id=1, street_id=2, owner_body_id=7)
    assert sees_contact(standing("body_officer", body=7), issue, [])


@pytest.mark.parametrize(
    ("who", "reads"),
    [
        (standing("grid_worker", unit=4), True),
        (standing("body_officer", body=7), True),
        (standing("supervisor", unit=2), True),
        (standing("body_officer", body=7, outside=True), False),
        (standing("spotter", unit=4), False),
        (standing("building_head", unit=5), False),
    ],
)
def test_internal_notes(who: Standing, reads: bool) -> None:
    assert reads_internal(who.positions) is reads


def test_every_state_has_its_usual_occasion() -> None:
    keys = {one.key for one in OCCASIONS}
    assert {usual_occasion(state.key) for state in STATES} <= keys
