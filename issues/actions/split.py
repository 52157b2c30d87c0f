"""Joint handling: parts of one issue are done by several of one's own; the issue waits for all of them."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from calendars.worktime import Due, Span
from grids.actions.locks import hold_open
from grids.models import Body, Unit
from issues.actions.batch import party
from issues.actions.clocks import cancel_clocks, new_deadline
from issues.actions.concerns import concern, keep_away
from issues.actions.oversight import close_of
from issues.actions.parts import end_part_of
from issues.actions.pausing import ends_at, own_running
from issues.actions.photos import Photo, keep_photos
from issues.actions.route import check_below, check_duty
from issues.actions.step import Step, begin, finish
from issues.districts import limits_of
from issues.models import Deadline, Issue, Task
from issues.worktimes import worktime_of
from trail.refusals import Refused

if TYPE_CHECKING:
    from accounts.models import User

MOST_TASKS = 20


@transaction.atomic
def split_issue(
    issue: Issue,
    *,
    by: "User",
    now: datetime,
    text: str,
    units: Sequence[Unit] = (),
    bodies: Sequence[Body] = (),
    until: date | None = None,
    version: int | None = None,
) -> Issue:
    """A sub-task for each of one's own units and bodies, with two clocks: to be taken, to be finished.

    Without `until` each has the time that it would have for an issue, but not longer than this one. Raises
    Refused("no_task") for nobody, ("too_many_tasks"), ("closed_target"), ("twice"), ("about_them"),
    ("not_below") for one that is not one's own, ("until") for a day gone by, or after the matter itself is due.
    """
    step = begin(issue, "split", by=by, now=now, version=version)
    called: list[Unit | Body] = [*units, *bodies]
    _check(step, called)
    limit = _limit(step, until) if until else None
    tasks = [_give(step, one, limit) for one in called]
    concern(step.issue, called, now)
    step.change(open_tasks=step.issue.open_tasks + len(tasks))
    data = {"tasks": [{"task": one.pk} | party(one.party) for one in tasks]}
    return finish(step, data=data, text=text, internal=True)


@transaction.atomic
def take_task(task: Task, *, by: "User", now: datetime, version: int | None = None) -> Task:
    """Whoever it was given to takes it on."""
    step = begin(task, "take_task", by=by, now=now, version=version)
    row = _task(step)
    cancel_clocks(step.issue, now=now, part=row, only=("take",))
    row.state, row.signed_by, row.signed_at, row.due_at = "taken", by, now, row.limit_at
    row.save(update_fields=["state", "signed_by", "signed_at", "due_at"])
    finish(step)
    return row


@transaction.atomic
def finish_task(
    task: Task,
    *,
    by: "User",
    now: datetime,
    text: str,
    photos: Iterable[Photo] = (),
    version: int | None = None,
) -> Task:
    """The part is done; when the last one is, the result of the whole can be submitted."""
    step = begin(task, "finish_task", by=by, now=now, version=version)
    row = _end(step, "finished")
    issue = finish(step, data={"last": not step.issue.open_tasks}, text=text, internal=True)
    keep_photos(issue, photos, seq=issue.version, now=now, internal=True)
    return row


@transaction.atomic
def give_back_task(task: Task, *, by: "User", now: datetime, text: str, version: int | None = None) -> Task:
    """It is not theirs, or cannot be done: whoever has the issue decides what becomes of it."""
    step = begin(task, "give_back", by=by, now=now, version=version)
    row = _end(step, "given_back")
    finish(step, text=text, internal=True)
    return row


@transaction.atomic
def call_off_task(task: Task, *, by: "User", now: datetime, text: str, version: int | None = None) -> Task:
    """It is no longer needed."""
    step = begin(task, "call_off", by=by, now=now, version=version)
    row = _end(step, "called_off")
    finish(step, text=text, internal=True)
    return row


def _check(step: Step, called: Sequence[Unit | Body]) -> None:
    if not called:
        raise Refused(_("Choose who does a part."), code="no_task")
    if step.issue.open_tasks + len(called) > MOST_TASKS:
        raise Refused(
            _("At most %(most)d sub-tasks at a time.") % {"most": MOST_TASKS}, code="too_many_tasks"
        )
    hold_open(*called)
    running = {one.party for one in Task.objects.waiting().filter(issue=step.issue)}
    for one in called:
        keep_away(step.issue, one)
        check_below(step, one)
        check_duty(step, one)
        if one in running or called.count(one) > 1:
            raise Refused(_("%(name)s has a sub-task already.") % {"name": one.name}, code="twice")


def _limit(step: Step, until: date) -> Due:
    """The close of that day, or the moment in it when the matter itself is due."""
    limit, ends = close_of(step, until), ends_at(step.issue, step.now)
    if ends is None or limit.at <= ends:
        return limit
    if timezone.localdate(ends) < until:
        raise Refused(
            _("The matter itself is due on %(day)s: choose a day until then, or have it extended first.")
            % {"day": f"{timezone.localtime(ends):%Y-%m-%d}"},
            code="until",
        )
    return Due(ends, False)


def _give(step: Step, one: Unit | Body, limit: Due | None) -> Task:
    """The row and its two clocks."""
    task = Task(
        issue=step.issue,
        unit=one if isinstance(one, Unit) else None,
        body=one if isinstance(one, Body) else None,
        given_by=step.by,
        given_at=step.now,
    )
    clocks = task_clocks(step, task, limit)
    task.save(force_insert=True)
    for clock in clocks:
        # The row had no number yet when the clocks were made for it.
        clock.task = task
    Deadline.objects.bulk_create(clocks)
    return task


def task_clocks(step: Step, task: Task, limit: Due | None = None) -> list[Deadline]:
    """To be taken, if it is not yet, and to be finished (not written yet); the task shows when.

    Without a `limit` it has the time that its holder would have for an issue, but not longer than the matter.
    """
    issue, now = step.issue, step.now
    limits, following, ends = limits_of(issue, task.party.kind, now), issue.version + 1, None
    if limit is None:
        limit, ends = _not_after_the_matter(step, limits.submit)
    finish = new_deadline(
        issue, "finish", limits.submit, now=now, round=following, part=task, limit=limit, ends=ends
    )
    clocks = [finish]
    if task.state == "given":
        clocks.append(new_deadline(issue, "take", limits.answer, now=now, round=following, part=task))
    task.due_at, task.limit_at = min(one.limit_at for one in clocks), finish.limit_at
    return clocks


def _not_after_the_matter(step: Step, span: Span) -> tuple[Due | None, datetime | None]:
    """When the matter ends, if the holder's time would end later: as a date where that was given, else as a moment that
    was reckoned."""
    issue, now = step.issue, step.now
    ends = ends_at(issue, now)
    if ends is None or worktime_of(issue.district_id).due(now, span).at <= ends:
        return None, None
    running = own_running(issue)
    return (Due(ends, False), None) if running and running.fixed else (None, ends)


def _task(step: Step) -> Task:
    assert isinstance(step.part, Task)
    return step.part


def _end(step: Step, state: str) -> Task:
    return end_task(step, _task(step), state)


def end_task(step: Step, row: Task, state: str) -> Task:
    """It is over in this `state`, and what was asked about it; the matter has one less."""
    cancel_clocks(step.issue, now=step.now, part=row)
    end_part_of(step, row)
    row.state, row.due_at, row.ended_at = state, None, step.now
    row.save(update_fields=["state", "due_at", "ended_at"])
    step.change(open_tasks=step.issue.open_tasks - 1)
    return row
