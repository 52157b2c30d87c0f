"""Posts while they last: ending them, leave, deputies, duty. Giving them stands in appointments."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from itertools import combinations
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from grids.actions.appointments import appoint, check_deputy, is_sole, overlap, taken
from grids.actions.authority import require
from grids.actions.notes import note
from grids.models import Body, DutyShift, Leave, Post, Unit
from grids.querysets import HELD_BY_A_PERSON
from grids.roles import ON_DUTY, ROLES, STANDS_BEHIND, roles_that
from grids.rosters import MOST_WEEKS, Times, Weekly
from grids.standing import forget_standings
from trail.refusals import Refused

__all__ = [
    "appoint",
    "check_roots_keep_somebody",
    "drop_shift",
    "drop_shifts",
    "end_leave",
    "end_post",
    "end_posts_at",
    "mark_sole",
    "record_leave",
    "set_deputy",
    "set_shift",
    "set_weekly_shifts",
]


@transaction.atomic
def end_post(post: Post, *, by: Any, now: datetime, on: date | None = None) -> Post:
    """The person no longer has the post from `on` (today) onward.

    Raises Refused ("last": of a district, someone who can dispatch or handle must stay), NotAllowed.
    """
    on = on or timezone.localdate(now)
    root = _locked_root(post.place)
    post = _locked(post)
    require(by, "manage_posts", post.place, now)
    if post.ends_on is not None and post.ends_on <= on:
        return post
    if post.unit_id == root.pk:
        _check_not_last(post, on)
    return _end(post, on, by=by, now=now)


def end_posts_at(place: Unit | Body, *, by: Any, now: datetime) -> list[Post]:
    """End every post at a place that is being closed or merged; the caller holds its tree."""
    today, running = timezone.localdate(now), Post.objects.at_place(place).unended(now)
    return [_end(_locked(post), today, by=by, now=now) for post in running.order_by("pk")]


@transaction.atomic
def record_leave(post: Post, *, starts_at: datetime, ends_at: datetime, by: Any, now: datetime) -> Leave:
    """The holder is away between these moments; the deputy is addressed. One may record one's own leave.

    Raises Refused (dates), NotAllowed.
    """
    post = _locked(post)
    _require_self_or_manager(post, by, now)
    if ends_at <= max(starts_at, now):
        raise Refused(_("A leave ends after it begins, and in the future."), code="dates")
    leave = Leave.objects.create(post=post, starts_at=starts_at, ends_at=ends_at)
    forget_standings()
    note(post, "leave", by=by, now=now, leave=leave.pk, starts_at=_text(starts_at), ends_at=_text(ends_at))
    return leave


@transaction.atomic
def end_leave(leave: Leave, *, by: Any, now: datetime) -> Leave:
    """Back early; a leave that has not begun yet is cancelled as if it ended as it began."""
    post = _locked(leave.post)
    leave = Leave.objects.get(pk=leave.pk)
    _require_self_or_manager(post, by, now)
    if leave.ends_at <= now:
        return leave
    if leave.starts_at >= now:
        Leave.objects.filter(pk=leave.pk).delete()
    else:
        leave.ends_at = now
        leave.save(update_fields=["ends_at"])
    forget_standings()
    note(post, "end_leave", by=by, now=now, leave=leave.pk)
    return leave


@transaction.atomic
def set_deputy(post: Post, *, deputy: Any, by: Any, now: datetime) -> Post:
    """Who stands in while the holder is on leave (A/B角); None for nobody. One may name one's own deputy.

    Raises Refused (deputy), NotAllowed.
    """
    post = _locked(post)
    _require_self_or_manager(post, by, now)
    check_deputy(post.user, deputy)
    post.deputy = deputy
    post.save(update_fields=["deputy"])
    forget_standings()
    note(post, "set_deputy", by=by, now=now, deputy=deputy.pk if deputy else None)
    return post


@transaction.atomic
def set_shift(
    post: Post, *, starts_at: datetime, ends_at: datetime, by: Any, now: datetime, rank: int = 1
) -> DutyShift:
    """Put the post on its place's duty roster; the same post and beginning again changes that shift.

    Raises Refused (dates, rank; service; role: whoever cannot handle, report in or dispatch), NotAllowed.
    """
    post = _for_duty(post, by, now, rank)
    if ends_at <= starts_at:
        raise Refused(_("A shift ends after it begins."), code="dates")
    (shift,) = _put_on(post, [(starts_at, ends_at)], rank)
    times = {"starts_at": _text(starts_at), "ends_at": _text(ends_at)}
    note(post, "set_shift", by=by, now=now, shift=shift.pk, **times)
    return shift


@transaction.atomic
def set_weekly_shifts(
    post: Post, *, weekly: Weekly, by: Any, now: datetime, rank: int = 1
) -> list[DutyShift]:
    """Put the post on its place's duty roster week after week, all shifts or none; those that are over are left out,
    one that begins when another of the post does changes that one.

    Raises Refused as set_shift, and (weeks: 1 to MOST_WEEKS; days: none left to come).
    """
    post = _for_duty(post, by, now, rank)
    if not 1 <= weekly.weeks <= MOST_WEEKS:
        raise Refused(_("Give 1 to %(most)d weeks.") % {"most": MOST_WEEKS}, code="weeks")
    times = weekly.times(now)
    if not times:
        raise Refused(_("No such shift is to come within a year: choose other days."), code="days")
    shifts = _put_on(post, times, rank)
    span = {"starts_at": _text(times[0][0]), "ends_at": _text(times[-1][1])}
    note(post, "set_weekly_shifts", by=by, now=now, count=len(shifts), **span)
    return shifts


@transaction.atomic
def drop_shifts(post: Post, shifts: Iterable[DutyShift], *, by: Any, now: datetime) -> None:
    """Take these shifts of the post off the roster; those that are gone already stay gone. Raises NotAllowed."""
    post = _locked(post)
    require(by, "keep_roster", post.place, now)
    for pk in sorted(shift.pk for shift in shifts):
        if DutyShift.objects.filter(pk=pk, post=post).delete()[0]:
            note(post, "drop_shift", by=by, now=now, shift=pk)


def drop_shift(shift: DutyShift, *, by: Any, now: datetime) -> None:
    """`drop_shifts` of one."""
    drop_shifts(shift.post, [shift], by=by, now=now)


def _for_duty(post: Post, by: Any, now: datetime, rank: int) -> Post:
    """The post, locked, if its holder may be put on duty at this rank by this person."""
    post = _locked(post)
    require(by, "keep_roster", post.place, now)
    if post.user.is_service:
        raise Refused(_("Another system is not on duty; a person is."), code="service")
    if not ROLES[post.role].can & ON_DUTY:
        reason = _(
            "%(role)s: this role can do nothing when it is called. Put somebody on duty who handles issues."
        )
        raise Refused(reason % {"role": post.get_role_display()}, code="role")
    if rank < 1:
        raise Refused(_("Ranks count from 1."), code="rank")
    return post


def _put_on(post: Post, times: Sequence[Times], rank: int) -> list[DutyShift]:
    """A shift each; what begins when another of this post does takes its place. The post is locked."""
    rows = DutyShift.objects.filter(post=post, starts_at__in=[start for start, _end in times])
    known = {row.starts_at: row for row in rows.order_by("-pk")}
    found = []
    for start, end in times:
        shift = known.get(start) or DutyShift(post=post, starts_at=start)
        shift.ends_at, shift.rank = end, rank
        found.append(shift)
    DutyShift.objects.bulk_update([one for one in found if one.pk], ["ends_at", "rank"])
    DutyShift.objects.bulk_create([one for one in found if not one.pk])
    return found


def mark_sole(unit: Unit, *, now: datetime) -> None:
    """The grid has changed its kind: say anew which of its posts allow no second holder.

    Raises Refused (taken) when a grid that becomes basic has two full-time workers. The caller holds it.
    """
    running = Post.objects.at_place(unit).unended(now).order_by("pk")
    sole = [post for post in running if is_sole(post.role, unit)]
    if any(overlap(one, other) for one, other in combinations(sole, 2)):
        raise taken(unit)
    running.update(sole=False)
    running.filter(pk__in=[post.pk for post in sole]).update(sole=True)


def _end(post: Post, on: date, *, by: Any, now: datetime) -> Post:
    post.ends_on = max(on, post.starts_on)
    post.save(update_fields=["ends_on"])
    forget_standings()
    note(post, "end", by=by, now=now, role=post.role, ends_on=post.ends_on.isoformat())
    return post


def _locked_root(place: Unit | Body) -> Unit:
    return Unit.objects.select_for_update(no_key=True).get(pk=place.district_id)


def _locked(post: Post) -> Post:
    return (
        Post.objects.select_for_update(no_key=True, of=("self",))
        .select_related("unit", "body")
        .get(pk=post.pk)
    )


def check_roots_keep_somebody(user: Any, now: datetime) -> None:
    """Before an account is closed: somebody else must stand behind each district where this person does.

    Locks those roots, as ending a post there does. Raises Refused ("last").
    """
    today = timezone.localdate(now)
    if user.is_service:
        return
    roots = Unit.objects.open().filter(kind="district", posts__in=_behind(today).filter(user=user))
    for root in list(
        Unit.objects.filter(pk__in=roots.values("pk")).select_for_update(no_key=True).order_by("pk")
    ):
        if not _behind(today).filter(HELD_BY_A_PERSON, unit=root).exclude(user=user).exists():
            raise _last()


def _check_not_last(post: Post, on: date) -> None:
    if not ROLES[post.role].can & STANDS_BEHIND:
        return
    if post.user.is_service:
        return
    if not _behind(on).filter(HELD_BY_A_PERSON, unit=post.unit_id).exclude(pk=post.pk).exists():
        raise _last()


def _behind(on: date) -> QuerySet[Post]:
    """Posts held on this day that can move on what nobody else answers."""
    running = Q(ends_on=None) | Q(ends_on__gt=on)
    return Post.objects.filter(running, starts_on__lte=on, role__in=roles_that(*STANDS_BEHIND))


def _last() -> Refused:
    return Refused(
        _("Someone must stand behind everything: appoint another dispatcher of the district first."),
        code="last",
    )


def _require_self_or_manager(post: Post, by: Any, now: datetime) -> None:
    if by is None or by.pk != post.user_id:
        require(by, "manage_posts", post.place, now)


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
