"""What still lies ahead of an activity: a shift called off, the rest called off, a shift moved. What has begun, and all
that was noted of it, stays."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from trail.refusals import Refused
from volunteers.actions.activities import (
    NewShift,
    call_off,
    check_shifts,
    clean_reason,
    drop,
    lock_to_change,
    set_times,
)
from volunteers.actions.locks import lock_volunteers
from volunteers.actions.running import about, ask, finish, finish_each, lock_activity, ties_of
from volunteers.actions.sign_ups import count_places, move_up
from volunteers.activities import LIVE
from volunteers.models import Activity, Shift, SignUp

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def cancel_shift(shift: Shift, *, reason: str, by: "User", now: datetime) -> Activity:
    """This shift does not take place, the rest of the activity stays; everybody with a claim to it hears of it, and no
    hours come of it. Also once another shift has begun or is over.

    Raises NotAllowed, Refused("state"), ("cancelled"), ("begun"), ("text"), ("shifts") where no other one is left.
    """
    activity, shift = lock_to_change(shift, by, now, "cancel_shift")
    reason = clean_reason(reason)
    if activity.shifts.standing().count() == 1:
        raise Refused(_("No other shift is left; call the activity off."), code="shifts")
    return _call_off("cancel_shift", activity, [shift], reason, by, now)


@transaction.atomic
def cancel_rest(activity: Activity, *, reason: str, by: "User", now: datetime) -> Activity:
    """No shift takes place any more that has not begun; where none has, neither does the activity. Raises NotAllowed,
    Refused("state"), ("begun") once all have, ("text")."""
    activity = lock_activity(activity.pk)
    ask("cancel_rest", activity, ties_of(activity, by, now))
    reason, ahead = clean_reason(reason), list(activity.shifts.ahead(now))
    if not ahead:
        raise Refused(_("All its shifts have begun already."), code="begun")
    if len(ahead) == activity.shifts.standing().count():
        return call_off(activity, reason, by=by, now=now)
    return _call_off("cancel_rest", activity, ahead, reason, by, now)


@transaction.atomic
def move_shift(
    shift: Shift, *, starts_at: datetime, ends_at: datetime, by: "User", now: datetime
) -> Activity:
    """A shift that has not begun is at other times; who has signed up for it stays, and hears of it, unless they are
    elsewhere then. Another day is another shift, for which one signs up anew; of a draft that does not repeat it may be
    any.

    Raises NotAllowed, Refused("state"), ("cancelled"), ("begun"), ("nothing"), ("shifts"), ("day"), ("past"),
    ("other_day").
    """
    activity, shift = lock_to_change(shift, by, now)
    was, is_draft = shift.starts_at, activity.state == "draft"
    if (starts_at, ends_at) == (was, shift.ends_at):
        raise Refused(_("This is what it says already."), code="nothing")
    check_shifts([NewShift(starts_at, ends_at, shift.places)], now)
    if not is_draft and starts_at <= now:
        raise Refused(_("This time has begun already."), code="past")
    may_be_any_day = is_draft and activity.series_id is None
    if not may_be_any_day and timezone.localdate(starts_at) != timezone.localdate(was):
        reason = _("Another day is another shift: call this one off, and add one.")
        raise Refused(reason, code="other_day")
    shift.starts_at, shift.ends_at, shift.moved_at = starts_at, ends_at, None if is_draft else now
    shift.save(update_fields=["starts_at", "ends_at", "moved_at"])
    data = {"was": was.isoformat()}
    gone = _let_go(activity, shift, now)
    changed = set_times(activity)
    finish(activity, "change", by=by, now=now, changed=changed, data=data | {"shift": shift.pk})
    if gone:
        finish_each(activity, "cancel_sign_up", [about(one, **data) for one in gone], by=by, now=now)
        move_up(activity, shift, now=now)
    return activity


def _let_go(activity: Activity, shift: Shift, now: datetime) -> list[SignUp]:
    """Who has signed up for something else at the new times gives up this one: nobody is in two places at once."""
    claims = list(SignUp.objects.live().filter(shift=shift).order_by("pk"))
    people = {one.volunteer_id for one in claims}
    lock_volunteers(people)
    others = SignUp.objects.live().filter(volunteer__in=people).exclude(shift=shift)
    others = others.filter(shift__starts_at__lt=shift.ends_at, shift__ends_at__gt=shift.starts_at)
    elsewhere = set(others.values_list("volunteer_id", flat=True))
    gone = [one for one in claims if one.volunteer_id in elsewhere]
    count_places(activity, shift, -sum(one.state == "in" for one in gone))
    drop(SignUp.objects.filter(pk__in=[one.pk for one in gone]), now)
    for one in gone:
        one.state = "cancelled"
    return gone


def _call_off(
    verb: str, activity: Activity, shifts: Sequence[Shift], reason: str, by: "User", now: datetime
) -> Activity:
    """In a handful of statements, however many."""
    ids = [one.pk for one in shifts]
    drop(SignUp.objects.filter(shift__in=ids, state__in=LIVE), now)
    Shift.objects.filter(pk__in=ids).update(taken=0, cancelled_at=now, reason=reason)
    facts = [{"shift": pk} for pk in ids]
    return finish_each(activity, verb, facts, by=by, now=now, changed=set_times(activity))
