"""Giving persons posts: one, or a whole list of staff at once under the same rules."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from grids.actions.authority import require
from grids.models import Body, Post, Unit
from grids.roles import ROLES
from grids.standing import forget_standings
from trail.actions import NewEvent, record_events
from trail.refusals import Refused

BATCH = 1000


@dataclass(frozen=True)
class Appointment:
    """A person, a role, and the unit or body where it is held, until the day before `ends_on`; who stands in
    while the holder is on leave."""

    user: Any
    role: str
    place: Unit | Body
    deputy: Any = None
    ends_on: date | None = None


def appoint(
    user: Any,
    *,
    role: str,
    by: Any,
    now: datetime,
    unit: Unit | None = None,
    body: Body | None = None,
    starts_on: date | None = None,
    ends_on: date | None = None,
    deputy: Any = None,
) -> Post:
    """Give one person a role at a unit or at a body, from `starts_on` (today) until the day before `ends_on`.

    Raises as appoint_many does, and Refused (place) unless exactly one of unit and body is given.
    """
    place = unit or body
    if place is None or (unit and body):
        raise Refused(_("A post is a known role at a unit or at a body."), code="place")
    wanted = Appointment(user, role, place, deputy, ends_on)
    return appoint_many([wanted], by=by, now=now, starts_on=starts_on)[0]


@transaction.atomic
def appoint_many(
    wanted: Iterable[Appointment], *, by: Any, now: datetime, starts_on: date | None = None
) -> list[Post]:
    """Give many persons their roles, all from one day (today): all of them or none.

    Raises Refused (role, closed, inactive, dates, deputy, twice; taken: a basic grid has one full-time
    worker, S4:8; district: another system works for one district), NotAllowed.
    """
    appointments = list(wanted)
    starts_on = starts_on or timezone.localdate(now)
    places = _locked_places(appointments)
    for place in places.values():
        require(by, "manage_posts", place, now)
    posts = [_post(one, places[_key(one.place)], starts_on) for one in appointments]
    _check_services(posts)
    _check_doubles(posts)
    Post.objects.bulk_create(posts, batch_size=BATCH)
    forget_standings()
    record_events([_event(post, by) for post in posts], now=now)
    return posts


def is_sole(role: str, place: Unit | Body) -> bool:
    """Whether this role has one holder at a time there: the full-time worker of a basic grid."""
    return ROLES[role].sole and isinstance(place, Unit) and place.grid_kind == "basic"


def check_deputy(user: Any, deputy: Any) -> None:
    """Raises Refused (deputy)."""
    if deputy is None:
        return
    if deputy.pk == user.pk or not deputy.is_active or deputy.is_service or user.is_service:
        raise Refused(_("A deputy is another person who can sign in."), code="deputy")


def overlap(one: Post, other: Post) -> bool:
    """Half-open: the day a post ends is the first without it."""
    return (one.ends_on is None or other.starts_on < one.ends_on) and (
        other.ends_on is None or one.starts_on < other.ends_on
    )


def taken(place: Unit | Body) -> Refused:
    """A second full-time worker for a basic grid."""
    reason = _("%(unit)s already has its full-time grid worker; end that post first.")
    return Refused(reason % {"unit": place.name}, code="taken")


def _key(place: Unit | Body) -> tuple[str, int]:
    return str(place._meta.model_name), place.pk


def _locked_places(appointments: Sequence[Appointment]) -> dict[tuple[str, int], Unit | Body]:
    """As they are now, units before bodies, each in the order of their ids."""
    found: dict[tuple[str, int], Unit | Body] = {}
    models: tuple[Any, ...] = (Unit, Body)
    for model in models:
        ids = {one.place.pk for one in appointments if isinstance(one.place, model)}
        rows = model._default_manager.filter(pk__in=ids).select_for_update(no_key=True)
        found |= {_key(row): row for row in rows.order_by("pk")}
    return found


def _post(one: Appointment, place: Unit | Body, starts_on: date) -> Post:
    if place.closed_at:
        raise Refused(_("%(unit)s is closed.") % {"unit": place.name}, code="closed")
    where = {"unit": place} if isinstance(place, Unit) else {"body": place}
    if one.role not in ROLES or not ROLES[one.role].fits(place.kind if "unit" in where else "body"):
        raise Refused(_("This role does not exist at such a place."), code="role")
    if one.user.is_service and ROLES[one.role].sole:
        # Its grid would be without the person who walks through it.
        raise Refused(_("Another system cannot be the full-time worker."), code="role")
    if not one.user.is_active:
        raise Refused(_("This account is closed."), code="inactive")
    if one.ends_on is not None and one.ends_on < starts_on:
        raise Refused(_("A post ends after it begins."), code="dates")
    check_deputy(one.user, one.deputy)
    return Post(
        user=one.user,
        role=one.role,
        starts_on=starts_on,
        ends_on=one.ends_on,
        deputy=one.deputy,
        sole=is_sole(one.role, place),
        **where,
    )


def _check_services(posts: Sequence[Post]) -> None:
    """Whoever makes the tokens of a system may let it do all that its posts allow: so these are of one district,
    those that have ended too, since tokens may have been made then."""
    services = {post.user_id for post in posts if post.user.is_service}
    if not services:
        return
    list(User.objects.filter(pk__in=services).select_for_update(no_key=True).order_by("pk"))
    others = Post.objects.filter(user__in=services).select_related("unit", "body")
    homes: dict[int, set[int | None]] = {}
    for post in (*others, *(post for post in posts if post.user_id in services)):
        homes.setdefault(post.user_id, set()).add(post.place.district_id)
    if any(len(districts) > 1 for districts in homes.values()):
        raise Refused(_("A service account works for one district alone."), code="district")


def _check_doubles(posts: Sequence[Post]) -> None:
    """Nobody twice in one role at one place; in a basic grid one full-time worker (S4:8)."""
    units, bodies = {post.unit_id for post in posts} - {None}, {post.body_id for post in posts} - {None}
    others = Post.objects.filter(Q(unit__in=units) | Q(body__in=bodies))
    by_place: dict[tuple[int | None, int | None], list[Post]] = {}
    for post in others.filter(
        Q(ends_on=None) | Q(ends_on__gt=min((p.starts_on for p in posts), default=date.max))
    ):
        by_place.setdefault((post.unit_id, post.body_id), []).append(post)
    for post in posts:
        here = by_place.setdefault((post.unit_id, post.body_id), [])
        overlapping = [other for other in here if overlap(post, other)]
        if any((other.user_id, other.role) == (post.user_id, post.role) for other in overlapping):
            raise Refused(_("This person already has this post."), code="twice")
        if post.sole and any(other.sole for other in overlapping):
            raise taken(post.place)
        here.append(post)


def _event(post: Post, by: Any) -> NewEvent:
    place = post.place
    return NewEvent(
        "post",
        post.pk,
        "appoint",
        seq=1,
        by=by,
        unit_id=place.pk if isinstance(place, Unit) else place.unit_id,
        unit_label=place.name,
        district_id=place.district_id,
        data={"role": post.role, "user": post.user_id, "starts_on": post.starts_on.isoformat()},
    )
