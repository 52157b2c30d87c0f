"""Where an issue goes by rule, and why. Reads the tree; decides by the category and the district's rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from grids.levels import LEVELS
from grids.lineage import chain
from grids.models import Body, Unit
from issues.models import Category, Issue
from issues.policies import DistrictRules
from issues.policies.matters import BODY, NOBODY
from trail.rows import read

# Level → the unit of that level in which something lies; a place need not have all of them.
Line = Mapping[str, Unit]


@dataclass(frozen=True)
class Route:
    """Who gets it: the unit, or a body and the unit that it belongs to. `by_rule`: handed out at once; else it
    screens. `reason` is a stable key (issues.why), `policy` the version that decided, 0 for none."""

    unit: Unit
    by_rule: bool
    reason: str
    policy: int = 0
    body: Body | None = None

    @property
    def target(self) -> Unit | Body:
        return self.body or self.unit


def line_of(lineage: Mapping[str, int | None]) -> Line:
    """The units of a lineage (column → id) as they are now, the place itself included. One query.

    By hand: every intake asks this, and a unit has many columns and a large boundary that nobody reads here.
    """
    asked = [pk for pk in lineage.values() if pk]
    units = read(Unit, "WHERE this.id = ANY(%s) ORDER BY this.level", [asked], without=("boundary",))
    return {unit.kind: unit for unit in units}


def label_of(line: Line) -> str:
    """What the place is called now, from the street down; at the district's own, its name."""
    names = [unit.name for level, unit in line.items() if level != "district"]
    return " ".join(names or [line["district"].name])[:200]


def route_by_rule(
    line: Line,
    category: Category,
    rules: DistrictRules,
    today: date,
    bodies: Mapping[str, Body] | None = None,
) -> Route:
    """Danger, and categories for which the district (or the street) or the category itself names somebody, go
    there at once; without a rule the place's community screens.

    Where the place has no unit of that level (reported on a street's square), the nearest one above gets it.
    What the duty list keeps from a grid goes to the community instead (S4:9). `bodies`: the open ones of the
    district by code, from whoever has them; else the one that is named is asked for.
    """
    if category.is_danger:
        return Route(unit_at(line, "grid"), True, "danger")
    own = rules.category(category.key, line["street"].pk if "street" in line else None)
    where, reason = (own.responsible, "policy") if own.responsible else (category.handled_at, "category")
    if where == BODY:
        return _to_body(line, own.body, own.version, bodies)
    if not where or where == NOBODY:
        return Route(unit_at(line, "community"), False, "community_screens", own.version)
    unit = unit_at(line, where)
    if unit.kind == "grid" and not rules.is_grids_duty(category.key, today):
        return Route(unit_at(line, "community"), True, "duty_list", rules.versions["duty_list"])
    return Route(unit, True, reason, own.version)


def route_complaint(about: Unit | Body) -> Route:
    """A complaint about a unit or body goes one level up from it."""
    above = about.parent if isinstance(about, Unit) else about.unit
    assert above is not None, "nobody stands above a district"
    return Route(above, True, "complaint")


def concerns_itself(issue: Issue, party: Unit | Body) -> bool:
    """Is the issue a complaint about this party, or about somebody above it? Then it must not come there."""
    subjects = {("unit", issue.about_unit_id), ("body", issue.about_body_id)}
    return bool(subjects.intersection(chain(party)))


def _to_body(line: Line, code: str, version: int, bodies: Mapping[str, Body] | None) -> Route:
    """A body that serves the place; where it is closed by now, the community screens."""
    street = line["street"].pk if "street" in line else None
    if bodies is None:
        here = Body.objects.open().select_related("unit").filter(district=line["district"].pk, code=code)
        bodies = {body.code: body for body in here}
    found = bodies.get(code)
    if found is None or found.street_id not in (None, street):
        return Route(unit_at(line, "community"), False, "body_gone", version)
    return Route(found.unit, True, "policy", version, found)


def unit_at(line: Line, level: str) -> Unit:
    """The unit of `level` that the place lies in, else the nearest above that exists in its lineage."""
    wanted = LEVELS[level].number
    return next(
        line[row.key] for row in reversed(LEVELS.values()) if row.number <= wanted and row.key in line
    )
