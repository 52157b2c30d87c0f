"""A stranger to street A for each role there is: of the neighbouring street, or, where the role is one of districts, of
another district. A new role has its own from the day it stands in the table."""

from collections.abc import Iterable
from typing import Any

from grids.actions.bodies import add_body
from grids.actions.tree import add_unit
from grids.roles import BODY, ROLES
from tests.builders import LONG_AGO, Town, add_west

# Where one stands in the neighbouring street.
FAR = {
    "street": "other_street",
    "community": "far_community",
    "grid": "far_grid",
    "building": "far_building",
    BODY: "far_office",
}
# The units below another district, from above.
WEST_CODES = {
    "street": "621002001",
    "community": "621002001001",
    "grid": "621002001001001",
    "building": "62100200100100001",
}


def is_of_the_next_street(role: str) -> bool:
    """Whoever stands at the district sees all of its streets: only another district is foreign to them."""
    return not ROLES[role].fits("district") or ROLES[role].fits("street")


def strangers_of(town: Town, roles: Iterable[str] = tuple(ROLES)) -> dict[str, str]:
    """Role → name of the person. Call it before rows_of_street_a, which puts everybody at a desk."""
    if "west" not in town.units:
        add_west(town)
    return {role: _at(town, role, _place(town, role)) for role in roles}


def westerners_of(town: Town, roles: Iterable[str] = tuple(ROLES)) -> dict[str, str]:
    """The same of another district, each as high up there as the role can stand."""
    if "west" not in town.units:
        add_west(town)
    if "west_street" not in town.units:
        above = town.west
        for level, code in WEST_CODES.items():
            above = town.units[f"west_{level}"] = add_unit(above, code=code, name="西", by=None, now=LONG_AGO)
        town.bodies["west_office"] = add_body(
            town.west_street, kind="office", code="west_office-1", name="西峰办", by=None, now=LONG_AGO
        )
    return {role: _at(town, role, _highest(town, role)) for role in roles}


def _highest(town: Town, role: str) -> Any:
    where = {"district": "west"} | {level: f"west_{level}" for level in WEST_CODES} | {BODY: "west_office"}
    return getattr(town, next(name for level, name in where.items() if ROLES[role].fits(level)))


def _at(town: Town, role: str, place: Any) -> str:
    """Whoever has this role there already (one alone may, of some), or somebody new."""
    for name, post in town.posts.items():
        if post.role == role and place in (post.unit, post.body):
            return name
    name = f"{place.code[:3]}_{role}"
    town.appoint(name, role, place)
    return name


def _place(town: Town, role: str) -> Any:
    if not is_of_the_next_street(role):
        return town.west
    return getattr(town, next(where for level, where in FAR.items() if ROLES[role].fits(level)))
