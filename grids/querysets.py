"""Words for reading units, bodies and posts."""

import math
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.apps import apps
from django.db import models
from django.db.models import (
    BooleanField,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    FloatField,
    OuterRef,
    Q,
    Subquery,
)
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce
from django.utils import timezone
from mptt.managers import TreeManager
from mptt.querysets import TreeQuerySet

from grids import lineage
from grids.coordinates import METRES_PER_DEGREE
from grids.initials import typed_initials
from grids.standing import Standing, standing_of
from trail.districts import sees_all
from trail.rows import read

if TYPE_CHECKING:
    from calendars.models import Calendar
    from grids.models import Body, Unit

# Of posts: somebody who may sign in, and can be asked and told. Another system has the rights of its post, but nobody
# waits for an answer of it.
HELD_BY_A_PERSON = Q(user__is_active=True, user__is_service=False)


# About two kilometres: what is farther away is another place, and called "nearest" it would mislead.
BOX_DEGREES = 0.02


class UnitQuerySet(TreeQuerySet):
    def open(self) -> Self:
        """Neither closed nor merged."""
        return self.filter(closed_at=None)

    def at(self, level: str) -> Self:
        """Of this level, by code."""
        return self.filter(kind=level).order_by("code")

    def going_by(self, calendar: "Calendar") -> Self:
        """The districts whose working time this calendar is: their own, or the default of those without."""
        theirs = Q(calendar=calendar.pk)
        return self.at("district").filter(theirs | Q(calendar=None) if calendar.is_default else theirs)

    def within(self, unit: "Unit") -> Self:
        """The subtree of `unit`, itself included, from lineage alone."""
        return self.filter(pk=unit.pk) if unit.kind == "building" else self.filter(lineage.inside(unit))

    def children_of(self, unit: "Unit | None") -> Self:
        """One level down by code; the districts for None."""
        return self.filter(parent=unit).order_by("code")

    def ancestors_of(self, unit: "Unit") -> Self:
        """From the district down to the unit's parent, by lineage, not by the tree."""
        ids = [pk for name, pk in unit.lineage().items() if pk and pk != unit.pk]
        return self.filter(pk__in=ids).order_by("level")

    def near(self, lon: float, lat: float) -> Self:
        """Those around a position (degrees, WGS-84), the nearest first; of two at the same distance the smaller one."""
        squeeze = max(math.cos(math.radians(lat)), 0.01)
        box = self.filter(
            lat__range=(lat - BOX_DEGREES, lat + BOX_DEGREES),
            lon__range=(lon - BOX_DEGREES / squeeze, lon + BOX_DEGREES / squeeze),
        )
        east, north = (F("lon") - lon) * squeeze, F("lat") - lat
        away = ExpressionWrapper(east * east + north * north, output_field=FloatField())
        return box.annotate(away=away).order_by("away", "-level", "code")

    def called(self, words: str) -> Self:
        """Open ones that somebody means by these words: a part of the name; or what the code or any reading of the
        name begins with, for letters and digits alone. Not within a subquery."""
        typed = typed_initials(words)
        found = _reads_like(typed) if typed else Q(name__contains=words.strip())
        if typed.isdecimal():
            found |= Q(code__startswith=typed)
        return self.open().filter(found)

    def extending_over(self, west: float, south: float, east: float, north: float) -> Self:
        """Open ones whose boundary's extent touches this box (degrees, WGS-84; a position is a box without size)."""
        return self.filter(_extent_touches(west, south, east, north))

    def in_box(self, west: float, south: float, east: float, north: float) -> Self:
        """The same, and open ones without a boundary whose position lies in the box."""
        points = Q(boundary__isnull=True, lat__range=(south, north), lon__range=(west, east), closed_at=None)
        return self.filter(_extent_touches(west, south, east, north) | points)

    def within_metres(self, lon: float, lat: float, metres: float) -> Self:
        """Those with a position in a box around this one that holds all within so many metres."""
        high = metres / METRES_PER_DEGREE
        wide = high / max(math.cos(math.radians(lat)), 0.01)
        return self.filter(lat__range=(lat - high, lat + high), lon__range=(lon - wide, lon + wide))

    def visible_to(self, user: Any, now: datetime) -> Self:
        """Everything below one's posts, and the way up from them. All for a superuser, who only sets up."""
        if sees_all(user):
            return self
        seen = Q()
        for name, ids in _sight(standing_of(user, now)).items():
            seen |= Q(**{f"{name}__in": ids})
        return self.filter(seen)

    def labelled(self) -> Self:
        """With the words of the district's profile, so that label() and party_label() ask nothing more."""
        profile = apps.get_model("grids", "LevelProfile").objects.filter(
            district=OuterRef("district"), level=OuterRef("kind"), line=OuterRef("line")
        )
        return self.annotate(
            profile_label=Subquery(profile.values("label")[:1]),
            profile_party_label=Subquery(profile.values("party_label")[:1]),
        )

    def counted(self, now: datetime) -> Self:
        """With `units_below` (open, one level down) and `people` (posts that people hold there now)."""
        below = self.model._default_manager.filter(parent=OuterRef("pk"), closed_at=None).order_by()
        held = apps.get_model("grids", "Post").objects.active(now).filter(user__is_service=False)
        posts = held.filter(unit=OuterRef("pk"))
        return self.annotate(
            units_below=Coalesce(Subquery(below.values("parent").annotate(n=Count("pk")).values("n")), 0),
            people=Coalesce(Subquery(posts.values("unit").annotate(n=Count("pk")).values("n")), 0),
        )

    def lacking(self, role: str, now: datetime) -> Self:
        """Open units where nobody holds this role now."""
        posts = apps.get_model("grids", "Post").objects.active(now).filter(unit=OuterRef("pk"), role=role)
        return self.open().exclude(Exists(posts))

    def vacancies(self, now: datetime) -> Self:
        """Basic grids without their full-time worker: shown, not refused (S4:8)."""
        return self.filter(grid_kind="basic").lacking("grid_worker", now)


