"""The states of an issue and of its parts. Sources: the six-stage loop S2:68 (荆州); reporting in S0:27."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class State:
    """`label` is for staff, `resident_label` for the reporter; `is_open`: it has an owner and a deadline."""

    key: str
    label: StrOrPromise
    resident_label: StrOrPromise
    is_open: bool
    badge: str


STATES = (
    State("reported", _("To be screened"), _("Received"), True, "info"),
    State("assigned", _("To be signed for"), _("Given to a handler"), True, "warning"),
    State("handling", _("In hand"), pgettext_lazy("resident", "In hand"), True, "primary"),
    State("suspended", _("Suspended"), _("Has to wait"), True, "secondary"),
    State("resolved", _("To be verified"), _("Done, please confirm"), True, "success"),
    State("closed", _("Closed"), _("Ended"), False, "muted"),
    State("rejected", _("Not accepted"), pgettext_lazy("resident", "Not accepted"), False, "muted"),
    State("merged", _("Merged"), _("Dealt with together with another"), False, "muted"),
)
STATE = {state.key: state for state in STATES}
OPEN_STATES = tuple(state.key for state in STATES if state.is_open)
# No result yet.
UNRESOLVED_STATES = tuple(state for state in OPEN_STATES if state != "resolved")
# Nobody has taken it yet; a disputed result waits for its reviewer in the same way.
UNANSWERED_STATES = ("reported", "assigned")

CALLEE_STATES = (
    State("proposed", _("Whistle under review"), _("To be called"), True, "info"),
    State("called", _("Called"), _("Called"), True, "danger"),
    State("acknowledged", _("Acknowledged"), _("On the way"), True, "warning"),
    State("reported_in", _("Reported in"), _("At work"), True, "primary"),
    State("done", _("Done"), _("Done"), False, "success"),
    State("declined", _("Declined"), _("Not coming"), False, "muted"),
    State("released", _("Released"), _("Not needed"), False, "muted"),
    State("not_called", _("Never called"), _("Not needed"), False, "muted"),
)
# 审哨: the street has not agreed yet, nobody is called; or it never did, and nobody was.
PROPOSED, NOT_CALLED = "proposed", "not_called"
NEVER_CALLED = (PROPOSED, NOT_CALLED)
CALLEE_ENDED = tuple(state.key for state in CALLEE_STATES if not state.is_open)
# Nobody is called, or not any more: there is nothing for them to do.
NO_WORK = (*CALLEE_ENDED, PROPOSED)
CALLEE_STATE = {state.key: state for state in CALLEE_STATES}

TASK_STATES = (
    State("given", _("Given"), _("Given to a handler"), True, "warning"),
    State("taken", pgettext_lazy("task", "Taken on"), _("At work"), True, "primary"),
    State("finished", _("Finished"), _("Done"), False, "success"),
    State("given_back", _("Given back"), _("Not needed"), False, "muted"),
    State("called_off", _("Called off"), _("Not needed"), False, "muted"),
)
TASK_ENDED = tuple(state.key for state in TASK_STATES if not state.is_open)

_GRANTED = pgettext_lazy("what was asked for", "Granted")
DECISION_STATES = (
    State("open", _("To be decided"), _("To be decided"), True, "warning"),
    State("granted", _GRANTED, _GRANTED, False, "success"),
    State("refused", _("Refused"), _("Refused"), False, "danger"),
    State("answered", _("Letter answered"), _("Answered"), False, "success"),
    State("dropped", _("Dropped"), _("Dropped"), False, "muted"),
)


def state_choices() -> list[tuple[str, StrOrPromise]]:
    return [(state.key, state.label) for state in STATES]


def callee_state_choices() -> list[tuple[str, StrOrPromise]]:
    return [(state.key, state.label) for state in CALLEE_STATES]


def task_state_choices() -> list[tuple[str, StrOrPromise]]:
    return [(state.key, state.label) for state in TASK_STATES]


def decision_state_choices() -> list[tuple[str, StrOrPromise]]:
    return [(state.key, state.label) for state in DECISION_STATES]
