"""From where somebody looks at an issue, and whether they still see it as it is. Reads; decides nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db.models import Q

from grids.body_kinds import OUTSIDE
from grids.lineage import COLUMNS, key_of
from grids.models import Post
from grids.roles import ROLES
from grids.standing import Standing, standing_of
from issues.contacts import reads_internal
from issues.ladder import ONLY_TELLS
from trail.models import Event

if TYPE_CHECKING:
    from issues.models import Callee, Issue

Parties = frozenset[tuple[str, int]]


@dataclass(frozen=True)
class Sight:
    """Through what a person sees one issue. `inside`: as staff, with everything; else as somebody outside,
    who reads what residents read, and the steps of their own `parties` and person."""

    inside: bool
    user_id: int | None = None
    parties: Parties = frozenset()


INSIDE = Sight(True)


def overtaken(issue: Issue, version: int) -> bool:
    """Has anything happened since this version that who was looking at it must see first?

    Reminders, chases and calls raise the version too, but change nothing. No query while nothing happened.
    """
    if version >= issue.version:
        return version > issue.version
    since = Event.objects.about("issue", issue.pk).filter(seq__gt=version)
    return since.exclude(verb__in=ONLY_TELLS).exists()


def sight_of(issue: Issue, user: Any, now: datetime) -> Sight:
    """How this person sees an issue that is visible to them: by the position that shows them this one, not
    by whatever else they are elsewhere.

    No query for staff of the place itself, nor for those without any post inside; else one or two.
    """
    standing = standing_of(user, now)
    own = {("unit", pk) for pk in standing.unit_ids()} | {("body", pk) for pk in standing.body_ids()}
    outsider = Sight(False, user.pk, frozenset(own))
    place = {("unit", pk) for name in COLUMNS if (pk := getattr(issue, name))}
    if reads_internal(_at(standing, place)):
        return INSIDE
    deputising = Post.objects.active(now).filter(deputy=user.pk)
    if not reads_internal(standing.positions) and not deputising.exists():
        return outsider
    concerns = list(_concerns(issue).values_list("unit", "body", "user"))
    concerned = {("unit", unit) for unit, *_rest in concerns if unit}
    concerned |= {("body", body) for _unit, body, _user in concerns if body}
    if reads_internal(_at(standing, concerned)):
        return INSIDE
    called = any(user_id == user.pk for *_rest, user_id in concerns)
    return INSIDE if called and _stands_in_inside(deputising, place | concerned) else outsider


def called_in_sight(callees: Iterable[Callee], sight: Sight) -> list[Callee]:
    """Those of the called that somebody sees: all from inside; a firm itself and who leads it, other people
    from outside only who leads."""
    callees = list(callees)
    if sight.inside:
        return callees
    own = [one for one in callees if key_of(one.party) in sight.parties]
    mine = {one.whistle_id for one in own}
    return [one for one in callees if one in own or (one.is_lead and (not mine or one.whistle_id in mine))]


def reads_inside(issue: Issue, user: Any, now: datetime) -> bool:
    """Whether internal notes and photos of this issue are for this person."""
    return sight_of(issue, user, now).inside


def _at(standing: Standing, places: Iterable[tuple[str, int]]) -> list[Any]:
    """The positions at any of these."""
    wanted = set(places)
    return [
        one
        for one in standing.positions
        if (("unit", one.unit_id) if one.unit_id else ("body", one.body_id)) in wanted
    ]


def _concerns(issue: Issue) -> Any:
    return apps.get_model("issues", "Concern").objects.filter(issue=issue.pk)


def _stands_in_inside(posts: Any, places: set[tuple[str, int]]) -> bool:
    """Is one of the posts whose deputy was called a staff post at one of these places?"""
    units = [pk for kind, pk in places if kind == "unit"]
    bodies = [pk for kind, pk in places if kind == "body"]
    here = posts.filter(Q(unit__in=units) | Q(body__in=bodies)).exclude(body__kind__in=OUTSIDE)
    return any(not ROLES[role].external for role in here.values_list("role", flat=True))
