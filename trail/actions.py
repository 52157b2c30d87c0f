"""Writing down what happened. Everything here runs inside the caller's transaction."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cache
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import JSONField, Max, Model, QuerySet
from django.utils.translation import gettext as _

from trail.districts import HOMES
from trail.hints import nudge
from trail.models import Delivery, Event, IdempotencyKey, Seal, Tally
from trail.outbox import handlers_of
from trail.querysets import settled_below
from trail.refusals import Refused
from trail.rows import fresh
from trail.seals import digest_of
from trail.statements import perform, rows_of
from trail.turns import take_turn

BATCH = 1000
# So many rows at once a request writes; a batch is as long as it happens to be, and its text is not kept.
FEW = 3
EVENTS = (
    "trail_event (subject_type, subject_id, seq, verb,"
    " actor_id, actor_label, unit_id, unit_label, district_id, data, occurred_at)"
)
BEAT = """
    INSERT INTO trail_heartbeat (name, at) VALUES (%(name)s, %(at)s)
    ON CONFLICT (name) DO UPDATE SET at = EXCLUDED.at
    WHERE trail_heartbeat.at < EXCLUDED.at - interval '500 milliseconds' OR trail_heartbeat.at > EXCLUDED.at
"""
TALLY = """
    INSERT INTO trail_tally (key, number, until) VALUES (%(key)s, %(times)s, %(until)s)
    ON CONFLICT (key) DO UPDATE SET number = trail_tally.number + excluded.number RETURNING number
"""
EVENT = f"({', '.join(['%s'] * 11)})"
# The events and one delivery per (event, handler) in one statement: it is part of every write there is.
TOLD = """
    WITH new AS (INSERT INTO {events} VALUES {rows} RETURNING id, subject_type, subject_id, seq),
    told AS (
        INSERT INTO trail_delivery (event_id, handler, next_try_at, attempts, last_error)
        SELECT new.id, wanted.handler, %s::timestamptz, 0, '' FROM new
        JOIN (VALUES {wanted}) AS wanted (subject_type, subject_id, seq, handler)
        USING (subject_type, subject_id, seq)
    )
    SELECT id FROM new
"""
# Many rows travel as one parameter: to put a placeholder for every value costs more than to insert the rows.
MANY = """
    INSERT INTO "{table}" ({columns}) SELECT {shown} FROM json_populate_recordset(NULL::"{table}", %s) AS new
    RETURNING id
"""
MANY_TOLD = """
    WITH new AS (
        INSERT INTO {events} SELECT subject_type, subject_id, seq, verb, actor_id, actor_label, unit_id, unit_label,
            district_id, data, occurred_at FROM json_populate_recordset(NULL::trail_event, %s)
        RETURNING id, subject_type, subject_id, seq
    ),
    told AS (
        INSERT INTO trail_delivery (event_id, handler, next_try_at, attempts, last_error)
        SELECT new.id, wanted.handler, %s::timestamptz, 0, '' FROM new
        JOIN unnest(%s::text[], %s::bigint[], %s::integer[], %s::text[])
            AS wanted (subject_type, subject_id, seq, handler) USING (subject_type, subject_id, seq)
    )
    SELECT id FROM new
