"""The only writers of notices, and the two loops: events are fanned out to people, people are reached.

A crash anywhere repeats work and doubles nothing: what a handler writes and the mark that it has heard are
one transaction, and a person is told of an event once per channel.
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import F, Max, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions import set_language
from accounts.actions.authority import locked
from notices.batches import HEAR_MANY
from notices.channels import CHANNELS, SEND_SECONDS, TEXT, Channel, Later, NotTaken, Spared, texts_go_out
from notices.contacts import QUIET
from notices.models import Notice, Preference
from notices.wishes import CHOOSABLE, MOST_QUIET, Wishes, leaves_the_inbox, not_before, quiet_hours
from notices.words import WORDS, Params, lawful
from trail.actions import NewEvent, drop_some, record_event, record_events
from trail.districts import districts_of, sees_all
from trail.hints import nudge
from trail.models import Delivery, Event
from trail.outbox import HANDLERS
from trail.querysets import MENDS, of_districts
from trail.refusals import NotAllowed, Refused
from trail.retries import MOST_ATTEMPTS, back_off, blame

if TYPE_CHECKING:
    from accounts.models import User

log = logging.getLogger(__name__)
# Codes of NotTaken (webhooks.ERRORS) that say nothing of the message.
UNREACHED = frozenset({"timeout", "connection", "tls"})
FAN_OUT_BATCH = 100
DELIVER_BATCH = 5
FORGET_BATCH = 1000
REVIVE_BATCH = 1000
LEASE = timedelta(seconds=2 * DELIVER_BATCH * SEND_SECONDS)


@dataclass(frozen=True)
class Telling:
    """Tell these users (ids) of this event in these words, and `contacts` without an account (notices.contacts) by text
    message alone. `urgency` is the word's own unless given."""

    event: Event
    recipients: Iterable[int]
    key: str
    params: Params = field(default_factory=dict)
    link: str = ""
    urgency: str = ""
    contacts: tuple[str, ...] = ()


def notify(
    event: Event,
    recipients: Iterable[int],
    key: str,
    params: Params,
    link: str = "",
    *,
    now: datetime,
    urgency: str = "",
) -> int:
    """`notify_all` of one telling."""
    return notify_all([Telling(event, recipients, key, params, link, urgency)], now=now)


def notify_all(tellings: Iterable[Telling], *, now: datetime) -> int:
    """Tell people of events, on every channel, in one statement. Runs inside the handler's transaction.

    Who was told of an event already is not told again, whatever the word: order by importance. Returns how
    many people were named. Raises KeyError for an unknown word, ValueError for a parameter that the word may
    not keep or a link off this site.
    """
    checked = [
        replace(one, recipients=tuple(dict.fromkeys(one.recipients))) for one in map(_checked, tellings)
    ]
    people = {user_id for telling in checked for user_id in telling.recipients}
    people -= _systems(people)
    asked = any(channel.asks for channel in CHANNELS.values())
    wishes = Preference.objects.reachable_by_text(people) if asked and people else {}
    rows, told = [], 0
    for telling in checked:
        for user_id in (one for one in telling.recipients if one in people):
            told += 1
            rows += [_row(telling, user_id, one, now, wishes) for one in _channels(telling, user_id, wishes)]
        if texts_go_out():
            rows += [_row_of_contact(telling, contact, now) for contact in telling.contacts]
            told += len(telling.contacts)
    Notice.objects.bulk_create(rows, ignore_conflicts=True)
    if any(row.state == "queued" and row.next_try_at <= now for row in rows):
        transaction.on_commit(lambda: nudge("deliver"))
    return told


@transaction.atomic
def fan_out_once(*, now: datetime, limit: int = FAN_OUT_BATCH) -> int:
    """Let the handlers hear of up to `limit` events that no other fan-out holds. Returns how many it took.

    A handler that fails undoes only what it did itself; it is tried again later and given up after ten times.
    """
    due = Delivery.objects.due(now).select_for_update(of=("self",), skip_locked=True)
    claimed = list(due.select_related("event")[:limit])
    groups: dict[str, list[Delivery]] = {}
    for delivery in claimed:
        groups.setdefault(delivery.handler, []).append(delivery)
    heard = [pk for key, group in groups.items() for pk in _hear_all(key, group, now)]
    if heard:
        Delivery.objects.filter(pk__in=heard).update(done_at=now)
    return len(claimed)


