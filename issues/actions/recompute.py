"""A calendar has changed: the open deadlines of the districts that go by it are reckoned anew, as a job.

What has fired stays as it was; what was given as a date stays; clocks around the clock know no calendar. A sub-task ends
with its matter where that now ends earlier, and at its own date again where it does not any more.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from calendars.models import Calendar
from calendars.worktime import Due, Worktime, working_hours
from grids.models import Unit
from issues.actions.batch import Batch
from issues.actions.clocks import resume_at
from issues.actions.escalate import fire_due
from issues.actions.promises import CLOCK as PROMISE
from issues.actions.promises import promise, promise_clock
from issues.districts import read_rules, remind_percents, rules_of
from issues.limits import Limits
from issues.models import Callee, Deadline, Decision, Issue, Part, Task
from issues.policies import SHIPPED
from issues.worktimes import forget_worktimes, worktime_of
from trail.actions import insert_rows
from trail.models import Event, Job

KIND = "issues.recompute_deadlines"
CHUNK = 200
MOST_LISTED = 1000
# Whoever would be late by the change alone has this long from now on.
GRACE = working_hours(2)
PARTS: tuple[type[Part], ...] = (Callee, Task, Decision)
BOUNDARIES = ("owner_unit__boundary", "owner_unit__parent__boundary", "owner_body__unit__boundary")
# A part, by its kind and id.
Key = tuple[str, int]


@dataclass(frozen=True)
class Reckoned:
    """A deadline by another working time: the deadline itself, and when its next rung fires.

    `held`: the owner would have been late by the change alone, and was given time. `given_at`: the date that was given,
    where the matter ends before it.
    """

    limit_at: datetime
    due_at: datetime
    provisional: bool
    held: bool = False
    given_at: datetime | None = None


@dataclass(frozen=True)
class Move:
    """A deadline that is now another moment."""

    issue: int
    clock: str
    was: datetime
    now: datetime


@dataclass
class Moves:
    """What came of some issues; `changed` are the rows to be written. `kept`: issues that were returned, whose
    promised date stays whatever comes. `anew`: the clocks of promised dates that have moved. `percents`: row → when
    it reminds, where a district has said so."""

    looked_at: int = 0
    certain: int = 0
    held: int = 0
    promised: int = 0
    moved: list[Move] = field(default_factory=list)
    changed: list[Deadline] = field(default_factory=list)
    kept: set[int] = field(default_factory=set)
    anew: list[Deadline] = field(default_factory=list)
    percents: dict[int, int] = field(default_factory=dict)


def recompute_deadlines(job: Job, now: datetime) -> bool:
    """One chunk of the job: issues in the order of their ids, locked as actions lock them."""
    forget_worktimes()
    found = open_issues(job.params)
    if not job.cursor:
        job.total = found.count()
    rest = found.filter(pk__gt=job.cursor.get("after", 0)).order_by("pk")
    chunk = list(rest.values_list("pk", flat=True)[:CHUNK])
    if chunk:
        _add_to_report(job.report, recompute_issues(_locked(chunk), now=now))
        job.cursor = {"after": chunk[-1]}
        job.done += len(chunk)
    return bool(chunk)


def open_issues(params: Mapping[str, int]) -> QuerySet[Issue]:
    """Those of one district, or of the districts that go by a calendar."""
    districts = [params["district"]] if "district" in params else districts_by(params["calendar"])
    return Issue.objects.open().filter(district__in=districts).order_by()


def districts_by(calendar_id: int) -> list[int]:
    """Ids of the districts that go by this calendar, closed ones included."""
    calendar = Calendar.objects.get(pk=calendar_id)
    return list(Unit.objects.going_by(calendar).values_list("pk", flat=True))


def count_deadlines(calendar: Calendar, districts: Collection[int] | None = None) -> int:
    """How many open deadlines go by this calendar, of these districts or, with None, of all."""
    going = districts_by(calendar.pk)
    going = going if districts is None else [pk for pk in going if pk in districts]
    running = Deadline.objects.open().filter(issue__district__in=going)
    return running.exclude(span_unit__in=("minutes", "hours")).count()


def recompute_issues(issues: Sequence[Issue], *, now: datetime) -> Moves:
    """Reckon the open deadlines of these locked issues anew, inside the caller's transaction.

    What is due fires first, as before every change.
    """
    fire_due(issues, now=now)
    held = {issue.pk: issue for issue in issues if issue.is_open}
    rows = list(Deadline.objects.open().filter(issue__in=held).order_by("issue", "pk"))
    moves, batch, before = Moves(looked_at=len(rows)), Batch(now), _earliest(rows)
    moves.kept = _kept_promises(held.values())
    moves.percents = _percents_then(held, [row for row in rows if row.rung == "remind"], now)
    for pk, group in groupby(rows, key=lambda row: row.issue_id):
        _reckon_issue(held[pk], list(group), moves, batch)
    _write_deadlines(moves.changed)
    _write_parts({key: at for key, at in _earliest(rows).items() if before[key] != at})
    _write_ends(moves.changed)
    batch.write()
    if moves.anew:
        insert_rows(moves.anew)
    return moves


def reckon(
    row: Deadline, worktime: Worktime, now: datetime, remind_percent: int, ends: datetime | None = None
) -> Reckoned:
    """This deadline by this working time, as if its clock had run by it from the start, but not after `ends`; the row
    stays."""
    if (waits := row.waits) and row.waits_from:
        # The deadline itself has fired: only what comes after it can move.
        due = Due(row.due_at, row.provisional)
        due = due if waits.round_the_clock else worktime.due(row.waits_from, waits)
        return Reckoned(row.limit_at, due.at, due.provisional, given_at=row.given_at)
    if row.given_at and not ends:
        # While the matter stands still, what was to end with it does not end later.
        ends = row.limit_at
    limit = _limit(row, worktime)
    at = limit.at
    if at < row.limit_at:
        at = max(at, min(row.limit_at, worktime.due(now, GRACE).at))
    at = min(at, ends or at)
    due_at = row.due_at if at == row.limit_at else at
    if row.rung == "remind":
        due_at = worktime.point(row.started_at, at, row.span, remind_percent)
    given_at = limit.at if at < limit.at and _is_given(row) else None
    return Reckoned(at, due_at, limit.provisional, at > limit.at, given_at)


def _is_given(row: Deadline) -> bool:
    """Does no calendar move it?"""
    return row.fixed or row.span.round_the_clock


def _limit(row: Deadline, worktime: Worktime) -> Due:
    """By itself, whenever the matter ends."""
    if _is_given(row):
        return Due(row.given_at or row.limit_at, provisional=False)
    if row.left_seconds is not None:
        return resume_at(worktime, row.span, row.started_at, timedelta(seconds=row.left_seconds))
    return worktime.due(row.started_at, row.span)


def _locked(ids: list[int]) -> list[Issue]:
    locked = Issue.objects.select_for_update(of=("self",), no_key=True)
    near = ("category", "owner_unit__parent", "owner_body__unit")
    return list(locked.select_related(*near).defer(*BOUNDARIES).filter(pk__in=ids).order_by("pk"))


def _reckon_issue(issue: Issue, rows: list[Deadline], moves: Moves, batch: Batch) -> None:
    """Change the issue and its rows in memory; `moves` and `batch` say what is to be written."""
    was, was_promised = (issue.due_at, issue.due_provisional), issue.promised_at
    shown = _shown(issue, rows)
    # The matter before its sub-tasks: none of them ends after it.
    own = next((row for row in rows if _key(row) is None and row.clock == "submit"), None)
    first = sorted(rows, key=lambda row: row is not own)
    moved = [move for row in first if (move := _reckon_row(row, issue, moves, batch.now, own))]
    if shown:
        issue.due_at = min(row.limit_at for row in shown)
        # Of a hotline order that waits its own clock runs on: no calendar moves it.
        issue.due_at = min([issue.due_at, *(row.limit_at for row in rows if _runs_on(row))])
        if _key(shown[0]) is None:
            issue.due_provisional = any(row.provisional for row in shown)
    promised = {} if issue.pk in moves.kept else _promise_anew(issue, rows, batch.now)
    moves.promised += bool(promised)
    if moved or promised:
        told = next((move for move in moved if move.was == was[0]), moved[0] if moved else None)
        facts = _facts(told) if told else _facts_of_promise(was_promised, issue.promised_at)
        batch.record(issue, "recompute", facts | promised | {"internal": not promised})
        if promised and any(row.clock == PROMISE for row in rows):
            batch.unpromised.add(issue.pk)
            moves.anew.append(promise_clock(issue, now=batch.now, round=issue.version))
    elif was != (issue.due_at, issue.due_provisional):
        batch.issues[issue.pk] = issue


def _shown(issue: Issue, rows: list[Deadline]) -> list[Deadline]:
    """The deadlines of which the issue shows the earliest: its own (what staff owe before the reporter's window),
    else those of one kind of part.

    None of them, if it shows one that has fired.
    """
    for kind in (None, *(part.PART for part in PARTS)):
        group = [row for row in rows if _kind(row) == kind and row.clock != PROMISE]
        if kind is None:
            group = [row for row in group if row.clock == "check"] or group
        if group and min(row.limit_at for row in group) == issue.due_at:
            return [] if kind is None and any(row.waits_from for row in group) else group
    return []


def _reckon_row(
    row: Deadline, issue: Issue, moves: Moves, now: datetime, own: Deadline | None
) -> Move | None:
    """Change the row in memory; how the deadline itself has moved, if it has. `own`: the matter's own clock, reckoned
    before its sub-tasks."""
    percent = moves.percents.get(row.pk, SHIPPED.ladder.remind_percent)
    ends = own.limit_at if own and row.clock == "finish" and not own.waits_from else None
    new = reckon(row, worktime_of(issue.district_id), now, percent, ends)
    was, moved = row.limit_at, new.limit_at != row.limit_at
    if (new.limit_at, new.due_at, new.provisional) != (was, row.due_at, row.provisional):
        moves.certain += row.provisional and not new.provisional
        moves.held += new.held and moved
        row.limit_at, row.due_at, row.provisional = new.limit_at, new.due_at, new.provisional
        row.given_at = new.given_at
        moves.changed.append(row)
    if not moved:
        return None
    moves.moved.append(Move(issue.pk, row.clock, was, new.limit_at))
    return moves.moved[-1]


def _facts(move: Move) -> dict[str, Any]:
    """What the event says: of the deadline that the issue shows, else of the first that has moved."""
    return {"clock": move.clock, "was": move.was.isoformat(), "due": move.now.isoformat()}


def _facts_of_promise(was: datetime | None, now: datetime | None) -> dict[str, Any]:
    """Only the promised date has moved."""
    assert was and now, "what was never promised does not move"
    return {"clock": "submit", "was": was.isoformat(), "due": now.isoformat()}


# They leave the promised date as it is (退单).
GIVEN_BACK = ("return", "recall", "take_back")


def _kept_promises(issues: Iterable[Issue]) -> set[int]:
    """Those that came back and are not signed for: their promised date is the old one."""
    given = {issue.pk: issue.assigned_at for issue in issues if issue.state == "assigned"}
    back = Event.objects.filter(subject_type="issue", subject_id__in=given, verb__in=GIVEN_BACK)
    return {pk for pk, at in back.values_list("subject_id", "occurred_at") if given[pk] == at}


def _percents_then(held: Mapping[int, Issue], rows: list[Deadline], now: datetime) -> dict[int, int]:
    """Row → the share of its time that its district had set for reminders when the clock was started; left out
    where it was as shipped. No query but one where no district has set anything."""
    versions = remind_percents({issue.district_id for issue in held.values()}, now)
    if not versions:
        return {}
    numbers = {row.round for row in rows}
    events = Event.objects.filter(subject_type="issue", subject_id__in=held, seq__in=numbers)
    begun = {(pk, seq): at for pk, seq, at in events.values_list("subject_id", "seq", "occurred_at")}
    found: dict[int, int] = {}
    for row in rows:
        at = begun.get((row.issue_id, row.round), now)
        for since, percent in versions.get(held[row.issue_id].district_id, ()):
            if since <= at:
                found[row.pk] = percent
    return found


def _promise_anew(issue: Issue, rows: list[Deadline], now: datetime) -> dict[str, str]:
    """The promised date follows what it was made from, only ever later; what the event says if it moved."""
    if issue.promised_at is None or issue.state not in {"assigned", "handling", "suspended"}:
        return {}
    worktime = worktime_of(issue.district_id)
    own = [row for row in rows if _kind(row) is None and row.waits_from is None]
    dates = [row.limit_at for row in own if row.clock == "submit" and not row.fixed]
    if issue.state == "assigned":
        dates.append(worktime.due(issue.counts_from, _limits_then(issue, now).submit).at)
    elif issue.submit_left is not None:
        # It runs on when the last of the called is done, or on the day that the suspension is looked at.
        ends = [row.limit_at for row in rows if row.clock == "done" and row.callee_id]
        ends += [row.limit_at for row in own if row.clock == "suspension"]
        left = timedelta(seconds=issue.submit_left)
        dates += [resume_at(worktime, _limits_then(issue, now).submit, end, left).at for end in ends]
    return promise(issue, max(dates)) if dates else {}


def _limits_then(issue: Issue, now: datetime) -> Limits:
    """The limits that held in its district when its owner was given it."""
    rules = rules_of(issue.district_id, now)
    if issue.district_id is not None and rules is not SHIPPED:
        rules = read_rules(issue.district_id, issue.assigned_at)
    category = issue.category.key
    return rules.limits_for(
        issue.owner.kind, danger=issue.is_danger, category=category, street=issue.street_id
    )


def _runs_on(row: Deadline) -> bool:
    """Is it the handler's own clock, towards a date that was given?"""
    return _key(row) is None and row.clock == "submit" and row.fixed


def _kind(row: Deadline) -> str | None:
    key = _key(row)
    return key and key[0]


def _key(row: Deadline) -> Key | None:
    """Whose clock it is, if not the issue's own; the part itself is not read."""
    ids = {part.PART: getattr(row, f"{part.PART}_id") for part in PARTS}
    return next(((name, pk) for name, pk in ids.items() if pk), None)


def _earliest(rows: Iterable[Deadline]) -> dict[Key, datetime]:
    """Part → the earliest of its deadlines, which is what it shows."""
    found: dict[Key, datetime] = {}
    for row in rows:
        if key := _key(row):
            found[key] = min(found.get(key, row.limit_at), row.limit_at)
    return found


def _write_parts(due: Mapping[Key, datetime]) -> None:
    for kind in PARTS:
        rows: list[Any] = [kind(pk=pk, due_at=at) for (name, pk), at in due.items() if name == kind.PART]
        if rows:
            kind.objects.bulk_update(rows, ["due_at"])


def _write_ends(rows: Iterable[Deadline]) -> None:
    """A sub-task says itself until when it is to be finished."""
    ends = [
        Task(pk=row.task_id, limit_at=row.limit_at) for row in rows if row.task_id and row.clock == "finish"
    ]
    if ends:
        Task.objects.bulk_update(ends, ["limit_at"])


def _write_deadlines(rows: list[Deadline]) -> None:
    """By hand, as the sweep writes issues: Django's bulk_update takes several times as long."""
    if not rows:
        return
    columns = ("pk", "limit_at", "due_at", "provisional", "given_at")
    values = [getattr(row, name) for row in rows for name in columns]
    one = "(%s::bigint, %s::timestamptz, %s::timestamptz, %s::boolean, %s::timestamptz)"
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE issues_deadline AS old SET limit_at = new.limit_at, due_at = new.due_at,"
            " provisional = new.provisional, given_at = new.given_at"
            f" FROM (VALUES {', '.join([one] * len(rows))}) AS new (id, limit_at, due_at, provisional, given_at)"
            " WHERE old.id = new.id",
            values,
        )


def _add_to_report(report: dict[str, Any], moves: Moves) -> None:
    """Sums over all chunks; of the moved deadlines the first are listed, the rest is counted."""
    for name in ("looked_at", "certain", "held", "promised"):
        report[name] = report.get(name, 0) + getattr(moves, name)
    listed = report.setdefault("moved", [])
    for move in moves.moved:
        seconds = int((move.now - move.was).total_seconds())
        way = "later" if seconds > 0 else "earlier"
        report[way] = report.get(way, 0) + 1
        report[f"most_{way}"] = max(report.get(f"most_{way}", 0), abs(seconds))
        if len(listed) < MOST_LISTED:
            listed.append([move.issue, move.clock, move.was.isoformat(), move.now.isoformat()])
    report["more"] = report.get("earlier", 0) + report.get("later", 0) - len(listed)