"""


@dataclass(frozen=True)
class NewEvent:
    """What is about to be recorded; the fields mean what they mean on `Event`."""

    subject_type: str
    subject_id: int
    verb: str
    seq: int
    by: Any = None
    occurred_at: datetime | None = None
    actor_label: str = ""
    unit_id: int | None = None
    unit_label: str = ""
    district_id: int | None = None
    data: dict = field(default_factory=dict)


def record_events(events: Iterable[NewEvent], *, now: datetime) -> list[Event]:
    """Write the events and one outbox row per (event, handler); hurry the loops along after commit.

    By hand: it is part of every write there is, and costs a fifth of what two `bulk_create` do.
    """
    events = _at_home(list(events), now)
    rows = [
        fresh(
            Event,
            subject_type=new.subject_type,
            subject_id=new.subject_id,
            seq=new.seq,
            verb=new.verb,
            actor_id=new.by.pk if new.by else None,
            actor_label=new.actor_label,
            unit_id=new.unit_id,
            unit_label=new.unit_label,
            district_id=new.district_id,
            data=new.data,
            occurred_at=new.occurred_at or now,
        )
        for new in events
    ]
    told = False
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        wanted = [
            (row.subject_type, row.subject_id, row.seq, key)
            for row in batch
            for key in handlers_of(row.subject_type, row.verb, row.data)
        ]
        for row, (pk,) in zip(batch, _insert_events(batch, wanted, now), strict=True):
            row.pk, row._state.adding = pk, False
        told = told or bool(wanted)
    if told:
        transaction.on_commit(lambda: nudge("fanout"))
    return rows


def _at_home(events: list[NewEvent], now: datetime) -> list[NewEvent]:
    """Those that do not say their district get the one of their subject: accounts know nothing of posts."""
    lost: dict[tuple[str, Any], list[int]] = {}
    for new in events:
        if new.district_id is None and new.subject_type in HOMES:
            lost.setdefault((new.subject_type, new.by), []).append(new.subject_id)
    if not lost:
        return events
    homes = {(subject, by): HOMES[subject](ids, by, now) for (subject, by), ids in lost.items()}
    return [
        replace(new, district_id=homes[new.subject_type, new.by].get(new.subject_id))
        if new.district_id is None and new.subject_type in HOMES
        else new
        for new in events
    ]


def _insert_events(
    rows: list[Event], wanted: list[tuple[str, int, int, str]], now: datetime
) -> list[tuple[int]]:
    """One statement; the new ids in the order of the rows."""
    if len(rows) > FEW:
        told = [list(column) for column in zip(*wanted, strict=True)] or [[], [], [], []]
        return rows_of(MANY_TOLD.format(events=EVENTS), [_as_json(rows, _insertable(Event)), now, *told])
    shown = ", ".join([EVENT] * len(rows))
    values = [value for row in rows for value in _values(row)]
    if not wanted:
        return rows_of(f"INSERT INTO {EVENTS} VALUES {shown} RETURNING id", values)
    pairs = ", ".join(["(%s, %s::bigint, %s::integer, %s)"] * len(wanted))
    statement = TOLD.format(events=EVENTS, rows=shown, wanted=pairs)
    return rows_of(statement, [*values, now, *[value for one in wanted for value in one]])


def _values(row: Event) -> tuple[Any, ...]:
    """In the order of EVENTS."""
    who = (row.actor_id, row.actor_label, row.unit_id, row.unit_label, row.district_id)
    data = json.dumps(row.data, ensure_ascii=False)
    return (row.subject_type, row.subject_id, row.seq, row.verb, *who, data, row.occurred_at)


def insert_rows(rows: Sequence[Model]) -> None:
    """Write new rows of one model by one statement; they then have their ids.

    By hand, for what every request writes: Django's `save` and `bulk_create` cost twice as much.
    """
    found = _insert_few(rows) if len(rows) <= FEW else _insert_many(rows)
    for row, (pk,) in zip(rows, found, strict=True):
        row.pk, row._state.adding, row._state.db = pk, False, connection.alias


def _insert_few(rows: Sequence[Model]) -> list[tuple[int]]:
    model = type(rows[0])
    fields = _insertable(model)
    names = ", ".join(f'"{field.column}"' for field in fields)
    one = f"({', '.join(['%s'] * len(fields))})"
    return rows_of(
        f'INSERT INTO "{model._meta.db_table}" ({names}) VALUES {", ".join([one] * len(rows))} RETURNING id',
        [_stored(field, getattr(row, field.attname)) for row in rows for field in fields],
    )


def _insert_many(rows: Sequence[Model]) -> list[tuple[int]]:
    """What is the same in all of them is said once."""
    table, fields = type(rows[0])._meta.db_table, _insertable(type(rows[0]))
    known = [row.__dict__ for row in rows]
    values = [[one[field.attname] for one in known] for field in fields]
    same = {
        field: column[0]
        for field, column in zip(fields, values, strict=True)
        if column.count(column[0]) == len(rows)
    }
    text = _as_json(rows, [field for field in fields if field not in same])
    columns = ", ".join(f'"{field.column}"' for field in fields)
    shown = ", ".join("%s" if field in same else f'new."{field.column}"' for field in fields)
    given = [_stored(field, value) for field, value in same.items()]
    return rows_of(MANY.format(table=table, columns=columns, shown=shown), [*given, text], keep=False)


def _as_json(rows: Sequence[Model], fields: Sequence[Any]) -> str:
    """These columns of the rows, as json_populate_recordset reads them."""
    ways = [(field.column, field.attname, field if _is_coded(field) else None) for field in fields]
    return json.dumps(
        [
            {
                column: field.get_db_prep_save(row.__dict__[name], connection)
                if field
                else row.__dict__[name]
                for column, name, field in ways
            }
            for row in rows
        ],
        ensure_ascii=False,
        default=datetime.isoformat,
    )


def _is_coded(field: Any) -> bool:
    """Does the database hold something else than JSON would say of the value?"""
    return hasattr(field, "from_db_value") and not isinstance(field, JSONField)


def update_row(row: Model, names: Iterable[str]) -> None:
    """Write these fields (by name or attribute) of one row, as `save(update_fields=…)` at half its cost."""
    fields: list[Any] = [row._meta.get_field(name) for name in sorted(names)]
    sets = ", ".join(f'"{field.column}" = %s' for field in fields)
    with connection.cursor() as cursor:
        perform(
            cursor,
            f'UPDATE "{row._meta.db_table}" SET {sets} WHERE id = %s',
            [*(_stored(field, getattr(row, field.attname)) for field in fields), row.pk],
        )


@cache
def _insertable(model: type[Model]) -> list[Any]:
    """Every column but the key and those that the database fills in."""
    return [
        field for field in model._meta.concrete_fields if not field.primary_key and not field.has_db_default()
    ]


def _stored(field: Any, value: Any) -> Any:
    """As the driver takes it; only what is read back through a converter is written through one."""
    return field.get_db_prep_save(value, connection) if hasattr(field, "from_db_value") else value


def record_event(
    subject_type: str,
    subject_id: int,
    verb: str,
    *,
    by: Any,
    now: datetime,
    seq: int | None = None,
    actor_label: str = "",
    unit_id: int | None = None,
    unit_label: str = "",
    district_id: int | None = None,
    data: dict | None = None,
    occurred_at: datetime | None = None,
) -> Event:
    """Write one event. Without `seq` it is the subject's next; the caller then holds the subject's lock.

    `district_id`: whose trail it belongs to; whatever happens at a unit has one.
    """
    new = NewEvent(
        subject_type,
        subject_id,
        verb,
        seq=seq if seq is not None else next_seq(subject_type, subject_id),
        by=by,
        occurred_at=occurred_at,
        actor_label=actor_label,
        unit_id=unit_id,
        unit_label=unit_label,
        district_id=district_id,
        data=data or {},
    )
    return record_events([new], now=now)[0]


def next_seq(subject_type: str, subject_id: int) -> int:
    """One more than the subject's last event."""
    return (Event.objects.about(subject_type, subject_id).aggregate(last=Max("seq"))["last"] or 0) + 1


