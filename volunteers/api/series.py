"""Series of activities over REST; one is made by `activities/{id}/repeat/`."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import path
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from grids.api.filters import AskedFilterSet, true_false_filter
from grids.api.steps import step_view
from trail.api.paging import Key, whole_key
from trail.api.schema import SEEN, answers
from trail.api.views import ListView, respond_with
from trail.scopes import READ
from volunteers.actions.series import end_series
from volunteers.api import activity_shapes as shapes
from volunteers.api.activities import TAGS
from volunteers.api.activity_steps import ask_nothing
from volunteers.api.people import find_in
from volunteers.models import Series


def seen_series(user: Any, now: datetime) -> QuerySet:
    return Series.objects.visible_to(user, now).select_related("source").defer("source__secret")


def find_series(user: Any, now: datetime, pk: int) -> Series:
    return find_in(seen_series(user, now), pk)


class SeriesFilter(AskedFilterSet):
    ended = true_false_filter("Ended; false: goes on.", method="by_end")

    def by_end(self, queryset: QuerySet, name: str, value: bool) -> QuerySet:
        return queryset.filter(ended_at__isnull=not value)


class SeriesListView(ListView):
    scopes = {"GET": READ}
    queryset = Series.objects.none()
    serializer_class = shapes.SeriesSerializer
    filterset_class = SeriesFilter

    def get_queryset(self) -> QuerySet:
        return seen_series(self.request.user, timezone.now())

    def order(self, request: Request) -> tuple[str, list[Key]]:
        return "newest", [whole_key("pk", descending=True)]

    @extend_schema(
        operation_id="list_series",
        summary="Series of activities",
        description="Of activities that the caller runs, the newest first. One is made by `activities/{id}/repeat/`.",
        tags=list(TAGS),
        responses=answers(200, shapes.SeriesSerializer(many=True), 400, 401),
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request)


class SeriesView(GenericAPIView):
    scopes = {"GET": READ}
    queryset = Series.objects.none()
    serializer_class = shapes.SeriesSerializer

    @extend_schema(
        operation_id="get_series",
        summary="A series of activities",
        tags=list(TAGS),
        parameters=SEEN,
        responses=answers(200, shapes.SeriesSerializer, 401, 404),
    )
    def get(self, request: Request, pk: int) -> Response:
        return respond_with(self.get_serializer(find_series(request.user, timezone.now(), pk)), request)


def _end(one: Series, data: dict[str, Any], *, by: Any, now: datetime) -> Series:
    return end_series(one, by=by, now=now)


END = step_view(
    "end_series",
    "End a series",
    "Nothing more is made; what is there stays.",
    find=find_series,
    ask=ask_nothing,
    act=_end,
    gives=shapes.SeriesSerializer,
    tags=TAGS,
)
urlpatterns = [
    path("series/", SeriesListView.as_view(), name="series_list"),
    path("series/<int:pk>/", SeriesView.as_view(), name="series"),
    path("series/<int:pk>/end/", END.as_view()),
]
