"""Activities: made, changed, opened, begun, ended, cancelled; and what the clock does to them."""

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import transaction
from django.db.models import Max, Min
from django.utils.translation import gettext as _

from grids.models import Unit
from issues.models import Issue
from trail.refusals import NotAllowed, Refused
from volunteers.actions.homes import held_unit, place_of
from volunteers.actions.locks import lock_station, lock_team
from volunteers.actions.running import (
    ask,
    finish,
    lock_activity,
    lock_shift,
    refill,
    runs_there,
    ties_of,
)
from volunteers.actions.sign_ups import move_up
from volunteers.actions.teams import leads
from volunteers.activities import LIVE
from volunteers.asking import refusal
from volunteers.models import Activity, Shift, SignUp, Station, Team
from volunteers.models.activities import PLACE, RESULT, TITLE, WHAT
from volunteers.shifts import (
    CHECK_IN_EARLY,
    FARTHEST_AHEAD,
    FREE_CANCEL_HOURS,
    LONGEST_BACK,
    LONGEST_FREE_CANCEL,
    MOST_PLACES,
    MOST_SHIFTS,
    Period,
    has_begun,
    out_of_reach,
    wrong_with,
)

if TYPE_CHECKING:
    from accounts.models import User

SECRET_BYTES = 24


class NewShift(NamedTuple):
    """A shift to be made: from, to, and how many places it has."""

    starts_at: datetime
    ends_at: datetime
    places: int


@transaction.atomic
def add_activity(
    *,
    unit: Unit,
    title: str,
    what: str,
    shifts: Sequence[NewShift],
    by: "User | None",
    now: datetime,
    place: str = "",
    station: Station | None = None,
    team: Team | None = None,
    issue: Issue | None = None,
    free_cancel_hours: int = FREE_CANCEL_HOURS,
) -> Activity:
    """A draft, by whoever runs volunteering at the unit or leads the team that does it there.

    Raises NotAllowed, Refused("closed_place"), ("team"), ("station"), ("shifts"), ("places"), ("day"), one of
    `_texts`, or Stale.
    """
    unit = held_unit(unit)
    team = lock_team(team.pk) if team else None
    station = lock_station(station.pk) if station else None
    _check_author(unit, team, by, now)
    if station is not None and (station.closed_at or station.district_id != unit.district_id):
        raise Refused(_("Choose an open station of the district."), code="station")
    texts = _texts(title=title, what=what, place=place, free_cancel_hours=free_cancel_hours)
    check_shifts(shifts, now)
    activity = Activity.objects.create(
        unit=unit,
        station=station,
        team=team,
        issue=issue,
        starts_at=min(one.starts_at for one in shifts),
        ends_at=max(one.ends_at for one in shifts),
        secret=secrets.token_hex(SECRET_BYTES),
        created_by=by,
        created_at=now,
        **place_of(unit),
        **texts,
    )
    Shift.objects.bulk_create(Shift(activity=activity, **one._asdict()) for one in shifts)
    facts = {"team": team.pk if team else None, "issue": issue.pk if issue else None}
    data = {name: pk for name, pk in facts.items() if pk is not None}
    return finish(activity, "add", by=by, now=now, data=data)


@transaction.atomic
def ask_volunteers(
    issue: Issue,
    *,
    title: str,
    what: str,
    shifts: Sequence[NewShift],
    by: "User",
    now: datetime,
    unit: Unit | None = None,
    **more: Any,
) -> Activity:
    """A draft that helps to solve an issue, at its community unless `unit` says otherwise. What it says are the
    organiser's own words: those of the reporter stay with the issue. `more` as `add_activity` takes it.

    Raises NotAllowed for an issue that the person does not see, Refused("unit"), what `volunteers.asking` says, and what
    `add_activity` raises.
    """
    levels = ("community", "street", "district")
    seen = Issue.objects.visible_to(by, now).select_related(*levels)
    known = seen.defer(*(f"{level}__boundary" for level in levels)).filter(pk=issue.pk).first()
    if known is None:
        raise NotAllowed(_("This issue does not exist, or is not yours to see."), code="not_yours")
    if no := refusal(known):
        raise no
    at = unit or known.community or known.street or known.district
    at = held_unit(at) if at else None
    if at is None or at.district_id != known.district_id:
        raise Refused(_("Choose a unit of the issue's district."), code="unit")
    return add_activity(unit=at, title=title, what=what, shifts=shifts, by=by, now=now, issue=known, **more)


