"""Whom staff mean by what they write into a form: somebody's sign-in name, or the name that everybody knows them by.

By the sign-in name whoever belongs to one's districts is found, by the shown name those alone of whom one reads it anyway:
people at posts that one sees and, for who appoints, those whom the districts know. Nobody else is there at all.
"""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from django.db.models import Q

from accounts.models import User
from grids.models import Body, Post, Unit
from grids.querysets import HELD_BY_A_PERSON, person_named
from grids.standing import standing_of
from trail.districts import sees_all

# More of one name are not listed; more at one place are not offered, but found.
MOST_NAMESAKES, MOST_OFFERED = 8, 60


def people_meant(said: str, user: Any, now: datetime) -> list[User]:
    """The one with this sign-in name, else everybody shown by this name, at most MOST_NAMESAKES and one."""
    if found := person_named(said, user, now):
        return [found]
    return list(_known(user, now).filter(display_name=said).order_by("username")[: MOST_NAMESAKES + 1])


def where_they_serve(people: Collection[User], user: Any, now: datetime) -> Iterator[tuple[User, list[str]]]:
    """Each with the posts of theirs that one sees, in words. One query."""
    served: dict[int, list[str]] = {}
    for post in _posts(user, now).filter(user__in=people):
        served.setdefault(post.user_id, []).append(str(post))
    for one in people:
        yield one, served.get(one.pk, [])


def likely_people(place: Unit | Body | None, user: Any, now: datetime) -> list[tuple[str, str]]:
    """(sign-in name, name and post) of those around a place, or around oneself: there, one level up and one down. One
    query."""
    posts = _posts(user, now).filter(_around(place, user, now), HELD_BY_A_PERSON, user__is_superuser=False)
    found: dict[str, str] = {}
    for post in posts.select_related("user").order_by("user__display_name", "user", "pk")[:MOST_OFFERED]:
        found.setdefault(post.user.username, f"{post.user} · {post}")
    return list(found.items())


def _known(user: Any, now: datetime) -> Any:
    """Open accounts of people whose shown name one may use."""
    people: Any = User.objects.filter(is_active=True, is_service=False)
    if sees_all(user):
        return people.opened_by_others()
    posts = Post.objects.visible_to(user, now).unended(now).order_by()
    known = Q(pk__in=posts.values("user")) | Q(pk__in=posts.exclude(deputy=None).values("deputy"))
    if districts := standing_of(user, now).districts("manage_posts"):
        known |= Q(pk__in=people.of_districts(districts, now).opened_by_others().order_by().values("pk"))
    return people.filter(known, is_superuser=False)


def _posts(user: Any, now: datetime) -> Any:
    """Those held now that one sees, with their places."""
    seen = Post.objects.visible_to(user, now).active(now).select_related("unit", "body")
    return seen.defer("unit__boundary").order_by("pk")


def _around(place: Unit | Body | None, user: Any, now: datetime) -> Q:
    if isinstance(place, Body):
        return Q(body=place) | Q(unit=place.unit_id)
    if place:
        return _at_and_below({place.pk}) | Q(unit=place.parent_id)
    standing = standing_of(user, now)
    return _at_and_below(standing.unit_ids()) | Q(body__in=standing.body_ids())


def _at_and_below(units: Collection[int]) -> Q:
    return Q(unit__in=units) | Q(unit__parent__in=units) | Q(body__unit__in=units)
