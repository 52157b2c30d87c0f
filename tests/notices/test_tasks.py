"""The ticks: by the database's clock, until nothing is due, and never for long."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from celery import current_app

from accounts.models import User
from notices import tasks
from notices.actions import DELIVER_BATCH, FAN_OUT_BATCH, notify
from notices.models import Notice
from tests.notices.conftest import KEY, Wire
from trail.models import Delivery, Event
from trail.outbox import handler
from trail.querysets import database_now

pytestmark = pytest.mark.django_db
Happen = Callable[..., Event]


def test_fan_out_goes_on_until_nothing_is_due(handlers: dict, happen: Happen, person: User) -> None:
    clocks: list[datetime] = []

    @handler("test.tell", "thing.happen")
    def hear(event: Event, now: datetime) -> None:
        clocks.append(now)
        notify(event, [person.pk], KEY, {}, now=now)

    for number in range(FAN_OUT_BATCH + 1):
        happen(number)
    before = database_now()
    tasks.fan_out()
    assert Notice.objects.count() == FAN_OUT_BATCH + 1
    assert len(set(clocks)) == 1 and before <= clocks[0] <= database_now()


def test_what_is_not_due_yet_stays(handlers: dict, happen: Happen) -> None:
    handler("test.deaf", "thing.happen")(lambda event, now: None)
    happen()
    Delivery.objects.update(next_try_at=database_now() + timedelta(hours=1))
    tasks.fan_out()
    assert Delivery.objects.get().done_at is None


def test_deliver_goes_on_until_nothing_is_due(happen: Happen, person: User, wire: Wire) -> None:
    for number in range(DELIVER_BATCH + 1):
        notify(happen(number), [person.pk], KEY, {}, now=database_now())
    tasks.deliver()
    assert len(wire.took) == DELIVER_BATCH + 1


def test_a_tick_ends_when_it_has_had_its_time(
    happen: Happen, person: User, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trail.tasks.MOST_SECONDS", 0)
    for number in range(DELIVER_BATCH + 1):
        notify(happen(number), [person.pk], KEY, {}, now=database_now())
    tasks.deliver()
    assert len(wire.took) == DELIVER_BATCH


def test_the_names_are_those_that_nudges_and_beat_use() -> None:
    ticks = current_app.conf.beat_schedule
    assert (ticks["fanout"]["task"], ticks["deliver"]["task"]) == (tasks.fan_out.name, tasks.deliver.name)
    assert {tasks.fan_out.name, tasks.deliver.name} <= set(current_app.tasks)
