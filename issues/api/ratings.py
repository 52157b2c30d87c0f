"""What reporters said of results, over REST: one row per verdict; the rates made from them: `statistics/rates/`."""

from typing import Any

import django_filters as filters
from django.db.models import Exists, OuterRef, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from grids.api.filters import MomentFilter, text_filter, true_false_filter
from issues.api.beside import BesideFilter, BesideListView, BesideSerializer, with_issues
from issues.api.read import CategoryWordField, RatingSerializer
from issues.kinds import rating_source_choices
from issues.models import Category, Rating
from trail.api.paging import Key, moment_key, whole_key
from trail.api.schema import answers


class RatingRowSerializer(BesideSerializer, RatingSerializer):
    """A verdict and whose result it was about."""

    category = CategoryWordField(source="issue.category", help_text="What the issue is about.")
    place = serializers.CharField(source="issue.place_code", help_text="Code of the unit where it happened.")


class RatingFilter(BesideFilter):
    category = text_filter(
        method="by_category", help_text="With the category of this key, or one that is part of it."
    )
    source = filters.ChoiceFilter(
        choices=rating_source_choices(), help_text="Said by link, or heard by telephone."
    )
    answered = true_false_filter("The reporter was answered.", field_name="answered")
    solved = true_false_filter("It is solved, the reporter says.", field_name="solved")
    satisfied = true_false_filter("The reporter is satisfied.", field_name="satisfied")
    holding = true_false_filter(
        "One verdict per result, as the rates count: the reporter's own goes before what was heard by telephone.",
        method="by_holding",
    )
    rated_after = MomentFilter(
        field_name="rated_at", lookup_expr="gte", help_text="Rated at this moment or later."
    )
    rated_before = MomentFilter(
        field_name="rated_at", lookup_expr="lt", help_text="Rated before this moment."
    )

    def by_category(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.filter(issue__category__in=Category.objects.ids_within(value))

    def by_holding(self, queryset: QuerySet, name: str, value: bool) -> QuerySet:
        if value:
            return queryset.holding()
        return queryset.exclude(Exists(Rating.objects.holding().filter(pk=OuterRef("pk"))))


class RatingListView(BesideListView):
    queryset = Rating.objects.none()
    serializer_class = RatingRowSerializer
    filterset_class = RatingFilter

    def get_queryset(self) -> QuerySet:
        return with_issues(Rating.objects.visible_to(self.request.user, self.now)).select_related(
            "issue__category"
        )

    def order(self, request: Request) -> tuple[str, list[Key]]:
        return "newest", [moment_key("rated_at", descending=True), whole_key("pk", descending=True)]

    def fill(self, page: list[Any]) -> list[Any]:
        return page

    @extend_schema(
        operation_id="list_ratings",
        summary="Ratings",
        description="Of issues that the caller sees, the newest first; several for a result that was redone, or "
        "heard by telephone and then rated by the reporter.",
        tags=["statistics"],
        responses=answers(200, RatingRowSerializer(many=True), 400, 401),
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request)
