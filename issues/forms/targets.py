"""Whom and what a verb may name: units, bodies, places, persons, other issues. Reads; decides nothing."""

from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Q

from grids.body_kinds import BODY_KINDS
from grids.models import Body, Post, Unit
from issues.districts import rules_of
from issues.lifecycle import Verb
from issues.models import Issue, Part
from issues.whistles import BY_KEY

# Verbs that call whom one does not command; those that propose somebody; all others name one's own.
CALLING = frozenset({"whistle", "join"})
PROPOSING = frozenset({"return"})
MOST_OFFERED = 200


def unit_targets(verb: Verb, issue: Issue, user: Any, now: Any) -> Any:
    """Units that this verb may name: one's own one level down, those above for a whistle."""
    if verb.key in CALLING:
        above = [
            pk for pk in (issue.community_id, issue.street_id, issue.district_id) if pk != issue.owner_unit_id
        ]
        return Unit.objects.open().filter(pk__in=above, kind__in=callable_now(issue, now)).order_by("-level")
    return Unit.objects.open().children_of(issue.owner_unit) if issue.owner_unit else Unit.objects.none()


def body_targets(verb: Verb, issue: Issue, user: Any, now: Any) -> Any:
    """Bodies that this verb may name, of the issue's street and district, as far as the person sees them."""
    seen = (
        Body.objects.visible_to(user, now).open().filter(district=issue.district_id).order_by("kind", "code")
    )
    near = seen.filter(Q(street=None) | Q(street=issue.street_id))
    if verb.key in CALLING:
        return near.filter(kind__in=callable_now(issue, now))
    if verb.key in PROPOSING:
        return near.exclude(pk=issue.owner_body_id)
    owner = issue.owner_unit
    if owner is None or owner.kind not in {"street", "district"}:
        return seen.none()
    if owner.kind == "district":
        return seen.filter(street=None)
    return seen.filter(street=owner.pk, kind__in=[key for key, kind in BODY_KINDS.items() if kind.commanded])


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
    return get_user_model().objects.filter(is_active=True, pk__in=posts.values("user")).order_by("pk")


def caller_level(issue: Issue) -> str:
    """The level that whistles: the owner's, for a body that of the unit it belongs to."""
    owner = issue.owner
    return owner.kind if isinstance(owner, Unit) else owner.unit.kind if owner else ""


def callable_now(issue: Issue, now: Any) -> frozenset[str]:
    """Levels and kinds of bodies that the owner may call with any kind of whistle."""
    level, rules = caller_level(issue), rules_of(issue.district_id, now)
    return frozenset().union(*(rules.callable_by(level, kind) for kind in BY_KEY))
