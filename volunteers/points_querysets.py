"""Words for reading points: of oneself, and as sums of communities and teams. `visible_to` is the owner alone."""

from datetime import date, datetime
from typing import Any, Self

from django.db import models
from django.db.models import Case, F, Q, Sum, When
from django.db.models.functions import Coalesce

from grids.models import Policy
from volunteers.ledger import BETWEEN, EARNED, LOTS, SYSTEM, VOLUNTEER, bookings_with
from volunteers.querysets import kept_by
from volunteers.tariff import ACTIVITY, HOURS, KEY, REPORTED, SHIPPED, Tariff, tariff_from

# What a booking says in the district's books: points that volunteers have got are issued, those that they have lost are
# in another account.
BOOKED = Case(When(kind__in=(*bookings_with("issued"), *BETWEEN), then=F("amount")), default=-F("amount"))
# What a deed was worth, whether or not all of it could be taken back at once.
VALUE = Coalesce(Sum(F("amount") - F("owed")), 0)


def tariff_at(district_id: int | None, moment: datetime) -> Tariff:
    """What the district's tariff was at that moment; as shipped where it has set none."""
    found = Policy.objects.in_force(district_id or 0, moment).filter(key=KEY).values_list("value", flat=True)
    return next((tariff_from(value) for value in found), SHIPPED)


class PointAccountQuerySet(models.QuerySet):
    def of_volunteers(self) -> Self:
        return self.filter(kind=VOLUNTEER)

    def system(self, district_id: int | None) -> Self:
        """The four accounts of a district."""
        return self.filter(district=district_id, kind__in=SYSTEM)

    def visible_to(self, user: Any, now: datetime) -> Self:
        """One's own. Nobody else reads what a person has, whatever their post."""
        return self.filter(volunteer__user=user.pk) if user.is_authenticated else self.none()

    def kept_by(self, user: Any, now: datetime) -> Self:
        """Of volunteers who cannot look by themselves, for whoever runs volunteering where they are at home."""
        return self.filter(kept_by(user, now, "volunteer__"), kind=VOLUNTEER)

    def expiring(self, today: date) -> Self:
        """Those in which something may have expired by this day."""
        return self.filter(expires_next__lte=today)

    def in_ranking(self, district_id: int) -> Self:
        """Those who chose to stand in rankings under their alias."""
        shown = self.of_volunteers().filter(district=district_id, shows_alias=True, volunteer__state="active")
        return shown.exclude(volunteer__alias="")

    def ranked(
        self, district_id: int, first: date, last: date, most: int | None = None
    ) -> list[tuple[str, int]]:
        """(alias, points earned on these days), most first, of those who chose to be shown; the first `most` of them."""
        deeds = Q(transfers__kind__in=EARNED, transfers__day__range=(first, last))
        shown = self.in_ranking(district_id).filter(deeds)
        rows = shown.annotate(earned=Sum(F("transfers__amount") - F("transfers__owed"))).filter(earned__gt=0)
        return list(
            rows.order_by("-earned", "volunteer__alias").values_list("volunteer__alias", "earned")[:most]
        )


class PointTransferQuerySet(models.QuerySet):
    def visible_to(self, user: Any, now: datetime) -> Self:
        """Of one's own account."""
        return self.filter(account__volunteer__user=user.pk) if user.is_authenticated else self.none()

    def about(self, account: Any, rule: str, about_id: int | None) -> Self:
        """Everything that was booked for one deed: earned, corrected, reversed, restored."""
        return self.filter(account=account, rule=rule, about_id=about_id, kind__in=EARNED)

    def passbook(self, account: Any) -> Self:
        """All that was booked for an account, newest first, and what was weighed and brought nothing; not what then
        moved between the accounts of the district."""
        return self.filter(account=account).exclude(kind__in=BETWEEN).order_by("-pk")

    def of_deed(self, volunteer: Any, rule: str, about_id: int) -> Self:
        """The same of a volunteer, and what was weighed for it and brought nothing."""
        return self.filter(account__volunteer=volunteer, rule=rule, about_id=about_id)

    def of_service(self, service: Any) -> Self:
        """What was booked for a service record: its hours, and having taken part in its activity."""
        deeds = Q(rule=HOURS, about_id=service.pk)
        if service.activity_id:
            deeds |= Q(rule=ACTIVITY, about_id=service.activity_id)
        return self.filter(deeds, account__volunteer=service.volunteer_id)

    def of_reports(self, volunteer: Any) -> Self:
        """What was booked for all that a volunteer reported: accepted of a spotter, or solved."""
        return self.filter(account__volunteer=volunteer, rule__in=REPORTED)

    def unanswered(self, kind: str) -> Self:
        """Of this kind, and not answered by a counter-entry."""
        return self.filter(kind=kind, reversed_by=None)

    def booked(self, district_id: int | None, first: date, last: date, *accounts: str) -> Self:
        """What was issued, spent or expired (`accounts`) in a district and counts for these days (both counted);
        `booked` of a booking: how many points. A correction counts for the day of its deed; what it could not take is in
        none of them until it is settled, on the day of what it is settled from."""
        kinds = [kind for account in accounts for kind in bookings_with(account)]
        found = self.filter(district=district_id, day__range=(first, last), kind__in=kinds)
        return found.exclude(amount=0).alias(booked=BOOKED)

    def earned(self, first: date, last: date) -> Self:
        """What deeds of these days (both counted) have brought to volunteers."""
        return self.filter(kind__in=EARNED, day__range=(first, last))

    def by_rule(self) -> dict[str, int]:
        """Rule → points."""
        return dict(self.order_by().values_list("rule").annotate(value=VALUE))


class PointEntryQuerySet(models.QuerySet):
    def visible_to(self, user: Any, now: datetime) -> Self:
        """The lines of one's own account."""
        return self.filter(account__volunteer__user=user.pk) if user.is_authenticated else self.none()

    def passbook(self, account: Any) -> Self:
        """The lines of an account, newest first, with what they were booked for."""
        return self.filter(account=account).select_related("transfer").order_by("-pk")

    def by_expiry(self) -> dict[date | None, int]:
        """Day on which it expires (None: never) → all that came in fresh with that day."""
        rows = self.lots().order_by().values_list("transfer__expires_on")
        return dict(rows.annotate(points=Sum("amount")))

    def lots(self) -> Self:
        """What came in fresh, each with the day on which it expires."""
        return self.filter(transfer__kind__in=LOTS, amount__gt=0)
