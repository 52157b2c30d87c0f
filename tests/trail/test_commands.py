"""What the serving role may do, and how a container asks whether the loops are alive."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from tests.builders import NOW
from trail.actions import beat, record_event
from trail.loops import MOST_SILENCE
from trail.models import Event

ROLE = "gezhi_app_of_a_test"


@pytest.fixture
def app(db: None) -> Iterator[None]:
    """Signed in as the app role, with what grant_app gives it."""
    record_event("thing", 1, "add", by=None, now=NOW)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {ROLE} NOLOGIN")
    call_command("grant_app", ROLE)
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {ROLE}")
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE trail_event SET verb = 'forged'",
        "DELETE FROM trail_event",
        "TRUNCATE trail_event",
        "INSERT INTO trail_seal (day, from_xact, below_xact, events, previous, digest)"
        " VALUES (now(), 0, 1, 0, '', '')",
        "DELETE FROM trail_seal",
        "ALTER TABLE trail_event DISABLE TRIGGER ALL",
        "DROP TABLE trail_event",
        "CREATE TABLE mine (id int)",
        "ALTER TABLE issues_issue ADD COLUMN mine int",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "SET session_replication_role = replica",
        "INSERT INTO django_migrations (app, name, applied) VALUES ('x', 'x', now())",
        "DELETE FROM django_migrations",
    ],
)
def test_the_app_role_may_not(app: None, statement: str) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_app_role_serves(app: None) -> None:
    event = record_event("thing", 1, "rename", by=None, now=NOW)
    beat("worker", now=NOW)
    assert (event.seq, Event.objects.count()) == (2, 2)


class TestHeartbeat:
    pytestmark = pytest.mark.django_db

    def test_fresh(self, capsys: pytest.CaptureFixture) -> None:
        beat("ticks", now=timezone.now())
        call_command("check_heartbeat", "--name", "ticks")
        assert "heartbeat ticks" in capsys.readouterr().out

    def test_old(self) -> None:
        beat("worker", now=timezone.now() - timedelta(minutes=1))
        with pytest.raises(CommandError, match="heartbeat worker"):
            call_command("check_heartbeat")
        call_command("check_heartbeat", "--seconds", "90")

    def test_each_may_be_silent_for_as_long_as_its_work_takes(self) -> None:
        for name, most in MOST_SILENCE.items():
            beat(name, now=timezone.now() - most + timedelta(seconds=10))
            call_command("check_heartbeat", "--name", name)
            beat(name, now=timezone.now() - most - timedelta(seconds=10))
            with pytest.raises(CommandError, match=f"heartbeat {name}"):
                call_command("check_heartbeat", "--name", name)

    def test_sealing_beats_also_on_a_day_that_is_sealed(self, capsys: pytest.CaptureFixture) -> None:
        for told in ("sealed 0 events", "already sealed"):
            call_command("seal_trail")
            assert told in capsys.readouterr().out
            call_command("check_heartbeat", "--name", "seal")
            beat("seal", now=timezone.now() - timedelta(days=1))

    def test_never(self) -> None:
        with pytest.raises(CommandError, match="never"):
            call_command("check_heartbeat")
