"""Tables as files that a spreadsheet opens: CSV and XLSX, made of what a list shows. Pure. The house's only writer.

Numbers, shares of a hundred, days and moments are real ones, so that a spreadsheet sorts and reckons with them.
Text that it would take for a formula gets an apostrophe in front.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

from calendars.worktime import SHANGHAI


class Percent(float):
    """Of a hundred: 98.5 is shown as 98.5 %."""


Cell = str | int | float | date | datetime | None
CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FORMULA = tuple("=+-@＝＋－＠\t\r\n")
# What XML 1.0 cannot hold; nobody misses it in a cell.
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LONGEST = 32_767
_LONGEST_TITLE = 31
_NARROWEST, _WIDEST = 8, 60
# Rows from which the width of a column is told.
_MEASURED = 100
_EPOCH = (2000, 1, 1, 0, 0, 0)
# Day 1 of a sheet is 1900-01-01, and there was a 29 February 1900: so it counts from here.
DAY_ZERO = datetime(1899, 12, 30)
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
# What the cells' styles are called by number; that of the heading is bold.
_HEADING, _MOMENT, _DAY, _PERCENT = 1, 2, 3, 4
_FORMATS = {_MOMENT: "yyyy-mm-dd hh:mm", _DAY: "yyyy-mm-dd", _PERCENT: "0.0%"}
_STYLES = (
    f'<styleSheet xmlns="{_MAIN}"><numFmts count="{len(_FORMATS)}">'
    + "".join(f'<numFmt numFmtId="{160 + style}" formatCode="{how}"/>' for style, how in _FORMATS.items())
    + '</numFmts><fonts count="2"><font/><font><b/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders>'
    f'<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="{2 + len(_FORMATS)}"><xf/>'
    '<xf fontId="1" applyFont="1"/>'
    + "".join(f'<xf numFmtId="{160 + style}" applyNumberFormat="1"/>' for style in _FORMATS)
    + '</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


class Sheet(NamedTuple):
    """One sheet of a file; its first row stands still while the others scroll."""

    title: str
    header: Sequence[str]
    rows: Iterable[Sequence[Cell]]


def neutral(text: str) -> str:
    """The text as no spreadsheet takes it for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def meant(text: str) -> str:
    """What `neutral` was given: a file of ours that comes back says what it said before."""
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA) else text


def csv_file(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """UTF-8 with a mark, without which spreadsheets here misread Chinese."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    for row in (header, *rows):
        writer.writerow([cell if _is_number(cell) else _as_text(cell) for cell in row])
    return "\ufeff".encode() + out.getvalue().encode()


def xlsx_file(*sheets: Sheet) -> bytes:
    """A workbook of these sheets. The same content is the same bytes."""
    parts = {"xl/styles.xml": _STYLES, **_frame(_titles([sheet.title for sheet in sheets]))}
    parts |= {f"xl/worksheets/sheet{number}.xml": _sheet(one) for number, one in enumerate(sheets, start=1)}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in parts.items():
            entry = zipfile.ZipInfo(name, date_time=_EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(entry, _HEAD + text)
    return out.getvalue()


def _frame(titles: Sequence[str]) -> dict[str, str]:
    """What says that it is a workbook, and which sheets it has."""
    numbers = range(1, len(titles) + 1)
    sheets = "".join(
        f'<sheet name={quoteattr(title)} sheetId="{n}" r:id="rId{n}"/>'
        for n, title in zip(numbers, titles, strict=True)
    )
    types = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_KIND}.worksheet+xml"/>'
        for n in numbers
    )
    links = "".join(
        f'<Relationship Id="rId{n}" Type="{_LINKS}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in numbers
    )
    return {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_KIND}.styles+xml"/>{types}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_LINKS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{links}'
        f'<Relationship Id="rId{len(titles) + 1}" Type="{_LINKS}/styles" Target="styles.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_LINKS}"><sheets>{sheets}</sheets></workbook>',
    }


def _titles(wanted: Sequence[str]) -> list[str]:
    """As a spreadsheet takes them: short, without its own marks, each once."""
    found: list[str] = []
    for number, title in enumerate(wanted, start=1):
        name = re.sub(r"[\[\]:*?/\\']", " ", _UNFIT.sub("", title))[:_LONGEST_TITLE].strip() or str(number)
        if name.lower() in {one.lower() for one in found}:
            name = f"{name[: _LONGEST_TITLE - 4]} {number}"
        found.append(name)
    return found


def _sheet(sheet: Sheet) -> str:
    header, rows = [_as_text(name) for name in sheet.header], list(sheet.rows)
    body = [_row(_text_cell(name, _HEADING) for name in header)]
    body += [_row(_cell(cell) for cell in row) for row in rows]
    cols = "".join(
        f'<col min="{n}" max="{n}" width="{width}" customWidth="1"/>'
        for n, width in enumerate(_widths(header, rows[:_MEASURED]), start=1)
    )
    return (
        f'<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
        f'<sheetFormatPr defaultRowHeight="15"/>{f"<cols>{cols}</cols>" if cols else ""}'
        f"<sheetData>{''.join(body)}</sheetData></worksheet>"
    )


def _row(cells: Iterable[str]) -> str:
    return f"<row>{''.join(cells)}</row>"


def _cell(value: Cell) -> str:
    if isinstance(value, Percent):
        return f'<c s="{_PERCENT}"><v>{float(value) / 100!r}</v></c>'
    if _is_number(value):
        return f"<c><v>{value}</v></c>"
    if isinstance(value, date):
        style = _MOMENT if isinstance(value, datetime) else _DAY
        return f'<c s="{style}"><v>{_serial(value)!r}</v></c>'
    text = _as_text(value)
    return _text_cell(text) if text else "<c/>"


def _text_cell(text: str, style: int = 0) -> str:
    mark = f' s="{style}"' if style else ""
    fit = escape(text[:_LONGEST])
    return f'<c{mark} t="inlineStr"><is><t xml:space="preserve">{fit}</t></is></c>'


def _is_number(value: Cell) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool | Percent)


def _serial(value: date) -> float:
    """Days since a spreadsheet's day zero, the time as a fraction of a day."""
    if not isinstance(value, datetime):
        return (datetime(value.year, value.month, value.day) - DAY_ZERO).days
    gone = _local(value).replace(microsecond=0) - DAY_ZERO
    return gone.days + gone.seconds / 86_400


def _as_text(value: Cell) -> str:
    """As people read it; text that would be a formula is none."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{_local(value):%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    return f"{value:.1f} %" if isinstance(value, Percent) else neutral(_UNFIT.sub("", str(value)))


def _local(moment: datetime) -> datetime:
    """In the platform's zone, as a spreadsheet has it: without one."""
    return (moment.astimezone(SHANGHAI) if moment.tzinfo else moment).replace(tzinfo=None)


def _widths(header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> list[int]:
    """Of each column in characters, by its heading and first rows; Chinese ones are two wide."""
    widest = [_width(name) for name in header]
    for row in rows:
        for number, cell in enumerate(row[: len(widest)]):
            widest[number] = max(widest[number], _width(_as_text(cell)))
    return [min(max(width, _NARROWEST), _WIDEST) + 1 for width in widest]


def _width(text: str) -> int:
    line = text.split("\n", 1)[0][:_WIDEST]
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in line)
