"""The locks under which trees are written. Always taken before anything is read that the write depends on.

mptt moves whole ranges of left and right numbers: two writers in one tree at once leave duplicates behind.
Whoever writes a tree holds its root row; whoever makes a root or moves between trees holds the forest too.
"""

from collections.abc import Iterable

from django.db import connection
from django.utils.translation import gettext as _

from grids.models import Unit
from trail.refusals import Stale

FOREST = 7401


def lock_forest() -> None:
    """Nobody else makes a root or moves a unit between trees until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [FOREST])


def lock_trees(district_ids: Iterable[int]) -> list[Unit]:
    """Nobody else writes these trees until this transaction ends; the roots, in the order of their ids.

    no_key: an ordinary FOR UPDATE would hold up every insert that refers to the root.
    """
    roots = Unit.objects.select_for_update(no_key=True).filter(pk__in=set(district_ids))
    return list(roots.order_by("pk"))


def lock_tree(*units: Unit) -> list[Unit]:
    """Lock the trees of these units and the units themselves (nobody is appointed there meanwhile), then read
    them again, in the order given.

    Raises Stale when one of them went to another district while we waited.
    """
    if len({unit.district_id for unit in units}) > 1:
        lock_forest()
    lock_trees(unit.district_id for unit in units)
    rows = Unit.objects.select_for_update(no_key=True).filter(pk__in={unit.pk for unit in units})
    fresh = {unit.pk: unit for unit in rows.order_by("pk")}
    if any(fresh[unit.pk].district_id != unit.district_id for unit in units):
        raise Stale(_("The unit has just moved to another district. Look again."), code="moved")
    return [fresh[unit.pk] for unit in units]


def reserve_ids(count: int) -> list[int]:
    """Ids of units about to be made, so that a unit can carry its own id in its lineage from the start."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('grids_unit', 'id')) FROM generate_series(1, %s)", [count]
        )
        return [row[0] for row in cursor.fetchall()]
