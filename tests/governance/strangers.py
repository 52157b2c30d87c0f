"""A stranger to street A for each role there is: of the neighbouring street, or, where the role is one of districts, of
another district. A new role has its own from the day it stands in the table."""

from collections.abc import Iterable
from typing import Any

from grids.roles import BODY, ROLES
from tests.builders import Town, add_west

# Where one stands in the neighbouring street.
FAR = {
    "street": "other_street",
    "community": "far_community",
    "grid": "far_grid",
    "building": "far_building",
    BODY: "far_office",
}


def is_of_the_next_street(role: str) -> bool:
    """Whoever stands at the district sees all of its streets: only another district is foreign to them."""
    return not ROLES[role].fits("district") or ROLES[role].fits("street")


def strangers_of(town: Town, roles: Iterable[str] = tuple(ROLES)) -> dict[str, str]:
    """Role → name of the person. Call it before rows_of_street_a, which puts everybody at a desk."""
    if "west" not in town.units:
        add_west(town)
    return {role: _stranger(town, role) for role in roles}


def _stranger(town: Town, role: str) -> str:
    """Whoever has this role there already (one alone may, of some), or somebody new."""
    place = _place(town, role)
    for name, post in town.posts.items():
        if post.role == role and place in (post.unit, post.body):
            return name
    town.appoint(f"strange_{role}", role, place)
    return f"strange_{role}"


def _place(town: Town, role: str) -> Any:
    if not is_of_the_next_street(role):
        return town.west
    return getattr(town, next(where for level, where in FAR.items() if ROLES[role].fits(level)))
