"""How each list is read: its queryset and what its rows show; the same for a page, a file, a snapshot and the API."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from desk import lists, rows
from desk.board import board, board_rows
from desk.lists import Asked
from desk.rows import Row
from desk.tables import MOST_ROWS, Table
from trail.refusals import Refused

CHUNK = 1000


@dataclass(frozen=True)
class Reading:
    """How one table is read: its queryset, and what its rows show."""

    find: Callable[[Asked], QuerySet]
    show: Callable[[Iterable[Any], Asked], list[Row]]
    names: bool = True


READINGS = {
    "issues": Reading(lists.issues, rows.issue_rows),
    "duties": Reading(lists.duties, rows.duty_rows),
    "tasks": Reading(lists.tasks, rows.task_rows, names=False),
    "board": Reading(board, board_rows),
    "calls": Reading(lists.calls, rows.call_rows),
}


def found_by(table: Table, asked: Asked) -> QuerySet:
    """The rows of the table, with what they show."""
    reading = READINGS[table.key]
    found = reading.find(asked)
    return rows.with_names(found) if reading.names else found


def all_rows(table: Table, asked: Asked) -> Iterator[Row]:
    """Every row, a thousand at a time. Raises Refused("too_many") beyond what a file holds."""
    found = list(found_by(table, asked)[: MOST_ROWS + 1])
    if len(found) > MOST_ROWS:
        raise Refused(_("More than 20,000 rows: narrow the filter."), code="too_many")
    for start in range(0, len(found), CHUNK):
        yield from READINGS[table.key].show(found[start : start + CHUNK], asked)
