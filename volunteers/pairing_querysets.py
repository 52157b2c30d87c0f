"""Words for reading responsibility pairings: who answers where, where nobody does, and where two do."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Self

from django.apps import apps
from django.db import models
from django.db.models import Count, Exists, OuterRef, Q

from grids.lineage import inside, within_any
from grids.models import Unit
from grids.standing import standing_of
from trail.districts import sees_all
from volunteers.joining import PAIRING_LEVELS
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


def gaps(unit: Unit, level: int, on: date) -> Any:
    """Open buildings of the unit for which nobody of this level answers on this day, by code."""
    pairings = apps.get_model("volunteers", "Pairing").objects.in_force(on).filter(level=level)
    own = pairings.filter(building=OuterRef("pk"))
    of_grid = pairings.filter(grid=OuterRef("grid"), **AT_GRID)
    of_community = pairings.filter(community=OuterRef("community"), **AT_COMMUNITY)
    buildings = Unit.objects.open().at("building").within(unit)
    return buildings.filter(~Exists(own), ~Exists(of_grid), ~Exists(of_community))


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
