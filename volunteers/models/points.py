"""The ledger of the points bank: accounts, transfers and their entries (docs/adr/0016).

Transfers and entries are append-only by trigger, the entries of a transfer sum to zero by a deferred trigger, and no
volunteer's balance goes below zero by a constraint (migration 0004). Written by volunteers.actions.ledger alone.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from trail.models import Event
from volunteers.ledger import VOLUNTEER, account_choices, booking_choices
from volunteers.models.people import Volunteer, lineage
from volunteers.points_querysets import PointAccountQuerySet, PointEntryQuerySet, PointTransferQuerySet


class PointAccount(models.Model):
    """A volunteer's, with its balance, or one of the four of a district, which are the sums of their entries: a row
    that every booking changed would be one that all of them wait for.

    `owed`: what a correction could not take back, since it was spent; it is settled from what comes in later.
    `expires_next`: the first day on which something may expire.
    """

    district = lineage(_("district"))
    kind = models.CharField(_("kind"), max_length=10, choices=account_choices)
    volunteer = models.OneToOneField(
        Volunteer, verbose_name=_("volunteer"), null=True, on_delete=models.PROTECT, related_name="points"
    )
    balance = models.IntegerField(_("points"), null=True)
    owed = models.PositiveIntegerField(_("to be settled"), default=0)
    expires_next = models.DateField(null=True, editable=False)
    shows_alias = models.BooleanField(_("in rankings under the alias"), default=False)

    objects = PointAccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("points account")
        verbose_name_plural = _("points accounts")
        constraints = (
            models.CheckConstraint(
                name="points_not_below_zero", condition=Q(balance=None) | Q(balance__gte=0)
            ),
            models.CheckConstraint(
                name="points_of_somebody",
                condition=Q(kind=VOLUNTEER, volunteer__isnull=False, balance__isnull=False)
                | (~Q(kind=VOLUNTEER) & Q(volunteer=None, balance=None)),
            ),
            models.UniqueConstraint(
                fields=["district", "kind"], condition=~Q(kind=VOLUNTEER), name="points_system_once"
            ),
        )
        indexes = (
            models.Index(
                fields=["expires_next"], condition=Q(expires_next__isnull=False), name="points_expiring"
            ),
            models.Index(fields=["district"], condition=Q(shows_alias=True), name="points_ranked"),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} #{self.pk}"


class PointTransfer(models.Model):
    """One booking: why, and for whose account. A mistake is answered by another booking, never changed.

    `amount` and `owed`: what its entry says for the volunteer's account; between two accounts of the district, how many
    points moved. They are here too so that sums of a period read one table (a trigger compares them, migration 0008).
    `rule` and `about_id`: of the tariff, and the deed it was for (a service, an activity, an issue, a wish). `day`: the
    local day for which it counts. `expires_on`: the first day on which what came in is no more.
    """

    district = lineage(_("district"))
    account = models.ForeignKey(
        PointAccount,
        verbose_name=_("points account"),
        on_delete=models.PROTECT,
        related_name="transfers",
        db_index=False,
    )
    kind = models.CharField(_("kind"), max_length=10, choices=booking_choices)
    amount = models.IntegerField(_("points"), default=0, db_default=0)
    owed = models.IntegerField(_("to be settled"), default=0, db_default=0)
    rule = models.CharField(_("rule"), max_length=20, blank=True, default="")
    about_id = models.BigIntegerField(_("about"), null=True)
    event = models.ForeignKey(
        Event,
        verbose_name=_("event"),
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    redemption = models.ForeignKey(
        "volunteers.Redemption",
        verbose_name=_("redemption"),
        null=True,
        on_delete=models.PROTECT,
        related_name="transfers",
        db_index=False,
    )
    reverses = models.OneToOneField(
        "self", verbose_name=_("takes back"), null=True, on_delete=models.PROTECT, related_name="reversed_by"
    )
    day = models.DateField(_("day"))
    occurred_at = models.DateTimeField(_("happened at"))
    booked_at = models.DateTimeField(_("booked"))
    expires_on = models.DateField(_("expires"), null=True)

    objects = PointTransferQuerySet.as_manager()

    class Meta:
        verbose_name = _("booking of points")
        verbose_name_plural = _("bookings of points")
        constraints = (
            # At least once delivered, once booked.
            models.UniqueConstraint(
                fields=["event", "rule"], condition=Q(event__isnull=False), name="points_event_once"
            ),
            models.UniqueConstraint(
                fields=["account", "rule", "about_id"], condition=Q(kind="earn"), name="points_deed_once"
            ),
            models.UniqueConstraint(
                fields=["redemption", "kind"], condition=Q(redemption__isnull=False), name="points_step_once"
            ),
            # Every point is explained by something.
            models.CheckConstraint(
                name="points_explained",
                condition=Q(event__isnull=False)
                | Q(redemption__isnull=False)
                | Q(reverses__isnull=False)
                | Q(kind="expire"),
            ),
        )
        indexes = (
            models.Index(fields=["account", "day"], name="points_of_day"),
            models.Index(fields=["account", "rule", "about_id"], name="points_of_deed"),
            models.Index(fields=["district", "day"], name="points_of_district"),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} #{self.pk}"

    @property
    def value(self) -> int:
        """What it was worth to the volunteer, whether or not all of it could be taken back."""
        return self.amount - self.owed


class PointEntry(models.Model):
    """One side of a booking. `balance`: what the volunteer's account had after it; none for those of a district.
    `owed`: by how much what is to be settled went up or down."""

    transfer = models.ForeignKey(
        PointTransfer,
        verbose_name=_("booking"),
        on_delete=models.PROTECT,
        related_name="entries",
        db_index=False,
    )
    account = models.ForeignKey(
        PointAccount,
        verbose_name=_("points account"),
        on_delete=models.PROTECT,
        related_name="entries",
        db_index=False,
    )
    amount = models.IntegerField(_("points"))
    owed = models.IntegerField(_("to be settled"), default=0)
    balance = models.IntegerField(_("points afterwards"), null=True)

    objects = PointEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("line of an account")
        verbose_name_plural = _("lines of accounts")
        constraints = (
            models.UniqueConstraint(fields=["transfer", "account"], name="points_side_once"),
            models.CheckConstraint(name="points_say_something", condition=~Q(amount=0) | ~Q(owed=0)),
        )
        indexes = (models.Index(fields=["account", "-id"], name="points_passbook"),)

    def __str__(self) -> str:
        return f"{self.amount:+d}"
