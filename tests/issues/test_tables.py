"""Every row of every table has what its readers need; a new row without it fails here."""

from collections.abc import Iterable
from typing import Any

import pytest
from django.utils import translation

from grids.body_kinds import BODY_KINDS
from grids.levels import LEVELS
from grids.roles import CAPABILITIES, ROLES
from issues import decisions, inputs, kinds, ladder, lifecycle, limits, whistles
from issues.actions import PERFORM
from issues.forms.verbs import SURE
from issues.rules import GUARDS

BADGES = {"info", "warning", "primary", "success", "muted", "danger", "secondary"}
STATES_ON = {
    "issue": lifecycle.STATES,
    "callee": lifecycle.CALLEE_STATES,
    "task": lifecycle.TASK_STATES,
    "decision": lifecycle.DECISION_STATES,
}
TIES = {
    *("owner", "sender", "keeper", "above", "above_in_danger", "around", "checker", "reporter"),
    "registrar",
    *("owner_in_review", "owner_at_top", "owner_of_letter"),
    *("caller", "callee", "callee_above", "task", "task_above", "decider", "decider_above"),
}
INPUTS = {
    *("text", "line", "bool", "choice", "date", "category", "unit", "body", "units", "bodies", "photos"),
    *("place", "person", "subject", "issue", "stages", "checks", "yes_no", "reasons"),
}
LABELLED: dict[str, Iterable[Any]] = {
    **{f"state of {on}": states for on, states in STATES_ON.items()},
    "verb": lifecycle.VERBS,
    "source": kinds.SOURCES,
    "kind": kinds.KINDS,
    "outcome": kinds.OUTCOMES,
    "cause": kinds.CAUSES,
    "reason to return": kinds.RETURN_REASONS,
    "ruling": kinds.RULINGS,
    "reason to check": kinds.CHECKS,
    "verdict": kinds.VERDICTS,
    "way of rating": kinds.RATING_SOURCES,
    "validity": kinds.VALIDITIES,
    "decision": decisions.KINDS,
    "way of contact": kinds.CONTACT_WAYS,
    "called by telephone": kinds.PHONED,
    "check of a reply": kinds.REPLY_CHECKS,
    "way of reporting in": kinds.REPORT_MODES,
    "rung": ladder.RUNGS,
    "clock": ladder.CLOCKS,
    "whistle": whistles.KINDS,
    "role": ROLES.values(),
    "input": {one for verb in lifecycle.VERBS for one in verb.inputs},
}
ROWS = [
    pytest.param(row, id=f"{table} {row.key}")
    for table, rows in LABELLED.items()
    for row in sorted(rows, key=lambda row: row.key)
]
WORDS = ("label", "resident_label", "explain", "help")


@pytest.mark.parametrize("row", ROWS)
def test_every_row_has_words_that_can_be_translated(row: Any) -> None:
    """The sentence in the code is English; lazy, so that each reader gets their own language."""
    assert str(row.label)
    for name in WORDS:
        text = getattr(row, name, "")
        with translation.override("en"):
            assert str(text).isascii(), f"{row.key}.{name}: {text}"
        assert not text or type(text).__name__ == "__proxy__", f"{row.key}.{name} is not translated"


@pytest.mark.parametrize("table", LABELLED)
def test_keys_and_labels_are_told_apart(table: str) -> None:
    if table == "input":
        return
    rows = list(LABELLED[table])
    with translation.override("en"):
        assert len({row.key for row in rows}) == len({str(row.label) for row in rows}) == len(rows)


@pytest.mark.parametrize(
    "row", [row for states in STATES_ON.values() for row in states], ids=lambda row: row.key
)
def test_states_have_a_badge_and_a_word_for_the_resident(row: lifecycle.State) -> None:
    assert row.badge in BADGES
    assert str(row.resident_label)


