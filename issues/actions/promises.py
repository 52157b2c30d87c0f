"""The date that the reporter was given, and its clock.

While the handler's own clock runs it never ends after the promised date, and chases whoever is late. While that stands
still (somebody is called, the reporter was asked) the promised date has a clock of its own: nobody who waits lets it pass
unnoticed. What is suspended is looked at before that date; a hotline order's own clock runs all the time (docs/adr/0010,
docs/adr/0017). One that follows another matter has no handler's clock: this one runs towards the hotline's deadline, and
asks whoever has that matter (docs/adr/0018).
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from calendars.worktime import Due, Span
from issues.actions.clocks import is_district, new_deadline
from issues.districts import rules_of
from issues.ladder import next_after
from issues.models import Deadline, HotlineOrder, Issue
from issues.models.clock import OF_ISSUE, as_text
from issues.worktimes import worktime_of
from trail.actions import insert_rows

CLOCK = "promise"


def promise(issue: Issue, date: datetime) -> dict[str, str]:
    """Move the promised date, only ever later (not written yet); what the event says of it, if it moved.

    That of a hotline order is the hotline's and stays.
    """
    if issue.promised_at is not None and (date <= issue.promised_at or own_limit(issue)):
        return {}
    issue.promised_at = date
    return {"promised_at": date.isoformat()}


def own_limit(issue: Issue) -> Due | None:
    """The deadline that a hotline order brought along: it wins over ours. No query for any other issue."""
    return own_limits([issue]).get(issue.pk)


def own_limits(issues: Iterable[Issue]) -> dict[int, Due]:
    """Issue → the same, of many in one query; left out where there is none."""
    orders = [issue.pk for issue in issues if issue.source == "hotline"]
    rows = HotlineOrder.objects.filter(issue__in=orders) if orders else HotlineOrder.objects.none()
    return {pk: Due(at, False) for pk, at in rows.values_list("issue", "deadline_at") if at}


def keep_promise(issue: Issue, *, now: datetime, round: int) -> None:
    """Its clock runs towards the promised date while the handler's stands still, and not otherwise. `round` is the number
    of the event by which that changes."""
    running = Deadline.objects.open().filter(OF_ISSUE, issue=issue, clock=CLOCK)
    found, stands = running.first(), stands_still(issue)
    if found and stands and found.limit_at == issue.promised_at:
        return
    if found:
        running.update(cancelled_at=now)
    if stands:
        insert_rows([promise_clock(issue, now=now, round=round)])


def may_need_clock(issue: Issue) -> bool:
    """May nothing else run towards its promised date: the handler's clock stands still, or an order follows another?"""
    return issue.submit_left is not None or (issue.state == "merged" and issue.source == "hotline")


def stands_still(issue: Issue) -> bool:
    """Does nothing else run towards the promised date? No query but for a hotline order that waits or follows."""
    if issue.state == "merged":
        return issue.promised_at is not None and own_limit(issue) is not None
    waits = issue.submit_left is not None and issue.state == "handling" and issue.promised_at is not None
    return waits and own_limit(issue) is None


def promise_clock(issue: Issue, *, now: datetime, round: int) -> Deadline:
    """Not written yet. Of a date that has passed already the rung after the deadline itself: that one was the handler's
    own, and whoever was chased by it is not left alone by asking something."""
    promised = issue.promised_at
    assert promised is not None, "what was never promised has no clock"
    worktime = worktime_of(issue.district_id)
    hours = int(worktime.between(now, promised) / timedelta(hours=1)) if promised > now else 1
    span = Span(max(1, hours), "working_hours")
    row = new_deadline(issue, CLOCK, span, now=now, round=round, limit=Due(promised, False))
    if promised > now:
        return row
    ladder, top = rules_of(issue.district_id, now).ladder, is_district(issue.owner)
    after = next_after(row.rung, CLOCK, span, danger=issue.is_danger, top=top, ladder=ladder)
    assert after is not None and after.wait is not None, "whoever is late is chased again"
    due = worktime.due(now, after.wait)
    row.rung, row.due_at, row.provisional = after.rung, due.at, due.provisional
    row.waits_from, row.wait = now, as_text(after.wait)
    return row
