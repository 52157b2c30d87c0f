"""Folding the events into the figures of the command centre: the only writer of them.

An event says no more than "look at this issue again": it is counted as what it is now instead of as what it counted
before. So a fold that is late, lost or doubled changes nothing in the end, and no request writes anything for it.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Min

from issues import figures
from issues.figures import Cell, Seen
from issues.models import Callee, Counted, Decision, Figure, Folded, Issue
from trail.actions import drop_some
from trail.models import Event
from trail.querysets import settled_below

BATCH = 1000
ONE = 1
COLUMNS = tuple(f"{level}_id" for level in figures.LEVELS)
READ = (
    *("pk", "category_id", "state", "is_danger", "due_at", "reported_at", "closed_at"),
    *("about_unit_id", "about_body_id", "category__about_somebody", *COLUMNS),
)
WRITTEN = (
    *(*figures.LEVELS, "units", "category", "marks"),
    *("late_from", "call_due_at", "letter_due_at"),
)
MEET = """
    INSERT INTO issues_counted (issue_id, district_id, street_id, community_id, grid_id, units, marks)
    SELECT id, district_id, street_id, community_id, grid_id, '{}', '[]' FROM issues_issue AS i
    WHERE id = ANY(%s) AND NOT EXISTS (SELECT FROM issues_counted WHERE issue_id = i.id)
    ORDER BY id FOR SHARE OF i
    ON CONFLICT (issue_id) DO NOTHING
"""
ADD = """
    INSERT INTO issues_figure (unit_id, category_id, what, hour, number)
    SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::timestamptz[], %s::integer[])
    ON CONFLICT (unit_id, what, hour, category_id) DO UPDATE SET number = issues_figure.number + excluded.number
"""
# The sums of what every issue counts as, beside those that are kept; written where they differ.
MEND = """
    WITH truth AS (
        SELECT unit AS unit_id, category_id, mark ->> 0 AS what, (mark ->> 1)::timestamptz AS hour,
               sum((mark ->> 2)::integer)::integer AS number
        FROM issues_counted, unnest(units) AS unit, jsonb_array_elements(marks) AS mark
        WHERE category_id IS NOT NULL AND ((mark ->> 1) IS NULL OR (mark ->> 1)::timestamptz >= %(since)s)
        GROUP BY 1, 2, 3, 4
    ), kept AS (
        SELECT * FROM issues_figure WHERE hour IS NULL OR hour >= %(since)s
    )
    INSERT INTO issues_figure (unit_id, category_id, what, hour, number)
    SELECT coalesce(t.unit_id, k.unit_id), coalesce(t.category_id, k.category_id), coalesce(t.what, k.what),
           coalesce(t.hour, k.hour), coalesce(t.number, 0)
    FROM truth AS t FULL JOIN kept AS k
        ON (t.unit_id, t.category_id, t.what, coalesce(t.hour, '-infinity'))
         = (k.unit_id, k.category_id, k.what, coalesce(k.hour, '-infinity'))
    WHERE coalesce(t.number, 0) <> coalesce(k.number, 0)
    ON CONFLICT (unit_id, what, hour, category_id) DO UPDATE SET number = excluded.number
