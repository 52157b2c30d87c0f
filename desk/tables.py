"""The lists that a unit or body works by (三张清单) and the supervision board: names, columns, filters. Pure.

Source: problem, responsibility and task lists S2:68 (荆州).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# More are neither kept nor given as a file.
MOST_ROWS = 20_000


@dataclass(frozen=True)
class Column:
    key: str
    label: StrOrPromise


@dataclass(frozen=True)
class Table:
    """A list. `columns` name what a row shows, in their order; `filters` by what it can be narrowed."""

    key: str
    label: StrOrPromise
    about: StrOrPromise
    columns: tuple[Column, ...]
    filters: tuple[str, ...]
    empty: StrOrPromise


COLUMN = {
    column.key: column
    for column in (
        Column("number", _("Number")),
        Column("category", _("Category")),
        Column("place", _("Place")),
        Column("source", _("Source")),
        Column("kind", _("Kind")),
        Column("state", _("State")),
        Column("holder", _("With")),
        Column("person", _("In post")),
        Column("officer", _("Officer")),
        Column("keeper", _("Responsible until signed for")),
        Column("what", _("What is to be done")),
        Column("asked", _("Asked by")),
        Column("since", _("Since")),
        Column("due", _("Due")),
        Column("late", _("Late")),
        Column("promised", _("Promised to the reporter")),
        Column("reported", _("Reported")),
        Column("ended", _("Ended at")),
        Column("outcome", _("Outcome")),
        Column("resolved", _("Result on")),
        Column("until", _("Called back until")),
        Column("tries", _("Called in vain")),
        Column("why", _("On the board because")),
        Column("waits", _("Waits for")),
    )
}


def _columns(keys: str) -> tuple[Column, ...]:
    return tuple(COLUMN[key] for key in keys.split())


_EVERYWHERE = ("unit", "body", "category", "nature")
TABLES = (
    Table(
        "issues",
        _("Problem list"),
        _("Every matter that happened in the unit, newest first."),
        _columns("number category place source kind state holder due late reported ended outcome"),
        (*_EVERYWHERE, "state", "whistle", "first", "last", "late", "rated"),
        _("No matter fits this filter."),
    ),
    Table(
        "duties",
        _("Responsibility list"),
        _("Who has what: unit or body, the person in post, and until when; what is due first stands first."),
        _columns("holder person officer keeper number category place state since due late promised"),
        (*_EVERYWHERE, "state", "first", "last", "late"),
        _("Nobody here has anything open that fits this filter."),
    ),
    Table(
        "tasks",
        _("Task list"),
        _("What somebody else must do within a matter: whistles, sub-tasks, decisions; due first."),
        _columns("what holder person number category place state asked since due late"),
        (*_EVERYWHERE, "part", "late"),
        _("Nothing waits for anybody here that fits this filter."),
    ),
    Table(
        "board",
        _("Supervision board"),
        _("Late, or supervised by letter: who has it since when, and what it waits for; longest late first."),
        _columns("number category place state holder person late why waits since due"),
        (*_EVERYWHERE, "state", "why"),
        _("Nothing is late and nothing is supervised here. Well done."),
    ),
    # 待回访
    Table(
        "calls",
        _("To be called back"),
        _("Results that their reporters have not rated, though they left a telephone; the oldest first."),
        _columns("number category place state outcome holder resolved until tries"),
        (*_EVERYWHERE, "first", "last"),
        _("Nobody is to be called back by you."),
    ),
)
TABLE = {table.key: table for table in TABLES}


# The staff admin's own list of issues: no table of ours, but one has filters of one's own there too.
ISSUE_LIST = "admin_issues"


def table_choices() -> list[tuple[str, StrOrPromise]]:
    """For model fields."""
    return [(table.key, table.label) for table in TABLES]


def filter_choices() -> list[tuple[str, StrOrPromise]]:
    """Lists of which a person keeps filters."""
    return [*table_choices(), (ISSUE_LIST, _("Issues"))]
