"""Telling, fanning out, delivering, reading: again and again without doubling anything."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from notices.actions import LEASE, deliver_once, fan_out_once, mark_all_read, mark_read, notify
from notices.batches import hears_many
from notices.channels import CHANNELS
from notices.models import Notice
from tests.notices.conftest import KEY, NOW, Wire
from trail import outbox
from trail.models import Delivery, Event
from trail.outbox import handler
from trail.refusals import NotAllowed
from trail.retries import MOST_ATTEMPTS, back_off

pytestmark = pytest.mark.django_db
Happen = Callable[..., Event]


def tell(event: Event, *people: User, **more: object) -> int:
    return notify(event, [one.pk for one in people], KEY, {"place": "x"}, "/x/", now=NOW, **more)


def hear_and_tell(*people: User) -> None:
    @handler("test.tell", "thing.happen")
    def hear(event: Event, now: datetime) -> None:
        notify(event, [one.pk for one in people], KEY, {"number": event.subject_id}, "/x/", now=now)


class Killed(BaseException):
    """The process ends here: nothing catches it, its transaction is never committed."""


# --- telling ----------------------------------------------------------------------------------------------
def test_notify_writes_one_row_per_person_and_names_each_once(
    happen: Happen, person: User, other: User
) -> None:
    assert tell(happen(), person, other, person) == 2
    rows = Notice.objects.order_by("pk")
    assert [(row.recipient_id, row.channel, row.state) for row in rows] == [
        (person.pk, "inbox", "sent"),
        (other.pk, "inbox", "sent"),
    ]
    assert {(row.key, row.link, row.urgency, row.created_at, row.read_at) for row in rows} == {
        (KEY, "/x/", "info", NOW, None)
    }


def test_notify_again_changes_nothing(happen: Happen, person: User, other: User) -> None:
    event = happen()
    tell(event, person)
    tell(event, person, other, urgency="danger")
    assert list(Notice.objects.order_by("pk").values_list("recipient", "urgency")) == [
        (person.pk, "info"),
        (other.pk, "danger"),
    ]


def test_notify_nobody_asks_the_database_nothing(happen: Happen) -> None:
    event = happen()
    with CaptureQueriesContext(connection) as asked:
        assert tell(event) == 0
    assert len(asked) == 0


@pytest.mark.parametrize("count", [1, 3])
def test_notify_costs_the_same_however_many_people(happen: Happen, count: int) -> None:
    people = [User.objects.create_user(f"u{number}", display_name="x") for number in range(count)]
    event = happen()
    with CaptureQueriesContext(connection) as asked:
        tell(event, *people)
    # Who of them is another system; the notices.
    assert len(asked) == 2


@pytest.mark.parametrize("link", ["//evil.example/", "https://evil.example/", "x", "/\\evil.example"])
def test_notify_leads_nowhere_else(happen: Happen, person: User, link: str) -> None:
    with pytest.raises(ValueError, match="path"):
        notify(happen(), [person.pk], KEY, {}, link, now=NOW)


def test_another_channel_is_a_row_in_the_registry(happen: Happen, person: User, wire: Wire) -> None:
    tell(happen(), person)
    assert set(Notice.objects.values_list("channel", "state")) == {("inbox", "sent"), ("wire", "queued")}


# --- fanning out ------------------------------------------------------------------------------------------
def test_fan_out_tells_once_and_marks_it_done(handlers: dict, happen: Happen, person: User) -> None:
    hear_and_tell(person)
    happen()
    assert fan_out_once(now=NOW) == 1
    assert fan_out_once(now=NOW + timedelta(days=1)) == 0
    assert Delivery.objects.get().done_at == NOW
    assert Notice.objects.count() == 1


def test_fan_out_takes_only_what_is_due_and_no_more_than_it_may(
    handlers: dict, happen: Happen, person: User
) -> None:
    hear_and_tell(person)
    for number in range(1, 4):
        happen(number)
    assert fan_out_once(now=NOW - timedelta(seconds=1)) == 0
    assert fan_out_once(now=NOW, limit=2) == 2
    assert fan_out_once(now=NOW, limit=2) == 1
    assert Notice.objects.count() == 3


@pytest.mark.parametrize("count", [1, 3])
def test_fan_out_costs_the_same_around_the_handlers(handlers: dict, happen: Happen, count: int) -> None:
    handler("test.deaf", "thing.happen")(lambda event, now: None)
    for number in range(count):
        happen(number)
    with CaptureQueriesContext(connection) as asked:
        fan_out_once(now=NOW)
    savepoints = [one for one in asked if "SAVEPOINT" in one["sql"]]
    assert len(asked) - len(savepoints) == 2
    assert len(savepoints) == 2 * (count + 1)  # each handler's own, and that of the test around the whole


def test_a_handler_that_fails_undoes_its_own_and_nobody_else_s(
    handlers: dict, happen: Happen, person: User
) -> None:
    hear_and_tell(person)

    @handler("test.bad", "thing.happen")
    def bad(event: Event, now: datetime) -> None:
        notify(event, [person.pk], KEY, {"number": 999}, now=now)
        raise RuntimeError("telephone 13812345678")

    happen(1)
    happen(2)
    assert fan_out_once(now=NOW) == 4
    assert sorted(Notice.objects.values_list("params__number", flat=True)) == [1, 2]
    for failed in Delivery.objects.filter(handler="test.bad"):
        assert (failed.attempts, failed.done_at, failed.next_try_at) == (1, None, NOW + back_off(1))
        assert "RuntimeError in bad" in failed.last_error
        assert "138" not in failed.last_error


def test_a_handler_that_breaks_its_statement_leaves_the_batch_usable(
    handlers: dict, happen: Happen, person: User
) -> None:
    @handler("test.bad", "thing.happen")
    def bad(event: Event, now: datetime) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1/0")

    hear_and_tell(person)
    happen()
    fan_out_once(now=NOW)
    assert Notice.objects.count() == 1
    assert Delivery.objects.get(handler="test.bad").last_error.startswith("DataError")


def test_ten_failures_end_in_the_dead_letters(handlers: dict, happen: Happen) -> None:
    handler("test.bad", "thing.happen")(lambda event, now: 1 / 0)
    happen()
    clock = NOW
    for attempt in range(1, MOST_ATTEMPTS + 1):
        assert fan_out_once(now=clock) == 1
        assert Delivery.objects.get().attempts == attempt
        assert fan_out_once(now=clock) == 0  # never twice at the same moment
        clock += back_off(attempt) or timedelta(0)
    assert fan_out_once(now=clock + timedelta(days=9)) == 0
    assert Delivery.objects.dead().get().dead_at == clock


def test_a_handler_that_can_hears_many_at_once(handlers: dict, happen: Happen, person: User) -> None:
    heard: list[list[int]] = []
    handler("test.tell", "thing.happen")(lambda event, now: heard.append([event.subject_id]))
    hears_many("test.tell")(lambda events, now: heard.append([event.subject_id for event in events]))
    for number in range(1, 4):
        happen(number)
    assert fan_out_once(now=NOW) == 3
    happen(4)
    assert fan_out_once(now=NOW) == 1
    assert heard == [[1, 2, 3], [4]]
    assert Delivery.objects.filter(done_at=NOW).count() == 4


def test_many_at_once_that_fail_are_heard_one_by_one(handlers: dict, happen: Happen, person: User) -> None:
    def tell_all(events: Sequence[Event], now: datetime) -> None:
        for event in events:
            notify(event, [person.pk], KEY, {"number": event.subject_id}, now=now)
            if event.subject_id == 2:
                raise RuntimeError

    handler("test.tell", "thing.happen")(lambda event, now: tell_all([event], now))
    hears_many("test.tell")(tell_all)
    for number in range(1, 4):
        happen(number)
    assert fan_out_once(now=NOW) == 3
    assert sorted(Notice.objects.values_list("params__number", flat=True)) == [1, 3]
    failed = Delivery.objects.get(done_at=None)
    assert (failed.event.subject_id, failed.attempts) == (2, 1)


def test_a_handler_that_this_version_does_not_know_is_tried_again(
    handlers: dict, happen: Happen, person: User
) -> None:
    hear_and_tell(person)
    happen()
    gone = handlers.pop("test.tell")
    fan_out_once(now=NOW)
    assert Delivery.objects.get().done_at is None
    handlers["test.tell"] = gone
    fan_out_once(now=NOW + back_off(1))
    assert Notice.objects.count() == 1


@pytest.mark.parametrize("when", ["before telling", "after telling"])
def test_killed_while_it_hears_nothing_is_lost_or_doubled(
    handlers: dict, happen: Happen, person: User, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    hear_and_tell(person)
    hear = outbox.HANDLERS["test.tell"].hear
    heard: list[int] = []

    def killed_at_the_second(event: Event, now: datetime) -> None:
        heard.append(event.pk)
        if len(heard) == 2 and when == "before telling":
            raise Killed
        hear(event, now)
        if len(heard) == 2:
            raise Killed

    handler("test.tell", "thing.happen")(killed_at_the_second)
    for number in range(1, 4):
        happen(number)
    with pytest.raises(Killed):
        fan_out_once(now=NOW)
    assert Notice.objects.count() == 0
    assert fan_out_once(now=NOW) == 3
    assert sorted(Notice.objects.values_list("params__number", flat=True)) == [1, 2, 3]


def test_killed_before_the_mark_is_written(
    handlers: dict, happen: Happen, person: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    hear_and_tell(person)
    happen()

    def killed(*args: object, **kwargs: object) -> None:
        raise Killed

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr("trail.querysets.DeliveryQuerySet.update", killed)
        fan_out_once(now=NOW)
    assert (Notice.objects.count(), Delivery.objects.get().done_at) == (0, None)
    fan_out_once(now=NOW)
    assert (Notice.objects.count(), Delivery.objects.get().done_at) == (1, NOW)


def test_even_when_the_mark_was_lost_nobody_is_told_twice(
    handlers: dict, happen: Happen, person: User
) -> None:
    hear_and_tell(person)
    happen()
    fan_out_once(now=NOW)
    Delivery.objects.update(done_at=None)
    fan_out_once(now=NOW)
    assert Notice.objects.count() == 1


# --- delivering -------------------------------------------------------------------------------------------
def test_deliver_hands_over_once(happen: Happen, person: User, wire: Wire) -> None:
    tell(happen(), person)
    assert deliver_once(now=NOW) == 1
    assert deliver_once(now=NOW + timedelta(days=1)) == 0
    sent = Notice.objects.get(channel="wire")
    assert wire.took == [sent.pk]
    assert (sent.state, sent.attempts, sent.lease_until) == ("sent", 1, None)


def test_deliver_leaves_the_inbox_alone(happen: Happen, person: User) -> None:
    tell(happen(), person)
    assert deliver_once(now=NOW) == 0


def test_a_lease_keeps_the_others_away_until_it_ends(happen: Happen, person: User, wire: Wire) -> None:
    tell(happen(), person)
    seen: list[int] = []
    wire.meanwhile = lambda notice: seen.append(deliver_once(now=NOW + LEASE / 2))
    deliver_once(now=NOW)
    assert seen == [0]
    assert len(wire.took) == 1


def test_a_channel_that_fails_is_tried_again_and_given_up_alone(
    happen: Happen, person: User, wire: Wire
) -> None:
    tell(happen(), person)
    wire.failures = [OSError("no route to 13812345678")] * MOST_ATTEMPTS
    clock = NOW
    for attempt in range(1, MOST_ATTEMPTS + 1):
        assert deliver_once(now=clock) == 1
        failed = Notice.objects.get(channel="wire")
        assert (failed.attempts, failed.lease_until) == (attempt, None)
        assert "OSError in send" in failed.last_error and "138" not in failed.last_error
        assert deliver_once(now=clock) == 0
        clock += back_off(attempt) or timedelta(0)
    assert list(Notice.objects.dead().values_list("channel", flat=True)) == ["wire"]
    assert deliver_once(now=clock + timedelta(days=9)) == 0
    assert Notice.objects.get(channel="inbox").state == "sent"


def test_one_bad_notice_does_not_hold_up_the_next(happen: Happen, person: User, wire: Wire) -> None:
    tell(happen(1), person)
    tell(happen(2), person)
    wire.failures = [OSError()]
    assert deliver_once(now=NOW) == 2
    assert sorted(Notice.objects.filter(channel="wire").values_list("state", flat=True)) == ["queued", "sent"]


def test_killed_while_it_sends_it_is_sent_after_the_lease(happen: Happen, person: User, wire: Wire) -> None:
    tell(happen(), person)
    wire.failures = [Killed()]
    with pytest.raises(Killed):
        deliver_once(now=NOW)
    assert deliver_once(now=NOW + LEASE - timedelta(seconds=1)) == 0
    assert deliver_once(now=NOW + LEASE) == 1
    assert len(wire.took) == 1


def test_a_notice_that_kills_its_sender_every_time_ends_too(happen: Happen, person: User, wire: Wire) -> None:
    tell(happen(), person)
    wire.failures = [Killed() for _unused in range(MOST_ATTEMPTS)]
    for attempt in range(MOST_ATTEMPTS):
        with pytest.raises(Killed):
            deliver_once(now=NOW + attempt * LEASE)
    assert deliver_once(now=NOW + MOST_ATTEMPTS * LEASE) == 0
    assert Notice.objects.get(channel="wire").state == "dead"


def test_who_lost_the_lease_does_not_touch_what_another_has_sent(
    happen: Happen, person: User, wire: Wire
) -> None:
    tell(happen(), person)
    late = NOW + 2 * LEASE

    def another_sends_it(notice: Notice) -> None:
        wire.meanwhile = lambda notice: None
        deliver_once(now=late)
        wire.failures = [OSError()]

    wire.meanwhile = another_sends_it
    deliver_once(now=NOW)
    sent = Notice.objects.get(channel="wire")
    assert (sent.state, sent.attempts, sent.last_error) == ("sent", 2, "")


def test_a_channel_that_is_gone_counts_as_a_failure(
    happen: Happen, person: User, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(happen(), person)
    monkeypatch.delitem(CHANNELS, "wire")
    assert deliver_once(now=NOW) == 1
    assert Notice.objects.get(channel="wire").last_error.startswith("KeyError")


def test_a_lease_belongs_to_what_is_queued(happen: Happen, person: User) -> None:
    tell(happen(), person)
    with pytest.raises(IntegrityError), transaction.atomic():
        Notice.objects.update(lease_until=NOW)


# --- reading ----------------------------------------------------------------------------------------------
def test_the_first_reading_counts(happen: Happen, person: User) -> None:
    tell(happen(), person)
    notice = Notice.objects.get()
    mark_read(notice, by=person, now=NOW)
    mark_read(Notice.objects.get(), by=person, now=NOW + timedelta(hours=1))
    assert Notice.objects.get().read_at == notice.read_at == NOW


def test_nobody_reads_for_another(happen: Happen, person: User, other: User) -> None:
    tell(happen(), person)
    with pytest.raises(NotAllowed):
        mark_read(Notice.objects.get(), by=other, now=NOW)
    assert Notice.objects.get().read_at is None


def test_mark_all_read_takes_one_s_own_up_to_what_was_seen(happen: Happen, person: User, other: User) -> None:
    for number in range(1, 4):
        tell(happen(number), person, other)
    second = Notice.objects.inbox(person)[1]
    assert mark_all_read(by=person, now=NOW, up_to=second.pk) == 2
    assert mark_all_read(by=person, now=NOW) == 1
    assert mark_all_read(by=person, now=NOW) == 0
    assert Notice.objects.unread_count(person) == 0
    assert Notice.objects.unread_count(other) == 3
