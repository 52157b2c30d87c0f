"""Many changes at once, written in bulk: what the sweep and the actions collect while clocks fire."""

from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection
from django.db.models import Min

from grids.models import Body, Unit
from issues.actions.concerns import deputy_concerns
from issues.models import Callee, Concern, Deadline, Issue
from trail.actions import NewEvent, record_events

# Column → type of what a rung can change of an issue.
ISSUE_COLUMNS = {
    "version": "int",
    "state": "text",
    "owner_unit_id": "bigint",
    "owner_body_id": "bigint",
    "assigned_at": "timestamptz",
    "due_at": "timestamptz",
    "due_provisional": "boolean",
    "promised_at": "timestamptz",
    "closed_at": "timestamptz",
}


@dataclass
class Batch:
    """Collects; `write` puts everything into the database inside the caller's transaction."""

    now: datetime
    issues: dict[int, Issue] = field(default_factory=dict)
    callees: dict[int, Callee] = field(default_factory=dict)
    fired: list[int] = field(default_factory=list)
    deadlines: list[Deadline] = field(default_factory=list)
    events: list[NewEvent] = field(default_factory=list)
    concerns: list[Concern] = field(default_factory=list)
    silent: list[tuple[Issue, Unit | Body]] = field(default_factory=list)

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
                data={"state": issue.state, "owner": party(issue.owner)} | data,
            )
        )

    def write(self) -> None:
        """Ten statements at most, however much was collected."""
        Deadline.objects.filter(pk__in=self.fired).update(fired_at=self.now)
        if self.deadlines:
            Deadline.objects.bulk_create(self.deadlines)
        if self.callees:
            self._write_callees()
        if self.issues:
            self._write_issues()
        if self.silent:
            self.concerns += deputy_concerns(self.silent, self.now)
        if self.concerns:
            Concern.objects.bulk_create(self.concerns, ignore_conflicts=True)
        if self.events:
            record_events(self.events, now=self.now)

    def _write_callees(self) -> None:
        """Those that were raised, with what is due next of them; their issues show what is next of all."""
        running = Deadline.objects.open().filter(callee__in=self.callees).order_by()
        for pk, due_at in running.values_list("callee").annotate(Min("limit_at")):
            self.callees[pk].due_at = due_at
        Callee.objects.bulk_update(self.callees.values(), ["raised_to", "due_at"])
        issues = {one.issue_id for one in self.callees.values()}
        waiting = Callee.objects.waiting().filter(issue__in=issues).order_by()
        for pk, due_at in waiting.values_list("issue").annotate(Min("due_at")):
            self.issues[pk].due_at = due_at

    def _write_issues(self) -> None:
        """By hand: to build Django's bulk_update of 200 rows takes five times as long as all the rest."""
        one = ", ".join(["%s::bigint", *(f"%s::{kind}" for kind in ISSUE_COLUMNS.values())])
        sets = ", ".join(f"{name} = new.{name}" for name in ISSUE_COLUMNS)
        rows = [[row.pk, *(getattr(row, name) for name in ISSUE_COLUMNS)] for row in self.issues.values()]
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE issues_issue AS old SET {sets}"
                f" FROM (VALUES {', '.join([f'({one})'] * len(rows))}) AS new (id, {', '.join(ISSUE_COLUMNS)})"
                " WHERE old.id = new.id",
                [value for row in rows for value in row],
            )


def party(target: Unit | Body | None) -> dict[str, int]:
    """{"unit": id} or {"body": id}, as events name them; nothing for nobody."""
    return {} if target is None else {str(target._meta.model_name): target.pk}