def next_seqs(subject_type: str, subject_ids: Iterable[int]) -> dict[int, int]:
    """The same of many. One query."""
    ids = list(subject_ids)
    about = Event.objects.filter(subject_type=subject_type, subject_id__in=ids).order_by()
    last = dict(about.values_list("subject_id").annotate(Max("seq")))
    return {pk: last.get(pk, 0) + 1 for pk in ids}


def beat(name: str, *, now: datetime) -> None:
    """This loop ran to its end at `now`. Written at most twice a second, however often loops are hurried."""
    with connection.cursor() as cursor:
        cursor.execute(BEAT, {"name": name, "at": now})


def tally(key: str, *, until: datetime, times: int = 1) -> int:
    """Count one (or several) more under this key, across all processes; how many that makes. `until` is when the window
    ends and the count may be forgotten."""
    with connection.cursor() as cursor:
        cursor.execute(TALLY, {"key": key, "until": until, "times": times})
        return cursor.fetchone()[0]


def digest_of_wish(wish: object) -> str:
    """By which a request is known again; the order of its fields does not matter."""
    return hashlib.sha256(json.dumps(wish, sort_keys=True, default=str).encode()).hexdigest()


def key_reused() -> Refused:
    """What is said to a known key with another wish."""
    return Refused(_("This Idempotency-Key was already used for another request."), code="key_reused")


