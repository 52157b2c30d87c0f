"""Who may do what, from which state: every role in every relation to an issue, against a table written by
hand.
"""

import itertools

import pytest

from grids.roles import ROLES
from issues.lifecycle import CALLEE_STATES, MOST_REDOS, STATES, VERB, VERBS, Facts
from issues.rules import GUARDS, allowed_verbs, ends_at_once, may, refusal
from trail.refusals import NotAllowed, Refused

GRID, COMMUNITY_AND_STREET = (
    ("grid_chief", "grid_worker"),
    (
        "community_secretary",
        "community_worker",
        "street_dispatcher",
        "street_leader",
    ),
)
DISTRICT, BODY = ("district_dispatcher",), ("body_officer", "body_head")
# A result that the reporter calls unsolved is `disputed`: the same state, but somebody must review it.
SITUATIONS = ("reported", "assigned", "handling", "resolved", "disputed", "closed", "rejected")

# What those may do whose unit or body owns the issue. By role, then by situation.
AT_OWNER = {
    GRID: {
        "reported": "screen answer reject note",
        "assigned": "answer reject sign contact note hand_up",
        "handling": "answer contact note hand_up whistle submit_result",
        "resolved": "note",
        "disputed": "note redo close",
    },
    COMMUNITY_AND_STREET: {
        "reported": "screen dispatch answer reject note",
        "assigned": "dispatch answer reject sign contact note hand_up",
        "handling": "dispatch answer contact note hand_up whistle submit_result",
        "resolved": "note",
        "disputed": "note redo close",
    },
    DISTRICT: {
        "reported": "screen dispatch answer reject note",
        "assigned": "dispatch answer reject sign contact note",
        "handling": "dispatch answer contact note whistle submit_result",
        "resolved": "note",
        "disputed": "note redo close",
    },
    BODY: {
        "reported": "answer note",
        "assigned": "answer sign contact note hand_up",
        "handling": "answer contact note hand_up submit_result",
        "resolved": "note",
        "disputed": "note redo close",
    },
}
OPEN = SITUATIONS[:5]
ON_DUTY = GRID + COMMUNITY_AND_STREET + DISTRICT + BODY
HANDLES = GRID + COMMUNITY_AND_STREET + BODY


def level_of(role: str) -> str:
    """A level at which this role owns issues; the guard asks for it."""
    return "district" if role in DISTRICT else "street"


def facts(situation: str, **more: object) -> Facts:
    state = "resolved" if situation == "disputed" else situation
    return Facts(**({"state": state, "disputed": situation == "disputed", "owner_level": "street"} | more))


def expected(role: str, tie: str, situation: str, danger: bool) -> set[str]:
    """By hand, from the sources; not from the table under test."""
    if tie == "owner":
        rows = next((rows for roles, rows in AT_OWNER.items() if role in roles), {})
        return set(rows.get(situation, "").split())
    if role not in ON_DUTY or situation not in OPEN:
        return set()
    if tie == "above" and danger and role in HANDLES:
        return {"note"} | {"assigned": {"sign", "contact"}, "handling": {"contact"}}.get(situation, set())
    return {"note"} if tie in {"above", "keeper", "callee", "callee_above"} else set()


TIES = ("owner", "above", "keeper", "callee", "callee_above", "none")


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("tie", TIES)
def test_matrix(role: str, tie: str) -> None:
    for situation, danger in itertools.product(SITUATIONS, (False, True)):
        ties = {} if tie == "none" else {tie: ROLES[role].can}
        now = facts(situation, danger=danger, owner_level=level_of(role))
        wanted = expected(role, tie, situation, danger)
        if tie in {"callee_above"} and role in BODY:
            # Only units stand above a callee.
            continue
        assert set(allowed_verbs(now, ties)) == wanted, (role, tie, situation, danger)
        for verb in VERBS:
            if not verb.on_callee:
                assert may(verb, now, ties) == (verb.key in wanted)


@pytest.mark.parametrize("situation", SITUATIONS)
def test_the_reporter_rates_and_nothing_else(situation: str) -> None:
    assert allowed_verbs(facts(situation), {"reporter": frozenset()}) == (
        ("rate",) if situation == "resolved" else ()
    )


