"""The life of a micro-wish (微心愿, S0:35: 1,319 granted in a district) as two tables: its states, and who may do
what from which. Pure; pages, forms and the API are made from it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from volunteers.words import Word

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# How long whoever claims a wish has to fulfil it. No source names a number: a default of ours, and the community may
# say another one when it accepts the wish.
CLAIM_DAYS = 15
LEAST_DAYS, MOST_DAYS = 1, 90
LONGEST_ALIAS, LONGEST_TEXT, LONGEST_WORDS = 20, 300, 300
# Seven digits and more are a telephone, an account or an identity card: none of them is for everybody to read.
_NUMBER = re.compile(r"(?:\d[\s-]?){7,}")


@dataclass(frozen=True)
class State:
    """`is_open`: something is still to be done about it."""

    key: str
    label: StrOrPromise
    is_open: bool
    badge: str


STATES = (
    State("proposed", pgettext_lazy("wish", "To be reviewed"), True, "info"),
    State("open", pgettext_lazy("wish", "Waits for somebody"), True, "warning"),
    State("claimed", pgettext_lazy("wish", "Claimed"), True, "primary"),
    State("fulfilled", pgettext_lazy("wish", "Fulfilled, to be confirmed"), True, "success"),
    State("confirmed", pgettext_lazy("wish", "Granted"), False, "success"),
    State("refused", pgettext_lazy("wish", "Not accepted"), False, "muted"),
    State("withdrawn", pgettext_lazy("wish", "Withdrawn"), False, "muted"),
    State("cancelled", pgettext_lazy("wish", "Called off"), False, "muted"),
)
STATE = {state.key: state for state in STATES}
ENDED = tuple(state.key for state in STATES if not state.is_open)
# Somebody has it already, or had.
TAKEN = frozenset({"claimed", "fulfilled", "confirmed"})

# How a claim ended.
OUTCOMES = (
    Word("kept", pgettext_lazy("claim", "Kept")),
    Word("given_back", pgettext_lazy("claim", "Given back")),
    Word("overdue", pgettext_lazy("claim", "Ran out of time")),
    Word("dropped", pgettext_lazy("claim", "Dropped with the wish")),
)
# On what occasion somebody looks at the contact of a wisher.
OCCASIONS = (
    Word("agree", _("To agree on a day")),
    Word("ask", _("To ask whether it is fulfilled")),
    Word("review", _("To ask what is meant")),
)


@dataclass(frozen=True)
class Verb:
    """A row: from these states, whoever is tied to the wish in one of these ways may do it.

    Ties: wisher (whose wish it is) · community (runs volunteering there or above) · claimer (has it, or speaks for
    the organisation that has it) · keeper (the community's, for a claimer without an account) · helper (may claim it,
    for themselves or for somebody).
    `words`: "reason" where some must be said, "may" where they can be, "" for none; `heard`: who reads them besides
    the community, the wisher or whoever has the claim that they are about.
    """

    key: str
    label: StrOrPromise
    from_states: frozenset[str]
    to: str
    who: frozenset[str]
    words: str = ""
    guards: tuple[str, ...] = ()
    heard: frozenset[str] = frozenset()


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


VERBS = (
    Verb("accept", pgettext_lazy("wish", "Accept"), _set("proposed"), "open", _set("community")),
    Verb(
        "refuse",
        pgettext_lazy("wish", "Refuse"),
        _set("proposed"),
        "refused",
        _set("community"),
        "reason",
        heard=_set("wisher"),
    ),
    Verb(
        "claim",
        pgettext_lazy("wish", "Claim"),
        _set("open"),
        "claimed",
        _set("helper"),
        guards=("own_wish",),
    ),
    Verb(
        "give_back",
        pgettext_lazy("wish", "Give back"),
        _set("claimed"),
        "open",
        _set("claimer keeper community"),
        "reason",
        heard=_set("claimer"),
    ),
    Verb(
        "fulfil",
        pgettext_lazy("wish", "Say that it is fulfilled"),
        _set("claimed"),
        "fulfilled",
        _set("claimer keeper"),
        "may",
        heard=_set("wisher claimer"),
    ),
    Verb(
        "send_back",
        pgettext_lazy("wish", "Say that it is not fulfilled"),
        _set("fulfilled"),
        "claimed",
        _set("wisher community"),
        "reason",
        ("own_claim",),
        _set("wisher claimer"),
    ),
    Verb(
        "confirm",
        pgettext_lazy("wish", "Confirm that it is fulfilled"),
        _set("fulfilled"),
        "confirmed",
        _set("wisher community"),
        guards=("own_claim",),
    ),
    Verb(
        "thank",
        pgettext_lazy("wish", "Say thank you"),
        _set("confirmed"),
        "confirmed",
        _set("wisher community"),
        "reason",
        ("own_claim", "thanked"),
        _set("wisher claimer"),
    ),
    Verb(
        "withdraw",
        pgettext_lazy("wish", "Withdraw"),
        _set("proposed open claimed"),
        "withdrawn",
        _set("wisher"),
    ),
    Verb(
        "cancel",
        pgettext_lazy("wish", "Call off"),
        _set("open claimed fulfilled"),
        "cancelled",
        _set("community"),
        "reason",
        heard=_set("wisher claimer"),
    ),
)
VERB = {verb.key: verb for verb in VERBS}
# What happens without a person: the sweep takes an overdue claim away.
REOPEN_FROM, REOPEN_TO = "claimed", "open"
# What a verb, or the sweep, makes of the claim that is there: how it ends. The others leave it as it is.
ENDS_CLAIM = {
    "give_back": "given_back",
    "reopen": "overdue",
    "confirm": "kept",
    "withdraw": "dropped",
    "cancel": "dropped",
}


# Tied in one of these ways a wish is more to somebody than what waits for whoever comes: they know who has it.
CONCERNED = frozenset({"wisher", "community", "claimer", "keeper"})


@dataclass(frozen=True)
class Facts:
    """What the rules need to know of a wish and of whoever wants to do something to it."""

    state: str
    ties: frozenset[str] = frozenset()
    # This person said that it is fulfilled.
    said_so: bool = False
    thanked: bool = False


def refusal(key: str, facts: Facts) -> str:
    """Why this verb is not possible, as a code; "" where it is."""
    verb = VERB[key]
    if not facts.ties & verb.who:
        return "not_yours"
    if facts.state not in verb.from_states:
        return "taken" if key == "claim" and facts.state in TAKEN else "wrong_state"
    stopped = {
        "own_wish": "wisher" in facts.ties,
        "own_claim": facts.said_so or "claimer" in facts.ties,
        "thanked": facts.thanked,
    }
    return next((guard for guard in verb.guards if stopped[guard]), "")


def allowed(facts: Facts) -> tuple[str, ...]:
    """Keys of the verbs that this person may do now, in the order of the table."""
    return tuple(verb.key for verb in VERBS if not refusal(verb.key, facts))


# Of these refusals the person is the reason: somebody else may.
PERSONAL = frozenset({"not_yours", "own_wish", "own_claim"})
REASONS: dict[str, StrOrPromise] = {
    "not_yours": _("This is for others to do: look at what is offered to you."),
    "taken": _("Somebody else has claimed this wish already; choose another one."),
    "wrong_state": _("This is not possible any more (or not yet): look at the wish again."),
    "own_wish": _("This is your own wish: somebody else fulfils it."),
    "own_claim": _("Whoever fulfilled it does not confirm it: the wisher or the community does."),
    "thanked": _("Thanks have been said already."),
}


def problems_of(alias: str, text: str, name: str, *, consent: bool) -> Iterator[tuple[str, StrOrPromise]]:
    """What is wrong with a wish before anybody reads it: (code, what to do about it)."""
    if not consent:
        yield "consent", _("The wisher must agree that others read the wish under an alias.")
    if not 1 <= len(alias) <= LONGEST_ALIAS:
        yield "alias", _("Choose an alias of at most 20 characters under which others read the wish.")
    elif len(name) > 1 and (name in alias or (len(alias) > 1 and alias in name)):
        yield "alias", _("The alias must not give the real name away; choose another one.")
    if not 2 <= len(text) <= LONGEST_TEXT:
        yield "text", _("Say what is wished for, in 2 to 300 characters.")
    if holds_number(alias) or holds_number(text):
        yield (
            "number",
            _("Leave telephone and other numbers out: everybody reads this. Contact has its own field."),
        )
    elif len(name) > 1 and name in text:
        yield "text", _("Leave the real name out: everybody reads this.")


def holds_number(text: str) -> bool:
    """Does it hold what may be a telephone, an account or an identity card?"""
    return bool(_NUMBER.search(text))


def state_choices() -> list[tuple[str, StrOrPromise]]:
    """For model fields."""
    return [(state.key, state.label) for state in STATES]


def outcome_choices() -> list[tuple[str, StrOrPromise]]:
    """For model fields; "" while the claim runs."""
    return [(word.key, word.label) for word in OUTCOMES]
