"""Words for reading organisations, check-ins, offers and statements of service."""

from datetime import date, datetime
from typing import Any, Self

from django.apps import apps
from django.db import models
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from grids.lineage import inside
from grids.standing import standing_of
from trail.districts import sees_all
from volunteers.joining import MEMBER, ORGANISATION
from volunteers.querysets import RUNS, run_by


def spoken_for_by(user: Any, now: datetime) -> Q:
    """Organisations that this person speaks for: as named, or by a post at the body that it is."""
    if not user.is_authenticated:
        return Q(pk__in=[])
    bodies = standing_of(user, now).body_ids()
    return Q(speaker=user.pk) | Q(body__in=list(bodies))


class OrganisationQuerySet(models.QuerySet):
    def open(self) -> Self:
        return self.filter(closed_at=None)

    def run_by(self, user: Any, now: datetime) -> Self:
        """Those of the districts where the person runs volunteering somewhere: they report to several communities."""
        return self if sees_all(user) else self.filter(district__in=standing_of(user, now).districts(RUNS))

    def in_reach(self, user: Any, now: datetime) -> Self:
        """What one can do something with: those that one runs or speaks for, and the open ones of the districts where
        one works or volunteers. Of another district there is no such organisation."""
        if sees_all(user):
            return self
        if not user.is_authenticated:
            return self.none()
        standing = standing_of(user, now)
        volunteer = (
            apps.get_model("volunteers", "Volunteer").objects.active().of_user(user).values("district")
        )
        mine = Q(district__in=standing.stands_in()) | Q(district__in=volunteer) | spoken_for_by(user, now)
        return self.filter(Q(district__in=standing.districts(RUNS)) | Q(closed_at=None) & mine)

    def with_communities(self) -> Self:
        """`communities`: to how many it has reported and not checked out."""
        rows = apps.get_model("volunteers", "CheckIn").objects.current().organisations()
        theirs = rows.filter(organisation=OuterRef("pk")).order_by().values("organisation")
        return self.annotate(communities=Coalesce(Subquery(theirs.annotate(n=Count("pk")).values("n")), 0))

    def visible_to(self, user: Any, now: datetime) -> Self:
        """Open ones are for everybody to name as theirs; closed ones for whoever runs volunteering in the district."""
        if sees_all(user):
            return self
        districts = standing_of(user, now).districts(RUNS)
        return self.filter(Q(closed_at=None) | Q(district__in=districts))

    def spoken_for_by(self, user: Any, now: datetime) -> Self:
        """Those that this person speaks for."""
        return self.open().filter(spoken_for_by(user, now))


class CheckInQuerySet(models.QuerySet):
    def current(self) -> Self:
        """Not checked out."""
        return self.filter(ended_at=None)

    def organisations(self) -> Self:
        return self.filter(side=ORGANISATION)

    def members(self) -> Self:
        return self.filter(side=MEMBER)

    def of_person(self, volunteer: Any, account_id: int | None) -> Self:
        """Of this person as a member: as the volunteer, by the account, or as the one that is the other."""
        found = Q(volunteer=volunteer) if volunteer else Q(volunteer__user=account_id)
        return self.members().filter(found | Q(user=account_id) if account_id else found)

    def within(self, unit: Any) -> Self:
        """In the communities of a unit."""
        return self.filter(inside(unit))

    def own(self, user: Any, now: datetime) -> Self:
        """One's own as a member, and those of the organisations that one speaks for: never those of their members."""
        if not user.is_authenticated:
            return self.none()
        mine = Q(side=MEMBER) & (Q(user=user.pk) | Q(volunteer__in=_volunteer_of(user)))
        theirs = apps.get_model("volunteers", "Organisation").objects.filter(spoken_for_by(user, now))
        return self.filter(mine | Q(side=ORGANISATION, organisation__in=theirs.order_by().values("pk")))

    def run_by(self, user: Any, now: datetime) -> Self:
        """Those of the communities where the person runs volunteering, and not one's own elsewhere."""
        return self if sees_all(user) else self.filter(run_by(user, now))

    def visible_to(self, user: Any, now: datetime) -> Self:
        """One's own, and those where one runs volunteering. An employer does not see who of its people came."""
        if sees_all(user):
            return self
        return self.filter(run_by(user, now) | Q(pk__in=self.model.objects.own(user, now).values("pk")))


class OfferQuerySet(models.QuerySet):
    def standing(self, on: date) -> Self:
        """Neither withdrawn nor over, by somebody who is still checked in."""
        lasts = Q(until=None) | Q(until__gte=on)
        return self.filter(lasts, withdrawn_at=None, checkin__ended_at=None)

    def within(self, unit: Any) -> Self:
        return self.filter(inside(unit))

    def run_by(self, user: Any, now: datetime) -> Self:
        """Those to the communities where the person runs volunteering."""
        return self if sees_all(user) else self.filter(run_by(user, now))

    def visible_to(self, user: Any, now: datetime) -> Self:
        """One's own, and those where one runs volunteering."""
        if sees_all(user):
            return self
        own = apps.get_model("volunteers", "CheckIn").objects.own(user, now)
        return self.filter(run_by(user, now) | Q(checkin__in=own.values("pk")))


class StatementQuerySet(models.QuerySet):
    def visible_to(self, user: Any, now: datetime) -> Self:
        """One's own, and nobody else's, whatever post they hold: the link alone shows one to others."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(volunteer__in=_volunteer_of(user))

    def live(self, now: datetime) -> Self:
        """Those whose link still opens."""
        return self.filter(revoked_at=None, expires_at__gt=now).exclude(volunteer__state="erased")


def _volunteer_of(user: Any) -> models.QuerySet:
    """Ids of the volunteer that this account is; none or one."""
    return apps.get_model("volunteers", "Volunteer").objects.filter(user=user.pk).order_by().values("pk")
