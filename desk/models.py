"""What is kept of lists: a dated snapshot with its rows, and a person's own filters; and the links of walls."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from desk.querysets import KioskQuerySet, SnapshotQuerySet, SnapshotRowQuerySet
from desk.tables import filter_choices, table_choices
from grids.models import Unit


class Snapshot(models.Model):
    """A list as it stood at one moment, as shown: opened and exported later unchanged.

    Numbers, codes, ids and labels only: no contact data, and no words that anybody typed.
    """

    table = models.CharField(_("list"), max_length=20, choices=table_choices)
    # Whose list it was: the unit it was narrowed to, else where the taker stands. None at a body.
    unit = models.ForeignKey(
        Unit, verbose_name=_("unit"), null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    filter = models.JSONField(_("filter"), default=dict)
    filter_label = models.CharField(_("filter as shown"), max_length=300, blank=True)
    header = models.JSONField(_("columns"), default=list)
    count = models.PositiveIntegerField(_("rows"), default=0)
    digest = models.CharField(_("digest"), max_length=64)
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("taken by"), on_delete=models.PROTECT, related_name="+"
    )
    taken_at = models.DateTimeField(_("taken"))

    objects = SnapshotQuerySet.as_manager()

    class Meta:
        verbose_name = _("snapshot")
        verbose_name_plural = _("snapshots")
        indexes = (models.Index(fields=["unit", "-taken_at"], name="snapshot_unit"),)

    def __str__(self) -> str:
        return f"{self.get_table_display()} {self.taken_at:%Y-%m-%d %H:%M}"


class SnapshotRow(models.Model):
    """One row: its cells as shown, and the issue that it was about."""

    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="rows", db_index=False)
    number = models.PositiveIntegerField(_("number"))
    issue_id = models.BigIntegerField(_("issue"))
    cells = models.JSONField(_("cells"))

    objects = SnapshotRowQuerySet.as_manager()

    class Meta:
        verbose_name = _("row of a snapshot")
        verbose_name_plural = _("rows of snapshots")
        constraints = (models.UniqueConstraint(fields=["snapshot", "number"], name="snapshot_row_once"),)

    def __str__(self) -> str:
        return f"{self.snapshot_id}.{self.number}"


class SavedFilter(models.Model):
    """A list with a filter under a name of one's own; a link does the same for everybody."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    table = models.CharField(_("list"), max_length=20, choices=filter_choices)
    name = models.CharField(_("name"), max_length=40)
    query = models.CharField(_("filter"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("saved filter")
        verbose_name_plural = _("saved filters")
        ordering = ("name",)
        constraints = (models.UniqueConstraint(fields=["user", "table", "name"], name="filter_name_once"),)

    def __str__(self) -> str:
        return self.name


class Kiosk(models.Model):
    """A wall link (大屏链接): the command centre of one unit, read without signing in by whoever has the secret. Only
    a keyed hash of it is kept."""

    name = models.CharField(_("name"), max_length=60)
    unit = models.ForeignKey(
        Unit, verbose_name=_("unit"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    # A key of settings.LANGUAGES.
    language = models.CharField(_("language"), max_length=10)
    secret_hash = models.CharField(max_length=64, unique=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("made by"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    made_at = models.DateTimeField(_("made"))
    # To the minute; empty: not yet.
    last_used_at = models.DateTimeField(_("last used"), null=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True)

    objects = KioskQuerySet.as_manager()

    class Meta:
        verbose_name = _("wall link")
        verbose_name_plural = _("wall links")

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        return self.revoked_at is None
