"""Sealing the days, and noticing when somebody has been at them."""

import json
from collections.abc import Callable
from datetime import date

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from tests.builders import NOW
from tests.parallel import eventually
from trail.actions import record_event, seal_day
from trail.models import Event, Seal
from trail.querysets import settled_below
from trail.refusals import Refused
from trail.seals import SEALED, canonical, digest_of

DAYS = [date(2026, 3, day) for day in (8, 9, 10)]


def record(count: int, subject: int) -> None:
    """Recorded and settled: a seal leaves out what any transaction of the server may still come before."""
    for number in range(count):
        data, district = {"n": number, "code": "网格"}, 7 if number else None
        event = record_event("thing", subject, "add", by=None, now=NOW, data=data, district_id=district)
    event.refresh_from_db()
    assert eventually(lambda: settled_below() > event.xact_id)


def behind_the_triggers_back(statement: str) -> None:
    """What somebody with the owner's password could do."""
    with connection.cursor() as cursor:
        for table in ("trail_event", "trail_seal"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(statement)
        for table in ("trail_event", "trail_seal"):
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
            for name in ("append_only", "no_truncate"):
                cursor.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_{name}")


@pytest.fixture
def sealed(transactional_db: None) -> list[Seal]:
    """Three days with 3, 0 and 2 events, each sealed."""
    seals = []
    for day, count in zip(DAYS, (3, 0, 2), strict=True):
        if count:
            record(count, subject=day.day)
        seals.append(seal_day(day))
    return seals


def test_each_day_is_chained_to_the_one_before(sealed: list[Seal]) -> None:
    assert [seal.events for seal in sealed] == [3, 0, 2]
    assert [seal.previous for seal in sealed] == ["", sealed[0].digest, sealed[1].digest]
    assert len({seal.digest for seal in sealed}) == 3
    assert [seal.from_xact for seal in sealed] == [0, sealed[0].below_xact, sealed[1].below_xact]


def test_a_day_is_sealed_once(sealed: list[Seal]) -> None:
    record(1, subject=99)
    assert seal_day(DAYS[-1]) is None
    assert seal_day(DAYS[0]) is None
    assert Seal.objects.count() == 3


def test_what_came_since_belongs_to_the_next_day(sealed: list[Seal]) -> None:
    record(4, subject=99)
    assert seal_day(date(2026, 3, 11)).events == 4


def test_untouched_it_verifies(sealed: list[Seal], capsys: pytest.CaptureFixture) -> None:
    record(1, subject=99)
    call_command("verify_trail")
    assert "5 events in 3 seals" in capsys.readouterr().out


TAMPERING = {
    "a verb changed": "UPDATE trail_event SET verb = 'forged' WHERE subject_id = 8 AND seq = 2",
    "data changed": """UPDATE trail_event SET data = '{"n": 9}' WHERE subject_id = 10 AND seq = 1""",
    "a time changed": "UPDATE trail_event SET occurred_at = occurred_at + '1 hour' WHERE subject_id = 8",
    "taken out of a district": "UPDATE trail_event SET district_id = NULL WHERE subject_id = 8 AND seq = 2",
    "put into a district": "UPDATE trail_event SET district_id = 7 WHERE subject_id = 8 AND seq = 1",
    "an event removed": "DELETE FROM trail_event WHERE subject_id = 8 AND seq = 3",
    "an event slipped in": (
        "INSERT INTO trail_event (subject_type, subject_id, seq, verb, actor_label, unit_label, data,"
        " occurred_at, xact_id)"
        " SELECT 'thing', 8, 4, 'add', '', '', '{}', now(), min(xact_id) FROM trail_event"
    ),
    "a day removed": "DELETE FROM trail_seal WHERE day = '2026-03-09'",
    "a digest changed": "UPDATE trail_seal SET digest = repeat('0', 64) WHERE day = '2026-03-10'",
    "a number changed": "UPDATE trail_seal SET events = 2 WHERE day = '2026-03-08'",
}


@pytest.mark.parametrize("what", TAMPERING)
def test_tampering_is_noticed(sealed: list[Seal], what: str) -> None:
    behind_the_triggers_back(TAMPERING[what])
    with pytest.raises(CommandError):
        call_command("verify_trail")


def test_the_command_seals_yesterday(transactional_db: None, capsys: pytest.CaptureFixture) -> None:
    record(2, subject=1)
    call_command("seal_trail")
    call_command("seal_trail")
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("sealed 2 events")
    assert told[1] == "already sealed"
    assert Seal.objects.count() == 1


def test_a_restored_database_whose_counter_lags_behind_is_noticed(sealed: list[Seal]) -> None:
    """A dump restored elsewhere counts its transactions anew: new events would fall out of every later
    seal.
    """
    behind_the_triggers_back("UPDATE trail_seal SET below_xact = 9000000000000000 WHERE day = '2026-03-10'")
    with pytest.raises(Refused) as refused:
        seal_day(date(2026, 3, 11))
    assert refused.value.code == "counter"


def test_bytes_of_an_event_are_the_same_however_it_was_read(sealed: list[Seal]) -> None:
    event = Event.objects.first()
    fresh: Callable[[], Event] = lambda: Event.objects.get(pk=event.pk)  # noqa: E731
    assert canonical(event) == canonical(fresh())
    assert digest_of([event], "")[1] != digest_of([event], "x")[1]


def test_what_was_sealed_before_events_had_a_district_verifies_still(sealed: list[Seal]) -> None:
    """An event without one is sealed as the thirteen values that it always was."""
    event = Event.objects.get(subject_id=8, seq=1)
    assert event.district_id is None and len(json.loads(canonical(event))) == len(SEALED) == 13
    event.district_id = 7
    assert json.loads(canonical(event))[13:] == [7]
