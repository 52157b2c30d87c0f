"""Where an issue goes by rule, and why. Reads the tree; decides by the category and the district's rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import overload

from grids.body_kinds import BODY_KINDS
from grids.levels import LEVELS
from grids.lineage import chain
from grids.models import Body, Unit
from issues.limits import BY_LEVEL
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


def line_of(lineage: Mapping[str, int | None], *, hold: bool = False) -> Line:
    """The units of a lineage (column → id) as they are now, the place itself included. One query.

    `hold`: inside a transaction, none of them closes, merges or moves until it ends (grids.actions.locks).
    """
    return lines_of([lineage], hold=hold)[0]


def lines_of(lineages: Sequence[Mapping[str, int | None]], *, hold: bool = False) -> list[Line]:
    """The same of many, in their order. One query.

    By hand: every intake asks this, and a unit has many columns and a large boundary that nobody reads here.
    """
    asked = [{pk for pk in lineage.values() if pk} for lineage in lineages]
    tail = "WHERE this.id = ANY(%s) ORDER BY this.level" + (" FOR KEY SHARE" if hold else "")
    units = read(Unit, tail, [sorted(set().union(*asked))], without=("boundary",))
    if len(asked) == 1:
        return [{unit.kind: unit for unit in units}]
    found = {unit.pk: unit for unit in units}
    return [
        {unit.kind: unit for unit in sorted(map(found.__getitem__, pks), key=lambda unit: unit.level)}
        for pks in asked
    ]


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
    *,
    danger: bool = False,
) -> Route:
    """Danger, and categories for which the district (or the street) or the category itself names somebody, go
    there at once; without a rule the place's community screens. `danger`: it is one whatever its category.

    Where the place has no unit of that level (reported on a street's square), the nearest one above gets it.
    What the duty list keeps from a grid goes to the community instead (S4:9). `bodies`: the open ones of the
    district by code, from whoever has them; else the one that is named is asked for.
    """
    if danger or category.is_danger:
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


def route_complaint(above: Unit, *, named: bool = True) -> Route:
    """A complaint goes to the level above those whom it is about, which screens it where they are not named."""
    if named:
        return Route(above, True, "complaint")
    return Route(above, False, "complaint_unnamed")


def level_above(owner: Unit | Body) -> Unit:
    """Who decides for the owner: the level above, of the district the district itself."""
    return (owner.parent or owner) if isinstance(owner, Unit) else owner.unit


def arbiter_of(caller: Unit | Body, called: Unit | Body) -> Unit:
    """Who decides whether somebody must come: the level above the caller; where that is the one that was called, the
    level above it."""
    above = level_above(caller)
    return above.parent or above if above == called else above


@overload
def now_at(party: Unit) -> Unit: ...
@overload
def now_at(party: Unit | Body) -> Unit | Body: ...
def now_at(party: Unit | Body) -> Unit | Body:
    """The party itself while it is open; else the unit that it was merged into, or the nearest open one above."""
    while not party.is_open:
        above = (party.merged_into or party.parent) if isinstance(party, Unit) else party.unit
        if above is None:
            break
        party = above
    return party


def commander_of(owner: Unit | Body | None) -> Unit | None:
    """The unit whose own this owner gives work to: itself, of a centre the one that it dispatches for."""
    if owner is None or isinstance(owner, Unit):
        return owner
    return owner.unit if owner.kind == "centre" else None


def may_give(owner: Unit | Body, target: Unit | Body, powers: frozenset[str]) -> bool:
    """Is the target the owner's to command: below it, and of a commanded kind? Departments are the district's,
    posted squads the street's by the `powers` that it holds."""
    commander = commander_of(owner)
    if commander is None or target == owner or ("unit", commander.pk) not in chain(target)[1:]:
        return False
    if isinstance(target, Unit):
        # Buildings handle nothing.
        return target.kind in BY_LEVEL
    if commander.kind == "district":
        return True
    if target.kind == "posted":
        return "command" in powers
    return BODY_KINDS[target.kind].commanded


def came_up(issue: Issue) -> bool:
    """Has its owner got it from somebody of its own, who handed it up (上报) or from whom it was taken over? Then
    it is not returned to them: upwards only (domain.md §2, the ordinary way up)."""
    sender = issue.sender_unit or issue.sender_body
    return (
        sender is not None
        and issue.owner_unit_id is not None
        and ("unit", issue.owner_unit_id) in chain(sender)[1:]
    )


def columns_of(name: str, party: Unit | Body | None) -> dict[str, Unit | Body | None]:
    """The two columns of an issue that name a unit or a body: `<name>_unit` and `<name>_body`."""
    return {
        f"{name}_unit": party if isinstance(party, Unit) else None,
        f"{name}_body": party if isinstance(party, Body) else None,
    }


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