def deliver_once(*, now: datetime, limit: int = DELIVER_BATCH) -> int:
    """Hand up to `limit` queued notices to their channels. Returns how many it took.

    Not one transaction, on purpose: nothing is locked while a receiver is waited for.
    """
    claimed, failed = _lease(now, limit), set()
    for notice in claimed:
        # A receiver that could not be reached just now is not waited for again: others wait for this loop too.
        if notice.channel in failed:
            _put_off(notice, notice.next_try_at)
        elif not _send(notice, now):
            failed.add(notice.channel)
    return len(claimed)


def mark_read(notice: Notice, *, by: "User", now: datetime) -> Notice:
    """Seen; the first time counts. Reading is nobody else's business, so the trail does not hear of it.

    Raises NotAllowed for somebody else's.
    """
    if notice.recipient_id != by.pk:
        raise NotAllowed(_("This is not addressed to you."), code="not_yours")
    Notice.objects.filter(pk=notice.pk, read_at=None).update(read_at=now)
    notice.read_at = notice.read_at or now
    return notice


def mark_all_read(*, by: "User", now: datetime, up_to: int | None = None) -> int:
    """Everything in the inbox is seen, or what is not newer than the notice `up_to`.

    Returns how many were unread.
    """
    unread = Notice.objects.addressed_to(by).unread()
    if up_to is not None:
        unread = unread.filter(pk__lte=up_to)
    return unread.update(read_at=now)


@transaction.atomic
def choose_notices(wishes: Wishes, *, by: "User", now: datetime, language: str = "") -> Preference:
    """What this person wants to hear outside the inbox from now on, and in which language ("" leaves that as it is); what
    is queued already goes as it was.

    Raises Refused("urgency") for one that cannot be chosen, ("quiet") for more than 16 quiet hours a day, ("language").
    """
    if wishes.by_text.difference(CHOOSABLE):
        raise Refused(_("Only what is late or to be done can be chosen."), code="urgency")
    if quiet_hours(wishes) > MOST_QUIET:
        raise Refused(_("At most 16 hours of a day can be quiet."), code="quiet")
    # One choice at a time, also where part of it is made elsewhere (notices/preference_actions.py).
    user = locked(by)
    if language and language != user.language:
        set_language(user, language=language, by=by, now=now)
    values = {
        "by_text": " ".join(sorted(wishes.by_text)),
        "quiet_from": wishes.quiet_from,
        "quiet_until": wishes.quiet_until,
        "weekly": wishes.weekly,
    }
    chosen, _made = Preference.objects.update_or_create(user=by, defaults=values)
    record_event("user", by.pk, "choose_notices", by=by, now=now, data={"by_text": values["by_text"]})
    return chosen


def take_back(subject_type: str, subject_id: int, people: Iterable[int]) -> int:
    """Whatever these people (ids) were told of this subject, or are about to be told on any channel, is gone: it is
    kept from them from now on. How many notices that were. Runs inside the caller's transaction."""
    events = Event.objects.about(subject_type, subject_id).order_by()
    told = Notice.objects.filter(recipient__in=people, event__in=events.values("pk"))
    return told.delete()[0]


def forget_notices(*, before: datetime, limit: int = FORGET_BATCH) -> int:
    """Drop up to `limit` notices that were read, or sent elsewhere, before this; unread ones wait. Returns how many."""
    return drop_some(Notice.objects.spent_before(before), limit=limit)


@transaction.atomic
def revive_deliveries(
    ids: Iterable[int] | None = None, *, by: "User | None", now: datetime, limit: int = REVIVE_BATCH
) -> int:
    """Let up to `limit` of what handlers could not hear be tried again, at once and ten times more.

    `ids=None` means all of them; what was not given up, or in a district that `by` does not administer, is left
    alone. Returns how many. Raises NotAllowed.
    """
    taken = _given_up(Delivery.objects.dead(), ids, by, now, limit)
    Delivery.objects.filter(pk__in=taken).update(dead_at=None, attempts=0, next_try_at=now)
    _record_revived("delivery", taken, by, now)
    transaction.on_commit(lambda: nudge("fanout"))
    return len(taken)


