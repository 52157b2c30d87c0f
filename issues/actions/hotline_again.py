"""重办/二次派单: an order that had ended is sent again by the hotline, and the work on it is opened again."""

from grids.actions.locks import hold_open
from issues.actions.batch import party
from issues.actions.clocks import cancel_clocks
from issues.actions.concerns import concern
from issues.actions.review import new_round, reopen_for_review
from issues.actions.route import assign, target_or_above
from issues.actions.step import Step, put_clock
from issues.districts import limits_of
from issues.hotline.again import REDO, RETURNED, REVIEW, Sent, is_sent_again, way_of
from issues.hotline.rows import Order
from issues.hotline_results import ended_at
from issues.models import HotlineOrder, Issue
from issues.routing import level_above, now_at


def way_again(issue: Issue, known: HotlineOrder, order: Order) -> str:
    """What becomes of the issue of a known order: one of issues.hotline.again.WAYS; "" where nothing is opened
    again. To act on it the issue must be locked; the preview only says what it would be now."""
    before = Sent(known.dispatched_at, known.deadline_at)
    if not is_sent_again(before, Sent(order.dispatched_at, order.deadline)):
        return ""
    return way_of(issue.state, disputed=issue.disputed, redo_count=issue.redo_count)


def open_again(step: Step, known: HotlineOrder, order: Order, way: str) -> None:
    """The next round, with the hotline's new deadline; the order keeps what was of the one before (not written yet).

    Raises Refused where nobody is left who could have it.
    """
    issue, was = step.issue, step.issue.owner
    step.verb = "hotline_again"
    known.earlier = [*known.earlier, _round(known, step)]
    step.change(promised_at=order.deadline)
    OPENED[way](step)
    dates = {"was": known.deadline_at, "due": order.deadline, "promised_at": order.deadline}
    step.data |= {name: moment.isoformat() for name, moment in dates.items()}
    step.data |= {"what": way, "count": len(known.earlier) + 1, "from": party(was), "to": party(issue.owner)}


def _round(known: HotlineOrder, step: Step) -> dict[str, str | None]:
    """What was of this round: codes and moments alone."""
    issue, ended = step.issue, ended_at(step.issue)
    return {
        "dispatched_at": known.dispatched_at.isoformat() if known.dispatched_at else None,
        "deadline_at": known.deadline_at.isoformat(),
        "ended_at": ended.isoformat() if ended else None,
        "outcome": RETURNED if issue.state == "rejected" else issue.outcome,
    }


def _redo(step: Step) -> None:
    """Whoever submitted the result has it again."""
    issue = step.issue
    lead = now_at(issue.lead_unit or issue.lead_body or issue.owner)
    step.change(closed_at=None)
    assign(step, target_or_above(step, lead))
    new_round(step)


def _review(step: Step) -> None:
    """It was redone as often as possible: the level above whoever had it decides what becomes of it."""
    cancel_clocks(step.issue, now=step.now)
    reopen_for_review(step)


def _look_again(step: Step) -> None:
    """The hotline does not take it back: the level above whoever returned it screens it or returns it for good."""
    reviewer = now_at(level_above(step.issue.owner))
    hold_open(reviewer)
    step.change(state="reported", closed_at=None, assigned_at=step.now, owner_unit=reviewer)
    nobody = {
        "owner_body": None,
        "keeper_unit": None,
        "keeper_body": None,
        "signed_by": None,
        "officer": None,
    }
    step.change(**nobody, signed_at=None, leader_id=None, counted_from=None, main=None)
    concern(step.issue, [reviewer], step.now)
    put_clock(step, "screen", limits_of(step.issue, reviewer.kind, step.now).answer)


OPENED = {REDO: _redo, REVIEW: _review, RETURNED: _look_again}
