"""Boundaries in by GeoJSON: of one unit, or of many by their codes; as a dry run or for good, at once or in the
background, all or none."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from grids.actions.boundaries import BadBoundaries, BoundaryReport, check_boundaries, set_boundaries
from grids.actions.boundary_sheets import KEY, order_boundaries
from grids.actions.locks import lock_trees
from grids.actions.sheet_files import has_failed, remarks_of
from grids.api.geo import (
    CRS,
    GEOJSON,
    GeoJSONRenderer,
    GeometrySerializer,
    UnitFeatureSerializer,
    UnitMapView,
    crs_of,
    feature_of,
    find_feature,
)
from grids.api.units import tell_unit
from grids.api.versions import compare, respond_if_unchanged
from grids.boundary_files import read_boundaries
from grids.coordinates import geometry_from_wgs84
from grids.models import SheetFile
from grids.models.sheets import FAILED_STATE
from trail.api.fields import WordField, word
from trail.api.parsers import JSONParser
from trail.api.schema import IDEMPOTENCY, IF_MATCH, SEEN, answers
from trail.api.sparse import asked_fields, cut
from trail.conditions import Tagged, asked_tags
from trail.idempotency import respond_once
from trail.scopes import MANAGE, READ

MOST_TOLD = 200
YES_NO = {"": False, "false": False, "0": False, "true": True, "1": True}
DRY_RUN = OpenApiParameter(
    "dry_run", bool, default=False, description="Only say what would change and what is wrong; save nothing."
)


BACKGROUND = OpenApiParameter(
    "background",
    bool,
    default=False,
    description="Save them in the background, where they are more than a few hundred: the answer is 202, and its "
    "Location says what became of them.",
)
# How the file is called among those of the caller.
FILE_NAME = "REST"


class GeoJSONParser(JSONParser):
    media_type = GEOJSON


class NamedSerializer(serializers.Serializer):
    """Names the unit."""

    code = serializers.CharField(help_text="Code of the unit.")


class BoundaryFeatureSerializer(serializers.Serializer):
    """A boundary with the unit that it is of."""

    type = serializers.ChoiceField(["Feature"], help_text="Always this.")
    properties = NamedSerializer(help_text="Which unit; other members are not read.")
    geometry = GeometrySerializer(help_text="Polygon or MultiPolygon.")


class BoundariesSerializer(serializers.Serializer):
    """A GeoJSON FeatureCollection."""

    type = serializers.ChoiceField(["FeatureCollection"], help_text="Always this.")
    features = BoundaryFeatureSerializer(many=True, help_text="At most 2,000, each unit once.")


class OneBoundarySerializer(serializers.Serializer):
    """A GeoJSON Feature; its properties are not read."""

    type = serializers.ChoiceField(["Feature"], help_text="Always this.")
    geometry = GeometrySerializer(help_text="Polygon or MultiPolygon.")


class FaultSerializer(serializers.Serializer):
    """What is wrong with a feature."""

    number = serializers.IntegerField(
        help_text="Which feature, from 1; 0 where there is but one, or of the whole."
    )
    code = serializers.CharField(help_text="Code of the unit as it was given; may be empty.")
    reason = serializers.CharField(help_text="What is wrong, in the reader's language.")
    at = serializers.DictField(allow_null=True, help_text="Where: a GeoJSON geometry; null for everywhere.")


class BoundaryReportSerializer(serializers.Serializer):
    """What changes."""

    dry_run = serializers.BooleanField(help_text="Whether nothing was saved.")
    changed = serializers.ListField(
        child=serializers.CharField(), help_text="Codes of the units that get another boundary."
    )
    unchanged = serializers.IntegerField(help_text="How many units already have the given boundary.")
    faults = FaultSerializer(many=True, help_text="What is wrong, at most 200; none when it was saved.")


def saving_words() -> dict[str, Any]:
    """As those of a sheet, but of what is saved."""
    return {
        "running": gettext_lazy("Being saved"),
        "done": gettext_lazy("Dealt with"),
        "failed": FAILED_STATE["failed"],
        "dropped": gettext_lazy("Not saved"),
    }


class SavingSerializer(serializers.Serializer):
    """Boundaries that are saved in the background, all or none."""

    id = serializers.IntegerField(help_text="Number of the order.")
    state = WordField(
        saving_words,
        help_text="Of `done` nothing was saved where there are faults; nor was it of `failed`, until the job is ordered "
        "again, and of `dropped`.",
    )
    total = serializers.IntegerField(help_text="How many boundaries were sent.")
    done = serializers.IntegerField(help_text="How many of them are dealt with.")
    changed = serializers.IntegerField(help_text="How many units have got another boundary.")
    unchanged = serializers.IntegerField(help_text="How many units had the given boundary already.")
    wrong = serializers.IntegerField(help_text="How many faults there are.")
    faults = FaultSerializer(many=True, help_text="What is wrong, at most 200, for a week; `at` is null.")


class BoundariesView(UnitMapView):
    scopes = {"GET": READ, "POST": MANAGE}
    parser_classes = (JSONParser, GeoJSONParser)

    @extend_schema(
        operation_id="set_boundaries",
        summary="Set boundaries",
        description="All or none. A boundary lies in China, crosses itself nowhere, overlaps no sibling and lies "
        "inside the unit above and around those below, each by more than a strip of ten metres.",
        tags=["geography"],
        parameters=[CRS, DRY_RUN, BACKGROUND, IDEMPOTENCY],
        filters=False,
        request={GEOJSON: BoundariesSerializer, "application/json": BoundariesSerializer},
        responses=answers(200, BoundaryReportSerializer, 400, 401, 403, 413, 422)
        | {(202, "application/json"): SavingSerializer},
    )
    def post(self, request: Request) -> HttpResponse:
        later = _flag(request, "background")
        return respond_once(request, lambda: answer_later(request) if later else answer(request))


class SavingView(APIView):
    scopes = {"GET": READ}

    @extend_schema(
        operation_id="boundaries_saved",
        summary="What became of boundaries",
        description="Of those that the caller has sent with `background`.",
        tags=["geography"],
        parameters=SEEN,
        responses=answers(200, SavingSerializer, 401, 404),
    )
    def get(self, request: Request, pk: int) -> Response:
        mine = SheetFile.objects.visible_to(request.user, timezone.now()).filter(kind=KEY)
        file = mine.filter(pk=pk).first()
        if file is None:
            raise Http404
        return Tagged(cut(shown_saving(file), asked_fields(request, SavingSerializer)), request)


class BoundaryView(APIView):
    scopes = {"GET": READ, "PUT": MANAGE}
    renderer_classes = (GeoJSONRenderer, JSONRenderer)
    parser_classes = (JSONParser, GeoJSONParser)

    @extend_schema(
        operation_id="get_boundary",
        summary="A unit on the map",
        tags=["geography"],
        parameters=[*SEEN, CRS],
        responses=answers(200, UnitFeatureSerializer, 400, 401, 404, media=GEOJSON),
    )
    def get(self, request: Request, code: str) -> Response:
        asked, system = asked_fields(request, UnitFeatureSerializer), crs_of(request)
        unit = find_feature(request, code, timezone.now())
        return Tagged(cut(feature_of(unit, system), asked), request, unit.version)

    @extend_schema(
        operation_id="set_boundary",
        summary="Set a unit's boundary",
        description="A Feature or a bare geometry; judged as by set_boundaries. The version of If-Match is the unit's.",
        tags=["geography"],
        parameters=[CRS, DRY_RUN, IDEMPOTENCY, IF_MATCH],
        request={GEOJSON: OneBoundarySerializer, "application/json": OneBoundarySerializer},
        responses=answers(200, BoundaryReportSerializer, 400, 401, 403, 404, 412, 413, 422),
    )
    def put(self, request: Request, code: str) -> HttpResponse:
        return respond_if_unchanged(request, lambda: self.set(request, code, timezone.now()))

    def set(self, request: Request, code: str, now: datetime) -> Response:
        unit = find_feature(request, code, now)
        with transaction.atomic():
            if asked_tags(request) is not None:
                lock_trees([unit.district_id])
                compare(request, "unit", unit.pk, lambda: tell_unit(unit, request.user, now))
            return answer(request, unit.code)


def answer(request: Request, code: str = "") -> Response:
    """What was sent (of the one unit, else of those it names) saved, or only looked at. Raises ValidationError naming
    the faults."""
    now, only_look = timezone.now(), _flag(request, "dry_run")
    found = read_boundaries(request.data, crs_of(request), code)
    try:
        act = check_boundaries if only_look else set_boundaries
        report = act(found, by=request.user, now=now)
    except BadBoundaries as bad:
        raise _wrong(bad) from bad
    # A report is no GeoJSON, whatever was asked for.
    return Response(_shown(report, only_look, crs_of(request)), content_type="application/json")


def answer_later(request: Request) -> Response:
    """What was sent is saved in the background. Raises ValidationError naming what is wrong with one by itself."""
    if _flag(request, "dry_run"):
        raise ValidationError({"background": [_("A dry run is answered at once.")]})
    found = read_boundaries(request.data, crs_of(request))
    try:
        file = order_boundaries(found, file_name=FILE_NAME, by=request.user, now=timezone.now())
    except BadBoundaries as bad:
        raise _wrong(bad) from bad
    headers = {"Location": reverse("grids_api:saving", args=[file.pk])}
    return Response(shown_saving(file), status=202, headers=headers, content_type="application/json")


def shown_saving(file: SheetFile) -> dict[str, Any]:
    """As SavingSerializer describes it."""
    faults = [
        {"number": one.line, "code": one.value, "reason": str(one.reason), "at": None}
        for one, _is_wrong in remarks_of(file)[:MOST_TOLD]
    ]
    counts = ("id", "total", "done", "changed", "unchanged", "wrong")
    state = word(saving_words, "failed" if has_failed(file) else file.state)
    return {name: getattr(file, name) for name in counts} | {"state": state, "faults": faults}


def _wrong(bad: BadBoundaries) -> ValidationError:
    told = [str(fault) for fault in bad.report.faults[:MOST_TOLD]]
    return ValidationError({"features": told}, code="bad_boundaries")


def _shown(report: BoundaryReport, dry_run: bool, system: str) -> dict[str, Any]:
    faults = [
        {
            "number": fault.number,
            "code": fault.code,
            "reason": fault.reason,
            "at": geometry_from_wgs84(fault.mark, system) if fault.mark else None,
        }
        for fault in report.faults[:MOST_TOLD]
    ]
    changed = [unit.code for unit in report.changed]
    return {"dry_run": dry_run, "changed": changed, "unchanged": report.unchanged, "faults": faults}


def _flag(request: Request, name: str) -> bool:
    text = request.query_params.get(name, "").lower()
    if text not in YES_NO:
        raise ValidationError({name: [_("Either true or false.")]})
    return YES_NO[text]
