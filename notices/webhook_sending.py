"""The two loops of webhooks: events become a message per subscription, messages are sent.

A crash anywhere repeats work and loses nothing: messages and the subscription's position are one transaction, and what
was sent but not marked is sent again under the same id. Nothing is locked while a receiver is waited for.
"""

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from standardwebhooks import Webhook

from notices.models import Attempt, Message, Subscription
from notices.webhook_actions import put_to_rest
from notices.webhooks import (
    MOST_ATTEMPTS,
    MOST_FAILURES,
    MOST_WAITING,
    PING,
    SIGNATURE,
    WAITS,
    kept_body,
    kept_headers,
    wait_after,
)
from notices.wire import SECONDS, Outcome, Request, post_all
from trail.feeds import SOURCES, Told, row, tell, written
from trail.hints import nudge
from trail.models import Event
from trail.querysets import of_types
from trail.retries import blame
from trail.statements import rows_of
from trail.windows import START, look, newest_settled

log = logging.getLogger(__name__)
SPREAD_BATCH = 200
SEND_BATCH = 10
# Of one receiver at a time; one that has just failed is tried with a single message.
SEND_TO_ONE = 4
LEASE = timedelta(seconds=6 * SECONDS)
# Of what could not be written there is no request either.
UNWRITTEN, NOT_SENT = Outcome(None, "internal"), Request("", {}, b"")
# What a loop does not need, and some of it has to be decrypted.
UNREAD = ("secret", "old_secret", "account__phone", "unit__boundary")
# Read together: a secret that is changed meanwhile signs under its own number.
SECRETS = ("secret", "secret_number", "old_secret", "old_secret_until")
LOADED = ("event", "subscription__account", "subscription__unit__district")
UNREAD_THERE = (*(f"subscription__{name}" for name in UNREAD), "subscription__unit__district__boundary")
# Whoever was tried longest ago comes first, so that a receiver with much to be told holds up nobody. Of one subject
# the first that is neither sent nor given up.
DUE = f"""
    SELECT due.id FROM notices_subscription AS subscription CROSS JOIN LATERAL (
        SELECT first.id, row_number() OVER () AS place FROM (
            SELECT message.id FROM notices_message AS message
            WHERE message.subscription_id = subscription.id AND message.state = 'queued'
            AND message.next_try_at <= %(now)s AND message.event_id IS NOT NULL
            AND (message.lease_until IS NULL OR message.lease_until <= %(now)s)
            AND NOT EXISTS (
                SELECT FROM notices_message AS earlier
                WHERE earlier.subscription_id = subscription.id AND earlier.state = 'queued'
                AND earlier.subject_type = message.subject_type AND earlier.subject_id = message.subject_id
                AND earlier.seq < message.seq
            )
            ORDER BY message.next_try_at, message.id LIMIT {SEND_TO_ONE}
        ) AS first
    ) AS due
    WHERE subscription.ended_at IS NULL AND subscription.paused_at IS NULL
    AND (subscription.rest_until IS NULL OR subscription.rest_until <= %(now)s)
    AND (subscription.failures = 0 OR due.place = 1)
    ORDER BY subscription.tried_at NULLS FIRST, subscription.id, due.place LIMIT %(limit)s
"""
# Whoever sends a ping waits for it: even while the subscription is paused or rests.
PINGS = """
    SELECT id FROM notices_message WHERE state = 'queued' AND event_id IS NULL AND next_try_at <= %(now)s
    AND (lease_until IS NULL OR lease_until <= %(now)s) ORDER BY next_try_at, id LIMIT %(limit)s
"""


# --- events become messages -------------------------------------------------------------------------------
def spread_once(*, now: datetime, limit: int = SPREAD_BATCH) -> bool:
    """Write the messages of the next events for every running subscription. Whether there is more already."""
    places = Subscription.objects.running().order_by("pk").values_list("pk", "after_xact", "after_id")
    found = list(places)
    newest = newest_settled() if found else START
    more = [_spread(pk, now, limit) for pk, *position in found if tuple(position) < newest]
    return any(more)


