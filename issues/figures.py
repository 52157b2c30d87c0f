"""What the command centre counts, and where one issue stands in it: a mark for each figure that it adds to. Pure.

Every mark counts at each level of where the issue happened. What stands now (open, late, in danger, whistles) has no
hour; what came in and what was closed counts in the local hour in which it did.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from issues.lifecycle import OPEN_STATES
from issues.whistles import KINDS as WHISTLES

LATE, DANGER = "late", "danger"
REPORTS, CLOSINGS = "reports", "closings"
WHISTLE = {kind.key: f"whistle_{kind.key}" for kind in WHISTLES}
STANDING = (*OPEN_STATES, LATE, DANGER, *WHISTLE.values())
FLOWS = (REPORTS, CLOSINGS)
# No building: it is a door.
LEVELS = ("district", "street", "community", "grid")
# Hours further back are not counted any more; trail/retention.py drops them a day later.
REACH = timedelta(days=30)

# (what, hour or None)
Mark = tuple[str, datetime | None]
# (unit, category, what, hour or None)
Cell = tuple[int, int, str, datetime | None]


@dataclass(frozen=True)
class Seen:
    """As much of an issue as decides where it counts. `units`: of where it happened, district first. `left_out`: a
    complaint about somebody, which counts nowhere, since not everybody may know of it."""

    units: tuple[int, ...]
    category: int
    state: str
    is_danger: bool
    due_at: datetime | None
    reported_at: datetime
    closed_at: datetime | None
    left_out: bool = False
    # Kind → how many of them run.
    whistles: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    def is_late(self, now: datetime) -> bool:
        """As the word `overdue` of the queryset."""
        return self.due_at is not None and self.due_at < now


def marks_of(seen: Seen, now: datetime) -> Counter[Mark]:
    """The figures that this issue adds to, and how much."""
    found: Counter[Mark] = Counter()
    if seen.left_out:
        return found
    found[REPORTS, hour_of(seen.reported_at)] = 1
    if seen.state == "closed" and seen.closed_at:
        found[CLOSINGS, hour_of(seen.closed_at)] = 1
    if seen.is_open:
        found[seen.state, None] = 1
        found[LATE, None] = int(seen.is_late(now))
        found[DANGER, None] = int(seen.is_danger)
    for kind, number in seen.whistles.items():
        found[WHISTLE[kind], None] = number
    return +found


def hour_of(moment: datetime) -> datetime:
    """The hour in which it was. The zones of China are whole hours away from UTC."""
    return moment.replace(minute=0, second=0, microsecond=0)


def cells(
    units: Iterable[int], category: int | None, marks: Mapping[Mark, int]
) -> Iterator[tuple[Cell, int]]:
    """Every figure that these marks add to, and how much."""
    if category is not None:
        for unit in units:
            for (what, hour), number in marks.items():
                yield (unit, category, what, hour), number


def written(marks: Mapping[Mark, int]) -> list[list[str | int | None]]:
    """As JSON keeps them."""
    return [[what, hour.isoformat() if hour else None, number] for (what, hour), number in marks.items()]


def read(rows: Iterable[list]) -> Counter[Mark]:
    """What `written` has written."""
    return Counter(
        {(what, datetime.fromisoformat(hour) if hour else None): number for what, hour, number in rows}
    )
