"""The life of a wish as two tables, walked against a plain second statement of who may do what from where."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trail.words import SUBJECTS
from volunteers import wishes
from volunteers.actions.wishes import PERFORM
from volunteers.admin import wishes as _words  # noqa: F401  the trail's words
from volunteers.models import Claim, Wish
from volunteers.wishes import (
    ENDS_CLAIM,
    OUTCOMES,
    REASONS,
    STATES,
    VERBS,
    Facts,
    allowed,
    holds_number,
    problems_of,
    refusal,
)

TIES = ("wisher", "community", "claimer", "keeper", "helper")
# verb: (from states, ties that may, to)
PLAINLY = {
    "accept": ("proposed", "community", "open"),
    "refuse": ("proposed", "community", "refused"),
    "claim": ("open", "helper", "claimed"),
    "give_back": ("claimed", "claimer keeper community", "open"),
    "fulfil": ("claimed", "claimer keeper", "fulfilled"),
    "send_back": ("fulfilled", "wisher community", "claimed"),
    "confirm": ("fulfilled", "wisher community", "confirmed"),
    "thank": ("confirmed", "wisher community", "confirmed"),
    "withdraw": ("proposed open claimed", "wisher", "withdrawn"),
    "cancel": ("open claimed fulfilled", "community", "cancelled"),
}
# Not for whoever claimed it, whatever else they are; and a wish is not claimed by its wisher.
NEVER_BY = {"send_back": "claimer", "confirm": "claimer", "thank": "claimer", "claim": "wisher"}


def test_the_table_is_the_plain_one() -> None:
    assert {verb.key: (set(verb.from_states), set(verb.who), verb.to) for verb in VERBS} == {
        key: (set(states.split()), set(who.split()), to) for key, (states, who, to) in PLAINLY.items()
    }


@pytest.mark.parametrize("verb", [verb.key for verb in VERBS])
@pytest.mark.parametrize("state", [state.key for state in STATES])
def test_every_state_verb_and_person(state: str, verb: str) -> None:
    """Whoever is tied in one way or in several: allowed if one of them is, unless something speaks against them."""
    states, who, _to = PLAINLY[verb]
    for number in range(len(TIES) + 1):
        for ties in combinations(TIES, number):
            said = refusal(verb, Facts(state, frozenset(ties)))
            mine = bool(set(ties) & set(who.split())) and NEVER_BY.get(verb) not in ties
            assert (said == "") == (mine and state in states.split()), (ties, said)
            assert said == "" or said in REASONS


def test_whoever_said_so_does_not_confirm_and_thanks_are_said_once() -> None:
    keeper = Facts("fulfilled", frozenset({"community", "keeper"}), said_so=True)
    assert refusal("confirm", keeper) == "own_claim"
    assert refusal("thank", Facts("confirmed", frozenset({"wisher"}), thanked=True)) == "thanked"


def test_those_who_come_late_hear_that_somebody_else_has_it() -> None:
    for state in ("claimed", "fulfilled", "confirmed"):
        assert refusal("claim", Facts(state, frozenset({"helper"}))) == "taken"
    assert refusal("claim", Facts("refused", frozenset({"helper"}))) == "wrong_state"


def test_what_is_offered_is_what_may_be_done() -> None:
    for state in STATES:
        facts = Facts(state.key, frozenset(TIES) - {"claimer", "wisher"})
        assert set(allowed(facts)) == {verb.key for verb in VERBS if not refusal(verb.key, facts)}
    assert allowed(Facts("claimed", frozenset({"claimer"}))) == ("give_back", "fulfil")


def test_every_verb_has_an_action_and_words_in_the_trail() -> None:
    assert set(PERFORM) == {verb.key for verb in VERBS}
    assert set(SUBJECTS["wish"].verbs) == set(PERFORM) | {"make", "reopen"}
    assert set(ENDS_CLAIM.values()) == {word.key for word in OUTCOMES}


def test_keys_fit_their_columns() -> None:
    assert max(len(state.key) for state in STATES) <= Wish._meta.get_field("state").max_length
    assert max(len(word.key) for word in OUTCOMES) <= Claim._meta.get_field("outcome").max_length
    assert Wish._meta.get_field("alias").max_length == wishes.LONGEST_ALIAS
    assert Wish._meta.get_field("text").max_length == wishes.LONGEST_TEXT


class TestWhatMayBeRead:
    @pytest.mark.parametrize(
        ("alias", "text", "name", "consent", "code"),
        [
            ("向阳花", "想要老花镜", "王小明", False, "consent"),
            ("", "想要老花镜", "", True, "alias"),
            ("王小明的外婆", "想要老花镜", "王小明", True, "alias"),
            ("小明", "想要老花镜", "王小明", True, "alias"),
            ("向阳花", "我", "", True, "text"),
            ("向阳花", "我是王小明,想要老花镜", "王小明", True, "text"),
            ("向阳花", "请打 138 0000 1234", "", True, "number"),
            ("13800001234", "想要老花镜", "", True, "number"),
        ],
    )
    def test_what_is_wrong(self, alias: str, text: str, name: str, consent: bool, code: str) -> None:
        assert code in [found for found, _why in problems_of(alias, text, name, consent=consent)]

    @pytest.mark.parametrize("alias", ["向阳花", "王奶奶", "3号楼的爷爷"])
    def test_what_is_right(self, alias: str) -> None:
        assert list(problems_of(alias, "想要2副300度的老花镜", "王", consent=True)) == []

    @given(st.text(alphabet="一二 ab-", max_size=20), st.integers(10**6, 10**18), st.text(max_size=20))
    def test_no_long_number_passes_wherever_it_stands(self, before: str, number: int, after: str) -> None:
        assert holds_number(f"{before}{number}{after}")

    @given(st.lists(st.integers(0, 999_999), max_size=6))
    def test_short_ones_between_words_do(self, numbers: list[int]) -> None:
        assert not holds_number("副".join(map(str, numbers)))
