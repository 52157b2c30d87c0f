"""What must hold of all issues at any moment, asked of the database with queries of its own."""

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from grids.addressing import addressees_of_many
from issues.models import Callee, Deadline, Issue, Whistle
from trail.models import Event

OPEN = ("reported", "assigned", "handling", "resolved")
# Keys, codes, numbers and moments: nothing that a person could have typed.
CODE = re.compile(r"[A-Za-z0-9_.:+@-]*")


def check_invariants(now: datetime, issues: QuerySet | None = None) -> None:
    """Raise AssertionError naming the first issue that is not as it must be; of all, if none are given."""
    for problem in broken_invariants(now, issues):
        raise AssertionError(problem)


def broken_invariants(now: datetime, issues: QuerySet | None = None) -> Iterator[str]:
    """Each thing that is wrong, as a sentence. A handful of queries, however many issues."""
    rows = list(
        (Issue.objects.all() if issues is None else issues).select_related("owner_unit", "owner_body")
    )
    clocks, callees = _by_issue(Deadline.objects.open(), rows), _by_issue(Callee.objects.waiting(), rows)
    whistles = _by_issue(Whistle.objects.filter(finished_at=None), rows)
    events = defaultdict(list)
    found = Event.objects.filter(subject_type="issue", subject_id__in=[row.pk for row in rows])
    for event in found.order_by("seq"):
        events[event.subject_id].append(event)
    owners = [row.owner for row in rows if row.is_open and row.owner]
    people = addressees_of_many(owners, "handle", now)
    for row in rows:
        problems = [*_events(row, events[row.pk]), *_clocks(row, clocks[row.pk], callees[row.pk])]
        if row.open_whistles != len(whistles[row.pk]):
            problems.append(f"{row.open_whistles} open whistles, {len(whistles[row.pk])} rows")
        if row.is_open:
            problems += _owner(row, people)
        yield from (f"issue {row.pk} ({row.state}): {problem}" for problem in problems)


def _by_issue(rows: QuerySet, issues: list[Issue]) -> dict[int, list[Any]]:
    found = defaultdict(list)
    for row in rows.filter(issue__in=[issue.pk for issue in issues]):
        found[row.issue_id].append(row)
    return found


def _owner(issue: Issue, people: dict) -> Iterator[str]:
    if (issue.owner_unit is None) == (issue.owner_body is None):
        yield "not exactly one owner"
    elif not people[(issue.owner._meta.model_name, issue.owner.pk)]:
        yield f"nobody stands behind {issue.owner}"
    if issue.due_at is None:
        yield "no deadline"
    if issue.state in {"assigned", "handling"} and issue.promised_at is None:
        yield "no promised date"


def _clocks(issue: Issue, clocks: list[Deadline], callees: list[Callee]) -> Iterator[str]:
    own = [clock for clock in clocks if clock.callee_id is None]
    names = [(clock.callee_id, clock.clock) for clock in clocks]
    if len(names) != len(set(names)):
        yield f"a clock runs twice: {names}"
    if not issue.is_open:
        if clocks or callees:
            yield "ended, but clocks run or somebody is called"
        return
    if len(own) != (0 if callees else 1):
        yield f"{len(own)} clocks of its own run while {len(callees)} are called"
    if callees:
        if issue.due_at != min(callee.due_at for callee in callees):
            yield "does not show what is due next of those called"
    elif own and issue.due_at != own[0].limit_at:
        yield "shows another deadline than its clock's"
    for callee in callees:
        running = [clock.limit_at for clock in clocks if clock.callee_id == callee.pk]
        if not running or callee.due_at != min(running):
            yield f"callee {callee.pk} shows {callee.due_at}, its clocks {running}"


def _events(issue: Issue, events: list[Event]) -> Iterator[str]:
    if [event.seq for event in events] != list(range(1, issue.version + 1)):
        yield f"version {issue.version}, events {[event.seq for event in events]}"
        return
    last = events[-1].data
    owner = {issue.owner._meta.model_name: issue.owner.pk} if issue.owner else {}
    if (last["state"], last["owner"]) != (issue.state, owner):
        yield f"its last event says {last['state']} at {last['owner']}"
    for event in events:
        if wordy := [text for text in _strings(event.data) if not CODE.fullmatch(text)]:
            yield f"event {event.seq} holds words: {wordy}"


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each)
