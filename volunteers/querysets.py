"""Words for reading volunteers, teams and stations. `visible_to` is the one door to them, for every face."""

from datetime import datetime
from typing import Any, Self

from django.apps import apps
from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import Count, F, Func, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from grids.lineage import COLUMNS, inside, within_any
from grids.roles import ROLES
from grids.standing import Position, standing_of
from trail.districts import sees_all

# Of the capability table in grids.roles: whoever runs volunteering in a part of the tree.
RUNS = "run_volunteers"


def run_by(user: Any, now: datetime) -> Q:
    """Rows with lineage of the places where the person runs volunteering."""
    return within_any(standing_of(user, now).territory(RUNS))


def one_of(column: str, rows: models.QuerySet) -> Func:
    """Is this column one of the ids of `rows`? As an array that is read once: beside other conditions ("or") the index
    of the column is used, which neither a subquery nor a join allows."""
    found = ArraySubquery(rows.order_by().values("pk"))
    return Func(
        F(column),
        found,
        template="(%(expressions)s))",
        arg_joiner=" = ANY(",
        output_field=models.BooleanField(),
    )


def kept_by(user: Any, now: datetime, path: str = "") -> Q:
    """Volunteers without an account of their own, at home where the person runs volunteering: somebody must tell them
    what they have. `path` leads from the rows to the volunteer. No superuser keeps anybody."""
    at_home = Q(pk__in=[])
    for name, ids in standing_of(user, now).territory(RUNS).items():
        if name != "building_id":
            at_home |= Q(**{f"{path}{name}__in": list(ids)})
    return at_home & Q(**{f"{path}user": None})


def keeps(user: Any, volunteer: Any, now: datetime) -> bool:
    """The same of one volunteer."""
    return volunteer.user_id is None and bool(_posts_at(user, volunteer, now, RUNS))


def runs_at(user: Any, row: Any, now: datetime, *others: str) -> bool:
    """Does the person run volunteering where this one row lies, or above it (or have one of the capabilities `others`
    there)? A superuser sets up, as in grids.actions.authority; whoever has not signed in does nothing."""
    return _sets_up(user) or bool(_posts_at(user, row, now, RUNS, *others))


def runs_in(user: Any, district_id: int | None, now: datetime) -> bool:
    """The same anywhere in the district."""
    return _sets_up(user) or district_id in standing_of(user, now).districts(RUNS)


def reads_contact(user: Any, row: Any, now: datetime) -> bool:
    """Is one of the posts by which the person runs volunteering there one that includes contact data? Nothing else
    opens it, not setting up either."""
    posts = _posts_at(user, row, now, RUNS)
    return any(ROLES[one.role].sees_contact and not one.outside for one in posts)


def _sets_up(user: Any) -> bool:
    return user is not None and sees_all(user)


def _posts_at(user: Any, row: Any, now: datetime, *capabilities: str) -> list[Position]:
    """The posts with any of these capabilities where the row lies, or above it."""
    line = {getattr(row, name, None) for name in COLUMNS} - {None}
    return [one for one in standing_of(user, now).with_capability(*capabilities) if one.unit_id in line]


class VolunteerQuerySet(models.QuerySet):
    def active(self) -> Self:
        """Those who take part now: neither left nor erased."""
        return self.filter(state="active")

    def within(self, unit: Any) -> Self:
        """At home in the subtree of a unit."""
        return self.filter(inside(unit))

    def visible_to(self, user: Any, now: datetime) -> Self:
        """Oneself, and those at home where one runs volunteering; who was erased is nobody's to see."""
        if sees_all(user):
            return self
        # Else whoever has not signed in would see those without an account.
        if not user.is_authenticated:
            return self.none()
        return self.filter(Q(user=user.pk) | run_by(user, now)).exclude(state="erased")

    def run_by(self, user: Any, now: datetime) -> Self:
        """Those whom a person sees as whoever runs volunteering, not as a volunteer."""
        if sees_all(user):
            return self
        return self.filter(run_by(user, now)).exclude(state="erased")

    def of_user(self, user: Any) -> Self:
        """The volunteer that this account is."""
        return self.filter(user=user.pk) if user.is_authenticated else self.none()


class _PlaceQuerySet(models.QuerySet):
    def open(self) -> Self:
        return self.filter(closed_at=None)

    def within(self, unit: Any) -> Self:
        return self.filter(inside(unit))

    def run_by(self, user: Any, now: datetime) -> Self:
        """Those of the places where the person runs volunteering; of open ones everybody sees more."""
        return self if sees_all(user) else self.filter(run_by(user, now))

    def visible_to(self, user: Any, now: datetime) -> Self:
        """Open ones are for everybody to find; closed ones for those who run them."""
        return self if sees_all(user) else self.filter(Q(closed_at=None) | run_by(user, now))

    def in_reach(self, user: Any, now: datetime) -> Self:
        """Those that one runs, and for a volunteer the open ones of the district: what one can do something with."""
        if sees_all(user):
            return self
        mine = apps.get_model("volunteers", "Volunteer").objects.active().of_user(user).values("district")
        return self.filter(run_by(user, now) | Q(closed_at=None, district__in=mine))


class TeamQuerySet(_PlaceQuerySet):
    def led_by(self, user: Any) -> Self:
        """Those that this account leads, as long as it still volunteers."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(leader__user=user.pk, leader__state="active")

    def with_members(self) -> Self:
        """`members`: how many belong to it now."""
        rows = self.model._meta.get_field("memberships").related_model._default_manager.current()
        mine = rows.filter(team=OuterRef("pk")).order_by().values("team")
        return self.annotate(members=Coalesce(Subquery(mine.annotate(n=Count("pk")).values("n")), 0))


class StationQuerySet(_PlaceQuerySet):
    """Nothing but what all such places have."""


class MembershipQuerySet(models.QuerySet):
    def current(self) -> Self:
        """Not left; a team that was closed has none."""
        return self.filter(left_at=None)
