"""The one place where points move: accounts under their lock, and bookings whose two sides sum to zero.

Everything here runs inside the caller's transaction. Locks come in this order: redemption, account, good.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime

from volunteers.ledger import BOOKINGS, NOTHING, OWED, SYSTEM, VOLUNTEER
from volunteers.models import PointAccount, PointEntry, PointTransfer, Volunteer
from volunteers.points_querysets import PointAccountQuerySet


@dataclass(frozen=True)
class Cause:
    """Why something is booked; the fields mean what they mean on PointTransfer."""

    occurred_at: datetime
    day: date
    rule: str = ""
    about_id: int | None = None
    event_id: int | None = None
    redemption_id: int | None = None
    reverses_id: int | None = None
    expires_on: date | None = None


def lock_account(volunteer: Volunteer) -> PointAccount:
    """The volunteer's account, opened if there is none yet, locked until the transaction ends."""
    return _locked().filter(volunteer=volunteer.pk).first() or lock_accounts([volunteer])[volunteer.pk]


def lock_accounts(volunteers: Iterable[Volunteer]) -> dict[int, PointAccount]:
    """Those of several, by the id of the volunteer, and in that order: whoever needs some of the same waits for the first
    of them, and nobody in a circle."""
    people = sorted(volunteers, key=lambda one: one.pk)
    ids = [one.pk for one in people]
    known = set(PointAccount.objects.filter(volunteer__in=ids).values_list("volunteer", flat=True))
    # Whoever opens one at the same moment is waited for here, before anything is locked, and found below.
    PointAccount.objects.bulk_create(
        [
            PointAccount(kind=VOLUNTEER, volunteer_id=one.pk, district_id=one.district_id, balance=0)
            for one in people
            if one.pk not in known
        ],
        ignore_conflicts=True,
    )
    rows = _locked().filter(volunteer__in=ids).order_by("volunteer_id")
    return {row.volunteer_id: row for row in rows if row.volunteer_id}


def lock_account_by_id(pk: int) -> PointAccount:
    """The account, locked until the transaction ends."""
    return _locked().get(pk=pk)


def _locked() -> PointAccountQuerySet:
    return PointAccount.objects.select_for_update(of=("self",), no_key=True).select_related("volunteer")


def system_accounts(district_id: int | None) -> Mapping[str, int]:
    """Kind → id of the district's own accounts, opened if there are none yet. They are never locked."""
    known = PointAccount.objects.system(district_id)
    found = dict(known.values_list("kind", "pk"))
    if len(found) < len(SYSTEM):
        missing = [PointAccount(kind=kind, district_id=district_id) for kind in SYSTEM if kind not in found]
        PointAccount.objects.bulk_create(missing, ignore_conflicts=True)
        found = dict(known.values_list("kind", "pk"))
    return found


def book(
    account: PointAccount, kind: str, amount: int, cause: Cause, *, now: datetime, owed: int = 0
) -> PointTransfer:
    """Move points to (`amount` > 0) or from the volunteer's account, which the caller has locked; for a kind between
    two accounts of the district, from the one to the other. `owed`: what is to be settled goes up or down by it."""
    row = BOOKINGS[kind]
    system = system_accounts(account.district_id)
    transfer = PointTransfer.objects.create(
        district_id=account.district_id,
        account=account,
        kind=kind,
        amount=amount,
        owed=owed,
        booked_at=now,
        **asdict(cause),
    )
    other = PointEntry(transfer=transfer, account_id=system[row.other], amount=-amount)
    if row.of_system:
        other.amount = amount
        own = PointEntry(transfer=transfer, account_id=system[row.of_system], amount=-amount)
    else:
        own = _own_side(account, transfer, amount, owed)
    # Where nothing could be taken back, only what is owed is noted.
    PointEntry.objects.bulk_create([own, other] if amount else [own])
    return transfer


def _own_side(account: PointAccount, transfer: PointTransfer, amount: int, owed: int) -> PointEntry:
    assert account.balance is not None, "a volunteer's account has a balance"
    account.balance += amount
    account.owed += owed
    changed = ["balance", "owed"]
    if (
        amount > 0
        and transfer.expires_on
        and (account.expires_next is None or transfer.expires_on < account.expires_next)
    ):
        account.expires_next = transfer.expires_on
        changed.append("expires_next")
    account.save(update_fields=changed)
    return PointEntry(transfer=transfer, account=account, amount=amount, owed=owed, balance=account.balance)


def book_nothing(account: PointAccount, cause: Cause, *, now: datetime) -> None:
    """Note that a deed was weighed and brings no point."""
    PointTransfer.objects.create(
        district_id=account.district_id, account=account, kind=NOTHING, booked_at=now, **asdict(cause)
    )


def take_back(account: PointAccount, kind: str, points: int, cause: Cause, *, now: datetime) -> PointTransfer:
    """Take so many points from the account, never below zero: what is not there any more is owed."""
    taken = min(points, account.balance or 0)
    return book(account, kind, -taken, cause, now=now, owed=points - taken)


def settle_owed(account: PointAccount, cause: Cause, *, now: datetime) -> PointTransfer | None:
    """After something came in: what is owed is settled from it, as far as it goes."""
    settled = min(account.owed, account.balance or 0)
    if not settled:
        return None
    return book(account, "owe", -settled, replace(cause, rule=OWED, expires_on=None), now=now, owed=-settled)
