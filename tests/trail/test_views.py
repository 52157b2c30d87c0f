"""For machines that watch: is the process alive, is the platform ready."""

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from trail import views
from trail.actions import beat
from trail.loops import DRIVERS, LOOPS

pytestmark = [pytest.mark.django_db, pytest.mark.urls("trail.urls")]


@pytest.fixture(autouse=True)
def broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "_broker_answers", lambda: True)


def test_healthz_asks_nothing(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "Heartbeat", None)
    assert client.get("/healthz").json() == {"status": "ok"}


def all_beat(**ages: float) -> None:
    """Every loop and both drivers a second ago, unless an age in seconds is given."""
    for name in (*LOOPS, *DRIVERS):
        beat(name, now=timezone.now() - timedelta(seconds=ages.get(name, 1)))


def test_ready_while_all_loops_run(client: Client) -> None:
    all_beat()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ready")
    assert set(answer.json()["heartbeat_age_seconds"]) == {*LOOPS, *DRIVERS}
    assert "late" not in answer.json() and "warnings" not in answer.json()


@pytest.mark.parametrize("loop", sorted(LOOPS))
def test_one_silent_loop_makes_it_unready_and_is_named(client: Client, loop: str) -> None:
    all_beat(**{loop: 300})
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["late"]) == (503, [loop])
    assert answer.json()["heartbeat_age_seconds"][loop] == pytest.approx(300, abs=30)


@pytest.mark.parametrize("driver", sorted(DRIVERS))
def test_one_driver_missing_is_only_a_warning(client: Client, driver: str) -> None:
    all_beat(**{driver: 300})
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["warnings"]) == (200, [driver])


def test_not_ready_before_any_loop_has_run(client: Client) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["late"]) == (503, list(LOOPS))
    assert answer.json()["heartbeat_age_seconds"]["sweep"] is None


def test_a_dead_broker_is_only_a_warning(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    all_beat()
    monkeypatch.setattr(views, "_broker_answers", lambda: False)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["warnings"]) == (200, ["broker"])


def test_a_lost_database_is_said_plainly(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone:
        def ages(self, *_unused: object) -> None:
            raise OperationalError

    monkeypatch.setattr(views.Heartbeat, "objects", Gone())
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["database"]) == (503, False)
