"""Words for reading goods and redemptions: the one door to them, for every face."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Self

from django.apps import apps
from django.db import models
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from accounts.secrets import keyed_hash
from grids.lineage import inside
from trail.districts import sees_all
from volunteers.querysets import keeps, kept_by, one_of, run_by

PURPOSE = "volunteers.redemption"
# What is offered at a station that is open itself.
OFFERED = Q(closed_at=None, station__closed_at=None)


def hash_of(code: str) -> str:
    """By which a redemption is found from the code that somebody shows; spaces and dashes do not matter."""
    return keyed_hash("".join(one for one in code if one.isdigit()), purpose=PURPOSE)


class GoodQuerySet(models.QuerySet):
    def open(self) -> Self:
        """Offered at present, at a station that is open."""
        return self.filter(OFFERED)

    def within(self, unit: Any) -> Self:
        """At the stations of the subtree of a unit."""
        return self.filter(inside(unit))

    def visible_to(self, user: Any, now: datetime) -> Self:
        """What is offered is for everybody to find; the rest for whoever runs volunteering there."""
        return self if sees_all(user) else self.filter(OFFERED | run_by(user, now))

    def run_by(self, user: Any, now: datetime) -> Self:
        """At the stations that one runs, offered or not."""
        return self if sees_all(user) else self.filter(run_by(user, now))

    def in_reach(self, user: Any, now: datetime) -> Self:
        """Those at the stations that one runs, and for a volunteer what is offered in the district: what one can do
        something with."""
        if sees_all(user):
            return self
        mine = apps.get_model("volunteers", "Volunteer").objects.active().of_user(user).values("district")
        return self.filter(run_by(user, now) | Q(OFFERED, district__in=mine))

    def with_waiting(self) -> Self:
        """`waiting`: how many are put aside and not collected yet."""
        rows = self.model._meta.get_field("redemptions").related_model._default_manager.waiting()
        aside = rows.filter(good=OuterRef("pk")).order_by().values("good")
        return self.annotate(waiting=Coalesce(Subquery(aside.annotate(n=Count("pk")).values("n")), 0))


class StockMoveQuerySet(models.QuerySet):
    def visible_to(self, user: Any, now: datetime) -> Self:
        """Of the goods at the stations that one runs."""
        if sees_all(user):
            return self
        goods = self.model._meta.get_field("good").related_model
        assert goods is not None, "it is a key of another table"
        return self.filter(good__in=goods._default_manager.filter(run_by(user, now)).order_by().values("pk"))


class RedemptionQuerySet(models.QuerySet):
    def visible_to(self, user: Any, now: datetime) -> Self:
        """One's own, those at the stations that one runs, to hand the goods out (what, not what the person has), and
        those of whom one keeps."""
        if not user.is_authenticated:
            return self.none()
        if sees_all(user):
            return self
        accounts = apps.get_model("volunteers", "PointAccount").objects.filter(
            Q(volunteer__user=user.pk) | kept_by(user, now, "volunteer__")
        )
        return self.filter(Q(one_of("account", accounts)) | run_by(user, now))

    def run_by(self, user: Any, now: datetime) -> Self:
        """At the stations that one runs."""
        return self if sees_all(user) else self.filter(run_by(user, now))

    def of_user(self, user: Any) -> Self:
        """One's own, newest first."""
        own = self.filter(account__volunteer__user=user.pk) if user.is_authenticated else self.none()
        return own.order_by("-pk")

    def waiting(self) -> Self:
        """Put aside, not collected yet."""
        return self.filter(state="reserved")

    def waiting_at(self, stations: Iterable[Any]) -> dict[int, int]:
        """Id of the station → how much waits there; stations where nothing does are left out. One query."""
        rows = self.waiting().filter(station__in=stations).order_by().values_list("station")
        return dict(rows.annotate(number=Count("pk")))

    def overdue(self, now: datetime) -> Self:
        """Put aside for longer than the district allows."""
        return self.waiting().filter(until__lte=now)

    def with_code(self, code: str) -> Self:
        """What waits for whoever shows this code."""
        found = hash_of(code)
        return self.waiting().filter(code_hash=found) if found else self.none()


def reads_code(redemption: Any, user: Any, now: datetime) -> bool:
    """Whose code it is: the owner's; of somebody without an account that of whoever keeps them, to be written down for
    them. No superuser's, and of whoever hands out neither: they are shown it."""
    volunteer = redemption.account.volunteer
    own = user.is_authenticated and volunteer.user_id == user.pk
    return own or keeps(user, volunteer, now)
