"""Signing up, waiting, moving up, cancelling. The activity's lock comes first, the volunteer's row second: so a shift is
never oversubscribed, and nobody gets two places at the same time."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from trail.refusals import Refused
from volunteers.actions.locks import lock_volunteer
from volunteers.actions.running import (
    RUN,
    about,
    ask,
    finish,
    finish_each,
    lock_shift,
    lock_sign_up,
    refill,
    ties_of,
)
from volunteers.activities import LIVE, RUNNING
from volunteers.check_in import is_valid
from volunteers.models import Activity, Service, Shift, SignUp, Volunteer
from volunteers.shifts import GRACE, Period, cancels_late, conflict, has_begun

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def sign_up(
    shift: Shift, *, volunteer: Volunteer, by: "User", now: datetime, confirmed: bool = False, code: str = ""
) -> SignUp:
    """A place, or the end of the waiting list. Once a shift has begun only who has come: by oneself up to its end with the
    code of the moment, and those who run it add them until hours of the activity are handed in. Whoever was missed there
    has come after all: their sign-up of before goes on.

    `confirmed`: the volunteer knows that another shift is close by. Raises NotAllowed, Refused("state"), ("cancelled"),
    ("volunteer") for who has left, ("district") of another one, ("begun"), ("code"), ("handed_in"), ("again"),
    ("overlap"), ("close") to be confirmed, ("full") for somebody who has come to a shift without a place left.
    """
    activity, shift = lock_shift(shift)
    volunteer = lock_volunteer(volunteer.pk)
    ties = ties_of(activity, by, now, volunteer)
    ask("sign_up", activity, ties)
    if shift.cancelled_at:
        raise Refused(_("This shift has been called off."), code="cancelled")
    if volunteer.state != "active":
        raise Refused(_("This volunteer does not take part any more."), code="volunteer")
    if volunteer.district_id != activity.district_id:
        raise Refused(_("Sign up for activities of your own district."), code="district")
    free, begun = shift.taken < shift.places, has_begun(shift.period, now)
    if begun:
        _check_has_come(activity, shift, by_list=bool(ties & RUN) and not code, code=code, now=now)
        if not free:
            raise Refused(_("All places of this shift are taken."), code="full")
    check_conflicts(volunteer, shift, confirmed=confirmed)
    made = (_missed(shift, volunteer) if begun else None) or SignUp(
        activity=activity, shift=shift, volunteer=volunteer, signed_up_at=now, signed_up_by=by
    )
    made.state, made.ended_at = "in" if free else "waiting", None
    made.save()
    if free:
        count_places(activity, shift, 1)
    finish(activity, "sign_up", by=by, now=now, changed=["state"], data=about(made))
    return made


@transaction.atomic
def cancel_sign_up(sign_up: SignUp, *, by: "User", now: datetime) -> SignUp:
    """Give up a place or the waiting; whoever waits longest moves up. By oneself it is late within the hours that the
    activity names, unless one has the place only since then; by those who run it never, and they still take somebody off
    the list whom they put there by mistake.

    Raises NotAllowed, Refused("state"), ("ended"), ("checked_in"), ("begun") for who comes with it after the beginning.
    """
    activity, sign_up = lock_sign_up(sign_up)
    ties = ties_of(activity, by, now, sign_up.volunteer)
    ask("cancel_sign_up", activity, ties)
    if sign_up.state not in LIVE:
        raise Refused(_("This sign-up has ended already."), code="ended")
    if sign_up.checked_in_at:
        raise Refused(_("Whoever has come does not cancel."), code="checked_in")
    by_themself = sign_up.volunteer.user_id == by.pk or not ties & RUN
    if by_themself and has_begun(sign_up.shift.period, now):
        raise Refused(_("This shift has begun already."), code="begun")
    had_place = sign_up.state == "in"
    is_late = cancels_late(
        sign_up.shift.starts_at, activity.free_cancel_hours, now, since=sign_up.place_since
    )
    _give_up(activity, sign_up, by, now, late=by_themself and had_place and is_late)
    return sign_up


def move_up(activity: Activity, shift: Shift, *, now: datetime) -> list[SignUp]:
    """Give the free places of a shift to those who wait longest, before it begins. The caller holds the activity's
    lock. Who has left meanwhile is passed over. A handful of statements, however many."""
    free = shift.places - shift.taken
    if free <= 0 or activity.state not in RUNNING or has_begun(shift.period, now):
        return []
    waiting = SignUp.objects.queue().filter(shift=shift, volunteer__state="active")
    moved = list(waiting[:free])
    if not moved:
        return []
    SignUp.objects.filter(pk__in=[one.pk for one in moved]).update(state="in", moved_up_at=now)
    for one in moved:
        one.state, one.moved_up_at = "in", now
    count_places(activity, shift, len(moved))
    finish_each(activity, "move_up", list(map(about, moved)), by=None, now=now, changed=["state"])
    return moved


@transaction.atomic
def drop_sign_ups(volunteer: Volunteer, *, now: datetime) -> int:
    """Whoever has left gives up what is still to come, at every activity, without a late cancel; how many.

    The activities are locked in the order of their ids; doing it twice changes nothing.
    """
    live = SignUp.objects.live().filter(volunteer=volunteer, checked_in_at=None, shift__starts_at__gt=now)
    dropped = 0
    for found in live.order_by("activity_id", "pk"):
        activity, sign_up = lock_sign_up(found)
        if sign_up.state in LIVE and activity.state in RUNNING and not sign_up.checked_in_at:
            _give_up(activity, sign_up, None, now, late=False)
            dropped += 1
    return dropped


def count_places(activity: Activity, shift: Shift, by: int) -> None:
    """So many more places of a shift are taken (or, below 0, free again); the activity is full or open by that. The
    caller writes the activity's state."""
    shift.taken += by
    shift.save(update_fields=["taken"])
    refill(activity)


