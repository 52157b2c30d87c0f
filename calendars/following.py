"""Who reckons with calendars: registries that higher apps fill at start, because their deadlines are theirs."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from calendars.models import Calendar
    from trail.districts import Districts


@dataclass(frozen=True)
class Follower:
    """`count(calendar, districts)`: how many open deadlines go by it and will be reckoned anew when it changes, of
    these districts (ids) or, with None, of all.

    `forget()`: let go of working time that this process has kept. `job`: the kind of work that reckons anew.
    """

    count: Callable[["Calendar", "Districts | None"], int]
    forget: Callable[[], None]
    job: str


# check(calendar, by, now) raises NotAllowed for whoever may not change this calendar.
Check = Callable[["Calendar", Any, datetime], None]
FOLLOWERS: list[Follower] = []
CHECKS: list[Check] = []


def follow(follower: Follower) -> Follower:
    """Be asked about, and told of, changes of calendars. Call it once, at start."""
    if follower not in FOLLOWERS:
        FOLLOWERS.append(follower)
    return follower


def before_changing(check: Check) -> Check:
    """Have this asked before a calendar is changed. Call it once, at start."""
    if check not in CHECKS:
        CHECKS.append(check)
    return check


def count_followers(calendar: "Calendar", districts: "Districts | None" = None) -> int:
    """How many open deadlines will be reckoned anew when this calendar changes; of these districts alone, if any
    are named."""
    return sum(follower.count(calendar, districts) for follower in FOLLOWERS)


def forget_all() -> None:
    """A calendar has changed: nothing that this process has kept of it holds any more."""
    for follower in FOLLOWERS:
        follower.forget()
