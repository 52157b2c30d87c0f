"""Firing what is due: one rung at a time, in bulk, for the sweep and for any action that comes too late.

Redoing it changes nothing: a fired deadline is never open again. Any number of sweeps may run at once.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from calendars.worktime import Span
from grids.addressing import addressees_of_many
from grids.models import Body, Unit
from issues.actions.batch import Batch, party
from issues.actions.clocks import is_danger, is_district, new_deadline
from issues.actions.concerns import concerns_of
from issues.actions.promises import promise
from issues.ladder import CLOCK, Next, next_after
from issues.limits import limits_for
from issues.models import Deadline, Issue
from issues.worktimes import worktime_of
from trail.actions import record_event

BATCH = 200
# Candidates for a batch: while one sweep holds some, another finds the next ones.
LOOK_AT = 4 * BATCH
# A rung never fires in the same sweep as the one before it, however late both are.
SOON = timedelta(seconds=1)
WAYS_UP = ("callee__whistle", "callee__unit__parent", "callee__body__unit", "callee__raised_to__parent")


@transaction.atomic
def sweep_once(*, now: datetime, limit: int = BATCH, streets: Collection[int] | None = None) -> int:
    """Fire the rungs that are due, of at most `limit` issues that nobody else holds; how many fired.

    `streets` (ids) leaves all other streets to somebody else.
    """
    return fire_due(_unheld(due_issues(now, streets))[:limit], now=now)


@transaction.atomic
def sweep_issue(pk: int, *, now: datetime) -> int:
    """The same for one issue alone."""
    return fire_due(_unheld([pk]), now=now)


def due_issues(now: datetime, streets: Collection[int] | None = None) -> list[int]:
    """Ids of issues with a rung that is due, of those that wait longest; a look at an index."""
    due = Deadline.objects.due(now)
    if streets is not None:
        due = due.filter(issue__street__in=streets)
    return sorted(set(due.values_list("issue_id", flat=True)[:LOOK_AT]))


def _unheld(pks: list[int]) -> QuerySet[Issue]:
    """Locked in the order in which actions lock; what another transaction holds is left to it."""
    return (
        Issue.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
        .select_related("owner_unit__parent", "owner_body__unit")
        .defer("owner_unit__boundary", "owner_unit__parent__boundary", "owner_body__unit__boundary")
        .filter(pk__in=pks)
        .order_by("pk")
    )


def fire_due(issues: Iterable[Issue], *, now: datetime) -> int:
    """Fire every due rung of these locked issues; returns how many. Runs inside the caller's transaction.

    The issues given are changed in place, as in the database.
    """
    held = {issue.pk: issue for issue in issues}
    if not held:
        return 0
    due = dict(Deadline.objects.due(now).filter(issue__in=held).values_list("pk", "callee"))
    if not due:  # nearly always, and the way up of a callee costs a query over eight tables
        return 0
    ways = WAYS_UP if any(due.values()) else ()
    rows = Deadline.objects.filter(pk__in=due).select_related("raised_to__parent", *ways)
    batch = Batch(now)
    for deadline in rows.order_by("due_at", "pk"):
        deadline.issue = held[deadline.issue_id]
        batch.fired.append(deadline.pk)
        EFFECTS.get(deadline.rung, _tell)(deadline, batch)
    if batch.fired:
        batch.write()
    return len(batch.fired)


def _tell(deadline: Deadline, batch: Batch) -> None:
    """Somebody is told; who owns it stays. The next rung's clock starts now."""
    issue, above = deadline.issue, _above(deadline)
    if deadline.rung == "call_deputy":
        batch.silent.append((issue, _asked(deadline)))
    batch.record(issue, deadline.rung, _facts(deadline, above))
    if deadline.rung == "call_above":
        deadline.raised_to = above
    after = next_after(
        deadline.rung,
        deadline.clock,
        deadline.span,
        danger=is_danger(issue, deadline.callee),
        top=is_district(deadline.raised_to or _asked(deadline)),
    )
    if after:
        batch.deadlines.append(_next(deadline, after, batch.now))