def _spread(pk: int, now: datetime, limit: int) -> bool:
    """For one of them. One that fails must not hold up the others: its position stays, and it is tried again."""
    try:
        with transaction.atomic():
            return _spread_locked(pk, now, limit)
    except Exception as error:  # whatever it is
        log.warning("webhook %d cannot be written: %s", pk, blame(error))
        return False


def _spread_locked(pk: int, now: datetime, limit: int) -> bool:
    """Unless somebody else does just that. Is there more?"""
    rows = Subscription.objects.running().select_related("account", "unit").defer(*UNREAD)
    found = rows.select_for_update(of=("self",), no_key=True, skip_locked=True).filter(pk=pk).first()
    if found is None:
        return False
    if not found.account.is_active:
        put_to_rest(found, "account", by=None, now=now)
        return False
    room = MOST_WAITING - found.messages.waiting()[:MOST_WAITING].count()
    if room <= 0:
        return False
    wanted = of_types(found.types) if found.types else Q(subject_type__in=list(SOURCES))
    window = look((found.after_xact, found.after_id), wanted=wanted, limit=min(limit, room))
    if window.rows:
        _write(found, _with_earlier(found, window.rows, wanted), now)
    found.after_xact, found.after_id = window.end
    found.save(update_fields=["after_xact", "after_id"])
    return window.more


def _with_earlier(subscription: Subscription, events: Sequence[Event], wanted: Q) -> list[Event]:
    """These and whatever of their subjects came before them: what has a lower number may stand behind it in the
    feed, when its transaction began later."""
    last: dict[tuple[str, int], int] = {}
    for event in events:
        key = event.subject_type, event.subject_id
        last[key] = max(event.seq, last.get(key, 0))
    ids = {subject_id for _subject, subject_id in last}
    behind = Q(xact_id__gt=subscription.after_xact) | Q(
        xact_id=subscription.after_xact, pk__gt=subscription.after_id
    )
    rows = Event.objects.filter(
        wanted, behind, subject_type__in={one for one, _pk in last}, subject_id__in=ids
    )
    return [
        event
        for event in rows.order_by("subject_type", "subject_id", "seq")
        if event.seq <= last.get((event.subject_type, event.subject_id), 0)
    ]


def _write(subscription: Subscription, events: Sequence[Event], now: datetime) -> None:
    """A message for each of these that the account may see in the subscription's unit; once, however often."""
    messages = [
        Message(
            subscription=subscription,
            event=event,
            subject_type=event.subject_type,
            subject_id=event.subject_id,
            seq=event.seq,
            next_try_at=now,
            created_at=now,
        )
        for event in _concerning(subscription, events, now)
    ]
    if messages:
        Message.objects.bulk_create(messages, ignore_conflicts=True)
        transaction.on_commit(lambda: nudge("deliver"))


def _concerning(subscription: Subscription, events: Sequence[Event], now: datetime) -> list[Event]:
    """Those that it is to be told of. One of its district of which that cannot be found out is among them: it is asked
    again whenever its message is tried, which counts and is logged as any failure, and until then holds up nothing but
    its own subject."""
    try:
        with transaction.atomic():
            told = tell(events, subscription.account, now)
            return [one for one in events if one.pk in told and subscription.unit_id in told[one.pk].places]
    except Exception as error:  # whatever it is; without a connection the transaction around this fails too
        if len(events) > 1:
            return [one for event in events for one in _concerning(subscription, [event], now)]
        (event,) = events
        log.warning("webhook %d cannot be told of event %d: %s", subscription.pk, event.pk, blame(error))
        return [event] if event.district_id in {None, subscription.unit.district_id} else []


