"""What units and bodies look like to other systems."""

from typing import Any

from rest_framework import serializers

from grids.body_kinds import BODY_KINDS, body_kind_choices
from grids.coordinates import WGS84, from_wgs84
from grids.levels import GRID_KINDS, level_choices, line_choices
from grids.models import Body, Unit
from trail.api.fields import WordField

VERSION_HELP = "Number of the last event about it; for If-Match."


def level_words() -> dict[str, object]:
    return dict(level_choices())


def line_words() -> dict[str, object]:
    return dict(line_choices())


def body_kind_words() -> dict[str, object]:
    return dict(body_kind_choices())


class LineageSerializer(serializers.Serializer):
    """Codes of the units that a place lies in, itself included at its own level; null where there is none."""

    district = serializers.CharField(
        source="district_code", allow_null=True, help_text="Code of its district."
    )
    street = serializers.CharField(
        source="street_code", allow_null=True, help_text="Code of its street or town."
    )
    community = serializers.CharField(
        source="community_code", allow_null=True, help_text="Code of its community or village."
    )
    grid = serializers.CharField(source="grid_code", allow_null=True, help_text="Code of its grid.")


class UnitSerializer(serializers.Serializer):
    code = serializers.CharField(
        help_text="6 digits (GB/T 2260) to 17: the statistical division code down to communities, then ours."
    )
    level = WordField(level_words, source="kind", help_text="One of the five structural levels.")
    name = serializers.CharField(help_text="Its name.")
    label = serializers.CharField(help_text="What a unit of this level is called in its district.")
    party_label = serializers.CharField(help_text="What its Party body is called in its district.")
    line = WordField(line_words, help_text="Urban or rural.")
    parent = serializers.CharField(
        source="parent_code", allow_null=True, help_text="Code of the unit above; null for a district."
    )
    lineage = LineageSerializer(source="*", help_text="The units that it lies in.")
    grid_kind = WordField(
        lambda: GRID_KINDS,
        allow_null=True,
        help_text="Of a grid: basic or dedicated; null for other units.",
    )
    own_label = serializers.CharField(
        source="label_override",
        allow_blank=True,
        help_text="What it is called instead of its level's name, if anything.",
    )
    own_party_label = serializers.CharField(
        source="party_label_override", allow_blank=True, help_text="The same of its Party body."
    )
    calendar = serializers.CharField(
        source="calendar_name",
        allow_null=True,
        help_text="Of a district: name of its working calendar; null for the default one, and for other units.",
    )
    households = serializers.IntegerField(allow_null=True, help_text="Number of households, where known.")
    phone = serializers.CharField(
        allow_blank=True, help_text="Its service telephone; public. Empty where none is kept."
    )
    lon = serializers.FloatField(allow_null=True, help_text="Longitude in degrees of `crs`, usually WGS-84.")
    lat = serializers.FloatField(allow_null=True, help_text="Latitude in degrees of `crs`, usually WGS-84.")
    has_children = serializers.SerializerMethodField(help_text="Whether units stand below it.")
    is_open = serializers.BooleanField(help_text="False once it was closed or merged into another.")
    version = serializers.IntegerField(help_text=VERSION_HELP)

    def get_has_children(self, unit: Unit) -> bool:
        return unit.rght - unit.lft > 1

    def to_representation(self, instance: Unit) -> dict[str, Any]:
        """The position in the system that the context names as `crs`."""
        shown = super().to_representation(instance)
        system = self.context.get("crs", WGS84)
        if system != WGS84 and None not in (shown["lon"], shown["lat"]):
            shown["lon"], shown["lat"] = from_wgs84(shown["lon"], shown["lat"], system)
        return shown


class BodySerializer(serializers.Serializer):
    code = serializers.CharField(help_text="Its code.")
    kind = WordField(body_kind_words, help_text="What kind of body it is.")
    name = serializers.CharField(help_text="Its name.")
    unit = serializers.CharField(
        source="unit.code", help_text="Code of the district or street that it belongs to."
    )
    phone = serializers.CharField(allow_blank=True, help_text="Office telephone; public.")
    approves_replies = serializers.BooleanField(
        help_text="What an officer writes is submitted when the head agrees."
    )
    is_outside = serializers.SerializerMethodField(
        help_text="A firm or residents' body, which sees only what it assists in."
    )
    is_open = serializers.BooleanField(help_text="False once it was closed.")
    version = serializers.IntegerField(help_text=VERSION_HELP)

    def get_is_outside(self, body: Body) -> bool:
        return BODY_KINDS[body.kind].outside
