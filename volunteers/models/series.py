"""Series: activities that come again. Written by volunteers.actions alone."""

from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from issues.models.issue import person
from trail.districts import sees_all
from volunteers.models.activities import Activity, ActivityQuerySet
from volunteers.series import rhythm_choices


class SeriesQuerySet(models.QuerySet):
    def visible_to(self, user: Any, now: datetime) -> Self:
        """Of activities that one runs."""
        if sees_all(user):
            return self
        if not user.is_authenticated:
            return self.none()
        run = Activity.objects.filter(ActivityQuerySet.run_for(user, now))
        return self.filter(source__in=run.order_by().values("pk"))

    def due(self, up_to: Any) -> Self:
        """Those whose next day is not behind this one, the earliest first."""
        return self.filter(next_on__lte=up_to).order_by("next_on", "pk")


class Series(models.Model):
    """An activity that comes again, as `source` was: the first one, or that by which an ended series was taken up again.
    `next_on`: the next day to be made; none: it has ended."""

    source = models.OneToOneField(
        "volunteers.Activity", verbose_name=_("first activity"), on_delete=models.PROTECT, related_name="+"
    )
    rhythm = models.CharField(_("how often"), max_length=10, choices=rhythm_choices)
    first_on = models.DateField(_("first day"))
    until = models.DateField(_("until"))
    next_on = models.DateField(_("next"), null=True)
    created_by = person(_("made by"))
    created_at = models.DateTimeField(_("made"))
    ended_at = models.DateTimeField(_("ended"), null=True)

    objects = SeriesQuerySet.as_manager()

    class Meta:
        verbose_name = _("series of activities")
        verbose_name_plural = _("series of activities")
        constraints = (
            models.CheckConstraint(
                name="series_ends_without_next", condition=Q(ended_at=None) | Q(next_on=None)
            ),
        )
        indexes = (models.Index(fields=["next_on"], condition=Q(next_on__isnull=False), name="series_due"),)

    def __str__(self) -> str:
        return f"{self.source_id}:{self.rhythm}"