def _reads_like(typed: str) -> Q:
    """By the index over the readings (migration 0012); the letters and digits need no quoting."""
    reads = "grids_readings(grids_unit.initials) @@ %s::tsquery"
    return Q(RawSQL(reads, (f"'{typed}':*",), output_field=BooleanField()))


def _extent_touches(west: float, south: float, east: float, north: float) -> Q:
    """By the index over the extents, which PostgreSQL makes of the boundaries itself (migration 0008). Not within a
    subquery, where the table has another name."""
    touches = RawSQL(
        "grids_extent(grids_unit.boundary) && box(point(%s, %s), point(%s, %s))",
        (east, north, west, south),
        output_field=BooleanField(),
    )
    return Q(touches, boundary__isnull=False, closed_at=None)


def _sight(standing: Standing) -> dict[str, list[int]]:
    """Column → ids: a unit with one of these in its row is seen."""
    territory = standing.in_sight()
    named = standing.unit_ids() | standing.unit_ids_above() | territory.pop("building_id", frozenset())
    return {"id": sorted(named)} | {name: sorted(ids) for name, ids in territory.items()}


def units_seen(codes: list[str], user: Any, now: datetime | None = None) -> "list[Unit]":
    """Those of `visible_to` with these codes, without their boundaries.

    By hand: every intake over the API asks it, and the query builder takes ten times as long as the answer.
    """
    model = apps.get_model("grids", "Unit")
    if sees_all(user):
        return read(model, "WHERE this.code = ANY(%s)", [codes], without=("boundary",))
    sight = _sight(standing_of(user, now))
    seen = " OR ".join(f"this.{name} = ANY(%s)" for name in sight)
    tail = f"WHERE this.code = ANY(%s) AND ({seen})"
    return read(model, tail, [codes, *sight.values()], without=("boundary",))


def person_named(name: str, user: Any, now: datetime) -> Any:
    """The open account with this sign-in name, to be put into a post; None where nobody is called so, or nobody that the
    districts of whoever asks know: that somebody works in another one is no news for here."""
    known: Any = apps.get_model("accounts", "User").objects.filter(username=name, is_active=True)
    if not sees_all(user):
        known = known.of_districts(standing_of(user, now).stands_in(), now)
    return known.first()


def colleague_named(name: str, user: Any, now: datetime) -> Any:
    """The person with this sign-in name who has a post now that `user` sees; None for everybody else."""
    posts = apps.get_model("grids", "Post").objects.visible_to(user, now).active(now)
    people = apps.get_model("accounts", "User").objects.filter(is_active=True, is_service=False)
    return people.filter(username=name, pk__in=posts.order_by().values("user")).first()


class UnitManager(TreeManager.from_queryset(UnitQuerySet)):  # type: ignore[misc]
    """Tree order by default."""


class BodyQuerySet(models.QuerySet):
    def open(self) -> Self:
        return self.filter(closed_at=None)

    def called(self, words: str) -> Self:
        """Open ones with this in their name, or whose code begins so."""
        return self.open().filter(Q(name__icontains=words) | Q(code__startswith=words))

    def visible_to(self, user: Any, now: datetime) -> Self:
        """From a unit: the bodies of one's district and of the streets one stands in, above or below.
        From a body: its neighbours too, from a centre what its unit sees; but a firm or residents' body sees
        only itself."""
        if sees_all(user):
            return self
        standing = standing_of(user, now)
        seen = Q(pk__in=standing.body_ids())
        for position in standing.insiders():
            here = Q(district_id=position.lineage["district_id"])
            if position.reads_at != ("district", position.lineage["district_id"]):
                here &= Q(street_id=None) | Q(street_id=position.lineage.get("street_id"))
            seen |= here
        return self.filter(seen)


