"""A file that was filled in → header and rows of text, whether it is Excel or CSV. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from grids.books import MOST_COLUMNS, UnreadableSheet, check_size, open_book, rows_in
from grids.sheets import Problem, csv_records, decode
from grids.workbook import meant

MOST_ROWS = 20_000
# What a spreadsheet keeps of a number exactly; a longer code in a number cell has lost its end.
EXACT = 10**15
# How Excel files begin, the new ones and the old.
BOOKS = (b"PK", b"\xd0\xcf")


# A row's line in the file, and its cells.
Row = tuple[int, tuple[str, ...]]


@dataclass(frozen=True)
class Table:
    """The header with its line, and every row that is not empty."""

    line: int
    header: tuple[str, ...]
    rows: tuple[Row, ...]

    def records(self) -> Iterator[Row]:
        """Header and rows, one after the other."""
        yield self.line, self.header
        yield from self.rows

    def part(self, start: int, stop: int) -> Table:
        """The same with some of the rows."""
        return self.of(self.rows[start:stop])

    def of(self, rows: Iterable[Row]) -> Table:
        """These rows under the same header."""
        return replace(self, rows=tuple(rows))


def read_table(data: bytes, most_rows: int = MOST_ROWS) -> Table:
    """An Excel file's first sheet, or a CSV. Raises UnreadableSheet with what to do."""
    check_size(data)
    if data.startswith(BOOKS):
        with open_book(data) as sheets:
            return _table(
                ((line, [text_of(cell) for cell in cells]) for line, cells in rows_in(sheets[0])), most_rows
            )
    problems: list[Problem] = []
    table = _table(csv_records(decode(data), problems), most_rows)
    if problems:
        raise UnreadableSheet(str(problems[0]))
    return table


def _table(records: Iterable[tuple[int, Sequence[str]]], most_rows: int) -> Table:
    found: list[Row] = []
    for line, cells in records:
        stripped = tuple(meant(cell.strip()) for cell in cells[:MOST_COLUMNS])
        if any(stripped):
            found.append((line, stripped))
        if len(found) > most_rows + 1:
            raise UnreadableSheet(_("The file has more than %(most)d rows; split it.") % {"most": most_rows})
    if len(found) < 2:
        raise UnreadableSheet(_("There are no rows below the header."))
    return Table(*found[0], tuple(found[1:]))


def text_of(cell: Any) -> str:
    """As a person would have typed it. A number too long to be exact shows that it is one."""
    if cell is None:
        return ""
    if isinstance(cell, datetime) and (cell.hour or cell.minute):
        return f"{cell:%Y-%m-%d %H:%M}"
    if isinstance(cell, datetime | date):
        return f"{cell:%Y-%m-%d}"
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        if abs(cell) >= EXACT:
            return f"{cell:.5E}"
        return str(int(cell)) if cell == int(cell) else repr(cell)
    return str(cell)


def pack(table: Table) -> str:
    """As text, to wait for its turn."""
    return json.dumps([table.line, table.header, table.rows], ensure_ascii=False)


def unpack(text: str) -> Table:
    """What `pack` was given."""
    line, header, rows = json.loads(text)
    return Table(line, tuple(header), tuple((number, tuple(cells)) for number, cells in rows))
