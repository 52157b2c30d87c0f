"""Who may do what, from which state: every role in every relation to an issue or a part of it, against a table
written by hand from the domain. A verb without a row here fails; a new one is one row.
"""

import itertools
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from grids.roles import CAPABILITIES, ROLES
from issues.lifecycle import (
    CALLEE_STATES,
    DECISION_STATES,
    MOST_REDOS,
    STATES,
    TASK_STATES,
    VERB,
    VERBS,
    Facts,
)
from issues.rules import GUARDS, allowed_verbs, ends_at_once, may, refusal, stopped
from trail.refusals import NotAllowed, Refused

GRID = ("grid_chief", "grid_worker")
COMMUNITY = ("community_secretary", "community_worker")
STREET = ("street_dispatcher", "street_leader")
DISTRICT = ("district_dispatcher",)
BODY = ("body_officer", "body_head")
SUPERVISOR = ("supervisor",)
# Who handles issues, who gives them to others, who says what they are, who may take over, who supervises.
HANDLE = GRID + COMMUNITY + STREET + BODY
DISPATCH = COMMUNITY + STREET + DISTRICT
SCREEN = GRID + COMMUNITY + STREET + DISTRICT
WHISTLE = SCREEN
VERIFY = GRID + COMMUNITY + STREET
LIFT = STREET + DISTRICT
SUPERVISE = STREET + DISTRICT + SUPERVISOR
ON_DUTY = HANDLE + DISTRICT
HEAD = ("body_head",)
RATE_BODIES = COMMUNITY + STREET
EVERYBODY = tuple(ROLES)

# A result that the reporter calls unsolved is `disputed`: the same state, but somebody must review it.
SITUATIONS = (*(state.key for state in STATES), "disputed")
PARTS = tuple(state.key for state in (*CALLEE_STATES, *TASK_STATES, *DECISION_STATES))
WAITING, OPEN = "reported assigned handling", "reported assigned handling suspended"
# By themselves, or written down by whoever registered it for them.
TELLS = "reporter registrar"
TIES = (
    "registrar",
    *("owner", "sender", "keeper", "above", "around", "checker", "reporter"),
    *("caller", "callee", "callee_above", "task", "task_above", "decider", "decider_above", "none"),
)


@dataclass(frozen=True)
class Those:
    """With one of these ties, in one of these roles, from these situations; perhaps in danger alone."""

    ties: str
    roles: tuple[str, ...]
    situations: str
    in_danger: bool = False


@dataclass(frozen=True)
class May:
    """By whom a verb may be done, if what it needs besides is `given`. `calm`: never in danger."""

    those: tuple[Those, ...]
    given: dict[str, Any] = field(default_factory=dict)
    calm: bool = False

    @property
    def here(self) -> dict[str, Any]:
        """The facts in which somebody may do it: what is given, and the danger that it needs."""
        return self.given | ({"danger": True} if all(one.in_danger for one in self.those) else {})

    def expects(self, role: str, tie: str, situation: str, danger: bool) -> bool:
        return not (self.calm and danger) and any(
            tie in one.ties.split()
            and role in one.roles
            and situation in one.situations.split()
            and (danger or not one.in_danger)
            for one in self.those
        )


def by(*those: Those, calm: bool = False, **given: Any) -> May:
    return May(those, given, calm)


