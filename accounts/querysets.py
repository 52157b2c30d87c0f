"""Words for reading accounts."""

from datetime import datetime
from typing import Any, Self

from django.apps import apps
from django.db import models
from django.db.models import Count, Exists, Max, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from accounts.belonging import KNOWN
from trail.districts import Districts, districts_of, sees_all


class UserQuerySet(models.QuerySet):
    def visible_to(self, user: Any, now: datetime) -> Self:
        """People's accounts of the districts where the person manages them; those of other systems are another list.

        Whose people have a post there that has not ended, or had their last ones there; and those without any
        post yet that were opened there, or by nobody of any district. Never a superuser's.
        """
        if sees_all(user):
            return self.filter(is_service=False)
        districts = districts_of(user, now, "manage_accounts")
        if not districts:
            return self.none()
        return self.of_districts(districts, now).filter(is_service=False)

    def of_districts(self, districts: Districts, now: datetime) -> Self:
        """Those that these districts know: with a post there, or else the last ones there, or without any yet."""
        fresh = self.model._base_manager.filter(~Exists(_opened_elsewhere(districts)))
        ours = Q(pk__in=[])
        for posts in KNOWN:
            fresh = fresh.exclude(pk__in=posts.ever())
            ours |= Q(pk__in=posts.of(districts, now))
        return self.filter(ours | Q(pk__in=fresh.order_by().values("pk")), is_superuser=False)

    def opened_by_others(self) -> Self:
        """Without those that people have opened for themselves: nobody has told of these that they are staff."""
        events = apps.get_model("trail", "Event").objects.filter(subject_type="user", verb="open_account")
        by_themselves = events.filter(subject_id=OuterRef("pk"), actor=None, district_id__isnull=False)
        return self.filter(~Exists(by_themselves))

    def of_provider(self) -> Self:
        """Those that may be signed in to through the house's identity provider: of people, open, and not of whoever
        sets up."""
        return self.filter(is_active=True, is_service=False, is_superuser=False)


class ServiceAccountQuerySet(models.QuerySet):
    def visible_to(self, user: Any, now: datetime) -> Self:
        """Accounts of systems whose posts are, or last were, in the districts where the person connects systems."""
        if sees_all(user):
            return self
        districts = districts_of(user, now, "connect_systems")
        if not districts:
            return self.none()
        ours = Q(pk__in=[])
        for posts in KNOWN:
            ours |= Q(pk__in=posts.of(districts, now))
        return self.filter(ours)

    def with_use(self) -> Self:
        """`tokens_kept`: how many; `used_at`: when any of them was last used."""
        grants = apps.get_model("accounts", "Grant").objects.filter(token__user=OuterRef("pk")).order_by()
        per_account = grants.values("token__user")
        return self.annotate(
            tokens_kept=Coalesce(Subquery(per_account.annotate(n=Count("pk")).values("n")), 0),
            used_at=Subquery(per_account.annotate(at=Max("last_used_at")).values("at")),
        )


class GrantQuerySet(models.QuerySet):
    def of(self, user: Any) -> Self:
        """Those of one account, the newest first, each with its token."""
        return self.filter(token__user=user.pk).select_related("token").order_by("-pk")


def _opened_elsewhere(districts: Districts) -> models.QuerySet:
    """For the account of the outer query: that it was opened in another district."""
    events = apps.get_model("trail", "Event").objects.filter(subject_type="user", verb="open_account")
    opened = events.filter(subject_id=OuterRef("pk"), district_id__isnull=False)
    return opened.exclude(district_id__in=districts)
