"""Kinds of bodies: whoever besides a unit can be given work. A row per kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class BodyKind:
    """`at`: levels to which such a body may belong. `outside`: a firm or a residents' body, which sees only
    what it assists in. `commanded`: one's own force, given work by dispatch; the others are whistled for."""

    key: str
    label: StrOrPromise
    at: frozenset[str]
    outside: bool = False
    commanded: bool = False


_BOTH = frozenset({"district", "street"})
_ROWS = (
    BodyKind("department", _("Department"), frozenset({"district"})),
    BodyKind("office", _("Street office"), frozenset({"street"}), commanded=True),
    BodyKind("centre", _("Centre"), _BOTH, commanded=True),
    BodyKind("posted", _("Posted squad"), frozenset({"street"}), commanded=True),
    BodyKind("utility", _("Utility"), _BOTH, outside=True),
    BodyKind("property", _("Property firm"), _BOTH, outside=True),
    BodyKind("owners", _("Owners' body"), _BOTH, outside=True),
)
BODY_KINDS: dict[str, BodyKind] = {row.key: row for row in _ROWS}
OUTSIDE = frozenset(row.key for row in _ROWS if row.outside)


def body_kind_choices() -> list[tuple[str, StrOrPromise]]:
    """For model fields."""
    return [(row.key, row.label) for row in _ROWS]
