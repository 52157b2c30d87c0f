"""An Excel file → its rows as they stand. Nothing in it is ever run; what it says of its own size is not believed."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from openpyxl import load_workbook

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

MOST_BYTES = 12_000_000
# A small file may unpack into very much.
MOST_UNPACKED = 300_000_000
# Nor is that all: three hundred thousand bytes may hold sixty million empty strings, each an object of the reader's. Twenty
# thousand rows of thirty full columns have 600,000 strings, and five million marks in all.
MOST_STRINGS, MOST_MARKS = 600_000, 12_000_000
MOST_COLUMNS = 200
PIECE = 1_000_000
# A row that holds nothing costs the reader as much as one of ours: a million of them, packed into 28 kB, kept it busy for
# seven seconds. No file may have more than 20,000 that hold something; those that are only coloured may be ten
# times as many.
MOST_ROWS = 200_000
# Of Excel itself. A file may claim to have more: each line that is left out would be one to walk over.
LAST_LINE = 1_048_576
ENCODING = re.compile(rb"""<\?xml[^>]{0,200}\bencoding\s*=\s*["']([^"']{0,40})""")
ENCODINGS = (b"utf-8", b"us-ascii")
UNREADABLE = gettext_lazy("This is no Excel file that can be read; save it as .xlsx again.")


class UnreadableSheet(ValueError):
    """The file as a whole cannot be taken; its text is the reason."""


@contextmanager
def open_book(data: bytes) -> Iterator[list[Worksheet]]:
    """The sheets of the file, while they are read. Raises UnreadableSheet with what to do."""
    check_size(data)
    _check_file(data)
    try:
        with closing(
            load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        ) as book:
            yield book.worksheets
    except UnreadableSheet:
        raise
    except Exception as error:  # whatever a broken file makes the reader stumble over, its rows too
        raise UnreadableSheet(str(UNREADABLE)) from error


def check_size(data: bytes) -> None:
    """Raises UnreadableSheet for what is too large to be read at all."""
    if len(data) > MOST_BYTES:
        raise UnreadableSheet(_("The file is larger than 12 MB; split it."))


def rows_in(sheet: Worksheet) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """(line, cells), counted as Excel counts. What the file says of its own size may be wrong, and a single cell may
    say that it stands in column two thousand million."""
    if hasattr(sheet, "reset_dimensions"):
        sheet.reset_dimensions()
    for line, cells in enumerate(sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS), start=1):
        if line > LAST_LINE:
            raise UnreadableSheet(_("The file has more than 20,000 rows; split it."))
        yield line, _without_tail(cells)


def _without_tail(cells: tuple[Any, ...]) -> tuple[Any, ...]:
    """Up to the last cell that holds something."""
    if cells.count(None) == len(cells):
        return ()
    return cells[: next(n for n in range(len(cells), 0, -1) if cells[n - 1] is not None)]


def _check_file(data: bytes) -> None:
    if data[:4] == b"\xd0\xcf\x11\xe0":
        raise UnreadableSheet(
            _("This is an old .xls file, or one with a password; save it as .xlsx without one.")
        )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            parts = packed.infolist()
            is_too_much = sum(part.file_size for part in parts) > MOST_UNPACKED or _is_overfull(packed, parts)
    # What the parts are packed with may be broken, or unknown.
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise UnreadableSheet(str(UNREADABLE)) from error
    if is_too_much:
        raise UnreadableSheet(_("The file unpacks into far too much; copy the rows into a new file."))


def _is_overfull(packed: zipfile.ZipFile, parts: list[zipfile.ZipInfo]) -> bool:
    """Whether its XML holds more than anybody writes, counted before anything is made of it. Only in the encoding in which
    spreadsheets are written, for in another one the marks would look otherwise."""
    strings = rows = marks = 0
    for end, piece in _pieces(packed, parts):
        told = None if end else ENCODING.search(piece[:300])
        if b"\0" in piece or (told and told[1].lower() not in ENCODINGS):
            raise UnreadableSheet(str(UNREADABLE))
        # A mark may begin in the piece before.
        both = end + piece
        strings += both.count(b"<si") + both.count(b":si")
        rows += both.count(b"<row") + both.count(b":row")
        marks += piece.count(b"<")
        if strings > MOST_STRINGS or rows > MOST_ROWS or marks > MOST_MARKS:
            return True
    return False


def _pieces(packed: zipfile.ZipFile, parts: list[zipfile.ZipInfo]) -> Iterator[tuple[bytes, bytes]]:
    """Of each XML part a megabyte at a time: the last bytes of the piece before, none at its beginning, and the piece."""
    for part in parts:
        if not part.filename.lower().endswith((".xml", ".rels")):
            continue
        with packed.open(part) as content:
            end = b""
            while piece := content.read(PIECE):
                yield end, piece
                end = piece[-2:]
