"""What a district edits, as kinds of policies: a registry that the apps above fill, and how a value is checked.

A value is a table: row → column → cell. Code owns the rows and columns and what they mean; a district's value
overrides numbers, audiences, words and on/off. What it leaves out holds as shipped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from calendars.worktime import Span

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    Words = tuple[tuple[str, StrOrPromise], ...]

# row → column → cell, as it is kept in the database.
Value = Mapping[str, Mapping[str, Any]]
# "row.column" → what is wrong there; "" where it is about the whole.
Errors = dict[str, Any]

SPAN_UNITS: dict[str, StrOrPromise] = {
    "minutes": _("minutes, day and night"),
    "hours": _("hours, day and night"),
    "working_hours": _("working hours"),
    "working_days": _("working days"),
}
# Round the clock nothing waits longer than a year, in working days not longer than two.
LONGEST = {"minutes": 525_600, "hours": 8_760, "working_hours": 2_000, "working_days": 500}
MOST_ROWS = 300
ROW_KEY = re.compile(r"[a-z0-9_:]{1,80}")


class WrongValue(ValueError):
    """A value that its kind does not take; `errors` says per cell why."""

    def __init__(self, errors: Errors) -> None:
        super().__init__(errors)
        self.errors = errors


@dataclass(frozen=True)
class Column:
    """A column of a kind's table.

    `type`: span, number, percent, flag, choice, line, text, date or keys (several of `choices`). Where there are
    no `choices`, a choice and keys are of what the kind's `choices_of` names. An empty cell of one that is not
    `required` leaves what holds above. `beside`: the column with which it says one thing; whoever sets that one
    says this one anew.
    """

    key: str
    label: StrOrPromise
    type: str
    choices: Words = ()
    least: int = 1
    most: int = 200
    required: bool = True
    beside: str = ""


@dataclass(frozen=True)
class Finding:
    """Something that would have come out otherwise: a line of (text, address or "", how) for each case."""

    label: Any
    rows: Sequence[tuple[str, str, Any]]

    @property
    def count(self) -> int:
        return len(self.rows)


@dataclass(frozen=True)
class Rehearsal:
    """What a value would have done to the last days; `complete` unless there were too many cases."""

    days: int
    looked_at: int
    complete: bool
    findings: Sequence[Finding]


@dataclass(frozen=True)
class PolicyKind:
    """One thing that a district edits. `at`: levels whose units may set it.

    `rows` are fixed (key, label) pairs; None: the rows are keyed by something else or the district's own, and
    `rows_of(unit)` names those to offer. `whole`: a value replaces the one above it instead of overlaying it.
    `default` is what is shipped, besides what `shipped_of(unit)` reads. `check(unit, value)` asks what only the
    database knows; `keep(policy, by, now)` writes what else a version needs; `rehearse(unit, value, by, now)`
    says what it would have done; `choices_of(unit, column)` are those of a column of keys.
    """

    key: str
    label: StrOrPromise
    help: StrOrPromise
    columns: tuple[Column, ...]
    default: Value
    rows: Words | None = None
    row_label: StrOrPromise = ""
    at: frozenset[str] = frozenset({"district"})
    whole: bool = False
    # The shipped value is a sample of ours, not what a source says.
    is_sample: bool = True
    rule: Callable[[Value], Errors] | None = None
    rows_of: Callable[[Any], Words] | None = None
    check: Callable[[Any, Value], Errors] | None = None
    rehearse: Callable[[Any, Value, Any, Any], Rehearsal] | None = None
    choices_of: Callable[[Any, str], Words] | None = None
    shipped_of: Callable[[Any], Value] | None = None
    # Why the past cannot be replayed, where it cannot.
    unreplayed: StrOrPromise = ""
    keep: Callable[[Any, Any, Any], None] | None = None

    def shipped(self, unit: Any) -> Value:
        """What holds at a unit where nobody has set anything."""
        if self.shipped_of is None:
            return self.default
        return self.shipped_of(unit) if self.whole else self.over(self.default, self.shipped_of(unit))

    @property
    def has_own_rows(self) -> bool:
        """The district makes its rows; each has a `name`."""
        return self.rows is None and self.rows_of is None and self.whole

    def column(self, key: str) -> Column:
        return next(column for column in self.columns if column.key == key)

    def clean(self, value: Any, below: Value | None = None) -> dict[str, dict[str, Any]]:
        """The value in its kept form, without empty cells; it is to fit what holds without it (`below`). Raises
        WrongValue naming each wrong cell."""
        if not isinstance(value, Mapping) or len(value) > MOST_ROWS:
            raise WrongValue({"": _("It must be a table of at most 300 rows.")})
        found: dict[str, dict[str, Any]] = {}
        errors: Errors = {}
        for row, cells in value.items():
            kept = self._row(row, cells, errors)
            if kept or self.whole:
                found[row] = kept
        if not errors and self.rule:
            errors = self.rule(self.over(found, below))
        if errors:
            raise WrongValue(errors)
        return found

    def _row(self, row: Any, cells: Any, errors: Errors) -> dict[str, Any]:
        known = None if self.rows is None else {key for key, _label in self.rows}
        if not isinstance(row, str) or not ROW_KEY.fullmatch(row) or (known is not None and row not in known):
            errors[f"{row}"] = _("There is no such row.")
            return {}
        if not isinstance(cells, Mapping):
            errors[row] = _("A row consists of cells.")
            return {}
        kept = {}
        for name in cells.keys() - {column.key for column in self.columns}:
            errors[f"{row}.{name}"] = _("There is no such column.")
        for column in self.columns:
            try:
                cell = clean_cell(column, cells.get(column.key))
            except ValueError as wrong:
                errors[f"{row}.{column.key}"] = wrong.args[0]
                continue
            if cell is not None:
                kept[column.key] = cell
            elif self.whole and column.required:
                errors[f"{row}.{column.key}"] = _("This is missing.")
        return kept

    def over(self, value: Value, below: Value | None = None) -> dict[str, dict[str, Any]]:
        """`value` laid over what holds without it (the shipped default, unless `below` is given)."""
        if self.whole:
            # The database keeps no order of its own.
            known = [row for row, _label in self.rows or () if row in value]
            return {row: dict(value[row]) for row in dict.fromkeys([*known, *value])}
        base = self.default if below is None else below
        return {
            row: {**self._kept_below(base.get(row, {}), value.get(row, {})), **value.get(row, {})}
            for row in [*base, *(row for row in value if row not in base)]
        }

    def _kept_below(self, cells: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
        """Cells of a row that still hold with `over` above them: what stands beside a cell goes with it."""
        gone = {column.key for column in self.columns if column.beside in over}
        return {name: cell for name, cell in cells.items() if name not in gone}


def clean_cell(column: Column, given: Any) -> Any:
    """One cell in its kept form; None for an empty one. Raises ValueError with what to do about it."""
    if given is None or given == "" or given == []:
        return None
    return _CLEANERS[column.type](column, given)


def _span(column: Column, given: Any) -> list[Any]:
    known = isinstance(given, list | tuple) and len(given) == 2 and isinstance(given[1], str)
    if not known or given[1] not in SPAN_UNITS:
        raise ValueError(_("Give a number and its unit."))
    amount, unit = given
    if not _whole(amount) or not 1 <= amount <= LONGEST[unit]:
        raise ValueError(
            _("A whole number from 1 to %(most)d %(unit)s.")
            % {"most": LONGEST[unit], "unit": SPAN_UNITS[unit]}
        )
    return [amount, unit]


def _number(column: Column, given: Any) -> int:
    if not _whole(given) or not column.least <= given <= column.most:
        raise ValueError(
            _("A whole number from %(least)d to %(most)d.") % {"least": column.least, "most": column.most}
        )
    return given


def _flag(column: Column, given: Any) -> bool:
    if not isinstance(given, bool):
        raise ValueError(_("Yes or no."))
    return given


def _choice(column: Column, given: Any) -> str:
    known = {key for key, _label in column.choices}
    if not isinstance(given, str) or (given not in known if known else not ROW_KEY.fullmatch(given)):
        raise ValueError(_("Choose one of what is offered."))
    return given


def _text(column: Column, given: Any) -> str | None:
    if not isinstance(given, str) or len(given.strip()) > column.most:
        raise ValueError(_("A text of at most %(most)d characters.") % {"most": column.most})
    return given.replace("\r\n", "\n").strip() or None


def _date(column: Column, given: Any) -> str:
    try:
        return date.fromisoformat(given).isoformat()
    except (TypeError, ValueError):
        raise ValueError(_("A date such as 2026-12-31.")) from None


def _keys(column: Column, given: Any) -> list[str]:
    known = {key for key, _label in column.choices}
    if not isinstance(given, list | tuple) or len(given) > MOST_ROWS:
        raise ValueError(_("Choose from what is offered."))
    for key in given:
        if not isinstance(key, str) or not ROW_KEY.fullmatch(key) or (known and key not in known):
            raise ValueError(_("There is no %(key)s to choose.") % {"key": key})
    return sorted(set(given))


_CLEANERS: dict[str, Callable[[Column, Any], Any]] = {
    "span": _span,
    "number": _number,
    "percent": _number,
    "flag": _flag,
    "choice": _choice,
    "line": _text,
    "text": _text,
    "date": _date,
    "keys": _keys,
}


def _whole(given: Any) -> bool:
    return isinstance(given, int) and not isinstance(given, bool)


def span_of(cell: Sequence[Any]) -> Span:
    """A kept span as the arithmetic takes it."""
    return Span(cell[0], cell[1])


def cell_of(span: Span) -> list[Any]:
    """The kept form of a span of whole units."""
    return [int(span.amount), span.unit]


@dataclass(frozen=True)
class Difference:
    """A cell that reads otherwise afterwards; None where there is nothing."""

    row: str
    column: str
    before: Any
    after: Any


def differences(before: Value, after: Value) -> list[Difference]:
    """Every cell that differs, row by row; of rows with unequal order nothing is said."""
    rows = [*before, *(row for row in after if row not in before)]
    found = []
    for row in rows:
        old, new = before.get(row, {}), after.get(row, {})
        for column in [*old, *(name for name in new if name not in old)]:
            if old.get(column) != new.get(column):
                found.append(Difference(row, column, old.get(column), new.get(column)))
    return found


# The kinds that the apps have registered, in their order; and who wants to know that some policy has changed.
KINDS: dict[str, PolicyKind] = {}
_FORGETTERS: list[Callable[[], None]] = []


def register(*kinds: PolicyKind) -> None:
    """Make kinds known, under their keys; the same key again replaces it."""
    KINDS.update({kind.key: kind for kind in kinds})


def when_changed(forget: Callable[[], None]) -> None:
    """Have `forget` called whenever a policy was set or withdrawn in this process."""
    if forget not in _FORGETTERS:
        _FORGETTERS.append(forget)


def forget_kept() -> None:
    """Something was set or withdrawn: whatever is kept of policies in this process is out of date."""
    for forget in _FORGETTERS:
        forget()
