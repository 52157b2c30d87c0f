"""A good for points: put aside with a code, collected or given up; a collected one returned.

The points wait in the district's reserved account, are spent when the good is handed out, and come back otherwise.
Locks come in this order: redemption, account, good; so nobody waits in a circle.
"""

import logging
import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from calendars.midnight import start_of
from grids.actions.authority import allows, require
from trail.actions import record_event
from trail.refusals import NotAllowed, Refused
from volunteers.actions.goods import lock_good, move
from volunteers.actions.ledger import Cause, book, lock_account, lock_account_by_id, settle_owed
from volunteers.goods_querysets import hash_of
from volunteers.models import Good, PointAccount, Redemption, Station, Volunteer
from volunteers.points_querysets import tariff_at
from volunteers.querysets import RUNS
from volunteers.redeeming import Want, refusal

if TYPE_CHECKING:
    from accounts.models import User

log = logging.getLogger(__name__)
BATCH = 500
DIGITS = 6
# Of a million codes some thousand wait in a district: one try nearly always does.
MOST_TRIES = 20
LONGEST_KEY = 40


@transaction.atomic
def reserve_good(
    good: Good,
    *,
    volunteer: Volunteer,
    by: "User | None",
    now: datetime,
    key: str = "",
    agreed: int | None = None,
) -> Redemption:
    """Put one aside for a volunteer, who shows the redemption's `code` at the station within the days that the district
    allows. The volunteer does so, or whoever keeps one without an account. The same `key` again is the same
    redemption. `agreed`: the price that the person was shown; at another one nothing is put aside.

    Raises NotAllowed, or Refused("district", "not_active", "closed", "out_of_stock", "limit", "points", "price").
    """
    _may_act_for(volunteer, by, now)
    account = lock_account(volunteer)
    if key and (known := Redemption.objects.filter(account=account, key=key[:LONGEST_KEY]).first()):
        return known
    good = lock_good(good.pk)
    if no := refusal(_want(good, account, agreed)):
        raise no
    redemption = _put_aside(good, account, key[:LONGEST_KEY], now)
    move(good, "reserve", -1, by=by, now=now, redemption=redemption)
    book(account, "reserve", -good.price, _cause(redemption, now), now=now)
    _record(redemption, "reserve", by, now)
    return redemption


@transaction.atomic
def collect_good(station: Station, *, code: str, by: "User | None", now: datetime) -> Redemption:
    """Hand out what waits at this station for whoever shows the code; the points are spent then.

    Whoever runs volunteering there hands out, never to themselves. Raises NotAllowed, or Refused("code") for one that
    nothing waits for at this station, ("late") for what was put aside until a moment that has passed.
    """
    require(by, RUNS, station.unit, now)
    found = Redemption.objects.with_code(code).filter(station=station.pk, district=station.district_id)
    pk = found.values_list("pk", flat=True).first()
    redemption = _lock(pk) if pk else None
    if redemption is None or redemption.state != "reserved":
        raise Refused(_("Nothing waits here for this code; look at its digits again."), code="code")
    if redemption.until <= now:
        raise Refused(_("It was put aside until a day that has passed; the points go back."), code="late")
    if redemption.is_of(by):
        raise NotAllowed(_("Somebody else hands out to you."), code="own")
    _end(redemption, "collected", by, now)
    book(redemption.account, "collect", redemption.price, _cause(redemption, now), now=now)
    _record(redemption, "collect", by, now)
    return redemption


@transaction.atomic
def release_redemption(redemption: Redemption, *, by: "User | None", now: datetime) -> Redemption:
    """Give it up: the good goes back on the shelf, the points to whoever put it aside. The person does so, whoever runs
    the station, or the tick (`by=None`) when its time is over.

    Raises NotAllowed, or Refused("ended"), ("early") for the tick.
    """
    redemption = _lock(redemption.pk)
    own = redemption.is_of(by)
    if by is not None and not own and not allows(by, RUNS, redemption.station.unit, now):
        raise NotAllowed(_("Your post does not allow this here."), code="not_allowed")
    if redemption.state != "reserved":
        raise Refused(_("This has been collected or given up already."), code="ended")
    if by is None and redemption.until > now:
        raise Refused(_("Its time is not over yet."), code="early")
    way = "time" if by is None else "owner" if own else "staff"
    _end(redemption, "released", by, now)
    _give_back(redemption, "release", by, now, on_shelf=True)
    _record(redemption, "release", by, now, {"way": way})
    return redemption


@transaction.atomic
def return_good(
    redemption: Redemption, *, by: "User | None", now: datetime, on_shelf: bool = True
) -> Redemption:
    """A collected good comes back: the points too; it goes `on_shelf` again unless it is broken.

    Whoever runs the station takes it back, never their own. Raises NotAllowed, or Refused("not_collected").
    """
    redemption = _lock(redemption.pk)
    require(by, RUNS, redemption.station.unit, now)
    if redemption.is_of(by):
        raise NotAllowed(_("Somebody else takes it back from you."), code="own")
    if redemption.state != "collected":
        raise Refused(_("Only what was collected can be returned, once."), code="not_collected")
    redemption.state, redemption.returned_at = "returned", now
    redemption.save(update_fields=["state", "returned_at"])
    _give_back(redemption, "return", by, now, on_shelf=on_shelf)
    _record(redemption, "return", by, now, {"on_shelf": on_shelf})
    return redemption


