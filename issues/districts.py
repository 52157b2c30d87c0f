"""The rules of a district as they hold now, kept for some seconds so that an intake need not read them again."""

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from grids.models import Body, Policy, Unit
from grids.policies import Errors, Value
from issues.limits import Limits
from issues.models import Category, Issue
from issues.models.category import reads_english
from issues.policies import SHIPPED, DistrictRules, rules_from
from issues.policies.asking import QUESTIONS, own_key, row_of
from issues.policies.matters import NOBODY
from issues.policies.rules import reasons_from
from issues.policies.times import ALL, LADDER
from issues.policies.words import RATING_REASONS
from issues.questions import Question

# Elsewhere a change is seen after this; where it was made, at once.
FRESH_SECONDS = 5.0
FRESH = timedelta(seconds=FRESH_SECONDS)
_keys: dict[int, str] = {}
_kept: dict[int, tuple[float, datetime, "Held"]] = {}


@dataclass(frozen=True)
class Held:
    """Rules, and the time in which they hold: from the newest version on until the next one that is known."""

    rules: DistrictRules
    since: datetime | None = None
    until: datetime | None = None

    def at(self, now: datetime) -> bool:
        return (self.since is None or self.since <= now) and (self.until is None or now < self.until)


def rules_of(district_id: int | None, now: datetime) -> DistrictRules:
    """What holds in this district at `now`: as shipped, where neither it nor a street has set anything."""
    if district_id is None:
        return SHIPPED
    known = _kept.get(district_id)
    if (
        known
        and time.monotonic() - known[0] < FRESH_SECONDS
        and abs(now - known[1]) < FRESH
        and known[2].at(now)
    ):
        return known[2].rules
    held = _read(district_id, now)
    _kept[district_id] = (time.monotonic(), now, held)
    return held.rules


def read_rules(
    district_id: int, now: datetime, proposed: tuple[int, str, Value] | None = None
) -> DistrictRules:
    """The same, freshly read: one query. `proposed` (unit id, key, value) is taken as if it held already."""
    return _read(district_id, now, proposed).rules


def _read(district_id: int, now: datetime, proposed: tuple[int, str, Value] | None = None) -> Held:
    columns = ("pk", "unit", "key", "value", "effective_from")
    to_come = Policy.objects.to_come(now).filter(unit__district=district_id).order_by("effective_from")[:1]
    rows = Policy.objects.in_district(district_id, now).values_list(*columns)
    found = list(rows.union(to_come.values_list(*columns), all=True))
    until = next((start for *_rest, start in found if start > now), None)
    begun = {(unit, key): (pk, value, start) for pk, unit, key, value, start in found if start <= now}
    since = max((start for *_rest, start in begun.values()), default=None)
    if proposed:
        begun[proposed[:2]] = (0, proposed[2], now)
    if not begun:
        return Held(SHIPPED, since, until)
    own = {key: row[:2] for (unit, key), row in begun.items() if unit == district_id}
    streets = {unit: row[:2] for (unit, _key), row in begun.items() if unit != district_id}
    return Held(rules_from(own, streets, district_id), since, until)


def remind_percents(
    district_ids: Collection[int | None], now: datetime
) -> dict[int | None, list[tuple[datetime, int]]]:
    """District → (since when, after how many percent of a clock's time it is reminded), oldest first; left out
    where that is as shipped. One query."""
    found: dict[int | None, list[tuple[datetime, int]]] = {}
    begun = Policy.objects.kept().filter(unit__in=district_ids, key=LADDER.key, effective_from__lte=now)
    for district, since, value in begun.order_by("effective_from", "pk").values_list(
        "unit", "effective_from", "value"
    ):
        found.setdefault(district, []).append((since, LADDER.over(value)[ALL]["remind_percent"]))
    return found


def limits_of(issue: Issue, place: str, now: datetime) -> Limits:
    """What a handler of this level or kind of body has for this issue, if its clock starts now."""
    rules, danger = rules_of(issue.district_id, now), issue.is_danger
    return rules.limits_for(place, danger=danger, category=category_key(issue), street=issue.street_id)


def category_key(issue: Issue) -> str:
    """The key of its category; keys never change, so each is asked for once."""
    if issue.category_id not in _keys:
        _keys[issue.category_id] = issue.category.key
    return _keys[issue.category_id]


def forget_rules() -> None:
    """A policy has changed in this process."""
    _kept.clear()


def reason_labels(district_ids: Collection[int | None]) -> dict[str, str]:
    """Key → what these districts call a reason beside a rating, or called it while it was in force. One query."""
    english, rows = (
        reads_english(),
        Policy.objects.kept().filter(unit__in=district_ids, key=RATING_REASONS.key),
    )
    values = rows.order_by("effective_from", "pk").values_list("value", flat=True)
    versions = (RATING_REASONS.default, *(RATING_REASONS.over(value) for value in values))
    return {one.key: one.label(english=english) for version in versions for one in reasons_from(version)}


