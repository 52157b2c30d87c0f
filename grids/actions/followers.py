"""Rewriting the lineage columns of the models that follow, after a unit has moved or merged."""

from django.db import transaction
from django.db.models import Model, QuerySet

from grids.lineage import column, followers
from grids.models import Unit

BATCH = 1000


def rewrite_followers(unit: Unit) -> int:
    """Bring every follower's row in `unit` to where the unit is now; how many were rewritten.

    Reads the unit as it stands, so running late, twice or out of order ends in the same place. Rows of a
    merged unit go to the unit that it was merged into.
    """
    unit = Unit.objects.get(pk=unit.pk)
    home = unit
    while home.merged_into_id:
        home = Unit.objects.get(pk=home.merged_into_id)
    return sum(_rewrite(model, names, unit, home) for model, names in followers().items())


def _rewrite(model: type[Model], names: tuple[str, ...], unit: Unit, home: Unit) -> int:
    own = column(unit.kind)
    new = {name: pk for name, pk in home.lineage().items() if name in names and pk}
    if own not in names:
        return 0
    rows = model._default_manager.filter(**{own: unit.pk})
    wrong = rows.exclude(**new) if new else rows.none()
    done = 0
    while ids := list(wrong.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        done += _write(rows.filter(pk__in=ids), new)
    return done


@transaction.atomic
def _write(rows: QuerySet, new: dict[str, int]) -> int:
    """One batch, locked in the order in which actions lock. Chosen anew when it is locked and when it is written: what
    has gone to another unit meanwhile stays there."""
    held = list(rows.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))
    return rows.filter(pk__in=held).update(**new)
