"""A whistle and those it called."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from grids.models import Body, Unit
from issues.kinds import validity_choices, verdict_choices
from issues.lifecycle import CALLEE_ENDED, callee_state_choices
from issues.models.issue import person
from issues.querysets import CalleeQuerySet, WhistleQuerySet
from issues.whistles import BY_KEY, whistle_choices


class Whistle(models.Model):
    issue = models.ForeignKey(
        "issues.Issue", verbose_name=_("issue"), on_delete=models.CASCADE, related_name="whistles"
    )
    kind = models.CharField(_("kind"), max_length=20, choices=whistle_choices)
    caller_unit = models.ForeignKey(
        Unit, verbose_name=_("caller"), null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    caller_body = models.ForeignKey(
        Body,
        verbose_name=_("caller (body)"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    called_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("called by"),
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    called_at = models.DateTimeField(_("called"))
    # The caller agrees that those called report in by telephone or online; else they come to the spot.
    remote_ok = models.BooleanField(_("may be answered from afar"), default=False, db_default=False)
    # 审哨: until the street has agreed, nobody is called. 联席会议: of a tough one.
    reviewed_at = models.DateTimeField(_("agreed to"), null=True)
    met_at = models.DateTimeField(_("joint meeting"), null=True)
    finished_at = models.DateTimeField(_("all done"), null=True)

    objects = WhistleQuerySet.as_manager()

    class Meta:
        verbose_name = _("whistle")
        verbose_name_plural = _("whistles")

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.called_at:%m-%d %H:%M}"

    @property
    def caller(self) -> Unit | Body:
        return self.caller_unit or self.caller_body


class Callee(models.Model):
    """One of those called, with a clock of its own: called → acknowledged → reported in → done."""

    whistle = models.ForeignKey(Whistle, on_delete=models.CASCADE, related_name="callees")
    issue = models.ForeignKey("issues.Issue", on_delete=models.CASCADE, related_name="callees")
    unit = models.ForeignKey(
        Unit, verbose_name=_("unit"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    body = models.ForeignKey(
        Body, verbose_name=_("body"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    is_lead = models.BooleanField(_("lead"), default=False)
    state = models.CharField(_("state"), max_length=20, choices=callee_state_choices, default="called")
    due_at = models.DateTimeField(_("due"), null=True)
    # A silent callee's matter goes to the level above it: who else may answer now.
    raised_to = models.ForeignKey(
        Unit,
        verbose_name=_("raised to"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    mode = models.CharField(_("how it reported in"), max_length=20, blank=True)
    acknowledged_at = models.DateTimeField(_("acknowledged"), null=True)
    reported_in_at = models.DateTimeField(_("reported in"), null=True)
    done_at = models.DateTimeField(_("done"), null=True)
    ended_at = models.DateTimeField(_("declined, released or called off"), null=True)
    extension_count = models.PositiveSmallIntegerField(_("times extended"), default=0)
    officer = person(_("officer"))
    # Danger: how many of the duty roster were called already.
    rank = models.PositiveSmallIntegerField(default=0)
    # 双向评价: the caller's verdict on what was done, the callee's on having been called.
    verdict = models.CharField(_("caller's verdict"), max_length=10, choices=verdict_choices, blank=True)
    validity = models.CharField(_("callee's verdict"), max_length=10, choices=validity_choices, blank=True)

    chased_at = models.DateTimeField(_("last chased"), null=True)

    PART, TIE = "callee", "callee"
    objects = CalleeQuerySet.as_manager()

    class Meta:
        verbose_name = _("callee")
        verbose_name_plural = _("callees")
        constraints = (
            models.CheckConstraint(
                name="callee_is_unit_or_body",
                condition=Q(unit__isnull=False, body__isnull=True) | Q(unit__isnull=True, body__isnull=False),
            ),
            models.CheckConstraint(
                name="callee_open_has_due",
                condition=Q(state__in=CALLEE_ENDED) | Q(due_at__isnull=False),
            ),
        )
        indexes = (models.Index(fields=["due_at"], name="callee_waiting", condition=Q(due_at__isnull=False)),)

    def __str__(self) -> str:
        return str(self.party)

    @property
    def party(self) -> Unit | Body:
        return self.unit or self.body

    @property
    def urgent(self) -> bool:
        """Called by an emergency whistle: what is late climbs at once."""
        return BY_KEY[self.whistle.kind].urgent

    def is_unanswered(self, now: datetime) -> bool:
        """Called, silent, and the time to acknowledge is over."""
        return self.state == "called" and self.due_at is not None and self.due_at <= now


class Stage(models.Model):
    """A step of the plan that a tough whistle's lead has given, with a date of its own."""

    whistle = models.ForeignKey(Whistle, on_delete=models.CASCADE, related_name="stages")
    number = models.PositiveSmallIntegerField(_("number"))
    text = models.CharField(_("what is done"), max_length=200)
    due_at = models.DateTimeField(_("due"))
    done_at = models.DateTimeField(_("done"), null=True)

    class Meta:
        verbose_name = _("stage")
        verbose_name_plural = _("stages")
        ordering = ("whistle", "number")
        constraints = (models.UniqueConstraint(fields=["whistle", "number"], name="stage_once"),)

    def __str__(self) -> str:
        return f"{self.number}. {self.text}"
