"""Starting, stopping and pausing the clocks of an issue and of those it called."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from calendars.worktime import Due, Span, Worktime
from grids.models import Body, Unit
from issues.districts import limits_of, rules_of
from issues.ladder import CLOCK, rung_when_due
from issues.models import Deadline, Issue, Part
from issues.models.clock import OF_ISSUE
from issues.worktimes import worktime_of
from trail.rows import fresh

ONE_SECOND = timedelta(seconds=1)


def new_deadline(
    issue: Issue,
    clock: str,
    span: Span,
    *,
    now: datetime,
    round: int,
    part: Part | None = None,
    since: datetime | None = None,
    limit: Due | None = None,
    left: timedelta | None = None,
    ends: datetime | None = None,
) -> Deadline:
    """The first rung (not written yet) of a clock that ends at `limit` or `ends`, else one span after `since` or now.

    `limit` is a date that somebody gave, which no calendar moves; `ends` is a moment that was reckoned, and moves with
    the calendar. A clock that was stopped runs on with what was `left`. `round` is the number of the event that starts
    it.
    """
    worktime = worktime_of(issue.district_id)
    since = since or now
    if ends is not None:
        since, left, limit = _towards(worktime, span, since, ends)
    fixed = limit is not None
    if left is not None:
        limit = resume_at(worktime, span, since, left)
    limit = limit or worktime.due(since, span)
    top = is_district((part.raised_to or part.party) if part else asked_of_issue(issue, clock))
    danger, roster = is_danger(issue, part), by_roster(part)
    ladder = rules_of(issue.district_id, now).ladder
    rung = rung_when_due(clock, danger=danger, top=top, roster=roster, ladder=ladder)
    due_at = limit.at
    if CLOCK[clock].group != "window" and ladder.reminds(time_left(worktime, span, now, limit.at)):
        point = worktime.point(since, limit.at, span, ladder.remind_percent)
        rung, due_at = ("remind", point) if point > now else (rung, due_at)
    return fresh(
        Deadline,
        issue=issue,
        **of_part(part),
        clock=clock,
        round=round,
        rung=rung,
        started_at=since,
        due_at=due_at,
        limit_at=limit.at,
        span_amount=int(span.amount),
        span_unit=span.unit,
        left_seconds=None if left is None else int(left.total_seconds()),
        fixed=fixed,
        provisional=limit.provisional,
    )


def _towards(
    worktime: Worktime, span: Span, since: datetime, ends: datetime
) -> tuple[datetime, timedelta | None, Due | None]:
    """From when and with how much left a clock ends at this moment, in whole seconds as they are kept. Where no working
    time leads there (it is over, or of another kind of time) it is a date."""
    begins = since.replace(microsecond=0) + ONE_SECOND if since.microsecond else since
    left = timedelta(seconds=int(time_left(worktime, span, begins, ends).total_seconds()))
    if abs(ends - resume_at(worktime, span, begins, left).at) < ONE_SECOND:
        return begins, left, None
    return since, None, Due(ends, False)


def of_part(part: Part | None) -> dict[str, Part]:
    """The column of a deadline that names the part; nothing for the issue's own clocks."""
    return {part.PART: part} if part else {}


def asked_of_issue(issue: Issue, clock: str) -> Unit | Body | None:
    """Who has to act on a clock of the issue's own: its owner, or whoever checks on the spot. Of one that follows
    another whoever has that one."""
    if clock == "check":
        return issue.check_unit
    return issue.main.owner if issue.state == "merged" and issue.main else issue.owner


def is_danger(issue: Issue, part: Part | None) -> bool:
    """Does this clock climb at once: a dangerous matter, or somebody called by an emergency whistle?"""
    return issue.is_danger or (part is not None and part.urgent)


def by_roster(part: Part | None) -> bool:
    """Was one of those on duty called, and not everybody?"""
    return part is not None and part.urgent


def is_district(asked: Unit | Body | None) -> bool:
    """Does nobody stand above?"""
    return isinstance(asked, Unit) and asked.kind == "district"


def cancel_clocks(
    issue: Issue,
    *,
    now: datetime,
    part: Part | None = None,
    only: tuple[str, ...] = (),
    but: tuple[str, ...] = (),
) -> None:
    """Stop the open clocks of the issue itself, or of one part of it; all of them, only those named, or all `but`
    those named."""
    rows = Deadline.objects.open().filter(OF_ISSUE, issue=issue)
    if part is not None:
        rows = Deadline.objects.open().filter(**of_part(part))
    if only:
        rows = rows.filter(clock__in=only)
    if but:
        rows = rows.exclude(clock__in=but)
    rows.update(cancelled_at=now)


def own_span(issue: Issue, now: datetime) -> Span:
    """Of the owner's clock for the result, as it was when it started, whatever the district has set since."""
    started = own_clocks([issue]).get(issue.pk)
    return started.span if started else limits_of(issue, issue.owner.kind, now).submit


def own_clocks(issues: Iterable[Issue]) -> dict[int, Deadline]:
    """Issue → the newest rung of its present owner's clock for the result, running or not; left out where that was
    never started. One query."""
    given = {issue.pk: issue.assigned_at for issue in issues}
    rows = Deadline.objects.filter(OF_ISSUE, issue__in=given, clock="submit").order_by("pk")
    return {row.issue_id: row for row in rows if row.started_at >= given[row.issue_id]}


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
