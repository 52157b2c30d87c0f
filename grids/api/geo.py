"""Positions in and out: the coordinate reference system of a request, GeoJSON (RFC 7946) of units, which unit lies
where. Everything is stored in WGS-84."""

import math
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import F, QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from grids.api.filters import UnitFilter
from grids.api.serializers import UnitSerializer, level_words
from grids.api.units import find_by_code, shown_units
from grids.boundaries import tidy
from grids.coordinates import SYSTEMS, WGS84, from_wgs84, geometry_from_wgs84, to_wgs84
from grids.locating import MATCHES, REPORTABLE, Located, locate
from grids.models import Unit
from trail.api.fields import WordField, word
from trail.api.paging import Key, KeysetPagination, text_key
from trail.api.schema import answers
from trail.api.sparse import asked_fields, cut
from trail.api.views import ListView
from trail.querysets import version_of
from trail.scopes import READ

GEOJSON = "application/geo+json"
CRS_HELP = "Coordinate reference system of all positions of the request and the answer."
CRS = OpenApiParameter("crs", str, enum=SYSTEMS, default=WGS84, description=CRS_HELP)
BBOX = OpenApiParameter(
    "bbox",
    str,
    description="Only what touches this box: west,south,east,north in degrees of `crs`. Closed units are left out.",
)
MOST_TEXT = 120
Box = tuple[float, float, float, float]


# --- what a request says ------------------------------------------------------------------------------------
class DegreeField(serializers.FloatField):
    """A number of degrees up to `limit`; "nan" is none."""

    def __init__(self, limit: float, **options: Any) -> None:
        super().__init__(min_value=-limit, max_value=limit, **options)

    def to_internal_value(self, data: Any) -> float:
        found = super().to_internal_value(data)
        if not math.isfinite(found):
            self.fail("invalid")
        return found


class PositionSerializer(serializers.Serializer):
    """A position that may be given; it comes out in WGS-84, without `crs`. The context's request, if there is one, says
    what it is in where the body does not."""

    lon = DegreeField(180, required=False, allow_null=True, help_text="Longitude in degrees of `crs`.")
    lat = DegreeField(90, required=False, allow_null=True, help_text="Latitude in degrees of `crs`.")
    crs = serializers.ChoiceField(
        [(system, system) for system in SYSTEMS],
        required=False,
        help_text="What `lon` and `lat` are given in; if left out, `crs` of the address, else wgs84. WGS-84 is stored.",
    )

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        """Both or neither; as stored."""
        data = super().validate(data)
        system = data.pop("crs", None)
        if system is None:
            system = crs_of(self.context["request"]) if "request" in self.context else WGS84
        if (data.get("lon") is None) != (data.get("lat") is None):
            raise ValidationError({"lat": [_("A position has a longitude and a latitude.")]})
        if data.get("lon") is not None:
            data["lon"], data["lat"] = to_wgs84(data["lon"], data["lat"], system)
        return data


def unit_at(
    data: dict[str, Any], context: dict[str, Any], kinds: tuple[str, ...] = REPORTABLE
) -> Unit | None:
    """The unit of the caller's where the position of `data` lies (lon, lat as PositionSerializer gives them); None
    without one. `context`: request and now. Raises ValidationError where nothing is near."""
    if data.get("lon") is None:
        return None
    seen = Unit.objects.visible_to(context["request"].user, context["now"])
    found = locate(data["lon"], data["lat"], seen, kinds)
    if found is None:
        message = _("No place of yours is near this position; give the place.")
        raise ValidationError({"lat": [message]}, code="unknown")
    return found.unit


def crs_of(request: Request) -> str:
    """What the request is in; raises ValidationError."""
    system = request.query_params.get("crs") or WGS84
    if system not in SYSTEMS:
        raise ValidationError({"crs": [_("One of %(names)s.") % {"names": ", ".join(SYSTEMS)}]})
    return system


