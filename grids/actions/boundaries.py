"""Boundaries are set: many at a time, all or none, and what was before is kept to be given back."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from grids.actions.authority import allows, require
from grids.actions.locks import lock_trees
from grids.actions.notes import note_many
from grids.boundaries import centre_of, covers
from grids.boundary_files import BoundaryFile, sound
from grids.models import FormerBoundary, Unit
from grids.plots import Fault, Plot, faults_between
from trail.refusals import NotAllowed, Refused


@dataclass(frozen=True)
class BoundaryReport:
    """What would change or has: units with another boundary, how many already have the given one, all faults, and
    every plot that was looked at (for a drawing)."""

    changed: list[Unit] = field(default_factory=list)
    unchanged: int = 0
    faults: list[Fault] = field(default_factory=list)
    plots: list[Plot] = field(default_factory=list)


class BadBoundaries(Refused):
    """Boundaries have faults; nothing was saved. `report` names them all."""

    def __init__(self, report: BoundaryReport) -> None:
        faults = report.faults
        first = _("%(count)d faults in the boundaries; nothing was saved. The first: %(fault)s")
        super().__init__(first % {"count": len(faults), "fault": faults[0]}, code="bad_boundaries")
        self.report = report


def check_boundaries(found: BoundaryFile, *, by: Any, now: datetime) -> BoundaryReport:
    """What `set_boundaries` would do now; reads only. A unit that `by` does not see is as unknown as none.

    Raises NotAllowed for somebody who may change none of the units.
    """
    units = _named(found, by, now)
    if units and not any(allows(by, "manage_units", unit, now) for unit in units.values()):
        raise NotAllowed(_("Your post does not allow this here."), code="not_allowed")
    faults = [*found.faults, *_faults_of_units(found, units, by, now)]
    at_fault = {fault.code for fault in faults}
    shapes = {code: one for code, one in sound(found).items() if code not in at_fault}
    plots = _plots(shapes, units)
    faults += faults_between(plots, found.numbers)
    changed = [units[code] for code, shape in shapes.items() if units[code].boundary != shape]
    return BoundaryReport(
        sorted(changed, key=lambda unit: unit.code),
        len(shapes) - len(changed),
        sorted(faults, key=lambda fault: (fault.number, fault.code)),
        plots,
    )


@transaction.atomic
def set_boundaries(found: BoundaryFile, *, by: Any, now: datetime) -> BoundaryReport:
    """Give units these boundaries, all or none. One without a position, or with one outside, gets the middle.

    The earlier ones are kept (FormerBoundary). Raises BadBoundaries, NotAllowed.
    """
    lock_trees(set(_named(found, by, now, "district_id").values()))
    report = check_boundaries(found, by=by, now=now)
    if report.faults:
        raise BadBoundaries(report)
    _write(report.changed, found.shapes, by, now)
    return report


@transaction.atomic
def give_back_boundary(former: FormerBoundary, *, by: Any, now: datetime) -> Unit:
    """The boundary that a unit had before, or none again. Judged like a new one: its neighbours may have changed.

    Raises BadBoundaries, Refused (closed), NotAllowed.
    """
    unit = former.unit
    lock_trees([unit.district_id])
    unit = Unit.objects.get(pk=unit.pk)
    require(by, "manage_units", unit, now)
    if not unit.is_open:
        raise Refused(_("%(unit)s is closed.") % {"unit": unit.name}, code="closed")
    if former.boundary is None:
        _write([unit] if unit.boundary else [], {}, by, now)
    else:
        set_boundaries(BoundaryFile({unit.code: former.boundary}, {unit.code: 0}), by=by, now=now)
    return Unit.objects.get(pk=unit.pk)


def keep_former(units: Iterable[Unit], *, by: Any, now: datetime) -> None:
    """Keep the boundaries that these units still have, before others take their place."""
    FormerBoundary.objects.bulk_create(
        FormerBoundary(unit=unit, boundary=unit.boundary, replaced_at=now, replaced_by=by) for unit in units
    )


def _named(found: BoundaryFile, by: Any, now: datetime, column: str = "") -> dict[str, Any]:
    """Code → the unit that the file names and `by` sees, or one column of it."""
    seen = Unit.objects.visible_to(by, now) if by else Unit.objects.all()
    rows = seen.filter(code__in=found.shapes.keys()).order_by("code")
    if column:
        return dict(rows.values_list("code", column))
    return {unit.code: unit for unit in rows.select_related("parent").defer("parent__boundary")}


def _faults_of_units(
    found: BoundaryFile, units: Mapping[str, Unit], by: Any, now: datetime
) -> Iterable[Fault]:
    for code in found.shapes:
        unit = units.get(code)
        if unit is None:
            reason = _("There is no %(code)s, or it is not yours to see.") % {"code": code}
            yield Fault(found.numbers[code], code, reason)
        elif not unit.is_open:
            yield Fault(found.numbers[code], code, _("%(unit)s is closed.") % {"unit": unit.name})
        elif not allows(by, "manage_units", unit, now):
            yield Fault(found.numbers[code], code, _("Your post does not allow this here."))


def _plots(shapes: Mapping[str, dict[str, Any]], units: Mapping[str, Unit]) -> list[Plot]:
    """The new ones, and the open units with a boundary that are their parents, their siblings or lie right below."""
    new = [units[code] for code in shapes]
    parents = {unit.parent_id for unit in new if unit.parent_id}
    around = Q(pk__in=parents) | Q(parent__in={unit.pk for unit in new} | parents)
    known = (
        Unit.objects.open().filter(around, boundary__isnull=False).exclude(pk__in={unit.pk for unit in new})
    )
    rows = known.order_by("code").values_list("code", "name", "parent__code", "boundary") if new else []
    given = [
        Plot(unit.code, unit.name, unit.parent.code if unit.parent else "", shapes[unit.code], new=True)
        for unit in new
    ]
    return [*given, *(Plot(code, name, parent or "", boundary) for code, name, parent, boundary in rows)]


def _write(units: list[Unit], shapes: Mapping[str, dict[str, Any]], by: Any, now: datetime) -> None:
    """Sets those of `shapes`, none for a unit that is not among them."""
    if not units:
        return
    keep_former(units, by=by, now=now)
    for unit in units:
        unit.boundary = shapes.get(unit.code)
        if unit.boundary and not _stands_in(unit):
            unit.lon, unit.lat = centre_of(unit.boundary)
    Unit.objects.bulk_update(units, ["boundary", "lon", "lat"], batch_size=500)
    note_many([(unit, "change", {"fields": ["boundary"]}) for unit in units], by=by, now=now)


def _stands_in(unit: Unit) -> bool:
    if unit.boundary is None or unit.lon is None or unit.lat is None:
        return False
    return covers(unit.boundary, unit.lon, unit.lat)
