"""Finding and mending what the locks should have prevented."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Model, OuterRef, Q, QuerySet, Subquery

from grids.actions.authority import require
from grids.actions.bulk import read_places, write_places
from grids.actions.followers import rewrite_followers
from grids.actions.locks import lock_forest, lock_trees
from grids.actions.notes import note_many
from grids.lineage import COLUMNS, followers
from grids.models import Body, Unit
from grids.tree_check import Fault, right_places, tree_faults


def find_faults() -> list[Fault]:
    """Every unit that is not where its parent and code say."""
    return tree_faults(read_places())


def strays() -> dict[str, int]:
    """Model label → how many of its rows carry another lineage than the unit they stand in. Bodies first."""
    found = {Body._meta.label: _stray_bodies().count()}
    for model, names in followers().items():
        found[model._meta.label] = sum(rows.count() for _name, rows in _stray_rows(model, names))
    return found


@transaction.atomic
def repair_trees(*, by: Any, now: datetime) -> int:
    """Put every unit, body and following row where it belongs; how many units were elsewhere.

    Lost units (no root leads to them) stay lost: a person must say where they belong. Raises NotAllowed.
    """
    require(by, "manage_units", None, now)
    lock_forest()
    lock_trees(Unit.objects.filter(parent=None).order_by().values_list("pk", flat=True))
    stored = read_places()
    right = right_places(stored)
    wrong = {pk: where for pk, where in right.items() if stored[pk][1] != where}
    write_places([(pk, *where) for pk, where in wrong.items()])
    roots = Unit.objects.in_bulk({place.lineage[0] for _tree, place in wrong.values()})
    note_many([(root, "repair", {}) for root in roots.values()], by=by, now=now)
    for body in _stray_bodies().select_related("unit"):
        Body.objects.filter(pk=body.pk).update(district=body.unit.district_id, street=body.unit.street_id)
    for unit in _units_of_strays():
        rewrite_followers(unit)
    return len(wrong)


def _stray_bodies() -> QuerySet[Body]:
    same_district = Q(district=F("unit__district"))
    same_street = Q(street=F("unit__street")) | Q(street=None, unit__street=None)
    return Body.objects.exclude(same_district & same_street).order_by("pk")


def _stray_rows(model: type[Model], names: tuple[str, ...]) -> Iterator[tuple[str, QuerySet[Any]]]:
    """For each column, the rows in a unit whose next column up is not the unit's, or that was merged away."""
    ordered = [name for name in COLUMNS if name in names]
    for upper, name in zip([None, *ordered], ordered, strict=False):
        unit = Unit.objects.filter(pk=OuterRef(name)).order_by()
        rows = model._default_manager.exclude(**{name: None}).annotate(
            gone_to=Subquery(unit.values("merged_into"))
        )
        stray = Q(gone_to__isnull=False)
        if upper:
            rows = rows.annotate(right=Subquery(unit.values(upper)))
            stray |= ~Q(**{upper: F("right")}) | Q(**{f"{upper}__isnull": True})
        yield name, rows.filter(stray).order_by()


def _units_of_strays() -> list[Unit]:
    """The units whose rows went astray, the highest level first: what stands below follows again after it."""
    ids: dict[int, None] = {}
    for model, names in followers().items():
        for name, rows in _stray_rows(model, names):
            ids |= dict.fromkeys(rows.values_list(name, flat=True).distinct())
    return sorted(Unit.objects.filter(pk__in=ids), key=lambda unit: unit.level)