# --- messages are sent ------------------------------------------------------------------------------------
def send_once(*, now: datetime, limit: int = SEND_BATCH) -> int:
    """Send up to `limit` messages, all at once. Returns how many it took.

    Not one transaction, on purpose: nothing is locked while receivers are waited for.
    """
    claimed = _lease(now, limit)
    if not claimed:
        return 0
    written = [(message, request) for group in _groups(claimed) for message, request in _written(group, now)]
    ready = [(message, request) for message, request in written if request]
    outcomes = dict(
        zip([message.pk for message, _request in ready], post_all(one for _, one in ready), strict=True)
    )
    answered: dict[int, list[Outcome]] = {}
    stuck = set()
    for message, request in written:
        outcome = outcomes.get(message.pk, UNWRITTEN)
        _settle(message, request or NOT_SENT, outcome, now)
        answered.setdefault(message.subscription_id, []).append(outcome)
        if outcome is UNWRITTEN and message.event_id and message.attempts >= MOST_ATTEMPTS:
            stuck.add(message.subscription_id)
    for pk, found in answered.items():
        _judge(pk, found, now, stuck=pk in stuck)
    return len(claimed)


@transaction.atomic
def _lease(now: datetime, limit: int) -> list[Message]:
    """Take what is due for a while. The attempt counts from here: one that kills its sender ends too."""
    asked = {"now": now, "limit": limit}
    ids = [pk for (pk,) in (*rows_of(PINGS, asked), *rows_of(DUE, asked))][:limit]
    if not ids:
        return []
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    rows = Message.objects.waiting().filter(free, pk__in=ids).order_by("pk")
    rows = rows.select_related(*LOADED).defer(*UNREAD_THERE)
    found = list(rows.select_for_update(of=("self",), skip_locked=True))
    spent = [message.pk for message in found if message.attempts >= _most(message)]
    Message.objects.filter(pk__in=spent).update(state="dead", lease_until=None, ended_at=now)
    claimed = [message for message in found if message.pk not in spent]
    Message.objects.filter(pk__in=[message.pk for message in claimed]).update(
        lease_until=now + LEASE, attempts=F("attempts") + 1
    )
    tried = {message.subscription_id for message in claimed}
    Subscription.objects.filter(pk__in=tried).update(tried_at=now)
    for message in claimed:
        message.lease_until, message.attempts = now + LEASE, message.attempts + 1
    return claimed


def _most(message: Message) -> int:
    """A ping is tried once: whoever sends it waits for it."""
    return MOST_ATTEMPTS if message.event_id else 1


def _groups(messages: Iterable[Message]) -> Iterable[list[Message]]:
    """Those of each subscription."""
    groups: dict[int, list[Message]] = {}
    for message in messages:
        groups.setdefault(message.subscription_id, []).append(message)
    return groups.values()


def _written(group: list[Message], now: datetime) -> list[tuple[Message, Request | None]]:
    """What the messages of one subscription say, as its account sees it at this moment. What it may not see any
    more is withheld; None where it cannot be written: that is no fault of the others."""
    try:
        with transaction.atomic():
            subscription = group[0].subscription
            subscription.refresh_from_db(fields=SECRETS)
            # Each message came with a subscription of its own; all are signed with the secrets of one moment.
            for message in group:
                message.subscription = subscription
            told = tell([message.event for message in group if message.event], subscription.account, now)
            said = [(message, _content(message, told)) for message in group]
            withheld = [message.pk for message, content in said if content is None]
            Message.objects.filter(pk__in=withheld).update(state="withheld", ended_at=now, lease_until=None)
            return [(message, _signed(message, content, now)) for message, content in said if content]
    except Exception as error:  # whatever it is, a secret that no key opens, say
        if len(group) > 1:
            return [one for message in group for one in _written([message], now)]
        log.warning("webhook %d cannot be written: %s", group[0].subscription_id, blame(error))
        return [(message, None) for message in group]


def _content(message: Message, told: Mapping[int, Told]) -> dict[str, Any] | None:
    subscription = message.subscription
    if message.event is None:
        return _ping(message)
    found = told.get(message.event.pk)
    if found is None or subscription.unit_id not in found.places or not subscription.account.is_active:
        return None
    return row(message.event, found)


