"""What else stands on an issue's page, at a desk and on the phone, and beside the report of a spotter: registries that
higher apps fill at start.

They say it in words and addresses; how it looks is for the pages of issues.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from grids.models import Unit
    from issues.models import Issue

PHONE, DESK = "phone", "desk"


@dataclass(frozen=True)
class Row:
    """Something that the issue led to: how it stands (with a colour word), and what else there is to say of it."""

    label: str
    address: str
    state: Any
    badge: str
    facts: Sequence[str] = ()


@dataclass(frozen=True)
class Link:
    """What the reader may do from here."""

    label: Any
    address: str


@dataclass(frozen=True)
class Section:
    """`key` tells it from the others on the page."""

    key: str
    title: Any
    rows: Sequence[Row] = ()
    links: Sequence[Link] = ()


@dataclass(frozen=True)
class Hint:
    """A sentence, and where it leads."""

    text: Any
    link: Link


# tell(issue, user, now, PHONE or DESK): its section; None where there is nothing for this reader, who sees the issue.
# The same number of queries however much there is.
Tell = Callable[["Issue", Any, datetime, str], Section | None]
SECTIONS: list[Tell] = []
# tell(place, user, now): what a spotter reads beside the report's form; None where there is nothing to say.
TellSpotter = Callable[["Unit", Any, datetime], Hint | None]
HINTS: list[TellSpotter] = []


def add_section(tell: Tell) -> Tell:
    """Have this shown on the pages of issues too. Call it once, at start."""
    if tell not in SECTIONS:
        SECTIONS.append(tell)
    return tell


def sections_of(issue: "Issue", user: Any, now: datetime, face: str) -> list[Section]:
    """Those that have something for this reader."""
    found = (tell(issue, user, now, face) for tell in SECTIONS)
    return [section for section in found if section is not None]


def add_hint(tell: TellSpotter) -> TellSpotter:
    """Have this said to spotters too. Call it once, at start."""
    if tell not in HINTS:
        HINTS.append(tell)
    return tell


def hints_for(place: "Unit", user: Any, now: datetime) -> list[Hint]:
    """What there is to say to this spotter."""
    found = (tell(place, user, now) for tell in HINTS)
    return [hint for hint in found if hint is not None]
