"""Issues: list, detail, report; categories; photos."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpResponse
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from grids.api.geo import CRS, crs_of, in_system
from grids.standing import standing_of
from issues.actions import report_issue
from issues.api.detail import find_issue, show
from issues.api.filters import IssueFilter
from issues.api.read import CategorySerializer, IssueRowSerializer, IssueSerializer
from issues.api.shown import ROW
from issues.api.write import ReportSerializer, ReportWithPhotosSerializer
from issues.districts import rules_of
from issues.models import Attachment, Category, Issue
from issues.sights import reads_inside
from trail.api.paging import Key, moment_key, text_key, whole_key
from trail.api.schema import ETAG, IDEMPOTENCY, KNOWN_TAG, SEEN, answers
from trail.api.sparse import asked_fields
from trail.api.views import ListView
from trail.conditions import Tagged, etag_of, is_known, unchanged
from trail.idempotency import respond_once
from trail.scopes import READ, REPORT

ORDER = {
    "newest": [moment_key("reported_at", descending=True), whole_key("pk", descending=True)],
    "due": [moment_key("due_at"), whole_key("pk", descending=True)],
}
# Field of a row → the columns that it shows, where they are not called as it is.
COLUMNS = {
    "number": ("received_at",),
    "category": ("category__key", "category__name", "category__name_en"),
    "place": ("place_code", "place_label", "spot", "lon", "lat"),
    "owner": ("owner_unit__code", "owner_unit__name", "owner_body__code", "owner_body__name"),
    "is_overdue": ("due_at",),
}
JOINED = {"category": ("category",), "owner": ("owner_unit", "owner_body")}


def with_fields(issues: QuerySet, names: Iterable[str]) -> QuerySet:
    """With the columns of these fields of a row, and those of the order."""
    columns = [column for name in names for column in COLUMNS.get(name, (name,))]
    joined = [one for name in names for one in JOINED.get(name, ())]
    return issues.select_related(*joined or (None,)).only("reported_at", "due_at", *columns)


class IssueListView(ListView):
    scopes = {"GET": READ, "POST": REPORT}
    queryset = Issue.objects.none()
    serializer_class = IssueRowSerializer
    filterset_class = IssueFilter

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.now = timezone.now()

    def get_queryset(self) -> QuerySet:
        """With the columns of the fields that are asked for, and those of the order."""
        seen = Issue.objects.visible_to(self.request.user, self.now)
        return with_fields(seen, ROW if self.asked is None else self.asked)

    def get_serializer_context(self) -> dict[str, Any]:
        return super().get_serializer_context() | {"now": self.now, "fields": self.asked}

    def order(self, request: Request) -> tuple[str, list[Key]]:
        name = request.query_params.get("ordering") or "newest"
        return name, ORDER[name]

    @extend_schema(
        operation_id="list_issues",
        summary="Issues",
        description="Issues that the caller may see: below the caller's posts, what the caller's bodies are "
        "concerned with, and those that the caller registered.",
        tags=["issues"],
        parameters=[CRS],
        responses=answers(200, IssueRowSerializer(many=True), 400, 401),
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        system, answer = crs_of(request), super().get(request)
        in_system((row["place"] for row in answer.data["results"] if "place" in row), system)
        return answer

    @extend_schema(
        operation_id="report_issue",
        summary="Report an issue",
        description="It has an owner and a deadline at once. Location is the address of the issue.",
        tags=["issues"],
        parameters=[IDEMPOTENCY, CRS],
        filters=False,
        request={"application/json": ReportSerializer, "multipart/form-data": ReportWithPhotosSerializer},
        responses=answers(201, IssueRowSerializer, 400, 401, 403, 409, 413, 422),
    )
    def post(self, request: Request) -> HttpResponse:
        return respond_once(request, lambda: self.report(request))

    def report(self, request: Request) -> Response:
        system, context = crs_of(request), self.get_serializer_context()
        serializer = ReportWithPhotosSerializer(data=request.data, context=context)
        serializer.is_valid(raise_exception=True)
        issue = report_issue(by=request.user, now=self.now, **serializer.validated_data)
        where = reverse("issues_api:issue", args=[issue.code])
        said = IssueRowSerializer(issue, context=context).data
        in_system([said["place"]], system)
        return Response(said, status=201, headers={"Location": where})


class IssueView(APIView):
    scopes = {"GET": READ}

    @extend_schema(
        operation_id="get_issue",
        summary="An issue",
        description="By its tracking code, with what the caller may see of it and may do now.",
        tags=["issues"],
        parameters=[*SEEN, CRS],
        responses=answers(200, IssueSerializer, 400, 401, 404),
    )
    def get(self, request: Request, code: str) -> Response:
        now, asked, system = timezone.now(), asked_fields(request, IssueSerializer), crs_of(request)
        issue = find_issue(code, request.user, now)
        shown = show(issue, request, now, asked)
        in_system([shown["place"]] if "place" in shown else (), system)
        return Tagged(shown, request, issue.version)


class CategoryListView(ListView):
    scopes = {"GET": READ}
    queryset = Category.objects.none()
    serializer_class = CategorySerializer
    filter_backends = ()

    def get_queryset(self) -> QuerySet:
        return Category.objects.visible_to(self.request.user, timezone.now()).select_related("parent")

    def get_serializer_context(self) -> dict[str, Any]:
        now = timezone.now()
        home = next(iter(standing_of(self.request.user, now).positions), None)
        rules = rules_of(home.lineage["district_id"] if home else None, now)
        return super().get_serializer_context() | {"rules": rules}

    def order(self, request: Request) -> tuple[str, list[Key]]:
        return "order", [whole_key("order"), text_key("key")]

    @extend_schema(
        operation_id="list_categories",
        summary="Categories",
        description="What issues can be about, with the questions that the caller's district asks besides.",
        tags=["issues"],
        responses=answers(200, CategorySerializer(many=True), 400, 401),
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request)


class AttachmentView(APIView):
    scopes = {"GET": READ}

    @extend_schema(
        operation_id="get_attachment",
        summary="A photo",
        description="For whoever may see its issue; one for staff only asks for a post that reads notes.",
        tags=["issues"],
        parameters=[KNOWN_TAG, ETAG],
        responses=answers(
            200, OpenApiResponse(OpenApiTypes.BINARY, "The picture."), 401, 404, media="image/jpeg"
        ),
    )
    def get(self, request: Request, pk: int) -> HttpResponse:
        now = timezone.now()
        issues = Issue.objects.visible_to(request.user, now).order_by().values("pk")
        photo = Attachment.objects.select_related("issue").filter(pk=pk, issue__in=issues).first()
        if photo is None or (photo.internal and not reads_inside(photo.issue, request.user, now)):
            raise Http404
        # The name is ours and never reused: it stands for the bytes.
        tag = etag_of(photo.file.name.encode())
        try:
            picture = photo.file.open()
        except FileNotFoundError as error:
            raise Http404 from error
        # So the browser may keep it; a proxy may not.
        headers = {"Cache-Control": "private, max-age=86400, immutable", "X-Content-Type-Options": "nosniff"}
        headers["ETag"] = tag
        if is_known(request, tag):
            picture.close()
            return unchanged(HttpResponse(headers=headers))
        return FileResponse(picture, content_type="image/jpeg", headers=headers)