def in_system(places: Iterable[dict[str, Any]], system: str) -> None:
    """Turn `lon` and `lat` of these parts of an answer, as far as they have any."""
    for place in places if system != WGS84 else ():
        if place["lon"] is not None and place["lat"] is not None:
            place["lon"], place["lat"] = from_wgs84(place["lon"], place["lat"], system)


def bbox_of(request: Request) -> Box | None:
    """The box of the request in WGS-84, if it has one; raises ValidationError."""
    text = request.query_params.get("bbox", "")
    if not text:
        return None
    try:
        west, south, east, north = map(float, text[:MOST_TEXT].split(","))
    except ValueError:
        west, south, east, north = (math.nan,) * 4
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise ValidationError({"bbox": [_("Four numbers: west,south,east,north.")]})
    system = crs_of(request)
    return (*to_wgs84(west, south, system), *to_wgs84(east, north, system))


# --- GeoJSON out --------------------------------------------------------------------------------------------
class GeoJSONRenderer(JSONRenderer):
    # By Accept alone: `?format=` would be one more way to say the same.
    media_type, format = GEOJSON, "json"


class FeaturePagination(KeysetPagination):
    """A page is a FeatureCollection; `next` stands beside the features."""

    def get_paginated_response(self, data: Any) -> Response:
        page = {"type": "FeatureCollection", "features": data, "next": self.next_link}
        return Response(page, headers=self.links())

    def get_paginated_response_schema(self, schema: dict) -> dict:
        told = super().get_paginated_response_schema(schema)
        kind = {"type": "string", "enum": ["FeatureCollection"], "description": "Always this."}
        properties = told["properties"]
        properties = {"type": kind, "features": properties["results"], "next": properties["next"]}
        return told | {"required": list(properties), "properties": properties}


class GeometrySerializer(serializers.Serializer):
    """A GeoJSON geometry."""

    type = serializers.ChoiceField(
        ["Point", "Polygon", "MultiPolygon"], help_text="A boundary, or a point where only that is known."
    )
    coordinates = serializers.ListField(
        help_text="Positions are [longitude, latitude]; outer rings run counter-clockwise."
    )


class UnitPropertiesSerializer(serializers.Serializer):
    """What a map says of a unit."""

    code = serializers.CharField(help_text="Its code.")
    name = serializers.CharField(help_text="Its name.")
    level = WordField(level_words, help_text="One of the five structural levels.")
    label = serializers.CharField(help_text="What a unit of this level is called in its district.")
    parent = serializers.CharField(allow_null=True, help_text="Code of the unit above; null for a district.")
    is_open = serializers.BooleanField(help_text="False once it was closed or merged into another.")


class FeatureSerializer(serializers.Serializer):
    """A GeoJSON Feature."""

    type = serializers.ChoiceField(["Feature"], help_text="Always this.")
    id = serializers.CharField(help_text="Its code.")
    geometry = GeometrySerializer(allow_null=True, help_text="Null where no position is known.")


class UnitFeatureSerializer(FeatureSerializer):
    """A unit on the map."""

    properties = UnitPropertiesSerializer(help_text="What it is.")


def mapped_units(user: Any, now: datetime) -> QuerySet:
    """Units that this person sees, with what a feature shows."""
    return Unit.objects.visible_to(user, now).labelled().annotate(parent_code=F("parent__code"))


def feature_of(unit: Any, system: str) -> dict[str, Any]:
    """What UnitFeatureSerializer describes; of `mapped_units`."""
    return {
        "type": "Feature",
        "id": unit.code,
        "geometry": _geometry(unit, system),
        "properties": {
            "code": unit.code,
            "name": unit.name,
            "level": word(level_words, unit.kind),
            "label": unit.label(),
            "parent": unit.parent_code,
            "is_open": unit.is_open,
        },
    }


