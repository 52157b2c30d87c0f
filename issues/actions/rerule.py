"""What a corrected category or place changes besides itself: the time that is left, and where it belongs."""

from datetime import datetime

from django.utils import timezone

from calendars.worktime import Span, working_hours
from issues.actions.batch import party
from issues.actions.clocks import cancel_clocks
from issues.actions.promises import CLOCK as PROMISE
from issues.actions.step import Step, put_clock
from issues.districts import limits_of, rules_of
from issues.ladder import CLOCK
from issues.models import Deadline
from issues.models.clock import OF_ISSUE
from issues.routing import columns_of, line_of, route_by_rule
from issues.worktimes import worktime_of

# Whoever would be late by the correction alone has this long from now on.
GRACE = working_hours(2)


def rule_again(step: Step) -> None:
    """Who has it stays, with the limits that hold for it now; where the rule would send it is proposed, to be given
    there in one tap (issues.lifecycle, give_proposed)."""
    _limit_again(step)
    _propose(step)


def _limit_again(step: Step) -> None:
    """The owner's clock, as if it had run by these limits from the start. What is late stays late, a date that
    was given stays, and a clock that stands still keeps what was left of it."""
    issue, now = step.issue, step.now
    running = Deadline.objects.open().filter(OF_ISSUE, issue=issue).exclude(clock=PROMISE).first()
    if running is None or running.fixed or running.limit_at <= now or CLOCK[running.clock].group == "window":
        return
    limits = limits_of(issue, issue.owner.kind, now)
    span = limits.submit if running.clock == "submit" else limits.answer
    if issue.state != "reported":
        step.promise(worktime_of(issue.district_id).due(issue.counts_from, limits.submit).at)
    if span == running.span:
        return
    cancel_clocks(issue, now=now, only=(running.clock,))
    started = put_clock(step, running.clock, span, since=running.started_at, ends=_held(step, running, span))
    step.data |= {"clock": started.clock, "due": started.limit_at.isoformat()}


def _held(step: Step, running: Deadline, span: Span) -> datetime | None:
    """A later deadline than the limits give, where they give one that is (nearly) over; it was not asked before."""
    worktime = worktime_of(step.issue.district_id)
    least: datetime = min(running.limit_at, worktime.due(step.now, GRACE).at)
    return least if worktime.due(running.started_at, span).at < least else None


def _propose(step: Step) -> None:
    issue = step.issue
    proposed = None
    if not (issue.is_about_somebody or issue.is_danger):
        rules, today = rules_of(issue.district_id, step.now), timezone.localdate(step.now)
        route = route_by_rule(line_of(issue.lineage()), issue.category, rules, today)
        proposed = route.target if route.by_rule and route.target != issue.owner else None
    step.change(**columns_of("proposed", proposed))
    if proposed:
        step.data |= {"proposed": party(proposed), "what": "elsewhere"}
