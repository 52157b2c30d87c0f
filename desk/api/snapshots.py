"""Snapshots over REST: which there are, and one of them with its rows, as it was taken."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from desk.actions import digest_of
from desk.api.statistics import check_keeper
from desk.models import Snapshot, SnapshotRow
from desk.tables import table_choices
from issues.models import Issue
from trail.api.fields import WordField
from trail.api.paging import Key, moment_key, whole_key
from trail.api.schema import SEEN, answers
from trail.api.views import ListView, respond_with
from trail.scopes import READ

TAGS = ["lists"]


def table_words() -> dict[str, Any]:
    return dict(table_choices())


class SnapshotRowFactsSerializer(serializers.Serializer):
    """A snapshot as lists show it."""

    id = serializers.IntegerField(source="pk", help_text="Its number.")
    list = WordField(table_words, source="table", help_text="Which list it was.")
    unit = serializers.CharField(
        source="unit.code", default=None, allow_null=True, help_text="Code of the unit whose list it was."
    )
    filter = serializers.DictField(
        child=serializers.CharField(help_text="Code or key."), help_text="The filter, as codes and keys."
    )
    filter_label = serializers.CharField(allow_blank=True, help_text="The filter in words, as it was shown.")
    count = serializers.IntegerField(source="shown", help_text="n: how many of its rows the caller reads.")
    taken_by = serializers.CharField(help_text="Name of who took it.")
    taken_at = serializers.DateTimeField(help_text="When.")


class SnapshotSerializer(SnapshotRowFactsSerializer):
    columns = serializers.ListField(
        source="header",
        child=serializers.CharField(help_text="A heading."),
        help_text="Headings, as they were shown.",
    )
    digest = serializers.CharField(
        source="seen_digest",
        help_text="SHA-256 over the headings and the cells of each row that the caller reads, each as a JSON line.",
    )


class KeptRowSerializer(serializers.Serializer):
    """In the order of the list. The place in it is not told: the gaps would count what one may not see."""

    issue = serializers.CharField(
        allow_null=True, help_text="Tracking code of its issue; null where the caller does not see it now."
    )
    cells = serializers.ListField(
        child=serializers.CharField(allow_blank=True, help_text="A cell."), help_text="As they were shown."
    )


def visible_snapshots(user: Any, now: datetime) -> Any:
    """With what a list of them shows."""
    found: Any = Snapshot.objects.visible_to(user, now)
    return found.select_related("unit", "taken_by").defer("unit__boundary", "taken_by__phone")


def find_snapshot(user: Any, now: datetime, pk: int) -> Snapshot:
    """One that this person may open; else Http404. What is not theirs to read is not even said to exist."""
    found = visible_snapshots(user, now).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def shown_snapshot(taken: Snapshot, user: Any, now: datetime) -> Any:
    """With the number of rows that this person reads, and their digest: that of all where nothing is withheld."""
    one: Any = taken
    hidden = Snapshot.objects.filter(pk=taken.pk).withheld_from(user, now)
    one.shown = taken.count - hidden.get(taken.pk, 0)
    rows = taken.rows.visible_to(user, now).order_by("number").values_list("cells", flat=True)
    one.seen_digest = digest_of(taken.header, rows) if hidden else taken.digest
    return one


class SnapshotListView(ListView):
    scopes = {"GET": READ}
    queryset = Snapshot.objects.none()
    serializer_class = SnapshotRowFactsSerializer
    filter_backends = ()

    def get_queryset(self) -> QuerySet:
        self.now = timezone.now()
        check_keeper(self.request.user, self.now)
        return visible_snapshots(self.request.user, self.now)

    def order(self, request: Request) -> tuple[str, list[Key]]:
        return "newest", [moment_key("taken_at", descending=True), whole_key("pk", descending=True)]

    def paginate_queryset(self, queryset: QuerySet) -> list[Any]:
        page = super().paginate_queryset(queryset)
        taken = Snapshot.objects.filter(pk__in=[one.pk for one in page])
        withheld = taken.withheld_from(self.request.user, self.now)
        for one in page:
            one.shown = one.count - withheld.get(one.pk, 0)
        return page

    @extend_schema(
        operation_id="list_snapshots",
        summary="Snapshots",
        description="One's own, and those of units that one supervises; the newest first. They are taken at "
        "`lists/{list}/snapshots/`.",
        tags=TAGS,
        responses=answers(200, SnapshotRowFactsSerializer(many=True), 400, 401, 403),
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request)


class SnapshotView(APIView):
    scopes = {"GET": READ}

    @extend_schema(
        operation_id="get_snapshot",
        summary="A snapshot",
        tags=TAGS,
        parameters=SEEN,
        responses=answers(200, SnapshotSerializer, 401, 403, 404),
    )
    def get(self, request: Request, pk: int) -> Response:
        now = timezone.now()
        check_keeper(request.user, now)
        taken = find_snapshot(request.user, now, pk)
        return respond_with(SnapshotSerializer(shown_snapshot(taken, request.user, now)), request)


class SnapshotRowsView(ListView):
    scopes = {"GET": READ}
    queryset = SnapshotRow.objects.none()
    serializer_class = KeptRowSerializer
    filter_backends = ()

    def get_queryset(self) -> QuerySet:
        self.now = timezone.now()
        check_keeper(self.request.user, self.now)
        taken = find_snapshot(self.request.user, self.now, self.kwargs["pk"])
        return taken.rows.visible_to(self.request.user, self.now)

    def order(self, request: Request) -> tuple[str, list[Key]]:
        return "number", [whole_key("number")]

    def paginate_queryset(self, queryset: QuerySet) -> list[Any]:
        page = super().paginate_queryset(queryset)
        seen = Issue.objects.visible_to(self.request.user, self.now)
        found = seen.filter(pk__in=[row.issue_id for row in page]).order_by()
        codes = dict(found.values_list("pk", "code"))
        for row in page:
            row.issue = codes.get(row.issue_id)
        return page

    @extend_schema(
        operation_id="list_snapshot_rows",
        summary="Rows of a snapshot",
        description="As they were taken, without complaints about the caller.",
        tags=TAGS,
        responses=answers(200, KeptRowSerializer(many=True), 400, 401, 403, 404),
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request)
