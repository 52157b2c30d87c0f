"""Words for reading responsibility pairings: who answers where, where nobody does, and where two do."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Self

from django.apps import apps
from django.db import models
from django.db.models import BooleanField, Count, Exists, ExpressionWrapper, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from grids.lineage import inside, within_any
from grids.models import Unit
from grids.standing import standing_of
from trail.districts import sees_all
from volunteers.joining import DUTIES, PAIRING_LEVELS
from volunteers.joining_querysets import spoken_for_by
from volunteers.querysets import RUNS

# Of the capability table in grids.roles: whoever reads what lies below reads who answers for it.
READS = (RUNS, "supervise", "read_below")
# What a pairing with each kind of place leaves empty.
AT_GRID = {"building": None}
AT_COMMUNITY = {"building": None, "grid": None}


class PairingQuerySet(models.QuerySet):
    def in_force(self, on: date) -> Self:
        """On this day."""
        return self.filter(Q(ends_on=None) | Q(ends_on__gt=on), starts_on__lte=on)

    def in_state(self, state: str, on: date) -> Self:
        """Of volunteers.joining.PAIRING_STATES, on this day."""
        ended = Q(ends_on__lte=on)
        match state:
            case "now":
                return self.in_force(on)
            case "to_come":
                return self.exclude(ended).filter(starts_on__gt=on)
        return self.filter(ended)

    def with_done(self) -> Self:
        """`done`: how many of the five duties are done."""
        duties = apps.get_model("volunteers", "DutyDone").objects.filter(pairing=OuterRef("pk"))
        number = duties.order_by().values("pairing").annotate(n=Count("pk")).values("n")
        return self.annotate(done=Coalesce(Subquery(number), 0))

    def lacking(self, duty: str = "") -> Self:
        """Where this duty is not done, or any of the five."""
        done = apps.get_model("volunteers", "DutyDone").objects.filter(pairing=OuterRef("pk"))
        if duty:
            return self.filter(~Exists(done.filter(duty=duty)))
        return self.with_done().filter(done__lt=len(DUTIES))

    def within(self, unit: Any) -> Self:
        """With the unit or a place below it."""
        return self.filter(inside(unit))

    def overlapping(self, on: date) -> Self:
        """Those beside which another one of the same level stands at the same place on this day."""
        others = self.model.objects.in_force(on).filter(level=OuterRef("level")).exclude(pk=OuterRef("pk"))
        same = (
            Exists(others.filter(building=OuterRef("building")))
            | Exists(others.filter(grid=OuterRef("grid"), **AT_GRID)) & Q(**AT_GRID)
            | Exists(others.filter(community=OuterRef("community"), **AT_COMMUNITY)) & Q(**AT_COMMUNITY)
        )
        return self.in_force(on).filter(same)

    def beside(self, pairing: Any, on: date) -> Self:
        """The others of its level that stand at its place on this day."""
        where = {name: getattr(pairing, name) for name in ("community_id", "grid_id", "building_id")}
        return self.in_force(on).filter(level=pairing.level, **where).exclude(pk=pairing.pk)

    def overlaps_by_community(self, on: date) -> dict[int, Counter[int]]:
        """Community → level → how many overlapping pairings it has. One query."""
        found: dict[int, Counter[int]] = {}
        rows = self.overlapping(on).order_by().values_list("community", "level")
        for community, level, number in rows.annotate(all=Count("pk")):
            found.setdefault(community, Counter())[level] = number
        return found

    def duties_by_community(self) -> dict[int, Counter[str]]:
        """Community → duty → at how many of these pairings it is done. One query."""
        found: dict[int, Counter[str]] = {}
        done = apps.get_model("volunteers", "DutyDone").objects.filter(pairing__in=self.order_by())
        rows = done.order_by().values_list("pairing__community", "duty").annotate(all=Count("pk"))
        for community, duty, number in rows:
            found.setdefault(community, Counter())[duty] = number
        return found

    def covering(self, buildings: Iterable[Unit]) -> Self:
        """Those by which somebody answers for any of these buildings: with itself, its grid or its community."""
        some = list(buildings)
        grids, communities = {one.grid_id for one in some}, {one.community_id for one in some}
        return self.filter(
            Q(building__in=[one.pk for one in some])
            | Q(grid__in=grids, **AT_GRID)
            | Q(community__in=communities, **AT_COMMUNITY)
        )

    def own(self, user: Any, now: datetime) -> Self:
        """What one answers for: as the official, or for an organisation that one speaks for."""
        return self.filter(_own(user, now)) if user.is_authenticated else self.none()

    def visible_to(self, user: Any, now: datetime) -> Self:
        """One's own, those of the organisations that one speaks for, and those with the places that one reads."""
        if sees_all(user):
            return self
        if not user.is_authenticated:
            return self.none()
        return self.filter(within_any(standing_of(user, now).territory(*READS)) | _own(user, now))


