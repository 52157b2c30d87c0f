"""The figures of the command centre, folded from the events (docs/adr/0014)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from grids.models import Unit
from issues.counted import CountedQuerySet, FigureQuerySet
from issues.figures import LEVELS
from issues.models.issue import Issue, lineage


class Figure(models.Model):
    """How many of one unit and category: what stands now (no hour), or what happened in one hour. Written by the fold
    alone, one at a time: no request ever waits for such a row."""

    unit = lineage(Unit, _("unit"))
    category = models.ForeignKey(
        "issues.Category",
        verbose_name=_("category"),
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    what = models.CharField(_("what"), max_length=20)
    hour = models.DateTimeField(_("hour"), null=True)
    number = models.IntegerField(_("number"), default=0)

    objects = FigureQuerySet.as_manager()

    class Meta:
        verbose_name = _("figure")
        verbose_name_plural = _("figures")
        constraints = (
            models.UniqueConstraint(
                fields=["unit", "what", "hour", "category"], nulls_distinct=False, name="figure_once"
            ),
        )
        indexes = (models.Index(fields=["hour"], name="figure_age", condition=models.Q(hour__isnull=False)),)

    def __str__(self) -> str:
        return f"{self.unit_id} {self.what}: {self.number}"


class Counted(models.Model):
    """As what one issue counts at present: the fold takes this away and adds what it is now.

    The lineage is where it lies, and follows units that move; `units` are those in which it counts.
    """

    issue = models.OneToOneField(Issue, primary_key=True, on_delete=models.CASCADE, related_name="+")
    district = lineage(Unit, _("district"))
    street = lineage(Unit, _("street"))
    community = lineage(Unit, _("community"))
    grid = lineage(Unit, _("grid"))
    units = ArrayField(models.BigIntegerField(), default=list)
    category = models.ForeignKey(
        "issues.Category",
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    marks = models.JSONField(default=list)
    # From when on it is late, if it is not yet.
    late_from = models.DateTimeField(null=True)
    # When the first of those called is due, and the first letter of supervision.
    call_due_at = models.DateTimeField(null=True)
    letter_due_at = models.DateTimeField(null=True)

    objects = CountedQuerySet.as_manager()

    class Meta:
        verbose_name = _("counted issue")
        verbose_name_plural = _("counted issues")
        # The one over those that have moved stands in migration 0020 alone.
        indexes = (
            *(models.Index(fields=[level], name=f"counted_{level}") for level in LEVELS[1:]),
            models.Index(
                fields=["late_from"], name="counted_late", condition=models.Q(late_from__isnull=False)
            ),
            *(
                models.Index(
                    fields=[level, column, "issue"],
                    name=f"counted_{level}_{short}",
                    condition=models.Q(**{f"{column}__isnull": False}),
                )
                for level in LEVELS
                for column, short in (("call_due_at", "call"), ("letter_due_at", "letter"))
            ),
        )

    def __str__(self) -> str:
        return f"{self.issue_id}"


class Folded(models.Model):
    """Up to where the events have been folded: one row. Whoever folds holds it."""

    xact_id = models.BigIntegerField(default=0)
    event_id = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("folded up to")
        verbose_name_plural = _("folded up to")

    def __str__(self) -> str:
        return f"{self.xact_id}.{self.event_id}"
