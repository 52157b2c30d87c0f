"""Who runs an activity, and how every step of one begins and ends: lock, ask the table, write, record."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import F, Sum
from django.utils.translation import gettext as _

from grids.actions.notes import at
from grids.standing import standing_of
from trail.actions import NewEvent, record_events
from trail.districts import sees_all
from trail.refusals import NotAllowed
from volunteers.actions.homes import ALL_COLUMNS
from volunteers.actions.teams import leads
from volunteers.activities import filled, refusal
from volunteers.models import Activity, Shift, SignUp, Volunteer
from volunteers.querysets import RUNS
from volunteers.wish_ties import is_account

if TYPE_CHECKING:
    from accounts.models import User

RUN = frozenset({"organiser", "leader"})


def runs_there(by: "User | None", place: Mapping[str, int | None], now: datetime) -> bool:
    """Does this person run volunteering where this lineage lies? None is the platform itself; a superuser sets up."""
    if by is None or sees_all(by):
        return True
    territory = standing_of(by, now).territory(RUNS)
    return any(place.get(name) in ids for name, ids in territory.items())


def require_runs_there(by: "User | None", place: Mapping[str, int | None], now: datetime) -> None:
    """Raise NotAllowed unless `runs_there`; in the words of grids.actions.authority."""
    if not runs_there(by, place, now):
        raise NotAllowed(_("Your post does not allow this here."), code="not_allowed")


def placed(row: Any) -> dict[str, int | None]:
    """The lineage of a row with such columns."""
    return {name: getattr(row, name, None) for name in ALL_COLUMNS}


def ties_of(
    activity: Activity, by: "User | None", now: datetime, volunteer: Volunteer | None = None
) -> frozenset[str]:
    """How the person is tied to the activity: organiser, leader; and volunteer, if it is about them or about
    somebody at home where they run volunteering."""
    found = set()
    if runs_there(by, placed(activity), now):
        found.add("organiser")
    if leads(activity.team, by):
        found.add("leader")
    if volunteer is not None and by is not None and acts_for(volunteer, by, now):
        found.add("volunteer")
    return frozenset(found)


def acts_for(volunteer: Volunteer, by: "User", now: datetime) -> bool:
    """The volunteer, or whoever runs volunteering where they are at home."""
    return is_account(volunteer.user_id, by) or runs_there(by, placed(volunteer), now)


def lock_activity(pk: int) -> Activity:
    """The activity as it is now, locked until the transaction ends: always the first lock, and one at a time. It covers
    its shifts and sign-ups; rows may still be inserted that refer to it."""
    locked = Activity.objects.select_for_update(of=("self",), no_key=True)
    return locked.select_related("unit", "team__leader").defer("unit__boundary").get(pk=pk)


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
    free = activity.shifts.standing().order_by().aggregate(free=Sum(F("places") - F("taken")))["free"] or 0
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
    return finish_each(activity, verb, [data or {}], by=by, now=now, changed=changed)


def finish_each(
    activity: Activity,
    verb: str,
    facts: Sequence[Mapping[str, Any]],
    *,
    by: "User | None",
    now: datetime,
    changed: Iterable[str] = (),
) -> Activity:
    """The same of something that happened several times at once: an event and a version for each. Two statements."""
    first = activity.version + 1
    activity.version += len(facts)
    activity.save(update_fields=sorted({*changed, "version"}))
    where = at(activity.unit) | {"district_id": activity.district_id}
    record_events(
        [
            NewEvent(
                "activity",
                activity.pk,
                verb,
                seq,
                by=by,
                data={"state": activity.state, **data},
                **where,
            )
            for seq, data in enumerate(facts, first)
        ],
        now=now,
    )
    return activity


def about(sign_up: SignUp, **more: Any) -> dict[str, Any]:
    """What an event says of a sign-up."""
    facts = {"sign_up": sign_up.pk, "shift": sign_up.shift_id, "volunteer": sign_up.volunteer_id}
    return facts | {"as": sign_up.state} | more
