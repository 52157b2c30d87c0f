"""An Excel file → its rows as they stand. Nothing in it is ever run; what it says of its own size is not believed."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from openpyxl import load_workbook

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

MOST_BYTES = 12_000_000
# A small file may unpack into very much.
MOST_UNPACKED = 300_000_000
MOST_COLUMNS = 200
# Of Excel itself. A file may claim to have more: each line that is left out would be one to walk over.
LAST_LINE = 1_048_576


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
        raise UnreadableSheet(_("This is no Excel file that can be read; save it as .xlsx again.")) from error


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
            unpacked = sum(part.file_size for part in packed.infolist())
    except zipfile.BadZipFile as error:
        raise UnreadableSheet(_("This is no Excel file that can be read; save it as .xlsx again.")) from error
    if unpacked > MOST_UNPACKED:
        raise UnreadableSheet(_("The file unpacks into far too much; copy the rows into a new file."))
