"""Who runs an activity, and how every step of one begins and ends: lock, ask the table, write, record."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import F, Sum

from grids.models import Unit
from grids.standing import standing_of
from trail.actions import record_event
from trail.districts import sees_all
from volunteers.activities import filled, refusal
from volunteers.models import Activity, Shift, SignUp, Volunteer
from volunteers.querysets import RUNS

if TYPE_CHECKING:
    from accounts.models import User

COLUMNS = ("district_id", "street_id", "community_id", "grid_id")
RUN = frozenset({"organiser", "leader"})


def place_of(unit: Unit) -> dict[str, int | None]:
    """The lineage columns of something that is at this unit."""
    lineage = unit.lineage()
    return {name: lineage[name] for name in COLUMNS}


def runs_there(by: "User | None", place: Mapping[str, int | None], now: datetime) -> bool:
    """Does this person run volunteering where this lineage lies? None is the platform itself; a superuser sets up."""
    if by is None or sees_all(by):
        return True
    territory = standing_of(by, now).territory(RUNS)
    return any(place.get(name) in ids for name, ids in territory.items())


def placed(row: Any) -> dict[str, int | None]:
    """The lineage of a row with such columns."""
    return {name: getattr(row, name, None) for name in COLUMNS}


def ties_of(
    activity: Activity, by: "User | None", now: datetime, volunteer: Volunteer | None = None
) -> frozenset[str]:
    """How the person is tied to the activity: organiser, leader; and volunteer, if it is about them or about
    somebody at home where they run volunteering."""
    found = set()
    if runs_there(by, placed(activity), now):
        found.add("organiser")
    if by is not None and activity.team and leads(activity.team.leader, by):
        found.add("leader")
    if volunteer is not None and by is not None and acts_for(volunteer, by, now):
        found.add("volunteer")
    return frozenset(found)


def leads(leader: Volunteer | None, by: "User") -> bool:
    """Is this the team's leader, and still one of the volunteers?"""
    return leader is not None and leader.user_id == by.pk and leader.state == "active"


def acts_for(volunteer: Volunteer, by: "User", now: datetime) -> bool:
    """The volunteer, or whoever runs volunteering where they are at home."""
    return volunteer.user_id == by.pk or runs_there(by, placed(volunteer), now)


def lock_activity(pk: int) -> Activity:
    """The activity as it is now, locked until the transaction ends: always the first lock, and one at a time. It covers
    its shifts and sign-ups; rows may still be inserted that refer to it."""
    locked = Activity.objects.select_for_update(of=("self",), no_key=True)
    return locked.select_related("unit", "team__leader").get(pk=pk)


def lock_shift(shift: Shift) -> tuple[Activity, Shift]:
    """The activity of a shift, locked, and the shift as it is now."""
    return lock_activity(shift.activity_id), Shift.objects.get(pk=shift.pk)


def lock_sign_up(sign_up: SignUp) -> tuple[Activity, SignUp]:
    """The activity of a sign-up, locked, and the sign-up (with shift and volunteer) as it is now."""
    activity = lock_activity(sign_up.activity_id)
    return activity, SignUp.objects.select_related("shift", "volunteer").get(pk=sign_up.pk)


def ask(verb: str, activity: Activity, ties: Collection[str]) -> None:
    """Raises what the table says against it: NotAllowed("not_yours") or Refused("state")."""
    if no := refusal(verb, activity.state, ties):
        raise no


def refill(activity: Activity) -> None:
    """Open or full, by the places that its shifts have left; the caller writes the state."""
    free = activity.shifts.order_by().aggregate(free=Sum(F("places") - F("taken")))["free"] or 0
    activity.state = filled(activity.state, free)


def finish(
    activity: Activity,
    verb: str,
    *,
    by: "User | None",
    now: datetime,
    changed: Iterable[str] = (),
    data: Mapping[str, Any] | None = None,
) -> Activity:
    """Write these fields and the event; the activity is then one version on. Ids, codes and numbers alone."""
    activity.version += 1
    activity.save(update_fields=sorted({*changed, "version"}))
    record_event(
        "activity",
        activity.pk,
        verb,
        by=by,
        now=now,
        seq=activity.version,
        unit_id=activity.unit_id,
        unit_label=activity.unit.name,
        district_id=activity.district_id,
        data={"state": activity.state, **(data or {})},
    )
    return activity


def about(sign_up: SignUp, **more: Any) -> dict[str, Any]:
    """What an event says of a sign-up."""
    facts = {"sign_up": sign_up.pk, "shift": sign_up.shift_id, "volunteer": sign_up.volunteer_id}
    return facts | {"as": sign_up.state} | more
