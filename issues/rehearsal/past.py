"""What is looked at when a rule is rehearsed: the newest issues of a place, under the rules before and after."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.text import format_lazy

from calendars.worktime import Span, Worktime
from grids.models import Unit
from grids.policies import Value
from issues.districts import read_rules
from issues.models import Deadline, Issue
from issues.policies import DistrictRules
from issues.worktimes import worktime_of

DAYS = 30
MOST = 5000
# What would have been otherwise, of which issue, and how.
Change = tuple[Any, Issue, Any]


@dataclass(frozen=True)
class Past:
    """`before` are the rules as they hold now, `after` as they would; `seen` the ids of the issues that whoever
    asks may open."""

    district: int
    issues: list[Issue]
    complete: bool
    before: DistrictRules
    after: DistrictRules
    worktime: Worktime
    seen: frozenset[int]

    def address(self, issue: Issue) -> str:
        """Where it stands, for those who see it."""
        return reverse("admin:issues_issue_change", args=[issue.pk]) if issue.pk in self.seen else ""

    @cached_property
    def by_id(self) -> dict[int, Issue]:
        return {one.pk: one for one in self.issues}

    def clocks(self, clocks: Collection[str]) -> Iterator[tuple[Issue, Deadline]]:
        """The clocks of these kinds that started, each once: as its first rung. One query."""
        seen = set()
        for row in self.rungs().filter(clock__in=clocks):
            key = (row.issue_id, row.callee_id, row.task_id, row.decision_id, row.clock, row.started_at)
            if key not in seen and not row.fixed and row.left_seconds is None:
                seen.add(key)
                yield self.by_id[row.issue_id], row

    def rungs(self) -> Any:
        """Every rung of every clock of these issues, oldest first."""
        rows = Deadline.objects.filter(issue__in=[one.pk for one in self.issues])
        return rows.select_related("callee__whistle", "decision").order_by("pk")

    def dates(self, since: datetime, old: Span, new: Span) -> tuple[datetime, datetime] | None:
        """When something that began then was, and would have been, due; None for the same moment."""
        if old == new:
            return None
        dates = self.worktime.due(since, old).at, self.worktime.due(since, new).at
        return dates if dates[0] != dates[1] else None


def past_of(key: str, unit: Unit, value: Value, by: Any, now: datetime) -> Past:
    """The newest issues of the unit, and the rules as they would be if `value` held there. Five queries."""
    place = {f"{unit.kind}_id": unit.pk, "reported_at__gte": now - timedelta(days=DAYS)}
    found = Issue.objects.about_nobody().filter(**place).select_related("category")
    issues = list(found.order_by("-reported_at", "-pk")[: MOST + 1])
    shown = Issue.objects.visible_to(by, now).filter(pk__in=[one.pk for one in issues])
    district = unit.district_id or unit.pk
    return Past(
        district,
        issues[:MOST],
        len(issues) <= MOST,
        read_rules(district, now),
        read_rules(district, now, (unit.pk, key, value)),
        worktime_of(district),
        frozenset(shown.values_list("pk", flat=True)),
    )


def moment(at: datetime) -> str:
    """As a finding shows it."""
    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M")


def moved(dates: tuple[datetime, datetime]) -> Any:
    """From when to when."""
    return format_lazy("{} → {}", *map(moment, dates))
