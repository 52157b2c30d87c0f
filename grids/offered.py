"""Words for reading the units that somebody is offered: those to choose from, and those called so."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Q

from grids.models import Unit
from grids.standing import standing_of

MOST_UNITS = 300


def unit_coded(code: str, user: Any, now: datetime) -> Unit | None:
    """The unit with this code, if the person sees it: a foreign one is as unknown as none."""
    seen = Unit.objects.visible_to(user, now).defer("boundary")
    return seen.filter(code=code).first() if code else None


def units_offered(user: Any, now: datetime, chosen: Unit | None = None) -> list[Unit]:
    """Where the person stands, the unit chosen and its way up, and one level below: never the whole tree. One query."""
    own = {pk for ids in standing_of(user, now).in_sight().values() for pk in ids}
    near = own | ({pk for pk in chosen.lineage().values() if pk} if chosen else set())
    below = [chosen.pk] if chosen else own
    asked = Q(pk__in=near) | Q(parent__in=below)
    wanted = asked & Q(closed_at=None) | (Q(pk=chosen.pk) if chosen else Q())
    found = Unit.objects.visible_to(user, now).filter(wanted).defer("boundary").order_by("level", "code")
    return sorted(found[:MOST_UNITS], key=lambda unit: unit.pk not in near)


def stepped(unit: Unit) -> str:
    """Its name with a mark per level, so that a select reads like the tree."""
    return "　" * unit.level + unit.name


def units_called(words: str, user: Any, now: datetime) -> Any:
    """Open ones that the person sees and that are called so, from the district down."""
    found: Any = Unit.objects.visible_to(user, now).called(words).labelled()
    return found.defer("boundary").order_by("level", "code")


def names_above(units: Iterable[Unit]) -> dict[int, str]:
    """Of the streets and communities that these lie in. A query of its own: joined to the search, it would be planned
    as if there were many."""
    ids = {pk for unit in units for pk in (unit.street_id, unit.community_id) if pk}
    return dict(Unit.objects.filter(pk__in=ids).order_by().values_list("pk", "name"))