def claim_key(scope: str, key: str, request: object) -> tuple[IdempotencyKey, bool]:
    """Take an idempotency key inside the caller's transaction: (row, is it new).

    A second caller with the same key waits for the first one's commit, then gets its stored answer.
    Raises Refused("key_reused") when the key was used for something else.
    """
    digest = digest_of_wish(request)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO trail_idempotencykey (scope, key, request_hash, status) VALUES (%s, %s, %s, 0) "
            "ON CONFLICT (scope, key) DO NOTHING RETURNING id",
            [scope, key, digest],
        )
        won = cursor.fetchone()
    if won:
        return IdempotencyKey(pk=won[0], scope=scope, key=key, request_hash=digest), True
    row = IdempotencyKey.objects.get(scope=scope, key=key)
    if row.request_hash != digest:
        raise key_reused()
    return row, False


def store_answer(row: IdempotencyKey, *, status: int, answer: object) -> None:
    """Keep the answer under the key, in the same transaction as the write it answers."""
    row.status, row.answer = status, answer
    IdempotencyKey.objects.filter(pk=row.pk).update(status=status, answer=answer)


def forget_keys(*, before: datetime, limit: int = BATCH) -> int:
    """Drop up to `limit` keys older than their promise (trail.retention); how many."""
    return drop_some(IdempotencyKey.objects.filter(created_at__lt=before).order_by("created_at"), limit=limit)


def forget_deliveries(*, before: datetime, limit: int = BATCH) -> int:
    """Drop up to `limit` deliveries that were heard before this; what was given up stays for a person."""
    return drop_some(Delivery.objects.done_before(before), limit=limit)


def forget_tallies(*, before: datetime, limit: int = BATCH) -> int:
    """Drop up to `limit` counts of windows that ended before this."""
    return drop_some(Tally.objects.filter(until__lt=before).order_by("until"), limit=limit)


@transaction.atomic
def drop_some(rows: QuerySet, *, limit: int = BATCH) -> int:
    """Delete the first `limit` of these rows, in a short transaction; what somebody holds is left for the
    next time. Returns how many, fewer than `limit` when there is no more."""
    taken = rows.select_for_update(of=("self",), skip_locked=True).values_list("pk", flat=True)
    ids = list(taken[:limit])
    rows.model._base_manager.filter(pk__in=ids).delete()
    return len(ids)


@transaction.atomic
def seal_day(day: date) -> Seal | None:
    """Seal everything recorded since the last seal under `day`'s name; None if that day is sealed already.

    The range ends below the oldest transaction under way, so no event can still join it. Run as owner.
    """
    take_turn("trail.seal")
    last = Seal.objects.order_by("-day").first()
    if last and last.day >= day:
        return None
    start, below = (last.below_xact if last else 0), settled_below()
    if below < start:
        raise Refused(_("The database counts its transactions anew: was it restored?"), code="counter")
    previous = last.digest if last else ""
    count, digest = digest_of(Event.objects.between_xacts(start, below), previous)
    try:
        return Seal.objects.create(
            day=day, from_xact=start, below_xact=below, events=count, previous=previous, digest=digest
        )
    except IntegrityError as error:  # pragma: no cover - its turn makes it unreachable
        raise Refused(_("This day is sealed already."), code="sealed") from error
