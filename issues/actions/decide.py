"""Decisions: what was asked for is granted, refused, answered or no longer wanted."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from issues.actions.batch import party
from issues.actions.callee import release_contested, uphold_whistle
from issues.actions.clocks import cancel_clocks
from issues.actions.danger import drop_danger
from issues.actions.more_time import give_more_time
from issues.actions.oversight import extend, suspend
from issues.actions.result import submit_approved
from issues.actions.step import Step, begin, finish
from issues.actions.whistle import blow_reviewed, drop_reviewed
from issues.models import Decision

if TYPE_CHECKING:
    from accounts.models import User

Effect = Callable[[Step, Decision], None]

# Kind of decision → what happens to the issue when it is granted, and when it is refused.
GRANTED: dict[str, Effect] = {
    "extension": extend,
    "suspension": suspend,
    "review": blow_reviewed,
    "contest": release_contested,
    "reply": submit_approved,
    "all_clear": drop_danger,
    "more_time": give_more_time,
}
REFUSED: dict[str, Effect] = {"review": drop_reviewed, "contest": uphold_whistle}


@transaction.atomic
def grant_decision(
    decision: Decision, *, by: "User", now: datetime, text: str = "", version: int | None = None
) -> Decision:
    """What was asked for happens, in the same transaction."""
    step = begin(decision, "grant", by=by, now=now, version=version)
    row = _end(step, "granted")
    if effect := GRANTED.get(row.kind):
        effect(step, row)
    return _recorded(step, row, text)


@transaction.atomic
def refuse_decision(
    decision: Decision, *, by: "User", now: datetime, text: str, version: int | None = None
) -> Decision:
    """It stays as it is; the reason is for whoever asked."""
    step = begin(decision, "refuse", by=by, now=now, version=version)
    row = _end(step, "refused")
    if effect := REFUSED.get(row.kind):
        effect(step, row)
    return _recorded(step, row, text)


@transaction.atomic
def answer_letter(
    decision: Decision, *, by: "User", now: datetime, text: str, version: int | None = None
) -> Decision:
    """The supervision letter is answered; the matter itself goes on. One to somebody who was called or has a sub-task
    is answered by them alone, also once their part in it has ended."""
    step = begin(decision, "answer_letter", by=by, now=now, version=version)
    return _recorded(step, _end(step, "answered"), text)


@transaction.atomic
def withdraw_letter(
    decision: Decision, *, by: "User", now: datetime, text: str, version: int | None = None
) -> Decision:
    """Whoever sent the supervision letter does not ask for an answer any more; the reason is for those it was
    addressed to."""
    step = begin(decision, "withdraw_letter", by=by, now=now, version=version)
    return _recorded(step, _end(step, "dropped"), text)


@transaction.atomic
def drop_decision(decision: Decision, *, by: "User", now: datetime, version: int | None = None) -> Decision:
    """Whoever asked does not want it any more."""
    step = begin(decision, "drop", by=by, now=now, version=version)
    return _recorded(step, _end(step, "dropped"), "")


def _end(step: Step, state: str) -> Decision:
    """The decision is over, and its clock with it."""
    row = step.part
    assert isinstance(row, Decision)
    cancel_clocks(step.issue, now=step.now, part=row)
    row.state, row.due_at, row.decided_by, row.ended_at = state, None, step.by, step.now
    row.save(update_fields=["state", "due_at", "decided_by", "ended_at"])
    step.change(open_decisions=step.issue.open_decisions - 1)
    return row


def _recorded(step: Step, row: Decision, text: str) -> Decision:
    data = {"what": row.kind, "asked": party(row.party), "for": party(row.asker), "asker": row.asked_by_id}
    until = {"until": row.until.isoformat()} if row.until else {}
    cause = {"cause": row.cause} if row.cause else {}
    # Whom a letter was written to as somebody called hears as such.
    called = {"callee": row.callee_id} if row.kind == "supervision" and row.callee_id else {}
    finish(step, data=data | until | cause | called, text=text, internal=True)
    return row
