"""Writing the tree: add, move, merge, close, rename. Nothing else may touch a unit's place."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from grids.actions.authority import require
from grids.actions.boundaries import keep_former
from grids.actions.bulk import renumber
from grids.actions.locks import lock_forest, lock_tree, reserve_ids
from grids.actions.notes import note
from grids.actions.posts import end_posts_at, mark_sole
from grids.boundaries import boundary_problem
from grids.closing import CLOSING
from grids.initials import initials_of
from grids.levels import LEVELS, above, below, code_problem
from grids.lineage import column
from grids.models import Body, BuildingToken, Unit, UnitAlias
from grids.telephones import telephone_problem
from trail.refusals import Refused

FACTS = (
    "line",
    "label_override",
    "party_label_override",
    "grid_kind",
    "households",
    "phone",
    "boundary",
    "lon",
    "lat",
    "official_name",
    "city",
    "calendar",
)


@transaction.atomic
def add_unit(parent: Unit | None, *, code: str, name: str, by: Any, now: datetime, **facts: Any) -> Unit:
    """A new unit one level below `parent`, a district for None; it keeps this code for ever.

    `facts` are any of FACTS; the line is the parent's and a grid is basic where not given.
    Raises Refused (code, name, closed, no_level_below, boundary), NotAllowed.
    """
    if parent is None:
        lock_forest()
    else:
        (parent,) = lock_tree(parent)
    require(by, "manage_units", parent, now)
    kind = _kind_below(parent)
    facts = {"line": parent.line if parent else "urban"} | facts
    if kind == "grid":
        facts.setdefault("grid_kind", "basic")
    _check_new_code(kind, code, parent)
    _check_facts(kind, name, facts)
    named = {"name": name.strip(), "initials": initials_of(name)}
    unit = Unit(pk=reserve_ids(1)[0], parent=parent, kind=kind, code=code, **named, **facts)
    _set_lineage(unit, parent)
    if parent is None:
        # mptt would sort a root in by code and shift every other tree's number under its writers' feet.
        last = Unit.objects.aggregate(last=Max("tree_id"))["last"] or 0
        unit.tree_id, unit.lft, unit.rght, unit.level = last + 1, 1, 2, 0
    unit.save(force_insert=True)
    note(unit, "add", by=by, now=now, code=code, parent=parent.code if parent else None)
    return unit


@transaction.atomic
def change_unit(unit: Unit, *, by: Any, now: datetime, **facts: Any) -> Unit:
    """Set facts of a unit (any of FACTS); what is not given stays. Nothing changed: nothing is recorded.

    Raises Refused (closed, boundary, facts; taken, when a grid with two workers becomes basic), NotAllowed.
    """
    (unit,) = lock_tree(unit)
    require(by, "manage_units", unit, now)
    _check_open(unit)
    _check_facts(unit.kind, unit.name, facts)
    changed = [name for name, value in facts.items() if getattr(unit, name) != value]
    if not changed:
        return unit
    if "boundary" in changed:
        keep_former([unit], by=by, now=now)
    for name in changed:
        setattr(unit, name, facts[name])
    unit.save(update_fields=changed)
    if "grid_kind" in changed:
        mark_sole(unit, now=now)
    note(unit, "change", by=by, now=now, fields=changed)
    return unit


@transaction.atomic
def rename_unit(unit: Unit, *, name: str, by: Any, now: datetime) -> Unit:
    """A new name; the event carries the old one as what the unit was called at that time."""
    (unit,) = lock_tree(unit)
    require(by, "manage_units", unit, now)
    _check_open(unit)
    _check_facts(unit.kind, name, {})
    if unit.name == name.strip():
        return unit
    note(unit, "rename", by=by, now=now, fields=["name"])
    unit.name, unit.initials = name.strip(), initials_of(name)
    unit.save(update_fields=["name", "initials"])
    return unit


@transaction.atomic
def move_unit(unit: Unit, *, to: Unit, by: Any, now: datetime) -> Unit:
    """Put a unit and all below it under another unit of the level above; codes stay, lineage follows.

    Raises Refused (closed, level), NotAllowed, Stale.
    """
    unit, to = lock_tree(unit, to, leaving=unit)
    require(by, "manage_units", unit, now)
    require(by, "manage_units", to, now)
    _check_open(unit, to)
    if above(unit.kind) != to.kind:
        raise Refused(_("A unit moves only to a unit of the level right above it."), code="level")
    if unit.parent_id == to.pk:
        return unit
    was = unit.parent.code
    # Not by mptt, which rewrites every row of the tree: only what stands between the two places changes.
    Unit.objects.filter(pk=unit.pk).update(parent=to)
    renumber([unit.tree_id, to.tree_id])
    if unit.kind == "street":
        Body.objects.filter(street=unit).update(district=to.district_id)
    note(unit, "move", by=by, now=now, code=unit.code, was=was, to=to.code)
    return Unit.objects.get(pk=unit.pk)


@transaction.atomic
def merge_units(unit: Unit, *, into: Unit, by: Any, now: datetime) -> Unit:
    """Close a unit and give all it has to another of its level: children, bodies, tokens; its code becomes an
    alias. Its posts end: who serves in the merged unit is appointed anew. Returns the unit merged into.

    Raises Refused (closed, level, same, last), NotAllowed, Stale.
    """
    unit, into = lock_tree(unit, into, leaving=unit)
    require(by, "manage_units", unit, now)
    require(by, "manage_units", into, now)
    _check_open(unit, into)
    if unit.pk == into.pk:
        raise Refused(_("A unit cannot be merged into itself."), code="same")
    if unit.kind != into.kind:
        raise Refused(_("Only units of the same level can be merged."), code="level")
    end_posts_at(unit, by=by, now=now)
    Unit.objects.filter(parent=unit).update(parent=into)
    renumber([unit.tree_id, into.tree_id])
    _hand_over(unit, into)
    unit.closed_at, unit.merged_into = now, into
    unit.save(update_fields=["closed_at", "merged_into"])
    note(unit, "merge", by=by, now=now, code=unit.code, into=into.code)
    into.refresh_from_db()
    return into


@transaction.atomic
def close_unit(unit: Unit, *, by: Any, now: datetime) -> Unit:
    """The unit is no more. Its posts end; what it still has below it must be moved or merged first, and what
    other apps have registered (grids.closing) must not need it any more.

    Raises Refused (closed, not_empty, last, or what a registered check refuses), NotAllowed.
    """
    (unit,) = lock_tree(unit, leaving=unit)
    require(by, "manage_units", unit, now)
    _check_open(unit)
    if Unit.objects.open().filter(parent=unit).exists() or unit.bodies.open().exists():
        raise Refused(_("Move or merge its units and bodies first."), code="not_empty")
    for check in CLOSING:
        check(unit)
    end_posts_at(unit, by=by, now=now)
    unit.closed_at = now
    unit.save(update_fields=["closed_at"])
    note(unit, "close", by=by, now=now, code=unit.code)
    return unit


def _kind_below(parent: Unit | None) -> str:
    if parent is None:
        return "district"
    _check_open(parent)
    kind = below(parent.kind)
    if kind is None:
        raise Refused(_("Nothing stands below a building."), code="no_level_below")
    return kind


def _check_open(*units: Unit) -> None:
    for unit in units:
        if unit.closed_at:
            raise Refused(_("%(unit)s is closed.") % {"unit": unit.name}, code="closed")


def _check_new_code(kind: str, code: str, parent: Unit | None) -> None:
    under = LEVELS[kind].code_under
    holder = parent if parent is None or parent.kind == under else getattr(parent, str(under))
    problem = code_problem(kind, code, holder.code if holder else "")
    if problem:
        raise Refused(str(problem), code="code")
    if Unit.objects.filter(code=code).exists() or UnitAlias.objects.filter(code=code).exists():
        raise Refused(_("The code %(code)s is taken.") % {"code": code}, code="code")


def _check_facts(kind: str, name: str, facts: dict[str, Any]) -> None:
    if unknown := set(facts) - set(FACTS):
        raise TypeError(f"not facts of a unit: {', '.join(sorted(unknown))}")
    if not name.strip():
        raise Refused(_("A unit needs a name."), code="name")
    if problem := boundary_problem(facts.get("boundary")):
        raise Refused(str(problem), code="boundary")
    if wrong := telephone_problem(facts.get("phone") or ""):
        raise Refused(str(wrong), code="phone")
    if facts.get("phone") and kind == "building":
        raise Refused(_("A building has no telephone of its own; its grid has."), code="facts")
    if (facts.get("grid_kind") and kind != "grid") or (facts.get("calendar") and kind != "district"):
        raise Refused(_("This does not belong to a unit of this level."), code="facts")


def _set_lineage(unit: Unit, parent: Unit | None) -> None:
    ids = (parent.lineage() if parent else {}) | {column(unit.kind): unit.pk}
    for name in ("district_id", "street_id", "community_id", "grid_id"):
        setattr(unit, name, ids.get(name))


def _hand_over(unit: Unit, into: Unit) -> None:
    """Bodies, tokens and codes of a merged unit, in the same transaction."""
    Body.objects.filter(unit=unit).update(unit=into)
    if unit.kind in {"district", "street"}:
        Body.objects.filter(**{unit.kind: unit.pk}).update(
            **{name: pk for name, pk in into.lineage().items() if name in {"district_id", "street_id"} and pk}
        )
    BuildingToken.objects.filter(unit=unit).update(unit=into)
    UnitAlias.objects.filter(unit=unit).update(unit=into)
    UnitAlias.objects.create(code=unit.code, unit=into)
