"""Where: units, their former codes, what a district calls its levels, and the tokens on buildings' doors."""

import secrets
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from mptt.models import MPTTModel, TreeForeignKey

from grids.levels import GRID_KINDS, LEVELS, URBAN, level_choices, line_choices
from grids.querysets import BuildingTokenQuerySet, UnitManager
from grids.sizes import LONGEST_CITY, LONGEST_CODE, LONGEST_NAME, LONGEST_OFFICIAL_NAME
from grids.telephones import LONGEST as LONGEST_TELEPHONE


def lineage_column(label: Any) -> models.ForeignKey:
    """A lineage column: ours to keep right, so without a database constraint."""
    return models.ForeignKey(
        "grids.Unit",
        verbose_name=label,
        null=True,
        editable=False,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="+",
    )


class Unit(MPTTModel):
    """A place in the tree: district, street, community, grid or building. Written by grids.actions alone."""

    parent = TreeForeignKey(
        "self", verbose_name=_("belongs to"), null=True, on_delete=models.PROTECT, related_name="children"
    )
    code = models.CharField(_("code"), max_length=LONGEST_CODE, unique=True)
    kind = models.CharField(_("level"), max_length=10, choices=level_choices)
    name = models.CharField(_("name"), max_length=LONGEST_NAME)
    # Every reading of the name (grids/initials.py), written with it.
    initials = models.TextField(_("pinyin initials"), blank=True, editable=False, db_default="")
    official_name = models.CharField(
        _("name on the official list"),
        max_length=LONGEST_OFFICIAL_NAME,
        blank=True,
        help_text=_("As imported, before cleaning."),
    )
    city = models.CharField(_("city"), max_length=LONGEST_CITY, blank=True, help_text=_("Of a district."))
    line = models.CharField(_("line"), max_length=5, choices=line_choices, default=URBAN)
    label_override = models.CharField(_("own level name"), max_length=40, blank=True)
    party_label_override = models.CharField(_("own Party body name"), max_length=60, blank=True)
    grid_kind = models.CharField(
        _("grid kind"),
        max_length=9,
        blank=True,
        choices=list(GRID_KINDS.items()),
    )
    households = models.PositiveIntegerField(_("households"), null=True)
    phone = models.CharField(
        _("service telephone"),
        max_length=LONGEST_TELEPHONE,
        blank=True,
        default="",
        db_default="",
        help_text=_("Public: residents see it wherever they report or follow something here."),
    )
    boundary = models.JSONField(_("boundary"), null=True, help_text=_("GeoJSON geometry, WGS-84."))
    lon = models.FloatField(_("longitude"), null=True)
    lat = models.FloatField(_("latitude"), null=True)
    district = lineage_column(_("district"))
    street = lineage_column(_("street"))
    community = lineage_column(_("community"))
    grid = lineage_column(_("grid"))
    calendar = models.ForeignKey(
        "calendars.Calendar",
        verbose_name=_("working calendar"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text=_("Of a district; the default calendar where empty."),
    )
    closed_at = models.DateTimeField(_("closed at"), null=True)
    merged_into = models.ForeignKey(
        "self",
        verbose_name=_("merged into"),
        null=True,
        on_delete=models.PROTECT,
        related_name="merged_units",
        db_index=False,
    )
    created_at = models.DateTimeField(_("created at"), db_default=Now())
    # mptt would index it alone as well; (tree_id, lft) serves both.
    tree_id = models.PositiveIntegerField(editable=False)

    objects = UnitManager()

    class MPTTMeta:
        order_insertion_by = ("code",)

    class Meta:
        verbose_name = _("unit")
        verbose_name_plural = _("units")
        # mptt adds this index by itself, but only an index declared here reaches a migration.
        indexes = (
            models.Index(fields=["tree_id", "lft"], name="unit_tree_lft"),
            # What is near a position. That over the boundaries' extents stands in migration 0008 alone, that over the
            # initials in 0010.
            models.Index(
                fields=["lat", "lon"], name="unit_position", condition=Q(lat__isnull=False, closed_at=None)
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(kind="district", parent=None) | (~Q(kind="district") & Q(parent__isnull=False)),
                name="unit_root_is_district",
            ),
            models.CheckConstraint(
                condition=Q(merged_into=None) | Q(closed_at__isnull=False), name="unit_merged_is_closed"
            ),
            models.CheckConstraint(condition=Q(grid_kind="") | Q(kind="grid"), name="unit_grid_kind_of_grid"),
            models.CheckConstraint(condition=Q(lft__lt=F("rght")), name="unit_lft_before_rght"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    def lineage(self) -> dict[str, int | None]:
        """Column name → id, the unit itself included at its own level: what a row in this place carries."""
        building = self.pk if self.kind == "building" else None
        return {
            "district_id": self.district_id,
            "street_id": self.street_id,
            "community_id": self.community_id,
            "grid_id": self.grid_id,
            "building_id": building,
        }

    def label(self) -> str:
        """What such a unit is called here: its own word, else the district's profile, else the level's."""
        return self.label_override or self._profile("label") or str(LEVELS[self.kind].label(self.line))

    def party_label(self) -> str:
        """What its Party body is called here, found like `label`."""
        own = self.party_label_override or self._profile("party_label")
        return own or str(LEVELS[self.kind].party_label(self.line))

    def _profile(self, field: str) -> str:
        """From the annotation of `labelled()`, else by one query."""
        if not hasattr(self, "profile_label"):
            found = LevelProfile.objects.filter(district=self.district_id, level=self.kind, line=self.line)
            self.profile_label, self.profile_party_label = found.values_list(
                "label", "party_label"
            ).first() or ("", "")
        return str(getattr(self, f"profile_{field}") or "")


class UnitAlias(models.Model):
    """The code of a unit that was merged into another still leads there."""

    code = models.CharField(_("code"), max_length=LONGEST_CODE, unique=True)
    unit = models.ForeignKey(Unit, verbose_name=_("unit"), on_delete=models.PROTECT, related_name="aliases")

    class Meta:
        verbose_name = _("former code")
        verbose_name_plural = _("former codes")

    def __str__(self) -> str:
        return self.code


class LevelProfile(models.Model):
    """What a district calls a level and its Party body, per line. What no source names is marked a sample."""

    district = models.ForeignKey(
        Unit, verbose_name=_("district"), on_delete=models.PROTECT, related_name="profiles"
    )
    level = models.CharField(_("level"), max_length=10, choices=level_choices)
    line = models.CharField(_("line"), max_length=5, choices=line_choices)
    label = models.CharField(_("level name"), max_length=40)
    party_label = models.CharField(_("Party body"), max_length=60)
    is_sample = models.BooleanField(_("sample"), default=False)
    source = models.CharField(_("source"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("level profile")
        verbose_name_plural = _("level profiles")
        constraints = (
            models.UniqueConstraint(fields=["district", "level", "line"], name="level_profile_once"),
        )

    def __str__(self) -> str:
        return f"{self.label} · {self.party_label}"


def new_token() -> str:
    """128 random bits, fit for an address."""
    return secrets.token_urlsafe(16)


class BuildingToken(models.Model):
    """What the QR code on a building's door holds. Revocable; says nothing by itself."""

    unit = models.ForeignKey(
        Unit, verbose_name=_("building"), on_delete=models.PROTECT, related_name="tokens"
    )
    token = models.CharField(_("token"), max_length=32, unique=True, default=new_token, editable=False)
    created_at = models.DateTimeField(_("created at"), db_default=Now())
    revoked_at = models.DateTimeField(_("revoked at"), null=True)

    objects = BuildingTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("building token")
        verbose_name_plural = _("building tokens")

    def __str__(self) -> str:
        return f"{self.token[:4]}…"
