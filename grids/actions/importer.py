"""Importing units from a sheet: all of it or nothing, a second time nothing."""

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Left
from django.utils.translation import gettext as _

from grids.actions.authority import require
from grids.actions.boundaries import keep_former
from grids.actions.bulk import NewUnit, insert_units, read_places, write_places
from grids.actions.districts import DATA, add_samples
from grids.actions.locks import lock_forest, lock_trees, reserve_ids
from grids.actions.notes import note, note_many
from grids.import_plan import Change, ImportPlan, Known, plan_import
from grids.initials import initials_of
from grids.models import LevelProfile, Unit, UnitAlias
from grids.nested import Node, Place, layout
from grids.sheets import Problem, Row, Sheet
from trail.refusals import Refused

DIVISIONS = DATA / "divisions_5_districts.csv"
KEPT = ("households", "phone", "boundary", "lon", "lat", "official_name", "name", "line")
WRITE_BATCH = 5_000
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class ImportReport:
    """Counts of rows, and the rows passed over on purpose."""

    added: int
    changed: int
    unchanged: int
    notes: list[Problem] = field(default_factory=list)


class BadRows(Refused):
    """The sheet has faults; nothing was imported. `problems` names them all."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(
            _("%(count)d faults in the sheet; nothing was imported.") % {"count": len(problems)},
            code="bad_rows",
        )
        self.problems = problems


@transaction.atomic
def import_units(
    sheet: Sheet,
    *,
    by: Any,
    now: datetime,
    dry_run: bool = False,
    progress: Progress = lambda done, total: None,
) -> ImportReport:
    """Make the sheet's units and bring existing ones up to date. Running it again writes nothing at all.

    Existing units are found by their code, former codes included, and stay where they are. A district that
    grids/data knows gets its level profile and powers when it is made. Raises BadRows, NotAllowed: of a district
    that `by` does not write, a dry run tells nothing either.
    """
    lock_forest()
    roots = lock_trees(_districts_of({row.code[:6] for row in sheet.rows}))
    for root in roots:
        require(by, "manage_units", root, now)
    known = _known(sheet.rows)
    plan = plan_import(sheet.rows, known, sheet.broken)
    if problems := sorted(sheet.problems + plan.problems, key=lambda problem: problem.line):
        raise BadRows(problems)
    if any(row.kind.level == "district" for row in plan.new):
        require(by, "manage_units", None, now)
    report = ImportReport(len(plan.new), len(plan.changes), plan.unchanged, plan.notes)
    if not dry_run and (plan.new or plan.changes):
        _write(plan, known, {root.pk: root for root in roots}, by, now, progress)
    return report


def _districts_of(prefixes: set[str]) -> set[int]:
    """Where the units are, or have gone to, whose codes begin like these."""
    units = Unit.objects.annotate(prefix=Left("code", 6)).filter(prefix__in=prefixes).order_by()
    gone = UnitAlias.objects.annotate(prefix=Left("code", 6)).filter(prefix__in=prefixes)
    return {*units.values_list("district", flat=True), *gone.values_list("unit__district", flat=True)}


def _known(rows: Iterable[Row]) -> dict[str, Known]:
    """Every code of the districts named in the sheet, former codes too → the unit that there is under it."""
    prefixes = {row.code[:6] for row in rows}
    units = Unit.objects.annotate(prefix=Left("code", 6)).filter(prefix__in=prefixes).order_by()
    found = {row[0]: _as_known(row) for row in units.values_list("code", *_columns("")).iterator()}
    aliases = UnitAlias.objects.annotate(prefix=Left("code", 6)).filter(prefix__in=prefixes)
    return found | {row[0]: _as_known(row) for row in aliases.values_list("code", *_columns("unit__"))}


def _columns(path: str) -> list[str]:
    names = ("pk", "code", "kind", "parent__code", "closed_at", "district", *KEPT)
    return [f"{path}{name}" for name in names]


def _as_known(row: tuple[Any, ...]) -> Known:
    pk, code, level, parent_code, closed_at, district = row[1:7]
    return Known(
        pk, code, level, parent_code or "", closed_at is None, district, dict(zip(KEPT, row[7:], strict=True))
    )


def _write(
    plan: ImportPlan,
    known: dict[str, Known],
    roots: dict[int, Unit],
    by: Any,
    now: datetime,
    progress: Progress,
) -> None:
    """Districts first: their profiles decide which words the others keep for themselves."""
    units = _units(plan.new, known, roots)
    count = sum(unit.kind == "district" for unit in units)
    insert_units(units[:count])
    roots = roots | Unit.objects.in_bulk([unit.id for unit in units[:count]])
    for unit in units[:count]:
        add_samples(roots[unit.id], by=by, now=now)
    others = _with_labels(units[count:], plan.new[count:])
    for start in range(0, len(others), WRITE_BATCH):
        insert_units(others[start : start + WRITE_BATCH])
        progress(min(start + WRITE_BATCH, len(others)), len(others))
    _change(plan.changes, by, now)
    for district_id, added in Counter(unit.district_id for unit in units).items():
        note(roots[district_id or 0], "import", by=by, now=now, added=added)


def _units(rows: list[Row], known: dict[str, Known], roots: dict[int, Unit]) -> list[NewUnit]:
    """The new units with their places; makes room for them among those that there are."""
    ids = dict(zip((row.code for row in rows), reserve_ids(len(rows)), strict=True))
    lines: dict[int | None, str] = {unit.id: unit.values["line"] for unit in known.values()}
    nodes = []
    for row in rows:
        there = known.get(row.parent_code)
        parent_id = there.id if there else ids.get(row.parent_code)
        lines[ids[row.code]] = row.kind.line or lines[parent_id]
        nodes.append(Node(ids[row.code], parent_id, row.kind.level, row.code))
    grown = {known[row.parent_code].district_id for row in rows if row.parent_code in known}
    places = _make_room(nodes, [root for pk, root in roots.items() if pk in grown])
    return [_unit(row, node, lines[node.id], *places[node.id]) for row, node in zip(rows, nodes, strict=True)]


def _make_room(new: list[Node], roots: list[Unit]) -> dict[int, tuple[int, Place]]:
    """Id → (tree_id, place) of the new nodes, after existing ones of these trees have moved aside."""
    stored = read_places([root.tree_id for root in roots]) if roots else {}
    places = layout([*(node for node, _place in stored.values()), *new])
    trees = {root.pk: root.tree_id for root in roots}
    last = Unit.objects.aggregate(last=Max("tree_id"))["last"] or 0
    trees |= {
        root.id: last + number for number, root in enumerate((n for n in new if n.parent_id is None), start=1)
    }
    where = {pk: (trees[place.lineage[0] or 0], place) for pk, place in places.items()}
    write_places([(pk, *where[pk]) for pk in stored if pk in where and where[pk] != stored[pk][1]])
    return where


def _unit(row: Row, node: Node, line: str, tree_id: int, place: Place) -> NewUnit:
    boundary = row.values.get("boundary")
    return NewUnit(
        id=node.id,
        parent_id=node.parent_id,
        code=row.code,
        kind=row.kind.level,
        name=row.name,
        initials=initials_of(row.name),
        official_name=row.official_name,
        city=row.city,
        line=line,
        label_override="",
        party_label_override="",
        grid_kind=row.kind.grid_kind,
        households=row.values.get("households"),
        phone=row.values.get("phone", ""),
        boundary=json.dumps(boundary) if boundary else None,
        lon=row.values.get("lon"),
        lat=row.values.get("lat"),
        tree_id=tree_id,
        lft=place.lft,
        rght=place.rght,
        level=place.depth,
        district_id=place.lineage[0],
        street_id=place.lineage[1],
        community_id=place.lineage[2],
        grid_id=place.lineage[3],
    )


def _with_labels(units: list[NewUnit], rows: list[Row]) -> list[NewUnit]:
    """A unit keeps its list's own word (镇 where the district says 乡镇) only where it says more."""
    words = {
        row[:3]: row[3] for row in LevelProfile.objects.values_list("district", "level", "line", "label")
    }
    return [
        unit._replace(label_override=row.kind.label, party_label_override=row.kind.party_label)
        if row.kind.label and row.kind.label != words.get((unit.district_id or 0, unit.kind, unit.line))
        else unit
        for unit, row in zip(units, rows, strict=True)
    ]


def _change(changes: list[Change], by: Any, now: datetime) -> None:
    units = Unit.objects.in_bulk([change.id for change in changes])
    fields = sorted({name for change in changes for name in change.values})
    note_many([(units[c.id], "change", {"fields": sorted(c.values)}) for c in changes], by=by, now=now)
    keep_former([units[c.id] for c in changes if "boundary" in c.values], by=by, now=now)
    for change in changes:
        for name, value in change.values.items():
            setattr(units[change.id], name, value)
        if "name" in change.values:
            units[change.id].initials = initials_of(units[change.id].name)
    if fields:
        fields += ["initials"] if "name" in fields else []
        Unit.objects.bulk_update(units.values(), fields, batch_size=500)
