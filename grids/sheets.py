"""Reading a sheet of units: columns by their header, cells into values, every fault with its line. Pure."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from django.utils.translation import gettext as _

from grids.boundaries import boundary_problem, centre_of
from grids.names import clean_name, split_city
from grids.source_kinds import SOURCE_KINDS, SourceKind

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
    "boundary": ("boundary", "边界"),
    "lon": ("lon", "lng", "longitude", "经度"),
    "lat": ("lat", "latitude", "纬度"),
}
REQUIRED = ("code", "kind", "name")
_COLUMN_OF = {header: column for column, headers in HEADERS.items() for header in headers}


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
    boundary, lon, lat); `parent_code` is "" for a district."""

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
    reader = csv.reader(io.StringIO(text, newline=""))
    header = next(reader, [])
    columns = [_COLUMN_OF.get(cell.strip().lower(), "") for cell in header]
    sheet = Sheet()
    if missing := [name for name in REQUIRED if name not in columns]:
        reason = _("These columns are missing: %(columns)s.") % {"columns": ", ".join(missing)}
        sheet.problems.append(Problem(1, ", ".join(missing), ",".join(header)[:60], reason))
        return sheet
    for record in reader:
        cells = {column: cell.strip() for column, cell in zip(columns, record, strict=False)}
        if any(cells.values()):
            _add_row(sheet, reader.line_num, dict.fromkeys(REQUIRED, "") | cells)
    return sheet


def decode(data: bytes) -> str:
    """A file's text: UTF-8 with or without mark, else GB 18030, as spreadsheets here write it."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("gb18030", errors="replace")


def _add_row(sheet: Sheet, line: int, cells: dict[str, str]) -> None:
    row = _row(line, cells, sheet.problems)
    if row:
        sheet.rows.append(row)
    else:
        sheet.broken.add(cells["code"])


def _row(line: int, cells: dict[str, str], problems: list[Problem]) -> Row | None:
    before = len(problems)
    kind = SOURCE_KINDS.get(cells["kind"].lower())
    if kind is None:
        problems.append(Problem(line, "kind", cells["kind"], _("This kind of unit is not known.")))
    name, city = _name(cells["name"], kind.level if kind else "")
    if not name:
        problems.append(Problem(line, "name", cells["name"], _("No name is left after cleaning.")))
    if cells.get("code12") and cells["code12"] != cells["code"].ljust(12, "0"):
        problems.append(Problem(line, "code12", cells["code12"], _("This does not fit the code.")))
    values = _values(line, cells, problems)
    if len(problems) > before or kind is None:
        return None
    parent = cells.get("parent_code", "") or _parent_in_code(cells["code"], kind.level)
    return Row(line, cells["code"], kind, name, cells["name"], city, parent, values)


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
            problems.append(Problem(line, column, cells[column][:60], str(error)))
    if "boundary" in values and "lon" not in values:
        values["lon"], values["lat"] = centre_of(values["boundary"])
    return values


def _households(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise BadCell(_("The number of households is a whole number."))
    return int(text)


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
    except ValueError as error:
        raise BadCell(_("A boundary is a GeoJSON Polygon or MultiPolygon.")) from error
    if isinstance(geometry, dict) and geometry.get("type") == "Feature":
        geometry = geometry.get("geometry")
    if geometry is None or (problem := boundary_problem(geometry)):
        raise BadCell(
            str(problem) if geometry is not None else _("A boundary is a GeoJSON Polygon or MultiPolygon.")
        )
    return geometry


_READERS: dict[str, Callable[[str], Any]] = {
    "households": _households,
    "boundary": _boundary,
    "lon": _degrees(180),
    "lat": _degrees(90),
}
