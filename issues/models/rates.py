"""The daily figures behind the three rates: stored once the day is over, recomputable from the events."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from grids.models import Body, Unit
from issues.models.issue import lineage, person
from issues.verdicts import RateDayQuerySet


class RateDay(models.Model):
    """How many results of one place, handler and category ended on one day, and what their reporters said.

    `body`: the body that submitted the result; none where a unit did. Complaints about somebody have rows of
    their own, which those they are about never see.
    """

    day = models.DateField(_("day"))
    district = lineage(Unit, _("district"))
    street = lineage(Unit, _("street"))
    community = lineage(Unit, _("community"))
    grid = lineage(Unit, _("grid"))
    building = lineage(Unit, _("building"))
    body = lineage(Body, _("body"))
    about_unit = lineage(Unit, _("complaint about (unit)"))
    about_body = lineage(Body, _("complaint about (body)"))
    about_user = person(_("complaint about (person)"), db_constraint=False)
    category = models.ForeignKey(
        "issues.Category", verbose_name=_("category"), on_delete=models.PROTECT, db_index=False
    )
    rated = models.PositiveIntegerField(_("rated"), default=0)
    answered = models.PositiveIntegerField(_("answered"), default=0)
    responded = models.PositiveIntegerField(_("answered in time"), default=0)
    solved = models.PositiveIntegerField(_("solved"), default=0)
    satisfied = models.PositiveIntegerField(_("satisfied"), default=0)
    unrated = models.PositiveIntegerField(_("unrated"), default=0)
    # Of the rated, those whose verdict somebody heard by telephone.
    called = models.PositiveIntegerField(_("by call-back"), default=0, db_default=0)
    called_responded = models.PositiveIntegerField(
        _("by call-back: answered in time"), default=0, db_default=0
    )
    called_solved = models.PositiveIntegerField(_("by call-back: solved"), default=0, db_default=0)
    called_satisfied = models.PositiveIntegerField(_("by call-back: satisfied"), default=0, db_default=0)
    # Key of a reason → how many have given it.
    reasons = models.JSONField(_("reasons"), default=dict, db_default={})
    counted_at = models.DateTimeField(_("counted"))

    objects = RateDayQuerySet.as_manager()

    class Meta:
        verbose_name = _("figures of a day")
        verbose_name_plural = _("figures by day")
        indexes = (
            models.Index(fields=["day"], name="rates_day"),
            models.Index(fields=["district", "day"], name="rates_district"),
            models.Index(fields=["street", "day"], name="rates_street"),
            models.Index(fields=["community", "day"], name="rates_community"),
            models.Index(fields=["grid", "day"], name="rates_grid"),
            models.Index(fields=["body", "day"], name="rates_body", condition=models.Q(body__isnull=False)),
        )

    def __str__(self) -> str:
        return f"{self.day} {self.rated}+{self.unrated}"
