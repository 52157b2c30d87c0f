"""From where somebody looks at an issue, and whether they still see it as it is. Reads; decides nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db.models import Exists, OuterRef, Q

from grids.body_kinds import OUTSIDE
from grids.lineage import COLUMNS, column, key_of, within_any
from grids.models import Post
from grids.roles import ON_DUTY, ROLES
from grids.standing import Standing, standing_of
from issues.contacts import INTERNAL, reads_internal
from issues.ladder import ONLY_TELLS
from issues.subjects import ABOUT_SOMEBODY, about, is_about
from trail.models import Event

if TYPE_CHECKING:
    from issues.models import Callee, Issue

Parties = frozenset[tuple[str, int]]
# Whoever can do one of these at a unit or body is one of those there.
OWN = ON_DUTY | INTERNAL


@dataclass(frozen=True)
class Sight:
    """Through what a person sees one issue. `inside`: as staff, with everything; else as somebody outside,
    who reads what residents read, and the steps of their own `parties` and person."""

    inside: bool
    user_id: int | None = None
    parties: Parties = frozenset()


INSIDE = Sight(True)


def overtaken(issue: Issue, version: int, *, by: Any = None) -> bool:
    """Has anything happened since this version that who was looking at it must see first?

    Reminders, chases and calls raise the version too, but change nothing. `by`: a person whose own steps are no news
    to them; a client that names a version (If-Match) is asked without it. No query while nothing happened.
    """
    if version >= issue.version:
        return version > issue.version
    since = Event.objects.about("issue", issue.pk).filter(seq__gt=version).exclude(verb__in=ONLY_TELLS)
    if by is not None and by.pk:
        since = since.exclude(actor=by.pk)
    return since.exists()


def sight_of(issue: Issue, user: Any, now: datetime) -> Sight:
    """How this person sees an issue that is visible to them: by the position that shows them this one, not
    by whatever else they are elsewhere.

    No query for staff of the place itself, nor for those without any post inside; else one or two.
    """
    return sights_of([issue], user, now)[issue.pk]


def sights_of(issues: Iterable[Issue], user: Any, now: datetime) -> dict[int, Sight]:
    """`sight_of` many, by id: no more queries than for one."""
    standing = standing_of(user, now)
    found: dict[int, Sight] = {}
    asked: list[Issue] = []
    for issue in issues:
        if is_about(issue, standing):
            # Who registered a complaint about their own place is its reporter, and nothing else.
            found[issue.pk] = Sight(False, user.pk)
        elif reads_internal(_at(standing, _levels(issue))):
            found[issue.pk] = INSIDE
        else:
            asked.append(issue)
    if not asked:
        return found
    outsider = Sight(False, user.pk, own_places(standing))
    deputising = Post.objects.active(now).filter(deputy=user.pk)
    if not reads_internal(standing.positions) and not deputising.exists():
        return found | {issue.pk: outsider for issue in asked}
    concerned, called = _concerned(asked, user)
    for issue in asked:
        places = concerned.get(issue.pk, set())
        inside = reads_internal(_at(standing, places)) or (
            issue.pk in called and _stands_in_inside(deputising, _levels(issue) | places)
        )
        found[issue.pk] = INSIDE if inside else outsider
    return found


def own_places(standing: Standing) -> Parties:
    """The units and bodies of which the person is one: those where they do what is asked, or read what is below.

    Not where they only report, as a spotter at a street or a part-time worker at a grid does: what that street or grid
    is asked for is staff's.
    """
    standing_at = (one.stands_at for one in standing.positions if one.can & OWN)
    return frozenset((kind, pk) for kind, pk in standing_at if pk)


def own_parts(user: Any, now: datetime) -> Q:
    """Parts that are asked of this person's own units and bodies."""
    own = own_places(standing_of(user, now))
    units, bodies = ({pk for kind, pk in own if kind == wanted} for wanted in ("unit", "body"))
    return Q(unit__in=units) | Q(body__in=bodies)


def parts_in_sight(parts: Any, user: Any, now: datetime) -> Any:
    """Of these parts (callees, sub-tasks, decisions) what the pages of their issues show this person as staff, and
    what is asked of their own units and bodies. What only a deputy sees who was called to an issue is read there.

    Asked row by row: as a list of all issues that one sees it would be read for a page of twenty.
    """
    issues = apps.get_model("issues", "Issue").objects.order_by().filter(pk=OuterRef("issue"))
    seen = parts.visible_to(user, now).filter(
        Exists(issues.filter(_inside(user, now))) | own_parts(user, now)
    )
    return seen.exclude(Exists(issues.filter(ABOUT_SOMEBODY, about(standing_of(user, now)))))


def _inside(user: Any, now: datetime) -> Q:
    """Issues that the person reads as staff, by a post of their own where they happened or that they concern."""
    staff = [one for one in standing_of(user, now).positions if reads_internal([one])]
    territory: dict[str, set[int]] = {}
    for one in staff:
        if one.reads_at:
            level, unit_id = one.reads_at
            territory.setdefault(column(level), set()).add(unit_id)
    units = {pk for ids in territory.values() for pk in ids}
    bodies = {one.body_id for one in staff if one.body_id}
    concerns = apps.get_model("issues", "Concern").objects.filter(issue=OuterRef("pk"))
    concerned = Exists(concerns.filter(Q(unit__in=units) | Q(body__in=bodies)))
    return within_any(territory) | concerned if staff else Q(pk=None)


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
    """The positions at any of these, and those at the centres of these units."""
    wanted = set(places)
    return [
        one
        for one in standing.positions
        if one.stands_at in wanted or (one.reads_at and ("unit", one.reads_at[1]) in wanted)
    ]


def _levels(issue: Issue) -> set[tuple[str, int]]:
    return {("unit", pk) for name in COLUMNS if (pk := getattr(issue, name))}


def _concerned(issues: Iterable[Issue], user: Any) -> tuple[dict[int, set[tuple[str, int]]], set[int]]:
    """Of each issue the units and bodies that it concerns, and ids of those to which the person was called."""
    rows = apps.get_model("issues", "Concern").objects.filter(issue__in=[issue.pk for issue in issues])
    places: dict[int, set[tuple[str, int]]] = {}
    called: set[int] = set()
    for issue_id, unit, body, person in rows.values_list("issue", "unit", "body", "user"):
        here = {(kind, pk) for kind, pk in (("unit", unit), ("body", body)) if pk}
        places[issue_id] = places.get(issue_id, set()) | here
        if person == user.pk:
            called.add(issue_id)
    return places, called


def _stands_in_inside(posts: Any, places: set[tuple[str, int]]) -> bool:
    """Is one of the posts whose deputy was called a staff post at one of these places?"""
    units = [pk for kind, pk in places if kind == "unit"]
    bodies = [pk for kind, pk in places if kind == "body"]
    here = posts.filter(Q(unit__in=units) | Q(body__in=bodies)).exclude(body__kind__in=OUTSIDE)
    return any(not ROLES[role].external for role in here.values_list("role", flat=True))
