"""Where an issue goes by rule, and why. Reads the tree; decides by the category alone."""

from collections.abc import Mapping
from dataclasses import dataclass

from grids.levels import LEVELS
from grids.models import Unit
from issues.models import Category

# The rest of a unit's columns is loaded when somebody asks for it.
UNITS = """
    SELECT id, code, kind, name, line, parent_id, closed_at, district_id, street_id, community_id, grid_id,
           tree_id, lft, rght, level
    FROM grids_unit WHERE id = ANY(%s) ORDER BY level
"""
# Level → the unit of that level in which something lies; a place need not have all of them.
Line = Mapping[str, Unit]


@dataclass(frozen=True)
class Route:
    """The unit that gets it. `by_rule`: handed out at once; else it screens. `reason` is a stable key."""

    unit: Unit
    by_rule: bool
    reason: str


def line_of(lineage: Mapping[str, int | None]) -> Line:
    """The units of a lineage (column → id) as they are now, the place itself included. One query.

    By hand: every intake asks this, and a unit has many columns and a large boundary that nobody reads here.
    """
    units = Unit.objects.raw(UNITS, [[pk for pk in lineage.values() if pk]])
    return {unit.kind: unit for unit in units}


def label_of(line: Line) -> str:
    """What the place is called now, from the street down; at the district's own, its name."""
    names = [unit.name for level, unit in line.items() if level != "district"]
    return " ".join(names or [line["district"].name])[:200]


def route_by_rule(line: Line, category: Category) -> Route:
    """Danger and categories with a level go there at once; without a rule the place's community screens.

    Where the place has no unit of that level (reported on a street's square), the nearest one above gets it.
    """
    if category.is_danger:
        return Route(unit_at(line, "grid"), True, "danger")
    if category.handled_at:
        return Route(unit_at(line, category.handled_at), True, "category")
    return Route(unit_at(line, "community"), False, "community_screens")


def unit_at(line: Line, level: str) -> Unit:
    """The unit of `level` that the place lies in, else the nearest above that exists in its lineage."""
    wanted = LEVELS[level].number
    return next(
        line[row.key] for row in reversed(LEVELS.values()) if row.number <= wanted and row.key in line
    )
