"""An Excel file → its rows. Nothing in it is ever run; what it says of its own size is not believed."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from openpyxl import load_workbook

from issues.hotline.columns import REQUIRED, Columns, bare

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

MOST_ROWS = 20_000
MOST_BYTES = 12_000_000
# A small file may unpack into very much.
MOST_UNPACKED = 300_000_000
# Titles and remarks may stand above the header.
HEADER_WITHIN = 10
MOST_COLUMNS = 200


class UnreadableSheet(ValueError):
    """The file as a whole cannot be taken; its text is the reason."""


@dataclass(frozen=True)
class Sheet:
    """What was read: the header as it stands there, and (line, cells) of every row that is not empty."""

    header: tuple[str, ...]
    meanings: tuple[str, ...]
    rows: tuple[tuple[int, tuple[Any, ...]], ...]

    def named(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """(line, meaning → cell); columns that mean nothing to us are passed over."""
        for line, cells in self.rows:
            pairs = zip(self.meanings, cells, strict=False)
            yield line, {meaning: cell for meaning, cell in pairs if meaning}


def read_sheet(data: bytes, columns: Columns) -> Sheet:
    """The first sheet that has the columns. Raises UnreadableSheet with what to do."""
    _check_file(data)
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    except Exception as error:  # whatever a broken file makes the reader stumble over
        raise UnreadableSheet(_("This is no Excel file that can be read; save it as .xlsx again.")) from error
    try:
        return _first_fitting(book.worksheets, columns)
    finally:
        book.close()


def _check_file(data: bytes) -> None:
    if len(data) > MOST_BYTES:
        raise UnreadableSheet(_("The file is larger than 12 MB; split it."))
    if data[:4] == b"\xd0\xcf\x11\xe0":
        raise UnreadableSheet(
            _("This is an old .xls file, or one with a password; save it as .xlsx without one.")
        )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            unpacked = sum(part.file_size for part in packed.infolist())
    except zipfile.BadZipFile as error:
        raise UnreadableSheet(_("This is no Excel file that can be read; save it as .xlsx again.")) from error
    if unpacked > MOST_UNPACKED:
        raise UnreadableSheet(_("The file unpacks into far too much; copy the rows into a new file."))


def _first_fitting(sheets: Iterable[Worksheet], columns: Columns) -> Sheet:
    missing: list[str] = columns.headers(REQUIRED)
    for sheet in sheets:
        rows = _rows(sheet)
        for _unused, (_line, cells) in zip(range(HEADER_WITHIN), rows, strict=False):
            header = tuple("" if cell is None else str(cell).strip() for cell in cells)
            meanings = tuple(columns.meaning_of.get(bare(name), "") for name in header)
            lacking = [columns.header(name) for name in REQUIRED if name not in meanings]
            if not lacking:
                return Sheet(header, meanings, _body(rows))
            missing = min(missing, lacking, key=len)
    raise UnreadableSheet(_("These columns are missing: %(columns)s.") % {"columns": "、".join(missing)})


def _rows(sheet: Worksheet) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """(line, cells), counted as Excel counts. What the file says of its own size may be wrong."""
    if hasattr(sheet, "reset_dimensions"):
        sheet.reset_dimensions()
    for line, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
        yield line, cells[:MOST_COLUMNS]


def _body(rows: Iterator[tuple[int, tuple[Any, ...]]]) -> tuple[tuple[int, tuple[Any, ...]], ...]:
    found = []
    for line, cells in rows:
        if any(cell is not None and str(cell).strip() for cell in cells):
            found.append((line, cells))
        if len(found) > MOST_ROWS:
            raise UnreadableSheet(_("The file has more than 20,000 rows; split it."))
    if not found:
        raise UnreadableSheet(_("There are no rows below the header."))
    return tuple(found)
