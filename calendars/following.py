"""Who reckons with calendars: registries that higher apps fill at start, because their deadlines are theirs."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from calendars.models import Calendar


@dataclass(frozen=True)
class Follower:
    """`count(calendar)`: how many open deadlines go by it and will be reckoned anew when it changes.

    `forget()`: let go of working time that this process has kept. `job`: the kind of work that reckons anew.
    """

    count: Callable[["Calendar"], int]
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


def count_followers(calendar: "Calendar") -> int:
    """How many open deadlines will be reckoned anew when this calendar changes."""
    return sum(follower.count(calendar) for follower in FOLLOWERS)


def forget_all() -> None:
    """A calendar has changed: nothing that this process has kept of it holds any more."""
    for follower in FOLLOWERS:
        follower.forget()
