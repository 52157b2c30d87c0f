"""Every second the loops ask tables that have grown for months: answered from indexes, whatever stands in them."""

import itertools
import json
from typing import Any

import pytest
from django.db import connection

from notices import webhook_actions as actions
from notices import webhook_sending as sending
from notices.models import Message
from notices.webhook_actions import Wanted
from tests.builders import NOW
from tests.towns import put_town
from trail.models import Event
from trail.querysets import of_types
from trail.windows import MOST_PASSED

pytestmark = pytest.mark.django_db
EVENTS, SUBSCRIPTIONS, SENT, QUEUED = 60_000, 10, 3_000, 1_000
# Transactions that no server of tests comes to: what the town itself did lies before them. Each fill has its own, behind
# all earlier ones: what those left dead in the index until somebody vacuums is not counted against the feed.
FIRST = itertools.count(2_000_000_000, EVENTS)
FILL_EVENTS = """
    INSERT INTO trail_event (subject_type, subject_id, seq, verb, actor_label, unit_label, data, occurred_at, xact_id)
    SELECT 'issue', 1000000 + n / 12, n %% 12 + 1, CASE WHEN n %% 5000 = 0 THEN 'split' ELSE 'sign' END, '', '',
        '{}', %s, %s + n / 3 FROM generate_series(1, %s) AS n
"""
FILL_MESSAGES = """
    INSERT INTO notices_message
        (subscription_id, subject_type, subject_id, seq, state, attempts, next_try_at, created_at, event_id)
    SELECT subscription.id, 'issue', 5000000 + n / 10, n %% 10 + 1, CASE WHEN n <= %s THEN 'sent' ELSE 'queued' END,
        1, %s, %s, n FROM notices_subscription AS subscription, generate_series(1, %s) AS n
"""


@pytest.fixture
def filled(db: None, monkeypatch: pytest.MonkeyPatch) -> int:
    """The first transaction of what was filled in."""
    first = next(FIRST)
    monkeypatch.setattr("trail.windows.settled_below", lambda: 2**40)
    town = put_town()
    wanted = Wanted("演示", "http://127.0.0.1:9/", town.people["street_dispatcher"])
    for _number in range(SUBSCRIPTIONS):
        actions.add_subscription(wanted, unit=town.district, by=town.people["system_admin"], now=NOW)
    with connection.cursor() as cursor:
        cursor.execute(FILL_EVENTS, [NOW, first, EVENTS])
        cursor.execute(FILL_MESSAGES, [SENT, NOW, NOW, SENT + QUEUED])
        cursor.execute("ANALYZE trail_event, notices_message, notices_subscription")
    return first


def plan(statement: str, parameters: Any) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", parameters)
        (found,) = cursor.fetchone()
    return (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]


def read_whole(node: dict[str, Any], table: str) -> bool:
    """Is this table read from end to end, anywhere in the plan?"""
    own = node["Node Type"] == "Seq Scan" and node.get("Relation Name") == table
    return own or any(read_whole(part, table) for part in node.get("Plans", ()))


def touched(node: dict[str, Any]) -> int:
    return node["Shared Hit Blocks"] + node["Shared Read Blocks"]


def test_what_is_due_is_found_without_looking_at_what_was_sent(filled: int) -> None:
    found = plan(sending.DUE, {"now": NOW, "limit": sending.SEND_BATCH})
    assert not read_whole(found, "notices_message")
    assert found["Actual Rows"] == sending.SEND_BATCH and touched(found) < 5_000


@pytest.mark.parametrize("transactions", [0, EVENTS // 6, EVENTS // 3])
def test_the_feed_costs_the_same_wherever_it_is_read(filled: int, transactions: int) -> None:
    after = (filled + transactions, 0)
    feed = Event.objects.feed(after, 2**40)
    for asked, most in (
        (feed.reverse()[:1], 30),
        (feed.values_list("xact_id", "pk")[MOST_PASSED - 1 : MOST_PASSED], 5_500),
        (feed[:100], 300),
        (feed.filter(of_types(["issue.split"])).not_behind((after[0] + MOST_PASSED // 3, 0))[:100], 5_500),
    ):
        found = plan(*asked.query.sql_with_params())
        assert not read_whole(found, "trail_event")
        assert touched(found) < most, (touched(found), most)


def test_of_one_subject_only_its_own_events_are_read(filled: int) -> None:
    feed = Event.objects.feed((filled, 0), 2**40).filter(subject_type="issue", subject_id=1_000_500)
    found = plan(*feed[:100].query.sql_with_params())
    assert not read_whole(found, "trail_event") and touched(found) < 60


def test_a_webhooks_page_reads_its_newest_messages_alone(filled: int) -> None:
    rows = Message.objects.filter(subscription=Message.objects.first().subscription_id).order_by("-pk")[:20]
    found = plan(*rows.query.sql_with_params())
    assert not read_whole(found, "notices_message") and touched(found) < 100
