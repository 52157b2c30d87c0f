"""Starting, stopping and pausing the clocks of an issue and of those it called."""

from datetime import datetime, timedelta

from calendars.worktime import Due, Span, Worktime
from grids.models import Body, Unit
from issues.ladder import CLOCK, REMIND_PERCENT, reminds, rung_when_due
from issues.models import Callee, Deadline, Issue
from issues.whistles import BY_KEY
from issues.worktimes import worktime_of


def new_deadline(
    issue: Issue,
    clock: str,
    span: Span,
    *,
    now: datetime,
    round: int,
    callee: Callee | None = None,
    since: datetime | None = None,
    limit: Due | None = None,
) -> Deadline:
    """The first rung (not written yet) of a clock that ends at `limit`, else one span after `since` or now.

    `round` is the number of the event that starts it.
    """
    worktime = worktime_of(issue.district_id)
    since = since or now
    limit = limit or worktime.due(since, span)
    top = is_district((callee.raised_to or callee.party) if callee else issue.owner)
    rung, due_at = rung_when_due(clock, danger=is_danger(issue, callee), top=top), limit.at
    if CLOCK[clock].group != "window" and reminds(time_left(worktime, span, now, limit.at)):
        point = worktime.point(since, limit.at, span, REMIND_PERCENT)
        rung, due_at = ("remind", point) if point > now else (rung, due_at)
    return Deadline(
        issue=issue,
        callee=callee,
        clock=clock,
        round=round,
        rung=rung,
        started_at=since,
        due_at=due_at,
        limit_at=limit.at,
        span_amount=int(span.amount),
        span_unit=span.unit,
        provisional=limit.provisional,
    )


def is_danger(issue: Issue, callee: Callee | None) -> bool:
    """Does this clock climb at once: a dangerous matter, or somebody called by an emergency whistle?"""
    return issue.is_danger or (callee is not None and BY_KEY[callee.whistle.kind].urgent)


def is_district(asked: Unit | Body | None) -> bool:
    """Does nobody stand above?"""
    return isinstance(asked, Unit) and asked.kind == "district"


def cancel_clocks(
    issue: Issue, *, now: datetime, callee: Callee | None = None, only: tuple[str, ...] = ()
) -> None:
    """Stop the open clocks of the issue itself, or of one callee; all of them, or only those named."""
    rows = Deadline.objects.open().filter(issue=issue, callee=callee)
    if only:
        rows = rows.filter(clock__in=only)
    rows.update(cancelled_at=now)


def time_left(worktime: Worktime, span: Span, now: datetime, limit: datetime) -> timedelta:
    """What is left of a clock, in its own kind of time; nothing when it has run out."""
    if limit <= now:
        return timedelta(0)
    return limit - now if span.round_the_clock else worktime.between(now, limit)


def resume_at(worktime: Worktime, span: Span, now: datetime, left: timedelta) -> Due:
    """The new deadline of a clock that had `left` when it was stopped."""
    if span.round_the_clock:
        return Due(now + left, False)
    return worktime.add(now, left)
