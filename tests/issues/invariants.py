"""What must hold of all issues at any moment, asked of the database with queries of its own."""

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from grids.addressing import addressees_of_many
from issues.models import Callee, Deadline, Decision, HotlineOrder, Issue, Part, Task, Whistle
from trail.models import Event

PARTS: tuple[type[Part], ...] = (Callee, Task, Decision)
# State → the clocks of its own of which an issue has one; in some there may be a second one beside.
OWN = {
    "reported": {"screen"},
    "assigned": {"sign"},
    "handling": {"submit", "supply"},
    "suspended": {"suspension"},
    "resolved": {"rate", "check", "review"},
}
TOGETHER = ({"rate", "check"},)
# What its owner has asked for is gone with the result; a letter is still answered, when the matter has ended too.
OUTLIVES_THE_RESULT = {"supervision"}
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
    running = Deadline.objects.open().select_related("callee", "task", "decision")
    clocks = _by_issue(running, rows)
    parts = {kind: _by_issue(kind.objects.waiting(), rows) for kind in PARTS}
    followers = _by_issue(Issue.objects.filter(state="merged"), rows, "main_id")
    whistles = _by_issue(Whistle.objects.filter(finished_at=None), rows)
    events = defaultdict(list)
    found = Event.objects.filter(subject_type="issue", subject_id__in=[row.pk for row in rows])
    for event in found.order_by("seq"):
        events[event.subject_id].append(event)
    owners = [row.owner for row in rows if row.is_open and row.owner]
    people = addressees_of_many(owners, "handle", now)
    orders = set(
        HotlineOrder.objects.filter(issue__in=[row.pk for row in rows]).values_list("issue", flat=True)
    )
    for row in rows:
        proposed = [one for one in parts[Callee][row.pk] if one.state == "proposed"]
        called = [one for one in parts[Callee][row.pk] if one.state != "proposed"]
        waiting = [*called, *parts[Task][row.pk], *parts[Decision][row.pk]]
        problems = [
            *_events(row, events[row.pk]),
            *_clocks(row, clocks[row.pk], called, order=row.pk in orders),
        ]
        problems += _reviews(proposed, parts[Decision][row.pk])
        problems += [*_parts(row, clocks[row.pk], waiting), *_followers(row, followers[row.pk])]
        counted = {
            "whistles": (row.open_whistles, len(whistles[row.pk])),
            "sub-tasks": (row.open_tasks, len(parts[Task][row.pk])),
            "decisions": (row.open_decisions, len(parts[Decision][row.pk])),
        }
        problems += [
            f"{said} open {what}, {rows} rows" for what, (said, rows) in counted.items() if said != rows
        ]
        if row.is_open:
            problems += _owner(row, people)
        yield from (f"issue {row.pk} ({row.state}): {problem}" for problem in problems)


def _by_issue(rows: QuerySet, issues: list[Issue], column: str = "issue_id") -> dict[int, list[Any]]:
    found = defaultdict(list)
    for row in rows.filter(**{f"{column}__in": [issue.pk for issue in issues]}):
        found[getattr(row, column)].append(row)
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


def _clocks(issue: Issue, clocks: list[Deadline], callees: list[Callee], *, order: bool) -> Iterator[str]:
    """Those of its own. While others are called, theirs run instead; but that of a hotline order runs all the time."""
    own = [clock for clock in clocks if clock.part is None]
    yield from _promise(issue, [clock for clock in own if clock.clock == "promise"], order=order)
    own = [clock for clock in own if clock.clock != "promise"]
    names = [(clock.callee_id, clock.task_id, clock.decision_id, clock.clock) for clock in clocks]
    if len(names) != len(set(names)):
        yield f"a clock runs twice: {names}"
    keys = {clock.clock for clock in own}
    if order and issue.state in {"handling", "suspended"}:
        if "submit" not in keys:
            yield "a hotline order waits, and the hotline's deadline does not run"
        elif callees or len(keys) > 1:
            keys -= {"submit"}
    if not issue.is_open or callees:
        if keys:
            yield f"{keys} runs, though " + ("others are called" if callees else "it has ended")
    elif not keys or not keys <= OWN[issue.state] or (len(keys) > 1 and keys not in TOGETHER):
        yield f"its own clocks are {keys or 'none'}"
    # What staff owe goes before the reporter's window.
    owed = [clock for clock in own if clock.clock == "check"] or own
    shown = [callee.due_at for callee in callees] if callees else []
    shown += [clock.limit_at for clock in owed] if order or not callees else []
    if issue.is_open and shown and issue.due_at != min(shown):
        yield f"shows {issue.due_at}, but next is {min(shown)}"
    if issue.asked_at is not None and issue.state not in {"handling", "suspended"}:
        yield "waits for an answer that nobody needs any more"
    if "supply" in keys and issue.asked_at is None:
        yield "a clock runs for an answer that nobody was asked for"


def _promise(issue: Issue, promises: list[Deadline], *, order: bool) -> Iterator[str]:
    """The promised date has a clock of its own while the handler's stands still in hand, and that of a hotline order
    while it follows another."""
    stands = issue.submit_left is not None and issue.state == "handling" and not order
    stands = stands or (issue.state == "merged" and order)
    if [clock.limit_at for clock in promises] != [issue.promised_at] * stands:
        yield f"promised for {issue.promised_at}, stands still: {stands}, its clock: {promises}"


def _parts(issue: Issue, clocks: list[Deadline], waiting: list[Part]) -> Iterator[str]:
    """Each part that waits shows what is due next of its own running clocks; others have none."""
    running = defaultdict(list)
    for clock in clocks:
        if clock.part is not None:
            running[clock.part.PART, clock.part.pk].append(clock.limit_at)
    for part in waiting:
        limits = running.pop((part.PART, part.pk), None)
        if not limits or part.due_at != min(limits):
            yield f"{part.PART} {part.pk} shows {part.due_at}, its clocks {limits}"
    if running:
        yield f"clocks of parts that have ended run: {list(running)}"
    if issue.state == "resolved" or not issue.is_open:
        late = [part for part in waiting if getattr(part, "kind", "") not in OUTLIVES_THE_RESULT]
        if late:
            yield f"there is a result or an end, but {late} still wait"


def _reviews(proposed: list[Callee], decisions: list[Decision]) -> Iterator[str]:
    """Whoever is to be called waits for the street's decision on their whistle, which is open."""
    reviewed = {one.whistle_id for one in decisions if one.kind == "review"}
    if reviewed != {one.whistle_id for one in proposed}:
        yield f"reviews of {reviewed}, proposed are {proposed}"


def _followers(issue: Issue, followers: list[Issue]) -> Iterator[str]:
    if issue.follower_count != len(followers):
        yield f"{issue.follower_count} follow it, {len(followers)} rows"
    if issue.state == "merged" and issue.main_id is None:
        yield "merged into nothing"
    if followers and not issue.is_open:
        yield "others follow it, though it has ended"
    if issue.state == "merged" and followers:
        yield "follows another and is followed"


def _events(issue: Issue, events: list[Event]) -> Iterator[str]:
    if [event.seq for event in events] != list(range(1, issue.version + 1)):
        yield f"version {issue.version}, events {[event.seq for event in events]}"
        return
    last = events[-1].data
    owner = {issue.owner._meta.model_name: issue.owner.pk} if issue.owner else {}
    if (last["state"], last["owner"]) != (issue.state, owner):
        yield f"its last event says {last['state']} at {last['owner']}"
    for event in events:
        if event.district_id != issue.district_id:
            yield f"event {event.seq} is not in the trail of its district"
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
