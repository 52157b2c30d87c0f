"""Hotline orders over REST: files of them sent, checked, confirmed or dropped, and what came of each order, as the hotline
wants to hear it; by the same actions as the staff admin."""

from collections import defaultdict
from datetime import datetime
from functools import cache
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from grids.api.fields import CodeField
from grids.api.filters import MomentFilter, text_filter, true_false_filter
from grids.api.steps import step_view
from grids.models import Unit
from grids.standing import standing_of
from issues.actions.hotline import (
    UNDECIDED,
    check_area,
    confirm_import,
    drop_import,
    has_failed,
    read_file,
    take_in_file,
)
from issues.actions.hotline_check import checked_so_far
from issues.api import words
from issues.api.beside import BesideFilter, BesideListView, BesideSerializer, with_issues
from issues.districts import rules_of
from issues.hotline.parcels import wrong_in
from issues.hotline.replies import reply_row
from issues.hotline.rows import REMARKS
from issues.hotline.sheets import Sheet
from issues.hotline_results import replies
from issues.lifecycle import OPEN_STATES
from issues.models import HotlineOrder, ImportBatch
from issues.models.hotline import UPLOAD_STATES, import_areas
from trail.api.fields import WordField
from trail.api.paging import Key, whole_key
from trail.api.parsers import MultiPartParser
from trail.api.schema import IDEMPOTENCY, SEEN, answers
from trail.api.views import ListView, respond_with
from trail.districts import sees_all
from trail.idempotency import respond_once
from trail.refusals import NotAllowed, Refused
from trail.scopes import READ, REPORT

TAGS = ["hotline"]
# Of what was found in a file so many rows are told; its counts are of all.
MOST_TOLD = 1000
# As on the page.
READERS = ("read_below", "handle", "supervise")


# --- files --------------------------------------------------------------------------------------------------
class HotlineFileRowSerializer(serializers.Serializer):
    """A file of orders as lists show it."""

    id = serializers.IntegerField(source="pk", help_text="Its number; the id in addresses.")
    area = serializers.CharField(
        source="area.code", help_text="Code of the district or street that it is for."
    )
    file_name = serializers.CharField(help_text="What the file is called.")
    state = WordField(
        lambda: UPLOAD_STATES,
        help_text="checking: a long one, in the background; checked: waits to be confirmed, for a day; running: being "
        "imported in the background; done; dropped.",
    )
    total = serializers.IntegerField(help_text="How many rows it has.")
    wrong = serializers.IntegerField(help_text="How many rows cannot be taken; they stay out.")
    expected_new = serializers.IntegerField(help_text="At the check: orders that are new.")
    expected_known = serializers.IntegerField(help_text="At the check: orders that came before.")
    expected_again = serializers.IntegerField(
        help_text="At the check: orders that had ended and would be opened again."
    )
    added = serializers.IntegerField(help_text="Orders that became new issues.")
    updated = serializers.IntegerField(help_text="Orders that changed something.")
    unchanged = serializers.IntegerField(help_text="Orders that changed nothing.")
    uploaded_at = serializers.DateTimeField(help_text="When it was sent.")
    started_at = serializers.DateTimeField(allow_null=True, help_text="When it was confirmed.")
    finished_at = serializers.DateTimeField(allow_null=True, help_text="When it was imported or dropped.")
    allowed = serializers.SerializerMethodField(help_text="What can be done with it now: confirm, drop.")

    def get_allowed(self, batch: ImportBatch) -> list[str]:
        if batch.state not in UNDECIDED:
            return []
        ready = batch.state == "checked" and batch.total > batch.wrong
        return ["confirm", "drop"] if ready else ["drop"]


class WrongCellSerializer(serializers.Serializer):
    line = serializers.IntegerField(help_text="Which line of the file, as a spreadsheet numbers it.")
    column = serializers.CharField(allow_blank=True, help_text="Heading of the column.")
    value = serializers.CharField(allow_blank=True, help_text="What stands there.")
    reason = serializers.CharField(help_text="Why it cannot be taken.")


