"""Deadlines: the only thing that drives escalation."""

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from calendars.worktime import Span
from grids.models import Unit
from issues.ladder import PARTS, clock_choices, rung_choices
from issues.models.issue import lineage
from issues.querysets import DeadlineQuerySet

if TYPE_CHECKING:
    from issues.models.parts import Decision, Task
    from issues.models.whistle import Callee

OPEN = Q(fired_at=None, cancelled_at=None)

OF_ISSUE = Q(callee=None, task=None, decision=None)


def one_part() -> Q:
    """Exactly one part is set."""
    found = Q(pk=None)
    for part in PARTS:
        found |= Q(**{f"{name}__isnull": name != part for name in PARTS})
    return found


def once(part: str) -> Iterator[models.UniqueConstraint]:
    """The same two rules for the clocks of a part."""
    own = Q(**{f"{part}__isnull": False})
    yield models.UniqueConstraint(fields=[part, "clock", "round"], condition=own, name=f"{part}_clock_round")
    yield models.UniqueConstraint(fields=[part, "clock"], condition=OPEN & own, name=f"{part}_clock_open")


class Deadline(models.Model):
    """The next rung of one clock of an issue or of a part of it; a row of its own each time, never opened again."""

    issue = models.ForeignKey("issues.Issue", on_delete=models.CASCADE, related_name="deadlines")
    callee = models.ForeignKey("issues.Callee", null=True, on_delete=models.CASCADE, related_name="deadlines")
    # Found by the unique indexes below.
    task = models.ForeignKey(
        "issues.Task", null=True, on_delete=models.CASCADE, related_name="deadlines", db_index=False
    )
    decision = models.ForeignKey(
        "issues.Decision", null=True, on_delete=models.CASCADE, related_name="deadlines", db_index=False
    )
    clock = models.CharField(_("clock"), max_length=20, choices=clock_choices)
    round = models.PositiveIntegerField(_("round"))
    rung = models.CharField(_("next rung"), max_length=20, choices=rung_choices)
    started_at = models.DateTimeField(_("started"))
    due_at = models.DateTimeField(_("fires"))
    limit_at = models.DateTimeField(_("deadline itself"))
    span_amount = models.PositiveIntegerField()
    span_unit = models.CharField(max_length=20)
    # Of a clock that was stopped and runs on: the seconds of its own time that were left. The deadline is then
    # that much, not the whole span, after the start.
    left_seconds = models.PositiveIntegerField(null=True)
    # The deadline itself was given as a date (by a hotline, an extension, a letter): no calendar moves it.
    fixed = models.BooleanField(_("given as a date"), default=False)
    # Of what no calendar moves: the deadline as it was given, while the matter itself ends earlier and so does this.
    given_at = models.DateTimeField(null=True)
    # Of a rung after the deadline itself: since when, and how long ("1/2 working_days"), it waits to fire.
    waits_from = models.DateTimeField(null=True)
    wait = models.CharField(max_length=40, blank=True)
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
                fields=["issue", "clock", "round"], condition=OF_ISSUE, name="issue_clock_round"
            ),
            # Whatever goes wrong, no clock of anybody ever runs twice.
            models.UniqueConstraint(
                fields=["issue", "clock"], condition=OPEN & OF_ISSUE, name="issue_clock_open"
            ),
            *(row for part in PARTS for row in once(part)),
            models.CheckConstraint(name="deadline_of_one", condition=OF_ISSUE | one_part()),
            models.CheckConstraint(
                name="deadline_fired_or_cancelled", condition=Q(fired_at=None) | Q(cancelled_at=None)
            ),
        )
        indexes = (
            models.Index(fields=["due_at"], name="deadline_open", condition=OPEN),
            # For the supervision board: promised dates that have passed while the handler's clock stands still.
            models.Index(fields=["limit_at"], name="deadline_promise", condition=OPEN & Q(clock="promise")),
        )

    def __str__(self) -> str:
        return f"{self.clock} {self.round} {self.due_at:%m-%d %H:%M}"

    @property
    def part(self) -> "Callee | Task | Decision | None":
        """Whose clock it is, if not the issue's own."""
        # By id first: to ask for a row that is not there costs more, and the sweep asks often.
        return (
            (self.callee if self.callee_id else None)
            or (self.task if self.task_id else None)
            or (self.decision if self.decision_id else None)
        )

    @property
    def span(self) -> Span:
        """The whole of this clock, as it was when it started."""
        return Span(self.span_amount, self.span_unit)

    @property
    def waits(self) -> Span | None:
        """How long this rung waits, if it comes after the deadline itself."""
        if self.waits_from is None:
            return None
        amount, unit = self.wait.split()
        return Span(_whole(Fraction(amount)), unit)


def as_text(span: Span) -> str:
    """As `wait` keeps it."""
    return f"{span.amount} {span.unit}"


def _whole(amount: Fraction) -> int | Fraction:
    return amount.numerator if amount.denominator == 1 else amount