def _next(deadline: Deadline, after: Next, now: datetime) -> Deadline:
    """The rung after this one, on the same clock."""
    wait = after.wait and worktime_of(deadline.issue.district_id).due(now, after.wait).at
    return Deadline(
        issue=deadline.issue,
        callee=deadline.callee,
        clock=deadline.clock,
        round=deadline.issue.version,
        rung=after.rung,
        started_at=deadline.started_at,
        due_at=wait or max(deadline.limit_at, now + SOON),
        limit_at=deadline.limit_at,
        span_amount=deadline.span_amount,
        span_unit=deadline.span_unit,
        provisional=deadline.provisional,
        raised_to=deadline.raised_to,
    )


def _climb(deadline: Deadline, batch: Batch) -> None:
    """Nobody took it: the level above is asked now, with a clock of its own."""
    issue, callee, above = deadline.issue, deadline.callee, _above(deadline)
    assert above is not None, "the ladder never climbs above the district"
    facts = _facts(deadline, above)
    span = deadline.span
    if callee:
        callee.raised_to = above
        batch.callees[callee.pk] = callee
    else:
        span, promised = _pass_up(issue, above, batch)
        facts |= promised
    started = new_deadline(issue, deadline.clock, span, now=batch.now, round=issue.version + 1, callee=callee)
    if not callee:
        issue.due_at, issue.due_provisional = started.limit_at, started.provisional
    batch.deadlines.append(started)
    batch.record(issue, "climb", facts)


def _pass_up(issue: Issue, above: Unit, batch: Batch) -> tuple[Span, dict]:
    """The level above owns it now; (its time to answer, what the event says of the promised date).

    Who kept it until somebody accepts it still does.
    """
    limits = limits_for(above.kind, danger=issue.is_danger)
    issue.owner_unit, issue.owner_body, issue.assigned_at = above, None, batch.now
    batch.concerns += concerns_of(issue, above, batch.now)
    if issue.state != "assigned":
        return limits.answer, {}
    due = worktime_of(issue.district_id).due(batch.now, limits.submit)
    return limits.answer, promise(issue, due.at)


def _expire(deadline: Deadline, batch: Batch) -> None:
    """The rating window passed: no answer is 未评价, never satisfied."""
    issue = deadline.issue
    issue.state, issue.closed_at, issue.due_at = "closed", batch.now, None
    batch.record(issue, "close", {"rated": False})


EFFECTS = {"climb": _climb, "expire": _expire}


def _asked(deadline: Deadline) -> Unit | Body:
    """Who has to act: the owner, a callee, or the level that a silent callee's matter was raised to."""
    callee = deadline.callee
    if callee is None:
        return deadline.issue.owner
    if callee.raised_to and CLOCK[deadline.clock].group == "answer":
        return callee.raised_to
    return callee.party


def _above(deadline: Deadline) -> Unit | None:
    """The level above the one asked last; None above the district."""
    asked = deadline.raised_to or _asked(deadline)
    return asked.parent if isinstance(asked, Unit) else asked.unit


def _facts(deadline: Deadline, above: Unit | None) -> dict:
    """The event's data: ids and codes only."""
    facts = {"clock": deadline.clock, "asked": party(_asked(deadline)), "above": above.pk if above else None}
    return facts | ({"callee": deadline.callee_id} if deadline.callee_id else {})


@transaction.atomic
def note_vacancies(*, now: datetime) -> int:
    """Hourly: record each district with open issues behind which nobody stands any more. Returns how many."""
    roots = list(Unit.objects.open().filter(kind="district").select_for_update(no_key=True).order_by("pk"))
    people = addressees_of_many(roots, "handle", now)
    bare = [root for root in roots if not people[("unit", root.pk)]]
    open_here = set(
        Issue.objects.open().filter(district__in=bare).values_list("district", flat=True).distinct()
    )
    for root in bare:
        if root.pk in open_here:
            record_event("unit", root.pk, "vacant_root", by=None, now=now, unit_id=root.pk)
    return len(open_here)