class HotlineRemarkSerializer(serializers.Serializer):
    line = serializers.IntegerField(help_text="Which line of the file.")
    text = serializers.CharField(help_text="What is said of the order.")
    refused = serializers.BooleanField(
        help_text="A rule has refused it since the check: it was not imported."
    )


class HotlineFileSerializer(HotlineFileRowSerializer):
    """A file of orders, with what was found in it."""

    done = serializers.SerializerMethodField(
        help_text="How many rows have been checked so far, or orders imported; 0 while it waits to be confirmed."
    )
    failed = serializers.SerializerMethodField(
        help_text="The job that checks or imports it was given up, until somebody orders it again."
    )
    faults = serializers.SerializerMethodField(
        help_text="Wrong cells, by line: of the first 1,000 wrong rows, for a week after the import."
    )
    remarks = serializers.SerializerMethodField(
        help_text="What is said of rows that were taken, the first 1,000."
    )

    def get_done(self, batch: ImportBatch) -> int:
        return checked_so_far(batch) if batch.state == "checking" else batch.imported

    def get_failed(self, batch: ImportBatch) -> bool:
        return has_failed(batch)

    def get_faults(self, batch: ImportBatch) -> WrongCellSerializer(many=True):  # type: ignore[valid-type]
        rows = [
            {"line": one.line, "column": one.column, "value": one.value, "reason": str(one.reason)}
            for row in wrong_in(batch.wrong_rows)[:MOST_TOLD]
            for one in row.faults
        ]
        return WrongCellSerializer(rows, many=True).data

    def get_remarks(self, batch: ImportBatch) -> HotlineRemarkSerializer(many=True):  # type: ignore[valid-type]
        told = sorted(batch.remarks, key=lambda remark: remark[0])[:MOST_TOLD]
        rows = [
            {"line": line, "text": str(REMARKS.get(key, key)), "refused": bool(refused)}
            for line, key, refused in told
        ]
        return HotlineRemarkSerializer(rows, many=True).data


class NewHotlineFileSerializer(serializers.Serializer):
    """A file of orders."""

    area = CodeField(
        "unit",
        required=False,
        help_text="Code of the district or street that it is for; may be left out where the caller dispatches in one.",
    )
    file = serializers.FileField(
        help_text="The hotline's file: Excel (.xlsx) or CSV (UTF-8 or GB 18030), at most 20,000 rows and 12 MB."
    )


def seen_files(user: Any, now: datetime) -> QuerySet:
    """Of the districts and streets where the person dispatches."""
    return ImportBatch.objects.visible_to(user, now).select_related("area").defer("area__boundary")


def find_file(user: Any, now: datetime, pk: int) -> ImportBatch:
    """A foreign one is as unknown as one that does not exist: Http404."""
    found: Any = seen_files(user, now).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