@transaction.atomic
def change_activity(
    activity: Activity,
    *,
    by: "User",
    now: datetime,
    title: str | None = None,
    what: str | None = None,
    place: str | None = None,
    free_cancel_hours: int | None = None,
) -> Activity:
    """Other words, another meeting place, other rules for cancelling, as long as a shift lies ahead; what is None stays.
    Those who have signed up for what lies ahead hear of it.

    Raises NotAllowed, Refused("state"), ("begun") once all shifts have, ("nothing"), or one of `_texts`.
    """
    activity = _lock(activity, "change", by, now)
    if activity.state != "draft" and not activity.shifts.ahead(now).exists():
        raise Refused(_("All its shifts have begun already."), code="begun")
    given = {"title": title, "what": what, "place": place, "free_cancel_hours": free_cancel_hours}
    texts = _texts(**{name: value for name, value in given.items() if value is not None})
    changed = sorted(name for name, value in texts.items() if getattr(activity, name) != value)
    if not changed:
        raise Refused(_("This is what it says already."), code="nothing")
    for name in changed:
        setattr(activity, name, texts[name])
    return finish(activity, "change", by=by, now=now, changed=changed, data={"changed": changed})


@transaction.atomic
def add_shift(activity: Activity, shift: NewShift, *, by: "User", now: datetime) -> Shift:
    """One more time. Raises NotAllowed, Refused("state"), ("shifts"), ("places"), ("day"), ("past")."""
    activity = _lock(activity, "change", by, now)
    check_shifts([shift], now, there=activity.shifts.count())
    if activity.state != "draft" and shift.starts_at <= now:
        raise Refused(_("This time has begun already."), code="past")
    made = Shift.objects.create(activity=activity, **shift._asdict())
    finish(activity, "change", by=by, now=now, changed=set_times(activity), data={"shift": made.pk})
    return made


@transaction.atomic
def change_places(shift: Shift, *, places: int, by: "User", now: datetime) -> Shift:
    """More places or fewer, of a shift that has not begun; whoever waits moves up. Raises NotAllowed, Refused("state"),
    ("cancelled"), ("begun"), ("places"), ("taken") for fewer than there are people."""
    activity, shift = lock_to_change(shift, by, now)
    if not 1 <= places <= MOST_PLACES:
        raise Refused(_("A shift has 1 to %(most)d places.") % {"most": MOST_PLACES}, code="places")
    if places < shift.taken:
        raise Refused(_("So many have signed up already."), code="taken")
    shift.places = places
    shift.save(update_fields=["places"])
    refill(activity)
    finish(activity, "change", by=by, now=now, changed=["state"], data={"shift": shift.pk, "places": places})
    move_up(activity, shift, now=now)
    return shift


@transaction.atomic
def remove_shift(shift: Shift, *, by: "User", now: datetime) -> Activity:
    """A time for which nobody ever signed up. Raises NotAllowed, Refused("state"), ("cancelled"), ("begun"), ("taken"),
    ("shifts") for the only one."""
    activity, shift = lock_to_change(shift, by, now)
    if SignUp.objects.filter(shift=shift).exists():
        raise Refused(_("So many have signed up already."), code="taken")
    if activity.shifts.standing().count() == 1:
        raise Refused(_("An activity has at least one shift."), code="shifts")
    gone = shift.pk
    shift.delete()
    return finish(activity, "change", by=by, now=now, changed=set_times(activity), data={"removed": gone})


