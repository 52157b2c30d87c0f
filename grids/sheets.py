"""Reading a sheet of units: columns by their header, cells into values, every fault with its line. Pure."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from django.utils.translation import gettext as _

from grids.boundaries import boundary_problem, centre_of, tidy
from grids.names import clean_name, split_city
from grids.sizes import LONGEST_CITY, LONGEST_NAME, LONGEST_OFFICIAL_NAME, MOST_HOUSEHOLDS
from grids.source_kinds import SOURCE_KINDS, SourceKind
from grids.telephones import telephone_problem

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# Column → the headers under which it is recognised.
HEADERS: dict[str, tuple[str, ...]] = {
    "code": ("code", "编码", "代码", "区划代码", "统计用区划代码"),
    "kind": ("kind", "类型", "类别", "层级"),
    "name": ("name", "名称"),
    "parent_code": ("parent_code", "parent", "grid_code", "grid", "上级编码", "上级代码", "所属网格"),
    "code12": ("code12",),
    "households": ("households", "户数"),
    "phone": ("phone", "公开电话", "服务电话"),
    "boundary": ("boundary", "边界"),
    "lon": ("lon", "lng", "longitude", "经度"),
    "lat": ("lat", "latitude", "纬度"),
}
REQUIRED = ("code", "kind", "name")
_COLUMN_OF = {header: column for column, headers in HEADERS.items() for header in headers}
# A value as a fault quotes it.
QUOTED = 60
# Stands for a byte that could not be read. Neither this nor a control character belongs into a text.
BROKEN = "\ufffd"
UNREADABLE = re.compile(f"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f{BROKEN}]")
_CHINESE = re.compile("[\u2e80-\ufffc]")


class Problem(NamedTuple):
    """One fault of a sheet: its line (the header is line 1), the column, what stood there, and the reason."""

    line: int
    column: str
    value: str
    reason: StrOrPromise

    def __str__(self) -> str:
        return _("Line %(line)d, %(column)s “%(value)s”: %(reason)s") % self._asdict()


@dataclass(frozen=True)
class Row:
    """One unit as the sheet wants it. `values` holds only the facts that the sheet gives (households,
    phone, boundary, lon, lat); `parent_code` is "" for a district."""

    line_no: int
    code: str
    kind: SourceKind
    name: str
    official_name: str
    city: str
    parent_code: str
    values: dict[str, Any] = field(default_factory=dict)


@dataclass
class Sheet:
    """What was read: rows, faults, and the codes of rows at fault (so that nobody blames their children)."""

    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)


class BadCell(ValueError):
    """A cell that cannot be read; its text is the reason."""


def read_sheet(text: str) -> Sheet:
    """A CSV as a sheet, with every fault that a row shows by itself. Empty lines are passed over."""
    sheet = Sheet()
    return _read(csv_records(text, sheet.problems), sheet)


def read_records(records: Iterable[tuple[int, Sequence[str]]]) -> Sheet:
    """The same of (line, cells), the header first, wherever they come from."""
    return _read(iter(records), Sheet())


def _read(records: Iterator[tuple[int, Sequence[str]]], sheet: Sheet) -> Sheet:
    _line, header = next(records, (1, []))
    columns = _columns(header, sheet.problems)
    if sheet.problems:
        return sheet
    for line, record in records:
        if any(cell.strip() for cell in record):
            _add_row(sheet, line, columns, record)
    return sheet


def decode(data: bytes) -> str:
    """A file's text: UTF-8 with or without mark, else GB 18030, as spreadsheets here write it.

    A byte that cannot be read becomes U+FFFD, which `read_sheet` reports where it stands. Broken UTF-8 may be
    lawful GB 18030 and yet nonsense, so it is taken for that only where hardly any Chinese shows in it.
    """
    text = data.decode("utf-8-sig", errors="replace")
    if (broken := text.count(BROKEN)) and len(_CHINESE.findall(text)) < broken:
        return data.decode("gb18030", errors="replace")
    return text


def csv_records(text: str, problems: list[Problem]) -> Iterator[tuple[int, list[str]]]:
    """(line, cells). A line with a cell too long to be read is a fault, and the next one goes on."""
    lines = io.StringIO(text, newline="").readlines()
    reader = csv.reader(lines)
    while True:
        try:
            yield from ((reader.line_num, record) for record in reader)
            return
        except csv.Error:
            reason = _("A cell is longer than %(most)d characters.") % {"most": csv.field_size_limit()}
            line = reader.line_num
            problems.append(Problem(line, _("whole line"), lines[line - 1][:QUOTED], reason))


def _columns(header: Sequence[str], problems: list[Problem]) -> list[str]:
    """What each column means, "" where it means nothing here."""
    columns = [_COLUMN_OF.get(cell.strip().lower(), "") for cell in header]
    if missing := [name for name in REQUIRED if name not in columns]:
        reason = _("These columns are missing: %(columns)s.") % {"columns": ", ".join(missing)}
        problems.append(Problem(1, ", ".join(missing), ",".join(header)[:QUOTED], reason))
    for number, (cell, column) in enumerate(zip(header, columns, strict=True), start=1):
        if UNREADABLE.search(cell):
            problems.append(Problem(1, _nth(number), cell[:QUOTED], unreadable()))
        elif column in columns[: number - 1] and column:
            problems.append(Problem(1, column, cell, _("This column is there twice.")))
    return columns


def _add_row(sheet: Sheet, line: int, columns: list[str], record: Sequence[str]) -> None:
    pairs = zip(columns, record, strict=False)
    cells = dict.fromkeys(REQUIRED, "") | {column: cell.strip() for column, cell in pairs if column}
    before = len(sheet.problems)
    sheet.problems += _faults_of_cells(line, cells)
    if loose := [n for n, cell in enumerate(record[len(columns) :], start=len(columns)) if cell.strip()]:
        reason = _("The header names no such column; a text with a comma in it stands in quotation marks.")
        sheet.problems.append(Problem(line, _nth(loose[0] + 1), record[loose[0]].strip()[:QUOTED], reason))
    row = _row(line, cells, sheet.problems)
    if row and len(sheet.problems) == before:
        sheet.rows.append(row)
    else:
        sheet.broken.add(cells["code"])


def _nth(number: int) -> str:
    return _("column %(number)d") % {"number": number}


def unreadable() -> str:
    """What is said of a cell that UNREADABLE finds something in."""
    return _("This has characters that cannot be read; save the file as UTF-8 again.")


def _faults_of_cells(line: int, cells: dict[str, str]) -> list[Problem]:
    return [
        Problem(line, column, cell[:QUOTED], unreadable())
        for column, cell in cells.items()
        if UNREADABLE.search(cell)
    ]


def _row(line: int, cells: dict[str, str], problems: list[Problem]) -> Row | None:
    before = len(problems)
    kind = SOURCE_KINDS.get(cells["kind"].lower())
    if kind is None:
        reason = _("This kind of unit is not known.")
        problems.append(Problem(line, "kind", cells["kind"][:QUOTED], reason))
    name, city = _name(cells["name"], kind.level if kind else "")
    if fault := _fault_of_name(cells["name"], name, city):
        problems.append(Problem(line, "name", cells["name"][:QUOTED], fault))
    if cells.get("code12") and cells["code12"] != cells["code"].ljust(12, "0"):
        problems.append(Problem(line, "code12", cells["code12"][:QUOTED], _("This does not fit the code.")))
    values = _values(line, cells, problems)
    if len(problems) > before or kind is None:
        return None
    parent = cells.get("parent_code", "") or _parent_in_code(cells["code"], kind.level)
    return Row(line, cells["code"], kind, name, cells["name"], city, parent, values)


def _fault_of_name(official: str, name: str, city: str) -> str | None:
    if not name:
        return _("No name is left after cleaning.")
    for text, most in ((official, LONGEST_OFFICIAL_NAME), (name, LONGEST_NAME), (city, LONGEST_CITY)):
        if len(text) > most:
            return _("This name is too long: %(most)d characters fit.") % {"most": most}
    return None


def _name(raw: str, level: str) -> tuple[str, str]:
    name = clean_name(raw, level)
    if level != "district":
        return name, ""
    city, name = split_city(name)
    return name, city


def _parent_in_code(code: str, level: str) -> str:
    """Where no parent is given, a code says it, being its parent's and three digits. Not a building's."""
    return "" if level in {"district", "building"} else code[:-3]


def _values(line: int, cells: dict[str, str], problems: list[Problem]) -> dict[str, Any]:
    values = {}
    for column, read in _READERS.items():
        if not cells.get(column):
            continue
        try:
            values[column] = read(cells[column])
        except BadCell as error:
            problems.append(Problem(line, column, cells[column][:QUOTED], str(error)))
    if "boundary" in values and "lon" not in values:
        values["lon"], values["lat"] = centre_of(values["boundary"])
    return values


def _households(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise BadCell(_("The number of households is a whole number."))
    # By its length first: what is very long is not even made a number.
    if len(text) > len(str(MOST_HOUSEHOLDS)) or int(text) > MOST_HOUSEHOLDS:
        raise BadCell(_("This number is too large: %(most)d is the most.") % {"most": MOST_HOUSEHOLDS})
    return int(text)


def _phone(text: str) -> str:
    if problem := telephone_problem(text):
        raise BadCell(str(problem))
    return text


def _degrees(limit: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = limit + 1
        if not -limit <= value <= limit:
            raise BadCell(_("This is not a position in degrees."))
        return value

    return read


def _boundary(text: str) -> dict[str, Any]:
    try:
        geometry = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadCell(_("A boundary is a GeoJSON Polygon or MultiPolygon.")) from error
    if isinstance(geometry, dict) and geometry.get("type") == "Feature":
        geometry = geometry.get("geometry")
    if geometry is None or (problem := boundary_problem(geometry)):
        raise BadCell(
            str(problem) if geometry is not None else _("A boundary is a GeoJSON Polygon or MultiPolygon.")
        )
    return tidy(geometry)


_READERS: dict[str, Callable[[str], Any]] = {
    "households": _households,
    "phone": _phone,
    "boundary": _boundary,
    "lon": _degrees(180),
    "lat": _degrees(90),
}
