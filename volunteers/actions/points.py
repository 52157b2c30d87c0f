"""Points for what people did: booked from events, corrected, taken back, given back, expired. All by counter-entry."""

import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Min, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from grids.actions.authority import require
from issues.models import Issue
from trail.actions import record_event
from trail.models import Event
from trail.refusals import NotAllowed, Refused
from volunteers.actions.ledger import (
    Cause,
    book,
    book_nothing,
    lock_account,
    lock_account_by_id,
    lock_accounts,
    settle_owed,
    take_back,
)
from volunteers.deeds import reporter_of
from volunteers.ledger import REVERSALS, expired_of
from volunteers.models import PointAccount, PointEntry, PointTransfer, Volunteer
from volunteers.points_querysets import tariff_at
from volunteers.querysets import RUNS
from volunteers.tariff import ACTIVITY, HOURS, ISSUE, NOT_ACCEPTED, SPOTTER, WISH, Tariff
from volunteers.words import keys

if TYPE_CHECKING:
    from accounts.models import User

log = logging.getLogger(__name__)
BATCH = 500


@dataclass(frozen=True)
class Claim:
    """What one deed is worth points by. `events`: ids of all events of this deed; another deed's are none of them."""

    rule: str
    volunteer_id: int
    about_id: int
    day: date
    occurred_at: datetime
    events: frozenset[int]
    minutes: int = 0
    # Corrected to nothing: then it is worth nothing.
    void: bool = False


def book_event(event: Event, *, now: datetime) -> list[PointTransfer]:
    """`book_events` of one."""
    return book_events([event], now=now)


@transaction.atomic
def book_events(events: Sequence[Event], *, now: datetime) -> list[PointTransfer]:
    """Book the points for what the events tell of. The same event again, or late, or out of order, changes nothing
    more: what a deed is worth by all that is known of it is compared with what was booked for it.

    All accounts are locked first, in one order: else two who hear of the same people the other way round would wait
    for each other.
    """
    whose = {event.pk: pk for event in events if (pk := _whose(event))}
    accounts = lock_accounts(Volunteer.objects.exclude(state="erased").filter(pk__in=set(whose.values())))
    found: list[PointTransfer] = []
    for event in events:
        if account := accounts.get(whose.get(event.pk, 0)):
            found += _book(account, event, now)
    return found


def _whose(event: Event) -> int | None:
    """Id of the volunteer who did it; None for nobody's deed."""
    if event.topic not in CLAIMS:
        return None
    if event.subject_type != "issue":
        return event.data.get("volunteer")
    return next((claim.volunteer_id for claim in _claims_of(event)), None)


def _book(account: PointAccount, event: Event, now: datetime) -> list[PointTransfer]:
    """Under the account's lock: what has become known while we waited for it is known now."""
    found = [done for claim in _claims_of(event) if (done := _book_claim(account, claim, event, now))]
    cause = Cause(event.occurred_at, timezone.localdate(event.occurred_at), event_id=event.pk)
    settled = settle_owed(account, cause, now=now) if found else None
    return [*found, settled] if settled else found


def _claims_of(event: Event) -> list[Claim]:
    return CLAIMS[event.topic](event)


def _book_claim(account: PointAccount, claim: Claim, event: Event, now: datetime) -> PointTransfer | None:
    """What is missing for this deed, or too much. None: nothing is, which is noted too."""
    if PointTransfer.objects.filter(event=event.pk, rule=claim.rule).exists():
        return None
    known = list(PointTransfer.objects.about(account, claim.rule, claim.about_id))
    cause = Cause(claim.occurred_at, claim.day, rule=claim.rule, about_id=claim.about_id, event_id=event.pk)
    tariff = tariff_at(account.district_id, claim.occurred_at)
    missing = 0 if _is_settled(claim, known) else _missing(account, claim, tariff, known)
    if not missing:
        book_nothing(account, cause, now=now)
        return None
    if missing < 0:
        return take_back(account, "correct", -missing, cause, now=now)
    last = tariff.expires_on(timezone.localdate(claim.occurred_at))
    return book(account, "correct" if known else "earn", missing, replace(cause, expires_on=last), now=now)


def _is_settled(claim: Claim, known: Collection[PointTransfer]) -> bool:
    """What another deed has brought already, or what was taken back, stays as it is."""
    return bool(known) and (not claim.events & {one.event_id for one in known} or _is_reversed(known))


def _missing(account: PointAccount, claim: Claim, tariff: Tariff, known: Collection[PointTransfer]) -> int:
    """By how many points what was booked for the deed differs from what it is worth."""
    worth = 0 if claim.void else tariff.worth(claim.rule, claim.minutes)
    return tariff.allowed(claim.rule, worth, _used(account, claim)) - _value_of(known)


def _value_of(transfers: Collection[PointTransfer]) -> int:
    return sum(one.value for one in transfers)


def _used(account: PointAccount, claim: Claim) -> dict[str, int]:
    """Rule → points of that day by other deeds."""
    of_day = PointTransfer.objects.filter(account=account).earned(claim.day, claim.day)
    return of_day.exclude(rule=claim.rule, about_id=claim.about_id).by_rule()


