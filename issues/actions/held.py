"""Issues locked for the sweep, and what is due of them, with all that firing asks for. By hand, because every
sweep reads some hundreds at once.
"""

from collections.abc import Iterable
from datetime import datetime

from grids.models import Body, Unit
from issues.models import Deadline, Issue
from trail.rows import Row, read

# What the way up of a part needs, by the column that names the part.
WAY_UP = ("unit__parent", "body__unit", "raised_to__parent")
WAYS_UP = {
    "callee": ("callee__whistle", *(f"callee__{name}" for name in WAY_UP)),
    "task": tuple(f"task__{name}" for name in WAY_UP),
    "decision": tuple(f"decision__{name}" for name in WAY_UP),
}
HOLD = "WHERE this.id = ANY(%s) ORDER BY this.id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED"
BY_PK = "WHERE this.id = ANY(%s)"
DUE = """
    WHERE this.issue_id = ANY(%s) AND this.due_at <= %s AND this.fired_at IS NULL AND this.cancelled_at IS NULL
    ORDER BY this.due_at, this.id
"""


def hold(pks: list[int], limit: int) -> list[Issue]:
    """Locked in the order in which actions lock; what another transaction holds is left to it."""
    if not pks:
        return []
    issues = read(Issue, HOLD, [pks, limit])
    # A check on the spot climbs too.
    named = {issue.owner_unit_id for issue in issues} | {issue.check_unit_id for issue in issues}
    units = _by_pk(Unit, named)
    bodies = _by_pk(Body, {issue.owner_body_id for issue in issues})
    above = {unit.parent_id for unit in units.values()} | {body.unit_id for body in bodies.values()}
    parents = _by_pk(Unit, above)
    for unit in units.values():
        unit.parent = parents.get(unit.parent_id)
    for body in bodies.values():
        body.unit = parents[body.unit_id]
    for issue in issues:
        issue.owner_unit, issue.owner_body = units.get(issue.owner_unit_id), bodies.get(issue.owner_body_id)
        if issue.check_unit_id:
            issue.check_unit = units[issue.check_unit_id]
    return issues


def _by_pk(model: type[Row], pks: set[int | None]) -> dict[int | None, Row]:
    """One row each, however many issues name it; without the boundaries of units, which nobody asks for."""
    wanted = [pk for pk in pks if pk]
    without = ("boundary",) if model is Unit else ()
    return {row.pk: row for row in read(model, BY_PK, [wanted], without=without)} if wanted else {}


def due_of(pks: Iterable[int], now: datetime) -> list[Deadline]:
    """The deadlines of these issues that are due, oldest first."""
    return _with_parts(read(Deadline, DUE, [list(pks), now]))


def _with_parts(due: list[Deadline]) -> list[Deadline]:
    """The same with the way up of parts, and of who was raised to: a query over eight tables, for these alone."""
    richer = [one for one in due if one.raised_to_id or one.callee_id or one.task_id or one.decision_id]
    if not richer:
        return due
    named = [part for part in WAYS_UP if any(getattr(one, f"{part}_id") for one in richer)]
    ways = [way for part in named for way in WAYS_UP[part]]
    rows = Deadline.objects.select_related("raised_to__parent", *ways).in_bulk([one.pk for one in richer])
    return [rows.get(one.pk, one) for one in due]
