"""What other systems raise an alarm about: things and places, never persons."""

from datetime import datetime
from typing import Any, Self

from django.apps import apps
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from issues.alerts import severity_choices


class AlertQuerySet(models.QuerySet):
    def visible_to(self, user: Any, now: datetime) -> Self:
        """Alerts of visible issues."""
        issues = apps.get_model("issues", "Issue").objects.visible_to(user, now)
        return self.filter(issue__in=issues.order_by().values("pk"))


class Alert(models.Model):
    """The alert behind an issue. The same system's same key counts up until that issue has a result."""

    issue = models.OneToOneField(
        "issues.Issue", on_delete=models.CASCADE, related_name="alert", primary_key=True
    )
    system = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("sent by"),
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    dedupe_key = models.CharField(_("key of the alert"), max_length=120)
    severity = models.CharField(_("severity"), max_length=10, choices=severity_choices)
    thing = models.CharField(_("thing or device"), max_length=120, blank=True)
    count = models.PositiveIntegerField(_("times sent"), default=1)
    last_at = models.DateTimeField(_("last sent"))

    objects = AlertQuerySet.as_manager()

    class Meta:
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        indexes = (models.Index(fields=["system", "dedupe_key"], name="alert_key"),)

    def __str__(self) -> str:
        return f"{self.dedupe_key} ×{self.count}"