def _is_reversed(transfers: Collection[PointTransfer]) -> bool:
    """Taken back, and not given back since."""
    kinds = [one.kind for one in transfers]
    return kinds.count("reverse") > kinds.count("restore")


# --- what events say --------------------------------------------------------------------------------------


def _of_service(event: Event) -> list[Claim]:
    """Hours, by the newest that is known of the service; and its activity, if it was part of one."""
    (told,) = _told_of([event.subject_id])
    first, minutes = told[0], told[-1].data["minutes"]
    claims = [_by_service(HOURS, event.subject_id, first, told, minutes=minutes)]
    if activity := first.data.get("activity"):
        claims.append(_of_activity(activity, first))
    return claims


def _of_activity(activity_id: int, confirmed: Event) -> Claim:
    """Taking part, once however many shifts: by all services of the person there of which the ledger has heard, and of
    this one. It is worth nothing when none of them has minutes left, and belongs to the day and tariff of the one that
    was confirmed first."""
    heard = PointTransfer.objects.of_deed(confirmed.data["volunteer"], ACTIVITY, activity_id)
    services = heard.filter(event__isnull=False).values_list("event__subject_id", flat=True)
    told = _told_of({confirmed.subject_id, *services})
    first = min((of_one[0] for of_one in told), key=lambda one: one.pk)
    void = all(of_one[-1].data["minutes"] <= 0 for of_one in told)
    return _by_service(ACTIVITY, activity_id, first, [one for of_one in told for one in of_one], void=void)


def _told_of(services: Iterable[int]) -> list[list[Event]]:
    """Of each service its confirmation and corrections, oldest first."""
    found: dict[int, list[Event]] = {}
    rows = Event.objects.filter(subject_type="service", subject_id__in=services)
    for event in rows.filter(verb__in=("confirm", "correct")).order_by("subject_id", "seq"):
        found.setdefault(event.subject_id, []).append(event)
    return list(found.values())


def _by_service(rule: str, about_id: int, first: Event, told: Iterable[Event], **more: Any) -> Claim:
    """Of the day on which it was served, by the tariff of the moment when that was confirmed."""
    return Claim(
        rule,
        first.data["volunteer"],
        about_id,
        date.fromisoformat(first.data["on"]),
        first.occurred_at,
        frozenset(one.pk for one in told),
        **more,
    )


def _of_wish(event: Event) -> list[Claim]:
    volunteer = event.data.get("volunteer")
    return [_simple(event, WISH, volunteer, event.subject_id)] if volunteer else []


def _of_issue(event: Event) -> list[Claim]:
    """Of what somebody reported for themselves and others settled: solved, or accepted of a spotter."""
    issue = Issue.objects.filter(pk=event.subject_id, state="closed", on_behalf=False, disputed=False).first()
    if issue is None or issue.registered_by_id in (None, issue.resolved_by_id):
        return []
    if issue.source == "spotter":
        rule = "" if issue.outcome in NOT_ACCEPTED else SPOTTER
    else:
        rule = ISSUE if issue.source == "resident" and issue.outcome == "solved" else ""
    who = reporter_of(issue) if rule else None
    return [_simple(event, rule, who.pk, issue.pk)] if who else []


def _simple(event: Event, rule: str, volunteer_id: int, about_id: int) -> Claim:
    """A deed of one event, on the local day on which it happened."""
    day = timezone.localdate(event.occurred_at)
    return Claim(rule, volunteer_id, about_id, day, event.occurred_at, frozenset({event.pk}))


# By these an issue ends, if its state afterwards says so.
ENDINGS = ("close", "rate", "verify")
CLAIMS: dict[str, Callable[[Event], list[Claim]]] = {
    "service.confirm": _of_service,
    "service.correct": _of_service,
    "wish.confirm": _of_wish,
    **{f"issue.{verb}": _of_issue for verb in ENDINGS},
}


# --- taken back and given back ----------------------------------------------------------------------------


@transaction.atomic
def reverse_booking(transfer: PointTransfer, *, by: "User | None", now: datetime, why: str) -> PointTransfer:
    """Take back by a counter-entry what was earned for a deed, or give back after that what the deed is worth by now:
    hours that were corrected in between count as corrected, and a day allows no more than it does. Once each: neither
    is ever changed.

    Whoever runs volunteering where the volunteer is at home does so, never for themselves. What is spent already
    is owed. Raises NotAllowed, or Refused("why", "kind", "reversed", "nothing").
    """
    account = lock_account_by_id(transfer.account_id)
    volunteer = account.volunteer
    assert volunteer is not None, "every booking is of a volunteer's account"
    require(by, RUNS, volunteer.home, now)
    if by is not None and volunteer.user_id == by.pk:
        raise NotAllowed(_("Somebody else decides about your points."), code="own")
    if why not in keys(REVERSALS):
        raise Refused(_("Choose one of what is offered."), code="why")
    if transfer.kind not in ("earn", "reverse"):
        raise Refused(
            _("Only what was earned is taken back, and only what was taken back is given back."), code="kind"
        )
    if PointTransfer.objects.filter(reverses=transfer.pk).exists():
        raise Refused(_("This has been answered by a counter-entry already."), code="reversed")
    done = _answer(account, transfer, now)
    _record(done, "reverse" if done.kind == "reverse" else "restore", by, now, {"why": why})
    return done


