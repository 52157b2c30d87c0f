"""Where issues would have gone, by when, and what would have been asked of those who reported them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from grids.levels import LEVELS
from grids.models import Body, Unit
from issues.hotline.topics import topic_of
from issues.limits import Limits
from issues.models import Category, HotlineOrder, Issue
from issues.models.category import reads_english
from issues.policies import DistrictRules
from issues.policies.matters import PHOTO
from issues.questions import raises_danger
from issues.rehearsal.past import Change, Past, moved
from issues.rehearsal.results import checks
from issues.routing import Line, Route, route_by_rule

ASKED, NOT_ASKED = _("Would have been asked besides"), _("Would not have been asked any more")
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

    def line(self, issue: Issue) -> Line:
        found = (self.units.get(pk) for pk in issue.lineage().values() if pk)
        return {unit.kind: unit for unit in found if unit}


@dataclass(frozen=True)
class _Outcome:
    """Where an issue goes under some rules, and how long that has."""

    route: Route
    limits: Limits


def routes(past: Past) -> Iterator[Change]:
    """Where each issue would have gone, and by when. Two queries."""
    world = _world(past)
    for issue in past.issues:
        for label, how in _changes(issue, past, world):
            yield label, issue, how


def categories(past: Past) -> Iterator[Change]:
    """The same, and what else a category says of its matters."""
    yield from routes(past)
    yield from in_use(past)
    yield from _photos(past)
    yield from checks(past)


def in_use(past: Past) -> Iterator[Change]:
    """What could not have been chosen any more."""
    for issue in past.issues:
        category, place = issue.category, (issue.category.district_id, issue.street_id)
        if past.before.offers(category.key, *place) and not past.after.offers(category.key, *place):
            yield _("Could not have been chosen"), issue, category.label


def topics(past: Past) -> Iterator[Change]:
    """Orders of the hotline that would have come in as something else; somebody may have put them right since. Two
    queries."""
    in_use = {row.name: row for row in Category.objects.in_use(past.before.own)}
    names, labels = (
        {name: row.key for name, row in in_use.items()},
        {row.key: row.label for row in in_use.values()},
    )
    given = HotlineOrder.objects.filter(issue__in=list(past.by_id)).order_by("pk")
    for pk, path in given.values_list("pk", "given__category"):
        before, after = (
            topic_of(path or "", names, rules.hotline_topics).key for rules in (past.before, past.after)
        )
        if before != after:
            how = format_lazy("{}: {} → {}", path, labels.get(before, before), labels.get(after, after))
            yield _("Would have come in as another category"), past.by_id[pk], how


def questions(past: Past) -> Iterator[Change]:
    """What would have been asked otherwise."""
    english = reads_english()
    for issue in past.issues:
        category = issue.category
        before, after = (
            set(rules.questions_for(category.key, category.asked)) for rules in (past.before, past.after)
        )
        changed = [(ASKED, one) for one in after - before] + [(NOT_ASKED, one) for one in before - after]
        for label, one in sorted(changed, key=lambda pair: pair[1].key):
            yield label, issue, format_lazy("{} · {}", category.label, one.words(english=english))


def _photos(past: Past) -> Iterator[Change]:
    words = dict(PHOTO)
    for issue in past.issues:
        key, street = issue.category.key, issue.street_id
        before, after = (rules.photo_for(key, street) or "none" for rules in (past.before, past.after))
        if before != after and not issue.is_danger:
            yield _("Another photo asked for"), issue, format_lazy("{} → {}", words[before], words[after])


def _world(past: Past) -> _World:
    ids = {pk for issue in past.issues for pk in issue.lineage().values() if pk} | {past.district}
    units = Unit.objects.filter(pk__in=ids).defer("boundary").order_by()
    bodies = Body.objects.open().select_related("unit").filter(district=past.district)
    return _World({one.pk: one for one in units}, {one.code: one for one in bodies})


def _changes(issue: Issue, past: Past, world: _World) -> Iterator[tuple[Any, Any]]:
    """(what is otherwise, how) for this issue."""
    line, day = world.line(issue), timezone.localdate(issue.reported_at)
    before, after = (_outcome(issue, one, line, day, world.bodies) for one in (past.before, past.after))
    if (before.route.target, before.route.by_rule) != (after.route.target, after.route.by_rule):
        label = format_lazy("{} → {}", _place(before.route), _place(after.route))
        yield label, format_lazy("{} → {}", before.route.target.name, after.route.target.name)
    for name, labels in CHANGED.items():
        old, new = getattr(before.limits, name), getattr(after.limits, name)
        if name == "submit" and not (before.route.by_rule and after.route.by_rule):
            continue
        dates = past.dates(issue.reported_at, old, new)
        if dates:
            yield labels[dates[1] > dates[0]], moved(dates)


def _outcome(
    issue: Issue, rules: DistrictRules, line: Line, day: date, bodies: Mapping[str, Body]
) -> _Outcome:
    category, asked = issue.category, rules.questions_for(issue.category.key, issue.category.asked)
    danger = raises_danger(asked, issue.answers)
    route = route_by_rule(line, category, rules, day, bodies, danger=danger)
    limits = rules.limits_for(
        route.target.kind, danger=danger or category.is_danger, category=category.key, street=issue.street_id
    )
    return _Outcome(route, limits)


def _place(route: Route) -> Any:
    """A level by its name, a body by its own; who only screens is told apart."""
    if route.body:
        return route.body.name
    level = LEVELS[route.unit.kind].label(route.unit.line)
    return level if route.by_rule else format_lazy("{} ({})", level, _("screens it"))