CALLED, DECIDERS, TASKED = "callee callee_above", "decider decider_above", "task task_above"
MAY: dict[str, May] = {
    # what is it, and whose
    "screen": by(Those("owner", SCREEN, "reported")),
    "dispatch": by(Those("owner", DISPATCH, WAITING)),
    "correct": by(Those("owner", ON_DUTY, WAITING)),
    "mark_complaint": by(Those("owner above", SCREEN, OPEN), calm=True),
    "answer": by(Those("owner", ON_DUTY, WAITING), calm=True),
    "reject": by(Those("owner", SCREEN, "reported assigned"), calm=True),
    # the handler's own steps
    "sign": by(Those("owner", ON_DUTY, "assigned"), Those("above", HANDLE, "assigned", in_danger=True)),
    "contact": by(
        Those("owner", ON_DUTY, "assigned handling"),
        Those("above", HANDLE, "assigned handling", in_danger=True),
    ),
    "note": by(
        Those(f"owner keeper above {CALLED} {TASKED}", ON_DUTY, f"{OPEN} resolved disputed"),
    ),
    "submit_result": by(Those("owner", ON_DUTY, "handling")),
    # to another owner
    "hand_up": by(Those("owner", HANDLE, "assigned handling")),
    "return": by(Those("owner", ON_DUTY, "assigned handling"), returnable=True),
    "give_proposed": by(Those("owner", DISPATCH, WAITING), proposed=True),
    "recall": by(Those("sender", ON_DUTY, "assigned")),
    "lift": by(Those("above", LIFT, f"{OPEN} disputed"), Those("owner", ON_DUTY, "disputed")),
    "return_to_hotline": by(Those("owner", ON_DUTY, WAITING), hotline=True),
    # the whistle
    "whistle": by(Those("owner", WHISTLE, "handling")),
    "acknowledge": by(Those(CALLED, ON_DUTY, "called")),
    "report_in": by(Those(CALLED, ON_DUTY, "called acknowledged")),
    "done": by(Those(CALLED, ON_DUTY, "reported_in")),
    "join": by(Those("owner", WHISTLE, "handling"), joinable=True),
    "call_off_whistle": by(Those("owner", WHISTLE, "handling"), open_whistles=1),
    "meet": by(Those(CALLED, ON_DUTY, "acknowledged reported_in"), lead=True, kind="tough"),
    "plan": by(Those(CALLED, ON_DUTY, "acknowledged reported_in"), lead=True, kind="tough"),
    "stage_done": by(Those(CALLED, ON_DUTY, "acknowledged reported_in"), lead=True, stages_left=1),
    "decline": by(Those(CALLED, ON_DUTY, "called acknowledged")),
    "contest": by(Those(CALLED, ON_DUTY, "called acknowledged reported_in")),
    "release_callee": by(Those("owner", WHISTLE, "called acknowledged reported_in")),
    "ask_more_time": by(Those(CALLED, ON_DUTY, "acknowledged reported_in"), calm=True),
    "rate_callee": by(Those("caller", WHISTLE, "done declined released")),
    "judge": by(Those(CALLED, ON_DUTY, "done declined released")),
    # within a body, and by telephone
    "assign_officer": by(Those("owner", HEAD, "assigned handling")),
    "send_officer": by(Those("callee", HEAD, "called acknowledged reported_in")),
    "phoned": by(
        Those("owner above callee callee_above", ON_DUTY, OPEN),
    ),
    # what becomes of a result
    "rate": by(Those("reporter", EVERYBODY, "resolved")),
    "call_back": by(Those("above", VERIFY + DISTRICT, "resolved closed disputed"), to_call=True),
    "verify": by(Those("checker", VERIFY + DISTRICT, "resolved disputed"), to_check=True),
    "send_back": by(Those("above", VERIFY + DISTRICT, "resolved")),
    "redo": by(Those("owner", ON_DUTY, "disputed")),
    "close": by(Those("owner", ON_DUTY, "disputed")),
    # the reporter
    "ask_info": by(Those("owner", ON_DUTY, "handling"), calm=True),
    "supply_info": by(
        Those(TELLS, EVERYBODY, "handling suspended"),
        Those("owner", ON_DUTY, "handling suspended"),
        asked=True,
    ),
    "add_info": by(Those(TELLS, EVERYBODY, f"{OPEN} resolved disputed")),
    "reopen": by(Those(TELLS, EVERYBODY, "closed"), reopenable=True, calm=True),
    "withdraw": by(Those(TELLS, EVERYBODY, f"{OPEN} merged"), calm=True),
    "object": by(Those(TELLS, EVERYBODY, "rejected")),
    "object_merge": by(Those(TELLS, EVERYBODY, "merged")),
    # joint handling
    "merge": by(Those("owner", ON_DUTY, WAITING)),
    "unmerge": by(Those("owner", ON_DUTY, "merged")),
    "split": by(Those("owner", DISPATCH, "handling")),
    "take_task": by(Those(TASKED, ON_DUTY, "given")),
    "finish_task": by(Those(TASKED, ON_DUTY, "taken")),
    "give_back": by(Those(TASKED, ON_DUTY, "given taken")),
    "ask_task_time": by(Those(TASKED, ON_DUTY, "taken"), calm=True),
    "call_off": by(Those("owner", DISPATCH, "given taken")),
    # supervision beside handling
    "chase": by(
        Those(TELLS, EVERYBODY, f"{OPEN} merged"),
        Those("above", ON_DUTY + SUPERVISOR, f"{OPEN} merged"),
        Those("around", SUPERVISE, f"{OPEN} merged"),
    ),
    "supervise": by(Those("above around", SUPERVISE, f"{OPEN} resolved disputed")),
    "chase_callee": by(
        Those("owner caller", WHISTLE, "called acknowledged reported_in"),
        Those("above", ON_DUTY + SUPERVISOR, "called acknowledged reported_in"),
        Those("around", SUPERVISE, "called acknowledged reported_in"),
    ),
    "supervise_callee": by(Those("above around", SUPERVISE, "called acknowledged reported_in")),
    "chase_task": by(
        Those("owner", ON_DUTY, "given taken"),
        Those("above", ON_DUTY + SUPERVISOR, "given taken"),
        Those("around", SUPERVISE, "given taken"),
    ),
    "supervise_task": by(Those("above around", SUPERVISE, "given taken")),
    "lead": by(Those("above around", LIFT, "handling suspended")),
    "ask_extension": by(Those("owner", ON_DUTY, "handling"), calm=True),
    "ask_suspension": by(Those("owner", ON_DUTY, "handling"), calm=True),
    "resume": by(Those("owner above", ON_DUTY, "suspended")),
    # danger that is none
    "ask_all_clear": by(Those("owner", ON_DUTY, "handling", in_danger=True)),
    "all_clear": by(Those("above", ON_DUTY, "assigned handling", in_danger=True)),
    # what is asked for
    "grant": by(Those(DECIDERS, ON_DUTY, "open")),
    "refuse": by(Those(DECIDERS, ON_DUTY, "open")),
    "answer_letter": by(Those(f"{DECIDERS} owner", ON_DUTY, "open"), kind="supervision"),
    "withdraw_letter": by(Those("above around", SUPERVISE, "open"), kind="supervision", own_request=True),
    "drop": by(Those("owner", ON_DUTY, "open"), kind="extension"),
}


