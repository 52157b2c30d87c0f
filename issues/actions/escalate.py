"""Firing what is due: one rung at a time, in bulk, for the sweep and for any action that comes too late.

Redoing it changes nothing: a fired deadline is never open again. Any number of sweeps may run at once.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.db import transaction

from calendars.worktime import Span, working_days
from grids.addressing import addressees_of_many, rosters_among
from grids.lineage import key_of
from grids.models import Body, Unit
from issues.actions.batch import Batch, party
from issues.actions.clocks import (
    asked_of_issue,
    by_roster,
    is_danger,
    is_district,
    new_deadline,
    own_clocks,
)
from issues.actions.concerns import concerns_of
from issues.actions.held import due_of, hold
from issues.actions.promises import own_limits, promise
from issues.districts import limits_of, rules_of
from issues.ladder import CLOCK, Next, next_after
from issues.models import Callee, Deadline, Decision, Issue
from issues.models.clock import as_text
from issues.on_duty import called_answer
from issues.worktimes import worktime_of
from trail.actions import record_event

BATCH = 200
# Candidates for a batch: while one sweep holds some, another finds the next ones.
LOOK_AT = 4 * BATCH
# A rung never fires in the same sweep as the one before it, however late both are.
SOON = timedelta(seconds=1)
# While a result is still to be checked, its rating window is looked at again after so long.
CHECK_AGAIN = working_days(1)


@transaction.atomic
def sweep_once(*, now: datetime, limit: int = BATCH, streets: Collection[int] | None = None) -> int:
    """Fire the rungs that are due, of at most `limit` issues that nobody else holds; how many fired.

    `streets` (ids) leaves all other streets to somebody else.
    """
    return fire_due(hold(due_issues(now, streets), limit), now=now)


@transaction.atomic
def sweep_issue(pk: int, *, now: datetime) -> int:
    """The same for one issue alone."""
    return fire_due(hold([pk], 1), now=now)


def due_issues(now: datetime, streets: Collection[int] | None = None) -> list[int]:
    """Ids of issues with a rung that is due, of those that wait longest; a look at an index."""
    due = Deadline.objects.due(now)
    if streets is not None:
        due = due.filter(issue__street__in=streets)
    return sorted(set(due.values_list("issue_id", flat=True)[:LOOK_AT]))


def fire_due(issues: Iterable[Issue], *, now: datetime) -> int:
    """Fire every due rung of these locked issues; returns how many. Runs inside the caller's transaction.

    The issues given are changed in place, as in the database.
    """
    held = {issue.pk: issue for issue in issues}
    if not held:
        return 0
    found = due_of(held, now)
    if not found:  # nearly always, where an action asks
        return 0
    batch = Batch(now)
    if rostered := _rostered(found):
        batch.rosters = rosters_among(called_answer(rostered, now), now)
    if asked := [held[one.issue_id] for one in found if one.clock == "supply"]:
        batch.own, batch.limits = own_clocks(asked), own_limits(asked)
    for deadline in found:
        deadline.issue = held[deadline.issue_id]
        batch.fired.append(deadline.pk)
        EFFECTS.get(deadline.rung, _tell)(deadline, batch)
    batch.write()
    return len(batch.fired)


def _tell(deadline: Deadline, batch: Batch) -> None:
    """Somebody is told; who owns it stays. The next rung's clock starts now."""
    issue, above = deadline.issue, _above(deadline)
    if issue.state == "merged":  # whoever has the main issue by now is asked, and reads what for
        batch.concerns += concerns_of(issue, _asked(deadline), batch.now)
    if deadline.rung == "call_deputy":
        batch.silent.append((issue, _asked(deadline)))
    batch.record(issue, deadline.rung, _facts(deadline, above))
    if deadline.rung == "call_above":
        deadline.raised_to = above
    after = next_after(
        deadline.rung,
        deadline.clock,
        deadline.span,
        danger=is_danger(issue, deadline.part),
        top=is_district(deadline.raised_to or _asked(deadline)),
        roster=by_roster(deadline.part),
        ladder=rules_of(issue.district_id, batch.now).ladder,
    )
    if after:
        batch.deadlines.append(_next(deadline, after, batch.now))


