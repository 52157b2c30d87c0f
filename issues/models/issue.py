"""The issue: what was reported, where, who has it and until when."""

import secrets
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from grids.lineage import COLUMNS
from grids.models import Body, Unit
from issues.kinds import kind_choices, outcome_choices, source_choices
from issues.lifecycle import OPEN_STATES, UNANSWERED_STATES, state_choices
from issues.querysets import IssueQuerySet

# Crockford's alphabet: no letters that are mistaken for digits when read out or copied by hand.
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def new_code() -> str:
    """A tracking code of 16 letters and digits: 80 random bits."""
    return "".join(secrets.choice(ALPHABET) for _unused in range(16))


def lineage(to: type[models.Model], label: str, **more: object) -> models.ForeignKey:
    """One level of where it happened. No constraint in the database: the tree may be rebuilt beneath it."""
    return models.ForeignKey(
        to,
        verbose_name=label,
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
        **more,
    )


class Issue(models.Model):
    code = models.CharField(_("tracking code"), max_length=16, unique=True, default=new_code, editable=False)
    source = models.CharField(_("source"), max_length=20, choices=source_choices)
    kind = models.CharField(_("kind"), max_length=20, choices=kind_choices)
    category = models.ForeignKey("issues.Category", verbose_name=_("category"), on_delete=models.PROTECT)
    text = models.TextField(_("what is the matter"))
    spot = models.CharField(_("where exactly"), max_length=120, blank=True)
    is_danger = models.BooleanField(_("danger"), default=False)

    # Where it happened: one lineage, so that no subtree question ever joins the tree.
    district = lineage(Unit, _("district"))
    street = lineage(Unit, _("street"))
    community = lineage(Unit, _("community"))
    grid = lineage(Unit, _("grid"))
    building = lineage(Unit, _("building"))
    place_code = models.CharField(_("place code at that time"), max_length=20)
    place_label = models.CharField(_("place at that time"), max_length=200)
    lon = models.FloatField(_("longitude (WGS-84)"), null=True)
    lat = models.FloatField(_("latitude (WGS-84)"), null=True)

    state = models.CharField(_("state"), max_length=20, choices=state_choices)
    version = models.PositiveIntegerField(_("version"), default=0, help_text=_("Number of its last event."))
    owner_unit = lineage(Unit, _("owner (unit)"))
    owner_body = lineage(Body, _("owner (body)"))
    # First receiver responsible: who had it keeps it until the next one has accepted it.
    keeper_unit = lineage(Unit, _("responsible until signed for (unit)"))
    keeper_body = lineage(Body, _("responsible until signed for (body)"))
    lead_unit = lineage(Unit, _("submitted by (unit)"))
    lead_body = lineage(Body, _("submitted by (body)"))
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("signed for by"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    registered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("registered by"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    on_behalf = models.BooleanField(_("registered for somebody else"), default=False)

    due_at = models.DateTimeField(_("due"), null=True)
    due_provisional = models.BooleanField(_("due date provisional"), default=False)
    promised_at = models.DateTimeField(_("promised date"), null=True)
    # While callees' clocks run the caller's stands still: what was left of it, in seconds of its own clock.
    submit_left = models.PositiveIntegerField(null=True)
    open_whistles = models.PositiveSmallIntegerField(_("open whistles"), default=0)
    redo_count = models.PositiveSmallIntegerField(_("times redone"), default=0)
    disputed = models.BooleanField(_("reporter says unsolved"), default=False)
    outcome = models.CharField(_("outcome"), max_length=20, choices=outcome_choices, blank=True)

    reported_at = models.DateTimeField(_("reported"))
    received_at = models.DateTimeField(_("received"))
    assigned_at = models.DateTimeField(_("given to its owner"))
    signed_at = models.DateTimeField(_("signed for"), null=True)
    contacted_at = models.DateTimeField(_("resident contacted"), null=True)
    resolved_at = models.DateTimeField(_("result submitted"), null=True)
    closed_at = models.DateTimeField(_("closed"), null=True)

    objects = IssueQuerySet.as_manager()

    class Meta:
        verbose_name = _("issue")
        verbose_name_plural = _("issues")
        constraints = (
            models.CheckConstraint(
                name="open_has_owner_and_due",
                condition=~Q(state__in=OPEN_STATES)
                | Q(due_at__isnull=False, owner_unit__isnull=False, owner_body__isnull=True)
                | Q(due_at__isnull=False, owner_unit__isnull=True, owner_body__isnull=False),
            ),
            models.CheckConstraint(
                name="closed_has_no_due", condition=Q(state__in=OPEN_STATES) | Q(due_at__isnull=True)
            ),
        )
        indexes = (
            models.Index(fields=["district", "-reported_at"], name="issue_district_new"),
            models.Index(fields=["street", "-reported_at"], name="issue_street_new"),
            models.Index(fields=["community", "-reported_at"], name="issue_community_new"),
            models.Index(fields=["grid", "-reported_at"], name="issue_grid_new"),
            models.Index(fields=["building", "-reported_at"], name="issue_building_new"),
            # What is due first stands first; ended ones, which have no due date, come last and newest first.
            models.Index(fields=["district", "due_at", "-id"], name="issue_district_due"),
            models.Index(fields=["street", "due_at", "-id"], name="issue_street_due"),
            models.Index(
                fields=["owner_unit", "due_at"], name="issue_unit_due", condition=Q(state__in=OPEN_STATES)
            ),
            models.Index(
                fields=["owner_body", "due_at"], name="issue_body_due", condition=Q(state__in=OPEN_STATES)
            ),
            models.Index(
                fields=["registered_by", "-reported_at"],
                name="issue_registered",
                condition=Q(registered_by__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """The work-order number that staff use: the day it was received and a running number."""
        return f"{timezone.localtime(self.received_at):%Y%m%d}-{self.pk:06d}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    @property
    def owner(self) -> Unit | Body:
        """Who has it; of an ended one, who had it last."""
        return self.owner_unit or self.owner_body

    def lineage(self) -> dict[str, int | None]:
        """Column name → id of where it happened."""
        return {name: getattr(self, name) for name in COLUMNS}

    def is_unanswered(self, now: datetime) -> bool:
        """Nobody has taken it, and the time for that is over."""
        waits = self.state in UNANSWERED_STATES or (self.state == "resolved" and self.disputed)
        return waits and self.due_at is not None and self.due_at <= now


class Concern(models.Model):
    """Whoever has a part in an issue though the place is not theirs: was given it, called to it, or is the
    deputy of somebody who did not answer."""

    issue = models.ForeignKey(Issue, on_delete=models.CASCADE, related_name="concerns")
    unit = models.ForeignKey(Unit, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    body = models.ForeignKey(Body, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    since = models.DateTimeField()

    class Meta:
        verbose_name = _("concern")
        verbose_name_plural = _("concerns")
        constraints = (
            models.UniqueConstraint(fields=["unit", "issue"], name="concern_unit_once"),
            models.UniqueConstraint(fields=["body", "issue"], name="concern_body_once"),
            models.UniqueConstraint(fields=["user", "issue"], name="concern_user_once"),
            models.CheckConstraint(
                name="concern_of_one",
                condition=Q(unit__isnull=False, body=None, user=None)
                | Q(unit=None, body__isnull=False, user=None)
                | Q(unit=None, body=None, user__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.unit or self.body or self.user} ← {self.issue_id}"
