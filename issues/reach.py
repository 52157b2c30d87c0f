"""Whom a whistle reaches: the levels above the place and the bodies that serve it, in an emergency anybody in the district.
Reads; decides nothing but that."""

from datetime import datetime
from functools import reduce
from operator import and_
from typing import Any

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from grids.models import Body, Unit
from grids.standing import standing_of
from issues.districts import rules_of
from issues.models import Callee, Issue
from issues.numbers import each_word
from issues.whistles import KINDS

# Verbs that call whom one does not command.
CALLING = frozenset({"whistle", "join"})
# So many of those who were looked for are shown.
MOST_FOUND = 20
URGENT = tuple(kind.key for kind in KINDS if kind.urgent)


def reaches(issue: Issue, one: Unit | Body, *, urgent: bool) -> bool:
    """May one call so far from here? Whether such a unit or body may be called is for the table to say."""
    if urgent:
        return one.district_id == issue.district_id
    if isinstance(one, Unit):
        return one.pk in _above_place(issue)
    return one.district_id == issue.district_id and one.street_id in {None, issue.street_id}


def caller_level(issue: Issue) -> str:
    """The level that whistles: the owner's, for a body that of the unit it belongs to."""
    owner = issue.owner
    return owner.kind if isinstance(owner, Unit) else owner.unit.kind if owner else ""


def callable_now(issue: Issue, now: datetime, *, kinds: tuple[str, ...] = ()) -> frozenset[str]:
    """Levels and kinds of bodies that the owner may call with any of these kinds of whistle, or any at all."""
    level, rules = caller_level(issue), rules_of(issue.district_id, now)
    wanted = kinds or tuple(kind.key for kind in KINDS)
    return frozenset().union(*(rules.callable_by(level, kind) for kind in wanted))


def joined_kind(issue: Issue) -> str:
    """The kind of the whistle that others are called in to: of the newest that calls several; "" without one."""
    called = Callee.objects.joinable(issue).order_by("-whistle_id")
    return called.values_list("whistle__kind", flat=True).first() or ""


def calls_anybody(verb: str, issue: Issue, user: Any, now: datetime, *, kind: str | None = None) -> bool:
    """May this person name anybody in the district: by a whistle of this `kind` (if it is known), or by calling in?
    What lies elsewhere is there for those alone who whistle."""
    kind = joined_kind(issue) if verb == "join" else kind
    if kind is not None and kind not in URGENT:
        return False
    return standing_of(user, now).can("whistle") and bool(callable_now(issue, now, kinds=URGENT))


def near_units(issue: Issue) -> QuerySet:
    """The levels above the place, the nearest first."""
    above = _above_place(issue) - {issue.owner_unit_id}
    return Unit.objects.open().filter(pk__in=above).order_by("-level").defer("boundary")


def neighbours(issue: Issue) -> QuerySet:
    """The grid of the place and the others of its community: the next at hand in an emergency."""
    here = Unit.objects.open().filter(kind="grid", community=issue.community_id).defer("boundary")
    found = here.exclude(pk=issue.owner_unit_id) if issue.community_id else here.none()
    return found.annotate(away=_away(("pk", issue.grid_id))).order_by("away", "code")


def units_anywhere(issue: Issue, now: datetime) -> QuerySet:
    """All of the district that an emergency calls, the nearest first."""
    kinds = callable_now(issue, now, kinds=URGENT)
    units = Unit.objects.open().filter(district=issue.district_id, kind__in=kinds).defer("boundary")
    away = _away(("community", issue.community_id), ("street", issue.street_id))
    return units.exclude(pk=issue.owner_unit_id).annotate(away=away).order_by("away", "-level", "code")


def bodies_anywhere(issue: Issue, now: datetime) -> QuerySet:
    """All of the district that an emergency calls, the nearest first."""
    kinds = callable_now(issue, now, kinds=URGENT)
    bodies = Body.objects.open().filter(district=issue.district_id, kind__in=kinds)
    away = _away(("street", issue.street_id), ("street", None))
    return bodies.exclude(pk=issue.owner_body_id).annotate(away=away).order_by("away", "kind", "code")


def sought(anywhere: QuerySet, words: str) -> list[Any]:
    """Those of `units_anywhere` or `bodies_anywhere` of which each word stands in the name, in that of a unit above, or
    begins the code; one more than are shown. What stands in quotation marks is one word."""
    above = ("street", "community") if anywhere.model is Unit else ("street",)
    each = [
        reduce(lambda q, name: q | Q(**{f"{name}__name__icontains": word}), above, _called(word))
        for word in each_word(words)
    ]
    return list(anywhere.filter(reduce(and_, each))[: MOST_FOUND + 1]) if each else []


def _called(word: str) -> Q:
    return Q(name__icontains=word) | Q(code__istartswith=word)


def _above_place(issue: Issue) -> set[int]:
    return {pk for pk in (issue.district_id, issue.street_id, issue.community_id) if pk}


def _away(*near: tuple[str, int | None]) -> Case:
    """0 for what has the first of these, 1 for the second …"""
    whens = [When(**{name if pk else f"{name}__isnull": pk or True}, then=Value(n))
             for n, (name, pk) in enumerate(near)]  # fmt: skip
    return Case(*whens, default=Value(len(near)), output_field=IntegerField())