CALLEE_MAY = {
    "called": {"acknowledge", "report_in"},
    "acknowledged": {"report_in"},
    "reported_in": {"done"},
    "done": set(),
}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("tie", ["callee", "callee_above", "owner", "above", "keeper"])
@pytest.mark.parametrize("state", [state.key for state in CALLEE_STATES])
def test_matrix_of_callees(role: str, tie: str, state: str) -> None:
    concerned = (tie == "callee" and role in ON_DUTY) or (tie == "callee_above" and role in ON_DUTY)
    found = set(allowed_verbs(Facts(state=state), {tie: ROLES[role].can}))
    assert found == (CALLEE_MAY[state] if concerned else set())


# Where an issue may stand, and who stands there; from each of them it must be possible to move on.
MOVES_ON = {
    "reported": {"screen", "dispatch", "answer", "reject"},
    "assigned": {"sign", "contact"},
    "handling": {"submit_result"},
    "disputed": {"redo"},
}


@pytest.mark.parametrize("roles", AT_OWNER)
@pytest.mark.parametrize("situation", MOVES_ON)
def test_nothing_is_ever_stuck(roles: tuple[str, ...], situation: str) -> None:
    """At every place that can own an issue, whoever is there can bring it nearer to its end."""
    for role in roles:
        found = set(allowed_verbs(facts(situation, owner_level=level_of(role)), {"owner": ROLES[role].can}))
        assert found & MOVES_ON[situation], (role, situation)


# guard → facts that bring it up, and a verb that it must stop
STOPPED = {
    "not_hotline": ({"state": "reported", "hotline": True}, "reject", "screen"),
    "no_open_whistle": ({"state": "handling", "open_whistles": 1}, "submit_result", "screen"),
    "below_district": ({"state": "handling", "owner_level": "district"}, "hand_up", "handle"),
    "disputed": ({"state": "resolved"}, "redo", "handle"),
    "redo_left": ({"state": "resolved", "disputed": True, "redo_count": MOST_REDOS}, "redo", "handle"),
    "not_rated": ({"state": "resolved", "disputed": True}, "rate", ""),
    "not_own_result": ({"state": "resolved", "disputed": True, "own_result": True}, "close", "handle"),
}


def test_every_guard_is_tried() -> None:
    assert set(STOPPED) == set(GUARDS) == {name for verb in VERBS for name in verb.guards}


@pytest.mark.parametrize("guard", STOPPED)
def test_guard(guard: str) -> None:
    values, verb, _can = STOPPED[guard]
    ties = {"reporter": frozenset(), "owner": ROLES["street_dispatcher"].can}
    no = refusal(VERB[verb], Facts(**({"owner_level": "street"} | values)), ties)
    assert isinstance(no, Refused)
    assert not isinstance(no, NotAllowed)
    assert no.code == guard
    assert str(no)
    assert verb not in no.allowed


def test_an_open_whistle_keeps_the_issue_where_it_is() -> None:
    called = facts("handling", open_whistles=1)
    assert set(allowed_verbs(called, {"owner": ROLES["street_dispatcher"].can})) == {
        "contact",
        "note",
        "whistle",
    }


def test_redo_at_most_twice() -> None:
    owner = {"owner": ROLES["street_dispatcher"].can}
    counts = [count for count in range(5) if may(VERB["redo"], facts("disputed", redo_count=count), owner)]
    assert counts == [0, 1]
    assert may(VERB["close"], facts("disputed", redo_count=2), owner)


def test_nobody_closes_their_own_result_but_may_take_it_up_again() -> None:
    own = facts("disputed", own_result=True)
    assert set(allowed_verbs(own, {"owner": ROLES["street_dispatcher"].can})) == {"note", "redo"}


def test_who_comes_before_when() -> None:
    """A stranger is told that it is not theirs, whatever the state; one's own is told what is possible
    instead.
    """
    stranger = refusal(VERB["sign"], facts("closed"), {})
    early = refusal(VERB["submit_result"], facts("assigned"), {"owner": ROLES["grid_worker"].can})
    assert isinstance(stranger, NotAllowed)
    assert stranger.allowed == ()
    assert early is not None
    assert early.code == "wrong_state"
    assert "sign" in early.allowed


@pytest.mark.parametrize(
    ("own_report", "own_result", "danger", "ends"),
    [
        (True, True, False, True),
        (True, True, True, False),
        (True, False, False, False),
        (False, True, False, False),
    ],
)
def test_found_and_settled_by_the_same_person_ends_at_once(
    own_report: bool, own_result: bool, danger: bool, ends: bool
) -> None:
    now = facts("resolved", own_report=own_report, own_result=own_result, danger=danger)
    assert ends_at_once(now) is ends


def test_states_of_issues_and_callees_are_not_confused() -> None:
    assert not {state.key for state in STATES} & {state.key for state in CALLEE_STATES}
