"""What a changed rule would have done to the issues of the last 30 days: reads, and changes nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from calendars.worktime import Span, Worktime
from grids.levels import LEVELS
from grids.models import Body, Unit
from grids.policies import Finding, Rehearsal, Value
from issues.districts import read_rules
from issues.limits import Limits
from issues.models import Issue
from issues.policies import DistrictRules
from issues.routing import Line, Route, route_by_rule
from issues.worktimes import worktime_of

DAYS = 30
MOST = 5000
# Limits field → what is said of a deadline that would have come earlier, and of one that would have come later.
CHANGED = {
    "answer": (_("To be signed for or screened earlier"), _("To be signed for or screened later")),
    "submit": (_("Result due earlier"), _("Result due later")),
}


@dataclass(frozen=True)
class _World:
    """What all replays share."""

    units: Mapping[int, Unit]
    bodies: Mapping[str, Body]
    worktime: Worktime

    def line(self, issue: Issue) -> Line:
        found = (self.units.get(pk) for pk in issue.lineage().values() if pk)
        return {unit.kind: unit for unit in found if unit}


@dataclass(frozen=True)
class _Outcome:
    """Where an issue goes under some rules, and how long that has."""

    route: Route
    limits: Limits


def rehearse(key: str, unit: Unit, value: Value, by: Any, now: datetime) -> Rehearsal:
    """Replay the routing of everything reported in the unit within 30 days, at most 5,000 of the newest.

    Six queries, however many issues. Whoever may see an issue gets its address.
    """
    place = {f"{unit.kind}_id": unit.pk, "reported_at__gte": now - timedelta(days=DAYS)}
    found = Issue.objects.filter(**place).select_related("category").order_by("-reported_at", "-pk")
    issues = list(found[: MOST + 1])
    district = unit.district_id or unit.pk
    rules = read_rules(district, now), read_rules(district, now, (unit.pk, key, value))
    world = _world(district, issues)
    seen = set(
        Issue.objects.visible_to(by, now)
        .filter(pk__in=[one.pk for one in issues])
        .values_list("pk", flat=True)
    )
    groups: dict[Any, list[tuple[str, str, Any]]] = {}
    for issue in issues[:MOST]:
        address = reverse("admin:issues_issue_change", args=[issue.pk]) if issue.pk in seen else ""
        for label, how in _changes(issue, rules, world):
            groups.setdefault(str(label), []).append((issue.number, address, how))
    return Rehearsal(
        DAYS,
        len(issues[:MOST]),
        len(issues) <= MOST,
        [Finding(label, rows) for label, rows in groups.items()],
    )


def _world(district: int, issues: Iterable[Issue]) -> _World:
    ids = {pk for issue in issues for pk in issue.lineage().values() if pk} | {district}
    units = Unit.objects.filter(pk__in=ids).defer("boundary").order_by()
    bodies = Body.objects.open().select_related("unit").filter(district=district)
    return _World({one.pk: one for one in units}, {one.code: one for one in bodies}, worktime_of(district))


def _changes(
    issue: Issue, rules: tuple[DistrictRules, DistrictRules], world: _World
) -> Iterable[tuple[Any, Any]]:
    """(what is otherwise, how) for this issue."""
    line, day = world.line(issue), timezone.localdate(issue.reported_at)
    before, after = (_outcome(issue, one, line, day, world.bodies) for one in rules)
    if (before.route.target, before.route.by_rule) != (after.route.target, after.route.by_rule):
        label = format_lazy("{} → {}", _place(before.route), _place(after.route))
        yield label, format_lazy("{} → {}", before.route.target.name, after.route.target.name)
    for name, labels in CHANGED.items():
        old, new = getattr(before.limits, name), getattr(after.limits, name)
        if name == "submit" and not (before.route.by_rule and after.route.by_rule):
            continue
        dates = _dates(issue, old, new, world.worktime)
        if dates:
            yield labels[dates[1] > dates[0]], format_lazy("{} → {}", *map(_moment, dates))


def _outcome(
    issue: Issue, rules: DistrictRules, line: Line, day: date, bodies: Mapping[str, Body]
) -> _Outcome:
    category = issue.category
    route = route_by_rule(line, category, rules, day, bodies)
    limits = rules.limits_for(
        route.target.kind, danger=category.is_danger, category=category.key, street=issue.street_id
    )
    return _Outcome(route, limits)


def _dates(issue: Issue, old: Span, new: Span, worktime: Worktime) -> tuple[datetime, datetime] | None:
    """When it would have been due; None for the same moment."""
    if old == new:
        return None
    dates = worktime.due(issue.reported_at, old).at, worktime.due(issue.reported_at, new).at
    return dates if dates[0] != dates[1] else None


def _place(route: Route) -> Any:
    """A level by its name, a body by its own; who only screens is told apart."""
    if route.body:
        return route.body.name
    level = LEVELS[route.unit.kind].label(route.unit.line)
    return level if route.by_rule else format_lazy("{} ({})", level, _("screens it"))


def _moment(at: datetime) -> str:
    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M")
