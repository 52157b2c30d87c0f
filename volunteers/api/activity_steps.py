"""What is done over REST to activities and their shifts: by the same actions as on the pages, at addresses that are called
as the verbs of their table (volunteers.activities)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.urls import path

from grids.api.steps import step_view
from trail.refusals import NotAllowed
from volunteers.actions import activities, attendance, hours, series, settling, shifts
from volunteers.actions.activities import NewShift
from volunteers.actions.days import Records
from volunteers.actions.running import RUN, lock_activity, ties_of
from volunteers.activities import offered, refusal
from volunteers.api import activity_shapes as shapes
from volunteers.api.activities import TAGS, find_activity, fresh
from volunteers.api.people import find_in
from volunteers.api.steps import Told, VersionedStepView
from volunteers.models import Activity, Shift, Volunteer


def tell_of_activity(one: Any, held: Activity, user: Any, now: datetime) -> Told:
    """What has happened since is for those who run it: others would read of one another."""
    ties = ties_of(held, user, now, Volunteer.objects.active().of_user(user).first())
    return Told(held.state, list(offered(held.state, ties)), since=bool(ties & RUN))


class ActivityStepView(VersionedStepView):
    hold = staticmethod(lambda activity: lock_activity(activity.pk))
    tell = staticmethod(tell_of_activity)


class ShiftStepView(ActivityStepView):
    """By the version of its activity."""

    hold = staticmethod(lambda shift: lock_activity(shift.activity_id))


def _shift(user: Any, now: datetime, pk: int) -> Shift:
    seen = Activity.objects.in_reach(user, now).order_by().values("pk")
    rows = Shift.objects.filter(activity__in=seen).select_related("activity__team__leader")
    return find_in(rows.defer("activity__secret"), pk)


def ask_table(verb: str) -> Callable[..., None]:
    """Refuses who never may, by the table; whether now is the time the action says."""

    def ask(one: Any, user: Any, now: datetime) -> None:
        activity = one if isinstance(one, Activity) else one.activity
        no = refusal(verb, activity.state, ties_of(activity, user, now, getattr(one, "volunteer", None)))
        if isinstance(no, NotAllowed):
            raise no

    return ask


def ask_nothing(one: Any, user: Any, now: datetime) -> None:
    """The action says whose it is."""


def _plain(action: Callable[..., Activity]) -> Callable[..., Any]:
    """A step that takes what was sent as it came."""

    def act(one: Activity, data: dict[str, Any], *, by: Any, now: datetime) -> Any:
        action(one, by=by, now=now, **data)
        return fresh(one, by, now)

    return act


def _add_shift(one: Activity, shift: NewShift, *, by: Any, now: datetime) -> Any:
    activities.add_shift(one, shift, by=by, now=now)
    return fresh(one, by, now)


def _change_shift(one: Shift, data: dict[str, Any], *, by: Any, now: datetime) -> Any:
    activities.change_places(one, places=data["places"], by=by, now=now)
    return fresh(one.activity, by, now)


def _remove_shift(one: Shift, data: dict[str, Any], *, by: Any, now: datetime) -> Any:
    activities.remove_shift(one, by=by, now=now)
    return fresh(one.activity, by, now)


def _move_shift(one: Shift, data: dict[str, Any], *, by: Any, now: datetime) -> Any:
    return fresh(shifts.move_shift(one, **data, by=by, now=now), by, now)


def _cancel_shift(one: Shift, data: dict[str, Any], *, by: Any, now: datetime) -> Any:
    return fresh(shifts.cancel_shift(one, **data, by=by, now=now), by, now)


def _propose(one: Activity, data: dict[str, Any], *, by: Any, now: datetime) -> Any:
    said = {row["sign_up"]: row["minutes"] for row in data["minutes"]}
    return _sorted_out(one, hours.propose_hours(one, by=by, now=now, minutes=said), by, now)


def _confirm(one: Activity, data: dict[str, Any], *, by: Any, now: datetime) -> Any:
    return _sorted_out(one, hours.confirm_hours(one, by=by, now=now, **data), by, now)


def _sorted_out(one: Activity, done: Records, by: Any, now: datetime) -> Any:
    shown = fresh(one, by, now)
    shown.left_out = done.left_out
    return shown


def _step(verb: str, operation: str, summary: str, text: str, act: Callable[..., Any], **more: Any) -> Any:
    """A step of an activity, at the address that its table names."""
    given: dict[str, Any] = {"find": find_activity, "base": ActivityStepView, "ask": ask_table(verb)}
    given |= {"gives": shapes.ActivitySerializer} | more
    return step_view(operation, summary, text, act=act, tags=TAGS, **given)


_OF_SHIFT: dict[str, Any] = {"find": _shift, "base": ShiftStepView}
STEPS = {
    "activities/<int:pk>/change/": _step(
        "change",
        "change_activity",
        "Change an activity",
        "Its words, its meeting place, until when cancelling is free, as long as a shift lies ahead; what is left out "
        "stays. Those who signed up for what lies ahead hear of it.",
        _plain(activities.change_activity),
        takes=shapes.ActivityFactsSerializer,
    ),
    "activities/<int:pk>/add_shift/": _step(
        "change",
        "add_activity_shift",
        "Add a shift",
        "One more time.",
        _add_shift,
        takes=shapes.NewActivityShiftSerializer,
    ),
    "activities/<int:pk>/open/": _step(
        "open",
        "open_activity",
        "Open an activity",
        "Every volunteer of the district finds it and may sign up.",
        _plain(activities.open_activity),
    ),
    "activities/<int:pk>/cancel/": _step(
        "cancel",
        "cancel_activity",
        "Cancel an activity",
        "It does not take place; everybody with a place, or waiting for one, hears of it.",
        _plain(activities.cancel_activity),
        takes=shapes.CancelSerializer,
    ),
    "activities/<int:pk>/cancel_rest/": _step(
        "cancel_rest",
        "cancel_rest_of_activity",
        "Call off the rest of an activity",
        "Once it is under way: no shift takes place any more that has not begun, and everybody with a place in one, or "
        "waiting for one, hears of it. Where none has begun the activity is cancelled.",
        _plain(shifts.cancel_rest),
        takes=shapes.CancelSerializer,
    ),
    "activities/<int:pk>/repeat/": _step(
        "repeat",
        "repeat_activity",
        "Repeat an activity",
        "It comes again as it is, every week or month; each is made four weeks ahead. `series` is the number then. A "
        "series that has ended goes on, from now on as this one of it.",
        _plain(series.repeat_activity),
        takes=shapes.RepeatSerializer,
    ),
    "activities/<int:pk>/begin/": _step(
        "begin",
        "begin_activity",
        "Begin an activity",
        "From an hour before its first shift; at that hour itself it begins by the clock.",
        _plain(activities.begin_activity),
    ),
    "activities/<int:pk>/end/": _step(
        "end",
        "end_activity",
        "End an activity",
        "It is over; so it is by the clock after its last shift. Whoever still waited never got a place.",
        _plain(activities.end_activity),
    ),
    "activities/<int:pk>/no_show/": _step(
        "no_show",
        "mark_absent",
        "Nobody else came",
        "Everybody with a place of whom nobody has said that they came did not come, in all shifts that have begun.",
        _plain(attendance.mark_absent),
    ),
    "activities/<int:pk>/propose/": _step(
        "propose",
        "propose_hours",
        "Hand in the hours",
        "Of everybody who came, by check-in and check-out; `minutes` says otherwise. Again as long as they are not "
        "decided. `left_out`: whose day has no room for them; give fewer minutes.",
        _propose,
        takes=shapes.HandInSerializer,
        gives=shapes.SortedOutSerializer,
    ),
    "activities/<int:pk>/confirm/": _step(
        "confirm",
        "confirm_hours",
        "Confirm the hours",
        "By somebody else than whoever handed them in; one's own wait for others. `left_out`: whose day has no room for "
        "them; they wait until they are put right.",
        _confirm,
        takes=shapes.ConfirmSerializer,
        gives=shapes.SortedOutSerializer,
    ),
    "activities/<int:pk>/settle/": _step(
        "settle",
        "settle_activity",
        "Settle an activity",
        "Everybody is accounted for and all hours are decided. What came of it goes back to the issue.",
        _plain(settling.settle_activity),
        takes=shapes.SettleSerializer,
    ),
    "shifts/<int:pk>/change/": _step(
        "change",
        "change_activity_shift",
        "Change the places of a shift",
        "Of one that has not begun. More of them: whoever waits longest moves up. Not fewer than there are people.",
        _change_shift,
        takes=shapes.PlacesSerializer,
        **_OF_SHIFT,
    ),
    "shifts/<int:pk>/move/": _step(
        "change",
        "move_activity_shift",
        "Move a shift",
        "Other times, on the same day, of one that has not begun: those who have signed up for it stay, and hear of it. "
        "Another day is another shift.",
        _move_shift,
        takes=shapes.ShiftTimesSerializer,
        **_OF_SHIFT,
    ),
    "shifts/<int:pk>/cancel_shift/": _step(
        "cancel_shift",
        "cancel_activity_shift",
        "Call off a shift",
        "One that has not begun does not take place, the rest of the activity stays; everybody with a place in it, or "
        "waiting for one, hears of it. The only one left is called off with the activity.",
        _cancel_shift,
        takes=shapes.CancelSerializer,
        **_OF_SHIFT,
    ),
    "shifts/<int:pk>/remove/": _step(
        "change",
        "remove_activity_shift",
        "Remove a shift",
        "One that has not begun and for which nobody ever signed up, not the only one.",
        _remove_shift,
        **_OF_SHIFT,
    ),
}
urlpatterns = [path(address, view.as_view()) for address, view in STEPS.items()]