def facts(situation: str, **more: Any) -> Facts:
    state = "resolved" if situation == "disputed" else situation
    return Facts(**({"state": state, "disputed": situation == "disputed", "owner_level": "street"} | more))


def ties_with(tie: str, role: str) -> dict[str, frozenset[str]]:
    return {} if tie == "none" else {tie: ROLES[role].can}


def test_the_table_here_is_whole() -> None:
    assert set(MAY) == set(VERB)
    named = {who.tie for verb in VERBS for who in verb.who}
    assert named <= {*TIES, "above_in_danger", "owner_in_review", "owner_at_top", "owner_of_letter"}


@pytest.mark.parametrize("verb", sorted(set(VERB) & set(MAY)))
def test_matrix(verb: str) -> None:
    """Every situation × role × tie, in danger and without."""
    row = MAY[verb]
    for situation, danger in itertools.product((*SITUATIONS, *PARTS), (False, True)):
        now = facts(situation, danger=danger, **row.given)
        found = {
            (role, tie)
            for role, tie in itertools.product(ROLES, TIES)
            if may(VERB[verb], now, ties_with(tie, role))
        }
        wanted = {
            (role, tie)
            for role, tie in itertools.product(ROLES, TIES)
            if row.expects(role, tie, situation, danger)
        }
        assert found == wanted, (situation, danger, found ^ wanted)


@pytest.mark.parametrize("situation", [*SITUATIONS, *PARTS])
def test_what_is_offered_is_what_may_be_done(situation: str) -> None:
    for role, tie in itertools.product(ROLES, TIES):
        now, ties = facts(situation), ties_with(tie, role)
        assert allowed_verbs(now, ties) == tuple(verb.key for verb in VERBS if may(verb, now, ties))


def test_somebody_outside_does_nothing_but_what_reporters_do() -> None:
    """Those who report only: whatever they are tied to, they move nothing."""
    for role in ("part_time_grid_worker", "spotter", "building_head", "building_party_leader"):
        for situation, tie in itertools.product((*SITUATIONS, *PARTS), set(TIES) - set(TELLS.split())):
            assert allowed_verbs(facts(situation), ties_with(tie, role)) == ()


