"""Two loops at once, over real connections."""

import threading
from collections.abc import Callable
from datetime import datetime

import pytest
from django.db import connection, transaction

from accounts.models import User
from notices.actions import deliver_once, fan_out_once, notify
from notices.models import Notice
from tests.notices.conftest import KEY, NOW, Wire
from trail.models import Delivery, Event
from trail.outbox import handler

pytestmark = pytest.mark.django_db(transaction=True)
Happen = Callable[..., Event]
COUNT = 40


def together(*jobs: Callable[[], object]) -> list[object]:
    """Run them at the same moment, each in a thread with a connection of its own; their answers."""
    start, answers = threading.Barrier(len(jobs)), [None] * len(jobs)

    def run(number: int, job: Callable[[], object]) -> None:
        try:
            start.wait(timeout=20)
            answers[number] = job()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return answers


def until_nothing_is_left() -> int:
    taken = 0
    while more := fan_out_once(now=NOW, limit=5):
        taken += more
    return taken


def hear_and_tell(person: User) -> None:
    @handler("test.tell", "thing.happen")
    def hear(event: Event, now: datetime) -> None:
        notify(event, [person.pk], KEY, {"number": event.subject_id}, now=now)


def test_two_fan_outs_share_the_work_and_double_nothing(handlers: dict, happen: Happen, person: User) -> None:
    hear_and_tell(person)
    for number in range(COUNT):
        happen(number)
    taken = together(until_nothing_is_left, until_nothing_is_left)
    assert sum(taken) == COUNT
    assert sorted(Notice.objects.values_list("params__number", flat=True)) == list(range(COUNT))
    assert not Delivery.objects.filter(done_at=None).exists()


def test_what_one_fan_out_holds_the_other_passes_by(handlers: dict, happen: Happen, person: User) -> None:
    inside, go_on = threading.Event(), threading.Event()

    @handler("test.slow", "thing.happen")
    def slow(event: Event, now: datetime) -> None:
        inside.set()
        assert go_on.wait(timeout=20)
        notify(event, [person.pk], KEY, {}, now=now)

    happen()

    def second() -> int:
        assert inside.wait(timeout=20)
        try:
            return fan_out_once(now=NOW)
        finally:
            go_on.set()

    assert together(lambda: fan_out_once(now=NOW), second) == [1, 0]
    assert Notice.objects.count() == 1


def test_nothing_is_locked_while_a_receiver_is_waited_for(happen: Happen, person: User, wire: Wire) -> None:
    notify(happen(), [person.pk], KEY, {}, now=NOW)
    held: list[int] = []

    def look(notice: Notice) -> None:
        def ask() -> None:
            with transaction.atomic():
                rows = Notice.objects.select_for_update(nowait=True).filter(pk=notice.pk)
                held.append(len(rows))

        together(ask)

    wire.meanwhile = look
    deliver_once(now=NOW)
    assert held == [1]


def test_what_another_is_just_leasing_is_passed_by(happen: Happen, person: User, wire: Wire) -> None:
    notify(happen(), [person.pk], KEY, {}, now=NOW)
    held, done = threading.Event(), threading.Event()

    def lease_slowly() -> None:
        with transaction.atomic():
            assert Notice.objects.select_for_update().filter(channel="wire").first()
            held.set()
            assert done.wait(timeout=20)

    def second() -> int:
        assert held.wait(timeout=20)
        try:
            return deliver_once(now=NOW)
        finally:
            done.set()

    assert together(lease_slowly, second) == [None, 0]
    assert wire.took == []


def test_two_delivers_send_each_notice_once(happen: Happen, person: User, wire: Wire) -> None:
    for number in range(10):
        notify(happen(number), [person.pk], KEY, {}, now=NOW)

    def all_of_it() -> None:
        while deliver_once(now=NOW, limit=2):
            pass

    together(all_of_it, all_of_it)
    assert sorted(wire.took) == sorted(Notice.objects.filter(channel="wire").values_list("pk", flat=True))
