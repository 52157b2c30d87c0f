"""Deadlines: the only thing that drives escalation."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from calendars.worktime import Span
from grids.models import Unit
from issues.ladder import clock_choices, rung_choices
from issues.models.issue import lineage
from issues.querysets import DeadlineQuerySet

OPEN = Q(fired_at=None, cancelled_at=None)


class Deadline(models.Model):
    """The next rung of one clock of an issue or callee; a row of its own each time, never opened again."""

    issue = models.ForeignKey("issues.Issue", on_delete=models.CASCADE, related_name="deadlines")
    callee = models.ForeignKey("issues.Callee", null=True, on_delete=models.CASCADE, related_name="deadlines")
    clock = models.CharField(_("clock"), max_length=20, choices=clock_choices)
    round = models.PositiveSmallIntegerField(_("round"))
    rung = models.CharField(_("next rung"), max_length=20, choices=rung_choices)
    started_at = models.DateTimeField(_("started"))
    due_at = models.DateTimeField(_("fires"))
    limit_at = models.DateTimeField(_("deadline itself"))
    span_amount = models.PositiveIntegerField()
    span_unit = models.CharField(max_length=20)
    # The level that a danger which is late was last raised to; the next rung asks the one above it.
    raised_to = lineage(Unit, _("raised to"))
    provisional = models.BooleanField(_("provisional"), default=False)
    fired_at = models.DateTimeField(_("fired"), null=True)
    cancelled_at = models.DateTimeField(_("cancelled"), null=True)

    objects = DeadlineQuerySet.as_manager()

    class Meta:
        verbose_name = _("deadline")
        verbose_name_plural = _("deadlines")
        constraints = (
            models.UniqueConstraint(
                fields=["issue", "clock", "round"], condition=Q(callee__isnull=True), name="issue_clock_round"
            ),
            models.UniqueConstraint(
                fields=["callee", "clock", "round"],
                condition=Q(callee__isnull=False),
                name="callee_clock_round",
            ),
            # Whatever goes wrong, no clock of anybody ever runs twice.
            models.UniqueConstraint(
                fields=["issue", "clock"], condition=OPEN & Q(callee__isnull=True), name="issue_clock_open"
            ),
            models.UniqueConstraint(
                fields=["callee", "clock"], condition=OPEN & Q(callee__isnull=False), name="callee_clock_open"
            ),
            models.CheckConstraint(
                name="deadline_fired_or_cancelled", condition=Q(fired_at=None) | Q(cancelled_at=None)
            ),
        )
        indexes = (models.Index(fields=["due_at"], name="deadline_open", condition=OPEN),)

    def __str__(self) -> str:
        return f"{self.clock} {self.round} {self.due_at:%m-%d %H:%M}"

    @property
    def span(self) -> Span:
        """The whole of this clock, as it was when it started."""
        return Span(self.span_amount, self.span_unit)
