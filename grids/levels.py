"""The five structural levels and the two lines, a row each; what a district calls them is data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

URBAN, RURAL = "urban", "rural"
LINES: dict[str, StrOrPromise] = {URBAN: _("urban line"), RURAL: _("rural line")}
# Of a grid: the ordinary one, and one of its own for a tower, a park or a market.
GRID_KINDS: dict[str, StrOrPromise] = {"basic": _("basic grid"), "dedicated": _("dedicated grid")}


@dataclass(frozen=True)
class Level:
    """One structural level.

    `code_length` in digits; `code_under` is the level whose code the unit's own begins with (a building's
    begins with that of its community, so that it survives a change of grid). The labels are (urban, rural)
    and hold where a district's profile says nothing.
    """

    number: int
    key: str
    code_length: int
    parent: str | None
    code_under: str | None
    labels: tuple[StrOrPromise, StrOrPromise]
    party_labels: tuple[StrOrPromise, StrOrPromise]

    def label(self, line: str) -> StrOrPromise:
        """What such a unit is called on this line where the district's profile says nothing."""
        return self.labels[line == RURAL]

    def party_label(self, line: str) -> StrOrPromise:
        """What its Party body is called on this line where the district's profile says nothing."""
        return self.party_labels[line == RURAL]


# Codes: 6 digits GB/T 2260; 9 and 12 the statistical division code; +3 and +5 are this platform's own.
_ROWS = (
    Level(
        1,
        "district",
        6,
        None,
        None,
        (_("District"), _("County")),
        (_("District Party committee"), _("County Party committee")),
    ),
    Level(
        2,
        "street",
        9,
        "district",
        "district",
        (_("Street"), _("Town or township")),
        (_("Street Party working committee"), _("Town Party committee")),
    ),
    Level(
        3,
        "community",
        12,
        "street",
        "street",
        (_("Community"), _("Village")),
        (_("Community Party committee"), _("Village Party organisation")),
    ),
    Level(
        4,
        "grid",
        15,
        "community",
        "community",
        (_("Grid"), _("Villager group")),
        (_("Grid Party branch"), _("Villager group Party group")),
    ),
    Level(
        5,
        "building",
        17,
        "grid",
        "community",
        (_("Building"), _("Ten-household group")),
        (_("Building Party group"), _("Ten-household Party group")),
    ),
)
LEVELS: dict[str, Level] = {row.key: row for row in _ROWS}


def above(key: str) -> str | None:
    """The level above; None for the district."""
    return LEVELS[key].parent


def below(key: str) -> str | None:
    """The level below; None for the building."""
    return next((row.key for row in _ROWS if row.parent == key), None)


def code_problem(key: str, code: str, under: str) -> StrOrPromise | None:
    """Why `code` cannot be that of a new unit of level `key`; `under` is the code it must begin with.

    `under` is the parent's code, for a building its community's, for a district "". None when it is lawful.
    """
    length = LEVELS[key].code_length
    if not (code.isascii() and code.isdigit()):
        return _("A code consists of digits only.")
    if len(code) != length:
        return _("The code of this level has %(length)d digits.") % {"length": length}
    if not code.startswith(under):
        return _("The code must begin with %(prefix)s.") % {"prefix": under}
    return None


def level_choices() -> list[tuple[str, StrOrPromise]]:
    """For model fields; given as a callable, so that a row needs no migration."""
    return [(row.key, row.labels[0]) for row in _ROWS]


def line_choices() -> list[tuple[str, StrOrPromise]]:
    """For model fields."""
    return list(LINES.items())
