"""Lineage: the columns that answer "in this subtree?" without the tree, and who else carries them.

A row that is asked that question carries `district`, `street`, `community`, `grid`, `building` (foreign keys
without database constraint, any subset of them). When a unit moves or merges, Unit and Body are rewritten in
the same transaction; models that called `follow` are rewritten by the outbox (grids.notices).
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from django.db.models import Model, Q

from grids.levels import LEVELS

if TYPE_CHECKING:
    from grids.models import Body, Unit

COLUMNS: tuple[str, ...] = tuple(f"{key}_id" for key in LEVELS)
_FOLLOWERS: dict[type[Model], tuple[str, ...]] = {}


def column(kind: str) -> str:
    """The lineage column of a level: "street" → "street_id"."""
    return f"{kind}_id"


def follow(model: type[Model]) -> None:
    """Have this model's lineage columns rewritten after a unit moved or merged. Call it once, at start."""
    _FOLLOWERS[model] = tuple(name for name in COLUMNS if _has(model, name))


def followers() -> Mapping[type[Model], tuple[str, ...]]:
    """The models that follow, each with the lineage columns it has."""
    return _FOLLOWERS


def _has(model: type[Model], name: str) -> bool:
    return any(getattr(field, "attname", "") == name for field in model._meta.get_fields())


def inside(unit: "Unit") -> Q:
    """Rows of the subtree of `unit`, for any model with a lineage column of its level."""
    return Q(**{column(unit.kind): unit.pk})


def within_any(territory: Mapping[str, Iterable[int]]) -> Q:
    """Rows inside any of these: lineage column → unit ids (as from Standing.territory). Nothing: no rows."""
    found = Q(pk__in=[])
    for name, ids in territory.items():
        found |= Q(**{f"{name}__in": list(ids)})
    return found


def chain(target: "Unit | Body") -> list[tuple[str, int]]:
    """From the target up to its root: ("unit", id) or, for a body's first step, ("body", id)."""
    ids = target.lineage()
    units: list[tuple[str, int]] = [("unit", pk) for name in reversed(COLUMNS) if (pk := ids.get(name))]
    return units if is_unit(target) else [("body", target.pk), *units]


def is_unit(target: Any) -> bool:
    """A unit, else a body."""
    return target._meta.model_name == "unit"


def key_of(target: "Unit | Body") -> tuple[str, int]:
    """A name for the target in mappings: ("unit" or "body", id)."""
    return str(target._meta.model_name), target.pk
