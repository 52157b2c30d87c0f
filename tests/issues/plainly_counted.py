"""The figures of the command centre once more, issue by issue and with nothing that the fold uses."""

from collections import Counter
from datetime import datetime
from typing import Any

import pytest

from issues.actions.figures import fold_once
from issues.models import Callee, Figure, Issue, Whistle

AT_WORK = ("called", "acknowledged", "reported_in")
OPEN = ("reported", "assigned", "handling", "suspended", "resolved")
# Every event of a test's own transaction has settled.
EVERYTHING = 2**62


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test is one transaction: it folds what it has not committed."""
    monkeypatch.setattr("issues.actions.figures.settled_below", lambda: EVERYTHING)


def fold_all(now: datetime) -> None:
    while fold_once(now=now):
        pass


def folded() -> dict[Any, int]:
    """What the figures say: (unit, category, what, hour) → number."""
    columns = ("unit_id", "category_id", "what", "hour", "number")
    rows = Figure.objects.exclude(number=0).values_list(*columns)
    return {(unit, category, what, hour): number for unit, category, what, hour, number in rows}


def plainly(now: datetime) -> dict[Any, int]:
    """What they should say."""
    found: Counter[Any] = Counter()
    for issue in Issue.objects.select_related("category"):
        if issue.about_unit_id or issue.about_body_id or issue.category.about_somebody:
            continue
        for what, hour in _of(issue, now):
            for unit in (issue.district_id, issue.street_id, issue.community_id, issue.grid_id):
                if unit:
                    found[unit, issue.category_id, what, hour] += 1
    return dict(found)


def _of(issue: Issue, now: datetime) -> list[tuple[str, datetime | None]]:
    found: list[tuple[str, datetime | None]] = [("reports", _hour(issue.reported_at))]
    if issue.state == "closed":
        found.append(("closings", _hour(issue.closed_at)))
    if issue.state in OPEN:
        found.append((issue.state, None))
        found += [("late", None)] * (issue.due_at < now) + [("danger", None)] * issue.is_danger
    for whistle in Whistle.objects.filter(issue=issue):
        if Callee.objects.filter(whistle=whistle, state__in=AT_WORK).exists():
            found.append((f"whistle_{whistle.kind}", None))
    return found


def _hour(moment: Any) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)
