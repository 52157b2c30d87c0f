"""A volunteer asks to be taken in by another community (关系转接); the record stays with the person."""

from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from issues.models.issue import person
from trail.districts import sees_all
from volunteers.models.people import Volunteer, at_unit, lineage
from volunteers.querysets import run_by
from volunteers.words import transfer_choices


class TransferQuerySet(models.QuerySet):
    def waiting(self) -> Self:
        """Not decided yet."""
        return self.filter(state="asked")

    def visible_to(self, user: Any, now: datetime) -> Self:
        """One's own, and those into a place where one runs volunteering."""
        if sees_all(user):
            return self
        # Else whoever has not signed in would see those of people without an account.
        if not user.is_authenticated:
            return self.none()
        return self.filter(Q(volunteer__user=user.pk) | run_by(user, now))

    def run_by(self, user: Any, now: datetime) -> Self:
        """Those that the person decides on."""
        return self if sees_all(user) else self.filter(run_by(user, now))


class Transfer(models.Model):
    """From where to where; the lineage is that of the place that is asked."""

    volunteer = models.ForeignKey(
        Volunteer, verbose_name=_("volunteer"), on_delete=models.PROTECT, related_name="transfers"
    )
    left = at_unit(pgettext_lazy("transfer", "from"))
    home = at_unit(_("to"))
    district = lineage(_("district"))
    street = lineage(_("street"))
    community = lineage(_("community"))
    grid = lineage(_("grid"))
    state = models.CharField(_("state"), max_length=10, choices=transfer_choices, default="asked")
    asked_at = models.DateTimeField(_("asked for"))
    decided_at = models.DateTimeField(_("decided"), null=True)
    decided_by = person(_("decided by"))

    objects = TransferQuerySet.as_manager()

    class Meta:
        verbose_name = _("transfer")
        verbose_name_plural = _("transfers")
        constraints = (
            models.UniqueConstraint(
                fields=["volunteer"], condition=Q(state="asked"), name="transfer_one_at_a_time"
            ),
            models.CheckConstraint(
                name="transfer_asked_or_decided",
                condition=Q(state="asked", decided_at=None)
                | (~Q(state="asked") & Q(decided_at__isnull=False)),
            ),
        )
        indexes = (
            models.Index(fields=["community", "-asked_at"], name="transfer_community"),
            models.Index(fields=["street", "-asked_at"], name="transfer_street"),
            models.Index(fields=["district", "-asked_at"], name="transfer_district"),
        )

    def __str__(self) -> str:
        return f"#{self.pk}"