class HotlineFileListView(ListView):
    scopes = {"GET": READ, "POST": REPORT}
    queryset = ImportBatch.objects.none()
    serializer_class = HotlineFileRowSerializer
    filter_backends = ()
    parser_classes = (MultiPartParser,)

    def get_queryset(self) -> QuerySet:
        return seen_files(self.request.user, timezone.now()).defer("area__boundary", "wrong_rows", "remarks")

    def order(self, request: Request) -> tuple[str, list[Key]]:
        return "newest", [whole_key("pk", descending=True)]

    @extend_schema(
        operation_id="list_hotline_files",
        summary="Files of hotline orders",
        description="Of the districts and streets where the caller dispatches; the newest first.",
        tags=TAGS,
        responses=answers(200, HotlineFileRowSerializer(many=True), 400, 401),
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request)

    @extend_schema(
        operation_id="send_hotline_file",
        summary="Send a file of hotline orders",
        description="It is checked, up to 200 rows before the answer, more in the background; nothing is imported yet. "
        "Location tells what was found; `confirm/` imports what is right. 400 for what cannot be read as a file of orders.",
        tags=TAGS,
        parameters=[IDEMPOTENCY],
        filters=False,
        request={"multipart/form-data": NewHotlineFileSerializer},
        responses=answers(201, HotlineFileRowSerializer, 400, 401, 403, 413, 422),
    )
    def post(self, request: Request) -> HttpResponse:
        now = timezone.now()
        read = cache(lambda: self.read(request, now))
        return respond_once(request, lambda: self.take_in(request, *read(), now), first=read)

    def read(self, request: Request, now: datetime) -> tuple[Unit, str, Sheet]:
        """(of which area the orders are, name of the file, what it says)."""
        user = request.user
        areas = import_areas(user, now)
        if not areas:
            raise NotAllowed(
                _("Hotline orders are imported by the dispatchers of the area."), code="not_yours"
            )
        serializer = NewHotlineFileSerializer(data=request.data, context={"request": request, "now": now})
        serializer.is_valid(raise_exception=True)
        area, file = serializer.validated_data.get("area"), serializer.validated_data["file"]
        if area is None:
            open_areas = list(Unit.objects.open().filter(pk__in=areas).defer("boundary")[:2])
            if len(open_areas) != 1:
                raise ValidationError({"area": [_("Say of which area the orders are.")]})
            (area,) = open_areas
        try:
            return area, file.name, read_file(area, file.read(), by=user, now=now)
        except Refused as refused:
            if refused.code != "file":
                raise
            raise ValidationError({"file": [str(refused)]}) from refused

    def take_in(self, request: Request, area: Unit, name: str, sheet: Sheet, now: datetime) -> Response:
        user = request.user
        batch = take_in_file(area, sheet, file_name=name, by=user, now=now)
        where = reverse("issues_api:hotline_file", args=[batch.pk])
        # Without what was found in it: what is stored under a key holds no cell of the file.
        said = HotlineFileRowSerializer(find_file(user, now, batch.pk)).data
        return Response(said, status=201, headers={"Location": where})


class HotlineFileView(APIView):
    scopes = {"GET": READ}

    @extend_schema(
        operation_id="get_hotline_file",
        summary="A file of hotline orders",
        description="What was found in it, how far it is, what came of it.",
        tags=TAGS,
        parameters=SEEN,
        responses=answers(200, HotlineFileSerializer, 401, 404),
    )
    def get(self, request: Request, pk: int) -> Response:
        return respond_with(HotlineFileSerializer(find_file(request.user, timezone.now(), pk)), request)


def _ask(batch: ImportBatch, user: Any, now: datetime) -> None:
    check_area(batch.area, user, now)


def _confirm(batch: ImportBatch, data: dict[str, Any], *, by: Any, now: datetime) -> ImportBatch:
    return find_file(by, now, confirm_import(batch, by=by, now=now).pk)


def _drop(batch: ImportBatch, data: dict[str, Any], *, by: Any, now: datetime) -> ImportBatch:
    return find_file(by, now, drop_import(batch, by=by, now=now).pk)


def _step(key: str, summary: str, text: str, act: Any) -> Any:
    view = step_view(
        f"{key}_hotline_file",
        summary,
        text,
        find=find_file,
        ask=_ask,
        act=act,
        gives=HotlineFileRowSerializer,
        tags=("hotline",),
    )
    view.scopes = {"POST": REPORT}
    return view


STEPS = {
    "confirm": _step(
        "confirm",
        "Import hotline orders",
        "What is right in it, in the background. 409 (batch_state) for one that was dealt with, is being checked, or "
        "has no right row.",
        _confirm,
    ),
    "drop": _step(
        "drop",
        "Do not import hotline orders",
        "What the file says of persons is deleted at once. 409 (batch_state) for one that was dealt with.",
        _drop,
    ),
}


