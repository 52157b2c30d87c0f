"""Responsibility pairing (包保): who answers for which place, and how far its five duties are (S0:13, S3:27)."""

from datetime import date
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from grids.models import Unit
from issues.models.issue import person
from volunteers.joining import PAIRING_LEVELS, duty_choices, level_choices, pairing_state
from volunteers.models.joining import Organisation
from volunteers.models.people import at_unit, lineage
from volunteers.pairing_querysets import PairingQuerySet

if TYPE_CHECKING:
    from accounts.models import User


class Pairing(models.Model):
    """An organisation or an official answers for a community, a grid (a compound is one, or several paired each by itself)
    or a building in these days.

    Two of the same level may stand side by side; that is shown, not refused.
    """

    level = models.PositiveSmallIntegerField(_("level"), choices=level_choices)
    organisation = models.ForeignKey(
        Organisation,
        verbose_name=_("organisation"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    official = person(_("official"))
    unit = at_unit(_("place"))
    district = lineage(_("district"))
    street = lineage(_("street"))
    community = lineage(_("community"))
    grid = lineage(_("grid"))
    building = lineage(_("building"))
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, help_text=_("The first day without it."))
    made_by = person(_("written down by"))
    made_at = models.DateTimeField(_("written down"))

    objects = PairingQuerySet.as_manager()

    class Meta:
        verbose_name = _("pairing")
        verbose_name_plural = _("pairings")
        constraints = (
            models.CheckConstraint(
                name="pairing_of_one",
                condition=Q(organisation__isnull=False, official=None)
                | Q(organisation=None, official__isnull=False),
            ),
            models.CheckConstraint(name="pairing_level", condition=Q(level__in=PAIRING_LEVELS)),
            models.CheckConstraint(
                name="pairing_ends_after", condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on"))
            ),
        )
        indexes = (
            models.Index(fields=["district", "-starts_on"], name="pairing_district"),
            models.Index(fields=["street", "-starts_on"], name="pairing_street"),
            models.Index(fields=["community", "-starts_on"], name="pairing_community"),
            # Who answers for a building: by itself, by its grid or by its community.
            models.Index(fields=["building", "level"], name="pairing_building"),
            models.Index(fields=["grid", "level"], name="pairing_grid"),
            models.Index(
                fields=["organisation"], condition=Q(organisation__isnull=False), name="pairing_organisation"
            ),
            models.Index(fields=["official"], condition=Q(official__isnull=False), name="pairing_official"),
        )

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def place(self) -> Unit:
        """What is paired, as it is called now: the columns follow a unit that moved or merged."""
        place = self.building or self.grid or self.community
        assert place is not None, "pairing lies in a community"
        return place

    @property
    def who(self) -> "Organisation | User":
        """Who answers: an organisation or an official."""
        who = self.organisation or self.official
        assert who is not None, "pairing_of_one"
        return who

    def state_on(self, day: date) -> str:
        """The key of volunteers.joining.PAIRING_STATES."""
        return pairing_state(self.starts_on, self.ends_on, day)


class DutyDone(models.Model):
    """One of the five duties is done at the paired place, since a day; the note is what there is to show for it."""

    pairing = models.ForeignKey(
        Pairing, verbose_name=_("pairing"), on_delete=models.PROTECT, related_name="duties", db_index=False
    )
    duty = models.CharField(_("duty"), max_length=12, choices=duty_choices)
    done_on = models.DateField(_("done on"))
    note = models.CharField(_("evidence"), max_length=200, blank=True, default="")
    noted_by = person(_("noted by"))
    noted_at = models.DateTimeField(_("noted"))

    class Meta:
        verbose_name = _("duty done")
        verbose_name_plural = _("duties done")
        constraints = (models.UniqueConstraint(fields=["pairing", "duty"], name="duty_once"),)

    def __str__(self) -> str:
        return self.get_duty_display()
