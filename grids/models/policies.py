"""What a district (or a street) has decided for itself, version by version."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from grids.models.units import Unit
from grids.policies import KINDS
from grids.querysets import PolicyQuerySet


class Policy(models.Model):
    """One version. A change is a new row; a row is never edited, one that has not begun may be withdrawn."""

    unit = models.ForeignKey(
        Unit, verbose_name=_("holds in"), on_delete=models.PROTECT, related_name="policies", db_index=False
    )
    key = models.CharField(_("rule"), max_length=40)
    effective_from = models.DateTimeField(_("holds from"))
    value = models.JSONField(_("value"))
    is_sample = models.BooleanField(_("sample"), default=False)
    reason = models.CharField(_("why"), max_length=300)
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("set by"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    set_at = models.DateTimeField(_("set"))
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("withdrawn by"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True)

    objects = PolicyQuerySet.as_manager()

    class Meta:
        verbose_name = _("rule of a district")
        verbose_name_plural = _("rules of the district")
        indexes = (models.Index(fields=["unit", "key", "-effective_from", "-id"], name="policy_in_force"),)
        constraints = (
            models.CheckConstraint(condition=Q(effective_from__gte=F("set_at")), name="policy_not_backdated"),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) | Q(withdrawn_at__lt=F("effective_from")),
                name="policy_withdrawn_before_it_held",
            ),
        )

    def __str__(self) -> str:
        return f"{self.label} · {self.unit}"

    @property
    def label(self) -> Any:
        """What its kind is called; an unknown one by its key."""
        return KINDS[self.key].label if self.key in KINDS else self.key
