"""双向评价 as a table: a row per unit or body that was called, or that called; what each side thinks of the other."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from desk.lists import Asked
from grids.lineage import column
from grids.models import Body, Unit
from issues.kinds import VALIDITIES, VERDICTS
from issues.models import Callee, Category

GIVEN = tuple(word.key for word in (*VERDICTS, *VALIDITIES))


@dataclass(frozen=True)
class AssessedRow:
    """Of one unit or body, or of all together (without a code): how many were called, and the verdicts."""

    code: str
    label: str
    called: int
    given: dict[str, int]

    @property
    def numbers(self) -> list[int]:
        """In the order of the columns: n, the callers' verdicts, n assessed, what the called think, n judged."""
        rated = [self.given[word.key] for word in VERDICTS]
        judged = [self.given[word.key] for word in VALIDITIES]
        return [self.called, *rated, sum(rated), *judged, sum(judged)]


def assessed_rows(asked: Asked, side: str) -> list[AssessedRow]:
    """By code, the sum last: of whistles that were blown in the period, as far as the reader sees their issues.
    Three queries."""
    found: Any = Callee.objects.visible_to(asked.user, asked.now).really_called()
    found = found.filter(asked.during("whistle__called_at"))
    if asked.unit:
        found = found.filter(**{f"issue__{column(asked.unit.kind)}": asked.unit.pk})
    if asked.category:
        found = found.filter(issue__category__in=Category.objects.ids_within(asked.category.key))
    if asked.body:
        found = found.filter(**{"body" if side == "called" else "whistle__caller_body": asked.body})
    tallies = list(found.assessed_by(side))
    units = _named(Unit, (one["of_unit"] for one in tallies))
    bodies = _named(Body, (one["of_body"] for one in tallies))
    nobody = AssessedRow("", _("Together"), 0, dict.fromkeys(GIVEN, 0))
    rows = [
        AssessedRow(
            *(units.get(one["of_unit"]) or bodies[one["of_body"]]),
            one["called"],
            {key: one[key] for key in GIVEN},
        )
        for one in tallies
    ]
    return [*sorted(rows, key=lambda row: row.code), _sum(nobody, rows)]


def _sum(total: AssessedRow, rows: Iterable[AssessedRow]) -> AssessedRow:
    for row in rows:
        given = {key: total.given[key] + row.given[key] for key in GIVEN}
        total = replace(total, called=total.called + row.called, given=given)
    return total


def _named(model: Any, ids: Iterable[int | None]) -> dict[int, tuple[str, str]]:
    rows = model.objects.filter(pk__in={pk for pk in ids if pk}).order_by()
    return {pk: (code, name) for pk, code, name in rows.values_list("pk", "code", "name")}
