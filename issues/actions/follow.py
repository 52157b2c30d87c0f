"""What a change of the tree means for open issues: none is stranded at a unit that closes, merges or moves.

Where they happened follows by itself (grids.lineage); here it is about who has them, was called or must
decide, and who sees them.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import transaction
from django.db.models import ForeignKey, Model, Q, QuerySet
from django.utils.translation import ngettext

from grids.lineage import COLUMNS, column, inside
from grids.models import Body, Unit
from issues.actions.batch import Batch, party
from issues.actions.concerns import concerns_of
from issues.models import Callee, Concern, Issue
from trail.refusals import Refused

BATCH = 200


def refuse_while_open(unit: Unit) -> None:
    """Before a unit is closed: what is open there must have a place to go. Raises Refused("open_issues")."""
    happened = Q(**{column(unit.kind): unit.pk})
    count = Issue.objects.open().filter(happened | _with([unit.pk], [])).count()
    if count:
        reason = ngettext(
            "%(count)d open issue happened in %(unit)s or is with it. Merge the unit into another, which then"
            " has it, or let it be ended first.",
            "%(count)d open issues happened in %(unit)s or are with it. Merge the unit into another, which"
            " then has them, or let them be ended first.",
            count,
        )
        raise Refused(reason % {"count": count, "unit": unit.name}, code="open_issues")


def follow_unit(unit: Unit, *, now: datetime) -> int:
    """After `unit` moved or merged: open issues go to the unit that it was merged into, and whoever has them,
    was called to them or stands above these now sees them. How many open issues were looked at.

    Reads the unit as it stands: late, twice or out of order it ends in the same place.
    """
    unit = home = Unit.objects.get(pk=unit.pk)
    while home.merged_into_id:
        home = Unit.objects.get(pk=home.merged_into_id)
    if home != unit:
        _move_concerns(unit, home)
    ids = _touched(unit, home)
    for start in range(0, len(ids), BATCH):
        _follow(ids[start : start + BATCH], unit, home, now)
    return len(ids)


def _touched(unit: Unit, home: Unit) -> list[int]:
    """Open issues that happened in the unit, or that somebody in it has or was called to."""
    happened = Q(**{column(unit.kind): unit.pk}) | Q(**{column(home.kind): home.pk})
    below = Q(pk=home.pk) if home.kind == "building" else inside(home)
    units = Unit.objects.filter(below).order_by().values("pk")
    bodies = Body.objects.filter(inside(home)) if home.kind in {"district", "street"} else Body.objects.none()
    with_them = _with(units, bodies.order_by().values("pk")) | _with([unit.pk], [])
    found = Issue.objects.open().filter(happened | with_them)
    return sorted(found.order_by().values_list("pk", flat=True))


def _with(units: Any, bodies: Any) -> Q:
    """Those that any of these has, or is called to."""
    waiting = Callee.objects.waiting().order_by()
    called = Q(unit__in=units) | Q(raised_to__in=units) | Q(body__in=bodies)
    return (
        Q(owner_unit__in=units)
        | Q(keeper_unit__in=units)
        | Q(owner_body__in=bodies)
        | Q(keeper_body__in=bodies)
        | Q(pk__in=waiting.filter(called).values("issue"))
    )


@transaction.atomic
def _follow(ids: list[int], unit: Unit, home: Unit, now: datetime) -> None:
    """One batch, locked in the order in which actions lock."""
    rows = Issue.objects.filter(pk__in=ids).select_for_update(of=("self",), no_key=True).order_by("pk")
    list(rows.values_list("pk", flat=True))
    if home != unit:
        _hand_over(ids, unit, home, now)
    parties = ("owner_unit", "owner_body__unit", "keeper_unit", "keeper_body__unit")
    issues = list(Issue.objects.filter(pk__in=ids).select_related(*parties).order_by("pk"))
    called: dict[int, list[Unit | Body]] = {}
    for callee in Callee.objects.waiting().filter(issue__in=ids).select_related("unit", "body__unit"):
        called.setdefault(callee.issue_id, []).append(callee.party)
    concerns = [
        row
        for issue in issues
        for target in _parties(issue, called.get(issue.pk, []))
        for row in concerns_of(issue, target, now, here=_place(issue, unit, home))
    ]
    Concern.objects.bulk_create(concerns, ignore_conflicts=True, batch_size=1000)


def _parties(issue: Issue, called: Iterable[Unit | Body]) -> list[Unit | Body]:
    """Everybody who has a part in it now."""
    parties = [*called, issue.owner, issue.keeper_unit, issue.keeper_body]
    return [one for one in parties if one is not None]


def _place(issue: Issue, unit: Unit, home: Unit) -> set[int | None]:
    """The units that the issue lies in, as they will be when its own lineage has followed."""
    ids = issue.lineage()
    if ids.get(column(unit.kind)) in {unit.pk, home.pk}:
        ids |= {name: pk for name, pk in home.lineage().items() if pk}
    return set(ids.values())


def _hand_over(ids: list[int], unit: Unit, home: Unit, now: datetime) -> None:
    """Whatever names the merged unit in these issues names the other from now on; the timeline says so."""
    batch = Batch(now)
    for issue in Issue.objects.filter(pk__in=ids, owner_unit=unit).order_by("pk"):
        issue.owner_unit = home
        batch.record(issue, "follow", {"from": party(unit), "to": party(home)})
    batch.write()
    for model, names in _named_in().items():
        about = {"pk__in": ids} if model is Issue else {"issue__in": ids}
        for name in names:
            model._default_manager.filter(**about, **{name: unit.pk}).update(**{name: home.pk})


def _named_in() -> dict[type[Model], list[str]]:
    """Issues and their parts → the columns that name a unit with a part in it (not the place itself)."""
    found: dict[type[Model], list[str]] = {}
    for model in apps.get_app_config("issues").get_models():
        names = [
            field.attname
            for field in model._meta.get_fields()
            if isinstance(field, ForeignKey) and field.related_model is Unit and field.attname not in COLUMNS
        ]
        is_part = any(field.name == "issue" for field in model._meta.get_fields())
        if names and model is not Concern and (model is Issue or is_part):
            found[model] = names
    return found


def _move_concerns(unit: Unit, home: Unit) -> None:
    """Of ended issues too: nobody stands at the merged unit any more, and the other has its history."""
    rows: QuerySet[Concern] = Concern.objects.filter(unit=unit).order_by("pk")
    while batch := list(rows[:BATCH]):
        with transaction.atomic():
            new = [Concern(issue_id=row.issue_id, unit=home, since=row.since) for row in batch]
            Concern.objects.bulk_create(new, ignore_conflicts=True)
            Concern.objects.filter(pk__in=[row.pk for row in batch]).delete()
