"""A file of hotline orders, Excel or CSV → its rows, under the headings that hold in the district."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from grids.books import MOST_COLUMNS, UnreadableSheet, check_size, open_book, rows_in
from grids.sheets import BROKEN, Problem, csv_records, decode, unreadable
from grids.tables import BOOKS
from issues.hotline.cells import text_of
from issues.hotline.columns import PLACES, REQUIRED, Columns, bare

MOST_ROWS = 20_000
# Titles and remarks may stand above the header.
HEADER_WITHIN = 10
# Of a cell that cannot be read so much is quoted.
QUOTED = 60
# A line of the file, and its cells.
Row = tuple[int, tuple[Any, ...]]


@dataclass(frozen=True)
class Sheet:
    """What was read: the header as it stands there, and (line, cells) of every row that is not empty."""

    header: tuple[str, ...]
    meanings: tuple[str, ...]
    rows: tuple[Row, ...]

    def named(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """(line, meaning → cell); columns that mean nothing to us are passed over."""
        for line, cells in self.rows:
            pairs = zip(self.meanings, cells, strict=False)
            yield line, {meaning: cell for meaning, cell in pairs if meaning}


def read_sheet(data: bytes, columns: Columns) -> Sheet:
    """The first sheet of an Excel file that has the columns, or a CSV. Raises UnreadableSheet with what to do."""
    check_size(data)
    if data.startswith(BOOKS):
        with open_book(data) as worksheets:
            return _first_fitting(map(rows_in, worksheets), columns)
    return _first_fitting([_lines_of(decode(data))], columns)


def meanings_of(header: Iterable[str], columns: Columns) -> tuple[str, ...]:
    """What each column means, "" where it means nothing to us."""
    return tuple(columns.meaning_of.get(bare(name), "") for name in header)


def _lines_of(text: str) -> Iterator[Row]:
    """The rows of a CSV. Raises UnreadableSheet for what is no text, or cannot be taken apart."""
    problems: list[Problem] = []
    for line, cells in csv_records(text, problems):
        row = tuple(cells[:MOST_COLUMNS])
        problems += [
            Problem(line, _("column %(number)d") % {"number": number}, text_of(cell)[:QUOTED], unreadable())
            for number, cell in enumerate(row, start=1)
            if BROKEN in cell
        ]
        if problems:
            break
        yield line, row
    if problems:
        raise UnreadableSheet(str(problems[0]))


def _first_fitting(sheets: Iterable[Iterator[Row]], columns: Columns) -> Sheet:
    missing: list[str] | None = None
    for rows in sheets:
        for _unused, (_line, cells) in zip(range(HEADER_WITHIN), rows, strict=False):
            header = tuple(map(text_of, cells))
            meanings = meanings_of(header, columns)
            lacking = _lacking(meanings, columns)
            if not lacking:
                _check_doubles(meanings, columns)
                return Sheet(header, meanings, _body(rows))
            missing = lacking if missing is None else min(missing, lacking, key=len)
    raise UnreadableSheet(
        _(
            "These columns are missing: %(columns)s. If your hotline calls them otherwise, your system "
            "administrator enters its headings among the rules of the district."
        )
        % {"columns": "、".join(missing or columns.headers(REQUIRED))}
    )


def _lacking(meanings: Sequence[str], columns: Columns) -> list[str]:
    """Headings without which no row can be taken; of the places one is enough."""
    found = [columns.header(name) for name in REQUIRED if name not in meanings]
    places = [name for name in PLACES if name in columns.headings]
    if not any(name in meanings for name in places):
        found.append(_("one of %(columns)s") % {"columns": " / ".join(columns.headers(places))})
    return found


def _check_doubles(meanings: Sequence[str], columns: Columns) -> None:
    """Which of two columns with one heading is meant, nobody can say."""
    named = [name for name in meanings if name]
    if doubled := [name for name in dict.fromkeys(named) if named.count(name) > 1]:
        raise UnreadableSheet(
            _("These columns stand in the header twice: %(columns)s; rename or remove one of each.")
            % {"columns": "、".join(columns.headers(doubled))}
        )


def _body(rows: Iterator[Row]) -> tuple[Row, ...]:
    found = []
    for line, cells in rows:
        if any(cell is not None and str(cell).strip() for cell in cells):
            found.append((line, cells))
        if len(found) > MOST_ROWS:
            raise UnreadableSheet(_("The file has more than 20,000 rows; split it."))
    if not found:
        raise UnreadableSheet(_("There are no rows below the header."))
    return tuple(found)
