"""Many changes at once, written in bulk: what the sweep and the actions collect while clocks fire."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Min

from calendars.worktime import Due
from grids.addressing import Addressee, Key
from grids.models import Body, Unit
from issues.actions.concerns import deputy_concerns
from issues.actions.promises import CLOCK as PROMISE
from issues.models import Callee, Concern, Deadline, Decision, Issue, Part
from issues.models.clock import OF_ISSUE
from trail.actions import NewEvent, insert_rows, record_events

# Column → type of what a rung can change of an issue.
ISSUE_COLUMNS = {
    "version": "int",
    "state": "text",
    "owner_unit_id": "bigint",
    "owner_body_id": "bigint",
    "assigned_at": "timestamptz",
    "counted_from": "timestamptz",
    "due_at": "timestamptz",
    "due_provisional": "boolean",
    "promised_at": "timestamptz",
    "closed_at": "timestamptz",
    "check_unit_id": "bigint",
    "open_decisions": "int",
    "sender_unit_id": "bigint",
    "sender_body_id": "bigint",
    "officer_id": "bigint",
    "asked_at": "timestamptz",
    "submit_left": "int",
}


# A column is one parameter, however many rows: their number of placeholders would cost more than the rows.
FIRED = "UPDATE issues_deadline SET fired_at = %s WHERE id = ANY(%s)"
CONCERNED = """
    INSERT INTO issues_concern (issue_id, unit_id, body_id, user_id, since)
    SELECT new.*, %s::timestamptz FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[]) AS new
    ON CONFLICT DO NOTHING
