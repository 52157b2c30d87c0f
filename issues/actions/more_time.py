"""More time for a part: whoever was called, or has a sub-task, asks whoever gave it to them."""

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from calendars.worktime import Due
from grids.models import Body, Unit
from issues.actions.batch import party
from issues.actions.calling import advance, start_clock
from issues.actions.clocks import cancel_clocks, new_deadline
from issues.actions.oversight import ask, close_of
from issues.actions.pausing import ends_at, with_rest
from issues.actions.step import Step, begin, finish
from issues.districts import rules_of
from issues.models import Callee, Deadline, Decision, Stage, Task
from issues.worktimes import worktime_of
from trail.refusals import Refused

if TYPE_CHECKING:
    from accounts.models import User

# The clocks that can end later: what was asked is done, a stage of the plan, the sub-task.
LATER = ("done", "stage", "finish")


@transaction.atomic
def ask_more_time(
    callee: Callee, *, by: "User", now: datetime, until: date, text: str, version: int | None = None
) -> Decision:
    """Of the caller: to be done, or with the next stage of the plan, by the close of `until`.

    Raises Refused("until") for a day that is not later than now asked, later than the district allows at once, or
    behind the stage that follows.
    """
    step = begin(callee, "ask_more_time", by=by, now=now, version=version)
    row = step.called
    longest = _next_stage(row)
    return _ask(step, row, row.whistle.caller, until, longest, text)


@transaction.atomic
def ask_task_time(
    task: Task, *, by: "User", now: datetime, until: date, text: str, version: int | None = None
) -> Decision:
    """Of whoever gave the sub-task: to be finished by the close of `until`.

    Raises Refused("until") as ask_more_time, and for a day after the matter itself is due.
    """
    step = begin(task, "ask_task_time", by=by, now=now, version=version)
    assert isinstance(step.part, Task)
    return _ask(step, step.part, step.issue.owner, until, ends_at(step.issue, now), text)


def give_more_time(step: Step, decision: Decision) -> None:
    """Granted: the part's clock ends later; of a whistle the promised date moves with it."""
    assert decision.until is not None
    if decision.callee_id:
        _give_callee(step, decision.callee_id, decision.until)
    elif decision.task_id:
        _give_task(step, decision.task_id, decision.until)


def _ask(
    step: Step, part: Callee | Task, of: Unit | Body, until: date, most: datetime | None, text: str
) -> Decision:
    """`most`: the last moment that is possible, whatever the district allows; None without one."""
    limit, running = close_of(step, until), _running(part)
    allowed = rules_of(step.issue.district_id, step.now).extension.longest
    longest = worktime_of(step.issue.district_id).due(running.limit_at, allowed).at
    longest = min(longest, most) if most else longest
    if not running.limit_at < limit.at <= longest:
        raise Refused(
            _("Choose a day after %(now)s, at most %(longest)s; what comes after it must move first.")
            % {"now": _day(running.limit_at), "longest": _day(longest)},
            code="until",
        )
    about: dict[str, Any] = {part.PART: part}
    decision = ask(step, "more_time", of, until=limit.at, asker=part.party, **about)
    data = {"decision": decision.pk, "asked": party(decision.party), "until": limit.at.isoformat()}
    finish(step, data=data, text=text, internal=True)
    return decision


def _running(part: Callee | Task) -> Deadline:
    """The clock that would end later."""
    running = Deadline.objects.open().filter(**{part.PART: part}, clock__in=LATER).first()
    if running is None:
        raise Refused(_("No clock is running that could be extended."), code="no_clock")
    return running


def _next_stage(callee: Callee) -> datetime | None:
    """When the stage after the one that is under way is due."""
    if not callee.is_lead:
        return None
    left = Stage.objects.filter(whistle=callee.whistle, done_at=None).order_by("number")
    dates = list(left.values_list("due_at", flat=True)[:2])
    return dates[1] - timedelta(seconds=1) if len(dates) > 1 else None


def _give_callee(step: Step, pk: int, until: datetime) -> None:
    row = Callee.objects.select_related("whistle", "unit", "body__unit", "raised_to").get(pk=pk)
    running, count = _running(row), row.extension_count + 1
    cancel_clocks(step.issue, now=step.now, part=row, only=(running.clock,))
    start_clock(step, row, running.clock, running.span, limit=Due(until, False))
    if running.clock == "stage":
        stage = Stage.objects.filter(whistle=row.whistle, done_at=None).order_by("number").first()
        assert stage is not None, "its clock runs"
        stage.due_at = until
        stage.save(update_fields=["due_at"])
    advance(step, row, extension_count=count)
    step.promise(with_rest(step.issue, until, now=step.now).at)


def _give_task(step: Step, pk: int, until: datetime) -> None:
    row = Task.objects.select_related("unit", "body__unit", "raised_to").get(pk=pk)
    running = _running(row)
    cancel_clocks(step.issue, now=step.now, part=row, only=(running.clock,))
    following, limit = step.issue.version + 1, Due(until, False)
    started = new_deadline(
        step.issue, running.clock, running.span, now=step.now, round=following, part=row, limit=limit
    )
    started.save(force_insert=True)
    row.due_at, row.limit_at, row.extension_count = until, until, row.extension_count + 1
    row.save(update_fields=["due_at", "limit_at", "extension_count"])


def _day(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d}"
