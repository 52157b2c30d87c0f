"""Activities, their shifts and who signed up. Written by volunteers.actions alone."""

from datetime import datetime
from itertools import pairwise
from typing import Any, Self

from django.db import models
from django.db.models import Count, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from accounts.fields import EncryptedTextField
from grids.lineage import column, inside
from issues.models.issue import person
from trail.districts import sees_all
from volunteers.activities import LIVE, RUNNING, sign_up_choices, state_choices
from volunteers.models.people import Station, Team, Volunteer, at_unit, lineage
from volunteers.querysets import one_of, run_by
from volunteers.shifts import FREE_CANCEL_HOURS, GRACE, Period

TITLE, WHAT, PLACE, RESULT = 60, 1000, 100, 500
# Whose an activity may be, from above; what a grid holds is the community's.
HOLDERS = ("district", "street", "community")


class ActivityQuerySet(models.QuerySet):
    def visible_to(self, user: Any, now: datetime) -> Self:
        """What has been opened is for everybody to find; a draft for those who run it."""
        if sees_all(user):
            return self
        known = Q(opened_at__isnull=False)
        return self.filter(known | self.run_for(user, now) if user.is_authenticated else known)

    def run_by(self, user: Any, now: datetime) -> Self:
        """Those of the places where the person runs volunteering; a desk shows these alone."""
        return self if sees_all(user) else self.filter(run_by(user, now))

    def with_places(self) -> Self:
        """Each with the `places` of all its shifts that were not called off, and how many of them are `taken`."""
        rows = Shift.objects.standing().filter(activity=OuterRef("pk")).order_by().values("activity")
        return self.annotate(
            places=Subquery(rows.annotate(n=Sum("places")).values("n")),
            taken=Subquery(rows.annotate(n=Sum("taken")).values("n")),
        )

    def with_result(self) -> Self:
        """Each with what is confirmed of its hours and more than nothing, as at its settlement: how many `people` have
        helped, and for how many `minutes` in all."""
        confirmed = Q(services__state="confirmed", services__minutes__gt=0)
        return self.annotate(
            people=Count("services__volunteer", filter=confirmed, distinct=True),
            minutes=Sum("services__minutes", filter=confirmed, default=0),
        )

    def in_reach(self, user: Any, now: datetime) -> Self:
        """Those that one runs, and for a volunteer the opened ones of the district: what one can do something with."""
        if sees_all(user):
            return self
        if not user.is_authenticated:
            return self.none()
        mine = Volunteer.objects.active().of_user(user).values("district")
        return self.filter(self.run_for(user, now) | Q(opened_at__isnull=False, district__in=mine))

    @staticmethod
    def run_for(user: Any, now: datetime) -> Q:
        """Those where the person runs volunteering or leads the team."""
        return Q(team__leader__user=user.pk) | run_by(user, now)

    def within(self, unit: Any) -> Self:
        """In the subtree of a unit."""
        return self.filter(inside(unit))

    def around(self, one: Any, kind: str = "community") -> Self:
        """What is for whoever lives where `one` lies (a unit, a volunteer): all of their community, or of their street or
        district as `kind` says; and what a level above it holds as such, for all that lies in it. Each way in by an index:
        what has no street is the district's own, and of that there is little."""
        levels = HOLDERS[: HOLDERS.index(kind) + 1]
        found = Q(**{column(kind): getattr(one, column(kind))})
        for above, below in pairwise(levels):
            if at := getattr(one, column(above)):
                found |= Q(**{column(above): at, column(below): None})
        return self.filter(found)

    def offered(self, now: datetime) -> Self:
        """Those that one may still sign up for, the next first."""
        return self.filter(state__in=["open", "full"], starts_at__gt=now).order_by("starts_at", "pk")

    def coming(self, now: datetime) -> Self:
        """Opened and not over yet, the next first; of several shifts one may have begun."""
        return self.filter(state__in=sorted(RUNNING), ends_at__gt=now).order_by("starts_at", "pk")

    def with_free(self, now: datetime) -> Self:
        """`free`: places left in the shifts that have not begun."""
        later = Shift.objects.ahead(now).filter(activity=OuterRef("pk")).order_by().values("activity")
        return self.annotate(
            free=Coalesce(Subquery(later.annotate(n=Sum(F("places") - F("taken"))).values("n")), 0)
        )

    def moved_by_clock(self, now: datetime) -> Self:
        """Those whose first shift has begun, or whose last one is over, and that do not know it yet."""
        begun = Q(state__in=["open", "full"], starts_at__lte=now)
        return self.filter(begun | Q(state="under_way", ends_at__lte=now)).order_by("starts_at", "pk")


class ShiftQuerySet(models.QuerySet):
    def standing(self) -> Self:
        """Those that were not called off."""
        return self.filter(cancelled_at=None)

    def ahead(self, now: datetime) -> Self:
        """Those of them that have not begun: what can still be called off or changed."""
        return self.standing().filter(starts_at__gt=now)

    def with_free(self) -> Self:
        """Each with the places left, as `free`."""
        return self.annotate(free=F("places") - F("taken"))

    def with_waiting(self) -> Self:
        """`waiting`: how many wait for a place."""
        rows = SignUp.objects.filter(shift=OuterRef("pk"), state="waiting").order_by().values("shift")
        return self.annotate(waiting=Coalesce(Subquery(rows.annotate(n=Count("pk")).values("n")), 0))