def _answer(account: PointAccount, transfer: PointTransfer, now: datetime) -> PointTransfer:
    known = list(PointTransfer.objects.about(account, transfer.rule, transfer.about_id))
    cause = Cause(
        transfer.occurred_at,
        transfer.day,
        rule=transfer.rule,
        about_id=transfer.about_id,
        reverses_id=transfer.pk,
    )
    if transfer.kind == "earn":
        return take_back(account, "reverse", _some(_value_of(known)), cause, now=now)
    points = _some(_worth_anew(account, transfer, known))
    last = tariff_at(account.district_id, now).expires_on(timezone.localdate(now))
    done = book(account, "restore", points, replace(cause, expires_on=last), now=now)
    settle_owed(account, replace(cause, reverses_id=done.pk), now=now)
    return done


def _worth_anew(account: PointAccount, reversal: PointTransfer, known: Collection[PointTransfer]) -> int:
    """What the deed whose points were taken back is worth, by all that is known of it now; 0 if it is none any more."""
    earned = reversal.reverses
    assert earned is not None and earned.event is not None, "what is reversed was earned by an event"
    claim = next((one for one in _claims_of(earned.event) if one.rule == earned.rule), None)
    if claim is None:
        return 0
    return _missing(account, claim, tariff_at(account.district_id, claim.occurred_at), known)


def _some(points: int) -> int:
    if points <= 0:
        raise Refused(_("Nothing is left of this booking."), code="nothing")
    return points


# --- expiry -----------------------------------------------------------------------------------------------


def expire_points(*, now: datetime, limit: int = BATCH, failed: set[int] | None = None) -> int:
    """Book what has expired by today in up to `limit` accounts, each in a transaction of its own. Returns how many
    accounts were looked at; any number may run at once, and again: what has expired is booked once.

    `failed`: ids of accounts that failed and are passed over; those that do now are added, so that whoever calls again
    gets on to the others.
    """
    failed = set() if failed is None else failed
    due = PointAccount.objects.expiring(timezone.localdate(now)).exclude(pk__in=failed)
    ids = list(due.order_by("expires_next", "pk").values_list("pk", flat=True)[:limit])
    for pk in ids:
        try:
            expire_account(pk, now=now)
        except Exception:
            # One account in disorder must not hold up all others.
            log.exception("points of account %d cannot expire", pk)
            failed.add(pk)
    return len(ids)


@transaction.atomic
def expire_account(pk: int, *, now: datetime) -> PointTransfer | None:
    """What has expired of this account by today; None if nothing has."""
    today = timezone.localdate(now)
    account = lock_account_by_id(pk)
    lots = PointEntry.objects.filter(account=account).lots()
    old = Q(transfer__expires_on__lte=today)
    sums = lots.aggregate(
        all=Sum("amount", default=0),
        old=Sum("amount", filter=old, default=0),
        next=Min("transfer__expires_on", filter=Q(transfer__expires_on__gt=today)),
    )
    account.expires_next = sums["next"]
    account.save(update_fields=["expires_next"])
    assert account.balance is not None, "a volunteer's account has a balance"
    points = expired_of(account.balance, sums["all"], sums["old"])
    if not points:
        return None
    done = book(account, "expire", -points, Cause(now, today), now=now)
    _record(done, "expire", None, now, {})
    return done


# --- standing in rankings ---------------------------------------------------------------------------------


@transaction.atomic
def choose_ranking(volunteer: Volunteer, *, shown: bool, by: "User", now: datetime) -> PointAccount:
    """Stand in rankings under one's alias, or not any more; nobody else chooses it. Raises NotAllowed, or
    Refused("alias") for whoever has none."""
    account = lock_account(volunteer)
    volunteer.refresh_from_db()
    if volunteer.user_id != by.pk:
        raise NotAllowed(_("Everybody chooses this for themselves."), code="not_yours")
    if shown and not volunteer.alias:
        raise Refused(_("Choose an alias first; your name is never shown."), code="alias")
    account.shows_alias = shown
    account.save(update_fields=["shows_alias"])
    return account


def _record(done: PointTransfer, verb: str, by: "User | None", now: datetime, data: dict[str, Any]) -> None:
    """That it happened; how many points it was stands in the ledger, for its owner alone."""
    account = done.account
    unit = account.volunteer.home if account.volunteer else None
    record_event(
        "points",
        done.pk,
        verb,
        by=by,
        now=now,
        seq=1,
        unit_id=unit.pk if unit else None,
        unit_label=unit.name if unit else "",
        district_id=account.district_id,
        data={"rule": done.rule, "volunteer": account.volunteer_id} | data,
    )