@transaction.atomic
def revive_notices(
    ids: Iterable[int] | None = None, *, by: "User | None", now: datetime, limit: int = REVIVE_BATCH
) -> int:
    """The same for notices that a channel could not hand over."""
    taken = _given_up(Notice.objects.dead(), ids, by, now, limit)
    Notice.objects.filter(pk__in=taken).update(state="queued", attempts=0, next_try_at=now, lease_until=None)
    _record_revived("notice", taken, by, now)
    transaction.on_commit(lambda: nudge("deliver"))
    return len(taken)


def _given_up(
    rows: QuerySet, ids: Iterable[int] | None, by: "User | None", now: datetime, limit: int
) -> dict[int, int | None]:
    """Ids of those of these rows that `by` may revive, with their districts, locked; what another administrator
    is reviving at this moment is left to them. None is the platform itself (a command on the server)."""
    if by is not None and not sees_all(by):
        districts = districts_of(by, now, MENDS)
        if not districts:
            raise NotAllowed(_("Only a system administrator lets it be tried again."), code="not_allowed")
        rows = rows.filter(of_districts(districts, "event__"))
    if ids is not None:
        rows = rows.filter(pk__in=list(ids))
    locked = rows.select_for_update(of=("self",), skip_locked=True).order_by("pk")
    return dict(locked.values_list("pk", "event__district_id")[:limit])


def _record_revived(subject: str, taken: dict[int, int | None], by: "User | None", now: datetime) -> None:
    known = Event.objects.filter(subject_type=subject, subject_id__in=taken).order_by()
    last = dict(known.values_list("subject_id").annotate(Max("seq")))
    record_events(
        [
            NewEvent(subject, pk, "revive", last.get(pk, 0) + 1, by=by, district_id=district)
            for pk, district in taken.items()
        ],
        now=now,
    )


def _checked(telling: Telling) -> Telling:
    link = telling.link
    if link and (not link.startswith("/") or link.startswith(("//", "/\\"))):
        raise ValueError("a notice leads to a path of this site")
    urgency = telling.urgency or WORDS[telling.key].urgency
    return replace(telling, params=lawful(telling.key, telling.params), urgency=urgency)


def _systems(ids: set[int]) -> set[int]:
    """Those of these accounts that belong to another system: nobody reads its inbox; it has the feed and webhooks."""
    found = get_user_model().objects.filter(pk__in=ids, is_service=True)
    return set(found.order_by().values_list("pk", flat=True)) if ids else set()


def _channels(telling: Telling, user_id: int, wishes: Mapping[int, Wishes]) -> list[Channel]:
    """Where this person is told of it."""
    own = wishes.get(user_id)
    rings = own is not None and leaves_the_inbox(telling.urgency, own)
    return [channel for channel in CHANNELS.values() if rings or not channel.asks]


def _row(
    telling: Telling, user_id: int, channel: Channel, now: datetime, wishes: Mapping[int, Wishes]
) -> Notice:
    held = channel.asks
    zone = timezone.get_current_timezone()
    return Notice(
        event=telling.event,
        recipient_id=user_id,
        channel=channel.key,
        key=telling.key,
        params=telling.params,
        link=telling.link,
        urgency=telling.urgency,
        created_at=now,
        next_try_at=not_before(telling.urgency, wishes[user_id], now, zone) if held else now,
        state="queued" if channel.send else "sent",
    )


def _row_of_contact(telling: Telling, contact: str, now: datetime) -> Notice:
    """The link is written when it is sent: it is a secret of theirs."""
    return Notice(
        event=telling.event,
        contact=contact,
        channel=TEXT,
        key=telling.key,
        params=telling.params,
        urgency=telling.urgency,
        created_at=now,
        next_try_at=not_before(telling.urgency, QUIET, now, timezone.get_current_timezone()),
        state="queued",
    )


