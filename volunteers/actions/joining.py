"""Dual check-in (双报到): organisations, who has checked in to a community, and what they offer it."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from grids.actions.locks import hold_open
from grids.actions.notes import at
from grids.models import Body, Unit
from grids.standing import standing_of
from trail.actions import record_event
from trail.refusals import NotAllowed, Refused
from trail.turns import take_turn
from volunteers.actions.pairings import end_pairings_of
from volunteers.joining import (
    LONGEST_NAME,
    LONGEST_WORDS,
    MEMBER,
    MOST_MINUTES,
    MOST_QUANTITY,
    ORGANISATION,
    ORGANISATION_KINDS,
    RESOURCES,
)
from volunteers.models import CheckIn, Offer, Organisation, Volunteer
from volunteers.querysets import runs_at, runs_in
from volunteers.wish_ties import is_account, speaks_for
from volunteers.words import keys

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def add_organisation(
    *,
    name: str,
    kind: str,
    district: Unit,
    by: "User",
    now: datetime,
    phone: str = "",
    speaker: "User | None" = None,
    body: Body | None = None,
) -> Organisation:
    """An organisation whose people check in. Raises NotAllowed for whoever runs volunteering nowhere in the district,
    Refused("name", "kind", "again", "body")."""
    _require_runner(district.pk, by, now)
    name = _checked_name(name)
    if kind not in keys(ORGANISATION_KINDS):
        raise Refused(_("Choose one of what is offered."), code="kind")
    if body is not None and (body.district_id != district.pk or body.closed_at):
        raise Refused(_("Choose an open body of this district."), code="body")
    take_turn("volunteers.organisation", district.pk)
    if Organisation.objects.open().filter(district=district, name=name).exists():
        raise Refused(_("An organisation of this name is there already."), code="again")
    made = Organisation.objects.create(
        name=name,
        kind=kind,
        phone=phone.strip()[:20],
        district=district,
        body=body,
        speaker=speaker,
        opened_at=now,
    )
    _record("organisation", made.pk, "add", by, now, district, {"kind": kind})
    return made


@transaction.atomic
def change_organisation(
    organisation: Organisation, *, by: "User", now: datetime, phone: str, speaker: "User | None"
) -> Organisation:
    """Its telephone, and who speaks for it. Raises NotAllowed, Refused("closed")."""
    organisation = _lock_organisation(organisation, by, now)
    organisation.phone, organisation.speaker = phone.strip()[:20], speaker
    organisation.save(update_fields=["phone", "speaker"])
    data = {"speaker": speaker.pk if speaker else None}
    _record("organisation", organisation.pk, "change", by, now, organisation.district, data)
    return organisation


@transaction.atomic
def close_organisation(organisation: Organisation, *, by: "User", now: datetime) -> Organisation:
    """It is there no more: checked out everywhere, and it answers for no place any more. Raises NotAllowed,
    Refused("closed")."""
    organisation = _lock_organisation(organisation, by, now)
    theirs = CheckIn.objects.current().organisations().filter(organisation=organisation).order_by("pk")
    # Held: one that checks out at this moment is not checked out twice.
    for checkin in theirs.select_for_update(of=("self",), no_key=True).select_related("unit"):
        end_check_in(checkin, by, now)
    end_pairings_of(organisation, by=by, now=now)
    organisation.closed_at = now
    organisation.save(update_fields=["closed_at"])
    _record("organisation", organisation.pk, "close", by, now, organisation.district, {})
    return organisation


@transaction.atomic
def check_in_organisation(organisation: Organisation, *, unit: Unit, by: "User", now: datetime) -> CheckIn:
    """It reports to a community: said by whoever speaks for it, or runs volunteering there.

    Raises NotAllowed, Refused("closed", "place", "closed_place", "again").
    """
    organisation = Organisation.objects.select_for_update(of=("self",), no_key=True).get(pk=organisation.pk)
    if not speaks_for(organisation, by, standing_of(by, now)) and not runs_at(by, unit, now):
        raise _not_yours()
    if organisation.closed_at or organisation.district_id != unit.district_id:
        raise Refused(_("Choose an open organisation of this district."), code="closed")
    found = CheckIn.objects.current().organisations().filter(organisation=organisation, unit=unit)
    return _check_in(found, unit, by, now, side=ORGANISATION, organisation=organisation)


@transaction.atomic
def check_in_member(
    *,
    unit: Unit,
    by: "User",
    now: datetime,
    volunteer: Volunteer | None = None,
    user: "User | None" = None,
    employer: Organisation | None = None,
) -> CheckIn:
    """Somebody who serves in an organisation reports to a community: a volunteer, or an account that is none (whoever is
    one by now is checked in as one). Nobody is twice in the same community, however they came.

    By themselves, or by who runs volunteering there and writes it down. The employer is not told. Raises NotAllowed,
    Refused("who", "closed", "place", "closed_place", "again").
    """
    if (volunteer is None) == (user is None):
        raise Refused(_("Say who checks in."), code="who")
    volunteer = _held_volunteer(volunteer, user)
    account = volunteer.user_id if volunteer else user.pk if user else None
    if not is_account(account, by) and not runs_at(by, unit, now):
        raise _not_yours()
    if user and not user.is_active:
        raise Refused(_("This account is closed; choose somebody who is there."), code="who")
    if volunteer and volunteer.state != "active":
        raise Refused(_("This volunteer has left."), code="who")
    if employer and (employer.closed_at or employer.district_id != unit.district_id):
        raise Refused(_("Choose an open organisation of this district."), code="closed")
    take_turn("volunteers.checkin", f"{unit.pk} {account}")
    found = CheckIn.objects.current().of_person(volunteer, account).filter(unit=unit)
    user = None if volunteer else user
    who: dict[str, Any] = {"volunteer": volunteer, "user": user, "organisation": employer}
    return _check_in(found, unit, by, now, side=MEMBER, **who)


@transaction.atomic
def check_out(checkin: CheckIn, *, by: "User", now: datetime) -> CheckIn:
    """They are not there any more, nor what they offered. Raises NotAllowed, Refused("ended")."""
    checkin = _lock_checkin(checkin, by, now)
    return end_check_in(checkin, by, now)


@transaction.atomic
def offer_resource(
    checkin: CheckIn,
    *,
    kind: str,
    words: str,
    by: "User",
    now: datetime,
    quantity: int = 1,
    minutes: int | None = None,
    until: date | None = None,
) -> Offer:
    """What whoever checked in offers: so many of something, or so many minutes a month, until a day if there is one.

    Raises NotAllowed, Refused("ended", "kind", "text", "quantity", "minutes", "until").
    """
    checkin = _lock_checkin(checkin, by, now)
    words = words.strip()
    if kind not in keys(RESOURCES):
        raise Refused(_("Choose one of what is offered."), code="kind")
    if not 2 <= len(words) <= LONGEST_WORDS:
        raise Refused(_("Say what it is, in 2 to 200 characters."), code="text")
    if not 1 <= quantity <= MOST_QUANTITY:
        raise Refused(_("Give how many, from 1 to 100,000."), code="quantity")
    if minutes is not None and not 1 <= minutes <= MOST_MINUTES:
        raise Refused(_("A month does not have that many minutes."), code="minutes")
    if until is not None and until < timezone.localdate(now):
        raise Refused(_("Give a day from today on."), code="until")
    where = {name: getattr(checkin, name) for name in ("district_id", "street_id", "community_id")}
    offer = Offer.objects.create(
        checkin=checkin,
        kind=kind,
        words=words,
        quantity=quantity,
        minutes=minutes,
        until=until,
        offered_at=now,
        **where,
    )
    data = {"kind": kind, "quantity": quantity, "minutes": minutes, "checkin": checkin.pk}
    _record("offer", offer.pk, "offer", by, now, checkin.unit, data)
    return offer


@transaction.atomic
def withdraw_offer(offer: Offer, *, by: "User", now: datetime) -> Offer:
    """It is not offered any more. Raises NotAllowed, Refused("ended")."""
    checkin = _lock_checkin(offer.checkin, by, now)
    offer = Offer.objects.select_for_update(of=("self",)).get(pk=offer.pk)
    if offer.withdrawn_at:
        raise Refused(_("It has been withdrawn already."), code="ended")
    offer.withdrawn_at = now
    offer.save(update_fields=["withdrawn_at"])
    _record("offer", offer.pk, "withdraw", by, now, checkin.unit, {})
    return offer


def _check_in(found: Any, unit: Unit, by: "User", now: datetime, **who: Any) -> CheckIn:
    if unit.kind != "community":
        raise Refused(_("Choose the community."), code="place")
    hold_open(unit, code="closed_place")
    if found.exists():
        raise Refused(_("They have checked in here already."), code="again")
    checkin = CheckIn.objects.create(
        unit=unit,
        district_id=unit.district_id,
        street_id=unit.street_id,
        community_id=unit.pk,
        made_by=by,
        since=now,
        **who,
    )
    # Where somebody serves is theirs to say: the trail knows the member without the employer.
    told = ("organisation",) if checkin.side == ORGANISATION else ("volunteer", "user")
    data = {"side": checkin.side} | {name: who[name].pk for name in told if who[name]}
    _record("checkin", checkin.pk, "check_in", by, now, unit, data)
    return checkin


def end_check_in(checkin: CheckIn, by: "User | None", now: datetime) -> CheckIn:
    """This one, which the caller has locked, is over. `by` None: the platform, with something else that ended."""
    checkin.ended_at = now
    checkin.save(update_fields=["ended_at"])
    _record("checkin", checkin.pk, "check_out", by, now, checkin.unit, {})
    return checkin


def is_own(checkin: CheckIn, user: Any, now: datetime) -> bool:
    """Is it the person's own as the member, or that of an organisation that they speak for? As `own` of the queryset."""
    if checkin.side == MEMBER:
        return is_account(checkin.volunteer.user_id if checkin.volunteer else checkin.user_id, user)
    assert checkin.organisation is not None, "checkin_of_one"
    return speaks_for(checkin.organisation, user, standing_of(user, now))


