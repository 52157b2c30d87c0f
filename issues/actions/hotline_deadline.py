"""The hotline sets another deadline for its order: what runs towards the old one moves with it."""

from datetime import datetime

from calendars.worktime import Due
from issues.actions.batch import party
from issues.actions.clocks import cancel_clocks, new_deadline, own_span
from issues.actions.pausing import own_running, show_next_due
from issues.actions.step import Step, put_clock
from issues.limits import within
from issues.models import Deadline, Task
from issues.models.clock import OF_ISSUE

# States in which the result is owed; before, its clock starts when it is signed for.
OWED_IN = frozenset({"handling", "suspended"})


def move_deadline(step: Step, *, was: datetime, deadline: datetime) -> None:
    """The promised date and the clock of the result, also while the owner waits; where it comes earlier, the day on
    which a suspension is looked at and the sub-tasks that would end after it too. The event says so."""
    step.change(promised_at=deadline)
    moved = {"was": was, "due": deadline, "promised_at": deadline}
    step.data |= {"what": "deadline"} | {name: moment.isoformat() for name, moment in moved.items()}
    if step.issue.state not in OWED_IN:
        return
    limit = Due(deadline, False)
    _move_result(step, limit)
    _bring_review_forward(step, limit)
    if tasks := _bring_tasks_forward(step, limit):
        step.data["tasks"] = [{"task": one.pk} | party(one.party) for one in tasks]
    show_next_due(step)


def _move_result(step: Step, limit: Due) -> None:
    running = own_running(step.issue)
    span = running.span if running else own_span(step.issue, step.now)
    cancel_clocks(step.issue, now=step.now, only=("submit",))
    put_clock(step, "submit", span, since=running.started_at if running else None, limit=limit)


def _bring_review_forward(step: Step, own: Due) -> None:
    """A matter is not parked past the hotline's deadline."""
    for row in Deadline.objects.open().filter(OF_ISSUE, issue=step.issue, clock="suspension"):
        limit = within(Due(row.limit_at, False), own)
        if limit.at < row.limit_at:
            cancel_clocks(step.issue, now=step.now, only=("suspension",))
            put_clock(step, "suspension", row.span, since=row.started_at, limit=limit)


def _bring_tasks_forward(step: Step, own: Due) -> list[Task]:
    """Sub-tasks that were to be finished after it; whoever has them is told."""
    issue, now = step.issue, step.now
    if not issue.open_tasks:
        return []
    running = Deadline.objects.open().filter(issue=issue, clock="finish", limit_at__gt=own.at).order_by("pk")
    rows = list(running.select_related("task__unit", "task__body__unit", "task__raised_to"))
    tasks = [row.task for row in rows if row.task is not None]
    for row, task in zip(rows, tasks, strict=True):
        cancel_clocks(issue, now=now, part=task, only=("finish",))
        following = issue.version + 1
        new_deadline(
            issue, "finish", row.span, now=now, round=following, part=task, since=row.started_at, limit=own
        ).save(force_insert=True)
        task.limit_at, task.due_at = own.at, min(task.due_at or own.at, own.at)
        task.save(update_fields=["limit_at", "due_at"])
    return tasks
