"""The feed never skips an event that commits late."""

from threading import Event as Signal
from threading import Thread

import pytest
from django.db import connection, transaction

from tests.builders import NOW
from tests.parallel import eventually
from trail.actions import record_event
from trail.models import Event

pytestmark = pytest.mark.django_db(transaction=True)


class Slow(Thread):
    """Records an event and keeps its transaction open until told to end it."""

    def __init__(self, subject: int, *, keep: bool = True) -> None:
        super().__init__(daemon=True)
        self.subject, self.keep = subject, keep
        self.written, self.go_on = Signal(), Signal()

    def run(self) -> None:
        try:
            with transaction.atomic():
                record_event("slow", self.subject, "add", by=None, now=NOW)
                self.written.set()
                self.go_on.wait(60)
                transaction.set_rollback(not self.keep)
        finally:
            connection.close()

    def __enter__(self) -> "Slow":
        self.start()
        assert self.written.wait(60)
        return self

    def __exit__(self, *_unused: object) -> None:
        self.go_on.set()
        self.join(60)


def feed() -> list[tuple[str, int]]:
    return list(Event.objects.all().settled().values_list("subject_type", "subject_id"))


def feed_is(wanted: list[tuple[str, int]]) -> bool:
    """It comes to be this. Transactions of other databases of the server (other tests) are waited for too."""
    return eventually(lambda: feed() == wanted)


def test_what_commits_late_is_waited_for() -> None:
    record_event("fast", 1, "add", by=None, now=NOW)
    assert feed_is([("fast", 1)])
    with Slow(1):
        record_event("fast", 2, "add", by=None, now=NOW)
        # A cursor that read fast 2 now would never see slow 1, which began before it.
        assert feed() == [("fast", 1)]
        assert Event.objects.filter(subject_type="fast").count() == 2
    assert feed_is([("fast", 1), ("slow", 1), ("fast", 2)])


def test_what_never_commits_does_not_hold_up_the_feed() -> None:
    with Slow(1, keep=False):
        record_event("fast", 1, "add", by=None, now=NOW)
        assert feed() == []
    assert feed_is([("fast", 1)])


def test_a_reader_that_keeps_a_cursor_misses_nothing_and_reads_nothing_twice() -> None:
    seen: list[tuple[str, int]] = []
    cursor = (0, 0)

    def read() -> None:
        nonlocal cursor
        for event in Event.objects.all().settled():
            if (event.xact_id, event.pk) > cursor:
                cursor = (event.xact_id, event.pk)
                seen.append((event.subject_type, event.subject_id))

    for number in range(3):
        with Slow(number), Slow(number + 10):
            record_event("fast", number, "add", by=None, now=NOW)
            read()
        read()
    assert eventually(lambda: read() or len(seen) >= 9)
    assert len(seen) == len(set(seen)) == 9
