"""Issues as GeoJSON (RFC 7946), each where a map may show it (issues.coarse)."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from grids.api.geo import BBOX, CRS, GEOJSON, FeatureSerializer, GeoListView, bbox_of, point_of
from issues.api import words
from issues.api.filters import IssueFilter
from issues.api.read import CategoryWordField
from issues.api.shown import written
from issues.api.views import ORDER
from issues.coarse import NEEDED, coarse_position, in_box, on_map
from issues.models import Issue
from trail.api.fields import WordField, word
from trail.api.paging import Key
from trail.api.schema import answers

SHOWN = (
    *("code", "received_at", "state", "kind", "is_danger", "reported_at", "due_at"),
    *("category__key", "category__name", "category__name_en", "category__parent__key"),
)


def _middles() -> dict[str, Any]:
    return {
        "cell": _("a cell of about a hundred metres"),
        "grid": _("its grid"),
        "community": _("its community"),
    }


class IssuePropertiesSerializer(serializers.Serializer):
    """What a map says of an issue: nothing in anybody's words."""

    code = serializers.CharField(help_text="Tracking code; the id in addresses.")
    number = serializers.CharField(help_text="Work-order number that staff use.")
    state = WordField(words.state_words, help_text="Where in its life it is.")
    kind = WordField(words.kind_words, help_text="What kind of issue it is.")
    category = CategoryWordField(help_text="What it is about.")
    is_danger = serializers.BooleanField(help_text="Whether it is a danger.")
    reported_at = serializers.DateTimeField(help_text="When it was reported.")
    middle_of = WordField(
        _middles,
        allow_null=True,
        help_text="What the point is the middle of: a cell of about a hundred metres, its grid or its community; "
        "null where its place is not known.",
    )


class IssueFeatureSerializer(FeatureSerializer):
    """An issue on the map."""

    properties = IssuePropertiesSerializer(help_text="What it is.")


class IssueMapView(GeoListView):
    queryset = Issue.objects.none()
    serializer_class = IssueFeatureSerializer
    filterset_class = IssueFilter

    def get_queryset(self) -> QuerySet:
        found: Any = on_map(Issue.objects.visible_to(self.request.user, timezone.now()))
        found = found.select_related("category__parent", "grid", "community").only(*SHOWN, *NEEDED)
        box = bbox_of(self.request)
        return in_box(found, *box) if box else found

    def order(self, request: Request) -> tuple[str, list[Key]]:
        name = request.query_params.get("ordering") or "newest"
        return name, ORDER[name]

    def feature(self, row: Issue, system: str) -> dict[str, Any]:
        where = coarse_position(row)
        return {
            "type": "Feature",
            "id": row.code,
            "geometry": point_of(where.lon, where.lat, system) if where else None,
            "properties": {
                "code": row.code,
                "number": row.number,
                "state": word(words.state_words, row.state),
                "kind": word(words.kind_words, row.kind),
                "category": {"key": row.category.key, "label": row.category.label},
                "is_danger": row.is_danger,
                "reported_at": written(row.reported_at),
                "middle_of": word(_middles, where.of) if where else None,
            },
        }

    @extend_schema(
        operation_id="map_issues",
        summary="Issues on the map",
        description="As list_issues, in GeoJSON, without words of persons. Points are coarse: the middle of a cell of "
        "about a hundred metres, of the grid, or of the community where the place would tell who it is about. "
        "Disputes and complaints about somebody are left out.",
        tags=["geography"],
        parameters=[CRS, BBOX],
        responses=answers(200, IssueFeatureSerializer(many=True), 400, 401, media=GEOJSON),
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request)
