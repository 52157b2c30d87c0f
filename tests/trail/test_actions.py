"""Recording what happened, and answering a repeated write once."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from tests.builders import NOW
from tests.parallel import at_once
from trail import outbox
from trail.actions import NewEvent, beat, claim_key, forget_keys, record_event, record_events, store_answer
from trail.models import Delivery, Event, Heartbeat, IdempotencyKey
from trail.refusals import Refused


@pytest.fixture
def ears(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two handlers of this test's own: one hears a single verb, one all of a subject's."""
    monkeypatch.setattr(outbox, "HANDLERS", {})
    outbox.handler("test.add", "thing.add")(lambda event, now: None)
    outbox.handler("test.all", "thing.*", "other.add")(lambda event, now: None)


@pytest.mark.django_db
class TestRecord:
    def test_one_event(self) -> None:
        user = User.objects.create_user("someone", display_name="演示")
        event = record_event(
            "thing",
            3,
            "add",
            by=user,
            now=NOW,
            actor_label="grid_worker@unit:1",
            unit_id=1,
            unit_label="第一网格",
            data={"code": "x"},
            occurred_at=NOW - timedelta(hours=1),
        )
        event.refresh_from_db()
        assert (event.subject_type, event.subject_id, event.seq, event.verb) == ("thing", 3, 1, "add")
        assert (event.actor, event.actor_label, event.unit_id) == (user, "grid_worker@unit:1", 1)
        assert event.occurred_at == NOW - timedelta(hours=1)
        assert event.recorded_at is not None
        assert event.xact_id > 0

    def test_numbers_count_each_subject_from_one(self) -> None:
        for subject, verb in ((1, "add"), (2, "add"), (1, "rename"), (1, "close")):
            record_event("thing", subject, verb, by=None, now=NOW)
        found = Event.objects.about("thing", 1).values_list("seq", "verb")
        assert list(found) == [(1, "add"), (2, "rename"), (3, "close")]

    def test_each_handler_gets_one_delivery_of_what_it_hears(self, ears: None) -> None:
        record_events(
            [NewEvent(subject, 1, verb, seq) for subject, verb, seq in
             (("thing", "add", 1), ("thing", "close", 2), ("other", "add", 1), ("other", "close", 2))],
            now=NOW,
        )  # fmt: skip
        rows = Delivery.objects.order_by("event__subject_type", "event__seq", "handler")
        assert [(row.event.topic, row.handler, row.next_try_at) for row in rows] == [
            ("other.add", "test.all", NOW),
            ("thing.add", "test.add", NOW),
            ("thing.add", "test.all", NOW),
            ("thing.close", "test.all", NOW),
        ]

    def test_many_cost_as_much_as_one(self, ears: None) -> None:
        with CaptureQueriesContext(connection) as asked:
            record_events([NewEvent("thing", number, "add", 1) for number in range(50)], now=NOW)
        assert len(asked) == 1

    def test_deliveries_are_due_until_done_or_given_up(self, ears: None) -> None:
        for subject in (1, 2, 3):
            record_event("other", subject, "add", by=None, now=NOW)
        done, dead, _open = Delivery.objects.order_by("pk")
        Delivery.objects.filter(pk=done.pk).update(done_at=NOW)
        Delivery.objects.filter(pk=dead.pk).update(dead_at=NOW)
        assert Delivery.objects.all().due(NOW).count() == 1
        assert not Delivery.objects.all().due(NOW - timedelta(seconds=1)).exists()
        assert list(Delivery.objects.all().dead()) == [dead]

    def test_heartbeat(self) -> None:
        beat("worker", now=NOW)
        beat("worker", now=NOW + timedelta(seconds=3))
        assert Heartbeat.objects.count() == 1
        assert Heartbeat.objects.age("worker", NOW + timedelta(seconds=5)) == timedelta(seconds=2)
        assert Heartbeat.objects.age("nobody", NOW) is None


@pytest.mark.django_db
class TestKeys:
    def test_the_same_request_gets_the_first_answer(self) -> None:
        row, is_new = claim_key("user:1", "k", {"text": "a", "n": 1})
        store_answer(row, status=201, answer={"id": "x"})
        again, again_new = claim_key("user:1", "k", {"n": 1, "text": "a"})
        assert (is_new, again_new) == (True, False)
        assert (again.status, again.answer) == (201, {"id": "x"})

    def test_another_request_under_the_same_key_is_refused(self) -> None:
        claim_key("user:1", "k", {"text": "a"})
        with pytest.raises(Refused) as refused:
            claim_key("user:1", "k", {"text": "b"})
        assert refused.value.code == "key_reused"

    def test_keys_of_others_are_others(self) -> None:
        assert claim_key("user:1", "k", {})[1]
        assert claim_key("user:2", "k", {})[1]

    def test_a_claim_that_is_undone_is_free_again(self) -> None:
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            claim_key("user:1", "k", {})
            raise ZeroDivisionError
        assert claim_key("user:1", "k", {})[1]

    def test_old_ones_are_forgotten(self) -> None:
        for number in range(3):
            claim_key("user:1", f"k{number}", {})
        IdempotencyKey.objects.filter(key="k0").update(created_at=NOW - timedelta(days=8))
        IdempotencyKey.objects.exclude(key="k0").update(created_at=NOW)
        assert forget_keys(before=NOW - timedelta(days=7)) == 1
        assert IdempotencyKey.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_ten_at_the_same_moment_do_it_once() -> None:
    def write() -> tuple[bool, object]:
        with transaction.atomic():
            row, is_new = claim_key("user:1", "same", {"text": "a"})
            if is_new:
                event = record_event("thing", 1, "add", by=None, now=NOW)
                store_answer(row, status=201, answer={"event": event.pk})
            return is_new, row.answer

    results = at_once([write] * 10)
    assert sorted(is_new for is_new, _answer in results) == [False] * 9 + [True]
    assert len({str(answer) for _new, answer in results}) == 1
    assert Event.objects.about("thing", 1).count() == 1
