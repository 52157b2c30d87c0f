"""A list of staff, one account a line: columns by their header, every fault with its line and value. Pure."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from accounts.phones import clean_phone
from grids.sheets import Problem
from trail.refusals import Refused

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# Column → the headers under which it is recognised.
HEADERS: dict[str, tuple[str, ...]] = {
    "username": ("username", "sign-in name", "登录名", "用户名", "账号"),
    "display_name": ("display_name", "name", "姓名", "显示名"),
    "phone": ("phone", "手机", "手机号", "手机号码", "电话"),
    "language": ("language", "语言"),
    "is_staff": ("desk", "is_staff", "后台", "管理后台"),
}
REQUIRED = ("username", "display_name")
LANGUAGES = {"": "", "zh-hans": "zh-hans", "中文": "zh-hans", "简体中文": "zh-hans", "en": "en", "英文": "en"}
YES, NO = {"1", "yes", "y", "true", "是", "√"}, {"", "0", "no", "n", "false", "否"}
LONGEST = 60
MOST_ROWS = 500
MOST_CHARACTERS = 200_000
_COLUMN_OF = {header: column for column, headers in HEADERS.items() for header in headers}
_USERNAME = re.compile(r"[\w.@+-]+")


@dataclass(frozen=True)
class Person:
    """One line. `phone` is digits alone; `language` "" follows the browser."""

    line: int
    username: str
    display_name: str
    phone: str = ""
    language: str = ""
    is_staff: bool = False


@dataclass
class Staff:
    """What was read: people, or what is wrong."""

    people: list[Person] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def blame(self, person: Person, column: str, value: str, reason: StrOrPromise) -> None:
        """Say what is wrong with a line that could be read."""
        self.problems.append(Problem(person.line, column, value, reason))
        self.problems.sort(key=lambda problem: problem.line)


def read_staff(text: str) -> Staff:
    """Commas or, as pasted from a spreadsheet, tabs. Empty lines are passed over."""
    staff = Staff()
    delimiter = "\t" if "\t" in text.partition("\n")[0] else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        filled = [(reader.line_num, cells) for cells in reader if any(map(str.strip, cells))]
    except csv.Error as error:
        reason = _("This is no table of comma-separated values.")
        staff.problems.append(Problem(reader.line_num, "—", str(error), reason))
        return staff
    header, *lines = filled or [(1, [])]
    columns = [_COLUMN_OF.get(cell.strip().lower(), "") for cell in header[1]]
    if missing := ", ".join(HEADERS[name][0] for name in REQUIRED if name not in columns):
        reason = _("These columns are missing: %(columns)s.") % {"columns": missing}
        staff.problems.append(Problem(1, missing, ",".join(header[1])[:LONGEST], reason))
    elif not lines:
        staff.problems.append(Problem(1, "—", "", _("There are no rows below the header.")))
    elif len(lines) > MOST_ROWS:
        reason = _("More than %(most)d rows; split the list.") % {"most": MOST_ROWS}
        staff.problems.append(Problem(lines[MOST_ROWS][0], "—", str(len(lines)), reason))
    else:
        _read_lines(staff, columns, lines)
    return staff


def _read_lines(staff: Staff, columns: list[str], lines: list[tuple[int, list[str]]]) -> None:
    seen: dict[str, int] = {}
    for line, cells in lines:
        found = [Problem(line, *problem) for problem in _faults(columns, cells)]
        if found:
            staff.problems += found
            continue
        person = _person(line, dict(zip(columns, map(str.strip, cells), strict=False)))
        if person.username in seen:
            reason = _("The same sign-in name stands in line %(line)d.") % {"line": seen[person.username]}
            staff.problems.append(Problem(line, "username", person.username, reason))
        seen.setdefault(person.username, line)
        staff.people.append(person)


def _faults(columns: list[str], cells: list[str]) -> Iterator[tuple[str, str, StrOrPromise]]:
    """(column, value, reason) of each fault of a line by itself."""
    if extra := [cell for cell in cells[len(columns) :] if cell.strip()]:
        yield "—", extra[0][:LONGEST], _("This line has more cells than the header.")
    row = dict.fromkeys(HEADERS, "") | dict(zip(columns, map(str.strip, cells), strict=False))
    name, shown = _normal(row["username"]), row["display_name"]
    if not _USERNAME.fullmatch(name) or len(name) > LONGEST:
        yield (
            "username",
            name[:LONGEST],
            _("A sign-in name is 1 to 60 letters, digits and @ . + - _, without spaces."),
        )
    if not 0 < len(shown) <= LONGEST or not shown.isprintable():
        yield "display_name", shown[:LONGEST], _("A name of at most 60 characters is needed.")
    try:
        clean_phone(row["phone"])
    except Refused as refused:
        yield "phone", row["phone"][:LONGEST], str(refused)
    if row["language"].lower() not in LANGUAGES:
        yield "language", row["language"][:LONGEST], _("This language is not offered.")
    if row["is_staff"].lower() not in YES | NO:
        yield "desk", row["is_staff"][:LONGEST], _("Write yes or no.")


def _person(line: int, row: dict[str, str]) -> Person:
    """Of a line without faults."""
    return Person(
        line,
        _normal(row["username"]),
        row["display_name"],
        clean_phone(row.get("phone", "")),
        LANGUAGES[row.get("language", "").lower()],
        row.get("is_staff", "").lower() in YES,
    )


def _normal(name: str) -> str:
    """As Django writes sign-in names: the same letter in two widths is one."""
    return unicodedata.normalize("NFKC", name)
