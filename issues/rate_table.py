"""Words for reading the three rates as a table: a row per part of a unit, per body or per category, and a sum."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from grids.levels import LEVELS
from grids.lineage import column
from grids.models import Body, Unit
from grids.standing import standing_of
from issues.districts import reason_labels
from issues.models import Category, RateDay
from issues.rates import Figures
from issues.verdicts import RateDayQuerySet

Tally = tuple[Figures, Counter[str]]
BY = ("unit", "body", "category")


@dataclass(frozen=True)
class RateRow:
    """One row. `code` of the unit or body, or the category's key; empty for a sum. `kind` is total, own (what
    lies directly at the unit, or what units handled) or part."""

    code: str
    label: str
    figures: Figures
    kind: str = "part"
    # Key of a reason beside a rating → how often it was given.
    reasons: Counter[str] = field(default_factory=Counter)


def rated_figures(
    user: Any,
    now: datetime,
    *,
    first: date,
    last: date,
    unit: Unit | None = None,
    body: Body | None = None,
    category: Category | None = None,
) -> RateDayQuerySet:
    """The stored days that this person may see, of this part and period (both days counted)."""
    found: Any = RateDay.objects.visible_to(user, now).between(first, last)
    if unit:
        found = found.within(unit)
    if body:
        found = found.filter(body=body)
    return found.filter(category__in=Category.objects.ids_within(category.key)) if category else found


def rate_rows(figures: RateDayQuerySet, by: str, unit: Unit | None) -> list[RateRow]:
    """The rows by code, those without any figures too where they are parts of the unit; the sum comes last.

    Without a unit (somebody who stands at several places, or at a body) the rows are districts.
    """
    column = _column_below(unit) if by == "unit" else f"{by}_id"
    found, reasons = figures.by(column), figures.reasons_by(column)
    tallies = {pk: (one, reasons.get(pk, Counter())) for pk, one in found.items()}
    if by == "unit":
        rows = _by_unit(tallies, unit)
    elif by == "body":
        rows = _named(tallies, Body.objects, "code", "name", _("Handled by units"))
    else:
        labels = {row.pk: row for row in Category.objects.filter(pk__in=found)}
        rows = [
            RateRow(labels[pk].key, labels[pk].label, one, reasons=given)
            for pk, (one, given) in tallies.items()
        ]
    return [*sorted(rows, key=lambda row: (row.kind, row.code)), _together(rows)]


def _together(rows: Iterable[RateRow]) -> RateRow:
    total, given = Figures(), Counter[str]()
    for row in rows:
        total, given = total + row.figures, given + row.reasons
    return RateRow("", _("Together"), total, "total", given)


def reasons_named(figures: RateDayQuerySet, rows: Sequence[RateRow]) -> dict[str, str]:
    """Key → words of every reason that was given, as its district calls it; what was given most stands first. No
    query where none was, else two."""
    given = rows[-1].reasons
    if not given:
        return {}
    districts = figures.exclude(reasons={}).order_by().values_list("district_id", flat=True).distinct()
    labels = reason_labels(list(districts))
    ranked = sorted(given, key=lambda key: (-given[key], key))
    return {key: labels.get(key, key) for key in ranked}


def stands_at(user: Any, now: datetime) -> Unit | None:
    """The one unit that somebody reads below; None for several, or at a body that is no centre."""
    territory = standing_of(user, now).in_sight("read_below")
    ids = [pk for found in territory.values() for pk in found]
    return Unit.objects.defer("boundary").get(pk=ids[0]) if len(ids) == 1 else None


def _column_below(unit: Unit | None) -> str:
    """The lineage column of the parts of this unit."""
    levels = list(LEVELS)
    return column(levels[min(levels.index(unit.kind) + 1, len(levels) - 1)] if unit else levels[0])


def _by_unit(found: Mapping[int | None, Tally], unit: Unit | None) -> list[RateRow]:
    own = _("%(name)s itself") % {"name": unit.name} if unit else _("Without a place")
    rows = _named(found, Unit.objects, "code", "name", own)
    if unit is None:
        return rows
    known = {row.code for row in rows}
    bare = Unit.objects.open().filter(parent=unit).exclude(code__in=known).order_by("code")
    return [*rows, *(RateRow(code, name, Figures()) for code, name in bare.values_list("code", "name"))]


def _named(
    found: Mapping[int | None, Tally], source: Any, code: str, label: str, nobody: str
) -> list[RateRow]:
    """With the names of their ids; what has none stands under `nobody`."""
    ids = [pk for pk in found if pk]
    names = {pk: rest for pk, *rest in source.filter(pk__in=ids).order_by().values_list("pk", code, label)}
    return [
        RateRow(*names.get(pk, ("", "—")), figures, reasons=given)
        if pk
        else RateRow("", nobody, figures, "own", given)
        for pk, (figures, given) in found.items()
    ]
