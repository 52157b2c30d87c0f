"""What boundaries were before."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from grids.models.units import Unit
from grids.querysets import FormerBoundaryQuerySet


class FormerBoundary(models.Model):
    """A boundary that another one took the place of, to be given back. Never edited."""

    unit = models.ForeignKey(
        Unit,
        verbose_name=_("unit"),
        on_delete=models.PROTECT,
        related_name="former_boundaries",
        db_index=False,
    )
    boundary = models.JSONField(
        _("boundary"), null=True, help_text=_("GeoJSON geometry, WGS-84; none where there was none.")
    )
    replaced_at = models.DateTimeField(_("replaced"))
    replaced_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("replaced by"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )

    objects = FormerBoundaryQuerySet.as_manager()

    class Meta:
        verbose_name = _("former boundary")
        verbose_name_plural = _("former boundaries")
        indexes = (models.Index(fields=["unit", "-id"], name="former_boundary_unit"),)

    def __str__(self) -> str:
        return f"{self.unit} · {self.replaced_at:%Y-%m-%d}"