def category_rows(unit: Unit) -> tuple[tuple[str, Any], ...]:
    """The categories that can be chosen, for tables with a row or a choice of each."""
    rows = Category.objects.of_district(unit.district_id).order_by("order", "key")
    return tuple((row.key, f"{row.parent.label} · {row.label}" if row.parent else row.label) for row in rows)


def category_settings(unit: Unit) -> dict[str, dict[str, Any]]:
    """What the categories themselves say, as a rule would: a danger goes to the grid, whatever is set."""
    return {
        row.key: {"responsible": "grid" if row.is_danger else row.handled_at or NOBODY, "active": "yes"}
        | {"photo": "none", "check": "no"}
        for row in Category.objects.of_district(unit.district_id)
    }


def category_choices(unit: Unit, column: str) -> tuple[tuple[str, Any], ...]:
    """The same, for a column in which categories are chosen."""
    return category_rows(unit)


def group_choices(unit: Unit, column: str) -> tuple[tuple[str, Any], ...]:
    """The groups that categories stand under."""
    groups = Category.objects.filter(is_active=True, parent=None, category__isnull=False).distinct()
    return tuple((row.key, row.label) for row in groups.order_by("order", "key"))


def asked_by_categories(unit: Unit) -> dict[str, dict[str, Any]]:
    """The questions of the categories themselves, as rows of the table."""
    return dict(
        row_of(category.key, number, question)
        for category in Category.objects.of_district(unit.district_id).order_by("order", "key")
        for number, question in enumerate(category.asked, start=1)
    )


def questions_of(issue: Issue, now: datetime) -> tuple[Question, ...]:
    """What was asked besides when it was reported. A query where it has answers and the district asks its own."""
    asked = issue.category.asked
    if not issue.answers or QUESTIONS.key not in rules_of(issue.district_id, now).versions:
        return asked
    return read_rules(issue.district_id, issue.reported_at).questions_for(category_key(issue), asked)


def check_categories(unit: Unit, value: Value) -> Errors:
    """Categories and bodies that are named must exist; a body must serve the unit."""
    wrong: Errors = {key: _no_category(key) for key in _unknown(set(value), unit)}
    named = {row: cells["body"] for row, cells in value.items() if "body" in cells}
    bodies = {body.code: body for body in Body.objects.open().filter(code__in=named.values())}
    for row, code in named.items():
        body = bodies.get(code)
        if (
            body is None
            or body.district_id != unit.district_id
            or body.street_id not in (None, unit.street_id)
        ):
            wrong[f"{row}.body"] = _("No open body here has the code %(code)s.") % {"code": code}
    return wrong


def check_duty_list(unit: Unit, value: Value) -> Errors:
    """Categories that are named must exist."""
    named = {row: set(cells.get("categories", ())) for row, cells in value.items()}
    unknown = _unknown(set().union(*named.values()), unit)
    return {
        f"{row}.categories": _no_category(sorted(keys & unknown)[0])
        for row, keys in named.items()
        if keys & unknown
    }


def check_named_categories(unit: Unit, value: Value) -> Errors:
    """Categories that are named must exist here."""
    here = set(Category.objects.of_district(unit.district_id).values_list("key", flat=True))
    named = {row: cells["category"] for row, cells in value.items()}
    return {f"{row}.category": _no_category(key) for row, key in named.items() if key not in here}


def check_own_categories(unit: Unit, value: Value) -> Errors:
    """Names are free, groups exist, and a category that something was reported under stays what it was."""
    groups = dict(group_choices(unit, "part_of"))
    keys = {own_key(unit.pk, row): row for row in value}
    taken = set(
        Category.objects.of_district(unit.pk).exclude(district=unit.pk).values_list("name", flat=True)
    )
    wrong: Errors = {}
    for row, cells in value.items():
        if cells["name"] in taken:
            wrong[f"{row}.name"] = _("Another category here has this name.")
        if "part_of" in cells and cells["part_of"] not in groups:
            wrong[f"{row}.part_of"] = _("Choose one of what is offered.")
    for known in Category.objects.filter(key__in=keys).select_related("parent"):
        row = keys[known.key]
        if _is_otherwise(known, value[row]) and Issue.objects.filter(category=known).exists():
            wrong[f"{row}.name"] = _(
                "Something was reported under it already: leave it out and add another one instead."
            )
    return wrong


def _is_otherwise(known: Category, cells: Mapping[str, Any]) -> bool:
    """Would it mean something else?"""
    parent = known.parent.key if known.parent else ""
    was = (known.name, known.name_en, known.kind, parent)
    return was != (cells["name"], cells["name_en"], cells["kind"], cells.get("part_of", ""))


def _no_category(key: str) -> Any:
    return _("There is no category with the key %(key)s.") % {"key": key}


def _unknown(keys: set[str], unit: Unit) -> set[str]:
    return keys - set(Category.objects.of_district(unit.district_id).values_list("key", flat=True))
