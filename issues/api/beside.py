"""What lists of whistles, parts, clocks and ratings share: the issue's name, its place as a filter, one clock."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request

from grids.api.filters import AskedFilterSet, text_filter
from grids.lineage import column
from grids.models import Unit
from issues.models import Issue
from trail.api.views import ListView
from trail.scopes import READ

# Of an issue beside which something is listed: its names, where it happened, and whom it is about.
LARGE = ("text", "answers")


class IssueNameSerializer(serializers.Serializer):
    code = serializers.CharField(help_text="Tracking code; the id in addresses.")
    number = serializers.CharField(help_text="Work-order number that staff use.")


class BesideSerializer(serializers.Serializer):
    issue = IssueNameSerializer(help_text="The issue that it belongs to.")


class BesideFilter(AskedFilterSet):
    """For rows of an issue."""

    issue = text_filter(field_name="issue__code", help_text="Of the issue with this tracking code.")
    within = text_filter(
        method="by_place", help_text="Of issues that happened in the unit with this code or below it."
    )

    @property
    def now(self) -> datetime:
        return self.request.parser_context["view"].now

    def by_place(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        unit = Unit.objects.visible_to(self.request.user, self.now).filter(code=value).first()
        return queryset.filter(**{f"issue__{column(unit.kind)}": unit.pk}) if unit else queryset.none()


class BesideListView(ListView):
    """One page of rows of issues. `find` gives what one may see, `fill` makes ready what a row shows."""

    scopes = {"GET": READ}

    filterset_class: Any = BesideFilter
    now: datetime

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        self.now = timezone.now()
        super().initial(request, *args, **kwargs)

    def get_serializer_context(self) -> dict[str, Any]:
        return super().get_serializer_context() | {"now": getattr(self, "now", None)}

    def paginate_queryset(self, queryset: QuerySet) -> list[Any]:
        return self.fill(super().paginate_queryset(queryset))

    def fill(self, page: list[Any]) -> list[Any]:
        raise NotImplementedError


def with_issues(rows: QuerySet) -> QuerySet:
    """Along with their issues, without the words."""
    return rows.select_related("issue").defer(*(f"issue__{name}" for name in LARGE))


def issues_of(page: list[Any]) -> list[Issue]:
    """Each once."""
    return list({row.issue_id: row.issue for row in page}.values())