@transaction.atomic
def open_activity(activity: Activity, *, by: "User", now: datetime) -> Activity:
    """Everybody finds it and may sign up. One that is written down afterwards, all of whose shifts are over, is done at
    once: who came is put on its list, and their hours are handed in.

    Raises NotAllowed, Refused("state"), ("past") where a shift has begun and there is still one to come or under way.
    """
    activity = _lock(activity, "open", by, now)
    is_over = not activity.shifts.filter(ends_at__gt=now).exists()
    if not is_over and activity.shifts.filter(starts_at__lte=now).exists():
        raise Refused(_("A shift of it has begun already; change its times first."), code="past")
    activity.state, activity.opened_at = "open", now
    finish(activity, "open", by=by, now=now, changed=["state", "opened_at"])
    return _end(activity, by, now) if is_over else activity


@transaction.atomic
def begin_activity(activity: Activity, *, by: "User", now: datetime) -> Activity:
    """It is under way, an hour before its first shift at the earliest. Raises NotAllowed, Refused("state"), ("early")."""
    activity = _lock(activity, "begin", by, now)
    if now < activity.starts_at - CHECK_IN_EARLY:
        raise Refused(_("It is too early; it begins with the check-in."), code="early")
    activity.state = "under_way"
    return finish(activity, "begin", by=by, now=now, changed=["state"])


@transaction.atomic
def end_activity(activity: Activity, *, by: "User", now: datetime) -> Activity:
    """It is over; who still waited never got a place. Raises NotAllowed, Refused("state"), ("early") while a shift has
    not begun."""
    activity = _lock(activity, "end", by, now)
    if activity.shifts.ahead(now).exists():
        raise Refused(_("A shift of it has not begun yet."), code="early")
    return _end(activity, by, now)


@transaction.atomic
def cancel_activity(activity: Activity, *, reason: str, by: "User", now: datetime) -> Activity:
    """It does not take place; everybody with a claim hears of it. Raises NotAllowed, Refused("state"), ("text")."""
    return call_off(_lock(activity, "cancel", by, now), clean_reason(reason), by=by, now=now)


def call_off(activity: Activity, reason: str, *, by: "User", now: datetime) -> Activity:
    """The same of an activity that the caller holds, none of whose shifts has begun."""
    dropped = drop(SignUp.objects.filter(activity=activity, state__in=LIVE), now)
    activity.shifts.update(taken=0)
    activity.state, activity.result = "cancelled", reason
    return finish(activity, "cancel", by=by, now=now, changed=["state", "result"], data={"dropped": dropped})


def clean_reason(text: str) -> str:
    """Why something does not take place, as it is kept. Raises Refused("text")."""
    if not 2 <= len(text.strip()) <= RESULT:
        raise Refused(_("Say why in 2 to %(most)d characters.") % {"most": RESULT}, code="text")
    return text.strip()


@transaction.atomic
def move_by_clock(*, now: datetime) -> bool:
    """What has begun is under way, what is over is done: the one that waits longest; False when there is none.

    Any number may run at once; doing it twice changes nothing.
    """
    due = Activity.objects.moved_by_clock(now).select_for_update(of=("self",), no_key=True, skip_locked=True)
    activity = due.select_related("unit").defer("unit__boundary").first()
    if activity is None:
        return False
    if activity.state == "under_way":
        _end(activity, None, now)
    else:
        activity.state = "under_way"
        finish(activity, "begin", by=None, now=now, changed=["state"])
    return True


def _lock(activity: Activity, verb: str, by: "User | None", now: datetime) -> Activity:
    """Locked, and the table has nothing against it."""
    activity = lock_activity(activity.pk)
    ask(verb, activity, ties_of(activity, by, now))
    return activity