"""


@dataclass
class Batch:
    """Collects; `write` puts everything into the database inside the caller's transaction."""

    now: datetime
    issues: dict[int, Issue] = field(default_factory=dict)
    parts: dict[type[Part], dict[int, Part]] = field(default_factory=dict)
    fired: list[int] = field(default_factory=list)
    deadlines: list[Deadline] = field(default_factory=list)
    events: list[NewEvent] = field(default_factory=list)
    concerns: list[Concern] = field(default_factory=list)
    silent: list[tuple[Issue, Unit | Body]] = field(default_factory=list)
    # Who is on duty where; and rungs that turned out to be others than they were put down as.
    rosters: dict[Key, list[Addressee]] = field(default_factory=dict)
    instead: list[Deadline] = field(default_factory=list)
    # Of those whose reporters were asked: the owner's clock for the result, and a hotline order's own deadline.
    own: dict[int, Deadline] = field(default_factory=dict)
    limits: dict[int, Due] = field(default_factory=dict)
    over: list[int] = field(default_factory=list)
    # Issues whose promised date needs no clock of its own any more.
    unpromised: set[int] = field(default_factory=set)

    def record(self, issue: Issue, verb: str, data: dict) -> None:
        """One system event of this issue, one version on."""
        issue.version += 1
        self.issues[issue.pk] = issue
        self.events.append(
            NewEvent(
                "issue",
                issue.pk,
                verb,
                seq=issue.version,
                unit_id=issue.owner_unit_id or issue.community_id or issue.district_id,
                unit_label=issue.place_label[:120],
                district_id=issue.district_id,
                data={"state": issue.state, "owner": party(issue.owner)} | data,
            )
        )

    def raise_part(self, part: Part, above: Unit) -> None:
        """Its party was silent: the level above it is asked now, by its own roster from the start."""
        part.raised_to = above
        if isinstance(part, Callee):
            part.rank = 0
        self.parts.setdefault(type(part), {})[part.pk] = part

    def call_rank(self, callee: Callee, rank: int) -> None:
        """Somebody else of those on duty there is called now."""
        callee.rank = rank
        self.parts.setdefault(Callee, {})[callee.pk] = callee

    def end_decisions(self, issue: Issue) -> list[int]:
        """The matter is over: what was still to be decided is not any more; ids of the letters that are still to be
        answered."""
        if not issue.open_decisions:
            return []
        letters = letters_in(issue)
        issue.open_decisions = len(letters)
        self.over.append(issue.pk)
        return letters

    def write(self) -> None:
        """A dozen statements at most, however much was collected."""
        if self.fired:
            _execute(FIRED, [self.now, self.fired])
        if self.unpromised:
            self._end_promises()
        if self.instead:
            Deadline.objects.bulk_update(self.instead, ["rung"])
        if self.deadlines:
            insert_rows(self.deadlines)
        for kind, parts in self.parts.items():
            self._write_parts(kind, parts)
        if self.issues:
            self._write_issues()
        if self.over:
            self._write_over()
        if self.silent:
            self.concerns += deputy_concerns(self.silent, self.now)
        if self.concerns:
            self._write_concerns()
        if self.events:
            record_events(self.events, now=self.now)

    def _write_parts(self, kind: type[Part], parts: dict[int, Part]) -> None:
        """Those that were raised, with what is due next of them; of callees their issues show what is next."""
        running = Deadline.objects.open().filter(**{f"{kind.PART}__in": parts}).order_by()
        for pk, due_at in running.values_list(kind.PART).annotate(Min("limit_at")):
            parts[pk].due_at = due_at
        columns = ["raised_to", "due_at", *(["rank"] if kind is Callee else [])]
        rows: Any = kind._default_manager
        rows.bulk_update(parts.values(), columns)
        if kind is Callee:
            self._show_callees({one.issue_id for one in parts.values()})

    def _end_promises(self) -> None:
        """Also one that has fired in this very batch: it comes again no more."""
        promises = Deadline.objects.open().filter(OF_ISSUE, issue__in=self.unpromised, clock=PROMISE)
        promises.update(cancelled_at=self.now)
        self.deadlines = [
            row for row in self.deadlines if row.clock != PROMISE or row.issue_id not in self.unpromised
        ]

    def _write_over(self) -> None:
        waiting = Decision.objects.waiting().filter(issue__in=self.over).exclude(kind="supervision")
        Deadline.objects.open().filter(decision__in=waiting).update(cancelled_at=self.now)
        waiting.update(state="dropped", due_at=None, ended_at=self.now)

    def _show_callees(self, issues: set[int]) -> None:
        """While somebody is called, the issue shows what is due next of them, or of its own clock where that of a
        hotline order runs on."""
        waiting = Callee.objects.called().filter(issue__in=issues).order_by()
        own = Deadline.objects.open().filter(OF_ISSUE, issue__in=issues, clock="submit")
        ends = dict(own.values_list("issue", "limit_at"))
        for pk, due_at in waiting.values_list("issue").annotate(Min("due_at")):
            self.issues[pk].due_at = min(due_at, ends.get(pk, due_at))

    def _write_concerns(self) -> None:
        """Who is concerned already stays so."""
        columns = ("issue_id", "unit_id", "body_id", "user_id")
        _execute(CONCERNED, [self.now, *([getattr(row, name) for row in self.concerns] for name in columns)])

    def _write_issues(self) -> None:
        """By hand: to build Django's bulk_update of 200 rows takes five times as long as all the rest."""
        columns = {"id": "bigint", **ISSUE_COLUMNS}
        sets = ", ".join(f"{name} = new.{name}" for name in ISSUE_COLUMNS)
        _execute(
            f"UPDATE issues_issue AS old SET {sets}"
            f" FROM unnest({', '.join(f'%s::{kind}[]' for kind in columns.values())}) AS new ({', '.join(columns)})"
            " WHERE old.id = new.id",
            [[getattr(row, name) for row in self.issues.values()] for name in columns],
        )


def letters_in(issue: Issue) -> list[int]:
    """Ids of the supervision letters (督办) in it that nobody has answered yet; no query where nothing waits."""
    if not issue.open_decisions:
        return []
    letters = Decision.objects.waiting().filter(issue=issue, kind="supervision")
    return list(letters.order_by("pk").values_list("pk", flat=True))


def _execute(statement: str, values: list[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def party(target: Unit | Body | None) -> dict[str, int]:
    """{"unit": id} or {"body": id}, as events name them; nothing for nobody."""
    return {} if target is None else {str(target._meta.model_name): target.pk}
