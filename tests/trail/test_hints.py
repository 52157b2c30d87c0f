"""Hints may be lost; nothing may fail or wait because of one."""

from typing import Any

import pytest

from governance.celery import app as celery
from trail import hints


class Broker:
    """Counts what is sent; dead, it raises."""

    def __init__(self, *, dead: bool = False) -> None:
        self.dead, self.sent = dead, []
        self.conf = celery.conf

    def send_task(self, name: str, **options: Any) -> None:
        self.sent.append((name, options))
        if self.dead:
            raise ConnectionError


@pytest.fixture
def broker(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Broker:
    settings.NUDGE = True
    found = Broker()
    monkeypatch.setattr("celery.current_app", found)
    monkeypatch.setattr(hints, "_quiet_until", 0.0)
    monkeypatch.setattr(hints, "_nudged", {})
    return found


def test_a_nudge_names_the_loop_and_nothing_else(broker: Broker) -> None:
    hints.nudge("fanout")
    ((name, options),) = broker.sent
    assert name == "notices.tasks.fan_out"
    assert not {"args", "kwargs", "eta", "countdown"} & set(options)
    assert (options["retry"], options["expires"]) == (False, 5)


def test_of_many_at_once_one_is_sent_for_each_loop(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hints.time, "monotonic", lambda: 1000.0)
    for loop in ("fanout", "deliver", "fanout"):
        hints.nudge(loop)
    assert len(broker.sent) == 2
    monkeypatch.setattr(hints.time, "monotonic", lambda: 1000.0 + hints.APART_SECONDS)
    hints.nudge("fanout")
    assert len(broker.sent) == 3


def test_a_dead_broker_is_left_alone_for_a_while(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    broker.dead = True
    for _unused in range(20):
        hints.nudge("sweep")
    assert len(broker.sent) == 1
    monkeypatch.setattr(hints, "_quiet_until", 0.0)
    broker.dead = False
    hints.nudge("sweep")
    assert len(broker.sent) == 2


def test_switched_off(broker: Broker, settings: Any) -> None:
    settings.NUDGE = False
    hints.nudge("sweep")
    assert not broker.sent


def test_every_loop_is_a_task_that_exists() -> None:
    celery.loader.import_default_modules()
    loops = {name: row["task"] for name, row in celery.conf.beat_schedule.items()}
    assert {"sweep", "fanout", "deliver"} <= set(loops)
    assert set(loops.values()) <= set(celery.tasks)