class PostQuerySet(models.QuerySet):
    def active(self, now: datetime) -> Self:
        """Held on the local day of `now`; the day a post ends is the first without it."""
        today = timezone.localdate(now)
        return self.filter(Q(ends_on=None) | Q(ends_on__gt=today), starts_on__lte=today)

    def unended(self, now: datetime) -> Self:
        """Held now or to be held later."""
        return self.filter(Q(ends_on=None) | Q(ends_on__gt=timezone.localdate(now)))

    def at_place(self, place: "Unit | Body") -> Self:
        return self.filter(**{str(place._meta.model_name): place})

    def visible_to(self, user: Any, now: datetime) -> Self:
        """One's own, those below one's posts, and those of bodies and units that one sees."""
        if sees_all(user):
            return self
        units = apps.get_model("grids", "Unit").objects.visible_to(user, now).order_by()
        bodies = apps.get_model("grids", "Body").objects.visible_to(user, now)
        return self.filter(Q(user=user.pk) | Q(unit__in=units.values("pk")) | Q(body__in=bodies.values("pk")))

    def with_absence(self, now: datetime) -> Self:
        """`away`: the holder is on leave from this post. `deputy_there`: the deputy exists, may sign in
        and is not on leave from a post of their own."""
        leave = apps.get_model("grids", "Leave").objects.at(now)
        return self.annotate(
            away=Exists(leave.filter(post=OuterRef("pk"))),
            deputy_there=Q(deputy__is_active=True) & ~Exists(leave.filter(post__user=OuterRef("deputy"))),
        )


class _TimedQuerySet(models.QuerySet):
    def at(self, now: datetime) -> Self:
        """Under way at this moment."""
        return self.filter(starts_at__lte=now, ends_at__gt=now)


class LeaveQuerySet(_TimedQuerySet):
    pass


class DutyShiftQuerySet(_TimedQuerySet):
    def roster(self, now: datetime) -> Self:
        """On duty at this moment by rank: posts held now by people who may sign in and are not on leave."""
        posts: Any = apps.get_model("grids", "Post").objects.active(now).with_absence(now)
        standing_there = posts.filter(HELD_BY_A_PERSON, away=False)
        return self.at(now).filter(post__in=standing_there.values("pk")).order_by("rank", "starts_at", "pk")


class BuildingTokenQuerySet(models.QuerySet):
    def live(self) -> Self:
        """Not revoked, on a building that still stands."""
        return self.filter(revoked_at=None, unit__closed_at=None)


class FormerBoundaryQuerySet(models.QuerySet):
    def visible_to(self, user: Any, now: datetime) -> Self:
        """Those of the units that one sees."""
        if sees_all(user):
            return self
        units = apps.get_model("grids", "Unit").objects.visible_to(user, now).order_by()
        return self.filter(unit__in=units.values("pk"))


class PolicyQuerySet(models.QuerySet):
    def kept(self) -> Self:
        """Not withdrawn."""
        return self.filter(withdrawn_at=None)

    def in_force(self, unit: "Unit | int", at: datetime) -> Self:
        """One row per key: what this unit itself has set and what holds at that moment."""
        return self.filter(unit=unit)._latest(at)

    def in_district(self, district_id: int, at: datetime) -> Self:
        """One row per key and unit: what the district and its streets have set and what holds then."""
        return self.filter(unit__district=district_id)._latest(at)

    def _latest(self, at: datetime) -> Self:
        begun = self.kept().filter(effective_from__lte=at)
        return begun.order_by("unit_id", "key", "-effective_from", "-id").distinct("unit_id", "key")

    def history(self, unit: "Unit | int", key: str) -> Self:
        """All versions of a key, newest first, those to come and those withdrawn among them."""
        return self.filter(unit=unit, key=key).order_by("-effective_from", "-id")

    def to_come(self, now: datetime) -> Self:
        """Set, but not in force yet."""
        return self.kept().filter(effective_from__gt=now)

    def visible_to(self, user: Any, now: datetime) -> Self:
        """Of the units that one sees: one's own, those below and those on the way up."""
        if sees_all(user):
            return self
        units = apps.get_model("grids", "Unit").objects.visible_to(user, now).order_by()
        return self.filter(unit__in=units.values("pk"))


class SheetFileQuerySet(models.QuerySet):
    def visible_to(self, user: Any, now: datetime) -> Self:
        """Those that one has brought oneself."""
        return self.filter(by=user.pk)
