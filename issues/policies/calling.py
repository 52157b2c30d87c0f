"""Who may whistle for whom, and whose whistles the street looks at first."""

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from grids.body_kinds import BODY_KINDS
from grids.levels import LEVELS
from grids.policies import Column, PolicyKind
from issues.whistles import BY_KEY, CALLABLE, EVERYBODY, KINDS, REVIEWED

# An emergency whistle may call anyone in the district direct, also its grids: that is no district's to take away.
ORDINARY = tuple(kind for kind in KINDS if not kind.urgent)
_LEVELS = tuple(key for key in LEVELS if key in EVERYBODY)
_CALLEES = (
    *((key, LEVELS[key].labels[0]) for key in _LEVELS),
    *((key, kind.label) for key, kind in BODY_KINDS.items()),
)


def row_of(level: str, kind: str) -> str:
    """The row of a caller's level and a kind of whistle."""
    return f"{level}:{kind}"


TABLE = PolicyKind(
    "callable",
    _("Who may whistle for whom"),
    _("A row per caller and kind of whistle. An emergency whistle may call anyone in the district."),
    tuple(Column(key, label, "flag") for key, label in _CALLEES),
    {
        row_of(level, kind): {key: key in callees for key, _label in _CALLEES}
        for level, by_kind in CALLABLE.items()
        for kind, callees in by_kind.items()
    },
    rows=tuple(
        (row_of(level, kind.key), format_lazy("{} · {}", LEVELS[level].labels[0], kind.label))
        for level in CALLABLE
        for kind in ORDINARY
    ),
    row_label=_("Caller and whistle"),
)
REVIEW = PolicyKind(
    "whistle_review",
    _("Whistles reviewed by the street"),
    _("Such a whistle is blown only after the street has agreed; an emergency never waits."),
    tuple(Column(kind.key, kind.label, "flag") for kind in ORDINARY),
    {
        level: {kind.key: (level, kind.key) in REVIEWED for kind in ORDINARY}
        for level in CALLABLE
        if LEVELS[level].number > LEVELS["street"].number
    },
    rows=tuple(
        (level, LEVELS[level].labels[0])
        for level in CALLABLE
        if LEVELS[level].number > LEVELS["street"].number
    ),
    row_label=_("Caller"),
)


def urgent(kind: str) -> bool:
    """Does this kind pass by the table?"""
    return kind in BY_KEY and BY_KEY[kind].urgent


KINDS_OF_POLICY = (TABLE, REVIEW)
