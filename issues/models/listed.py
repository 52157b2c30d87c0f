"""Rows of lists that came in by sheet, so that none of them is taken in twice."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from grids.models import Body, Unit

# A row without a number of its own is known again as long as a key of the batch is (trail.retention).
HAS_NUMBER = ~Q(number="")


class ListedIssueQuerySet(models.QuerySet):
    def of(self, unit: int | None, body: int | None) -> Self:
        """Those of one office's lists."""
        return self.filter(unit=unit, body=body)

    def like(self, numbers: set[str], digests: set[str], since: datetime) -> Self:
        """Those with one of these numbers, whenever they came; and without a number those that said the same since."""
        return self.filter(
            Q(number__in=numbers - {""}) | Q(number="", digest__in=digests, taken_in_at__gte=since)
        )


class ListedIssue(models.Model):
    """The row behind an issue. Whose list it is, is a unit or a body; `digest` (keyed) tells whether the row says the
    same again."""

    issue = models.OneToOneField(
        "issues.Issue", on_delete=models.CASCADE, related_name="listed", primary_key=True
    )
    unit = models.ForeignKey(
        Unit,
        verbose_name=_("whose list (unit)"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    body = models.ForeignKey(
        Body,
        verbose_name=_("whose list (body)"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    number = models.CharField(_("number in the list"), max_length=40, blank=True)
    digest = models.CharField(max_length=64)
    taken_in_at = models.DateTimeField(_("taken in"))

    objects = ListedIssueQuerySet.as_manager()

    class Meta:
        verbose_name = _("row of a list")
        verbose_name_plural = _("rows of lists")
        constraints = (
            models.UniqueConstraint(fields=["unit", "number"], name="listed_unit_once", condition=HAS_NUMBER),
            models.UniqueConstraint(fields=["body", "number"], name="listed_body_once", condition=HAS_NUMBER),
        )
        indexes = (
            models.Index(fields=["digest"], name="listed_digest"),
            models.Index(fields=["number"], name="listed_number", condition=HAS_NUMBER),
        )

    def __str__(self) -> str:
        return self.number or str(self.issue_id)