def _ping(message: Message) -> dict[str, Any]:
    """In the shape of an event, of nothing."""
    unit, at = message.subscription.unit, written(message.created_at)
    said = {"id": message.webhook_id, "type": PING, "occurred_at": at, "recorded_at": at, "subject": None}
    return said | {"seq": 0, "district": unit.district.code, "unit": unit.code, "data": {}}


def _signed(message: Message, content: dict[str, Any], now: datetime) -> Request:
    """As Standard Webhooks have it; while the secret changes, signed with both."""
    subscription, body = message.subscription, json.dumps(content, ensure_ascii=False)
    secrets = {subscription.secret_number: subscription.secret}
    if subscription.old_secret and subscription.old_secret_until and now < subscription.old_secret_until:
        secrets[subscription.secret_number - 1] = subscription.old_secret
    signatures = [Webhook(secret).sign(message.webhook_id, now, body) for secret in secrets.values()]
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Gezhi-Webhooks",
        "Connection": "close",
        "webhook-id": message.webhook_id,
        "webhook-timestamp": str(int(now.timestamp())),
        SIGNATURE: " ".join(signatures),
    }
    return Request(subscription.address, headers, body.encode(), tuple(secrets))


@transaction.atomic
def _settle(message: Message, request: Request, outcome: Outcome, now: datetime) -> None:
    """Log the attempt with what was sent, and say what becomes of the message."""
    Attempt.objects.create(
        message_id=message.pk,
        at=now,
        address=request.address,
        headers=kept_headers(request.headers),
        body=kept_body(request.body),
        secrets=list(request.secrets),
        status=outcome.status,
        error=outcome.error,
        answer=outcome.answer,
        milliseconds=outcome.milliseconds,
    )
    rows = Message.objects.filter(pk=message.pk)
    if not outcome.error:
        # Sent is sent, even if the lease ran out meanwhile.
        rows.waiting().update(state="sent", ended_at=now, lease_until=None)
        return
    log.warning("webhook %d failed: %s %s", message.subscription_id, outcome.error, outcome.status or "")
    wait = wait_after(message.attempts) if message.event_id else None
    if outcome is UNWRITTEN and message.event_id:
        # Our own fault: it is not given up, the webhook is paused instead (`_judge`).
        wait = wait or WAITS[-1]
    # Only while the lease is ours: somebody else may hold it by now, or have sent it.
    ours = rows.waiting().filter(lease_until=message.lease_until)
    if wait is None:
        ours.update(state="dead", ended_at=now, lease_until=None)
    else:
        ours.update(next_try_at=now + wait, lease_until=None)


@transaction.atomic
def _judge(pk: int, outcomes: Sequence[Outcome], now: datetime, *, stuck: bool) -> None:
    """What a receiver's answers mean for what comes next: go on, rest for a while, or pause. `stuck`: one of its
    messages could not be written as often as any is tried."""
    rows = Subscription.objects.select_related("unit").defer("secret", "old_secret", "unit__boundary")
    subscription = rows.select_for_update(of=("self",), no_key=True).get(pk=pk)
    if not all(outcome.error for outcome in outcomes):
        subscription.failures, subscription.rest_until, subscription.reached_at = 0, None, now
    else:
        subscription.failures += 1
        wait = wait_after(subscription.failures)
        subscription.rest_until = now + wait if wait else None
    subscription.save(update_fields=["failures", "rest_until", "reached_at"])
    if subscription.paused_at or subscription.ended_at:
        return
    if any(outcome.error == "gone" for outcome in outcomes):
        put_to_rest(subscription, "gone", by=None, now=now)
    elif stuck or (subscription.failures >= MOST_FAILURES and all(one is UNWRITTEN for one in outcomes)):
        put_to_rest(subscription, "unwritten", by=None, now=now)
    elif subscription.failures >= MOST_FAILURES:
        put_to_rest(subscription, "failures", by=None, now=now)