@pytest.mark.parametrize("verb", lifecycle.VERBS, ids=lambda verb: verb.key)
class TestVerbs:
    def test_badge(self, verb: lifecycle.Verb) -> None:
        assert verb.badge in BADGES

    def test_states_exist(self, verb: lifecycle.Verb) -> None:
        known = {state.key for state in STATES_ON[verb.on]}
        assert verb.from_states
        assert verb.from_states <= known
        assert verb.primary_in <= verb.from_states
        assert verb.to is None or verb.to in known

    def test_somebody_may(self, verb: lifecycle.Verb) -> None:
        """Each line of `who` is met by some role of the table."""
        assert verb.who
        for who in verb.who:
            assert who.tie in TIES
            assert not who.capability or who.capability in CAPABILITIES
            assert not who.capability or any(who.capability in role.can for role in ROLES.values())

    def test_guards_exist_and_an_action_does_it(self, verb: lifecycle.Verb) -> None:
        assert set(verb.guards) <= set(GUARDS)
        assert verb.key in PERFORM

    def test_the_action_takes_what_is_asked(self, verb: lifecycle.Verb) -> None:
        """Forms and serializers are made from the inputs: the action must know each by its key."""
        import inspect

        parameters = inspect.signature(PERFORM[verb.key]).parameters
        taken = set(parameters) - {"by", "now", "version", "occurred_at", next(iter(parameters))}
        assert {one.key for one in verb.inputs} == taken
        for one in verb.inputs:
            assert not one.required or parameters[one.key].default is inspect.Parameter.empty

    def test_choices_are_there(self, verb: lifecycle.Verb) -> None:
        for one in verb.inputs:
            assert (one.type in {"choice", "checks"}) == bool(one.choices)
            assert one.type in INPUTS


def test_every_action_has_its_row() -> None:
    assert set(PERFORM) == set(lifecycle.VERB)


def test_every_open_state_has_one_button_first() -> None:
    """Whoever opens an issue that waits sees one primary thing to do."""
    for on, states in STATES_ON.items():
        for state in states:
            first = [verb.key for verb in lifecycle.VERBS if verb.on == on and state.key in verb.primary_in]
            assert bool(first) == state.is_open or state.key == "proposed", state.key


def test_what_is_asked_again_is_a_verb() -> None:
    assert set(SURE) <= set(lifecycle.VERB)


def test_every_kind_of_decision_says_who_decides_within_what() -> None:
    for kind in decisions.KINDS:
        assert kind.by in {"above", "street", "head", "giver", "owner"}
        assert kind.within.amount > 0
        assert str(kind.yes)
        assert (kind.no is None) == (kind.key == "supervision")


def test_every_level_that_handles_and_every_kind_of_body_has_times() -> None:
    assert set(limits.BY_LEVEL) == set(LEVELS) - {"building"}
    assert set(limits.BY_BODY) == set(BODY_KINDS)
    assert [key for key, _label in limits.handling_level_choices()] == list(limits.BY_LEVEL)


def test_every_whistle_has_its_three_times() -> None:
    for kind in whistles.KINDS:
        assert kind.badge in BADGES
        assert kind.most >= 1
        for clock in ("acknowledge", "arrive", "done"):
            assert getattr(kind, clock).amount > 0
            assert clock in ladder.CLOCK


def test_every_rung_says_who_is_told() -> None:
    known = {"owner", "caller", "deputy", "above", "left", "board"}
    for rung in ladder.RUNGS:
        assert rung.badge in BADGES
        assert set(rung.audience) <= known
        assert rung.audience or rung.key == "expire"


def test_choices_of_inputs_come_from_the_tables() -> None:
    assert inputs.OUTCOME.choices == kinds.RESULTS
    assert {word.key for word in kinds.OUTCOMES} - {word.key for word in kinds.RESULTS} == {"withdrawn"}
    assert inputs.KIND.choices == kinds.KINDS


@pytest.mark.parametrize(
    "choices",
    [
        kinds.source_choices,
        kinds.kind_choices,
        kinds.outcome_choices,
        lifecycle.state_choices,
        lifecycle.callee_state_choices,
        lifecycle.task_state_choices,
        lifecycle.decision_state_choices,
        decisions.decision_kind_choices,
        kinds.cause_choices,
        kinds.ruling_choices,
        kinds.check_choices,
        kinds.verdict_choices,
        kinds.validity_choices,
        ladder.clock_choices,
        ladder.rung_choices,
        whistles.whistle_choices,
        limits.handling_level_choices,
    ],
)
def test_choices_for_fields_fit_their_columns(choices: Any) -> None:
    assert choices()
    for key, label in choices():
        assert len(key) <= 20
        assert str(label)


def test_an_unknown_key_of_an_old_event_is_shown_as_it_is() -> None:
    assert kinds.label(kinds.OUTCOMES, "solved")
    assert kinds.label(kinds.OUTCOMES, "long_gone") == "long_gone"