def _next(deadline: Deadline, after: Next, now: datetime) -> Deadline:
    """The rung after this one, on the same clock."""
    wait = after.wait and worktime_of(deadline.issue.district_id).due(now, after.wait)
    return Deadline(
        issue_id=deadline.issue_id,
        callee_id=deadline.callee_id,
        task_id=deadline.task_id,
        decision_id=deadline.decision_id,
        clock=deadline.clock,
        round=deadline.issue.version,
        rung=after.rung,
        started_at=deadline.started_at,
        due_at=wait.at if wait else max(deadline.limit_at, now + SOON),
        limit_at=deadline.limit_at,
        span_amount=deadline.span_amount,
        span_unit=deadline.span_unit,
        left_seconds=deadline.left_seconds,
        fixed=deadline.fixed,
        given_at=deadline.given_at,
        waits_from=now if wait else None,
        wait=as_text(after.wait) if after.wait else "",
        provisional=wait.provisional if wait else deadline.provisional,
        raised_to_id=deadline.raised_to_id,
    )


def _call_next(deadline: Deadline, batch: Batch) -> None:
    """The next on the duty roster of whoever is asked, with the same time again. Nobody left there: the level
    above, as ever, and above the district the board."""
    issue, part, asked = deadline.issue, deadline.part, _asked(deadline)
    assert isinstance(part, Callee), "only whoever is called is called by the roster"
    if part.rank + 1 >= len(batch.rosters.get(key_of(asked), ())):
        deadline.rung = "board" if is_district(asked) else "climb"
        batch.instead.append(deadline)
        return EFFECTS.get(deadline.rung, _tell)(deadline, batch)
    batch.call_rank(part, part.rank + 1)
    span, following = deadline.span, issue.version + 1
    started = new_deadline(issue, deadline.clock, span, now=batch.now, round=following, part=part)
    batch.deadlines.append(started)
    facts = _facts(deadline, _above(deadline)) | _due(started)
    batch.record(issue, "call_next", facts | {"rank": part.rank})


def _rostered(due: Iterable[Deadline]) -> list[Unit | Body]:
    """Of whom the roster says who is called next; rosters are read for all of them together."""
    return [_asked(one) for one in due if one.rung == "call_next"]


def _climb(deadline: Deadline, batch: Batch) -> None:
    """Nobody took it: the level above is asked now, with a clock of its own."""
    issue, part, above = deadline.issue, deadline.part, _above(deadline)
    assert above is not None, "the ladder never climbs above the district"
    facts = _facts(deadline, above)
    span = deadline.span
    if part:
        batch.raise_part(part, above)
        batch.concerns += concerns_of(issue, above, batch.now)
    elif deadline.clock == "check":
        # Nobody looks at their own result, and those above would only be refused.
        above = above.parent if above.pk == issue.lead_unit_id and above.parent else above
        issue.check_unit = above
        facts["above"] = above.pk
    else:
        span, promised = _pass_up(issue, above, batch)
        facts |= promised
    started = new_deadline(issue, deadline.clock, span, now=batch.now, round=issue.version + 1, part=part)
    if not part:
        issue.due_at, issue.due_provisional = started.limit_at, started.provisional
    batch.deadlines.append(started)
    batch.record(issue, "climb", facts | _due(started))


def _pass_up(issue: Issue, above: Unit, batch: Batch) -> tuple[Span, dict]:
    """The level above owns it now; (its time to answer, what the event says of the promised date).

    Who kept it until somebody accepts it still does.
    """
    limits = limits_of(issue, above.kind, batch.now)
    if issue.disputed:  # a review is read on paper: no time of danger for it
        limits = rules_of(issue.district_id, batch.now).limits_for(above.kind, danger=False)
    issue.owner_unit, issue.owner_body, issue.assigned_at = above, None, batch.now
    issue.sender_unit = issue.sender_body = issue.officer = issue.counted_from = None
    batch.concerns += concerns_of(issue, above, batch.now)
    if issue.state != "assigned":
        return limits.answer, {}
    due = worktime_of(issue.district_id).due(batch.now, limits.submit)
    return limits.answer, promise(issue, due.at)


