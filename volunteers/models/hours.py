"""Service records: minutes of one volunteer, confirmed by somebody else, and corrections with both values kept."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Any, Self

from django.db import models
from django.db.models import Count, Q, Sum
from django.db.models.functions import ExtractYear
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from grids.lineage import inside
from issues.models.issue import person
from trail.districts import sees_all
from volunteers.hours import MOST_MINUTES, Worked, correction_choices, source_choices, state_choices
from volunteers.models.activities import Activity, SignUp
from volunteers.models.people import Volunteer, at_unit, lineage
from volunteers.querysets import one_of, run_by
from volunteers.shifts import Period

WHAT, REASON = 100, 300


class ServiceQuerySet(models.QuerySet):
    def visible_to(self, user: Any, now: datetime) -> Self:
        """One's own, those where one runs volunteering, and those of activities of the team that one leads."""
        if sees_all(user):
            return self
        if not user.is_authenticated:
            return self.none()
        mine = one_of("volunteer", Volunteer.objects.of_user(user))
        led = one_of("activity", Activity.objects.filter(team__leader__user=user.pk))
        return self.filter(Q(mine) | Q(led) | run_by(user, now))

    def run_by(self, user: Any, now: datetime) -> Self:
        """Done where the person runs volunteering; a desk shows these alone."""
        return self if sees_all(user) else self.filter(run_by(user, now))

    def proposed(self) -> Self:
        return self.filter(state="proposed")

    def confirmed(self) -> Self:
        return self.filter(state="confirmed")

    def counting(self) -> Self:
        """Confirmed, and more than nothing: what stands on papers."""
        return self.confirmed().filter(minutes__gt=0)

    def within(self, unit: Any) -> Self:
        """Done in the subtree of a unit."""
        return self.filter(inside(unit))

    def between(self, first: Any, last: Any) -> Self:
        """On these days, both included."""
        return self.filter(on__range=(first, last))

    def holding(self, people: Iterable[int], first: Any, last: Any) -> Self:
        """What takes of the days from `first` to `last` of these people (ids): with minutes, and handed in or confirmed."""
        days = (first - timedelta(days=1), last + timedelta(days=1))
        found = self.filter(volunteer__in=people, on__range=days, minutes__gt=0).exclude(state="refused")
        return found.select_related("sign_up__shift").order_by("pk")

    def minutes(self) -> int:
        """The sum of what is confirmed. One query."""
        return self.confirmed().aggregate(sum=Sum("minutes"))["sum"] or 0

    def served(self, volunteer: Any, first: Any, last: Any) -> tuple[int, int]:
        """Confirmed minutes of one volunteer on these days, and in how many activities. One query."""
        mine = self.counting().between(first, last).filter(volunteer=volunteer)
        found = mine.aggregate(sum=Sum("minutes"), activities=Count("activity", distinct=True))
        return found["sum"] or 0, found["activities"]

    def minutes_by_year(self, volunteer: Any) -> dict[int, int]:
        """Calendar year → confirmed minutes of one volunteer; years without any are left out. One query."""
        return self.minutes_by_year_of_many([volunteer]).get(getattr(volunteer, "pk", volunteer), {})

    def minutes_by_year_of_many(self, volunteers: Iterable[Any]) -> dict[int, dict[int, int]]:
        """The same for many: id of the volunteer → year → minutes. One query."""
        ids = [getattr(one, "pk", one) for one in volunteers]
        rows = self.confirmed().filter(volunteer__in=ids).order_by().annotate(year=ExtractYear("on"))
        found: dict[int, dict[int, int]] = {}
        for pk, year, minutes in rows.values_list("volunteer", "year").annotate(sum=Sum("minutes")):
            found.setdefault(pk, {})[year] = minutes
        return found


