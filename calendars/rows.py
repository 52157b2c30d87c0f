"""Rows of a calendar file: reading, checking, and saying of each bad one what is wrong with it."""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO, Any

from django.utils.translation import gettext_lazy as _

from calendars.worktime import Kind

COLUMNS = ("date", "kind", "name", "note")
KINDS: tuple[Kind, ...] = ("off", "work")
LONGEST = 60
PACKAGED = Path(__file__).parent / "data" / "cn_calendar_2004_2026.csv"
PACKAGED_SOURCE = "国务院办公厅关于部分节假日安排的通知"

_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class Day:
    """One exception to the weekday rule: a day off, or a make-up workday."""

    date: date
    kind: Kind
    name: str = ""
    note: str = ""


@dataclass(frozen=True)
class BadRow:
    """A row that cannot be taken: where it stands, what stands there, why not (a translatable sentence)."""

    line: int
    value: str
    reason: Any

    def __str__(self) -> str:
        return f"{self.line}: {self.value!r}: {self.reason}"


def read_csv(file: IO[str]) -> Iterator[dict[str, Any]]:
    """The rows of a CSV file with a header, each with its `line`."""
    reader = csv.DictReader(file)
    for row in reader:
        yield {**row, "line": reader.line_num}


def packaged_rows() -> list[dict[str, Any]]:
    """The rows of the calendar that is shipped: 2004 to 2026."""
    with PACKAGED.open(encoding="utf-8", newline="") as file:
        return list(read_csv(file))


def check_rows(rows: Iterable[Mapping[str, Any]]) -> tuple[list[Day], list[BadRow]]:
    """Sort rows into days and bad rows, each row in exactly one of the two.

    A row maps `date` (2027-01-31), `kind` (off, work), `name`, `note`; `line` where it is known, else rows
    are counted from 2, the first after a header.
    """
    days: dict[date, Day] = {}
    bad: list[BadRow] = []
    for count, row in enumerate(rows, start=2):
        day = _day(row, row.get("line", count))
        if isinstance(day, Day) and day.date in days:
            day = BadRow(row.get("line", count), f"{day.date}", _("This date is given twice."))
        if isinstance(day, Day):
            days[day.date] = day
        else:
            bad.append(day)
    return list(days.values()), bad


def announced_years(days: Iterable[Day]) -> frozenset[int]:
    """The years that these days are the whole notice of.

    National Day is in each year's notice, so its first day tells a whole year from the stray day that a
    notice moves across the turn of the year (2011-12-31 stands in the notice for 2012).
    """
    return frozenset(day.date.year for day in days if day.kind == "off" and f"{day.date:%m-%d}" == "10-01")


def _day(row: Mapping[str, Any], line: int) -> Day | BadRow:
    """The row as a day, or the first thing that is wrong with it."""
    cells = {name: (row.get(name) or "").strip() for name in COLUMNS}
    if None in row:
        return BadRow(line, f"{row[None]}", _("More cells than columns."))  # type: ignore[index]
    at = _date(cells["date"])
    if at is None:
        return BadRow(line, cells["date"], _("Not a date like 2027-01-31."))
    kind = next((known for known in KINDS if known == cells["kind"]), None)
    if kind is None:
        return BadRow(line, cells["kind"], _("The kind is “off” or “work”."))
    for name in ("name", "note"):
        if len(cells[name]) > LONGEST:
            return BadRow(line, cells[name], _("Longer than 60 characters."))
    return Day(at, kind, cells["name"], cells["note"])


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None
