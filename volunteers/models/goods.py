"""What points are redeemed for: goods at a station, every movement of their stock, and who has put what aside."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.fields import EncryptedTextField
from issues.models.issue import person
from volunteers.goods_querysets import GoodQuerySet, RedemptionQuerySet, StockMoveQuerySet
from volunteers.ledger import redemption_choices, stock_choices
from volunteers.models.people import Station, lineage
from volunteers.models.points import PointAccount

MOST_PRICE = 100_000


class Good(models.Model):
    """Something that one gets for points. `stock`: what is neither handed out nor put aside for somebody; the sum of
    its movements. `per_person`: how many each may have (0: no bound)."""

    name = models.CharField(_("name"), max_length=40)
    about = models.CharField(_("description"), max_length=200, blank=True, default="")
    price = models.PositiveIntegerField(_("price in points"))
    per_person = models.PositiveSmallIntegerField(_("at most per person (0: no bound)"), default=0)
    stock = models.PositiveIntegerField(_("in stock"), default=0)
    station = models.ForeignKey(
        Station, verbose_name=_("station"), on_delete=models.PROTECT, related_name="goods", db_index=False
    )
    district = lineage(_("district"))
    street = lineage(_("street"))
    community = lineage(_("community"))
    opened_at = models.DateTimeField(_("since"))
    closed_at = models.DateTimeField(_("closed at"), null=True)

    objects = GoodQuerySet.as_manager()

    class Meta:
        verbose_name = _("good")
        verbose_name_plural = _("goods")
        constraints = (
            models.CheckConstraint(name="good_has_price", condition=Q(price__gte=1, price__lte=MOST_PRICE)),
            models.CheckConstraint(name="good_not_below_zero", condition=Q(stock__gte=0)),
            models.UniqueConstraint(
                fields=["station", "name"], condition=Q(closed_at=None), name="good_name_once"
            ),
        )
        indexes = (
            models.Index(fields=["district", "name"], name="good_district"),
            models.Index(fields=["street", "name"], name="good_street"),
            models.Index(fields=["community", "name"], name="good_community"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        """Is it offered, as far as the good itself goes? Its station may be closed."""
        return self.closed_at is None


class Redemption(models.Model):
    """One good for one person: put aside with a code, collected, or given up; perhaps returned afterwards.

    The code is found by its keyed hash and shown to its owner alone; it is erased when the good is collected or given
    up. `key`: what the person's form chose, so that a form sent twice puts one good aside.
    """

    good = models.ForeignKey(
        Good, verbose_name=_("good"), on_delete=models.PROTECT, related_name="redemptions"
    )
    account = models.ForeignKey(
        PointAccount,
        verbose_name=_("points account"),
        on_delete=models.PROTECT,
        related_name="redemptions",
        db_index=False,
    )
    station = models.ForeignKey(
        Station, verbose_name=_("station"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    district = lineage(_("district"))
    street = lineage(_("street"))
    community = lineage(_("community"))
    price = models.PositiveIntegerField(_("price in points"))
    state = models.CharField(_("state"), max_length=10, choices=redemption_choices, default="reserved")
    code = EncryptedTextField(_("collection code"), blank=True, default="")
    code_hash = models.CharField(max_length=64, blank=True, default="", editable=False)
    key = models.CharField(max_length=40, blank=True, default="", editable=False)
    reserved_at = models.DateTimeField(_("put aside"))
    until = models.DateTimeField(_("put aside until"))
    ended_at = models.DateTimeField(_("collected or given up"), null=True)
    ended_by: Any = person(_("handed out or given up by"))
    returned_at = models.DateTimeField(_("returned at"), null=True)

    objects = RedemptionQuerySet.as_manager()

    class Meta:
        verbose_name = _("redemption")
        verbose_name_plural = _("redemptions")
        constraints = (
            models.CheckConstraint(
                name="redemption_ended_since",
                condition=Q(state="reserved", ended_at=None)
                | (~Q(state="reserved") & Q(ended_at__isnull=False, code_hash="")),
            ),
            models.UniqueConstraint(
                fields=["district", "code_hash"], condition=Q(state="reserved"), name="redemption_code_once"
            ),
            models.UniqueConstraint(
                fields=["account", "key"], condition=~Q(key=""), name="redemption_key_once"
            ),
        )
        indexes = (
            models.Index(fields=["account", "-id"], name="redemption_of_person"),
            models.Index(fields=["station", "state", "-id"], name="redemption_station"),
            models.Index(fields=["district", "-id"], name="redemption_district"),
            models.Index(fields=["street", "-id"], name="redemption_street"),
            models.Index(fields=["community", "-id"], name="redemption_community"),
            models.Index(fields=["until"], condition=Q(state="reserved"), name="redemption_until"),
        )

    def __str__(self) -> str:
        return f"#{self.pk}"

    def is_of(self, user: Any) -> bool:
        """Did this person put it aside, or somebody for them? Needs the account's volunteer; False for nobody."""
        volunteer = self.account.volunteer
        return user is not None and volunteer is not None and volunteer.user_id == user.pk


class StockMove(models.Model):
    """One change of a good's stock."""

    good = models.ForeignKey(
        Good, verbose_name=_("good"), on_delete=models.PROTECT, related_name="moves", db_index=False
    )
    kind = models.CharField(_("kind"), max_length=10, choices=stock_choices)
    amount = models.IntegerField(_("quantity"))
    redemption = models.ForeignKey(
        Redemption,
        verbose_name=_("redemption"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    by = person(_("by"))
    at = models.DateTimeField(_("when"))

    objects = StockMoveQuerySet.as_manager()

    class Meta:
        verbose_name = _("movement of stock")
        verbose_name_plural = _("movements of stock")
        constraints = (
            models.CheckConstraint(name="stock_moves", condition=~Q(amount=0)),
            models.UniqueConstraint(
                fields=["redemption", "kind"], condition=Q(redemption__isnull=False), name="stock_step_once"
            ),
        )
        indexes = (models.Index(fields=["good", "-id"], name="stock_of_good"),)

    def __str__(self) -> str:
        return f"{self.amount:+d}"