class SignUpQuerySet(models.QuerySet):
    def visible_to(self, user: Any, now: datetime) -> Self:
        """One's own, and those of activities that one runs."""
        if sees_all(user):
            return self
        if not user.is_authenticated:
            return self.none()
        mine = one_of("volunteer", Volunteer.objects.of_user(user))
        there = one_of("activity", Activity.objects.filter(ActivityQuerySet.run_for(user, now)))
        return self.filter(Q(mine) | Q(there))

    def live(self) -> Self:
        """With a place or waiting for one."""
        return self.filter(state__in=LIVE)

    def queue(self) -> Self:
        """Who waits, first come first."""
        return self.filter(state="waiting").order_by("pk")

    def with_ahead(self) -> Self:
        """`ahead`: how many have waited for the same shift since before."""
        first = SignUp.objects.filter(shift=OuterRef("shift"), state="waiting", pk__lt=OuterRef("pk"))
        rows = first.order_by().values("shift")
        return self.annotate(ahead=Coalesce(Subquery(rows.annotate(n=Count("pk")).values("n")), 0))

    def near(self, shift: Period) -> Self:
        """At the same time as this shift, or with less than the grace in between."""
        return self.filter(
            shift__ends_at__gt=shift.starts_at - GRACE, shift__starts_at__lt=shift.ends_at + GRACE
        )

    def to_come(self, now: datetime) -> Self:
        """With a claim, and the shift not over yet; the next first."""
        return self.live().filter(shift__ends_at__gt=now).order_by("shift__starts_at", "pk")

    def of_user(self, user: Any) -> Self:
        """One's own."""
        return self.filter(volunteer__user=user.pk) if user.is_authenticated else self.none()

    def came(self) -> Self:
        """Checked in, by code or by the list."""
        return self.filter(state="in", checked_in_at__isnull=False)

    def unaccounted(self) -> Self:
        """With a place, and nobody has said whether they came."""
        return self.filter(state="in", checked_in_at=None)

    def figures(self) -> dict[str, int]:
        """State → how many, for the organiser. One query."""
        rows = self.order_by().values_list("state").annotate(number=Count("pk"))
        return dict(rows)


