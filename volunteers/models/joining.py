"""Organisations, who has checked in to a community, and what they offer it. Written by volunteers.actions alone."""

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from grids.models import Body
from issues.models.issue import person
from volunteers.contacts import shown_name
from volunteers.joining import MEMBER, ORGANISATION, organisation_kind_choices, resource_choices, side_choices
from volunteers.joining_querysets import (
    CheckInQuerySet,
    OfferQuerySet,
    OrganisationQuerySet,
    StatementQuerySet,
)
from volunteers.models.people import Volunteer, at_unit, lineage


class Organisation(models.Model):
    """Whose people check in: an authority, a firm, a school.

    `body`: the body of the grids that it is too, if it is one; whoever has a post there speaks for it, and so does
    `speaker`.
    """

    name = models.CharField(_("name"), max_length=60)
    kind = models.CharField(_("kind"), max_length=20, choices=organisation_kind_choices)
    # Of the organisation, not of a person.
    phone = models.CharField(_("telephone of the organisation"), max_length=20, blank=True, default="")
    district = lineage(_("district"))
    body = models.ForeignKey(
        Body, verbose_name=_("body"), null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    speaker = person(_("speaks for it"))
    opened_at = models.DateTimeField(_("since"))
    closed_at = models.DateTimeField(_("closed at"), null=True)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        constraints = (
            models.UniqueConstraint(
                fields=["district", "name"], condition=Q(closed_at=None), name="organisation_name_once"
            ),
        )
        indexes = (
            models.Index(fields=["speaker"], condition=Q(speaker__isnull=False), name="organisation_speaker"),
            models.Index(fields=["body"], condition=Q(body__isnull=False), name="organisation_body"),
        )

    def __str__(self) -> str:
        return self.name


class CheckIn(models.Model):
    """An organisation, or somebody who serves in one, has reported to a community.

    `organisation`: of an organisation itself; of a member the employer, if they said so. A member is a volunteer, or
    an account that is none yet.
    """

    side = models.CharField(_("who"), max_length=12, choices=side_choices)
    organisation = models.ForeignKey(
        Organisation,
        verbose_name=_("organisation"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    volunteer = models.ForeignKey(
        Volunteer,
        verbose_name=_("volunteer"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    user = person(_("account"))
    unit = at_unit(_("community"))
    district = lineage(_("district"))
    street = lineage(_("street"))
    community = lineage(_("community"))
    made_by = person(_("written down by"))
    since = models.DateTimeField(pgettext_lazy("check-in", "since"))
    ended_at = models.DateTimeField(_("until"), null=True)

    objects = CheckInQuerySet.as_manager()

    class Meta:
        verbose_name = _("check-in")
        verbose_name_plural = _("check-ins")
        constraints = (
            models.CheckConstraint(
                name="checkin_of_one",
                condition=Q(side=ORGANISATION, organisation__isnull=False, volunteer=None, user=None)
                | Q(side=MEMBER, volunteer__isnull=False, user=None)
                | Q(side=MEMBER, volunteer=None, user__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["organisation", "unit"],
                condition=Q(side=ORGANISATION, ended_at=None),
                name="checkin_organisation_once",
            ),
            models.UniqueConstraint(
                fields=["volunteer", "unit"],
                condition=Q(volunteer__isnull=False, ended_at=None),
                name="checkin_volunteer_once",
            ),
            models.UniqueConstraint(
                fields=["user", "unit"],
                condition=Q(user__isnull=False, ended_at=None),
                name="checkin_account_once",
            ),
        )
        indexes = (
            models.Index(fields=["community", "side", "-since"], name="checkin_community"),
            models.Index(fields=["street", "side", "-since"], name="checkin_street"),
            models.Index(fields=["district", "side", "-since"], name="checkin_district"),
        )

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def shown_name(self) -> str:
        """The organisation's name; a member as others see them, never in full."""
        if self.side == ORGANISATION:
            assert self.organisation is not None, "checkin_of_one"
            return self.organisation.name
        if self.volunteer is not None:
            return self.volunteer.shown_name
        return shown_name(self.user.display_name, "") if self.user else ""

    @property
    def of_whom(self) -> tuple[str, int | None]:
        """The organisation, or the one person, whether as a volunteer or by their account: (what it is, its id)."""
        if self.side == ORGANISATION:
            return "organisation", self.organisation_id
        account = self.volunteer.user_id if self.volunteer else self.user_id
        return ("account", account) if account else ("volunteer", self.volunteer_id)


class Offer(models.Model):
    """What somebody who has checked in offers the community: a resource, or hours."""

    checkin = models.ForeignKey(
        CheckIn, verbose_name=_("check-in"), on_delete=models.PROTECT, related_name="offers"
    )
    kind = models.CharField(_("kind"), max_length=12, choices=resource_choices)
    words = models.CharField(pgettext_lazy("offer", "what"), max_length=200)
    quantity = models.PositiveIntegerField(_("how many"), default=1)
    minutes = models.PositiveIntegerField(_("minutes a month"), null=True)
    district = lineage(_("district"))
    street = lineage(_("street"))
    community = lineage(_("community"))
    # The last day of it.
    until = models.DateField(_("until"), null=True)
    offered_at = models.DateTimeField(_("offered"))
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True)

    objects = OfferQuerySet.as_manager()

    class Meta:
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        indexes = (
            models.Index(fields=["community", "-offered_at"], name="offer_community"),
            models.Index(fields=["street", "-offered_at"], name="offer_street"),
            models.Index(fields=["district", "-offered_at"], name="offer_district"),
        )

    def __str__(self) -> str:
        return self.words[:40]

    @property
    def is_open(self) -> bool:
        """Neither withdrawn, nor ended with its check-in."""
        return self.withdrawn_at is None and self.checkin.ended_at is None

    def stands_on(self, day: date) -> bool:
        """As `standing` of the queryset."""
        return self.is_open and (self.until is None or self.until >= day)


class Statement(models.Model):
    """What a volunteer lets an employer read of their service in a period: the figures as they stood when it was made.

    Only a keyed hash of the link's secret is kept.
    """

    volunteer = models.ForeignKey(
        Volunteer, verbose_name=_("volunteer"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    # As the person chose to be called there: the name, or the alias.
    by_name = models.BooleanField(_("under the real name"), default=False)
    # Whom it is meant for; whoever has the link reads it.
    organisation = models.ForeignKey(
        Organisation,
        verbose_name=_("meant for"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    since = models.DateField(_("from"))
    until = models.DateField(_("until"), help_text=_("The last day."))
    minutes = models.PositiveIntegerField(_("minutes"))
    activities = models.PositiveIntegerField(pgettext_lazy("number", "activities"))
    secret_hash = models.CharField(max_length=64, unique=True, editable=False)
    made_at = models.DateTimeField(pgettext_lazy("statement", "made"))
    expires_at = models.DateTimeField(_("expires"))
    revoked_at = models.DateTimeField(_("revoked"), null=True)
    times_read = models.PositiveIntegerField(_("times read"), default=0)
    last_read_at = models.DateTimeField(_("last read"), null=True)

    objects = StatementQuerySet.as_manager()

    class Meta:
        verbose_name = _("statement of service")
        verbose_name_plural = _("statements of service")
        constraints = (
            models.CheckConstraint(name="statement_period", condition=Q(until__gte=F("since"))),
            models.CheckConstraint(name="statement_expires_later", condition=Q(expires_at__gt=F("made_at"))),
        )
        indexes = (
            models.Index(fields=["volunteer", "-made_at"], name="statement_volunteer"),
            models.Index(fields=["expires_at"], name="statement_expires"),
        )

    def __str__(self) -> str:
        return f"{self.since:%Y-%m-%d} – {self.until:%Y-%m-%d}"
