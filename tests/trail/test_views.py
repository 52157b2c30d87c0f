"""For machines that watch: is the process alive, is the platform ready."""

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from trail import views
from trail.actions import beat

pytestmark = [pytest.mark.django_db, pytest.mark.urls("trail.urls")]


@pytest.fixture(autouse=True)
def broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "_broker_answers", lambda: True)


def test_healthz_asks_nothing(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "Heartbeat", None)
    assert client.get("/healthz").json() == {"status": "ok"}


@pytest.mark.parametrize(("age", "status"), [(1, 200), (120, 503)])
@pytest.mark.parametrize("loop", ["worker", "ticks"])
def test_ready_while_some_loop_runs(client: Client, loop: str, age: int, status: int) -> None:
    beat(loop, now=timezone.now() - timedelta(seconds=age))
    answer = client.get("/readyz")
    assert answer.status_code == status
    assert answer.json()["heartbeat_age_seconds"][loop] == pytest.approx(age, abs=30)


def test_not_ready_before_any_loop_has_run(client: Client) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (503, "unready")


def test_a_dead_broker_is_only_a_warning(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    beat("ticks", now=timezone.now())
    monkeypatch.setattr(views, "_broker_answers", lambda: False)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["warnings"]) == (200, ["broker"])


def test_a_lost_database_is_said_plainly(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone:
        def age(self, *_unused: object) -> None:
            raise OperationalError

    monkeypatch.setattr(views.Heartbeat, "objects", Gone())
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["database"]) == (503, False)
