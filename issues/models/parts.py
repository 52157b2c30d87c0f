"""Parts of an issue that somebody else must act on, each with a clock of its own: sub-tasks and decisions."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from grids.models import Body, Unit
from issues.decisions import decision_kind_choices
from issues.kinds import cause_choices, outcome_choices
from issues.lifecycle import TASK_ENDED, decision_state_choices, task_state_choices
from issues.models.issue import lineage, person
from issues.querysets import DecisionQuerySet, PartQuerySet


def of_one(name: str) -> models.CheckConstraint:
    """Addressed to exactly one unit or body."""
    return models.CheckConstraint(
        name=name, condition=Q(unit__isnull=False, body=None) | Q(unit=None, body__isnull=False)
    )


class Task(models.Model):
    """A sub-task of a joint handling (协办): one of one's own does a part; the issue waits for all of them."""

    issue = models.ForeignKey("issues.Issue", on_delete=models.CASCADE, related_name="tasks")
    unit = models.ForeignKey(
        Unit, verbose_name=_("unit"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    body = models.ForeignKey(
        Body, verbose_name=_("body"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    state = models.CharField(_("state"), max_length=20, choices=task_state_choices, default="given")
    due_at = models.DateTimeField(_("due"), null=True)
    limit_at = models.DateTimeField(_("to be finished by"))
    extension_count = models.PositiveSmallIntegerField(_("times extended"), default=0)
    chased_at = models.DateTimeField(_("last chased"), null=True)
    raised_to = lineage(Unit, _("raised to"))
    given_by = person(_("given by"))
    signed_by = person(_("signed for by"))
    given_at = models.DateTimeField(_("given"))
    signed_at = models.DateTimeField(_("signed for"), null=True)
    ended_at = models.DateTimeField(_("finished"), null=True)

    PART, TIE = "task", "task"
    urgent = False
    objects = PartQuerySet.as_manager()

    class Meta:
        verbose_name = _("sub-task")
        verbose_name_plural = _("sub-tasks")
        constraints = (
            of_one("task_is_units_or_bodys"),
            models.CheckConstraint(
                name="task_open_has_due", condition=Q(state__in=TASK_ENDED) | Q(due_at__isnull=False)
            ),
        )
        indexes = (models.Index(fields=["due_at"], name="task_waiting", condition=Q(due_at__isnull=False)),)

    def __str__(self) -> str:
        return str(self.party)

    @property
    def party(self) -> Unit | Body:
        return self.unit or self.body

    def is_unanswered(self, now: datetime) -> bool:
        """Given, silent, and the time to sign for it is over."""
        return self.state == "given" and self.due_at is not None and self.due_at <= now


class Decision(models.Model):
    """Something that `party` must decide or answer: an extension, a suspension, a whistle's review …

    What is asked for stands in columns, never in words: the words are a note.
    """

    issue = models.ForeignKey("issues.Issue", on_delete=models.CASCADE, related_name="decisions")
    kind = models.CharField(_("kind"), max_length=20, choices=decision_kind_choices)
    callee = models.ForeignKey(
        "issues.Callee", null=True, on_delete=models.CASCADE, related_name="decisions", db_index=False
    )
    task = models.ForeignKey(
        Task, null=True, on_delete=models.CASCADE, related_name="decisions", db_index=False
    )
    whistle = models.ForeignKey(
        "issues.Whistle", null=True, on_delete=models.CASCADE, related_name="decisions", db_index=False
    )
    unit = models.ForeignKey(
        Unit, verbose_name=_("unit"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    body = models.ForeignKey(
        Body, verbose_name=_("body"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    raised_to = lineage(Unit, _("raised to"))
    asking_unit = lineage(Unit, _("asked by (unit)"))
    asking_body = lineage(Body, _("asked by (body)"))
    state = models.CharField(_("state"), max_length=20, choices=decision_state_choices, default="open")
    asked_by = person(_("asked by"))
    asked_at = models.DateTimeField(_("asked"))
    due_at = models.DateTimeField(_("due"), null=True)
    # What is asked for: a date, the cause of a suspension, the outcome of a reply that waits for approval.
    until = models.DateTimeField(_("until"), null=True)
    cause = models.CharField(_("cause"), max_length=20, choices=cause_choices, blank=True)
    outcome = models.CharField(_("outcome"), max_length=20, choices=outcome_choices, blank=True)
    # What it is instead of a danger.
    category = models.ForeignKey(
        "issues.Category",
        verbose_name=_("category"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    number = models.CharField(_("number of the letter"), max_length=40, blank=True)
    # Of a letter: the district in which it got its number, wherever the place of the matter goes later.
    district = lineage(Unit, _("numbered in"))
    # Words that wait with it (the reply to be approved); erased like notes.
    text = models.TextField(_("text"), blank=True)
    decided_by = person(_("decided by"))
    ended_at = models.DateTimeField(_("decided"), null=True)

    PART, TIE = "decision", "decider"
    urgent = False
    objects = DecisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        constraints = (
            of_one("decision_is_units_or_bodys"),
            models.CheckConstraint(
                name="decision_open_has_due", condition=~Q(state="open") | Q(due_at__isnull=False)
            ),
            models.UniqueConstraint(
                fields=["district", "number"], condition=~Q(number=""), name="letter_once_in_district"
            ),
            models.UniqueConstraint(
                fields=["issue", "kind"],
                condition=Q(state="open", callee=None, whistle=None, task=None) & ~Q(kind="supervision"),
                name="decision_asked_once",
            ),
        )
        indexes = (
            models.Index(fields=["due_at"], name="decision_waiting", condition=Q(due_at__isnull=False)),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.party}"

    @property
    def party(self) -> Unit | Body:
        return self.unit or self.body

    @property
    def asked_keys(self) -> tuple[str, ...]:
        """What is asked for, as the rules know it: the kind, and for whom of several it is. A letter to somebody who was
        called or has a sub-task asks nothing of the matter, and outlives it."""
        if self.kind == "supervision" and not self.goes_with_matter:
            return ()
        about = [
            f"{self.kind}:{name}:{pk}" for name in ("callee", "task") if (pk := getattr(self, f"{name}_id"))
        ]
        return (self.kind, *about)

    @property
    def asker(self) -> Unit | Body | None:
        return self.asking_unit or self.asking_body

    @property
    def goes_with_matter(self) -> bool:
        """Of a letter: is whoever has the matter asked, and not somebody who was called or has a sub-task?"""
        return self.kind == "supervision" and not (self.callee_id or self.task_id)

    def is_unanswered(self, now: datetime) -> bool:
        """Nobody has decided, and the time for that is over."""
        return self.state == "open" and self.due_at is not None and self.due_at <= now