# The ways out of the house, or back within it, that a hotline order does not have.
ELSEWHERE = {"reject", "return", "withdraw", "object", "reopen"}


def test_a_hotline_order_goes_back_to_the_hotline_and_nowhere_else() -> None:
    """Whoever looks, from wherever it stands; everything else stands open as far as the facts can open it."""
    assert {verb.key for verb in VERBS if verb.to in {"rejected", "merged"}} == (
        ELSEWHERE & {"reject"} | {"merge", "return_to_hotline"}
    )
    for situation, role, tie in itertools.product(SITUATIONS, ROLES, TIES):
        for danger in (False, True):
            now = facts(situation, danger=danger, returnable=True, reopenable=True)
            ties = ties_with(tie, role)
            ordinary = set(allowed_verbs(now, ties))
            order = set(allowed_verbs(replace(now, hotline=True), ties))
            assert ordinary - order <= ELSEWHERE and not order & ELSEWHERE
            assert order - ordinary <= {"return_to_hotline"} and "return_to_hotline" not in ordinary
            secret = set(allowed_verbs(replace(now, hotline=True, confidential=True), ties))
            assert order - secret <= {"merge"} and "merge" not in secret


# Where an issue or a part may stand; from each of them whoever it waits for must be able to move on.
MOVES_ON = {
    "reported": ("owner", ON_DUTY, {"screen", "dispatch", "answer", "reject"}),
    "assigned": ("owner", ON_DUTY, {"sign", "contact"}),
    "handling": ("owner", ON_DUTY, {"submit_result"}),
    "suspended": ("owner", ON_DUTY, {"resume"}),
    "disputed": ("owner", ON_DUTY, {"redo"}),
    "called": ("callee", ON_DUTY, {"acknowledge"}),
    "acknowledged": ("callee", ON_DUTY, {"report_in"}),
    "reported_in": ("callee", ON_DUTY, {"done"}),
    "given": ("task", ON_DUTY, {"take_task"}),
    "taken": ("task", ON_DUTY, {"finish_task"}),
    "open": ("decider", ON_DUTY, {"grant"}),
}


@pytest.mark.parametrize("situation", MOVES_ON)
def test_nothing_is_ever_stuck(situation: str) -> None:
    """At every place that something can wait for, whoever is there can bring it nearer to its end."""
    tie, roles, verbs = MOVES_ON[situation]
    for role in roles:
        found = set(allowed_verbs(facts(situation), ties_with(tie, role)))
        assert found & verbs, (role, situation)


def test_a_letter_can_always_be_answered() -> None:
    for tie, roles in (("decider", ON_DUTY), ("owner", ON_DUTY)):
        for role in roles:
            found = allowed_verbs(facts("open", kind="supervision"), ties_with(tie, role))
            assert "answer_letter" in found
            assert not {"grant", "refuse"} & set(found)


def test_a_letter_to_somebody_called_or_with_a_sub_task_is_theirs_alone() -> None:
    to_part = facts("open", kind="supervision", to_part=True)
    for role in ON_DUTY:
        assert "answer_letter" in allowed_verbs(to_part, ties_with("decider", role))
        assert "answer_letter" not in allowed_verbs(to_part, ties_with("owner", role))


