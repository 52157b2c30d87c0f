"""Volunteers and activities in the town of tests/builders.py, made through the actions."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from accounts.models import User
from grids.models import Unit
from tests.builders import LONG_AGO, Town
from trail.models import Event
from volunteers.actions.activities import NewShift, add_activity, end_activity, open_activity
from volunteers.actions.attendance import check_in
from volunteers.actions.homes import place_of
from volunteers.actions.hours import propose_hours
from volunteers.actions.sign_ups import sign_up
from volunteers.models import Activity, Service, Shift, SignUp, Team, Volunteer

# From the town's now (10:00 in Shanghai) up to the first shift: 9:00 the next day, for two hours.
AHEAD, LONG = timedelta(hours=23), timedelta(hours=2)
_numbers = count(1)


def some_volunteer(
    town: Town, name: str = "", *, home: Unit | None = None, account: bool = True
) -> Volunteer:
    """Somebody at home in the community, with an account of that name unless `account` says no."""
    name = name or f"volunteer{next(_numbers)}"
    at = home or town.community
    return Volunteer.objects.create(
        user=town.person(name) if account else None,
        name=f"演示{name}",
        home=at,
        consented_at=LONG_AGO,
        joined_at=LONG_AGO,
        **place_of(at),
    )


def many_volunteers(town: Town, number: int) -> list[Volunteer]:
    """So many of them in a handful of statements."""
    users = User.objects.bulk_create(User(username=f"many{next(_numbers)}") for _one in range(number))
    at = place_of(town.community)
    people = [
        Volunteer(
            user=user, name="演示", home=town.community, consented_at=LONG_AGO, joined_at=LONG_AGO, **at
        )
        for user in users
    ]
    return Volunteer.objects.bulk_create(people)


def some_team(town: Town, leader: Volunteer | None) -> Team:
    """A team of the community."""
    at = place_of(town.community)
    at.pop("grid_id")
    return Team.objects.create(
        name="演示队", topic="elders", unit=town.community, leader=leader, opened_at=LONG_AGO, **at
    )


def a_shift(
    town: Town, later: timedelta = timedelta(), *, places: int = 2, long: timedelta = LONG
) -> NewShift:
    """Tomorrow at nine, or so much later."""
    start = town.now + AHEAD + later
    return NewShift(start, start + long, places)


def draft(town: Town, *shifts: NewShift, by: User | None = None, **more: Any) -> Activity:
    """A draft of the community worker's, with one shift of two places unless shifts are given."""
    texts = {"title": "演示:清雪", "what": "演示:清理人行道"}
    given = {"unit": town.community, "free_cancel_hours": 12} | texts | more
    by = by or town.people["community_worker"]
    return add_activity(shifts=shifts or (a_shift(town),), by=by, now=town.now, **given)


def opened(town: Town, *shifts: NewShift, **more: Any) -> Activity:
    """The same, open for sign-up."""
    made = draft(town, *shifts, **more)
    return open_activity(made, by=more.get("by") or town.people["community_worker"], now=town.now)


def first_shift(activity: Activity) -> Shift:
    """Its first one, as it is now."""
    return activity.shifts.order_by("starts_at", "pk")[0]


def join(
    town: Town, activity: Activity, who: Volunteer, *, now: datetime | None = None, **more: Any
) -> SignUp:
    """The volunteer signs up for the first shift by themself."""
    return sign_up(first_shift(activity), volunteer=who, by=who.user, now=now or town.now, **more)


def held(town: Town, *people: Volunteer, worker: str = "community_worker", **more: Any) -> Activity:
    """An activity that is over, to which these have come; the hours are still to be handed in."""
    activity = opened(town, a_shift(town, places=max(len(people), 1)), **more)
    rows = [join(town, activity, one) for one in people]
    shift, by = first_shift(activity), town.people[worker]
    for row in rows:
        check_in(row, by=by, now=shift.starts_at)
    activity.refresh_from_db()
    if not rows:
        Activity.objects.filter(pk=activity.pk).update(state="under_way")
    return end_activity(activity, by=by, now=shift.ends_at)


def handed_in(town: Town, *people: Volunteer, by: str = "community_worker", **more: Any) -> list[Service]:
    """Their hours, handed in by the community worker; to be confirmed by somebody else."""
    return propose_hours(held(town, *people), by=town.people[by], now=after(town), **more)


def after(town: Town) -> datetime:
    """When the first shift of `a_shift` is over."""
    return town.now + AHEAD + LONG


def verbs(subject_type: str, pk: int) -> list[str]:
    """What has happened to it."""
    return list(Event.objects.about(subject_type, pk).values_list("verb", flat=True))


def last_event(subject_type: str, pk: int) -> Event:
    """What happened to it last."""
    found = Event.objects.about(subject_type, pk).last()
    assert found is not None
    return found
