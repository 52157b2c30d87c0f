"""Words for reading points: of oneself, and as sums of communities and teams. `visible_to` is the owner alone."""

from datetime import date, datetime
from typing import Any, Self

from django.db import models
from django.db.models import Case, Count, F, Q, Sum, When
from django.db.models.functions import Coalesce

from grids.models import Policy
from volunteers.ledger import BOOKINGS, EARNED, LOTS, SYSTEM, VOLUNTEER
from volunteers.querysets import kept_by
from volunteers.small_groups import FEWEST, hidden_places
from volunteers.tariff import ACTIVITY, HOURS, KEY, REPORTED, SHIPPED, Tariff, tariff_from

# From a line to where its volunteer is at home.
HOME = "account__volunteer__"
BETWEEN = tuple(row.key for row in BOOKINGS.values() if row.of_system)
# A sum over fewer people would say what one of them has.
SMALLEST_GROUP = FEWEST
# What a line of the district's books says: where points come from is below zero by nature.
BOOKED = Case(When(account__kind="issued", then=-F("amount")), default=F("amount"))
# What a deed was worth, whether or not all of it could be taken back at once.
VALUE = Coalesce(Sum(F("amount") - F("owed")), 0)


def _ranked(row: dict[str, int]) -> dict[str, int]:
    return {key: row[key] for key in ("unit", "points", "people")}


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
        entries = Q(entries__transfer__kind__in=EARNED, entries__transfer__day__range=(first, last))
        earned = Coalesce(Sum(F("entries__amount") - F("entries__owed"), filter=entries), 0)
        rows = self.in_ranking(district_id).annotate(earned=earned).filter(earned__gt=0)
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


class PointEntryQuerySet(models.QuerySet):
    def visible_to(self, user: Any, now: datetime) -> Self:
        """The lines of one's own account."""
        return self.filter(account__volunteer__user=user.pk) if user.is_authenticated else self.none()

    def passbook(self, account: Any) -> Self:
        """The lines of an account, newest first, with what they were booked for."""
        return self.filter(account=account).select_related("transfer").order_by("-pk")

    def booked(self, district_id: int | None, first: date, last: date, *kinds: str) -> Self:
        """The lines of the district's own accounts of these kinds that count for these days (both counted); `booked` of a
        line: how many points were issued, spent or expired by it. A correction counts for the day of its deed; what it
        could not take is in none of them until it is settled, on the day of what it is settled from."""
        days = {"transfer__district": district_id, "transfer__day__range": (first, last)}
        return self.filter(account__kind__in=kinds, **days).alias(booked=BOOKED)

    def earned(self, first: date, last: date) -> Self:
        """What deeds of these days (both counted) have brought to volunteers."""
        days = {"transfer__day__gte": first, "transfer__day__lte": last}
        return self.filter(account__kind=VOLUNTEER, transfer__kind__in=EARNED, **days)

    def value(self) -> int:
        """What these lines were worth in all, whether or not all of it could be taken back."""
        return self.aggregate(value=VALUE)["value"]

    def by_rule(self) -> dict[str, int]:
        """Rule → points."""
        return dict(self.order_by().values_list("transfer__rule").annotate(value=VALUE))

    def by_community(
        self, district_id: int, first: date, last: date, most: int | None = None
    ) -> list[dict[str, int]]:
        """unit, points and people of the communities where volunteers are at home, most points first; the first `most`
        of them. None of which the sum would tell of one person, by itself or as what is left of the others."""
        rows = self._by(
            f"{HOME}community", Q(**{f"{HOME}community__isnull": False}), district_id, first, last
        )
        _streets, hidden = hidden_places({(row["street"], row["unit"]): row["people"] for row in rows})
        shown = [row for row in rows if (row["street"], row["unit"]) not in hidden]
        return [_ranked(row) for row in shown[:most]]

    def by_team(
        self, district_id: int, first: date, last: date, most: int | None = None
    ) -> list[dict[str, int]]:
        """The same by team (`unit` is its id); who is in two teams counts in both. Nor those beside which so few others of
        their community have earned that its sum less the team's would tell of one."""
        member, team = f"{HOME}memberships", f"{HOME}memberships__team"
        now_in = Q(**{f"{member}__left_at": None, f"{team}__isnull": False, f"{team}__closed_at": None})
        rows = self._by(team, now_in, district_id, first, last, where=f"{team}__unit")
        earned = self.earned(first, last).filter(transfer__district=district_id).order_by()
        there = dict(earned.values_list(f"{HOME}community").annotate(Count("account", distinct=True)))
        shown = [
            row
            for row in rows
            if row["people"] >= SMALLEST_GROUP
            and not 0 < there.get(row["street"], 0) - row["people"] < SMALLEST_GROUP
        ]
        return [_ranked(row) for row in shown[:most]]

    def _by(
        self, column: str, known: Q, district_id: int, first: date, last: date, where: str = f"{HOME}street"
    ) -> list[dict[str, int]]:
        """unit, points, people, and as `street` the column `where`. `known` in one filter with all else: a second one would
        join every membership with every other, so that somebody in two teams would count twice in each, and still in one
        that they have left."""
        earned = self.earned(first, last).filter(known, transfer__district=district_id).order_by()
        sums = earned.values(unit=F(column), street=F(where))
        sums = sums.annotate(points=VALUE, people=Count("account", distinct=True))
        return list(sums.order_by("-points", "unit"))

    def by_expiry(self) -> dict[date | None, int]:
        """Day on which it expires (None: never) → all that came in fresh with that day."""
        rows = self.lots().order_by().values_list("transfer__expires_on")
        return dict(rows.annotate(points=Sum("amount")))

    def lots(self) -> Self:
        """What came in fresh, each with the day on which it expires."""
        return self.filter(transfer__kind__in=LOTS, amount__gt=0)