def release_overdue(*, now: datetime, limit: int = BATCH, failed: set[int] | None = None) -> int:
    """Give up what was not collected in time, up to `limit`, each in a transaction of its own; how many were overdue. Any
    number may run at once. `failed`: ids that failed and are passed over, as in expire_points."""
    failed = set() if failed is None else failed
    rows = Redemption.objects.overdue(now).exclude(pk__in=failed)
    overdue = list(rows.order_by("until", "pk")[:limit])
    for redemption in overdue:
        try:
            release_redemption(redemption, by=None, now=now)
        except Refused:
            # Somebody was faster.
            continue
        except Exception:
            # One in disorder must not hold up all others.
            log.exception("redemption %d cannot be given up", redemption.pk)
            failed.add(redemption.pk)
    return len(overdue)


def _may_act_for(volunteer: Volunteer, by: "User | None", now: datetime) -> None:
    if by is None or volunteer.user_id == by.pk:
        return
    if volunteer.user_id is not None or not allows(by, RUNS, volunteer.home, now):
        raise NotAllowed(_("Everybody redeems their own points."), code="not_yours")


def stands_against(good: Good, volunteer: Volunteer) -> Refused | None:
    """What somebody would be told who wanted the good now; None if they would get it. Reads only, locks nothing."""
    found = PointAccount.objects.filter(volunteer=volunteer).first()
    account = found or PointAccount(volunteer=volunteer, district_id=volunteer.district_id)
    account.volunteer = volunteer
    return refusal(_want(good, account))


def waits_until(district_id: int | None, now: datetime) -> datetime:
    """The first moment at which something that is put aside now waits no longer: the end of a day."""
    days = tariff_at(district_id, now).hold_days
    return start_of(timezone.localdate(now) + timedelta(days=days + 1))


def _want(good: Good, account: PointAccount, agreed: int | None = None) -> Want:
    volunteer = account.volunteer
    # Whoever has no account yet has nothing either.
    mine = Redemption.objects.filter(account=account.pk, good=good)
    held = mine.filter(state__in=("reserved", "collected")).count()
    return Want(
        # The station is read anew: it may have closed while we waited for the good (close_station).
        is_open=good.is_open and Station.objects.open().filter(pk=good.station_id).exists(),
        is_active=volunteer is not None and volunteer.state == "active",
        same_district=good.district_id == account.district_id,
        stock=good.stock,
        price=good.price,
        balance=account.balance or 0,
        per_person=good.per_person,
        held=held,
        agreed=agreed,
    )


def _put_aside(good: Good, account: PointAccount, key: str, now: datetime) -> Redemption:
    """A new row under a code that no other one in the district waits under."""
    until = waits_until(good.district_id, now)
    for _try in range(MOST_TRIES):
        code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
        try:
            with transaction.atomic():
                return Redemption.objects.create(
                    good=good,
                    account=account,
                    station_id=good.station_id,
                    district_id=good.district_id,
                    street_id=good.street_id,
                    community_id=good.community_id,
                    price=good.price,
                    code=code,
                    code_hash=hash_of(code),
                    key=key,
                    reserved_at=now,
                    until=until,
                )
        except IntegrityError:
            continue
    raise Refused(_("Too much waits to be collected at present; try again later."), code="busy")


def _lock(pk: int) -> Redemption:
    """As it is now, locked until the transaction ends; its account is read, not locked."""
    rows = Redemption.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("account__volunteer", "station__unit").get(pk=pk)


def _end(redemption: Redemption, state: str, by: "User | None", now: datetime) -> None:
    """The code opens nothing any more, and nobody needs it."""
    redemption.state, redemption.ended_at, redemption.ended_by = state, now, by
    redemption.code = redemption.code_hash = ""
    redemption.save(update_fields=["state", "ended_at", "ended_by", "code", "code_hash"])


def _give_back(
    redemption: Redemption, kind: str, by: "User | None", now: datetime, *, on_shelf: bool
) -> None:
    """Points to the person; they keep their age, so what has expired meanwhile goes with the next expiry."""
    account = lock_account_by_id(redemption.account_id)
    good = lock_good(redemption.good_id)
    if on_shelf:
        move(good, kind, 1, by=by, now=now, redemption=redemption)
    cause = _cause(redemption, now)
    book(account, kind, redemption.price, cause, now=now)
    settle_owed(account, cause, now=now)
    account.expires_next = cause.day
    account.save(update_fields=["expires_next"])


def _cause(redemption: Redemption, now: datetime) -> Cause:
    return Cause(now, timezone.localdate(now), redemption_id=redemption.pk)


def _record(
    redemption: Redemption, verb: str, by: "User | None", now: datetime, data: dict[str, Any] | None = None
) -> None:
    station = redemption.station
    record_event(
        "redemption",
        redemption.pk,
        verb,
        by=by,
        now=now,
        unit_id=station.unit_id,
        unit_label=station.unit.name,
        district_id=redemption.district_id,
        data={"good": redemption.good_id, "station": station.pk} | (data or {}),
    )