def _own(user: Any, now: datetime) -> Q:
    theirs = apps.get_model("volunteers", "Organisation").objects.filter(spoken_for_by(user, now))
    return Q(official=user.pk) | Q(organisation__in=theirs.order_by().values("pk"))


def places_read(user: Any, now: datetime) -> Any:
    """The open units of the parts of the tree where the person reads who answers."""
    units: Any = Unit.objects.open().defer("boundary")
    if sees_all(user):
        return units
    territory = standing_of(user, now).territory(*READS)
    buildings = territory.pop("building_id", frozenset())
    return units.filter(within_any(territory) | Q(pk__in=buildings))


def without_anybody(buildings: QuerySet, level: int | None, on: date) -> QuerySet:
    """Those of these buildings for which nobody of this level answers on this day, by themselves, by their grid or by
    their community. None: nobody of any level."""
    return buildings.filter(_uncovered(level, on))


def _uncovered(level: int | None, on: date) -> Q:
    pairings = apps.get_model("volunteers", "Pairing").objects.in_force(on)
    if level is not None:
        pairings = pairings.filter(level=level)
    own = pairings.filter(building=OuterRef("pk"))
    of_grid = pairings.filter(grid=OuterRef("grid"), **AT_GRID)
    of_community = pairings.filter(community=OuterRef("community"), **AT_COMMUNITY)
    return ~Exists(own) & ~Exists(of_grid) & ~Exists(of_community)


def gaps(unit: Unit, level: int | None, on: date) -> Any:
    """Open buildings of the unit for which nobody of this level answers on this day, by code."""
    return without_anybody(Unit.objects.open().at("building").within(unit), level, on)


@dataclass(frozen=True)
class Coverage:
    """Of a community on a day: open buildings, for how many of them nobody answers, and pairings beside which another
    one of the same level stands."""

    buildings: int = 0
    gaps: int = 0
    overlaps: int = 0


def coverage_of(communities: Iterable[int], level: int | None, on: date) -> dict[int, Coverage]:
    """Of each of these communities (ids), for one level or, with None, for all: then a gap is where nobody of any level
    answers. Two queries, however many there are."""
    ids = list(communities)
    rows = Unit.objects.open().filter(kind="building", community__in=ids).order_by()
    told = rows.annotate(bare=ExpressionWrapper(_uncovered(level, on), output_field=BooleanField()))
    counted = told.values_list("community").annotate(
        all=Count("pk"), bare_ones=Count("pk", filter=Q(bare=True))
    )
    buildings = {community: (number, bare) for community, number, bare in counted}
    pairings = apps.get_model("volunteers", "Pairing").objects.filter(community__in=ids)
    if level is not None:
        pairings = pairings.filter(level=level)
    doubled = pairings.overlapping(on).order_by().values_list("community").annotate(all=Count("pk"))
    overlaps = dict(doubled)
    return {pk: Coverage(*buildings.get(pk, (0, 0)), overlaps.get(pk, 0)) for pk in ids}


def gaps_by_community(unit: Unit, on: date) -> dict[int, Counter[int]]:
    """Community → level → buildings for which nobody of that level answers. One query for each level."""
    found: dict[int, Counter[int]] = {}
    for level in PAIRING_LEVELS:
        rows = gaps(unit, level, on).order_by().values_list("community").annotate(all=Count("pk"))
        for community, number in rows:
            found.setdefault(community, Counter())[level] = number
    return found


def buildings_by_community(unit: Unit) -> Counter[int]:
    """Community → its open buildings: of how many the gaps are. One query."""
    rows = Unit.objects.open().within(unit).filter(kind="building").order_by()
    return Counter(dict(rows.values_list("community").annotate(all=Count("pk"))))
