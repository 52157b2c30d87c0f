"""What a change of the tree means for open issues: none is stranded at a unit that closes, merges or moves.

Where they happened follows by itself (grids.lineage); here it is about who has them, was called or must
decide, and who sees them.
"""

from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.db import transaction
from django.db.models import ForeignKey, Model, Q, QuerySet
from django.utils.translation import ngettext

from grids.actions.followers import rewrite_followers
from grids.lineage import COLUMNS, column, inside
from grids.models import Body, Unit
from issues.actions.batch import Batch, party
from issues.actions.concerns import concerns_of, parties_of, waiting_parts
from issues.actions.schedules import follow_merged
from issues.models import PART_MODELS, Concern, Issue, Part, RateDay
from issues.routing import now_at
from trail.refusals import Refused

BATCH = 200
# So long after a unit closed it is looked at again, whatever may still have come to it.
MEND_FOR = timedelta(hours=3)


def refuse_while_open(unit: Unit) -> None:
    """Before a unit is closed: what is open there must have a place to go. Raises Refused("open_issues").

    A complaint about somebody has one, above them; and nobody is told that there is any.
    """
    if count := open_there(unit):
        reason = ngettext(
            "%(count)d open issue happened in %(unit)s or is with it. Merge the unit into another, which then"
            " has it, or let it be ended first.",
            "%(count)d open issues happened in %(unit)s or are with it. Merge the unit into another, which"
            " then has them, or let them be ended first.",
            count,
        )
        raise Refused(reason % {"count": count, "unit": unit.name}, code="open_issues")


def open_there(unit: Unit) -> int:
    """How many open issues happened there or are with it, without complaints about somebody that are elsewhere."""
    happened = Q(**{column(unit.kind): unit.pk}, about_unit=None, about_body=None)
    return Issue.objects.open().filter(happened | _with([unit.pk], [])).count()


def follow_unit(unit: Unit, *, now: datetime) -> int:
    """After `unit` moved or merged: open issues and scheduled tasks go to the unit that it was merged into, and whoever
    has them, was called to them or stands above these now sees them. How many open issues were looked at.

    Reads the unit as it stands: late, twice or out of order it ends in the same place.
    """
    unit = Unit.objects.get(pk=unit.pk)
    home = now_at(unit)
    assert isinstance(home, Unit), "a unit merges into a unit"
    if home != unit:
        _move_concerns(unit, home)
    if home != unit and home.kind == unit.kind:
        # Those above a unit without a successor are not who it was about: they deal with it.
        _move_complaints(unit, home)
        follow_merged(unit, home)
    ids = _touched(unit, home)
    for start in range(0, len(ids), BATCH):
        _follow(ids[start : start + BATCH], unit, home, now)
    return len(ids)


def mend_stranded(*, now: datetime) -> int:
    """Hourly: what came to a unit in the very moment in which it closed or merged follows it after all; of how
    many units that was so. Whoever gives something holds the unit open (grids.actions.locks), but for the
    sweep, which waits for nobody."""
    stranded = Issue.objects.open().filter(due_at__isnull=False, owner_unit__closed_at__isnull=False)
    lately = Q(closed_at__gte=now - MEND_FOR)
    closed = Unit.objects.filter(lately | Q(pk__in=stranded.order_by().values("owner_unit"))).defer(
        "boundary"
    )
    left = [unit for unit in closed.order_by("pk") if _ids(_left_at(unit))]
    for unit in left:
        rewrite_followers(unit)
        follow_unit(unit, now=now)
    return len(left)


def _left_at(unit: Unit) -> Q:
    """Of a closed unit: what somebody there has or was asked to act on, and where it merged what happened in it.
    What happened in one without a successor stays where it is."""
    with_it = _with([unit.pk], [])
    return with_it | Q(**{column(unit.kind): unit.pk}) if unit.merged_into_id else with_it


def _touched(unit: Unit, home: Unit) -> list[int]:
    """Open issues that happened in the unit, or that somebody in it has or was asked to act on."""
    if home.kind != unit.kind:
        return _ids(_left_at(unit))
    happened = Q(**{column(unit.kind): unit.pk}) | Q(**{column(home.kind): home.pk})
    below = Q(pk=home.pk) if home.kind == "building" else inside(home)
    units = Unit.objects.filter(below).order_by().values("pk")
    bodies = Body.objects.filter(inside(home)) if home.kind in {"district", "street"} else Body.objects.none()
    return _ids(happened | _with(units, bodies.order_by().values("pk")) | _with([unit.pk], []))


def _ids(which: Q) -> list[int]:
    return sorted(Issue.objects.open().filter(which).order_by().values_list("pk", flat=True))


def _with(units: Any, bodies: Any) -> Q:
    """Those that any of these has, was called to, has a part of, decides on or checks."""
    asked = Q(unit__in=units) | Q(raised_to__in=units) | Q(body__in=bodies)
    found = (
        Q(owner_unit__in=units)
        | Q(keeper_unit__in=units)
        | Q(check_unit__in=units)
        | Q(owner_body__in=bodies)
        | Q(keeper_body__in=bodies)
    )
    for part in PART_MODELS.values():
        found |= Q(pk__in=_waiting(part).filter(asked).values("issue"))
    return found


def _waiting(part: type[Part]) -> QuerySet:
    rows: Any = part._default_manager
    return rows.waiting().order_by()


@transaction.atomic
def _follow(ids: list[int], unit: Unit, home: Unit, now: datetime) -> None:
    """One batch, locked in the order in which actions lock."""
    rows = Issue.objects.filter(pk__in=ids).select_for_update(of=("self",), no_key=True).order_by("pk")
    list(rows.values_list("pk", flat=True))
    if home != unit:
        _hand_over(ids, unit, home, now)
    parties = [f"{who}_{what}" for who in ("owner", "keeper", "sender") for what in ("unit", "body__unit")]
    issues = list(Issue.objects.filter(pk__in=ids).select_related("check_unit", *parties).order_by("pk"))
    waiting: dict[int, list[Part]] = {}
    for part in waiting_parts(ids):
        waiting.setdefault(part.issue_id, []).append(part)
    concerns = [
        row
        for issue in issues
        for target in parties_of(issue, waiting.get(issue.pk, []))
        for row in concerns_of(issue, target, now, here=_place(issue, unit, home))
    ]
    Concern.objects.bulk_create(concerns, ignore_conflicts=True, batch_size=1000)


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


def _move_complaints(unit: Unit, home: Unit) -> None:
    """About those at the merged unit, ended ones and their figures too: they stand at the other now."""
    for model in (Issue, RateDay):
        model.objects.filter(about_unit=unit).update(about_unit=home)
