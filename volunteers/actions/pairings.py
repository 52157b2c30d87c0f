"""Responsibility pairing (包保): who answers for which place, from when to when, and which duties are done."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from grids.actions.locks import hold_open
from grids.actions.notes import at
from grids.models import Unit
from grids.standing import standing_of
from trail.actions import record_event
from trail.refusals import NotAllowed, Refused, Stale
from volunteers.joining import DUTY, LONGEST_WORDS, PAIRED_AT, PAIRING_LEVELS
from volunteers.models import DutyDone, Organisation, Pairing
from volunteers.pairing_querysets import PairingQuerySet
from volunteers.querysets import runs_at
from volunteers.wish_ties import is_account, speaks_for

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def pair_place(
    unit: Unit,
    *,
    level: int,
    by: "User",
    now: datetime,
    organisation: Organisation | None = None,
    official: "User | None" = None,
    starts_on: date | None = None,
    ends_on: date | None = None,
) -> Pairing:
    """An organisation or an official answers for the place at this level, from a day (today) until before another.

    Another one of the same level there is allowed, and shown as an overlap. Raises NotAllowed for whoever does not run
    volunteering there or above, Refused("who", "official", "level", "place", "closed_place", "closed", "period").
    """
    if not runs_at(by, unit, now):
        raise _not_yours()
    starts_on = starts_on or timezone.localdate(now)
    if (organisation is None) == (official is None):
        raise Refused(_("Say who answers: an organisation or an official."), code="who")
    if organisation and organisation.district_id != unit.district_id:
        raise _not_open()
    if official and not official.is_active:
        raise Refused(_("This account is closed; choose somebody who is there."), code="official")
    if level not in PAIRING_LEVELS:
        raise Refused(_("There are four levels, 1 to 4."), code="level")
    if unit.kind not in PAIRED_AT:
        raise Refused(_("Choose a community, a grid or a building."), code="place")
    if ends_on is not None and ends_on <= starts_on:
        raise Refused(_("The end must come after the beginning."), code="period")
    # In the order in which a check-in locks them.
    _hold_organisation(organisation)
    hold_open(unit, code="closed_place")
    pairing = Pairing.objects.create(
        level=level,
        organisation=organisation,
        official=official,
        unit=unit,
        starts_on=starts_on,
        ends_on=ends_on,
        made_by=by,
        made_at=now,
        **unit.lineage(),
    )
    who = (
        {"organisation": organisation.pk} if organisation else {"official": official.pk if official else None}
    )
    _record(pairing, "pair", by, now, who | {"level": level, "from": starts_on.isoformat()})
    return pairing


@transaction.atomic
def end_pairing(pairing: Pairing, *, by: "User", now: datetime, ends_on: date | None = None) -> Pairing:
    """It ends before this day (today); one that has not begun never holds. Raises NotAllowed, Refused("ended"),
    ("period") for a day before it began."""
    pairing, runs = _lock(pairing, by, now)
    if not runs:
        raise _not_yours()
    today = timezone.localdate(now)
    ends_on = ends_on or max(today, pairing.starts_on)
    if pairing.ends_on is not None and pairing.ends_on <= today:
        raise Refused(_("It has ended already."), code="ended")
    if ends_on < pairing.starts_on:
        raise Refused(_("The end must come after the beginning."), code="period")
    return _end(pairing, ends_on, by, now)


def end_pairings_of(organisation: Organisation, *, by: "User", now: datetime) -> int:
    """The organisation is there no more, so it answers for nothing from today: what it leaves is a gap that is seen. How
    many ended. Inside the transaction of a caller who holds the organisation."""
    return _end_all(Pairing.objects.filter(organisation=organisation), by, now)


@transaction.atomic
def end_pairings_of_official(official: "User", *, now: datetime) -> int:
    """The same of an official whose account has been closed. How many ended; done again it ends no more."""
    return _end_all(Pairing.objects.filter(official=official), None, now)


def _end_all(pairings: PairingQuerySet, by: "User | None", now: datetime) -> int:
    today = timezone.localdate(now)
    left = pairings.exclude(ends_on__lte=today).order_by("pk")
    ended = list(left.select_for_update(of=("self",), no_key=True).select_related("unit"))
    for pairing in ended:
        _end(pairing, max(today, pairing.starts_on), by, now)
    return len(ended)


def answers_for(pairing: Pairing, user: Any, now: datetime) -> bool:
    """Is this person the official, or does he or she speak for the organisation?"""
    if is_account(pairing.official_id, user):
        return True
    return bool(pairing.organisation and speaks_for(pairing.organisation, user, standing_of(user, now)))


@transaction.atomic
def note_duty(
    pairing: Pairing,
    duty: str,
    *,
    done_on: date,
    by: "User",
    now: datetime,
    note: str = "",
    seen: str | None = None,
) -> DutyDone:
    """One of the five duties is done there, or its day or evidence is corrected: by whoever answers, or runs
    volunteering there. `seen`: what stood there for the person (`duty_stamp`), None where nobody looked. Raises
    NotAllowed, Refused("duty", "done_on", "text"), Stale("stale") where somebody else has noted it since."""
    pairing, _runs = _lock(pairing, by, now)
    if duty not in DUTY:
        raise Refused(_("Choose one of the five duties."), code="duty")
    if done_on > timezone.localdate(now):
        raise Refused(_("This day is still to come."), code="done_on")
    if len(note.strip()) > LONGEST_WORDS:
        raise Refused(_("Say it in at most 200 characters."), code="text")
    before = DutyDone.objects.filter(pairing=pairing, duty=duty).first()
    is_own = before is not None and before.noted_by_id == by.pk
    if seen is not None and seen != duty_stamp(before) and not is_own:
        raise Stale(_("Somebody else has noted this since you looked: look again."), code="stale")
    values = {"done_on": done_on, "note": note.strip(), "noted_by": by, "noted_at": now}
    row, _made = DutyDone.objects.update_or_create(pairing=pairing, duty=duty, defaults=values)
    _record(pairing, "duty_done", by, now, {"duty": duty, "on": done_on.isoformat()})
    return row


def duty_stamp(row: DutyDone | None) -> str:
    """Of a duty as it stands; "" where it is not done."""
    return row.noted_at.isoformat() if row else ""


@transaction.atomic
def take_back_duty(pairing: Pairing, duty: str, *, by: "User", now: datetime) -> Pairing:
    """It is not done after all. Raises NotAllowed, Refused("duty") where it was not said to be."""
    pairing, _runs = _lock(pairing, by, now)
    if not DutyDone.objects.filter(pairing=pairing, duty=duty).delete()[0]:
        raise Refused(_("Nobody has said that this is done."), code="duty")
    _record(pairing, "duty_open", by, now, {"duty": duty})
    return pairing


def may_note(pairing: Pairing, user: "User", now: datetime) -> bool:
    """May the person say which duties are done there? `note_duty` and `take_back_duty` ask again."""
    return runs_at(user, pairing, now) or answers_for(pairing, user, now)


def _lock(pairing: Pairing, by: "User", now: datetime) -> tuple[Pairing, bool]:
    """As it is now, and whether the person runs volunteering there. Raises NotAllowed for whoever neither does that nor
    answers for the place."""
    rows = Pairing.objects.select_for_update(of=("self",), no_key=True)
    pairing = rows.select_related("organisation", "unit").get(pk=pairing.pk)
    runs = runs_at(by, pairing, now)
    if not runs and not answers_for(pairing, by, now):
        raise _not_yours()
    return pairing, runs


def _end(pairing: Pairing, ends_on: date, by: "User | None", now: datetime) -> Pairing:
    pairing.ends_on = ends_on
    pairing.save(update_fields=["ends_on"])
    _record(pairing, "end", by, now, {"until": ends_on.isoformat()})
    return pairing


def _hold_organisation(organisation: Organisation | None) -> None:
    """One that closes at this moment waits, so that this pairing ends with it; or has closed already."""
    if organisation is None:
        return
    rows = Organisation.objects.select_for_update(of=("self",), no_key=True)
    if rows.get(pk=organisation.pk).closed_at:
        raise _not_open()


def _not_open() -> Refused:
    return Refused(_("Choose an open organisation of this district."), code="closed")


def _not_yours() -> NotAllowed:
    return NotAllowed(
        _("This is for those who run volunteering there, or answer for the place."), code="not_yours"
    )


def _record(pairing: Pairing, verb: str, by: "User | None", now: datetime, data: dict[str, Any]) -> None:
    record_event("pairing", pairing.pk, verb, by=by, now=now, data=data, **at(pairing.unit))
