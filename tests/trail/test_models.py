"""The trail is append-only, whoever tries and however they try."""

import pytest
from django.db import DatabaseError, connection, transaction

from tests.builders import NOW
from trail.actions import record_event
from trail.models import Event, Seal
from trail.words import subject_label

pytestmark = pytest.mark.django_db


@pytest.fixture
def event() -> Event:
    return record_event("unit", 7, "add", by=None, now=NOW, data={"code": "220103"})


@pytest.fixture
def seal() -> Seal:
    return Seal.objects.create(day="2026-03-09", from_xact=0, below_xact=1, events=0, digest="0" * 64)


def refused(statement: str) -> str:
    """The statement's refusal; it is undone."""
    with pytest.raises(DatabaseError) as error, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    return str(error.value)


TRIES = [
    "UPDATE {} SET {} = {}",
    "DELETE FROM {}",
    "TRUNCATE {} CASCADE",
    # A replica's session skips ordinary triggers.
    "SET LOCAL session_replication_role = replica; DELETE FROM {}",
    "SET LOCAL session_replication_role = replica; TRUNCATE {} CASCADE",
]


@pytest.mark.parametrize("statement", TRIES)
@pytest.mark.parametrize(("table", "column"), [("trail_event", "verb"), ("trail_seal", "digest")])
def test_refused_even_to_the_owner(event: Event, seal: Seal, statement: str, table: str, column: str) -> None:
    assert "append-only" in refused(statement.format(table, column, column))
    assert Event.objects.filter(verb="add").count() == Seal.objects.count() == 1


def test_the_orm_is_refused_too(event: Event) -> None:
    for attempt in (event.delete, event.save, Event.objects.all().delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            attempt()


def test_an_upsert_that_would_change_a_row_is_refused(event: Event) -> None:
    text = refused(
        "INSERT INTO trail_event (subject_type, subject_id, seq, verb, actor_label, unit_label, data,"
        " occurred_at) VALUES ('unit', 7, 1, 'forged', '', '', '{}', now())"
        " ON CONFLICT (subject_type, subject_id, seq) DO UPDATE SET verb = 'forged'"
    )
    assert "append-only" in text


def test_the_same_number_twice_is_refused(event: Event) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        record_event("unit", 7, "rename", by=None, now=NOW, seq=1)


def test_both_triggers_are_always_on() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, count(*) FROM pg_trigger WHERE tgenabled = 'A'"
            " AND NOT tgisinternal GROUP BY 1 ORDER BY 1"
        )
        assert cursor.fetchall() == [
            ("trail_event", 2),
            ("trail_seal", 2),
            ("volunteers_pointentry", 3),
            ("volunteers_pointtransfer", 3),
        ]


def test_words(event: Event, seal: Seal) -> None:
    assert (str(event), event.topic) == (f"{subject_label('unit')} 7.1", "unit.add")
    assert "2026-03-09" in str(seal)