def _missed(shift: Shift, volunteer: Volunteer) -> SignUp | None:
    """The sign-up of somebody who did not come: nobody is both missed and there."""
    missed = SignUp.objects.filter(shift=shift, volunteer=volunteer, state="no_show")
    return missed.select_related("shift", "volunteer").order_by("pk").last()


def _check_has_come(activity: Activity, shift: Shift, *, by_list: bool, code: str, now: datetime) -> None:
    """Who signs up once a shift has begun is there, or was, as those say who run it."""
    if by_list:
        if Service.objects.filter(activity=activity).exists():
            reason = _(
                "Hours of this activity are handed in already; hand in those of others beside any activity."
            )
            raise Refused(reason, code="handed_in")
        return
    if not code or now >= shift.ends_at:
        reason = _(
            "This shift has begun already. If you are there, use the code on the screen of whoever leads it."
        )
        raise Refused(reason, code="begun")
    require_code(activity, code, now)


def _give_up(activity: Activity, sign_up: SignUp, by: "User | None", now: datetime, *, late: bool) -> None:
    had_place, shift = sign_up.state == "in", sign_up.shift
    sign_up.state, sign_up.ended_at = "late_cancelled" if late else "cancelled", now
    sign_up.save(update_fields=["state", "ended_at"])
    if had_place:
        count_places(activity, shift, -1)
    finish(activity, "cancel_sign_up", by=by, now=now, changed=["state"], data=about(sign_up))
    move_up(activity, shift, now=now)


def require_code(activity: Activity, code: str, now: datetime) -> None:
    """Raises Refused("code") unless this is what the screen shows at this moment."""
    if not is_valid(activity.secret, code, now):
        raise Refused(_("This code is not valid any more; scan the screen again."), code="code")


def check_conflicts(volunteer: Volunteer, shift: Shift, *, confirmed: bool) -> None:
    """With every claim of the volunteer, waiting or not: then whoever moves up never stands in two places.

    Raises Refused("again"), ("overlap"), or ("close") unless `confirmed`.
    """
    near = SignUp.objects.live().near(shift.period).filter(volunteer=volunteer)
    found = list(near.values_list("shift_id", "shift__starts_at", "shift__ends_at"))
    if any(pk == shift.pk for pk, *_times in found):
        raise Refused(_("You have signed up for this shift already."), code="again")
    says = conflict(shift.period, [Period(start, end) for _pk, start, end in found])
    if says == "hard":
        raise Refused(_("There is another sign-up at the same time; cancel that one first."), code="overlap")
    if says == "soft" and not confirmed:
        minutes = int(GRACE.total_seconds()) // 60
        reason = _("Another shift is less than %(minutes)d minutes before or after; confirm that this works.")
        raise Refused(reason % {"minutes": minutes}, code="close")
