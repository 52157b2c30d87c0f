"""May this person do this now? Pure: the table (lifecycle), the facts and the person's ties, nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from issues.lifecycle import MOST_REDOS, VERBS, Facts, Verb, Who
from trail.refusals import NotAllowed, Refused

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# tie → capabilities that the person holds through it.
Ties = Mapping[str, frozenset[str]]


def _hotline(facts: Facts) -> StrOrPromise | None:
    return _("A hotline order can only be returned to 12345.") if facts.hotline else None


def _open_whistle(facts: Facts) -> StrOrPromise | None:
    return (
        _("Somebody is still called by a whistle; wait until all are done.") if facts.open_whistles else None
    )


def _top(facts: Facts) -> StrOrPromise | None:
    return (
        _("There is no level above the district; whistle for a department.")
        if facts.owner_level == "district"
        else None
    )


def _undisputed(facts: Facts) -> StrOrPromise | None:
    return (
        None
        if facts.disputed
        else _("The reporter has not said that it is unsolved; the rating window decides.")
    )


def _redo_spent(facts: Facts) -> StrOrPromise | None:
    return (
        None if facts.redo_count < MOST_REDOS else _("It was redone twice already; close it with a reason.")
    )


def _rated(facts: Facts) -> StrOrPromise | None:
    return _("This result has been rated already.") if facts.disputed else None


def _own_result(facts: Facts) -> StrOrPromise | None:
    return _("Nobody rates or reviews their own work.") if facts.own_result else None


GUARDS: dict[str, Callable[[Facts], StrOrPromise | None]] = {
    "not_hotline": _hotline,
    "no_open_whistle": _open_whistle,
    "below_district": _top,
    "disputed": _undisputed,
    "redo_left": _redo_spent,
    "not_rated": _rated,
    "not_own_result": _own_result,
}


def holds(who: Who, ties: Ties, facts: Facts) -> bool:
    """Does the person have this tie, and the capability through it?"""
    tie = who.tie
    if tie == "above_in_danger":
        if not facts.danger:
            return False
        tie = "above"
    return tie in ties and (not who.capability or who.capability in ties[tie])


def may(verb: Verb, facts: Facts, ties: Ties) -> bool:
    """Is it this person's to do, from this state, with nothing in the way?"""
    return (
        facts.state in verb.from_states
        and any(holds(who, ties, facts) for who in verb.who)
        and not any(GUARDS[name](facts) for name in verb.guards)
    )


def allowed_verbs(facts: Facts, ties: Ties) -> tuple[str, ...]:
    """Keys of the verbs that would be accepted now, in the table's order.

    The states of issues and of callees have different names, so the state alone says whose verbs are meant.
    """
    return tuple(verb.key for verb in VERBS if may(verb, facts, ties))


def refusal(verb: Verb, facts: Facts, ties: Ties) -> Refused | None:
    """Why not, or None. Who comes first (403), then when (409), then what stands in the way (409)."""
    allowed = allowed_verbs(facts, ties)
    if verb.key in allowed:
        return None
    if not any(holds(who, ties, facts) for who in verb.who):
        return NotAllowed(_("This is not yours to do."), code="not_yours", allowed=allowed)
    if facts.state not in verb.from_states:
        return Refused(_("Not possible in this state."), code="wrong_state", allowed=allowed)
    code, reason = next((name, reason) for name in verb.guards if (reason := GUARDS[name](facts)))
    return Refused(reason, code=code, allowed=allowed)


def ends_at_once(facts: Facts) -> bool:
    """即办: what somebody found and settled themselves has nobody to rate it; a danger waits all the same."""
    return facts.own_report and facts.own_result and not facts.danger
