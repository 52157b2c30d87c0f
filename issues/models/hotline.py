"""Orders of the 12345 hotline: what they said, word for word, and the files that they came in."""

from datetime import datetime
from typing import Any, Self

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.fields import EncryptedTextField
from grids.models import Unit
from grids.standing import standing_of
from issues.models.issue import person

IMPORTS = "dispatch"
UPLOAD_STATES = {
    "checking": _("Being checked"),
    "checked": _("Checked, not imported yet"),
    "running": _("Being imported"),
    "done": _("Imported"),
    "dropped": _("Not imported"),
}


def upload_state_choices() -> list[tuple[str, Any]]:
    """For the model's field."""
    return list(UPLOAD_STATES.items())


class HotlineOrderQuerySet(models.QuerySet):
    def visible_to(self, user: Any, now: datetime) -> Self:
        """Orders of visible issues."""
        issues = apps.get_model("issues", "Issue").objects.visible_to(user, now)
        return self.filter(issue__in=issues.order_by().values("pk"))

    def within(self, unit: Unit) -> Self:
        """Of what happened in this unit or below it."""
        return self.filter(**{f"issue__{unit.kind}": unit.pk})

    def of_category(self, key: str) -> Self:
        """Of issues of the category with this key, or of one that is part of it."""
        categories = apps.get_model("issues", "Category").objects
        return self.filter(issue__category__in=categories.ids_within(key))

    def deadline_of(self, issue_id: int) -> datetime | None:
        """The hotline's own deadline for this issue, which wins over ours; None where it set none."""
        return self.filter(issue=issue_id).values_list("deadline_at", flat=True).first()


class ImportBatchQuerySet(models.QuerySet):
    def visible_to(self, user: Any, now: datetime) -> Self:
        """Files for the districts and streets where the person dispatches."""
        return self.filter(area__in=import_areas(user, now))


def import_areas(user: Any, now: datetime | None = None) -> list[int]:
    """Ids of the districts and streets that the person may bring orders for; a centre's people its unit's."""
    posts = standing_of(user, now).with_capability(IMPORTS)
    units = [one.unit_id for one in posts if one.level in {"district", "street"}]
    bodies = [one.lineage.get("street_id") or one.lineage["district_id"] for one in posts if one.body_id]
    return list(dict.fromkeys(pk for pk in (*units, *bodies) if pk))


class ImportBatch(models.Model):
    """One file of orders: checked (a long one in chunks), then imported in chunks. What it says of persons is
    encrypted, and gone as soon as it is imported."""

    area = models.ForeignKey(Unit, verbose_name=_("area"), on_delete=models.PROTECT, related_name="+")
    file_name = models.CharField(_("file"), max_length=200)
    state = models.CharField(_("state"), max_length=10, choices=upload_state_choices, default="checked")
    header = models.JSONField(default=list)
    # The rows that cannot be taken, with their cells; erased after a while.
    wrong_rows = EncryptedTextField(default="", blank=True)
    wrong_erased_at = models.DateTimeField(null=True)
    total = models.PositiveIntegerField(_("rows"), default=0)
    wrong = models.PositiveIntegerField(_("wrong"), default=0)
    # As they were when the file was checked, and what really came of them.
    expected_new = models.PositiveIntegerField(_("new"), default=0)
    expected_known = models.PositiveIntegerField(_("known already"), default=0)
    # Of those that came before: what had ended and would be opened again, as things stood at the check.
    expected_again = models.PositiveIntegerField(_("to be opened again"), default=0)
    added = models.PositiveIntegerField(_("added"), default=0)
    updated = models.PositiveIntegerField(_("updated"), default=0)
    unchanged = models.PositiveIntegerField(_("unchanged"), default=0)
    # [line, key of a remark or sentence of a refusal, was it refused]
    remarks = models.JSONField(default=list)
    by = person(_("by"))
    uploaded_at = models.DateTimeField(_("uploaded"))
    started_at = models.DateTimeField(_("confirmed"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)

    objects = ImportBatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("hotline file")
        verbose_name_plural = _("hotline files")
        indexes = (models.Index(fields=["area", "-uploaded_at"], name="import_area_new"),)

    def __str__(self) -> str:
        return self.file_name

    @property
    def imported(self) -> int:
        """Orders that were dealt with so far."""
        return self.added + self.updated + self.unchanged + sum(refused for *_rest, refused in self.remarks)


class ImportParcel(models.Model):
    """Orders that wait for their chunk of the import, or rows that wait for theirs of the check; deleted with it."""

    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="parcels")
    number = models.PositiveIntegerField()
    orders = EncryptedTextField()

    class Meta:
        verbose_name = _("part of a hotline file")
        verbose_name_plural = _("parts of hotline files")
        constraints = (models.UniqueConstraint(fields=["batch", "number"], name="parcel_once"),)

    def __str__(self) -> str:
        return f"{self.batch_id}.{self.number}"


class HotlineOrder(models.Model):
    """The hotline's side of an issue. Name and telephone are the reporter's (encrypted), never here."""

    issue = models.OneToOneField(
        "issues.Issue", on_delete=models.CASCADE, related_name="hotline", primary_key=True
    )
    district = models.ForeignKey(
        Unit, verbose_name=_("district"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    number = models.CharField(_("hotline number"), max_length=40)
    batch = models.ForeignKey(
        ImportBatch, verbose_name=_("file"), null=True, on_delete=models.PROTECT, related_name="orders"
    )
    given = models.JSONField(_("as the hotline wrote it"), default=dict)
    nature = models.CharField(_("our part"), max_length=10, blank=True)
    dispatched_at = models.DateTimeField(_("dispatched by the hotline"), null=True)
    deadline_at = models.DateTimeField(_("the hotline's deadline"))
    # 重办: of each round before this one when it was dispatched, until when, when it ended and how; codes and
    # moments alone.
    earlier = models.JSONField(
        _("rounds before"), default=list, db_default=models.Value([], models.JSONField()), blank=True
    )
    # 关联单号, taken apart: numbers of the same hotline that this one has to do with.
    related = ArrayField(
        models.CharField(max_length=40),
        verbose_name=_("related orders"),
        default=list,
        db_default=models.Value([], ArrayField(models.CharField(max_length=40))),
        blank=True,
    )

    objects = HotlineOrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("hotline order")
        verbose_name_plural = _("hotline orders")
        constraints = (models.UniqueConstraint(fields=["district", "number"], name="hotline_number_once"),)
        indexes = (
            GinIndex(fields=["related"], name="hotline_related", fastupdate=False),
            models.Index(fields=["number"], name="hotline_number"),
        )

    def __str__(self) -> str:
        return self.number