"""
PATIENCE = "SET LOCAL statement_timeout = '15min'"


@dataclass
class Parts:
    """What runs within issues: kinds of whistles, who of the called is due first, and which letter."""

    whistles: dict[int, Counter[str]] = field(default_factory=dict)
    calls: dict[int, datetime] = field(default_factory=dict)
    letters: dict[int, datetime] = field(default_factory=dict)


def fold_once(*, now: datetime, limit: int = BATCH) -> bool | None:
    """Fold the events that have settled since the last time, at most so many, and what has become late or has moved.
    Is there more? None: somebody else is folding, and is left alone.

    Two transactions, on purpose: an issue is known as lying somewhere before it is read as lying there, so that a
    unit which moves in between finds it.
    """
    seen, events = _unfolded(limit)
    met = {subject for _xact, _pk, kind, subject in events if kind == "issue"}
    _meet(met)
    with transaction.atomic():
        folded = Folded.objects.select_for_update(skip_locked=True).filter(pk=ONE).first()
        if folded is None or (folded.xact_id, folded.event_id) != seen:
            return None
        late = Counted.objects.late_by(now).values_list("pk", flat=True)[:limit]
        asked = {*late, *Counted.objects.moved(limit)}
        _count_anew(met | asked, now)
        if events:
            folded.xact_id, folded.event_id = events[-1][:2]
            folded.save(update_fields=["xact_id", "event_id"])
    return len(events) == limit or len(asked) >= limit


def recount(*, now: datetime, told: Callable[[int], None] = lambda _counted: None) -> int:
    """Count everything anew from the issues, a thousand in a transaction, while whoever folds goes on; then the sums from
    what every issue counts as. How many figures were otherwise, at most: one may be mended more than once. `told`: called
    with the number of issues after each thousand."""
    Folded.objects.get_or_create(pk=ONE)
    last, mended, counted = 0, 0, 0
    while ids := list(Issue.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        _meet(ids)
        with transaction.atomic():
            Folded.objects.select_for_update().get(pk=ONE)
            mended += _count_anew(ids, now)
        last, counted = ids[-1], counted + len(ids)
        told(counted)
    return mended + _mend_sums(now)


@transaction.atomic
def _mend_sums(now: datetime) -> int:
    """One statement, and nobody folds meanwhile. How many sums were otherwise."""
    Folded.objects.select_for_update().get(pk=ONE)
    with connection.cursor() as cursor:
        cursor.execute(PATIENCE)
        cursor.execute(MEND, {"since": now - figures.REACH})
        return cursor.rowcount


def forget_figures(*, before: datetime, limit: int = BATCH) -> int:
    """Drop up to `limit` figures of hours before this."""
    return drop_some(Figure.objects.filter(hour__lt=before).order_by("hour"), limit=limit)


def _unfolded(limit: int) -> tuple[tuple[int, int], list[tuple[int, int, str, int]]]:
    """Up to where it was folded, and the events behind it as (transaction, id, subject type, subject)."""
    folded, _made = Folded.objects.get_or_create(pk=ONE)
    after, below = (folded.xact_id, folded.event_id), settled_below()
    # A database that was restored may count its transactions anew; to fold twice does no harm.
    start = after if after[0] <= below else (0, 0)
    columns = ("xact_id", "pk", "subject_type", "subject_id")
    return after, list(Event.objects.feed(start, below).values_list(*columns)[:limit])


def _meet(ids: Collection[int]) -> None:
    """These issues are known, and where they lie; they do not count yet. Whoever is moving one is waited for: else it
    would be known as lying where it lies no more, and nobody would notice."""
    if ids:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(MEET, [sorted(ids)])


def _count_anew(ids: Collection[int], now: datetime) -> int:
    """Take away as what these issues counted, and add what they are; how many figures that changes. Locked before they
    are read: whatever moves them from now on waits, and finds them."""
    if not ids:
        return 0
    rows = Counted.objects.select_for_update().filter(pk__in=ids).order_by("pk").in_bulk()
    issues = Issue.objects.filter(pk__in=rows).order_by().values(*READ)
    parts, changes = _parts_of(rows), Counter[Cell]()
    for issue in issues:
        row = rows[issue["pk"]]
        changes.subtract(_cells_of(row))
        _become(row, issue, parts, now)
        changes.update(_cells_of(row))
    Counted.objects.bulk_create(
        rows.values(), update_conflicts=True, unique_fields=["issue"], update_fields=WRITTEN
    )
    _add(changes, now)
    return sum(number != 0 for number in changes.values())


def _cells_of(row: Counted) -> Counter[Cell]:
    return Counter(dict(figures.cells(row.units, row.category_id, figures.read(row.marks))))


def _become(row: Counted, issue: dict[str, Any], parts: Parts, now: datetime) -> None:
    """The row counts as what the issue is now."""
    pk = row.pk
    for name in COLUMNS:
        setattr(row, name, issue[name])
    seen = Seen(
        units=tuple(issue[name] for name in COLUMNS if issue[name]),
        category=issue["category_id"],
        left_out=_is_left_out(issue),
        whistles=parts.whistles.get(pk, {}),
        **{name: issue[name] for name in ("state", "is_danger", "due_at", "reported_at", "closed_at")},
    )
    row.units, row.category_id = list(seen.units), seen.category
    row.marks = figures.written(figures.marks_of(seen, now))
    waits = not seen.left_out
    row.late_from = seen.due_at if waits and not seen.is_late(now) else None
    row.call_due_at = parts.calls.get(pk) if waits else None
    row.letter_due_at = parts.letters.get(pk) if waits else None


def _is_left_out(issue: dict[str, Any]) -> bool:
    """A complaint about somebody, or meant to be one."""
    return bool(issue["about_unit_id"] or issue["about_body_id"] or issue["category__about_somebody"])


def _parts_of(ids: Iterable[int]) -> Parts:
    """Two queries."""
    found, ids = Parts(), list(ids)
    called = Callee.objects.called().filter(issue__in=ids).order_by().values_list("issue", "whistle__kind")
    for issue, kind, number, due in called.annotate(
        number=Count("whistle", distinct=True), first=Min("due_at")
    ):
        found.whistles.setdefault(issue, Counter())[kind] = number
        found.calls[issue] = min(found.calls.get(issue, due), due)
    letters = Decision.objects.waiting().filter(kind="supervision", issue__in=ids, due_at__isnull=False)
    found.letters = dict(letters.order_by().values_list("issue").annotate(first=Min("due_at")))
    return found


def _add(changes: Counter[Cell], now: datetime) -> None:
    """To the figures, but for hours that nobody asks for any more."""
    since = now - figures.REACH
    rows = [
        (*cell, number)
        for cell, number in changes.items()
        if number and (cell[-1] is None or cell[-1] >= since)
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(ADD, [list(column) for column in zip(*rows, strict=True)])
