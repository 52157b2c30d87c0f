"""Who volunteers, in which teams, from which stations. Written by volunteers.actions alone."""

from datetime import date
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.fields import EncryptedTextField
from accounts.secrets import mask_phone
from grids.models import Unit
from issues.models import issue
from volunteers.contacts import shown_name
from volunteers.minors import is_minor, may_take_part
from volunteers.querysets import MembershipQuerySet, StationQuerySet, TeamQuerySet, VolunteerQuerySet
from volunteers.words import state_choices, topic_choices


def lineage(label: Any) -> models.ForeignKey:
    """One level of where it is, which nobody types in."""
    return issue.lineage(Unit, label, editable=False)


def at_unit(label: Any) -> models.ForeignKey:
    """The unit that something belongs to; found by its lineage, not by this column."""
    return models.ForeignKey(
        Unit, verbose_name=label, on_delete=models.PROTECT, db_index=False, related_name="+"
    )


class Volunteer(models.Model):
    """Somebody who helps. No number of an identity card, no date of birth: of whoever is under fourteen the day that
    ends it, and who consented.

    `user`: whoever signs in for it; none for a person without a telephone, whom the community worker keeps.
    `alias`: the name by which others may know them, if they chose one.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        verbose_name=_("account"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    name = EncryptedTextField(pgettext_lazy("person", "name"), blank=True, default="")
    alias = models.CharField(_("alias"), max_length=20, blank=True, default="")
    phone = EncryptedTextField(_("mobile number"), blank=True, default="")
    phone_hash = models.CharField(max_length=64, blank=True, default="", editable=False)
    home = at_unit(_("home unit"))
    district = lineage(_("district"))
    street = lineage(_("street"))
    community = lineage(_("community"))
    grid = lineage(_("grid"))
    # Keys of volunteers.words.
    skills = models.JSONField(_("skills"), default=list)
    languages = models.JSONField(_("languages"), default=list)
    availability = models.JSONField(_("availability"), default=list)
    # Empty for whoever was fourteen at sign-up.
    of_age_on = models.DateField(_("fourteen on"), null=True)
    guardian_name = EncryptedTextField(_("guardian"), blank=True, default="")
    guardian_phone = EncryptedTextField(_("guardian's mobile number"), blank=True, default="")
    guardian_consented_at = models.DateTimeField(_("guardian consented"), null=True)
    state = models.CharField(_("state"), max_length=10, choices=state_choices, default="active")
    # How the person agreed: at the sign-up itself, or to whoever wrote it down.
    consented_at = models.DateTimeField(_("consented"))
    joined_at = models.DateTimeField(pgettext_lazy("volunteer", "since"))
    left_at = models.DateTimeField(_("left"), null=True)

    objects = VolunteerQuerySet.as_manager()

    class Meta:
        verbose_name = _("volunteer")
        verbose_name_plural = _("volunteers")
        constraints = (
            models.CheckConstraint(
                name="volunteer_minor_by_guardian",
                condition=Q(of_age_on=None) | Q(guardian_consented_at__isnull=False) | Q(state="erased"),
            ),
            models.CheckConstraint(
                name="volunteer_left_since",
                condition=Q(state="active", left_at=None) | (~Q(state="active") & Q(left_at__isnull=False)),
            ),
            # One number may stand for several people of a family, but not twice for the same account or name.
            models.UniqueConstraint(
                fields=["district", "phone_hash", "alias"],
                condition=~Q(phone_hash="") & ~Q(state="erased"),
                name="volunteer_once",
            ),
        )
        indexes = (
            models.Index(fields=["district", "-joined_at"], name="volunteer_district"),
            models.Index(fields=["street", "-joined_at"], name="volunteer_street"),
            models.Index(fields=["community", "-joined_at"], name="volunteer_community"),
            models.Index(fields=["grid", "-joined_at"], name="volunteer_grid"),
            models.Index(fields=["of_age_on"], condition=Q(of_age_on__isnull=False), name="volunteer_minors"),
            models.Index(fields=["phone_hash"], condition=~Q(phone_hash=""), name="volunteer_phone"),
        )

    def __str__(self) -> str:
        return self.alias or f"#{self.pk}"

    @property
    def masked_phone(self) -> str:
        return mask_phone(self.phone)

    @property
    def shown_name(self) -> str:
        """How others see them: alias, or the first letter of the name."""
        return shown_name(self.name, self.alias) or str(self)

    def is_minor(self, day: date) -> bool:
        """Under fourteen on this day?"""
        return is_minor(self.of_age_on, day)

    def may_take_part(self, day: date) -> bool:
        """May this person volunteer on this day (volunteers.minors)?"""
        return may_take_part(
            is_active=self.state == "active",
            of_age_on=self.of_age_on,
            guardian_consented=self.guardian_consented_at is not None,
            day=day,
        )


class Team(models.Model):
    """People of one community who do one thing together; shown by what it does."""

    name = models.CharField(_("name"), max_length=40)
    topic = models.CharField(_("topic"), max_length=20, choices=topic_choices)
    about = models.CharField(_("what it does"), max_length=200, blank=True, default="")
    unit = at_unit(_("unit"))
    district = lineage(_("district"))
    street = lineage(_("street"))
    community = lineage(_("community"))
    leader = models.ForeignKey(
        Volunteer, verbose_name=_("leader"), null=True, on_delete=models.PROTECT, related_name="leads"
    )
    opened_at = models.DateTimeField(_("since"))
    closed_at = models.DateTimeField(_("closed at"), null=True)

    objects = TeamQuerySet.as_manager()

    class Meta:
        verbose_name = _("volunteer team")
        verbose_name_plural = _("volunteer teams")
        constraints = (
            models.UniqueConstraint(
                fields=["unit", "name"], condition=Q(closed_at=None), name="team_name_once"
            ),
        )
        indexes = (
            models.Index(fields=["community", "name"], name="team_community"),
            models.Index(fields=["street", "name"], name="team_street"),
            models.Index(fields=["district", "name"], name="team_district"),
        )

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """Who belongs to a team, from when to when."""

    team = models.ForeignKey(
        Team, verbose_name=_("team"), on_delete=models.PROTECT, related_name="memberships"
    )
    volunteer = models.ForeignKey(
        Volunteer, verbose_name=_("volunteer"), on_delete=models.PROTECT, related_name="memberships"
    )
    joined_at = models.DateTimeField(pgettext_lazy("volunteer", "since"))
    left_at = models.DateTimeField(_("left"), null=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = (
            models.UniqueConstraint(
                fields=["team", "volunteer"], condition=Q(left_at=None), name="member_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.team_id}:{self.volunteer_id}"


class Station(models.Model):
    """A place with opening hours (志愿服务站) where one finds volunteers, collects goods, and leaves wishes."""

    name = models.CharField(_("name"), max_length=40)
    place = models.CharField(_("address"), max_length=100, blank=True, default="")
    hours = models.CharField(_("opening hours"), max_length=100, blank=True, default="")
    # Of the station, not of a person.
    phone = models.CharField(_("telephone of the station"), max_length=20, blank=True, default="")
    unit = at_unit(_("unit"))
    district = lineage(_("district"))
    street = lineage(_("street"))
    community = lineage(_("community"))
    opened_at = models.DateTimeField(_("since"))
    closed_at = models.DateTimeField(_("closed at"), null=True)

    objects = StationQuerySet.as_manager()

    class Meta:
        verbose_name = _("volunteer service station")
        verbose_name_plural = _("volunteer service stations")
        constraints = (
            models.UniqueConstraint(
                fields=["unit", "name"], condition=Q(closed_at=None), name="station_name_once"
            ),
        )
        indexes = (
            models.Index(fields=["community", "name"], name="station_community"),
            models.Index(fields=["street", "name"], name="station_street"),
            models.Index(fields=["district", "name"], name="station_district"),
        )

    def __str__(self) -> str:
        return self.name
