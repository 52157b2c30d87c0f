"""What can come and go as a sheet: a registry that each app fills. What is done with a row stands in actions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import override

from grids.sheets import QUOTED, Problem
from grids.tables import Row, Table
from grids.workbook import Cell, Sheet

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

LANGUAGES = ("zh-hans", "en")


class Column(NamedTuple):
    """One column. The first of `headings` is that of the template; `words` are the texts that it may hold."""

    key: str
    headings: tuple[str, ...]
    example: str
    hint: StrOrPromise
    required: bool = False
    words: Callable[[], Sequence[str]] | None = None

    @property
    def heading(self) -> str:
        return self.headings[0]


@dataclass
class Outcome:
    """What came, or would come, of a table. Faults name a column by its key."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    faults: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)

    @property
    def taken(self) -> int:
        """Rows that are, or would be, as the table says."""
        return self.added + self.changed + self.unchanged


# (table, by, now, dry_run) → what came of it. A dry run writes nothing and says the same.
Perform = Callable[[Table, Any, datetime, bool], Outcome]
# (a row of the list) → its cells, in the order of the columns.
Show = Callable[[Any], Sequence[Cell]]
# (by, now) → what a template has besides, for whoever fills it in: lists to choose from.
Lists = Callable[[Any, datetime], Sequence[Sheet]]


@dataclass(frozen=True)
class SheetKind:
    """`capability`: held in a district, or with `anywhere` at any place, it opens the upload; each row asks again at its
    own place. `whole`: rows need each other, so the file is imported in one transaction or not at all. `alone`: they do
    not, so what is right of a file can be imported though other rows are wrong. `together`: the column (its key) by whose
    word rows may be in each other's way; those with the same one are checked in one go. `show`: a row for the export; None
    for what goes out in another form. `uploaded`: it comes by the page of sheets; else by one of its own. `scope`: what
    else a token needs that brings it."""

    key: str
    label: StrOrPromise
    capability: str
    columns: tuple[Column, ...]
    perform: Perform
    show: Show | None = None
    most_rows: int = 500
    whole: bool = False
    alone: bool = False
    anywhere: bool = False
    together: str = ""
    uploaded: bool = True
    scope: str = ""
    lists: Lists | None = None

    def headings(self) -> list[str]:
        """Of the template and of every export."""
        return [column.heading for column in self.columns]

    def heading(self, key: str) -> str:
        """What the column is called; a fault may be of the whole line."""
        return next((column.heading for column in self.columns if column.key == key), key)


KINDS: dict[str, SheetKind] = {}


def register(*kinds: SheetKind) -> None:
    """Call it once, at start."""
    KINDS.update({kind.key: kind for kind in kinds})


def words_of(labels: Iterable[tuple[str, StrOrPromise]]) -> dict[str, str]:
    """Everything that may stand for these (key, label): the key, and the label in each language → the key."""
    rows, found = list(labels), dict[str, str]()
    for language in LANGUAGES:
        with override(language):
            found |= {str(label).lower(): key for key, label in rows}
    return found | {key.lower(): key for key, _label in rows}


def shown_words(labels: Iterable[tuple[str, StrOrPromise]]) -> list[str]:
    """The labels as the template names them: in the language of its headings."""
    rows = list(labels)
    with override(LANGUAGES[0]):
        return [str(label) for _key, label in rows]


def template_of(kind: SheetKind) -> list[Sheet]:
    """A sheet to fill in with one example row, and one that explains the columns."""
    example = [column.example for column in kind.columns]
    return [Sheet(str(kind.label), kind.headings(), [example]), explanation_of(kind)]


def explanation_of(kind: SheetKind) -> Sheet:
    """A row for each column: is it needed, what belongs there, which words are allowed."""
    head = [_("Column"), _("Needed"), _("What belongs here"), _("Allowed words")]
    rows = [
        [
            column.heading,
            _("yes") if column.required else "",
            str(column.hint),
            "、".join(column.words()) if column.words else "",
        ]
        for column in kind.columns
    ]
    return Sheet(_("Columns"), head, rows)


def named(kind: SheetKind, table: Table, faults: list[Problem]) -> Iterator[tuple[int, dict[str, str]]]:
    """(line, key → text) of every row, all columns of the kind there; faults of the header end it."""
    keys = [_key(kind, heading) for heading in table.header]
    missing = [one.heading for one in kind.columns if one.required and one.key not in keys]
    twice = [one.heading for one in kind.columns if keys.count(one.key) > 1]
    if missing:
        reason = _("These columns are missing: %(columns)s.") % {"columns": "、".join(missing)}
        faults.append(Problem(table.line, "、".join(missing), ",".join(table.header)[:QUOTED], reason))
    if twice:
        faults.append(Problem(table.line, "、".join(twice), "", _("This column is there twice.")))
    if missing or twice:
        return
    for line, cells in table.rows:
        pairs = zip(keys, cells, strict=False)
        yield line, {column.key: "" for column in kind.columns} | {key: cell for key, cell in pairs if key}


def parcels(kind: SheetKind, table: Table, size: int) -> list[Table]:
    """The table in parts of about `size` rows that can be checked one after the other with the same outcome as all of it
    at once: rows that may be in each other's way (`together`) are in one part, in their order.
    Of rows that stand `alone` and do not have that word those are that say the same."""
    if kind.whole:
        return [table]
    keys = [_key(kind, heading) for heading in table.header]
    place = keys.index(kind.together) if kind.together in keys else None
    groups: dict[Any, list[Row]] = {}
    for row in table.rows:
        word = row[1][place] if place is not None and place < len(row[1]) else ""
        said = tuple((key, cell) for key, cell in zip(keys, row[1], strict=False) if key and cell)
        groups.setdefault(word or (said if kind.alone else ""), []).append(row)
    found: list[list[Row]] = [[]]
    for rows in groups.values():
        if len(found[-1]) >= size:
            found.append([])
        found[-1] += rows
    return [table.of(rows) for rows in found]


def _key(kind: SheetKind, heading: str) -> str:
    wanted = heading.strip().lower()
    return next((one.key for one in kind.columns if wanted in (one.key, *one.headings)), "")