class Service(models.Model):
    """Minutes of one volunteer on one day (in Shanghai, that of the shift's beginning), for an activity or beside any.

    Where it was done stands in its lineage. `version` is the number of its last event.
    """

    volunteer = models.ForeignKey(
        Volunteer,
        verbose_name=_("volunteer"),
        on_delete=models.PROTECT,
        related_name="services",
        db_index=False,
    )
    activity = models.ForeignKey(
        Activity, verbose_name=_("activity"), null=True, on_delete=models.PROTECT, related_name="services"
    )
    sign_up = models.OneToOneField(
        SignUp, verbose_name=_("sign-up"), null=True, on_delete=models.PROTECT, related_name="service"
    )
    unit = at_unit(_("unit"))
    district = lineage(_("district"))
    street = lineage(_("street"))
    community = lineage(_("community"))
    grid = lineage(_("grid"))
    on = models.DateField(_("day"))
    # Of what was done beside any activity.
    what = models.CharField(_("what was done"), max_length=WHAT, blank=True, default="")
    minutes = models.PositiveSmallIntegerField(_("minutes"))
    source = models.CharField(_("where the minutes come from"), max_length=10, choices=source_choices)
    state = models.CharField(_("state"), max_length=10, choices=state_choices, default="proposed")
    version = models.PositiveIntegerField(_("version"), default=1)
    proposed_by = person(_("handed in by"))
    proposed_at = models.DateTimeField(_("handed in"))
    # Whoever confirmed it, or did not accept it.
    decided_by = person(_("decided by"))
    decided_at = models.DateTimeField(_("decided"), null=True)
    reason = models.CharField(_("why not"), max_length=REASON, blank=True, default="")

    objects = ServiceQuerySet.as_manager()

    class Meta:
        verbose_name = _("service record")
        verbose_name_plural = _("service records")
        constraints = (
            models.CheckConstraint(name="service_a_day_at_most", condition=Q(minutes__lte=MOST_MINUTES)),
            models.CheckConstraint(
                name="service_by_two",
                condition=Q(state="proposed", decided_by=None, decided_at=None)
                | (
                    ~Q(state="proposed")
                    & Q(decided_by__isnull=False, decided_at__isnull=False)
                    & (Q(proposed_by=None) | ~Q(decided_by=models.F("proposed_by")) | Q(state="refused"))
                ),
            ),
        )
        indexes = (
            # What a person's time and stars are summed up from.
            models.Index(fields=["volunteer", "on"], include=["minutes", "state"], name="service_volunteer"),
            models.Index(fields=["district", "-on"], name="service_district"),
            models.Index(fields=["street", "-on"], name="service_street"),
            models.Index(fields=["community", "-on"], name="service_community"),
            models.Index(
                fields=["community", "id"], condition=Q(state="proposed"), name="service_to_confirm"
            ),
        )

    def __str__(self) -> str:
        return f"#{self.pk} · {self.on}"

    @property
    def presence(self) -> Period | None:
        """From when to when somebody was there, within the shift; None of what was done beside any, or outside of it."""
        one = self.sign_up
        if one is None or one.checked_in_at is None:
            return None
        start = max(one.shift.starts_at, one.checked_in_at)
        end = min(one.shift.ends_at, one.checked_out_at or one.shift.ends_at)
        return Period(start, end) if start < end else None

    @property
    def worked(self) -> Worked:
        """As the rules of a day read it."""
        there = self.presence
        if there is None:
            return Worked(self.on, self.minutes)
        next_day = datetime.combine(self.on + timedelta(days=1), time())
        rest = (timezone.make_aware(next_day) - there.starts_at).total_seconds() // 60
        return Worked(self.on, self.minutes, max(int(rest), 0), there)


class CorrectionQuerySet(models.QuerySet):
    def visible_to(self, user: Any, now: datetime) -> Self:
        """Of records that one sees."""
        seen = Service.objects.visible_to(user, now)
        return self.filter(service__in=seen.order_by().values("pk"))

    def waiting(self) -> Self:
        return self.filter(state="asked")


class Correction(models.Model):
    """What confirmed minutes were and what they should be: both stay, whatever is decided."""

    service = models.ForeignKey(
        Service, verbose_name=_("service record"), on_delete=models.PROTECT, related_name="corrections"
    )
    was = models.PositiveSmallIntegerField(_("minutes before"))
    minutes = models.PositiveSmallIntegerField(_("minutes after"))
    reason = models.CharField(_("why"), max_length=REASON)
    state = models.CharField(_("state"), max_length=10, choices=correction_choices, default="asked")
    asked_by = person(_("asked by"))
    asked_at = models.DateTimeField(_("asked"))
    decided_by = person(_("decided by"))
    decided_at = models.DateTimeField(_("decided"), null=True)

    objects = CorrectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("correction of a service record")
        verbose_name_plural = _("corrections of service records")
        constraints = (
            models.UniqueConstraint(
                fields=["service"], condition=Q(state="asked"), name="correction_one_at_a_time"
            ),
            models.CheckConstraint(
                name="correction_decided",
                condition=Q(state="asked", decided_at=None)
                | (~Q(state="asked") & Q(decided_at__isnull=False, decided_by__isnull=False)),
            ),
            models.CheckConstraint(
                name="correction_within_a_day",
                condition=Q(minutes__lte=MOST_MINUTES) & ~Q(minutes=models.F("was")),
            ),
        )

    def __str__(self) -> str:
        return f"{self.service_id}:{self.was}>{self.minutes}"
