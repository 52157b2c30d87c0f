"""The loop of group channels. A crash repeats a message and loses none; nothing is locked while a group is waited for.

Of one group one message is under way at a time, so one that is slow or dead holds up nobody else.
"""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import translation

from notices.group_actions import stop_group
from notices.group_line import SECONDS, Letter, send_all
from notices.groups import MOST_FAILURES, PACE
from notices.models import GroupChannel, GroupMessage
from trail.retries import MOST_ATTEMPTS, back_off, blame

log = logging.getLogger(__name__)
GROUP_BATCH = 10
LEASE = timedelta(seconds=5 * SECONDS)
# Bots that were told a word which every message must contain find this one in it.
TITLE = "格治 Gezhi"


def send_groups_once(*, now: datetime, limit: int = GROUP_BATCH) -> int:
    """Send one message to each of up to `limit` groups, all at once. How many it took.

    Not one transaction, on purpose: nothing is locked while groups are waited for.
    """
    ids = list(GroupMessage.objects.first_due(now).values_list("pk", flat=True)[:limit])
    claimed = _lease(ids, now) if ids else []
    if not claimed:
        return 0
    written = [(message, _letter(message)) for message in claimed]
    sent = [(message, letter) for message, letter in written if letter]
    errors = dict(
        zip(
            [message.pk for message, _letter in sent],
            send_all(letter for _message, letter in sent),
            strict=True,
        )
    )
    for message in claimed:
        _settle(message, errors.get(message.pk, "internal"), now)
    return len(claimed)


@transaction.atomic
def _lease(ids: list[int], now: datetime) -> list[GroupMessage]:
    """Take those of these that are still due. The attempt counts from here: one that kills its sender ends too."""
    rows = GroupMessage.objects.due(now).filter(pk__in=ids).order_by("pk").select_related("group")
    found = list(
        rows.defer("group__address").select_for_update(of=("self", "group"), no_key=True, skip_locked=True)
    )
    spent = [message.pk for message in found if message.attempts >= _most(message)]
    GroupMessage.objects.filter(pk__in=spent).update(state="dead", lease_until=None, ended_at=now)
    claimed = [message for message in found if message.pk not in spent]
    mine = GroupMessage.objects.filter(pk__in=[message.pk for message in claimed])
    mine.update(lease_until=now + LEASE, attempts=F("attempts") + 1)
    # Until this one is settled, or its sender is lost, the group's next one waits.
    groups = GroupChannel.objects.filter(pk__in={message.group_id for message in claimed})
    groups.update(rest_until=now + LEASE)
    for message in claimed:
        message.lease_until, message.attempts = now + LEASE, message.attempts + 1
    return claimed


def _most(message: GroupMessage) -> int:
    """A test is tried once: whoever sends it waits for it."""
    return MOST_ATTEMPTS if message.event_id else 1


def _letter(message: GroupMessage) -> Letter | None:
    """What it says, in the group's language; None where it cannot be written: that is nobody else's fault."""
    try:
        with translation.override(message.group.language):
            lines = [message.about, message.words, f"{settings.BASE_URL}{message.link}"]
            return Letter(message.group.address, TITLE, "\n".join(line for line in lines if line))
    except Exception as error:  # whatever it is, an address that no key opens, say
        log.warning("group %d cannot be written: %s", message.group_id, blame(error))
        return None


@transaction.atomic
def _settle(message: GroupMessage, error: str, now: datetime) -> None:
    """What becomes of the message, and of the group: go on, rest for a while, or pause."""
    rows = GroupChannel.objects.select_related("district").defer("address", "district__boundary")
    group = rows.select_for_update(of=("self",), no_key=True).get(pk=message.group_id)
    queued = GroupMessage.objects.filter(pk=message.pk, state="queued")
    if not error:
        # Sent is sent, even if the lease ran out meanwhile.
        queued.update(state="sent", ended_at=now, lease_until=None, last_error="")
        group.failures, group.rest_until, group.reached_at = 0, now + PACE, now
    else:
        log.warning("group %d failed: %s", group.pk, error)
        _give_back(message, error, now)
        group.failures += 1
        group.rest_until = now + (back_off(group.failures) or PACE)
    group.last_error = error
    group.save(update_fields=["failures", "rest_until", "reached_at", "last_error"])
    if group.failures >= MOST_FAILURES and not group.paused_at and not group.ended_at:
        stop_group(group, "failures", by=None, now=now)


def _give_back(message: GroupMessage, error: str, now: datetime) -> None:
    """Only while the lease is ours: somebody else may hold it by now, or have sent it."""
    ours = GroupMessage.objects.filter(pk=message.pk, state="queued", lease_until=message.lease_until)
    wait = back_off(message.attempts) if message.event_id else None
    if wait is None:
        ours.update(state="dead", ended_at=now, lease_until=None, last_error=error)
    else:
        ours.update(next_try_at=now + wait, lease_until=None, last_error=error)
