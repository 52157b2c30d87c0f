"""Scheduled tasks (网上定排): what has to be done at a place again and again."""

from datetime import datetime
from typing import Any, Self

from django.apps import apps
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from grids.models import Unit
from issues.models.issue import person
from issues.occurrences import Rule


class ScheduleQuerySet(models.QuerySet):
    def visible_to(self, user: Any, now: datetime) -> Self:
        """Those at places that one sees."""
        units = apps.get_model("grids", "Unit").objects.visible_to(user, now)
        return self.filter(place__in=units.order_by().values("pk"))

    def due(self, now: datetime) -> Self:
        """What the tick must do now, the longest waiting first."""
        return self.filter(next_at__lte=now).order_by("next_at", "pk")


class Schedule(models.Model):
    """One task and when it comes again. `next_at` is the next occurrence; none: it has ended or rests."""

    place = models.ForeignKey(Unit, verbose_name=_("place"), on_delete=models.PROTECT, related_name="+")
    category = models.ForeignKey(
        "issues.Category",
        verbose_name=_("category"),
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    text = models.CharField(_("what is to be done"), max_length=500)
    # Days of the week (0 is Monday) or days of the month (-1 is the last); neither: every day.
    weekdays = models.JSONField(_("on weekdays"), default=list)
    month_days = models.JSONField(_("on days of the month"), default=list)
    at = models.TimeField(pgettext_lazy("clock", "at"))
    only_working_days = models.BooleanField(_("on working days only"), default=True)
    starts_on = models.DateField(_("from"))
    until = models.DateField(_("until"), null=True)
    is_active = models.BooleanField(_("running"), default=True)
    next_at = models.DateTimeField(_("next"), null=True)
    # Why the tick has stopped it: code of a refusal.
    stopped_because = models.CharField(max_length=40, blank=True)
    created_by = person(_("made by"))
    created_at = models.DateTimeField(_("made"))

    objects = ScheduleQuerySet.as_manager()

    class Meta:
        verbose_name = _("scheduled task")
        verbose_name_plural = _("scheduled tasks")
        constraints = (
            models.CheckConstraint(
                name="schedule_rests_without_next", condition=Q(is_active=True) | Q(next_at=None)
            ),
        )
        indexes = (models.Index(fields=["next_at"], name="schedule_due", condition=Q(next_at__isnull=False)),)

    def __str__(self) -> str:
        return self.text[:60]

    @property
    def rule(self) -> Rule:
        """When it comes, as a value."""
        return Rule(
            frozenset(self.weekdays),
            frozenset(self.month_days),
            self.at,
            self.starts_on,
            self.until,
            self.only_working_days,
        )


class Occurrence(models.Model):
    """That a task was due at one time: once per time, whatever ticks there are, with the issue made of it."""

    schedule = models.ForeignKey(Schedule, on_delete=models.PROTECT, related_name="occurrences")
    at = models.DateTimeField(_("due"))
    issue = models.OneToOneField(
        "issues.Issue", verbose_name=_("issue"), on_delete=models.PROTECT, related_name="occurrence"
    )

    class Meta:
        verbose_name = _("occurrence")
        verbose_name_plural = _("occurrences")
        constraints = (models.UniqueConstraint(fields=["schedule", "at"], name="occurrence_once"),)

    def __str__(self) -> str:
        return f"{self.schedule_id} {self.at:%Y-%m-%d %H:%M}"
