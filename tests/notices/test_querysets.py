"""Words for reading notices, and that their indexes carry them."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from notices.actions import notify
from notices.models import Notice
from notices.querysets import RANK
from tests.notices.conftest import KEY, NOW, Wire
from trail.models import Event

pytestmark = pytest.mark.django_db
Happen = Callable[..., Event]


def test_one_sees_one_s_own_newest_first_and_no_other_channel_in_the_inbox(
    happen: Happen, person: User, other: User, wire: Wire
) -> None:
    for number in (1, 2):
        notify(happen(number), [person.pk, other.pk], KEY, {"number": number}, now=NOW)
    mine = Notice.objects.inbox(person)
    assert [row.params["number"] for row in mine] == [2, 1]
    assert {row.recipient_id for row in mine} == {person.pk}
    assert Notice.objects.addressed_to(person).count() == 4
    assert Notice.objects.unread_count(person) == 2


def test_a_visitor_sees_nothing(happen: Happen, person: User) -> None:
    notify(happen(), [person.pk], KEY, {}, now=NOW)
    for rows in (
        Notice.objects.visible_to(AnonymousUser(), NOW),
        Notice.objects.addressed_to(AnonymousUser()),
    ):
        assert not rows.exists()
    assert Notice.objects.unread_count(AnonymousUser()) == 0


def test_due_is_queued_free_and_in_time(happen: Happen, person: User, wire: Wire) -> None:
    notify(happen(), [person.pk], KEY, {}, now=NOW)
    queued = Notice.objects.filter(channel="wire")
    assert not Notice.objects.due(NOW - timedelta(seconds=1)).exists()
    assert list(Notice.objects.due(NOW)) == list(queued)
    queued.update(lease_until=NOW + timedelta(seconds=9))
    assert not Notice.objects.due(NOW).exists()
    assert Notice.objects.due(NOW + timedelta(seconds=9)).exists()
    queued.update(lease_until=None, state="sent")
    assert not Notice.objects.due(NOW).exists()


@pytest.mark.parametrize(
    ("rows", "index"),
    [
        (lambda person: Notice.objects.inbox(person), "notice_inbox"),
        (lambda person: Notice.objects.addressed_to(person).unread().order_by(), "notice_unread"),
        (lambda person: Notice.objects.due(NOW).alias(rank=RANK).filter(rank=1), "notice_next"),
    ],
)
def test_the_words_use_their_partial_indexes(person: User, other: User, rows: Callable, index: str) -> None:
    told = {"key": KEY, "urgency": "normal", "state": "sent", "created_at": NOW, "next_try_at": NOW}
    Notice.objects.bulk_create(
        Notice(event_id=number, recipient=other, read_at=NOW, **told) for number in range(1, 3001)
    )
    Notice.objects.bulk_create(
        Notice(event_id=number, recipient=person, **told | {"state": "queued"}) for number in range(1, 4)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE notices_notice")
    assert index in rows(person).explain()


@pytest.mark.parametrize(
    "waits", [timedelta(0), timedelta(days=1)], ids=["all due", "all in somebody's quiet hours"]
)
def test_a_long_queue_is_neither_sorted_nor_walked(person: User, waits: timedelta) -> None:
    told = {"key": KEY, "state": "queued", "created_at": NOW, "channel": "wire"}
    Notice.objects.bulk_create(
        Notice(
            event_id=number,
            recipient=person,
            urgency="danger" if number % 500 == 0 else "normal",
            next_try_at=NOW + (waits if number > 20 else timedelta(0)),
            **told,
        )
        for number in range(1, 5001)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE notices_notice")
    with CaptureQueriesContext(connection) as asked:
        found = Notice.objects.next_due(NOW, 100)
    dangers = 0 if waits else 10
    assert [one.urgency for one in found] == ["danger"] * dangers + ["normal"] * (20 if waits else 90)
    for one in asked.captured_queries:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF) {one['sql']}")
            plan = "\n".join(row[0] for row in cursor.fetchall())
        assert "notice_next" in plan and "Sort" not in plan, plan
        # Index and rows of the batch alone: all 5,000 are a hundred pages and more.
        assert int(re.search(r"shared hit=(\d+)", plan)[1]) < 100, plan