def lock_to_change(shift: Shift, by: "User", now: datetime, verb: str = "change") -> tuple[Activity, Shift]:
    """A shift that still lies ahead (of a draft any), with its activity, both as they are now and held. Raises NotAllowed,
    Refused("state"), ("cancelled"), ("begun")."""
    activity, shift = lock_shift(shift)
    ask(verb, activity, ties_of(activity, by, now))
    if shift.cancelled_at:
        raise Refused(_("This shift has been called off."), code="cancelled")
    if activity.state != "draft" and has_begun(shift.period, now):
        raise Refused(_("This shift has begun already."), code="begun")
    return activity, shift


def _end(activity: Activity, by: "User | None", now: datetime) -> Activity:
    dropped = drop(SignUp.objects.filter(activity=activity, state="waiting"), now)
    activity.state = "done"
    return finish(activity, "end", by=by, now=now, changed=["state"], data={"dropped": dropped})


def drop(sign_ups: Any, now: datetime) -> int:
    """Their claims end, without a late cancel; how many."""
    return sign_ups.update(state="cancelled", ended_at=now, checked_in_at=None, checked_out_at=None)


def _check_author(unit: Unit, team: Team | None, by: "User | None", now: datetime) -> None:
    if team is not None and (team.closed_at or team.district_id != unit.district_id):
        raise Refused(_("Choose an open team of the district."), code="team")
    if runs_there(by, place_of(unit), now):
        return
    here = team is not None and team.unit_id in unit.lineage().values()
    if not here or not leads(team, by):
        raise NotAllowed(
            _(
                "Activities are made by those who run volunteering there, or by the leader of a team of the place."
            ),
            code="not_yours",
        )


def _texts(**given: Any) -> dict[str, Any]:
    """As they are kept. Raises Refused("title"), ("what"), ("place") or ("free_cancel_hours")."""
    kept: dict[str, Any] = {
        name: value.strip() if isinstance(value, str) else value for name, value in given.items()
    }
    for name, least, most, reason in (
        ("title", 2, TITLE, _("Give it a title of 2 to %(most)d characters.")),
        ("what", 2, WHAT, _("Say what is done, in 2 to %(most)d characters.")),
        ("place", 0, PLACE, _("A text of at most %(most)d characters.")),
    ):
        if name in kept and not least <= len(kept[name]) <= most:
            raise Refused(reason % {"most": most}, code=name)
    if not 0 <= kept.get("free_cancel_hours", 0) <= LONGEST_FREE_CANCEL:
        reason = _("Cancelling is free until 0 to %(most)d hours before.")
        raise Refused(reason % {"most": LONGEST_FREE_CANCEL}, code="free_cancel_hours")
    return kept


def check_shifts(shifts: Iterable[NewShift], now: datetime, there: int = 0) -> None:
    """Raises Refused("shifts"), ("places") or ("day")."""
    given = list(shifts)
    if not 1 <= there + len(given) <= MOST_SHIFTS:
        raise Refused(_("An activity has 1 to %(most)d shifts.") % {"most": MOST_SHIFTS}, code="shifts")
    wrong = {wrong_with(Period(one.starts_at, one.ends_at), one.places) for one in given} - {""}
    if wrong == {"places"}:
        raise Refused(_("A shift has 1 to %(most)d places.") % {"most": MOST_PLACES}, code="places")
    if wrong:
        raise Refused(_("A shift ends after it begins, and within a day."), code="shifts")
    if any(out_of_reach(Period(one.starts_at, one.ends_at), now) for one in given):
        bounds = {"back": LONGEST_BACK.days, "ahead": FARTHEST_AHEAD.days}
        reason = _("Give a day from %(back)d days ago up to %(ahead)d days ahead; look at the year.")
        raise Refused(reason % bounds, code="day")


def set_times(activity: Activity) -> list[str]:
    """Those of its shifts that take place, set anew; the fields that this touches."""
    found = activity.shifts.standing().aggregate(starts_at=Min("starts_at"), ends_at=Max("ends_at"))
    activity.starts_at, activity.ends_at = found["starts_at"], found["ends_at"]
    refill(activity)
    return ["starts_at", "ends_at", "state"]
