"""What an import would do: rows against the units that there are. Pure; knows nothing of the database."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from grids.levels import LEVELS, above, code_problem
from grids.sheets import Problem, Row


class Known(NamedTuple):
    """A unit that there is, found under its code or a former one. `values` are what a sheet may change."""

    id: int
    code: str
    level: str
    parent_code: str
    open: bool
    district_id: int
    values: Mapping[str, Any]


class Change(NamedTuple):
    """An existing unit and the facts that the sheet gives differently."""

    id: int
    values: dict[str, Any]


@dataclass
class ImportPlan:
    """`new` parents first; `notes` are rows passed over on purpose, not faults."""

    new: list[Row] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    unchanged: int = 0
    notes: list[Problem] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def plan_import(
    rows: Sequence[Row], known: Mapping[str, Known], broken: Container[str] = frozenset()
) -> ImportPlan:
    """Sort rows into new, changed and unchanged, and find every fault.

    `known` maps every code named in the rows, former codes included, to the unit behind it; `broken` are
    codes of rows that could not be read. An import never moves, merges or reopens a unit: what was lawfully
    moved or closed since stays so, with a note.
    """
    plan = ImportPlan()
    in_file: dict[str, Row] = {}
    for row in rows:
        if first := in_file.get(row.code):
            reason = _("Line %(line)d has the same code.") % {"line": first.line_no}
            plan.problems.append(Problem(row.line_no, "code", row.code, reason))
            continue
        in_file[row.code] = row
    for row in sorted(in_file.values(), key=lambda row: (LEVELS[row.kind.level].number, row.code)):
        unit = known.get(row.code)
        if unit is not None:
            _plan_known(row, unit, plan)
        elif row.parent_code not in broken:
            _plan_new(row, in_file, known, plan)
    plan.problems.sort(key=lambda problem: problem.line)
    return plan


def _plan_known(row: Row, unit: Known, plan: ImportPlan) -> None:
    if unit.level != row.kind.level:
        reason = _("This code belongs to a unit of another level.")
        plan.problems.append(Problem(row.line_no, "kind", row.code, reason))
    elif unit.code != row.code or not unit.open:
        reason = _("This unit was merged or closed; the row is passed over.")
        plan.notes.append(Problem(row.line_no, "code", row.code, reason))
    else:
        if row.parent_code != unit.parent_code:
            reason = _("This unit was moved to %(code)s and stays there.") % {"code": unit.parent_code}
            plan.notes.append(Problem(row.line_no, "parent_code", row.parent_code, reason))
        changed = _differences(row, unit)
        if changed:
            plan.changes.append(Change(unit.id, changed))
        else:
            plan.unchanged += 1


def _differences(row: Row, unit: Known) -> dict[str, Any]:
    """The list's new name counts only when the list itself has changed: a local renaming is respected. A unit made
    by hand has the name that it was given there."""
    changed = {name: value for name, value in row.values.items() if unit.values.get(name) != value}
    if row.official_name != (unit.values.get("official_name") or unit.values.get("name")):
        changed |= {"name": row.name, "official_name": row.official_name}
    return changed


def _plan_new(row: Row, in_file: Mapping[str, Row], known: Mapping[str, Known], plan: ImportPlan) -> None:
    problem = _fault_of_new(row, in_file, known)
    if problem:
        plan.problems.append(problem)
    else:
        plan.new.append(row)


def _fault_of_new(row: Row, in_file: Mapping[str, Row], known: Mapping[str, Known]) -> Problem | None:
    level = row.kind.level
    if level != "district":
        lost = _fault_of_parent(row, in_file, known)
        if lost:
            return Problem(row.line_no, "parent_code", row.parent_code, lost)
    under = _code_above(row, in_file, known)
    fault = code_problem(level, row.code, under)
    return Problem(row.line_no, "code", row.code, fault) if fault else None


def _fault_of_parent(row: Row, in_file: Mapping[str, Row], known: Mapping[str, Known]) -> str | None:
    parent, there = in_file.get(row.parent_code), known.get(row.parent_code)
    if parent is None and there is None:
        return _("No such unit, neither in this file nor on the platform.")
    level = there.level if there else parent.kind.level if parent else ""
    if level != above(row.kind.level):
        return _("The unit above must be one level higher.")
    if there and not there.open:
        return _("The unit above is closed.")
    return None


def _code_above(row: Row, in_file: Mapping[str, Row], known: Mapping[str, Known]) -> str:
    """The code that this row's must begin with: its parent's, for a building its grid's parent's."""
    level = row.kind.level
    if level == "district":
        return ""
    if LEVELS[level].code_under == above(level):
        return row.parent_code
    there = known.get(row.parent_code)
    return there.parent_code if there else in_file[row.parent_code].parent_code
