"""The contact of wishers: looked at on an occasion that the trail knows, and erased after its time."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from issues.contacts import KEPT_AFTER_END
from trail.actions import NewEvent, record_event, record_events
from trail.models import Event
from trail.refusals import NotAllowed, Refused
from volunteers.models import Wish, Wisher
from volunteers.querysets import reads_contact, runs_at
from volunteers.wish_ties import is_account
from volunteers.wishes import OCCASIONS

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def reveal_wisher(wish: Wish, *, by: "User", now: datetime, occasion: str) -> Wisher:
    """Name and number in the clear, for whoever runs volunteering there; who looked, when and why goes into the trail.

    Whoever claimed the wish reads them from the community. Raises NotAllowed, Refused("occasion"), ("no_contact").
    """
    wish = Wish.objects.get(pk=wish.pk)
    contact = Wisher.objects.select_for_update(of=("self",)).filter(wish=wish).first()
    if not reads_contact(by, wish, now):
        raise NotAllowed(_("Your post does not include contact data."), code="not_yours")
    if occasion not in {one.key for one in OCCASIONS}:
        raise Refused(_("Say on what occasion you need the number."), code="occasion")
    contact = _kept(contact)
    _record(wish, "reveal", by, now, {"occasion": occasion})
    return contact


@transaction.atomic
def erase_wisher(wish: Wish, *, by: "User", now: datetime) -> Wisher:
    """The wisher does not want their contact kept any longer: by their account, or whoever runs volunteering there. The
    wish goes on without it. Raises NotAllowed, Refused("no_contact")."""
    wish = Wish.objects.get(pk=wish.pk)
    contact = Wisher.objects.select_for_update(of=("self",)).filter(wish=wish).first()
    if not (is_account(wish.wisher_id, by) or runs_at(by, wish, now)):
        raise NotAllowed(_("Your post does not allow this here."), code="not_yours")
    contact = _kept(contact)
    contact.name, contact.phone, contact.erased_at = "", "", now
    contact.save(update_fields=["name", "phone", "erased_at"])
    _record(wish, "erase", by, now)
    return contact


def erase_wishers_of(account: "User", *, by: "User", now: datetime) -> int:
    """The same of all wishes of an account, whatever became of them; how many. Inside the transaction of a caller who holds
    the person."""
    kept = Wisher.objects.filter(wish__wisher=account, erased_at=None).select_related("wish")
    rows = list(kept.select_for_update(of=("self",)).order_by("pk"))
    Wisher.objects.filter(pk__in=[row.pk for row in rows]).update(name="", phone="", erased_at=now)
    for row in rows:
        _record(row.wish, "erase", by, now)
    return len(rows)


@transaction.atomic
def erase_wishers(*, before: datetime, limit: int) -> int:
    """Erase the contact of wishes that ended before this (KEPT_AFTER_END ago), at most `limit`; returns how many.

    Any number may run at once. What happened stays in the trail, which holds no contact data.
    """
    due = Wisher.objects.filter(erased_at=None, wish__ended_at__lt=before).select_related("wish")
    rows = list(due.select_for_update(of=("self",), skip_locked=True).order_by("pk")[:limit])
    now, ids = before + KEPT_AFTER_END, [row.pk for row in rows]
    Wisher.objects.filter(pk__in=ids).update(name="", phone="", erased_at=now)
    looked = Event.objects.filter(subject_type="wisher", subject_id__in=ids).order_by()
    last = dict(looked.values_list("subject_id").annotate(last=Max("seq")))
    record_events(
        [
            NewEvent(
                "wisher",
                row.pk,
                "erase",
                seq=last.get(row.pk, 0) + 1,
                unit_id=row.wish.community_id,
                district_id=row.wish.district_id,
            )
            for row in rows
        ],
        now=now,
    )
    return len(rows)


def _kept(contact: Wisher | None) -> Wisher:
    if contact is None or contact.erased_at:
        raise Refused(_("There is no contact data, or it was erased after its time."), code="no_contact")
    return contact


def _record(wish: Wish, verb: str, by: "User", now: datetime, data: dict[str, Any] | None = None) -> None:
    record_event(
        "wisher",
        wish.pk,
        verb,
        by=by,
        now=now,
        unit_id=wish.community_id,
        district_id=wish.district_id,
        data=data,
    )
