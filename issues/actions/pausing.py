"""The handler's own clock stands still, and runs on with what was left of it.

That of a hotline order never stands still: while somebody is called, asked or waited for it goes on towards the
hotline's deadline, and its rungs fire (docs/adr/0010).
"""

from datetime import datetime, timedelta

from django.db.models import Max

from calendars.worktime import Due
from issues.actions.clocks import cancel_clocks, own_span, resume_at, time_left
from issues.actions.promises import CLOCK as PROMISE
from issues.actions.promises import own_limit
from issues.actions.step import Step, put_clock
from issues.models import Deadline, Issue
from issues.models.clock import OF_ISSUE
from issues.worktimes import worktime_of

# The clock that a hotline order keeps while it waits.
RUNS_ON = ("submit",)


def stop_clock(step: Step) -> None:
    """It stands still; what is left of it is kept, in its own kind of time. A pause within a pause is one. That of a
    hotline order runs on beside. What the reporter was asked may still be answered, only its clock is over."""
    issue, now = step.issue, step.now
    if issue.submit_left is None:
        running = own_running(issue)
        worktime = worktime_of(issue.district_id)
        left = time_left(worktime, running.span, now, running.limit_at) if running else timedelta(0)
        step.change(submit_left=int(left.total_seconds()))
    cancel_clocks(issue, now=now, but=(*(RUNS_ON if own_limit(issue) else ()), PROMISE))


def stand_still(step: Step, *, until_promised: datetime | None = None) -> None:
    """Whoever has just got it has the whole of their time, from when their clock runs on; of a hotline order that
    runs towards the hotline's deadline at once.

    `until_promised`: a moment after which it has no more than what is left from there until the promised date."""
    issue, now = step.issue, step.now
    span, worktime = own_span(issue, now), worktime_of(issue.district_id)
    whole = time_left(worktime, span, now, worktime.due(now, span).at)
    if until_promised and issue.promised_at:
        whole = min(whole, time_left(worktime, span, until_promised, issue.promised_at))
    step.change(submit_left=int(whole.total_seconds()), asked_at=None)
    if own := own_limit(issue):
        cancel_clocks(issue, now=now, only=RUNS_ON)
        put_clock(step, "submit", span, limit=own)
        show_next_due(step)


def go_on(step: Step) -> None:
    """It runs on; the promise moves if it must. A hotline order's has run all the time."""
    issue, now, own = step.issue, step.now, own_limit(step.issue)
    left = None if own else timedelta(seconds=issue.submit_left or 0)
    step.change(submit_left=None)
    if own and (running := own_running(issue)):
        return step.change(due_at=running.limit_at, due_provisional=False)
    step.promise(put_clock(step, "submit", own_span(issue, now), left=left, limit=own).limit_at)


def own_running(issue: Issue) -> Deadline | None:
    """The handler's clock for the result, if it runs."""
    return Deadline.objects.open().filter(OF_ISSUE, issue=issue, clock="submit").first()


def show_next_due(step: Step) -> None:
    """What the issue waits for is what it shows as due: the first of those who are called and of its own clocks."""
    running = Deadline.objects.open().filter(issue=step.issue, task=None, decision=None)
    if first := running.exclude(clock=PROMISE).order_by("limit_at", "pk").first():
        step.change(due_at=first.limit_at, due_provisional=first.callee_id is None and first.provisional)


def ends_at(issue: Issue, now: datetime) -> datetime | None:
    """When the handler's time will be over at the earliest: no part of it ends later. None if it is over."""
    running = Deadline.objects.open().filter(issue=issue, task=None, decision=None).exclude(clock=PROMISE)
    own = running.filter(callee=None, clock="submit").first()
    if own:
        return own.limit_at if own.limit_at > now else None
    # It stands still until whoever is called is done, or the reporter has answered.
    last = running.aggregate(last=Max("limit_at"))["last"]
    return with_rest(issue, max(last or now, now), now=now).at


def with_rest(issue: Issue, moment: datetime, *, now: datetime) -> Due:
    """When the handler's time is over if its clock runs on from `moment`."""
    left = timedelta(seconds=issue.submit_left or 0)
    return resume_at(worktime_of(issue.district_id), own_span(issue, now), moment, left)
