"""What of a kind of policy really holds at a unit, and where each entry comes from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from grids.models import Policy, Unit
from grids.policies import PolicyKind, Value

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

SHIPPED = "shipped"
# Where an entry comes from.
ORIGINS: dict[str, StrOrPromise] = {
    SHIPPED: pgettext_lazy("of a rule", "shipped"),
    "district": _("district"),
    "street": _("street"),
}


@dataclass(frozen=True)
class Holding:
    """`own` is the version that the unit itself has set, `above` the district's for one of its streets; `below`
    what holds without its own, `value` what holds, `origins` (row, column) → a key of ORIGINS."""

    own: Policy | None
    above: Policy | None
    below: Value
    value: Value
    origins: dict[tuple[str, str], str]

    @property
    def decided_by(self) -> Policy | None:
        """The version that is nearest to the unit; None where it is all as shipped."""
        return self.own or self.above


def holding_of(kind: PolicyKind, unit: Unit, at: datetime) -> Holding:
    """What holds of this kind at a district or street at that moment. One query."""
    places = _places(kind, unit)
    found = Policy.objects.in_district(unit.district_id, at).filter(unit__in=places, key=kind.key)
    by_unit = {one.unit_id: one for one in found.select_related("set_by")}
    value = kind.shipped(unit)
    origins = dict.fromkeys(_cells(value), SHIPPED)
    below = value
    for pk, level in places.items():
        below = value
        if policy := by_unit.get(pk):
            value = kind.over(policy.value, value)
            said = dict.fromkeys(_cells(value) if kind.whole else _cells(policy.value), level)
            origins = {cell: said.get(cell, origins.get(cell, level)) for cell in _cells(value)}
    above = next((by_unit[pk] for pk in places if pk != unit.pk and pk in by_unit), None)
    return Holding(by_unit.get(unit.pk), above, below, value, origins)


def _places(kind: PolicyKind, unit: Unit) -> dict[int, str]:
    """Unit id → its level, of those that may set it for this unit, from the top."""
    above = {unit.district_id: "district"} if unit.kind != "district" and "district" in kind.at else {}
    return above | {unit.pk: unit.kind}


def _cells(value: Value) -> list[tuple[str, str]]:
    return [(row, column) for row, cells in value.items() for column in cells]


def below_of(kind: PolicyKind, unit: Unit, at: datetime) -> Value:
    """What holds there without what the unit itself sets; a query for a street alone."""
    return kind.shipped(unit) if unit.kind == "district" else holding_of(kind, unit, at).below


def decided(unit: Unit, at: datetime) -> dict[str, Any]:
    """Key → the version that decides here: the unit's own, else for a street its district's. One query."""
    rows: Any = Policy.objects.in_district(unit.district_id, at).select_related("set_by")
    found = {(one.unit_id, one.key): one for one in rows.filter(unit__in={unit.pk, unit.district_id})}
    keys = {key for _unit, key in found}
    return {key: found.get((unit.pk, key)) or found.get((unit.district_id, key)) for key in keys}
