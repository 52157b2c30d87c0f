"""Hours: handed in by one, confirmed by another, no more on a day than it has (volunteers.actions.days).

The activity's lock comes first, that of a person second, that of a record last.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from grids.models import Unit
from trail.actions import NewEvent, record_events
from trail.refusals import NotAllowed, Refused
from volunteers.actions.days import CONFIRMED, Records, check_room, refuse_all, sort_out
from volunteers.actions.homes import held_unit, place_of
from volunteers.actions.locks import lock_volunteer, lock_volunteers
from volunteers.actions.running import (
    acts_for,
    ask,
    finish,
    lock_activity,
    placed,
    require_runs_there,
    ties_of,
)
from volunteers.activities import offered
from volunteers.hours import MOST_MINUTES, minutes_of, refusal_to_confirm
from volunteers.models import Activity, Service, SignUp, Volunteer
from volunteers.models.hours import REASON, WHAT

if TYPE_CHECKING:
    from accounts.models import User

# Service beside an activity is handed in within a year.
LONGEST_AGO = timedelta(days=366)


@transaction.atomic
def propose_hours(
    activity: Activity, *, by: "User", now: datetime, minutes: Mapping[int, int] | None = None
) -> Records:
    """Hand in the hours of everybody who came, by check-in and check-out; `minutes` (id of the sign-up → minutes) says
    otherwise. Again, as long as they are not decided: what `minutes` says otherwise is handed in anew. Whose day has no
    room for them is left out, without harm to the others.

    Returns the records that are to be confirmed, and who was left out. Raises NotAllowed, Refused("state"), ("sign_up") for
    one who did not come or whose hours are decided, ("minutes"), ("overlap") or ("day_full") where nothing is handed in
    for that. As many statements for 300 as for three.
    """
    activity, said = lock_activity(activity.pk), dict(minutes or {})
    ask("propose", activity, ties_of(activity, by, now))
    check_minutes(said.values(), least=0)
    known = {one.sign_up_id: one for one in _with_times(Service.objects.filter(activity=activity))}
    came = list(SignUp.objects.came().filter(activity=activity).select_related("shift").order_by("pk"))
    undecided = [one for one in came if one.pk not in known or known[one.pk].state == "proposed"]
    if said.keys() - {one.pk for one in undecided}:
        raise Refused(_("This person did not come, or the hours are decided already."), code="sign_up")
    new = [_handed_in(activity, one, said, by, now) for one in undecided if one.pk not in known]
    old = [known[one.pk] for one in undecided if one.pk in known]
    otherwise = [one for one in old if said.get(one.sign_up_id or 0, one.minutes) != one.minutes]
    for service in otherwise:
        service.minutes, service.source = said[service.sign_up_id or 0], "set"
        service.proposed_by, service.proposed_at, service.version = by, now, service.version + 1
    handed_in, left_out = sort_out([*new, *otherwise])
    if left_out and not handed_in:
        raise refuse_all(left_out)
    made, changed = [one for one in handed_in if not one.pk], [one for one in handed_in if one.pk]
    Service.objects.bulk_create(made)
    Service.objects.bulk_update(changed, ["minutes", "source", "proposed_by", "proposed_at", "version"])
    for service in (one.service for one in left_out if one.service.pk):
        service.refresh_from_db()
    if handed_in:
        _record("propose", handed_in, activity.unit, by, now)
        data = {"count": len(handed_in), "minutes": sum(one.minutes for one in handed_in)}
        finish(activity, "propose", by=by, now=now, data=data)
    return Records(sorted([*made, *old], key=lambda one: one.pk), left_out)


@transaction.atomic
def confirm_hours(
    activity: Activity, *, by: "User", now: datetime, only: Collection[int] | None = None
) -> Records:
    """Confirm what was handed in for an activity, all of it or the records `only` (ids) names, without one's own and
    what one has handed in oneself: those wait for somebody else. So does what a person's day has no room for, until it is
    put right. Returns the confirmed, and who was left out.

    Raises NotAllowed, also ("own_hours", "own_proposal") where nothing else is left; Refused("state"), ("nothing"),
    ("overlap") or ("day_full") where nothing is confirmed for that.
    """
    activity = lock_activity(activity.pk)
    ask("confirm", activity, ties_of(activity, by, now))
    waiting = _with_times(Service.objects.proposed().filter(activity=activity)).select_related("volunteer")
    if only is not None:
        waiting = waiting.filter(pk__in=only)
    services, refused = [], None
    for one in waiting.order_by("pk"):
        no = _no_to_confirm(one, by)
        refused = no or refused
        services += [] if no else [one]
    if not services:
        raise refused or Refused(_("There are no hours to be confirmed."), code="nothing")
    fit, left_out = sort_out(services, CONFIRMED)
    if not fit:
        raise refuse_all(left_out)
    confirmed = _confirm(fit, activity.unit, by, now)
    data = {"count": len(confirmed), "minutes": sum(one.minutes for one in confirmed)}
    finish(activity, "confirm", by=by, now=now, data=data)
    return Records(confirmed, left_out)


@transaction.atomic
def propose_service(
    volunteer: Volunteer, *, on: date, minutes: int, what: str, unit: Unit, by: "User", now: datetime
) -> Service:
    """Hours beside any activity, of the last year: by the volunteer, or by whoever runs volunteering at the unit or where
    the volunteer is at home. Raises NotAllowed, Refused("closed_place"), ("volunteer"), ("minutes"), ("on"), ("text"),
    ("unit"), ("day_full"), or Stale."""
    unit, volunteer = held_unit(unit), lock_volunteer(volunteer.pk)
    if not acts_for(volunteer, by, now):
        require_runs_there(by, place_of(unit), now)
    if volunteer.state != "active":
        raise Refused(_("This volunteer does not take part any more."), code="volunteer")
    check_minutes([minutes])
    if not timezone.localdate(now) - LONGEST_AGO <= on <= timezone.localdate(now):
        raise Refused(_("Give a day of the last year, up to today."), code="on")
    if not 2 <= len(what.strip()) <= WHAT:
        raise Refused(_("Say what was done, in 2 to %(most)d characters.") % {"most": WHAT}, code="text")
    if unit.district_id != volunteer.district_id:
        raise Refused(_("Choose an open unit of the volunteer's district."), code="unit")
    service = Service(
        volunteer=volunteer,
        unit=unit,
        on=on,
        what=what.strip(),
        minutes=minutes,
        source="beside",
        proposed_by=by,
        proposed_at=now,
        **place_of(unit),
    )
    check_room(service)
    service.save()
    _record("propose", [service], unit, by, now)
    return service


@transaction.atomic
def propose_again(service: Service, *, minutes: int, by: "User", now: datetime) -> Service:
    """Hours of an activity that were not accepted, handed in anew by those who run it, until it is settled: somebody looks
    at them again. That they were refused stays in the trail.

    Raises NotAllowed, Refused("state") also for what was not refused or done beside any activity, ("minutes").
    """
    service = lock_service(service)
    if service.activity_id is None or service.state != "refused":
        reason = _("Only hours of an activity that were not accepted are handed in again.")
        raise Refused(reason, code="state")
    activity = lock_activity(service.activity_id)
    ask("propose", activity, ties_of(activity, by, now))
    check_minutes([minutes], least=0)
    new: dict[str, Any] = {"minutes": minutes, "source": "set", "state": "proposed", "reason": ""}
    new |= {"proposed_by": by, "proposed_at": now, "decided_by": None, "decided_at": None}
    # The activity may have moved with its unit; what was decided did not.
    new |= {"unit": activity.unit} | placed(activity)
    for name, value in new.items():
        setattr(service, name, value)
    check_room(service)
    step(service, "propose", by, now, _told(service), new)
    finish(activity, "propose", by=by, now=now, data={"count": 1, "minutes": minutes})
    return service


def may_propose_again(service: Service, by: "User", now: datetime) -> bool:
    """Was it not accepted, and may this person hand it in again now?"""
    activity = service.activity
    if activity is None or service.state != "refused":
        return False
    return "propose" in offered(activity.state, ties_of(activity, by, now))


@transaction.atomic
def confirm_service(service: Service, *, by: "User", now: datetime) -> Service:
    """Confirm one record. Raises NotAllowed, also ("own_hours") and ("own_proposal"), Refused("decided"), ("overlap"),
    ("day_full")."""
    service = _lock_to_decide(service, by, now)
    if no := _no_to_confirm(service, by):
        raise no
    check_room(service, CONFIRMED)
    return _confirm([service], service.unit, by, now)[0]


@transaction.atomic
def refuse_service(service: Service, *, reason: str, by: "User", now: datetime) -> Service:
    """These hours do not count; the person hears of it. Raises NotAllowed, also ("own_hours"), Refused("decided"),
    ("text")."""
    service = _lock_to_decide(service, by, now)
    if service.volunteer.user_id == by.pk:
        raise NotAllowed(_("Nobody decides on their own hours."), code="own_hours")
    service.reason = reason_of(reason)
    service.state, service.decided_by, service.decided_at = "refused", by, now
    service.version += 1
    service.save(update_fields=["reason", "state", "decided_by", "decided_at", "version"])
    _record("refuse", [service], service.unit, by, now)
    return service


def _handed_in(
    activity: Activity, one: SignUp, said: Mapping[int, int], by: "User", now: datetime
) -> Service:
    """A record of somebody who came; not written yet."""
    minutes, source = _minutes_said(one, said)
    return Service(
        volunteer_id=one.volunteer_id,
        activity=activity,
        sign_up=one,
        unit=activity.unit,
        on=timezone.localdate(one.shift.starts_at),
        minutes=minutes,
        source=source,
        proposed_by=by,
        proposed_at=now,
        **placed(activity),
    )


def _minutes_said(one: SignUp, said: Mapping[int, int]) -> tuple[int, str]:
    """How many, and where they come from."""
    if one.pk in said:
        return said[one.pk], "set"
    source = "checked" if one.checked_out_at else "shift"
    return minutes_of(one.shift.period, one.checked_in_at, one.checked_out_at), source


def check_minutes(given: Iterable[int], least: int = 1) -> None:
    """Raises Refused("minutes") for what does not fit into a day."""
    if any(not least <= minutes <= MOST_MINUTES for minutes in given):
        reason = _("Minutes of one day: a whole number from %(least)d to %(most)d.")
        raise Refused(reason % {"least": least, "most": MOST_MINUTES}, code="minutes")


def reason_of(text: str) -> str:
    """Why, as it is kept. Raises Refused("text")."""
    if not 2 <= len(text.strip()) <= REASON:
        raise Refused(_("Say why in 2 to %(most)d characters.") % {"most": REASON}, code="text")
    return text.strip()


def lock_service(service: Service) -> Service:
    """The record as it is now, locked; the locks of its activity and of the person come first."""
    if service.activity_id:
        lock_activity(service.activity_id)
    lock_volunteers([service.volunteer_id])
    locked = Service.objects.select_for_update(of=("self",), no_key=True)
    found = locked.select_related("volunteer", "unit", "activity__team__leader").defer("unit__boundary")
    return found.get(pk=service.pk)


def _with_times(services: QuerySet[Service]) -> QuerySet[Service]:
    """Along with what says from when to when somebody was there."""
    return services.select_related("sign_up__shift")


def _lock_to_decide(service: Service, by: "User", now: datetime) -> Service:
    service = lock_service(service)
    require_runs_there(by, placed(service), now)
    if service.state != "proposed":
        raise Refused(_("This has been decided already."), code="decided")
    return service


def _no_to_confirm(service: Service, by: "User | None") -> Refused | None:
    return refusal_to_confirm(
        by.pk if by else None, volunteer=service.volunteer.user_id, proposer=service.proposed_by_id
    )


def _confirm(services: Sequence[Service], unit: Unit, by: "User", now: datetime) -> list[Service]:
    """In three statements, however many."""
    ids = [one.pk for one in services]
    Service.objects.filter(pk__in=ids).update(
        state="confirmed", decided_by=by, decided_at=now, version=F("version") + 1
    )
    for one in services:
        one.state, one.decided_by, one.decided_at, one.version = "confirmed", by, now, one.version + 1
    _record("confirm", services, unit, by, now)
    return list(services)


def step(
    service: Service,
    verb: str,
    by: "User",
    now: datetime,
    data: Mapping[str, Any],
    changed: Iterable[str] = (),
) -> None:
    """One version on, with its event."""
    service.version += 1
    service.save(update_fields=["version", *changed])
    record_events([_event(verb, service, service.unit, by, data)], now=now)


def _record(verb: str, services: Iterable[Service], unit: Unit, by: "User | None", now: datetime) -> None:
    events = [_event(verb, one, unit, by, _told(one)) for one in services]
    if events:
        record_events(events, now=now)


def _told(service: Service) -> dict[str, Any]:
    """What others hear of a record: whose, how many minutes, on which day, for which activity."""
    return {
        "volunteer": service.volunteer_id,
        "minutes": service.minutes,
        "on": service.on.isoformat(),
        "activity": service.activity_id,
    }


def _event(verb: str, service: Service, unit: Unit, by: "User | None", data: Mapping[str, Any]) -> NewEvent:
    return NewEvent(
        "service",
        service.pk,
        verb,
        service.version,
        by=by,
        unit_id=unit.pk,
        unit_label=unit.name,
        district_id=service.district_id,
        data=dict(data),
    )
