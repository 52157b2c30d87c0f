"""The only writers of webhooks: who is told, of what, with which secret; and what a person does about messages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from grids.actions.authority import require
from grids.actions.notes import at
from grids.models import Unit
from grids.standing import standing_of
from notices.addresses import BadAddress
from notices.models import Message, Subscription
from notices.querysets import CONNECTS
from notices.webhooks import BAD_ADDRESS, OVERLAP, new_secret
from notices.wire import check_address, read_target
from trail.actions import drop_some, record_event
from trail.feeds import event_types
from trail.hints import nudge
from trail.querysets import settled_below
from trail.refusals import Refused

SUBJECT = "webhook"
FORGET_BATCH = RESEND_BATCH = 1000
MOST_PER_DISTRICT = 50


@dataclass(frozen=True)
class Wanted:
    """What a subscription is to be. No `types` means all."""

    name: str
    address: str
    account: User | None
    types: Sequence[str] = ()


def look_up_address(wanted: Wanted, *, unit: Unit, by: User | None, now: datetime) -> None:
    """Does the address lead to where one may send? Asked before anything is locked, since name servers may be slow; what
    it leads to later is judged again whenever something is sent.

    Raises NotAllowed, Refused: what `add_subscription` would refuse is not looked up at all.
    """
    require(by, CONNECTS, unit, now)
    address = _checked(wanted, unit, now)["address"]
    try:
        check_address(address)
    except BadAddress as bad:
        raise Refused(BAD_ADDRESS[bad.code], code=bad.code) from bad


@transaction.atomic
def add_subscription(wanted: Wanted, *, unit: Unit, by: User | None, now: datetime) -> Subscription:
    """From now on this address is told what happens in the unit. The row has the secret: show it once. Where the address
    leads is for `look_up_address` to say, before this.

    Raises NotAllowed, Refused (name; address and the other keys of BAD_ADDRESS; account; types; too_many).
    """
    require(by, CONNECTS, unit, now)
    kept = _checked(wanted, unit, now)
    if (
        Subscription.objects.filter(unit__district=unit.district_id, ended_at=None).count()
        >= MOST_PER_DISTRICT
    ):
        text = _("At most %(most)d webhooks in a district; end one first.") % {"most": MOST_PER_DISTRICT}
        raise Refused(text, code="too_many")
    subscription = Subscription.objects.create(
        **kept,
        unit=unit,
        secret=new_secret(),
        secret_since=now,
        after_xact=settled_below(),
        after_id=0,
        created_by=by,
        created_at=now,
    )
    _record(subscription, "add", by, now, seq=1)
    return subscription


@transaction.atomic
def change_subscription(
    subscription: Subscription, wanted: Wanted, *, by: User | None, now: datetime
) -> Subscription:
    """Another name, address, account or other events, from the next message on; the unit stays. What failed at another
    address is tried at the new one at once. Raises as `add_subscription` does, and Refused("ended")."""
    subscription = _locked(subscription, by, now)
    kept = _checked(wanted, subscription.unit, now)
    changed = sorted(name for name, value in kept.items() if getattr(subscription, name) != value)
    if changed:
        for name in changed:
            setattr(subscription, name, kept[name])
        begun = _begin_anew(subscription, now) if "address" in changed else []
        subscription.save(update_fields=[*changed, *begun])
        _record(subscription, "change", by, now, {"fields": changed})
    return subscription


@transaction.atomic
def rotate_secret(subscription: Subscription, *, by: User | None, now: datetime) -> Subscription:
    """A new secret; for a day the old one signs as well, so that the receiver can change over. Raises NotAllowed,
    Refused("ended")."""
    subscription = _locked(subscription, by, now)
    subscription.old_secret, subscription.old_secret_until = subscription.secret, now + OVERLAP
    subscription.secret, subscription.secret_since = new_secret(), now
    subscription.secret_number += 1
    changed = ["secret", "secret_number", "secret_since", "old_secret", "old_secret_until"]
    subscription.save(update_fields=changed)
    _record(subscription, "rotate", by, now)
    return subscription


@transaction.atomic
def pause_subscription(subscription: Subscription, *, by: User | None, now: datetime) -> Subscription:
    """Nothing is sent until somebody resumes it, and nothing is lost. Raises NotAllowed, Refused (ended, paused)."""
    subscription = _locked(subscription, by, now)
    if subscription.paused_at:
        raise Refused(_("It is paused already."), code="paused", allowed=("resume",))
    put_to_rest(subscription, "person", by=by, now=now)
    return subscription


def put_to_rest(subscription: Subscription, why: str, *, by: User | None, now: datetime) -> None:
    """Pause this locked, running subscription; `why` is a key of webhooks.PAUSES. What no person did is
    told (notices.notices)."""
    subscription.paused_at, subscription.paused_because = now, why
    subscription.save(update_fields=["paused_at", "paused_because"])
    verb = "pause" if why == "person" else "pause_itself"
    _record(subscription, verb, by, now, {"reason": why})


@transaction.atomic
def resume_subscription(
    subscription: Subscription, *, by: User | None, now: datetime, from_now: bool = False
) -> Subscription:
    """Go on where it stood; `from_now`: without what has happened meanwhile, waiting messages included.

    Raises NotAllowed, Refused (ended; running; account).
    """
    subscription = _locked(subscription, by, now)
    if not subscription.paused_at:
        raise Refused(_("It is not paused."), code="running", allowed=("pause",))
    _check_account(subscription.account, subscription.unit, now)
    subscription.paused_at, subscription.paused_because = None, ""
    changed = ["paused_at", "paused_because"]
    if from_now:
        subscription.after_xact, subscription.after_id = settled_below(), 0
        changed += ["after_xact", "after_id"]
        subscription.messages.waiting().update(state="withheld", ended_at=now, lease_until=None)
    subscription.save(update_fields=[*changed, *_begin_anew(subscription, now)])
    _record(subscription, "resume", by, now, {"from_now": from_now})
    return subscription


@transaction.atomic
def end_subscription(subscription: Subscription, *, by: User | None, now: datetime) -> Subscription:
    """It is told nothing any more, for good; what it was told stays to be read. Raises NotAllowed,
    Refused("ended")."""
    subscription = _locked(subscription, by, now)
    subscription.ended_at = now
    subscription.secret = subscription.old_secret = ""
    subscription.save(update_fields=["ended_at", "secret", "old_secret"])
    subscription.messages.waiting().update(state="withheld", ended_at=now, lease_until=None)
    _record(subscription, "end", by, now)
    return subscription


@transaction.atomic
def ping_subscription(subscription: Subscription, *, by: User | None, now: datetime) -> Message:
    """Send it a message that tells nothing, once, even while it is paused. Raises NotAllowed, Refused("ended")."""
    subscription = _locked(subscription, by, now)
    message = Message.objects.create(subscription=subscription, next_try_at=now, created_at=now)
    _record(subscription, "ping", by, now)
    transaction.on_commit(lambda: nudge("deliver"))
    return message


@transaction.atomic
def resend_message(message: Message, *, by: User | None, now: datetime) -> Message:
    """Send it again, under the same id and ten times more, whether it was given up or sent.

    Raises NotAllowed, Refused (ended; waiting: it is about to be sent).
    """
    subscription = _locked(message.subscription, by, now)
    if not resend(Message.objects.filter(pk=message.pk).exclude(state="queued"), now):
        raise Refused(_("It is about to be sent."), code="waiting")
    _record(subscription, "resend", by, now, {"message": message.pk})
    message.refresh_from_db()
    return message


@transaction.atomic
def resend_dead(
    subscription: Subscription, *, by: User | None, now: datetime, limit: int = RESEND_BATCH
) -> int:
    """Send up to `limit` of those again that were given up. How many. Raises NotAllowed, Refused("ended")."""
    subscription = _locked(subscription, by, now)
    ids = list(subscription.messages.dead().order_by("pk").values_list("pk", flat=True)[:limit])
    count = resend(Message.objects.filter(pk__in=ids, state="dead"), now)
    if count:
        _record(subscription, "resend", by, now, {"count": count})
    return count


def resend(messages: Any, now: datetime) -> int:
    """Put these messages back into the queue; how many."""
    transaction.on_commit(lambda: nudge("deliver"))
    return messages.update(state="queued", attempts=0, next_try_at=now, ended_at=None, lease_until=None)


@transaction.atomic
def follow_merged(unit: Unit, *, now: datetime) -> int:
    """Whoever is told of a unit that became part of another is told of that one from now on; how many."""
    into = unit.merged_into
    if into is None:
        return 0
    rows = Subscription.objects.filter(unit=unit, ended_at=None).order_by("pk")
    found = list(rows.select_for_update(of=("self",), no_key=True))
    for subscription in found:
        subscription.unit = into
        subscription.save(update_fields=["unit"])
        _record(subscription, "change", None, now, {"fields": ["unit"]})
    return len(found)


def forget_messages(*, before: datetime, limit: int = FORGET_BATCH) -> int:
    """Drop up to `limit` messages that were sent or withheld before this, with their attempts; how many."""
    return drop_some(Message.objects.ended_before(before), limit=limit)


# --- what they share --------------------------------------------------------------------------------------
def _locked(subscription: Subscription, by: User | None, now: datetime) -> Subscription:
    """As it is now. Raises NotAllowed, Refused("ended")."""
    rows = Subscription.objects.select_related("unit", "account").select_for_update(of=("self",), no_key=True)
    subscription = rows.get(pk=subscription.pk)
    require(by, CONNECTS, subscription.unit, now)
    if subscription.ended_at:
        raise Refused(_("This webhook has ended; add a new one."), code="ended")
    return subscription


def _checked(wanted: Wanted, unit: Unit, now: datetime) -> dict[str, Any]:
    """The columns; the address is only read. Raises Refused."""
    name = " ".join(wanted.name.split())
    if not 0 < len(name) <= 60:
        raise Refused(_("A name of at most 60 characters."), code="name")
    if strange := sorted(set(wanted.types) - set(event_types())):
        raise Refused(_("There is no such type: %(types)s.") % {"types": ", ".join(strange)}, code="types")
    _check_account(wanted.account, unit, now)
    address = wanted.address.strip()
    try:
        read_target(address)
    except BadAddress as bad:
        raise Refused(BAD_ADDRESS[bad.code], code=bad.code) from bad
    return {"name": name, "address": address, "account": wanted.account, "types": sorted(set(wanted.types))}


def _begin_anew(subscription: Subscription, now: datetime) -> list[str]:
    """What failed before failed because of a receiver that is well again, or is another one: it is asked at once, and
    everything that waits is tried as if for the first time. The columns to be saved."""
    subscription.failures, subscription.rest_until = 0, None
    subscription.messages.waiting().update(next_try_at=now, attempts=0)
    transaction.on_commit(lambda: nudge("fanout"))
    return ["failures", "rest_until"]


def account_named(name: str) -> User | None:
    """The account with this sign-in name; whether a webhook may have its sight is asked when it is saved."""
    return User.objects.filter(username=name.strip()).first()


def _check_account(account: User | None, unit: Unit, now: datetime) -> None:
    """An account of this district alone: who stands in two would carry what they see in one into the other. Raises
    Refused("account")."""
    places = {one.lineage["district_id"] for one in standing_of(account, now).positions} if account else set()
    if account is None or account.is_superuser or places != {unit.district_id}:
        raise Refused(_("An open account whose posts are in this district, and only there."), code="account")


def _record(
    subscription: Subscription,
    verb: str,
    by: User | None,
    now: datetime,
    data: dict[str, Any] | None = None,
    seq: int | None = None,
) -> None:
    record_event(SUBJECT, subscription.pk, verb, by=by, now=now, seq=seq, data=data, **at(subscription.unit))