def _expire(deadline: Deadline, batch: Batch) -> None:
    """A window passed: what that means depends on whose it was."""
    EXPIRED[deadline.clock](deadline, batch)


def _supply_lapsed(deadline: Deadline, batch: Batch) -> None:
    """The reporter has not answered: the handler's clock runs on with what was left of it; a hotline order's has run
    all the time."""
    issue, now = deadline.issue, batch.now
    batch.unpromised.add(issue.pk)
    started, own = batch.own.get(issue.pk), batch.limits.get(issue.pk)
    span = started.span if started else limits_of(issue, issue.owner.kind, now).submit
    if own and started and started.fired_at is None and started.cancelled_at is None:
        issue.asked_at = issue.submit_left = None
        issue.due_at, issue.due_provisional = own.at, False
        return batch.record(issue, "go_on", {})
    left = None if own else timedelta(seconds=issue.submit_left or 0)
    running = new_deadline(issue, "submit", span, now=now, round=issue.version + 1, left=left, limit=own)
    # Where nothing was left of it, it is late already; the rung for that is the next sweep's.
    running.due_at = max(running.due_at, now + SOON)
    issue.asked_at = issue.submit_left = None
    issue.due_at, issue.due_provisional = running.limit_at, running.provisional
    batch.deadlines.append(running)
    batch.record(issue, "go_on", promise(issue, running.limit_at))


def _close_unrated(deadline: Deadline, batch: Batch) -> None:
    """The rating window: no answer is 未评价, never satisfied, unless one was heard by telephone (回访). While a
    check is waited for it stays open."""
    issue = deadline.issue
    if issue.waits_for_check:
        again = new_deadline(issue, "rate", CHECK_AGAIN, now=batch.now, round=issue.version + 1)
        batch.deadlines.append(again)
        batch.record(issue, "wait_for_check", {})
        return
    issue.state, issue.closed_at, issue.due_at = "closed", batch.now, None
    letters = batch.end_decisions(issue)
    heard = issue.call_count > 0 and issue.ratings.filter(round=issue.redo_count + 1).exists()
    facts = {"rated": heard} | ({"heard": True} if heard else {})
    batch.record(issue, "close", facts | ({"letters": letters} if letters else {}))


EFFECTS = {"call_next": _call_next, "climb": _climb, "expire": _expire}
EXPIRED = {"rate": _close_unrated, "supply": _supply_lapsed}


def _asked(deadline: Deadline) -> Unit | Body:
    """Who has to act: on the issue, or on a part of it, if silent the level that it was raised to."""
    part = deadline.part
    if part is None:
        asked = asked_of_issue(deadline.issue, deadline.clock)
        assert asked is not None, "somebody always has to act"
        return asked
    if part.raised_to and CLOCK[deadline.clock].group == "answer":
        return part.raised_to
    # A letter goes with the matter: whoever has it now is reminded, not whoever it was written to; but one to somebody
    # who was called or has a sub-task stays with them.
    return deadline.issue.owner if isinstance(part, Decision) and part.goes_with_matter else part.party


def _above(deadline: Deadline) -> Unit | None:
    """The level above the one asked last; None above the district."""
    asked = deadline.raised_to or _asked(deadline)
    return asked.parent if isinstance(asked, Unit) else asked.unit


def _facts(deadline: Deadline, above: Unit | None) -> dict:
    """The event's data: ids, codes and the date of this very clock, which the matter itself need not show."""
    facts = {"clock": deadline.clock, "asked": party(_asked(deadline)), "above": above.pk if above else None}
    return facts | _due(deadline) | ({deadline.part.PART: deadline.part.pk} if deadline.part else {})


def _due(deadline: Deadline) -> dict:
    return {"due": deadline.limit_at.isoformat()}


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
            where = {"unit_id": root.pk, "district_id": root.pk}
            record_event("unit", root.pk, "vacant_root", by=None, now=now, **where)
    return len(open_here)
