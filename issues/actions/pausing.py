"""The handler's own clock stands still, and runs on with what was left of it."""

from datetime import datetime, timedelta

from calendars.worktime import Due
from issues.actions.clocks import cancel_clocks, own_span, resume_at, time_left
from issues.actions.promises import own_limit
from issues.actions.step import Step, put_clock
from issues.models import Deadline, Issue
from issues.models.clock import OF_ISSUE
from issues.worktimes import worktime_of


def stop_clock(step: Step) -> None:
    """It stands still; what is left of it is kept, in its own kind of time. A pause within a pause is one."""
    issue, now = step.issue, step.now
    if issue.submit_left is None:
        running = Deadline.objects.open().filter(OF_ISSUE, issue=issue, clock="submit").first()
        worktime = worktime_of(issue.district_id)
        left = time_left(worktime, running.span, now, running.limit_at) if running else timedelta(0)
        step.change(submit_left=int(left.total_seconds()))
    cancel_clocks(issue, now=now)
    step.change(asked_at=None)


def go_on(step: Step) -> None:
    """It runs on; the promise moves if it must. A hotline order's ends when the hotline says, pause or none."""
    issue, now, own = step.issue, step.now, own_limit(step.issue)
    left = None if own else timedelta(seconds=issue.submit_left or 0)
    step.change(submit_left=None, asked_at=None)
    step.promise(put_clock(step, "submit", own_span(issue, now), left=left, limit=own).limit_at)


def with_rest(issue: Issue, moment: datetime, *, now: datetime) -> Due:
    """When the handler's time is over if its clock runs on from `moment`."""
    left = timedelta(seconds=issue.submit_left or 0)
    return resume_at(worktime_of(issue.district_id), own_span(issue, now), moment, left)
