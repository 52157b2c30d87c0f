"""A result that does not hold: back to whoever submitted it, or to the level above for review."""

from grids.actions.locks import hold_open
from grids.models import Unit
from issues.actions.batch import party
from issues.actions.concerns import concern
from issues.actions.merge import follow_again
from issues.actions.route import assign, target_or_above
from issues.actions.step import Step, put_clock
from issues.districts import rules_of
from issues.routing import level_above, now_at


def back_to_lead(step: Step) -> None:
    """Whoever submitted the result has it again, and whoever leads it in person still does (领办); it counts as a
    redo, whatever way it came. A grid that had submitted it for the main issue has it only within its duty list."""
    lead, leader = step.issue.lead_unit or step.issue.lead_body, step.issue.leader_id
    target = lead if lead and lead.is_open else step.issue.owner
    assign(step, target_or_above(step, target))
    step.change(leader_id=leader)
    new_round(step)


def new_round(step: Step) -> None:
    """There is no result any more, nor of those that were solved with it; the next one is rated anew, and is its own where
    this one was another's."""
    follow_again(step)
    free_checker(step)
    if step.issue.main_id:
        step.change(main=None)
    anew = {"redo_count": step.issue.redo_count + 1, "call_count": 0, "at_once": False}
    step.change(**anew, outcome="", check_reason="", check_unit=None)


def free_checker(step: Step) -> None:
    """Whoever was still to look at the result on the spot need not: the event names them, so that they hear."""
    if step.issue.waits_for_check and step.issue.check_unit:
        step.data["freed"] = party(step.issue.check_unit)


def send_to_review(step: Step) -> None:
    """The level above whoever submitted it decides; at the district the district itself does."""
    _review_at(step, level_above(step.issue.owner))


def reopen_for_review(step: Step) -> None:
    """The same of a result that may have ended: whoever had it, or the level above, may have closed since."""
    reviewer = now_at(level_above(step.issue.owner))
    hold_open(reviewer)
    step.change(state="resolved", closed_at=None)
    _review_at(step, reviewer)


def _review_at(step: Step, reviewer: Unit) -> None:
    free_checker(step)
    step.change(
        owner_unit=reviewer,
        owner_body=None,
        disputed=True,
        assigned_at=step.now,
        counted_from=None,
        check_reason="",
        check_unit=None,
        officer=None,
    )
    concern(step.issue, [reviewer], step.now)
    limits = rules_of(step.issue.district_id, step.now).limits_for(reviewer.kind, danger=False)
    put_clock(step, "review", limits.answer)
