"""What else stands on an issue's page, at a desk and on the phone: a registry that higher apps fill at start.

They say it in words and addresses; how it looks is for the pages of issues.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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


# tell(issue, user, now, PHONE or DESK): its section; None where there is nothing for this reader, who sees the issue.
# The same number of queries however much there is.
Tell = Callable[["Issue", Any, datetime, str], Section | None]
SECTIONS: list[Tell] = []


def add_section(tell: Tell) -> Tell:
    """Have this shown on the pages of issues too. Call it once, at start."""
    if tell not in SECTIONS:
        SECTIONS.append(tell)
    return tell


def sections_of(issue: "Issue", user: Any, now: datetime, face: str) -> list[Section]:
    """Those that have something for this reader."""
    found = (tell(issue, user, now, face) for tell in SECTIONS)
    return [section for section in found if section is not None]
