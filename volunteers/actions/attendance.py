"""Who came: check-in by the code on the screen or by the leader's list, check-out, both undone, and who did not come."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from trail.refusals import NotAllowed, Refused, Stale
from volunteers.actions.locks import lock_volunteer
from volunteers.actions.running import RUN, about, ask, finish, lock_activity, lock_sign_up, ties_of
from volunteers.actions.sign_ups import check_conflicts, count_places, require_code, sign_up
from volunteers.models import Activity, Service, Shift, SignUp, Volunteer
from volunteers.shifts import CHECK_IN_EARLY, has_begun, takes_check_in

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def check_in(
    sign_up: SignUp, *, by: "User", now: datetime, code: str = "", occurred_at: datetime | None = None
) -> SignUp:
    """Somebody is there. By oneself with the code of the moment, from an hour before the shift to its end; those who run
    it tick their list, up to the settlement: after the shift this says that somebody was there from its beginning.
    The list also takes who waits, or did not come at first, where there is a place. `occurred_at`: when that was, of what
    they ticked without a net.

    Raises NotAllowed, also ("occurred_at") by oneself, Refused("state"), ("ended"), ("checked_in"), ("early"), ("closed")
    by oneself afterwards, ("code"), ("waiting"), ("full"), ("overlap") for who has gone elsewhere instead.
    """
    activity, sign_up = lock_sign_up(sign_up)
    ties, shift = ties_of(activity, by, now, sign_up.volunteer), sign_up.shift
    ask("check_in", activity, ties)
    by_list = bool(ties & RUN) and not code
    moment = _moment(occurred_at, by_list, shift, now)
    if sign_up.state not in {"in", "waiting", "no_show"}:
        raise Refused(_("This sign-up has ended already."), code="ended")
    if sign_up.checked_in_at:
        raise Refused(_("Is checked in already."), code="checked_in")
    if now < shift.starts_at - CHECK_IN_EARLY:
        raise Refused(_("It is too early; check in within an hour before the shift."), code="early")
    if by_list:
        _take_place(activity, sign_up, now)
    else:
        _check_code(activity, sign_up, code, now)
    sign_up.state, sign_up.ended_at = "in", None
    sign_up.checked_in_at = moment if moment < shift.ends_at else shift.starts_at
    sign_up.checked_in_by = by if by_list else None
    sign_up.save(update_fields=["state", "ended_at", "checked_in_at", "checked_in_by"])
    if activity.state in {"open", "full"}:
        activity.state = "under_way"
    data = about(sign_up, way="list" if by_list else "code")
    finish(activity, "check_in", by=by, now=now, changed=["state"], data=data)
    return sign_up


@transaction.atomic
def come_along(
    shift: Shift, *, volunteer: Volunteer, by: "User", now: datetime, confirmed: bool = False, code: str = ""
) -> SignUp:
    """Somebody is there who has not signed up: signed up and checked in at once, by oneself with the code of the moment,
    or by those who run it. Raises what `sign_up` and `check_in` do; then neither is done."""
    made = sign_up(shift, volunteer=volunteer, by=by, now=now, confirmed=confirmed, code=code)
    return check_in(made, by=by, now=now, code=code)


@transaction.atomic
def check_out(
    sign_up: SignUp, *, by: "User", now: datetime, code: str = "", occurred_at: datetime | None = None
) -> SignUp:
    """Somebody leaves; without it they stayed up to the end of the shift. By oneself with the code of the moment.
    `occurred_at` as for `check_in`.

    Raises NotAllowed, also ("occurred_at") by oneself, Refused("state"), ("not_there"), ("checked_out"), ("handed_in"),
    ("code").
    """
    activity, sign_up = lock_sign_up(sign_up)
    ties = ties_of(activity, by, now, sign_up.volunteer)
    ask("check_out", activity, ties)
    if sign_up.checked_in_at is None:
        raise Refused(_("Is not checked in."), code="not_there")
    if sign_up.checked_out_at:
        raise Refused(_("Is checked out already."), code="checked_out")
    _not_handed_in(sign_up)
    by_list = bool(ties & RUN) and not code
    moment = _moment(occurred_at, by_list, sign_up.shift, now)
    if not by_list:
        require_code(activity, code, now)
    sign_up.checked_out_at = max(sign_up.checked_in_at, min(moment, sign_up.shift.ends_at))
    sign_up.save(update_fields=["checked_out_at"])
    data = about(sign_up, way="list" if by_list else "code")
    finish(activity, "check_out", by=by, now=now, data=data)
    return sign_up


@transaction.atomic
def undo_check(sign_up: SignUp, *, by: "User", now: datetime, of: str = "") -> SignUp:
    """What was said of somebody was wrong: they have not gone, or, where nobody said that they have, they have not come.
    The place stays theirs, until it is cancelled or they are missed. `of`: what the person saw there, "check_in" or
    "check_out"; two who take back the same do not take back both.

    Raises NotAllowed, Refused("state"), ("not_there"), ("handed_in"), Stale("stale").
    """
    activity, sign_up = lock_sign_up(sign_up)
    ask("undo_check", activity, ties_of(activity, by, now))
    if sign_up.checked_in_at is None:
        raise Refused(_("Is not checked in."), code="not_there")
    _not_handed_in(sign_up)
    last = "check_out" if sign_up.checked_out_at else "check_in"
    if of and of != last:
        raise Stale(_("Somebody has changed this since you looked: look again."), code="stale")
    sign_up.checked_out_at = None
    if last == "check_in":
        sign_up.checked_in_at = sign_up.checked_in_by = None
    sign_up.save(update_fields=["checked_in_at", "checked_in_by", "checked_out_at"])
    finish(activity, "undo_check", by=by, now=now, data=about(sign_up, of=last))
    return sign_up


@transaction.atomic
def mark_no_show(sign_up: SignUp, *, by: "User", now: datetime) -> SignUp:
    """Somebody with a place did not come: a figure for the organiser, shown to nobody else.

    Raises NotAllowed, Refused("state"), ("ended"), ("checked_in"), ("early") before the shift has begun.
    """
    activity, sign_up = lock_sign_up(sign_up)
    ask("no_show", activity, ties_of(activity, by, now))
    if sign_up.state != "in":
        raise Refused(_("Only who has a place can be missed."), code="ended")
    if sign_up.checked_in_at:
        raise Refused(_("Is checked in already."), code="checked_in")
    if not has_begun(sign_up.shift.period, now):
        raise Refused(_("The shift has not begun yet."), code="early")
    sign_up.state, sign_up.ended_at = "no_show", now
    sign_up.save(update_fields=["state", "ended_at"])
    count_places(activity, sign_up.shift, -1)
    finish(activity, "no_show", by=by, now=now, changed=["state"], data=about(sign_up))
    return sign_up


@transaction.atomic
def mark_absent(activity: Activity, *, by: "User", now: datetime) -> int:
    """Everybody of whom nobody has said that they came did not come, in all shifts that have begun; how many. A handful
    of statements, however many. Raises NotAllowed, Refused("state")."""
    activity = lock_activity(activity.pk)
    ask("no_show", activity, ties_of(activity, by, now))
    missed = 0
    for shift in Shift.objects.filter(activity=activity, starts_at__lte=now).order_by("pk"):
        gone = SignUp.objects.unaccounted().filter(shift=shift).update(state="no_show", ended_at=now)
        if gone:
            count_places(activity, shift, -gone)
            missed += gone
    if missed:
        finish(activity, "no_show", by=by, now=now, changed=["state"], data={"count": missed})
    return missed


def _moment(occurred_at: datetime | None, by_list: bool, shift: Shift, now: datetime) -> datetime:
    """When it was. A telephone's clock may be wrong: what lies before the time for checking in, or ahead, is taken as the
    nearest moment that can be."""
    if occurred_at is None:
        return now
    if not by_list:
        raise NotAllowed(_("Only those who run the activity say when it was."), code="occurred_at")
    return min(max(occurred_at, shift.starts_at - CHECK_IN_EARLY), now)


def _take_place(activity: Activity, sign_up: SignUp, now: datetime) -> None:
    """Who comes without one gets a place that is free, once the shift has begun."""
    if sign_up.state == "in":
        return
    shift = sign_up.shift
    if not has_begun(shift.period, now):
        raise Refused(_("Before the shift begins places go by the waiting list."), code="waiting")
    if shift.taken >= shift.places:
        raise Refused(_("All places of this shift are taken."), code="full")
    if sign_up.state == "no_show":
        # Meanwhile they may have gone elsewhere, or been added anew.
        check_conflicts(lock_volunteer(sign_up.volunteer_id), shift, confirmed=True)
    count_places(activity, shift, 1)


def _check_code(activity: Activity, sign_up: SignUp, code: str, now: datetime) -> None:
    if sign_up.state != "in":
        raise Refused(_("You have no place in this shift; ask whoever leads it."), code="waiting")
    if not takes_check_in(sign_up.shift.period, now):
        raise Refused(_("This shift is over; ask whoever leads it."), code="closed")
    require_code(activity, code, now)


def _not_handed_in(sign_up: SignUp) -> None:
    if Service.objects.filter(sign_up=sign_up).exists():
        raise Refused(_("These hours have been handed in; ask for a correction."), code="handed_in")
