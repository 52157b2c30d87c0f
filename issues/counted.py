"""Words for reading the figures of the command centre: sums of what was folded, never a look at all issues."""

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import Sum

from issues.figures import FLOWS, STANDING
from trail.statements import rows_of

# By the index that holds just these (migration 0020).
MOVED = """
    SELECT issue_id FROM issues_counted
    WHERE units <> array_remove(ARRAY[district_id, street_id, community_id, grid_id], NULL)
    ORDER BY issue_id LIMIT %s
"""


class FigureQuerySet(models.QuerySet):
    def standing(self, units: Iterable[int]) -> dict[int, Counter[str]]:
        """Unit → what stands there now → how many. One query."""
        found: dict[int, Counter[str]] = {unit: Counter() for unit in units}
        # The names make it an index of these few rows alone, not of every hour that is kept.
        rows = self.filter(unit__in=list(found), what__in=STANDING, hour=None).order_by()
        rows = rows.values_list("unit", "what")
        for unit, what, number in rows.annotate(all=Sum("number")):
            found[unit][what] = number
        return found

    def flows(self, unit: int, since: datetime) -> Counter[tuple[str, datetime]]:
        """(what, hour) → how many came in or were closed in that hour, from this one on. One query."""
        rows = self.filter(unit=unit, what__in=FLOWS, hour__gte=since).order_by()
        summed = rows.values_list("what", "hour").annotate(all=Sum("number"))
        return Counter({(what, hour): number for what, hour, number in summed})


class CountedQuerySet(models.QuerySet):
    def within(self, unit: Any) -> Self:
        """Issues that happened in this unit or below it."""
        return self.filter(**{f"{unit.kind}_id": unit.pk})

    def called(self) -> Self:
        """Those with whistles that run; whoever was called and is due first comes first."""
        return self.filter(call_due_at__isnull=False).order_by("call_due_at", "pk")

    def supervised(self) -> Self:
        """Those with a letter of supervision that is not answered; what is due first comes first."""
        return self.filter(letter_due_at__isnull=False).order_by("letter_due_at", "pk")

    def tellable(self, untold: Collection[int]) -> Self:
        """All but disputes and what is of these categories: of those no line is told on a wall. Cut after this, so that
        none of them takes the place of another."""
        return self.exclude(issue__kind="dispute").exclude(issue__category__in=untold)

    def late_by(self, now: datetime) -> Self:
        """Those that have become late and do not count so yet."""
        return self.filter(late_from__lt=now).order_by("late_from")

    def moved(self, limit: int) -> list[int]:
        """Ids of issues that count elsewhere than where they lie: their unit has moved, or they never counted."""
        return [pk for (pk,) in rows_of(MOVED, [limit])]
