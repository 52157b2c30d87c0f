"""Supervision of those who were called by a whistle or have a sub-task: chasing them, and letters to them."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction

from issues.actions.batch import party
from issues.actions.oversight import ask, close_of, numbered
from issues.actions.step import Step, begin, finish
from issues.models import Callee, Decision, Task

if TYPE_CHECKING:
    from accounts.models import User

UNANSWERED = ("called", "given")


@transaction.atomic
def chase_callee(
    callee: Callee, *, by: "User", now: datetime, text: str = "", version: int | None = None
) -> Callee:
    """催办 of somebody who was called and is not done: they hear that somebody waits, and so does, while they stay
    silent, the level above that it has come up to. Their clocks run as they did.

    Raises Refused("not_chased") where they have been chased within the last day, whoever did it; ("not_own_part") to
    those who work there.
    """
    step = begin(callee, "chase_callee", by=by, now=now, version=version)
    _chase(step, step.called, text)
    return step.called


@transaction.atomic
def chase_task(task: Task, *, by: "User", now: datetime, text: str = "", version: int | None = None) -> Task:
    """The same of whoever has a sub-task; raises the same."""
    step = begin(task, "chase_task", by=by, now=now, version=version)
    row = _task(step)
    _chase(step, row, text)
    return row


@transaction.atomic
def supervise_callee(
    callee: Callee, *, by: "User", now: datetime, until: date, text: str, version: int | None = None
) -> Decision:
    """督办 of somebody who was called: a numbered letter to them, to be answered by the close of `until`.

    It is theirs, whoever has the matter, and whatever becomes of their part in it: once they are done, have declined
    or were released it still waits to be answered, as a letter on a result does, or for whoever sent it to withdraw it.
    Raises Refused("until") for a day that is over, ("not_own_part") to those who work there.
    """
    step = begin(callee, "supervise_callee", by=by, now=now, version=version)
    return _supervise(step, step.called, until, text)


@transaction.atomic
def supervise_task(
    task: Task, *, by: "User", now: datetime, until: date, text: str, version: int | None = None
) -> Decision:
    """The same of whoever has a sub-task: it waits on once that is finished, given back or called off.

    Raises the same.
    """
    step = begin(task, "supervise_task", by=by, now=now, version=version)
    return _supervise(step, _task(step), until, text)


def _chase(step: Step, part: Callee | Task, text: str) -> None:
    part.chased_at = step.now
    part.save(update_fields=["chased_at"])
    # Once they have answered it is with nobody but them, wherever it had come up to.
    raised = {"above": part.raised_to_id} if part.raised_to_id and part.state in UNANSWERED else {}
    finish(step, data={"asked": party(part.party)} | raised, text=text, internal=True)


def _supervise(step: Step, part: Callee | Task, until: date, text: str) -> Decision:
    limit, about = close_of(step, until), dict[str, Any]({part.PART: part})
    letter = ask(step, "supervision", part.party, limit=limit, **about, **numbered(step))
    data = {"decision": letter.pk, "asked": party(letter.party), "until": limit.at.isoformat()}
    finish(step, data=data, text=text, internal=True)
    return letter


def _task(step: Step) -> Task:
    assert isinstance(step.part, Task)
    return step.part
