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
from issues.kinds import (
    WITHOUT_REPORTER,
    cause_choices,
    check_choices,
    kind_choices,
    outcome_choices,
    ruling_choices,
    source_choices,
)
from issues.lifecycle import OPEN_STATES, UNANSWERED_STATES, state_choices
from issues.numbers import write_number
from issues.querysets import IssueQuerySet
from issues.subjects import ABOUT_SOMEBODY

HAS_RESULT = Q(resolved_at__isnull=False)
UNCHECKED = Q(check_unit__isnull=False, checked_at__isnull=True, due_at__isnull=False)
# Crockford's alphabet: no letters that are mistaken for digits when read out or copied by hand.
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def new_code() -> str:
    """A tracking code of 16 letters and digits: 80 random bits."""
    bits = secrets.randbits(80)
    return "".join([ALPHABET[bits >> shift & 31] for shift in range(0, 80, 5)])


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


def person(label: str, **more: object) -> models.ForeignKey:
    """Somebody with an account; kept as long as what they did is."""
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=label,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
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
    # Who gave it to its owner: where a return goes, and who may recall it until it is signed for.
    sender_unit = lineage(Unit, _("given by (unit)"))
    sender_body = lineage(Body, _("given by (body)"))
    # Where it belongs, as whoever returned it said, or the rule of what it was corrected to.
    proposed_unit = lineage(Unit, _("proposed (unit)"))
    proposed_body = lineage(Body, _("proposed (body)"))
    lead_unit = lineage(Unit, _("submitted by (unit)"))
    lead_body = lineage(Body, _("submitted by (body)"))
    signed_by = person(_("signed for by"))
    resolved_by = person(_("result submitted by"))
    registered_by = person(_("registered by"))
    on_behalf = models.BooleanField(_("registered for somebody else"), default=False)
    # Within the owner: the officer it was assigned to, and the leader who took it on (领办).
    officer = person(_("officer"))
    leader = person(_("leader who took it on"))
    # A complaint about those at a unit or body, perhaps about one person: they never see it (issues.subjects).
    about_unit = lineage(Unit, _("complaint about (unit)"))
    about_body = lineage(Body, _("complaint about (body)"))
    about_user = person(_("complaint about (person)"), db_constraint=False)
    # 并案: this one follows the main issue to its end.
    main = models.ForeignKey(
        "self",
        verbose_name=_("merged into"),
        null=True,
        on_delete=models.PROTECT,
        related_name="followers",
        db_index=False,
    )
    answers = models.JSONField(_("answers to the category's questions"), default=dict, blank=True)

    due_at = models.DateTimeField(_("due"), null=True)
    due_provisional = models.BooleanField(_("due date provisional"), default=False)
    promised_at = models.DateTimeField(_("promised date"), null=True)
    # While callees' clocks run the caller's stands still: what was left of it, in seconds of its own clock.
    submit_left = models.PositiveIntegerField(null=True)
    open_whistles = models.PositiveSmallIntegerField(_("open whistles"), default=0)
    open_tasks = models.PositiveSmallIntegerField(_("open sub-tasks"), default=0)
    follower_count = models.PositiveSmallIntegerField(_("issues merged into it"), default=0)
    open_decisions = models.PositiveSmallIntegerField(_("open decisions"), default=0)
    question_count = models.PositiveSmallIntegerField(_("times the reporter was asked"), default=0)
    extension_count = models.PositiveSmallIntegerField(_("times extended"), default=0)
    ruling = models.CharField(_("ruling"), max_length=10, choices=ruling_choices, blank=True)
    cause = models.CharField(_("cause of the suspension"), max_length=20, choices=cause_choices, blank=True)
    check_reason = models.CharField(
        _("to be checked on the spot because"), max_length=20, choices=check_choices, blank=True
    )
    check_unit = lineage(Unit, _("checks on the spot"))
    at_once = models.BooleanField(_("settled at once"), default=False)
    call_count = models.PositiveSmallIntegerField(
        _("times called back about this result"), default=0, db_default=0
    )
    redo_count = models.PositiveSmallIntegerField(_("times redone"), default=0)
    disputed = models.BooleanField(_("reporter says unsolved"), default=False)
    outcome = models.CharField(_("outcome"), max_length=20, choices=outcome_choices, blank=True)

    reported_at = models.DateTimeField(_("reported"))
    received_at = models.DateTimeField(_("received"))
    assigned_at = models.DateTimeField(_("given to its owner"))
    # 退单: of what came back the promised date counts from when it was first given; else None.
    counted_from = models.DateTimeField(_("time counts from"), null=True)
    signed_at = models.DateTimeField(_("signed for"), null=True)
    contacted_at = models.DateTimeField(_("resident contacted"), null=True)
    asked_at = models.DateTimeField(_("information asked for"), null=True)
    # By the reporter, and by staff: neither keeps the other from it.
    chased_at = models.DateTimeField(_("last chased"), null=True)
    staff_chased_at = models.DateTimeField(_("last chased by staff"), null=True)
    suspended_at = models.DateTimeField(_("suspended"), null=True)
    objected_at = models.DateTimeField(_("objected to"), null=True)
    checked_at = models.DateTimeField(_("checked on the spot"), null=True)
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
            models.Index(fields=["community", "due_at", "-id"], name="issue_community_due"),
            models.Index(fields=["grid", "due_at", "-id"], name="issue_grid_due"),
            models.Index(
                fields=["owner_unit", "due_at"], name="issue_unit_due", condition=Q(due_at__isnull=False)
            ),
            models.Index(
                fields=["owner_body", "due_at"], name="issue_body_due", condition=Q(due_at__isnull=False)
            ),
            models.Index(fields=["check_unit", "due_at"], name="issue_unchecked", condition=UNCHECKED),
            models.Index(
                fields=["registered_by", "-reported_at"],
                name="issue_registered",
                condition=Q(registered_by__isnull=False),
            ),
            models.Index(fields=["main"], name="issue_main", condition=Q(main__isnull=False)),
            models.Index(
                fields=["about_unit", "about_body", "about_user"],
                name="issue_about",
                condition=ABOUT_SOMEBODY,
            ),
            # 待回访: results of the last weeks.
            *(
                models.Index(
                    fields=[level, "resolved_at"], name=f"issue_{level}_result", condition=HAS_RESULT
                )
                for level in ("district", "street", "community")
            ),
            # What may be the same matter: open or ended lately in a grid, or reported from near by.
            models.Index(fields=["grid", "closed_at"], name="issue_grid_live"),
            models.Index(fields=["lat", "lon"], name="issue_position", condition=Q(lat__isnull=False)),
        )

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """The work-order number that staff use: the day it was received and a running number."""
        return write_number(timezone.localtime(self.received_at), self.pk)

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    @property
    def owner(self) -> Unit | Body:
        """Who has it; of an ended one, who had it last."""
        return self.owner_unit or self.owner_body

    @property
    def counts_from(self) -> datetime:
        """Since when the time counts that the owner's level has until the promised date."""
        return self.counted_from or self.assigned_at

    @property
    def proposed(self) -> Unit | Body | None:
        """Where it belongs, if somebody or a rule has said so; no query if not."""
        if self.proposed_unit_id:
            return self.proposed_unit
        return self.proposed_body if self.proposed_body_id else None

    def lineage(self) -> dict[str, int | None]:
        """Column name → id of where it happened."""
        return {name: getattr(self, name) for name in COLUMNS}

    @property
    def is_about_somebody(self) -> bool:
        """Is it a complaint about those at a unit or body, hidden from them?"""
        return bool(self.about_unit_id or self.about_body_id)

    @property
    def has_reporter(self) -> bool:
        """Is there anybody to say whether it is solved?"""
        return self.source not in WITHOUT_REPORTER

    @property
    def nobody_rates(self) -> bool:
        """Is no rating waited for: nobody reported it, or whoever did settled it themselves at once (即办)?"""
        return self.at_once or not self.has_reporter

    @property
    def waits_for_check(self) -> bool:
        """Is somebody still to look at its result on the spot?"""
        return bool(self.check_reason) and self.checked_at is None

    def is_unanswered(self, now: datetime) -> bool:
        """Nobody has taken it, and the time for that is over."""
        waits = self.state in UNANSWERED_STATES or (self.state == "resolved" and self.disputed)
        return waits and self.due_at is not None and self.due_at <= now

    def is_unchecked(self, now: datetime) -> bool:
        """Nobody has looked at its result on the spot, and the time for that is over."""
        return self.waits_for_check and self.due_at is not None and self.due_at <= now


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