# guard → facts that bring it up, and facts that do not
TRIED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "not_hotline": ({"hotline": True}, {"hotline": False}),
    "not_confidential": ({"hotline": True, "confidential": True}, {"hotline": True}),
    "hotline": ({"hotline": False}, {"hotline": True}),
    "no_open_whistle": ({"called": True}, {"open_whistles": 1}),
    "no_whistle_in_review": ({"open_whistles": 1}, {}),
    "open_whistle": ({"open_whistles": 0}, {"open_whistles": 1}),
    "no_open_task": ({"open_tasks": 1}, {}),
    "no_open_decision": ({"open_decisions": frozenset({"extension"})}, {}),
    "below_district": ({"owner_level": "district"}, {"owner_level": "body"}),
    "disputed": ({"disputed": False}, {"disputed": True}),
    "open_or_disputed": ({"state": "resolved"}, {"state": "resolved", "disputed": True}),
    "redo_left": ({"redo_count": MOST_REDOS}, {"redo_count": MOST_REDOS - 1}),
    "not_rated": ({"disputed": True}, {"disputed": True, "only_heard": True}),
    "not_disputed": ({"disputed": True, "only_heard": True}, {}),
    "to_call": ({"to_call": False}, {"to_call": True}),
    "not_own_result": ({"own_result": True}, {"own_units_result": True, "submitted_at_top": True}),
    "not_told_to_own_unit": ({"told_to_own_unit": True}, {}),
    "not_own_units": ({"own_units_result": True, "submitted_at_top": True}, {}),
    "not_danger": ({"danger": True}, {}),
    "after_danger": ({"danger": True}, {}),
    "danger_first": ({"danger": True}, {}),
    "in_danger": ({"danger": False}, {"danger": True}),
    "not_asked_all_clear": ({"open_decisions": frozenset({"all_clear"})}, {}),
    "returnable": ({"returnable": False}, {"returnable": True}),
    "proposed": ({"proposed": False}, {"proposed": True}),
    "not_ruled": ({"ruled": True}, {}),
    "not_waiting_for_answer": ({"waits_for_answer": True}, {}),
    "questions_left": ({"questions_left": False}, {}),
    "somebody_to_ask": ({"nobody_to_ask": True}, {}),
    "asked": ({"asked": False}, {"asked": True}),
    "clock_runs": ({"waits_for_answer": True}, {}),
    "not_objected": ({"objected": True}, {}),
    "not_asked": ({"asked": True}, {}),
    "not_danger_again": ({"danger": True}, {}),
    "reopenable": ({"reopenable": False}, {"reopenable": True}),
    "not_chased": ({"chased": True}, {}),
    "not_own_part": ({"own_part": True}, {}),
    "not_asked_extension": (
        {"open_decisions": frozenset({"extension"})},
        {"open_decisions": frozenset({"suspension"})},
    ),
    "not_asked_suspension": (
        {"open_decisions": frozenset({"suspension"})},
        {"open_decisions": frozenset({"extension"})},
    ),
    "not_asked_time": ({"asked_time": True}, {}),
    "not_urgent": ({"kind": "emergency"}, {"kind": "quick"}),
    "not_asked_reply": ({"open_decisions": frozenset({"reply"})}, {}),
    "in_time": ({"late": True}, {}),
    "extension_left": ({"extended": True}, {"extended": False}),
    "within_hotline": ({"beyond_hotline": True}, {"hotline": True}),
    "no_followers": ({"has_followers": True}, {}),
    "to_be_decided": ({"kind": "supervision"}, {"kind": "extension"}),
    "is_letter": ({"kind": "extension"}, {"kind": "supervision"}),
    "own_letter": ({"own_request": False}, {"own_request": True}),
    "droppable": ({"kind": "contest"}, {"kind": "extension"}),
    "not_lapsed": ({"lapsed": True}, {}),
    "can_be_suspended": (
        {"kind": "suspension", "open_tasks": 1},
        {"kind": "extension", "open_tasks": 1, "open_whistles": 1, "danger": True},
    ),
    "not_own_request": ({"own_request": True}, {}),
    "to_check": ({"to_check": False}, {"to_check": True}),
    "lead": ({"lead": False}, {"lead": True}),
    "tough": ({"kind": "quick"}, {"kind": "tough"}),
    "not_judged": ({"judged": True}, {}),
    "acknowledged": (
        {"state": "released", "acknowledged": False},
        {"state": "declined", "acknowledged": False},
    ),
    "not_rated_callee": ({"rated": True}, {}),
    "rate_power": ({"rateable": False}, {}),
    "joinable": ({"joinable": False}, {"joinable": True}),
    "not_met": ({"met": True}, {}),
    "not_planned": ({"planned": True}, {}),
    "stage_left": ({"stages_left": 0}, {"stages_left": 1}),
    "no_stage_left": ({"stages_left": 1}, {"stages_left": 0}),
    "approves": ({"kind": "reply"}, {"kind": "reply", "approves": True}),
    "can_be_submitted": (
        {"kind": "reply", "approves": True, "open_tasks": 1},
        {"kind": "extension", "open_tasks": 1},
    ),
}
ALL_TIES = {tie: frozenset(CAPABILITIES) for tie in TIES}