def _hear_all(key: str, deliveries: list[Delivery], now: datetime) -> list[int]:
    """Which of them were heard: all at once where the handler can, else (or if that fails) one by one."""
    many = HEAR_MANY.get(key)
    if many and len(deliveries) > 1:
        try:
            with transaction.atomic():
                many([delivery.event for delivery in deliveries], now)
        except Exception as error:  # one of them is to blame: the others must not suffer for it
            log.warning("%s failed with %d at once: %s", key, len(deliveries), blame(error))
        else:
            return [delivery.pk for delivery in deliveries]
    return [delivery.pk for delivery in deliveries if _hear(delivery, now)]


def _hear(delivery: Delivery, now: datetime) -> bool:
    """Did the handler hear of it? If not, say when to try again."""
    try:
        with transaction.atomic():
            HANDLERS[delivery.handler].hear(delivery.event, now)
    except Exception as error:  # whatever a handler throws, the others must be heard
        _put_back(delivery, error, now)
        return False
    return True


def _put_back(delivery: Delivery, error: Exception, now: datetime) -> None:
    """A handler that this version does not know counts as a failure too: the next version may."""
    delivery.attempts += 1
    delivery.last_error = blame(error)
    log.warning("%s failed: %s", delivery.handler, delivery.last_error)
    wait = back_off(delivery.attempts)
    if wait is None:
        delivery.dead_at = now
    else:
        delivery.next_try_at = now + wait
    delivery.save(update_fields=["attempts", "last_error", "dead_at", "next_try_at"])


@transaction.atomic
def _lease(now: datetime, limit: int) -> list[Notice]:
    """Take what is due for a while. The attempt counts from here: one that kills its sender ends too."""
    rows = Notice.objects.select_for_update(skip_locked=True).next_due(now, limit)
    spent = [row.pk for row in rows if row.attempts >= MOST_ATTEMPTS]
    if spent:
        Notice.objects.filter(pk__in=spent).update(state="dead", lease_until=None)
    claimed = [row for row in rows if row.pk not in spent]
    Notice.objects.filter(pk__in=[row.pk for row in claimed]).update(
        lease_until=now + LEASE, attempts=F("attempts") + 1
    )
    for row in claimed:
        row.lease_until, row.attempts = now + LEASE, row.attempts + 1
    return claimed


def _send(notice: Notice, now: datetime) -> bool:
    """False: the receiver could not be reached."""
    if not _ours(notice).exists():
        # Taken back meanwhile, or in other hands.
        return True
    try:
        send = CHANNELS[notice.channel].send
        assert send is not None, "a channel without send queues nothing"
        send(notice, now)
    except Later as later:
        _put_off(notice, later.at)
    except Spared:
        Notice.objects.filter(pk=notice.pk).update(state="spared", lease_until=None, last_error="")
    except Exception as error:  # whatever a channel throws: the next notice is not its fault
        _give_back(notice, error, now)
        return not (isinstance(error, NotTaken) and error.code in UNREACHED)
    else:
        # Sent is sent, even if the lease ran out meanwhile.
        Notice.objects.filter(pk=notice.pk).update(state="sent", lease_until=None, last_error="")
    return True


def _ours(notice: Notice) -> QuerySet:
    """The notice, while the lease is ours: somebody else may hold it by now, or have sent it."""
    return Notice.objects.filter(pk=notice.pk, state="queued", lease_until=notice.lease_until)


def _put_off(notice: Notice, at: datetime) -> None:
    """Nobody was asked, so it was no attempt."""
    _ours(notice).update(next_try_at=at, lease_until=None, attempts=F("attempts") - 1)


def _give_back(notice: Notice, error: Exception, now: datetime) -> None:
    wait = back_off(notice.attempts)
    why = error.code if isinstance(error, NotTaken) else blame(error)
    log.warning("%s failed: %s", notice.channel, why)
    _ours(notice).update(
        state="dead" if wait is None else "queued",
        next_try_at=now if wait is None else now + wait,
        lease_until=None,
        last_error=why,
    )