def _lock_checkin(checkin: CheckIn, by: "User", now: datetime) -> CheckIn:
    rows = CheckIn.objects.select_for_update(of=("self",), no_key=True)
    checkin = rows.select_related("unit", "organisation", "volunteer").get(pk=checkin.pk)
    if not is_own(checkin, by, now) and not runs_at(by, checkin, now):
        raise _not_yours()
    if checkin.ended_at:
        raise Refused(_("They have checked out already."), code="ended")
    return checkin


def _lock_organisation(organisation: Organisation, by: "User", now: datetime) -> Organisation:
    rows = Organisation.objects.select_for_update(of=("self",), no_key=True)
    organisation = rows.select_related("district").get(pk=organisation.pk)
    _require_runner(organisation.district_id, by, now)
    if organisation.closed_at:
        raise Refused(_("%(name)s is closed.") % {"name": organisation.name}, code="closed")
    return organisation


def _require_runner(district_id: int | None, by: "User", now: datetime) -> None:
    """Whoever runs volunteering anywhere in the district: organisations report to several communities."""
    if not runs_in(by, district_id, now):
        raise _not_yours()


def _held_volunteer(volunteer: Volunteer | None, user: "User | None") -> Volunteer | None:
    """The volunteer, or the active one that the account is, locked: whoever leaves at this moment waits, so that the
    check-in ends with everything else of theirs; or has left already. None for an account that is none."""
    rows = Volunteer.objects.select_for_update(of=("self",), no_key=True)
    if volunteer is not None:
        return rows.get(pk=volunteer.pk)
    return rows.active().filter(user=user).first()


def _checked_name(name: str) -> str:
    name = " ".join(name.split())
    if not 2 <= len(name) <= LONGEST_NAME:
        raise Refused(_("Give a name of 2 to 60 characters."), code="name")
    return name


def _not_yours() -> NotAllowed:
    return NotAllowed(_("This is for those who speak for them, or run volunteering there."), code="not_yours")


def _record(
    subject: str, pk: int, verb: str, by: "User | None", now: datetime, unit: Any, data: dict[str, Any]
) -> None:
    record_event(subject, pk, verb, by=by, now=now, data=data, **at(unit))
