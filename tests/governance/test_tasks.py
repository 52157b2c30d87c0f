"""The daily purge: what is spent goes after its time, batch by batch; everything else stays."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from knox.models import AuthToken

from accounts.models import User
from governance import tasks
from governance.celery import app
from notices.models import Notice
from trail import actions, retention
from trail.actions import tally
from trail.loops import EVERY_DAY
from trail.models import Delivery, Event, Heartbeat, IdempotencyKey, Tally

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> User:
    return User.objects.create_user("reader", display_name="演示")


def ago(kept: timedelta, **more: float) -> datetime:
    return timezone.now() - kept - timedelta(**more)


@pytest.fixture
def aged(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Events recorded when the test says; the trail itself lets nobody change that afterwards."""

    def make(number: int, at: datetime) -> Event:
        return Event.objects.create(
            subject_type="thing", subject_id=number, seq=1, verb="happen", occurred_at=at, recorded_at=at
        )

    return make


def delivery(made: Event, **more: Any) -> Delivery:
    return Delivery.objects.create(event=made, handler="x", next_try_at=timezone.now(), **more)


def test_deliveries(aged: Any) -> None:
    old, young = ago(retention.DONE_DELIVERIES, days=1), ago(timedelta(days=29))
    kept = [
        delivery(aged(1, young), done_at=young),
        delivery(aged(2, old)),
        delivery(aged(3, old), dead_at=old),
        delivery(aged(4, old), done_at=young),
    ]
    gone = delivery(aged(5, old), done_at=old)
    tasks.purge()
    assert set(Delivery.objects.all()) == set(kept)
    assert Event.objects.filter(pk=gone.event_id).exists()


def test_keys() -> None:
    for name, at in (("old", ago(retention.IDEMPOTENCY_KEYS, hours=1)), ("young", ago(timedelta(days=6)))):
        IdempotencyKey.objects.create(scope="x", key=name, request_hash="", created_at=at)
    tasks.purge()
    assert [row.key for row in IdempotencyKey.objects.all()] == ["young"]


def test_notices(aged: Any, person: User) -> None:
    old = ago(retention.READ_NOTICES, days=2)
    for number, read_at in ((1, old), (2, None), (3, timezone.now())):
        Notice.objects.create(
            event=aged(number, old),
            recipient=person,
            key="x",
            urgency="info",
            created_at=old,
            next_try_at=old,
            state="sent",
            read_at=read_at,
        )
    tasks.purge()
    assert sorted(Notice.objects.values_list("event__subject_id", flat=True)) == [2, 3]


def test_tokens_and_sessions(person: User) -> None:
    for days in (-2, 2, None):
        row, _token = AuthToken.objects.create(person)
        AuthToken.objects.filter(pk=row.pk).update(
            expiry=None if days is None else timezone.now() + timedelta(days=days)
        )
    for name, days in (("old", -2), ("young", 2)):
        Session.objects.create(session_key=name, expire_date=timezone.now() + timedelta(days=days))
    tasks.purge()
    assert AuthToken.objects.filter(expiry=None).count() == 1 and AuthToken.objects.count() == 2
    assert [row.session_key for row in Session.objects.all()] == ["young"]


def test_counts() -> None:
    tally("over", until=ago(timedelta(seconds=5)))
    tally("running", until=timezone.now() + timedelta(hours=1))
    tasks.purge()
    assert [row.key for row in Tally.objects.all()] == ["running"]


def test_photos_that_no_row_names(settings: Any, tmp_path: Path) -> None:
    import os

    settings.MEDIA_ROOT = tmp_path
    folder = tmp_path / "2026/03"
    folder.mkdir(parents=True)
    for name, days in (("a" * 32, 2), ("b" * 32, 0)):
        file = folder / f"{name}.jpg"
        file.write_bytes(b"x")
        at = (timezone.now() - timedelta(days=days)).timestamp()
        os.utime(file, (at, at))
    tasks.purge()
    assert [file.name for file in folder.iterdir()] == [f"{'b' * 32}.jpg"]


def test_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        tally(str(number), until=ago(timedelta(seconds=5)))
    monkeypatch.setattr(tasks, "BATCH", 2)
    sizes: list[int] = []
    drop = actions.drop_some

    def spy(rows: Any, *, limit: int) -> int:
        sizes.append(drop(rows, limit=limit))
        return sizes[-1]

    monkeypatch.setattr(actions, "drop_some", spy)
    tasks.purge()
    assert [size for size in sizes if size] == [2, 2, 1]


def test_once_a_day_and_again_when_something_failed(monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    def broken(**_unused: Any) -> int:
        raise KeyError

    monkeypatch.setattr(tasks, "PURGES", ((timedelta(0), broken), *tasks.PURGES))
    tally("a", until=ago(timedelta(seconds=5)))
    tasks.purge()
    assert not Tally.objects.exists() and "broken failed" in caplog.text
    assert Heartbeat.objects.age(EVERY_DAY, timezone.now()) is None

    monkeypatch.setattr(tasks, "PURGES", tasks.PURGES[1:])
    tasks.purge()
    tally("b", until=ago(timedelta(seconds=5)))
    tasks.purge()
    assert Tally.objects.exists()
    Heartbeat.objects.update(at=ago(retention.EVERY, minutes=1))
    tasks.purge()
    assert not Tally.objects.exists()


def test_it_is_asked_hourly_and_never_on_the_sweeps_queue() -> None:
    assert app.conf.beat_schedule["purge"]["task"] == tasks.purge.name
    assert app.amqp.router.route({}, tasks.purge.name)["queue"].name == "deliver"


def test_the_manual_names_every_number() -> None:
    manual = (Path(__file__).resolve().parents[2] / "docs/deploy.md").read_text()
    for name in ("DONE_DELIVERIES", "IDEMPOTENCY_KEYS", "READ_NOTICES", "EXPIRED_TOKENS", "ORPHANED_PHOTOS"):
        assert f"| {getattr(retention, name).days} day" in manual, name