def _geometry(unit: Any, system: str) -> dict[str, Any] | None:
    if unit.boundary:
        return tidy(geometry_from_wgs84(unit.boundary, system))
    return None if unit.lon is None or unit.lat is None else point_of(unit.lon, unit.lat, system)


def point_of(lon: float, lat: float, system: str) -> dict[str, Any]:
    """A WGS-84 position as a GeoJSON point in `system`."""
    return {"type": "Point", "coordinates": [round(one, 7) for one in from_wgs84(lon, lat, system)]}


class GeoListView(ListView):
    """A list as a FeatureCollection."""

    scopes = {"GET": READ}

    renderer_classes = (GeoJSONRenderer, JSONRenderer)
    pagination_class = FeaturePagination

    def feature(self, row: Any, system: str) -> dict[str, Any]:
        """One row as a feature."""
        raise NotImplementedError

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        system, asked = crs_of(request), asked_fields(request, self.get_serializer_class())
        page: Any = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response([cut(self.feature(row, system), asked) for row in page])


class UnitMapView(GeoListView):
    queryset = Unit.objects.none()
    serializer_class = UnitFeatureSerializer
    filterset_class = UnitFilter

    def get_queryset(self) -> QuerySet:
        units: Any = mapped_units(self.request.user, timezone.now())
        box = bbox_of(self.request)
        return units.in_box(*box) if box else units

    def order(self, request: Request) -> tuple[str, list[Key]]:
        return "code", [text_key("code")]

    def feature(self, row: Any, system: str) -> dict[str, Any]:
        return feature_of(row, system)

    @extend_schema(
        operation_id="map_units",
        summary="Units on the map",
        description="As list_units, in GeoJSON: the boundary, or a point where only a position is known. By code.",
        tags=["geography"],
        parameters=[CRS, BBOX],
        responses=answers(200, UnitFeatureSerializer(many=True), 400, 401, media=GEOJSON),
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request)


def find_feature(request: Request, code: str, now: datetime) -> Any:
    """The unit with this code, or the one that a merged unit with it became part of; 404."""
    seen: Any = mapped_units(request.user, now)
    return find_by_code(seen.annotate(version=version_of("unit")), request.user, now, code)


# --- where a position lies ----------------------------------------------------------------------------------
def match_words() -> dict[str, object]:
    return dict(MATCHES)


class LocatedSerializer(serializers.Serializer):
    """Where a position lies."""

    unit = UnitSerializer(help_text="The smallest unit of the caller's there.")
    match = WordField(match_words, help_text="How sure that is.")
    metres = serializers.IntegerField(
        allow_null=True, help_text="From the position to the unit's own, in metres; null where it has none."
    )


class LocateView(APIView):
    scopes = {"GET": READ}

    @extend_schema(
        operation_id="locate_unit",
        summary="The unit at a position",
        description="The building that stands there, else the grid or community whose boundary holds the position, "
        "else the nearest grid or community within about two kilometres. Reports and alerts with a position and "
        "no place go there.",
        tags=["geography"],
        parameters=[
            OpenApiParameter("lon", float, required=True, description="Longitude in degrees of `crs`."),
            OpenApiParameter("lat", float, required=True, description="Latitude in degrees of `crs`."),
            CRS,
        ],
        responses=answers(200, LocatedSerializer, 400, 401, 404),
    )
    def get(self, request: Request) -> Response:
        asked = PositionSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        if asked.validated_data.get("lon") is None:
            raise ValidationError({"lon": [_("A position has a longitude and a latitude.")]})
        now = timezone.now()
        seen = shown_units(request.user, now)
        found = locate(asked.validated_data["lon"], asked.validated_data["lat"], seen)
        if found is None:
            raise Http404
        return Response(self.shown(found, crs_of(request)))

    def shown(self, found: Located, system: str) -> dict[str, Any]:
        unit = UnitSerializer(found.unit, context={"crs": system}).data
        return {"unit": unit, "match": word(match_words, found.match), "metres": found.metres}
