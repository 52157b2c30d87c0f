"""Writing down what happened. Everything here runs inside the caller's transaction."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from trail.hints import nudge
from trail.models import Event, Heartbeat, IdempotencyKey, Seal
from trail.outbox import handlers_of
from trail.querysets import settled_below
from trail.refusals import Refused
from trail.seals import digest_of

BATCH = 1000
EVENTS = (
    "trail_event (subject_type, subject_id, seq, verb,"
    " actor_id, actor_label, unit_id, unit_label, data, occurred_at)"
)
DELIVERIES = "trail_delivery (event_id, handler, next_try_at, attempts, last_error)"


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
    data: dict = field(default_factory=dict)


def record_events(events: Iterable[NewEvent], *, now: datetime) -> list[Event]:
    """Write the events and one outbox row per (event, handler); hurry the loops along after commit.

    By hand: it is part of every write there is, and costs a third of what two `bulk_create` do.
    """
    rows = [
        Event(
            subject_type=new.subject_type,
            subject_id=new.subject_id,
            seq=new.seq,
            verb=new.verb,
            actor_id=new.by.pk if new.by else None,
            actor_label=new.actor_label,
            unit_id=new.unit_id,
            unit_label=new.unit_label,
            data=new.data,
            occurred_at=new.occurred_at or now,
        )
        for new in events
    ]
    deliveries: list[tuple[Any, ...]] = []
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        for row, (pk,) in zip(batch, _insert(EVENTS, [_values(row) for row in batch]), strict=True):
            row.pk, row._state.adding = pk, False
            deliveries += [(pk, key, now, 0, "") for key in handlers_of(row.subject_type, row.verb)]
    for start in range(0, len(deliveries), BATCH):
        _insert(DELIVERIES, deliveries[start : start + BATCH])
    if deliveries:
        transaction.on_commit(lambda: nudge("fanout"))
    return rows


def _values(row: Event) -> tuple[Any, ...]:
    """In the order of EVENTS."""
    who = (row.actor_id, row.actor_label, row.unit_id, row.unit_label)
    data = json.dumps(row.data, ensure_ascii=False)
    return (row.subject_type, row.subject_id, row.seq, row.verb, *who, data, row.occurred_at)


def _insert(into: str, rows: list[tuple[Any, ...]]) -> list[tuple[int]]:
    """One statement; the new ids in the order of the rows."""
    one = f"({', '.join(['%s'] * len(rows[0]))})"
    values = [value for row in rows for value in row]
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {into} VALUES {', '.join([one] * len(rows))} RETURNING id", values)
        return cursor.fetchall()


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
    data: dict | None = None,
    occurred_at: datetime | None = None,
) -> Event:
    """Write one event. Without `seq` it is the subject's next; the caller then holds the subject's lock."""
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
        data=data or {},
    )
    return record_events([new], now=now)[0]


def next_seq(subject_type: str, subject_id: int) -> int:
    """One more than the subject's last event."""
    return (Event.objects.about(subject_type, subject_id).aggregate(last=Max("seq"))["last"] or 0) + 1


def beat(name: str, *, now: datetime) -> None:
    """This loop ran to its end at `now`."""
    Heartbeat.objects.update_or_create(pk=name, defaults={"at": now})


def claim_key(scope: str, key: str, request: object) -> tuple[IdempotencyKey, bool]:
    """Take an idempotency key inside the caller's transaction: (row, is it new).

    A second caller with the same key waits for the first one's commit, then gets its stored answer.
    Raises Refused("key_reused") when the key was used for something else.
    """
    digest = hashlib.sha256(json.dumps(request, sort_keys=True, default=str).encode()).hexdigest()
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
        raise Refused(_("This Idempotency-Key was already used for another request."), code="key_reused")
    return row, False


def store_answer(row: IdempotencyKey, *, status: int, answer: object) -> None:
    """Keep the answer under the key, in the same transaction as the write it answers."""
    row.status, row.answer = status, answer
    IdempotencyKey.objects.filter(pk=row.pk).update(status=status, answer=answer)


def forget_keys(*, before: datetime) -> int:
    """Drop keys older than their promise (seven days)."""
    return IdempotencyKey.objects.filter(created_at__lt=before).delete()[0]


@transaction.atomic
def seal_day(day: date) -> Seal | None:
    """Seal everything recorded since the last seal under `day`'s name; None if that day is sealed already.

    The range ends below the oldest transaction under way, so no event can still join it. Run as owner.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(7402)")
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
    except IntegrityError as error:  # pragma: no cover - the advisory lock makes it unreachable
        raise Refused(_("This day is sealed already."), code="sealed") from error
