"""The life of an activity as two tables: its states, and who may do what from which state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from trail.refusals import NotAllowed, Refused

if TYPE_CHECKING:
    from collections.abc import Collection

    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class State:
    """`badge`: its colour word."""

    key: str
    label: StrOrPromise
    badge: str


@dataclass(frozen=True)
class Verb:
    """A row of the table. `to` is the state it leads to, None where it stays or the action decides.

    `who`: ties to the activity, one of which is needed. organiser (runs volunteering where it is), leader (of its
    team), volunteer (the one whom it is about, or somebody who acts for them). `run_from`: states from which, beyond
    the others, those may who run it.
    """

    key: str
    label: StrOrPromise
    from_states: frozenset[str]
    to: str | None
    who: frozenset[str]
    run_from: frozenset[str] = frozenset()

    def lets(self, state: str, ties: Collection[str]) -> bool:
        """Somebody tied to it in these ways, from this state."""
        run = state in self.run_from and bool(_RUN.intersection(ties))
        return bool(self.who.intersection(ties)) and (run or state in self.from_states)


STATES = (
    State("draft", pgettext_lazy("activity", "Draft"), "secondary"),
    State("open", pgettext_lazy("activity", "Open for sign-up"), "success"),
    State("full", pgettext_lazy("activity", "Full"), "warning"),
    State("under_way", pgettext_lazy("activity", "Under way"), "primary"),
    State("done", pgettext_lazy("activity", "Done, hours to be confirmed"), "info"),
    State("settled", pgettext_lazy("activity", "Settled"), "muted"),
    State("cancelled", pgettext_lazy("activity", "Cancelled"), "muted"),
)
STATE = {state.key: state for state in STATES}
# Of a sign-up. Whoever is in or waiting has a claim; a late cancel and a no-show are figures for the organiser.
SIGN_UP_STATES = (
    State("in", pgettext_lazy("sign-up", "Has a place"), "success"),
    State("waiting", pgettext_lazy("sign-up", "On the waiting list"), "warning"),
    State("cancelled", pgettext_lazy("sign-up", "Cancelled"), "muted"),
    State("late_cancelled", pgettext_lazy("sign-up", "Cancelled late"), "muted"),
    State("no_show", pgettext_lazy("sign-up", "Did not come"), "danger"),
)
SIGN_UP_STATE = {state.key: state for state in SIGN_UP_STATES}
LIVE = ("in", "waiting")
# A place may become free or be taken there.
RUNNING = frozenset({"open", "full", "under_way"})
_RUN = frozenset({"organiser", "leader"})
_ALL = _RUN | {"volunteer"}
_ORGANISER = frozenset({"organiser"})
_DONE = frozenset({"done"})
VERBS = (
    # Once it is under way: what still lies ahead of it.
    Verb("change", _("Change it"), RUNNING | {"draft"}, None, _RUN),
    Verb("open", pgettext_lazy("activity", "Open for sign-up"), frozenset({"draft"}), "open", _RUN),
    Verb("cancel", _("Cancel the activity"), frozenset({"draft", "open", "full"}), "cancelled", _RUN),
    Verb("cancel_shift", _("Call off a shift"), RUNNING, None, _RUN),
    Verb("cancel_rest", _("Call off the rest"), frozenset({"under_way"}), None, _RUN),
    Verb("repeat", _("Repeat it"), RUNNING | {"draft", "done", "settled"}, None, _RUN),
    Verb("begin", pgettext_lazy("activity", "Begin"), frozenset({"open", "full"}), "under_way", _RUN),
    Verb("sign_up", _("Sign up"), RUNNING, None, _ALL, _DONE),
    Verb("cancel_sign_up", _("Cancel the sign-up"), RUNNING, None, _ALL, _DONE),
    Verb("check_in", _("Check in"), RUNNING | {"done"}, None, _ALL),
    Verb("check_out", _("Check out"), frozenset({"under_way", "done"}), None, _ALL),
    Verb("undo_check", _("Undo a check-in or check-out"), frozenset({"under_way", "done"}), None, _RUN),
    Verb("no_show", _("Did not come"), frozenset({"under_way", "done"}), None, _RUN),
    Verb("end", pgettext_lazy("activity", "End"), frozenset({"under_way"}), "done", _RUN),
    Verb("propose", _("Hand in the hours"), frozenset({"done"}), None, _RUN),
    Verb("confirm", _("Confirm the hours"), frozenset({"done"}), None, _ORGANISER),
    Verb("settle", pgettext_lazy("activity", "Settle"), frozenset({"done"}), "settled", _ORGANISER),
)
VERB = {verb.key: verb for verb in VERBS}


def offered(state: str, ties: Collection[str]) -> tuple[str, ...]:
    """Keys of the verbs that somebody tied to it in these ways may try now, in the table's order."""
    return tuple(verb.key for verb in VERBS if verb.lets(state, ties))


def refusal(verb: str, state: str, ties: Collection[str]) -> Refused | None:
    """Why not, or None: NotAllowed("not_yours") for the wrong person, Refused("state") for the wrong moment.

    KeyError for an unknown verb.
    """
    row, allowed = VERB[verb], offered(state, ties)
    if not row.who.intersection(ties):
        return NotAllowed(_("This is for those who run the activity."), code="not_yours", allowed=allowed)
    if not row.lets(state, ties):
        reason = _("This is not possible while the activity stands at: %(state)s.")
        return Refused(reason % {"state": STATE[state].label}, code="state", allowed=allowed)
    return None


def filled(state: str, free: int) -> str:
    """Between open and full: the state by the number of places left; every other state stays."""
    if state not in {"open", "full"}:
        return state
    return "open" if free else "full"


def state_choices() -> list[tuple[str, StrOrPromise]]:
    """For model fields."""
    return [(state.key, state.label) for state in STATES]


def sign_up_choices() -> list[tuple[str, StrOrPromise]]:
    """For model fields."""
    return [(state.key, state.label) for state in SIGN_UP_STATES]
