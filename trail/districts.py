"""Whose is what, where one deployment serves several districts: asked here, answered by the apps that know.

The trail knows a district by its number alone. Higher apps say at start how far a person's posts reach, and to which
district a unit or another subject belongs.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

Districts = frozenset[int]
# (user, now, capabilities) → ids of the districts where the person holds any of these capabilities now.
Reach = Callable[[Any, datetime, tuple[str, ...]], Districts]
# districts → queryset of the ids of their units.
Units = Callable[[Districts], Any]
# (ids of subjects, who does something to them, now) → the district of each, as far as it has one.
Homes = Callable[[Collection[int], Any, datetime], Mapping[int, int]]

REACHES: list[Reach] = []
UNITS: list[Units] = []
HOMES: dict[str, Homes] = {}


def reach_by(reach: Reach) -> None:
    """Have this asked how far a person's posts reach. Call it once, at start."""
    REACHES.append(reach)


def units_by(units: Units) -> None:
    """Have this asked for the units of districts. Call it once, at start."""
    UNITS.append(units)


def home_by(subject: str, homes: Homes) -> None:
    """Have this asked where subjects of this type belong, when an event of theirs does not say."""
    HOMES[subject] = homes


def sees_all(user: Any) -> bool:
    """A superuser, who sets the deployment up."""
    return bool(user.is_active and user.is_superuser)


def districts_of(user: Any, now: datetime, *capabilities: str) -> Districts:
    """Where the person holds any of these capabilities; nowhere for most people, and for none named."""
    return frozenset().union(*(reach(user, now, capabilities) for reach in REACHES))
