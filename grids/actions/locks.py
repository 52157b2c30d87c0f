"""The locks under which trees are written. Always taken before anything is read that the write depends on.

mptt moves whole ranges of left and right numbers: two writers in one tree at once leave duplicates behind.
Whoever writes a tree holds its root row; whoever makes a root or moves between trees holds the forest too.
Whoever gives something to a unit or body holds it open, beside any number of others; what closes, merges or
moves waits for all of them, and they for it.
"""

from collections.abc import Iterable
from typing import Any

from django.db import connection
from django.db.models import Model
from django.utils.translation import gettext as _

from grids.models import Body, Unit
from trail.refusals import Refused, Stale
from trail.statements import rows_of
from trail.turns import take_turn


def lock_forest() -> None:
    """Nobody else makes a root or moves a unit between trees until this transaction ends."""
    take_turn("grids.forest")


def lock_trees(district_ids: Iterable[int]) -> list[Unit]:
    """Nobody else writes these trees until this transaction ends; the roots, in the order of their ids.

    no_key: an ordinary FOR UPDATE would hold up every insert that refers to the root.
    """
    roots = Unit.objects.select_for_update(no_key=True).filter(pk__in=set(district_ids))
    return list(roots.order_by("pk"))


def lock_tree(*units: Unit, leaving: Unit | None = None) -> list[Unit]:
    """Lock the trees of these units and the units themselves (nobody is appointed there meanwhile), then read
    them again, in the order given. The one that is `leaving` (it closes, merges or moves) waits for whoever
    holds it open.

    Raises Stale when one of them went to another district while we waited.
    """
    if len({unit.district_id for unit in units}) > 1:
        lock_forest()
    lock_trees(unit.district_id for unit in units)
    if leaving is not None:
        Unit.objects.select_for_update().get(pk=leaving.pk)
    rows = Unit.objects.select_for_update(no_key=True).filter(pk__in={unit.pk for unit in units})
    fresh = {unit.pk: unit for unit in rows.order_by("pk")}
    if any(fresh[unit.pk].district_id != unit.district_id for unit in units):
        raise Stale(_("The unit has just moved to another district. Look again."), code="moved")
    return [fresh[unit.pk] for unit in units]


def hold_open(*targets: Unit | Body, code: str = "closed_target") -> None:
    """None of these closes, merges or moves until this transaction ends: call it before giving them anything.

    Holders do not wait for each other, nor for other writers of the tree. Raises Refused(`code`) for one that
    is closed by now.
    """
    for model in (Unit, Body):
        ids = [one.pk for one in targets if isinstance(one, model)]
        for name in [name for name, closed_at in _held(model, ids) if closed_at]:
            raise Refused(_("%(name)s is closed; choose another.") % {"name": name}, code=code)


def _held(model: type[Model], ids: list[int]) -> list[tuple[Any, ...]]:
    """Name and end of each, as they are now."""
    rows = (
        f'SELECT name, closed_at FROM "{model._meta.db_table}" WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE'
    )
    return rows_of(rows, [ids]) if ids else []


def reserve_ids(count: int) -> list[int]:
    """Ids of units about to be made, so that a unit can carry its own id in its lineage from the start."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('grids_unit', 'id')) FROM generate_series(1, %s)", [count]
        )
        return [row[0] for row in cursor.fetchall()]
