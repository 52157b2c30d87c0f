"""What the pages of activities begin with: the activity that the reader may see or run, and what one may do about it, or
about a sign-up of one's own, now."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from volunteers.actions.running import RUN, ties_of
from volunteers.activities import LIVE, RUNNING, VERB, offered
from volunteers.models import Activity, Shift, SignUp, Volunteer
from volunteers.shifts import has_begun, takes_check_in


def seen_activities(user: Any, now: datetime) -> Any:
    """Those that the reader may see, each with its place, station and team."""
    rows = Activity.objects.visible_to(user, now)
    rows = rows.select_related("unit", "community", "station", "team__leader")
    return rows.defer("unit__boundary", "community__boundary")


def run_activity(request: HttpRequest, pk: int, now: datetime) -> tuple[Activity, frozenset[str]]:
    """An activity that the reader runs, and how they are tied to it; any other is a 404."""
    activity = get_object_or_404(seen_activities(request.user, now), pk=pk)
    ties = ties_of(activity, request.user, now)
    if not ties & RUN:
        raise Http404
    return activity, ties


def run_shift(request: HttpRequest, pk: int, now: datetime) -> tuple[Shift, Activity, frozenset[str]]:
    """A shift of such an activity, with the activity, and what the reader may do with it now."""
    shift = get_object_or_404(Shift, pk=pk)
    activity, ties = run_activity(request, shift.activity_id, now)
    steps = steps_of_shift(shift, activity.state, offered(activity.state, ties), now)
    return shift, activity, steps


def my_volunteer(request: HttpRequest) -> Volunteer:
    """The volunteer that the reader is; whoever is none gets a 404."""
    return get_object_or_404(Volunteer.objects.of_user(request.user))


def takes_part(me: Volunteer | None, activity: Activity) -> bool:
    """May this volunteer sign up for it at all, as it stands now?"""
    active = me is not None and me.state == "active" and me.district_id == activity.district_id
    return active and activity.state in RUNNING


def steps_of_shift(shift: Shift, state: str, verbs: Collection[str], now: datetime) -> frozenset[str]:
    """What those who run it may do with a shift while its activity is in this state, of what the table offers (`verbs`):
    "change", "cancel_shift"; nothing once it has begun."""
    if shift.cancelled_at or (state != "draft" and has_begun(shift.period, now)):
        return frozenset()
    return frozenset({"change", "cancel_shift"}.intersection(verbs))


def takes_comers(shift: Shift, now: datetime) -> bool:
    """May somebody come to it now who has not signed up: while one checks in, to a place that is free."""
    there = takes_check_in(shift.period, now) and not shift.cancelled_at
    return there and shift.taken < shift.places


def steps_of(one: SignUp, state: str, now: datetime) -> frozenset[str]:
    """What somebody may do about their own sign-up while the activity is in this state: "cancel", "check_in",
    "check_out"."""
    shift, found = one.shift.period, set()
    if one.state not in LIVE:
        return frozenset()
    if one.checked_in_at:
        there = state in VERB["check_out"].from_states and now < shift.ends_at
        return frozenset({"check_out"} if there and not one.checked_out_at else ())
    if state in RUNNING and not has_begun(shift, now):
        found.add("cancel")
    if one.state == "in" and state in VERB["check_in"].from_states and takes_check_in(shift, now):
        found.add("check_in")
    return frozenset(found)
