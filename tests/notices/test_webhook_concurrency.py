"""Loops at once over real connections, and transactions that commit out of order."""

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from notices import webhook_actions as actions
from notices import webhook_sending as sending
from notices.models import Attempt, Message, Subscription
from notices.webhook_actions import Wanted
from tests.api.conftest import client_of
from tests.builders import Town
from tests.faces import signed_in
from tests.notices.receiver import Answer, Receiver
from tests.notices.test_concurrency import together
from tests.parallel import eventually
from tests.towns import put_town
from tests.trail.test_querysets import Slow
from trail.models import Event
from trail.querysets import settled_below

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime.now(UTC)
COUNT = 25


@pytest.fixture
def town(transactional_db: None) -> Town:
    return put_town()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.stop()


def subscribe(town: Town, receiver: Receiver, **more: Any) -> Subscription:
    wanted = Wanted("演示", receiver.address, town.people["district_dispatcher"], ["issue.report"], **more)
    return actions.add_subscription(wanted, unit=town.district, by=town.people["system_admin"], now=NOW)


def spread_all() -> None:
    assert eventually(lambda: sending.spread_once(now=NOW) is False and not behind())


def behind() -> bool:
    """Is anything not settled yet? Other databases of the server count too."""
    last = Event.objects.order_by("-xact_id", "-pk").values_list("xact_id", "pk").first()
    return any(place < last for place in Subscription.objects.running().values_list("after_xact", "after_id"))


def test_what_commits_late_is_sent_too_and_what_was_before_is_not(town: Town, receiver: Receiver) -> None:
    town.report()
    # Other databases of the server count too: what is not settled yet comes after the beginning.
    before = Event.objects.latest("xact_id")
    assert eventually(lambda: settled_below() > before.xact_id)
    subscribe(town, receiver)
    with Slow(1):
        early = town.report()
        sending.spread_once(now=NOW)
        # It waits for what began before it.
        assert not Message.objects.exists()
    late = town.report()
    spread_all()
    assert list(Message.objects.order_by("pk").values_list("subject_id", flat=True)) == [early.pk, late.pk]


def test_loops_at_once_double_nothing(town: Town, receiver: Receiver) -> None:
    subscribe(town, receiver)
    subscribe(town, receiver)
    codes = sorted(town.report().code for _number in range(COUNT))
    together(*[spread_all] * 3)
    assert Message.objects.count() == 2 * COUNT

    def send_all() -> None:
        while sending.send_once(now=NOW + timedelta(seconds=1)):
            pass

    together(*[send_all] * 3)
    assert set(Message.objects.values_list("state", flat=True)) == {"sent"}
    assert len(receiver.got) == len({got.id for got in receiver.got}) == Attempt.objects.count() == 2 * COUNT
    assert sorted({got.data["subject"] for got in receiver.got}) == codes


def test_nothing_is_locked_while_a_receiver_is_waited_for(town: Town, receiver: Receiver) -> None:
    subscription = subscribe(town, receiver)
    town.report()
    spread_all()
    locked: list[bool] = []

    def look(_got: Any) -> Answer:
        with transaction.atomic():
            rows = Subscription.objects.filter(pk=subscription.pk).select_for_update(nowait=True)
            free = Message.objects.select_for_update(nowait=True)
            locked.append(not (rows.exists() and list(free)))
        connection.close()
        return Answer()

    receiver.judge = look
    sending.send_once(now=NOW + timedelta(seconds=1))
    assert locked == [False] and Message.objects.get().state == "sent"


def test_a_number_that_stands_later_in_the_feed_is_sent_in_its_order(
    town: Town, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A transaction that began earlier may take an issue's lock later: then its event has the higher number and
    stands first. It settles first, too."""
    subscription = subscribe(town, receiver)
    issue = town.report()
    last = Event.objects.latest("pk")
    usual = {"subject_type": "issue", "subject_id": issue.pk, "verb": "report", "occurred_at": NOW}
    usual |= {"data": {"state": "reported"}, "district_id": town.district.pk}
    first, second = last.xact_id + 10, last.xact_id + 5
    low = Event.objects.create(seq=last.seq + 1, xact_id=first, **usual)
    high = Event.objects.create(seq=last.seq + 2, xact_id=second, **usual)
    monkeypatch.setattr("trail.windows.settled_below", lambda: first)
    sending.spread_once(now=NOW)
    found = Message.objects.filter(event__in=[low.pk, high.pk]).order_by("seq")
    assert [message.event_id for message in found] == [low.pk, high.pk]
    monkeypatch.setattr("trail.windows.settled_below", lambda: 2**62)
    sending.spread_once(now=NOW)
    assert subscription.messages.filter(event=low.pk).count() == 1
    while sending.send_once(now=NOW + timedelta(seconds=1)):
        pass
    seqs = [got.data["seq"] for got in receiver.got if got.data["subject"] == issue.code]
    assert seqs == sorted(seqs) and seqs[-2:] == [low.seq, high.seq]


UNDER_WAY = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND state LIKE 'idle in transaction%'
"""


@pytest.fixture
def slow_names(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """While a name is looked up: may every webhook be written, and is no transaction open? One answer for each."""
    found: list[bool] = []
    plain = socket.getaddrinfo

    def look(*where: Any, **more: Any) -> Any:
        if where[0] != "slow.example.cn":
            return plain(*where, **more)
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                list(Subscription.objects.select_for_update(nowait=True))
                cursor.execute(UNDER_WAY)
                found.append(cursor.fetchone() == (0,))
        except OperationalError:
            found.append(False)
        finally:
            connection.close()
        return plain("127.0.0.1", *where[1:], **more)

    monkeypatch.setattr(socket, "getaddrinfo", look)
    return found


SLOW = "http://slow.example.cn:9/"


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "one"}])
def test_nothing_is_locked_while_a_name_is_looked_up_over_rest(
    town: Town, receiver: Receiver, slow_names: list[bool], headers: dict[str, str]
) -> None:
    subscription = subscribe(town, receiver)
    client = client_of(town.people["system_admin"])
    facts = {"name": "演示", "address": SLOW, "account": "district_dispatcher", "types": []}
    here = f"/api/v1/webhooks/{subscription.pk}/"
    if headers:
        headers = headers | {"If-Match": client.get(here).headers["ETag"]}
    changed = client.post(f"{here}change/", facts, headers=headers)
    assert changed.status_code == 200, changed.content.decode()
    headers = {name: "two" for name in headers if name == "Idempotency-Key"}
    added = client.post("/api/v1/webhooks/", facts | {"unit": town.district.code}, headers=headers)
    assert added.status_code == 201, added.content.decode()
    assert slow_names == [True, True]
    assert set(Subscription.objects.values_list("address", flat=True)) == {SLOW}


def test_nor_in_the_staff_admin(town: Town, receiver: Receiver, slow_names: list[bool]) -> None:
    subscription, admin = subscribe(town, receiver), town.people["system_admin"]
    admin.is_staff = True
    admin.save()
    client = signed_in(town, "system_admin")
    facts = {"name": "演示", "address": SLOW, "account": "district_dispatcher"}
    where = "/admin/notices/subscription/"
    typed = {f"change-{name}": value for name, value in facts.items()} | {"idempotency_key": "one"}
    assert client.post(f"{where}{subscription.pk}/do/change/", typed).status_code == 302
    typed = {f"add-{name}": value for name, value in facts.items()} | {"idempotency_key": "two"}
    assert client.post(f"{where}add/", typed | {"add-unit": town.district.code}).status_code == 200
    assert slow_names == [True, True]
    assert list(Subscription.objects.values_list("address", flat=True)) == [SLOW] * 2
