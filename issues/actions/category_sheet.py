"""A district's own categories by the sheet: all of them in one new version of its rule, or none."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from grids.actions.policies import BadValue, set_policy
from grids.actions.sheet_rows import WrongCell, check_cells
from grids.holding import holding_of
from grids.models import Unit
from grids.policies import forget_kept
from grids.sheet_kinds import KINDS, Column, Outcome, SheetKind, named, shown_words, words_of
from grids.sheets import QUOTED, Problem
from grids.standing import standing_of
from grids.tables import Table
from grids.workbook import Cell
from issues.models import Category
from issues.policies.asking import OWN, own_key
from issues.policies.matters import NOBODY
from trail.refusals import Refused

KEY = "categories"
CAPABILITY = "manage_policies"
_COLUMN = {column.key: column for column in OWN.columns}
# Columns whose cells are words of a list; the others are taken as they are.
_WORDS = ("kind", "handled_at", "for_residents")


def write_categories(table: Table, by: Any, now: datetime, dry_run: bool) -> Outcome:
    """Add the rows to the district's own categories, or bring them up to date; none is taken away."""
    outcome, district = Outcome(), _district(by, now)
    if district is None:
        outcome.faults.append(
            Problem(table.line, _("whole file"), "", _("Own categories are added for one district."))
        )
        return outcome
    present = holding_of(OWN, district, now).value
    found = _read(table, outcome)
    for row, (_line, _cells, values) in found.items():
        there = present.get(row)
        name = "added" if there is None else "unchanged" if dict(there) == values else "changed"
        setattr(outcome, name, getattr(outcome, name) + 1)
    if outcome.faults or not (outcome.added or outcome.changed):
        return outcome
    wanted = dict(present) | {row: values for row, (_line, _cells, values) in found.items()}
    try:
        with transaction.atomic():
            reason = _("Imported from a sheet")
            set_policy(district, OWN.key, wanted, by=by, now=now, reason=reason)
            transaction.set_rollback(dry_run)
    except BadValue as bad:
        outcome.faults += [_fault(place, reason, table, found) for place, reason in bad.errors.items()]
    except Refused as refused:
        outcome.faults.append(Problem(table.line, _("whole file"), "", str(refused)))
    forget_kept()
    return outcome


Found = dict[str, tuple[int, dict[str, str], dict[str, Any]]]


def _read(table: Table, outcome: Outcome) -> Found:
    """Row's key → (line, its cells, what they say). Rows of the list that all share are passed over."""
    shared = set(Category.objects.filter(district=None).values_list("key", flat=True))
    groups = words_of((row.key, row.name) for row in Category.objects.filter(district=None, parent=None))
    found: Found = {}
    for line, cells in named(KINDS[KEY], table, outcome.faults):
        row = cells["key"]
        if row in shared:
            outcome.notes.append(Problem(line, "key", row, _("This stands in the list that all share.")))
        elif row in found:
            reason = _("Line %(line)d says the same.") % {"line": found[row][0]}
            outcome.faults.append(Problem(line, "key", row[:QUOTED], reason))
        else:
            try:
                found[row] = (line, cells, _values(cells, groups))
            except WrongCell as wrong:
                value = cells[wrong.column][:QUOTED]
                outcome.faults.append(Problem(line, wrong.column, value, str(wrong)))
    return found


def _values(cells: dict[str, str], groups: dict[str, str]) -> dict[str, Any]:
    """A row as the rule keeps it, without what is empty."""
    check_cells(cells)
    values = {name: cells[name] for name in _COLUMN if cells[name]}
    known = {name: words_of(_COLUMN[name].choices) for name in _WORDS} | {"part_of": groups}
    for name, words in known.items():
        if name in values:
            if values[name].lower() not in words:
                raise WrongCell(name, _("This is none of the allowed words."))
            values[name] = words[values[name].lower()]
    return values


def _fault(place: str, reason: Any, table: Table, found: Found) -> Problem:
    row, _dot, column = place.partition(".")
    line, cells, _values = found.get(row, (table.line, {}, {}))
    return Problem(line, column or "key", cells.get(column or "key", row)[:QUOTED], str(reason))


def _district(by: Any, now: datetime) -> Unit | None:
    """Where the person sets the rules; None for nobody's or several."""
    homes = [
        one.unit_id for one in standing_of(by, now).with_capability(CAPABILITY) if one.level == "district"
    ]
    return Unit.objects.open().filter(pk=homes[0]).first() if len(set(homes)) == 1 else None


def show_category(category: Any) -> Sequence[Cell]:
    """Its row; needs `parent`. Of a district's own the key is that of the row."""
    key = category.key
    if category.district_id:
        key = key.removeprefix(own_key(category.district_id, ""))
    return [
        key,
        category.name,
        category.name_en,
        category.parent.name if category.parent else "",
        _word("kind", category.kind),
        _word("handled_at", category.handled_at or NOBODY),
        _word("for_residents", "yes" if category.for_residents else "no"),
        category.hint,
        category.hint_en,
    ]


def _word(column: str, key: str) -> str:
    return str(dict(_COLUMN[column].choices).get(key, key))


def _offered(column: str) -> Callable[[], Sequence[str]]:
    return lambda: shown_words(_COLUMN[column].choices)


def _column(key: str, heading: str, example: str, required: bool = True) -> Column:
    words = _offered(key) if key in _WORDS else None
    return Column(key, (heading,), example, _COLUMN[key].label, required, words)


CATEGORIES = SheetKind(
    key=KEY,
    label=gettext_lazy("Categories of the district's own"),
    capability=CAPABILITY,
    columns=(
        Column(
            "key",
            ("键", "编码"),
            "bikes",
            gettext_lazy("1 to 20 small letters, digits and _; never changed."),
            True,
        ),
        _column("name", "名称", "共享单车乱停"),
        _column("name_en", "英文名称", "Shared bicycles"),
        _column("part_of", "所属大类", "", False),
        _column("kind", "类别", "求助"),
        _column("handled_at", "按规则派往", "网格"),
        _column("for_residents", "向居民开放", "是"),
        _column("hint", "包括什么", "", False),
        _column("hint_en", "包括什么（英文）", "", False),
    ),
    perform=write_categories,
    show=show_category,
    most_rows=300,
    whole=True,
)
