"""Where a request lies: by the code of a unit, by a position, or by the names that stand in an address."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import CharField, F, Q, QuerySet, Value
from django.db.models.functions import Length

from grids.locating import locate
from grids.models import Unit, UnitAlias

SHORTEST_NAME = 2
# Nothing that names more than this is an address.
MOST = 2000


def units_of(district: Unit, user: Any, now: datetime) -> QuerySet:
    """The open units of the jurisdiction that the account sees."""
    return Unit.objects.visible_to(user, now).open().filter(district=district.pk).defer("boundary")


def by_code(code: str, units: QuerySet) -> Unit | None:
    """The unit with this code, or the one that a merged unit with it became part of."""
    if found := units.filter(code=code).first():
        return found
    alias = UnitAlias.objects.filter(code=code).first()
    return units.filter(pk=alias.unit_id).first() if alias else None


def by_position(lat: float, lon: float, units: QuerySet) -> Unit | None:
    """The building that stands there, the grid or community around it, else the nearest of these."""
    found = locate(lon, lat, units)
    return found.unit if found else None


def by_address(text: str, units: QuerySet) -> Unit | None:
    """The smallest unit that the address names without doubt, in whatever order it names those above. Two queries."""
    named = list(_named(text, units.exclude(kind__in=("district", "building"))))
    # A building is called like many others: it is looked for only where something above it is named too.
    communities = {unit.pk for unit in named if unit.kind == "community"}
    grids = [unit for unit in named if unit.kind == "grid"]
    near = [unit.pk for unit in grids if not communities or unit.community_id in communities]
    within = Q(grid__in=near) | Q(community__in=communities)
    return _surest([*named, *_named(text, units.filter(within, kind="building"))])


def _named(text: str, units: QuerySet) -> QuerySet:
    """Those whose names stand in the text."""
    words = units.annotate(said=Value(text, CharField()), length=Length("name"))
    return words.filter(said__contains=F("name"), length__gte=SHORTEST_NAME).order_by("level", "code")[:MOST]


def _surest(named: Iterable[Unit]) -> Unit | None:
    """The one with most of the units above it named as well, the smallest of these; of several alike none, then one
    further up."""
    units = {unit.pk: unit for unit in named}
    scores: dict[tuple[int, int], list[Unit]] = {}
    for unit in units.values():
        above = len(units.keys() & {pk for pk in unit.lineage().values() if pk})
        scores.setdefault((above, unit.level), []).append(unit)
    for _score, alike in sorted(scores.items(), key=lambda pair: pair[0], reverse=True):
        if len(alike) == 1:
            return alike[0]
    return None
