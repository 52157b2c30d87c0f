"""May this person do this now? Pure: the table (lifecycle), the facts and the person's ties, nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from issues.lifecycle import MOST_REDOS, VERBS, Facts, Verb, Who
from trail.refusals import NotAllowed, Refused

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# tie → capabilities that the person holds through it.
Ties = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Guard:
    """Something that may stand in the way: `stops` says whether it does, `reason` what to do about it."""

    stops: Callable[[Facts], bool]
    reason: StrOrPromise


GUARDS: dict[str, Guard] = {
    "not_hotline": Guard(lambda facts: facts.hotline, _("A hotline order can only be returned to 12345.")),
    "not_confidential": Guard(
        lambda facts: facts.confidential,
        _("The hotline asks for its caller to be kept secret: such an order stands alone."),
    ),
    "hotline": Guard(lambda facts: not facts.hotline, _("Only a hotline order is returned to 12345.")),
    "no_open_whistle": Guard(
        lambda facts: facts.called,
        _("Somebody is still called by a whistle; wait until all are done."),
    ),
    "no_whistle_in_review": Guard(
        lambda facts: facts.open_whistles > 0,
        _("A whistle is still under review; call it off first, or wait for the decision."),
    ),
    "open_whistle": Guard(lambda facts: not facts.open_whistles, _("Nobody is called at the moment.")),
    "no_open_task": Guard(
        lambda facts: facts.open_tasks > 0, _("A sub-task is still open; wait for it or call it off.")
    ),
    "no_open_decision": Guard(
        lambda facts: bool(facts.open_decisions),
        _("Something is still to be decided; wait for it or drop it."),
    ),
    "below_district": Guard(
        lambda facts: facts.owner_level == "district",
        _("There is no level above the district; whistle for a department."),
    ),
    "disputed": Guard(
        lambda facts: not facts.disputed,
        _("The reporter has not said that it is unsolved; the rating window decides."),
    ),
    "open_or_disputed": Guard(
        lambda facts: facts.state == "resolved" and not facts.disputed,
        _("There is a result, and the reporter may still rate it; if it does not hold, send it back."),
    ),
    "redo_left": Guard(
        lambda facts: facts.redo_count >= MOST_REDOS,
        _("It was redone twice already; take it over, or close it with a reason."),
    ),
    "not_rated": Guard(
        lambda facts: facts.rated or (facts.disputed and not facts.only_heard),
        _("This result has been rated already, or is under review."),
    ),
    "not_disputed": Guard(
        lambda facts: facts.disputed,
        _("The result is under review; the reviewer decides."),
    ),
    "to_call": Guard(
        lambda facts: not facts.to_call,
        _(
            "Called back is who left a telephone and has not rated the result, within 30 days of it and until"
            " they were reached, at most three times."
        ),
    ),
    "not_own_result": Guard(
        lambda facts: facts.own_result or (facts.own_units_result and not facts.submitted_at_top),
        _("Nobody rates or reviews their own work, or that of their own unit or body."),
    ),
    "not_told_to_own_unit": Guard(
        lambda facts: facts.told_to_own_unit,
        _(
            "Somebody else reported it, and it is with your own unit or body: submit what came of it, and they say"
            " themselves what they think of that."
        ),
    ),
    # At the district too: nothing is stuck where nobody rates it.
    "not_own_units": Guard(
        lambda facts: facts.own_units_result, _("Nobody rates the work of their own unit or body.")
    ),
    "not_danger": Guard(lambda facts: facts.danger, _("A dangerous matter never waits.")),
    "after_danger": Guard(
        lambda facts: facts.danger,
        _(
            "A danger is dealt with first, by those who are near: report the complaint as a matter of its own."
        ),
    ),
    "danger_first": Guard(
        lambda facts: facts.danger,
        _(
            "Nobody ends a danger alone: sign for it, then submit what was done, or ask the level above to drop"
            " the danger."
        ),
    ),
    "in_danger": Guard(lambda facts: not facts.danger, _("It is not marked as a danger.")),
    "not_asked_all_clear": Guard(
        lambda facts: "all_clear" in facts.open_decisions,
        _("The level above has been asked already to drop the danger."),
    ),
    "returnable": Guard(
        lambda facts: not facts.returnable,
        _("The time for returning it is over; hand it up or whistle."),
    ),
    "proposed": Guard(
        lambda facts: not facts.proposed,
        _("Nobody has said that it belongs to one of yours; dispatch it, hand it up or return it."),
    ),
    "not_ruled": Guard(
        lambda facts: facts.ruled,
        _("The level above has ruled between you and the other one; hand it up if it cannot stay."),
    ),
    "not_waiting_for_answer": Guard(
        lambda facts: facts.waits_for_answer, _("The reporter has been asked already.")
    ),
    "questions_left": Guard(
        lambda facts: not facts.questions_left,
        _("You have asked as often as possible; contact the reporter instead, the clock runs on."),
    ),
    "somebody_to_ask": Guard(
        lambda facts: facts.nobody_to_ask or facts.own_report,
        _("Nobody else reported it who could be reached; look at it on the spot."),
    ),
    "clock_runs": Guard(
        lambda facts: facts.waits_for_answer,
        _("The clock stands still until the reporter answers; there is nothing to extend."),
    ),
    "asked": Guard(lambda facts: not facts.asked, _("Nothing was asked.")),
    "not_asked": Guard(
        lambda facts: facts.asked, _("You were asked something: write it as the answer to that.")
    ),
    "not_danger_again": Guard(
        lambda facts: facts.danger,
        _("If the danger is there again, call, or report it anew: that is faster."),
    ),
    "reopenable": Guard(
        lambda facts: not facts.reopenable,
        _(
            "What ended with a result can be opened again within 30 days, unless it was reviewed already;"
            " report it anew."
        ),
    ),
    "not_objected": Guard(lambda facts: facts.objected, _("One objection is possible, and there was one.")),
    "not_chased": Guard(lambda facts: facts.chased, _("It was chased within the last day already.")),
    "not_own_part": Guard(
        lambda facts: facts.own_part,
        _("It waits for your own unit or body; nobody chases or supervises themselves."),
    ),
    "not_asked_extension": Guard(
        lambda facts: "extension" in facts.open_decisions, _("An extension has been asked for already.")
    ),
    "not_asked_time": Guard(lambda facts: facts.asked_time, _("More time has been asked for already.")),
    "not_urgent": Guard(lambda facts: facts.kind == "emergency", _("An emergency never waits.")),
    "not_asked_suspension": Guard(
        lambda facts: "suspension" in facts.open_decisions, _("A suspension has been asked for already.")
    ),
    "not_asked_reply": Guard(
        lambda facts: "reply" in facts.open_decisions, _("The reply waits for approval already.")
    ),
    "in_time": Guard(
        lambda facts: facts.late, _("The deadline has passed; an extension is asked for before it does.")
    ),
    "extension_left": Guard(lambda facts: facts.extended, _("It has been extended as often as possible.")),
    "within_hotline": Guard(
        lambda facts: facts.beyond_hotline,
        _(
            "The hotline's own deadline holds. Ask 12345 for a later one, which comes with its next file, or"
            " return the order there."
        ),
    ),
    "no_followers": Guard(
        lambda facts: facts.has_followers, _("Others were merged into it; take them out first.")
    ),
    "to_be_decided": Guard(
        lambda facts: facts.kind == "supervision", _("A supervision letter is answered, not decided.")
    ),
    "is_letter": Guard(lambda facts: facts.kind != "supervision", _("This is no supervision letter.")),
    "own_letter": Guard(
        lambda facts: not facts.own_request,
        _("Only whoever sent the letter withdraws it; it can be answered."),
    ),
    "droppable": Guard(
        lambda facts: facts.kind in {"review", "contest", "more_time"}, _("This can only be decided.")
    ),
    "not_lapsed": Guard(
        lambda facts: facts.lapsed,
        _("The day that was asked for is over; refuse it, or let it be asked anew."),
    ),
    "can_be_suspended": Guard(
        lambda facts: (
            facts.kind == "suspension" and (facts.danger or facts.open_whistles > 0 or facts.open_tasks > 0)
        ),
        _("While somebody is called or has a sub-task, and in danger, nothing is suspended."),
    ),
    "not_own_request": Guard(
        lambda facts: facts.own_request, _("Nobody decides on what they asked for themselves.")
    ),
    "to_check": Guard(lambda facts: not facts.to_check, _("No check on the spot is waiting here.")),
    "lead": Guard(lambda facts: not facts.lead, _("Only the lead does this.")),
    "tough": Guard(lambda facts: facts.kind != "tough", _("Only a tough whistle has a plan and a meeting.")),
    "not_judged": Guard(lambda facts: facts.judged, _("This has been judged already.")),
    "acknowledged": Guard(
        lambda facts: facts.state == "released" and not facts.acknowledged,
        _("Only those who had acknowledged it when they were released assess the whistle."),
    ),
    "not_rated_callee": Guard(lambda facts: facts.rated, _("They have been assessed already.")),
    "rate_power": Guard(
        lambda facts: not facts.rateable,
        _("In this district the street does not assess the bodies that are posted to it."),
    ),
    "joinable": Guard(
        lambda facts: not facts.joinable,
        _("Others can be called in while a tough or an emergency whistle is open; blow a new one."),
    ),
    "not_met": Guard(lambda facts: facts.met, _("The joint meeting has been recorded already.")),
    "not_planned": Guard(lambda facts: facts.planned, _("The plan has been handed in already.")),
    "stage_left": Guard(
        lambda facts: not facts.stages_left, _("There is no stage to finish; hand in the plan first.")
    ),
    "no_stage_left": Guard(
        lambda facts: facts.stages_left > 0,
        _("A stage of the plan is not done yet; finish the stages first."),
    ),
    "approves": Guard(
        lambda facts: facts.kind == "reply" and not facts.approves,
        _("The head of the body approves its replies."),
    ),
    "can_be_submitted": Guard(
        lambda facts: facts.kind == "reply" and (facts.called or facts.open_tasks > 0),
        _("While somebody is called or has a sub-task, no result is submitted."),
    ),
}


def stopped(name: str, facts: Facts) -> StrOrPromise | None:
    """What stands in the way, in words; None if this guard lets it pass."""
    guard = GUARDS[name]
    return guard.reason if guard.stops(facts) else None


def holds(who: Who, ties: Ties, facts: Facts) -> bool:
    """Does the person have this tie, and the capability through it?"""
    tie = who.tie
    if tie == "above_in_danger":
        if not facts.danger:
            return False
        tie = "above"
    if tie == "owner_in_review":
        if not facts.disputed or facts.submitted_here:
            return False
        tie = "owner"
    if tie == "owner_at_top":
        if facts.owner_level != "district":
            return False
        tie = "owner"
    if tie == "owner_of_letter":
        if facts.to_part:
            return False
        tie = "owner"
    return tie in ties and (not who.capability or who.capability in ties[tie])


def may(verb: Verb, facts: Facts, ties: Ties) -> bool:
    """Is it this person's to do, from this state, with nothing in the way?"""
    return (
        facts.state in verb.from_states
        and any(holds(who, ties, facts) for who in verb.who)
        and not any(stopped(name, facts) for name in verb.guards)
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
    code, reason = next((name, reason) for name in verb.guards if (reason := stopped(name, facts)))
    return Refused(reason, code=code, allowed=allowed)


def ends_at_once(facts: Facts) -> bool:
    """即办 (domain.md §2): what somebody found and settled themselves, on the same day, has nobody to rate it.

    Not what was put off or had to be redone; a danger waits all the same.
    """
    settled = facts.own_finding and facts.own_result and facts.same_day
    return settled and not (facts.danger or facts.put_off or facts.redo_count)