class Activity(models.Model):
    """What volunteers do together at one place. Its organiser is whoever runs volunteering there, or the leader of its
    team. `starts_at` and `ends_at` are those of its shifts; `version` is the number of its last event."""

    title = models.CharField(_("title"), max_length=TITLE)
    what = models.TextField(_("what is done"), max_length=WHAT)
    unit = at_unit(_("unit"))
    district = lineage(_("district"))
    street = lineage(_("street"))
    community = lineage(_("community"))
    grid = lineage(_("grid"))
    place = models.CharField(_("where one meets"), max_length=PLACE, blank=True, default="")
    station = models.ForeignKey(
        Station,
        verbose_name=_("volunteer service station"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    team = models.ForeignKey(
        Team, verbose_name=_("volunteer team"), null=True, on_delete=models.PROTECT, related_name="activities"
    )
    # 请志愿者帮忙: what the activity helps to solve.
    issue = models.ForeignKey(
        "issues.Issue", verbose_name=_("issue"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    series = models.ForeignKey(
        "volunteers.Series",
        verbose_name=_("series of activities"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    series_on = models.DateField(_("day in the series"), null=True)
    state = models.CharField(_("state"), max_length=10, choices=state_choices, default="draft")
    version = models.PositiveIntegerField(_("version"), default=0)
    starts_at = models.DateTimeField(_("begins"))
    ends_at = models.DateTimeField(_("ends"))
    free_cancel_hours = models.PositiveSmallIntegerField(
        _("cancelling is free until so many hours before"), default=FREE_CANCEL_HOURS
    )
    # Of the rotating code on the leader's screen (volunteers.check_in).
    secret = EncryptedTextField(editable=False)
    result = models.CharField(_("what came of it"), max_length=RESULT, blank=True, default="")
    created_by = person(_("made by"))
    created_at = models.DateTimeField(_("made"))
    opened_at = models.DateTimeField(_("opened"), null=True)
    settled_by = person(_("settled by"))
    settled_at = models.DateTimeField(_("settled at"), null=True)

    objects = ActivityQuerySet.as_manager()

    class Meta:
        verbose_name = _("activity")
        verbose_name_plural = _("activities")
        constraints = (
            models.UniqueConstraint(
                fields=["series", "series_on"], condition=Q(series__isnull=False), name="activity_once_a_day"
            ),
            models.CheckConstraint(name="activity_begins_first", condition=Q(starts_at__lt=F("ends_at"))),
            models.CheckConstraint(
                name="activity_opened_before_more",
                condition=Q(state__in=["draft", "cancelled"]) | Q(opened_at__isnull=False),
            ),
            models.CheckConstraint(
                name="activity_settled_at",
                condition=Q(state="settled", settled_at__isnull=False)
                | (~Q(state="settled") & Q(settled_at=None)),
            ),
        )
        indexes = (
            models.Index(fields=["district", "-starts_at"], name="activity_district"),
            models.Index(fields=["street", "-starts_at"], name="activity_street"),
            models.Index(fields=["community", "-starts_at"], name="activity_community"),
            models.Index(fields=["grid", "-starts_at"], name="activity_grid"),
            # What the clock has still to move.
            models.Index(
                fields=["starts_at"],
                condition=Q(state__in=["open", "full", "under_way"]),
                name="activity_running",
            ),
        )

    def __str__(self) -> str:
        return self.title


class Shift(models.Model):
    """A time and its places. `taken` is how many of them are: never more, says the database. One that was called off keeps
    its row and the `reason`; nobody has a claim to it any more. `moved_at`: since when it is at these times, if it was ever
    open at others."""

    activity = models.ForeignKey(
        Activity, verbose_name=_("activity"), on_delete=models.PROTECT, related_name="shifts"
    )
    starts_at = models.DateTimeField(_("begins"))
    ends_at = models.DateTimeField(_("ends"))
    places = models.PositiveSmallIntegerField(_("places"))
    taken = models.PositiveSmallIntegerField(_("places taken"), default=0)
    moved_at = models.DateTimeField(_("moved"), null=True)
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True)
    reason = models.CharField(_("why"), max_length=RESULT, blank=True, default="", db_default="")

    objects = ShiftQuerySet.as_manager()

    class Meta:
        verbose_name = _("shift")
        verbose_name_plural = _("shifts")
        ordering = ("starts_at", "pk")
        constraints = (
            models.CheckConstraint(name="shift_begins_first", condition=Q(starts_at__lt=F("ends_at"))),
            models.CheckConstraint(
                name="shift_not_oversubscribed", condition=Q(places__gte=1, taken__lte=F("places"))
            ),
            models.CheckConstraint(
                name="shift_cancelled_is_empty", condition=Q(cancelled_at=None) | Q(taken=0)
            ),
        )

    def __str__(self) -> str:
        return f"{self.activity_id} {self.starts_at:%Y-%m-%d %H:%M}"

    @property
    def period(self) -> Period:
        """As the rules read it."""
        return Period(self.starts_at, self.ends_at)


class SignUp(models.Model):
    """That one volunteer wants to come to one shift, and what became of it. Who waits moves up in the order of `id`."""

    activity = models.ForeignKey(
        Activity,
        verbose_name=_("activity"),
        on_delete=models.PROTECT,
        related_name="sign_ups",
        db_index=False,
    )
    shift = models.ForeignKey(
        Shift, verbose_name=_("shift"), on_delete=models.PROTECT, related_name="sign_ups", db_index=False
    )
    volunteer = models.ForeignKey(
        Volunteer,
        verbose_name=_("volunteer"),
        on_delete=models.PROTECT,
        related_name="sign_ups",
        db_index=False,
    )
    state = models.CharField(_("state"), max_length=14, choices=sign_up_choices)
    signed_up_at = models.DateTimeField(_("signed up"))
    signed_up_by = person(_("signed up by"))
    moved_up_at = models.DateTimeField(_("moved up"), null=True)
    ended_at = models.DateTimeField(_("cancelled at"), null=True)
    checked_in_at = models.DateTimeField(_("checked in"), null=True)
    # None where the volunteer did it with the code on the screen.
    checked_in_by = person(_("checked in by"))
    checked_out_at = models.DateTimeField(_("checked out"), null=True)

    objects = SignUpQuerySet.as_manager()

    class Meta:
        verbose_name = _("sign-up")
        verbose_name_plural = _("sign-ups")
        constraints = (
            models.UniqueConstraint(
                fields=["shift", "volunteer"], condition=Q(state__in=LIVE), name="sign_up_once"
            ),
            models.CheckConstraint(
                name="sign_up_checked_in_with_place", condition=Q(checked_in_at=None) | Q(state="in")
            ),
            models.CheckConstraint(
                name="sign_up_out_after_in",
                condition=Q(checked_out_at=None) | Q(checked_out_at__gte=F("checked_in_at")),
            ),
        )
        indexes = (
            models.Index(fields=["shift", "id"], condition=Q(state="waiting"), name="sign_up_queue"),
            models.Index(fields=["activity", "state"], name="sign_up_activity"),
            models.Index(fields=["volunteer", "-id"], name="sign_up_volunteer"),
        )

    def __str__(self) -> str:
        return f"{self.shift_id}:{self.volunteer_id}"

    @property
    def place_since(self) -> datetime:
        """Since when they have what the shift offers now: signed up, moved up, or moved with it to other times."""
        moments = (self.signed_up_at, self.moved_up_at, self.shift.moved_at)
        return max(moment for moment in moments if moment)