def test_every_guard_is_tried_and_stands_in_the_way_of_something() -> None:
    named = {name for verb in VERBS for name in verb.guards}
    assert named <= set(GUARDS)
    assert set(TRIED) == set(GUARDS)
    assert set(GUARDS) - named == set()


@pytest.mark.parametrize("guard", TRIED)
def test_guard(guard: str) -> None:
    stops, passes = TRIED[guard]
    assert str(stopped(guard, facts("handling", **stops)))
    assert stopped(guard, facts("handling", **passes)) is None


GUARDED = [(verb.key, guard) for verb in VERBS if verb.key in MAY for guard in verb.guards]


@pytest.mark.parametrize(("verb", "guard"), GUARDED)
def test_what_is_in_the_way_is_named(verb: str, guard: str) -> None:
    """With everything else as it should be, each guard of each verb refuses with its own code."""
    row = MAY[verb]
    situation = row.those[0].situations.split()[0]
    assert refusal(VERB[verb], facts(situation, **row.here), ALL_TIES) is None
    no = refusal(VERB[verb], facts(situation, **(row.here | TRIED[guard][0])), ALL_TIES)
    assert isinstance(no, Refused)
    assert not isinstance(no, NotAllowed)
    assert no.code == guard
    assert str(no)
    assert verb not in no.allowed


def test_an_open_whistle_keeps_the_issue_where_it_is() -> None:
    called = facts("handling", called=True, open_whistles=1, returnable=True)
    moving = {
        verb.key for verb in VERBS if verb.on == "issue" and verb.to not in {None, "handling", "closed"}
    }
    found = set(allowed_verbs(called, {"owner": ROLES["street_dispatcher"].can}))
    assert {"contact", "note", "whistle"} <= found
    assert not found & moving


def test_redo_at_most_twice() -> None:
    owner = {"owner": ROLES["street_dispatcher"].can}
    counts = [count for count in range(5) if may(VERB["redo"], facts("disputed", redo_count=count), owner)]
    assert counts == [0, 1]
    assert may(VERB["close"], facts("disputed", redo_count=2), owner)


def test_nobody_takes_over_their_own_units_result() -> None:
    """Above the district nobody reviews what the district itself has submitted."""
    owner = {"owner": ROLES["district_dispatcher"].can}
    assert may(VERB["lift"], facts("disputed"), owner)
    assert not may(VERB["lift"], facts("disputed", submitted_here=True), owner)


def test_nobody_closes_their_own_result_but_may_take_it_up_again() -> None:
    own = facts("disputed", own_result=True)
    found = set(allowed_verbs(own, {"owner": ROLES["street_dispatcher"].can}))
    assert "redo" in found
    assert "close" not in found


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


AT_ONCE = {"own_finding": True, "own_result": True, "same_day": True}


@pytest.mark.parametrize(
    ("otherwise", "ends"),
    [
        ({}, True),
        ({"danger": True}, False),
        ({"own_result": False}, False),
        ({"own_finding": False, "own_report": True}, False),
        ({"same_day": False}, False),
        ({"put_off": True}, False),
        ({"redo_count": 1}, False),
    ],
)
def test_found_and_settled_by_the_same_person_on_the_same_day_ends_at_once(
    otherwise: dict[str, Any], ends: bool
) -> None:
    assert ends_at_once(facts("resolved", **(AT_ONCE | otherwise))) is ends


@pytest.mark.parametrize("verb", ["rate", "verify", "send_back", "call_back", "close"])
def test_nobody_judges_what_their_own_unit_has_submitted(verb: str) -> None:
    """But where the district itself has, nobody else is left; who may rate it leaves it unrated there too."""
    row = MAY[verb]
    situation = row.those[0].situations.split()[-1]
    here = facts(situation, own_units_result=True, **row.here)
    at_top = facts(situation, own_units_result=True, submitted_at_top=True, **row.here)
    assert not may(VERB[verb], here, ALL_TIES)
    assert may(VERB[verb], at_top, ALL_TIES) is (verb != "rate")


def test_states_of_issues_and_their_parts_are_not_confused() -> None:
    """`allowed_verbs` tells by the state alone whose verbs are meant."""
    keys = [state.key for state in STATES] + list(PARTS)
    assert len(keys) == len(set(keys))