# --- results ------------------------------------------------------------------------------------------------
class HotlineResultSerializer(BesideSerializer):
    """An order, with what came of it."""

    number = serializers.CharField(help_text="The hotline's number.")
    dispatched_at = serializers.DateTimeField(allow_null=True, help_text="When the hotline dispatched it.")
    deadline_at = serializers.DateTimeField(help_text="The hotline's deadline.")
    ended_at = serializers.DateTimeField(
        allow_null=True,
        help_text="When the result was handed in, or the order returned; null while it is in hand.",
    )
    outcome = WordField(
        words.outcome_words, allow_null=True, help_text="What came of it; null before a result."
    )
    returned = serializers.BooleanField(help_text="It was returned to the hotline.")
    answer = serializers.CharField(allow_blank=True, help_text="The result as the reporter reads it.")
    solved = serializers.BooleanField(allow_null=True, help_text="The reporter says so; null: not rated.")
    satisfied = serializers.BooleanField(allow_null=True, help_text="The reporter says so; null: not rated.")
    cells = serializers.DictField(
        child=serializers.CharField(allow_blank=True, help_text="A cell."),
        help_text="The row that goes back: heading of the district → cell, in Chinese. Never name and telephone.",
    )


class HotlineResultFilter(BesideFilter):
    number = text_filter(field_name="number", help_text="With this number of the hotline.")
    open = true_false_filter("Its issue is open; false: it has ended.", method="by_open")
    late = true_false_filter("Its issue is open, and past the hotline's deadline.", method="by_late")
    again = true_false_filter("The hotline has sent it more than once.", method="by_again")
    deadline_after = MomentFilter(
        field_name="deadline_at", lookup_expr="gte", help_text="Due at this moment or later."
    )
    deadline_before = MomentFilter(
        field_name="deadline_at", lookup_expr="lt", help_text="Due before this moment."
    )

    def by_open(self, queryset: QuerySet, name: str, value: bool) -> QuerySet:
        return (
            queryset.filter(issue__state__in=OPEN_STATES)
            if value
            else queryset.exclude(issue__state__in=OPEN_STATES)
        )

    def by_late(self, queryset: QuerySet, name: str, value: bool) -> QuerySet:
        late = {"issue__state__in": OPEN_STATES, "deadline_at__lt": self.now}
        return queryset.filter(**late) if value else queryset.exclude(**late)

    def by_again(self, queryset: QuerySet, name: str, value: bool) -> QuerySet:
        return queryset.exclude(earlier=[]) if value else queryset.filter(earlier=[])


def _cell(value: Any) -> str:
    return timezone.localtime(value).isoformat() if isinstance(value, datetime) else str(value)


class HotlineResultListView(BesideListView):
    queryset = HotlineOrder.objects.none()
    serializer_class = HotlineResultSerializer
    filterset_class = HotlineResultFilter

    def get_queryset(self) -> QuerySet:
        user = self.request.user
        if not (sees_all(user) or standing_of(user, self.now).with_capability(*READERS)):
            return HotlineOrder.objects.none()
        return with_issues(HotlineOrder.objects.visible_to(user, self.now))

    def order(self, request: Request) -> tuple[str, list[Key]]:
        return "newest", [whole_key("pk", descending=True)]

    def fill(self, page: list[Any]) -> list[Any]:
        """With what came of each, in the headings of its district."""
        by_district = defaultdict(list)
        for row in page:
            by_district[row.district_id].append(row)
        for district, rows in by_district.items():
            columns = rules_of(district, self.now).hotline_columns
            orders = HotlineOrder.objects.filter(pk__in=[row.pk for row in rows])
            found = {reply.number: reply for reply in replies(orders)}
            for row in rows:
                reply = found[row.number]
                for name in ("ended_at", "outcome", "returned", "answer", "solved", "satisfied"):
                    setattr(row, name, getattr(reply, name))
                row.cells = dict(zip(columns.headers(), map(_cell, reply_row(reply, columns)), strict=True))
        return page

    @extend_schema(
        operation_id="list_hotline_results",
        summary="Results of hotline orders",
        description="Orders of issues that the caller sees, for those who read, handle or supervise; the newest first. "
        "What the page gives as a file for the hotline.",
        tags=TAGS,
        responses=answers(200, HotlineResultSerializer(many=True), 400, 401),
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request)
