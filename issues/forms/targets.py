"""Whom and what a verb may name: units, bodies, places, persons, other issues. Reads; decides nothing."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Q

from grids.body_kinds import BODY_KINDS
from grids.models import Body, Post, Unit
from grids.querysets import HELD_BY_A_PERSON
from issues.districts import rules_of
from issues.lifecycle import Verb
from issues.models import Issue, Part
from issues.reach import CALLING, bodies_anywhere, callable_now, calls_anybody, near_units, units_anywhere
from issues.routing import commander_of

# Besides those that call: verbs that propose somebody, and those that say whom a complaint is about; all others name
# one's own.
PROPOSING = frozenset({"return"})
NAMING = frozenset({"mark_complaint"})
MOST_OFFERED = 200
COMMANDED = frozenset(key for key, kind in BODY_KINDS.items() if kind.commanded)


def unit_targets(verb: Verb, issue: Issue, user: Any, now: Any) -> Any:
    """Units that this verb may name: one's own one level down, for a whistle those above (in an emergency any of the
    district), those in charge."""
    if verb.key in NAMING:
        return units_in_charge([issue])
    if verb.key in CALLING:
        if calls_anybody(verb.key, issue, user, now):
            return units_anywhere(issue, now)
        return near_units(issue).filter(kind__in=callable_now(issue, now))
    commander = commander_of(issue.owner)
    return Unit.objects.open().children_of(commander) if commander else Unit.objects.none()


def body_targets(verb: Verb, issue: Issue, user: Any, now: Any) -> Any:
    """Bodies that this verb may name, of the issue's street and district, as far as the person sees them; for a whistle
    in an emergency any of the district."""
    if verb.key in CALLING and calls_anybody(verb.key, issue, user, now):
        return bodies_anywhere(issue, now)
    near = near_bodies(issue, user, now)
    if verb.key in CALLING:
        return near.filter(kind__in=callable_now(issue, now))
    if verb.key in PROPOSING:
        return near.exclude(pk=issue.owner_body_id)
    if verb.key in NAMING:
        return near
    commander = commander_of(issue.owner)
    if commander is None or commander.kind not in {"street", "district"}:
        return near.none()
    own = bodies_seen(issue, user, now).exclude(pk=issue.owner_body_id)
    if commander.kind == "district":
        return own.filter(street=None)
    powers = rules_of(issue.district_id, now).powers
    kinds = {key for key in COMMANDED if key != "posted" or "command" in powers}
    return own.filter(street=commander.pk, kind__in=kinds)


def bodies_seen(issue: Issue, user: Any, now: Any) -> Any:
    """Of the issue's district, as far as the person sees them."""
    seen = Body.objects.visible_to(user, now).open().filter(district=issue.district_id)
    return seen.order_by("kind", "code")


def near_bodies(issue: Issue, user: Any, now: Any) -> Any:
    """Of those the ones that serve the place."""
    return bodies_seen(issue, user, now).filter(Q(street=None) | Q(street=issue.street_id))


def targets_of_many(issues: Iterable[Issue], user: Any, now: Any) -> tuple[Any, Any]:
    """(units, bodies) to which at least one of these may perhaps be dispatched: what stands below their owners, of a
    centre below its unit. The action decides about each."""
    owners = [found for one in issues if (found := commander_of(one.owner))]
    units = Unit.objects.open().filter(parent__in={one.pk for one in owners}).order_by("level", "code")
    at = {kind: {one.pk for one in owners if one.kind == kind} for kind in ("street", "district")}
    own = Q(street__in=at["street"], kind__in=COMMANDED) | Q(district__in=at["district"], street=None)
    bodies = Body.objects.visible_to(user, now).open().filter(own).order_by("kind", "code")
    return units.defer("boundary"), bodies


def units_in_charge(places: Iterable[Any]) -> Any:
    """Of these places (or of what happened there): their grids, communities and streets, the nearest first."""
    ids = {pk for one in places for pk in (one.grid_id, one.community_id, one.street_id) if pk}
    return Unit.objects.open().filter(pk__in=ids).order_by("-level", "code").defer("boundary")


def posts_in_charge(places: Iterable[Any], now: Any, *, offices: bool = True) -> Any:
    """Who has a post at one of these units or, with `offices`, at a body of their streets; by place."""
    places = list(places)
    here = Q(unit__in=units_in_charge(places).order_by().values("pk"))
    if offices:
        here |= Q(body__street__in={one.street_id for one in places if one.street_id})
    posts = Post.objects.active(now).filter(here, HELD_BY_A_PERSON)
    order = ("-unit__level", "unit__code", "body__name", "role", "pk")
    return posts.select_related("user", "unit", "body").defer("unit__boundary").order_by(*order)


def bodies_in_charge(places: Iterable[Any]) -> Any:
    """The bodies that serve one of these places, those of the street first."""
    here = Q(pk=None)
    for one in places:
        here |= Q(district=one.district_id) & (Q(street=None) | Q(street=one.street_id))
    return Body.objects.open().filter(here).order_by("street", "kind", "code")


def places(issue: Issue) -> Any:
    """Any open unit of the issue's district."""
    return Unit.objects.open().filter(district=issue.district_id)


def likely_places(issue: Issue) -> Any:
    """Those that are offered: what lies in the same community, and the other communities of the street."""
    near = Q(parent=issue.street_id or issue.district_id)
    if issue.community_id:
        near |= Q(community=issue.community_id)
    return places(issue).filter(near).order_by("level", "code").only("code", "name")[:MOST_OFFERED]


def people_of(issue: Issue, part: Part | None, now: Any) -> Any:
    """Whoever has a post at the body or unit that is asked: a part's party, else the owner."""
    party = part.party if part else issue.owner
    posts = Post.objects.active(now).at_place(party).order_by()
    return (
        get_user_model()
        .objects.filter(is_active=True, is_service=False, pk__in=posts.values("user"))
        .order_by("pk")
    )
