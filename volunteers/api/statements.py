"""Statements of service over REST: everybody makes, lists and revokes their own, whatever posts others have."""

from datetime import datetime
from typing import Any

import django_filters as filters
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from grids.api.filters import AskedFilterSet, true_false_filter
from grids.api.steps import step_view
from trail.api.paging import Key, moment_key, whole_key
from trail.api.schema import IDEMPOTENCY, SEEN, answers
from trail.api.views import ListView, respond_with
from trail.idempotency import respond_once, shown_once
from trail.scopes import MANAGE, READ
from volunteers.actions import statements
from volunteers.api import joining_shapes as shapes
from volunteers.api.activity_steps import ask_nothing
from volunteers.api.people import find_in
from volunteers.api.teams import whom
from volunteers.models import Statement

TAGS = ("dual check-in",)


def ready(one: Any) -> Any:
    """A statement with what its person may do about it."""
    one.allowed = [] if one.revoked_at else ["revoke"]
    return one


def find_statement(user: Any, now: datetime, pk: int) -> Statement:
    return find_in(Statement.objects.visible_to(user, now), pk)


class StatementFilter(AskedFilterSet):
    live = true_false_filter("Whose link still opens; false: the others.", method="by_live")
    first = filters.DateFilter(
        field_name="until", lookup_expr="gte", help_text="Of a period that ends on this day or later."
    )

    def by_live(self, queryset: QuerySet, name: str, value: bool) -> QuerySet:
        opens = Q(revoked_at=None, expires_at__gt=timezone.now())
        return queryset.filter(opens if value else ~opens)


class StatementListView(ListView):
    scopes = {"GET": READ, "POST": MANAGE}
    queryset = Statement.objects.none()
    serializer_class = shapes.StatementSerializer
    filterset_class = StatementFilter

    def get_queryset(self) -> QuerySet:
        return Statement.objects.visible_to(self.request.user, timezone.now())

    def paginate_queryset(self, queryset: QuerySet) -> list[Any]:
        return [ready(one) for one in super().paginate_queryset(queryset)]

    def order(self, request: Request) -> tuple[str, list[Key]]:
        return "newest", [moment_key("made_at", descending=True), whole_key("pk", descending=True)]

    @extend_schema(
        operation_id="list_statements",
        summary="One's own statements of service",
        description="The newest first. Nobody else's, whatever post one has.",
        tags=list(TAGS),
        responses=answers(200, shapes.StatementSerializer(many=True), 400, 401),
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request)

    @extend_schema(
        operation_id="make_statement",
        summary="Make a statement of service",
        description="Of one's own service in a period, as it stands now. Keep the secret: it is shown in this answer only, "
        "and whoever has it reads the statement until it expires or is revoked. Location is its address.",
        tags=list(TAGS),
        parameters=[IDEMPOTENCY],
        filters=False,
        request={"application/json": shapes.NewStatementSerializer},
        responses=answers(201, shapes.StatementWithSecretSerializer, 400, 401, 403, 404, 409, 413, 422),
    )
    def post(self, request: Request) -> HttpResponse:
        """What is kept under an Idempotency-Key is without the secret, which is put in when the answer goes out."""
        secrets: list[str] = []
        kept = respond_once(request, lambda: self.make(request, secrets, timezone.now()))
        # Nobody can tell it again: of a repeated request it is null.
        return shown_once(kept, "secret", secrets[0] if secrets else None)

    def make(self, request: Request, secrets: list[str], now: datetime) -> Response:
        volunteer = whom(None, None, request.user, now)
        serializer = shapes.NewStatementSerializer(
            data=request.data, context={"request": request, "now": now}
        )
        serializer.is_valid(raise_exception=True)
        facts = serializer.validated_data
        made, secret = statements.make_statement(volunteer, **facts, by=request.user, now=now)
        secrets.append(secret)
        where = reverse("volunteers_api:statement", args=[made.pk])
        return Response(shapes.StatementSerializer(ready(made)).data, status=201, headers={"Location": where})


class StatementView(GenericAPIView):
    scopes = {"GET": READ}
    queryset = Statement.objects.none()
    serializer_class = shapes.StatementSerializer

    @extend_schema(
        operation_id="get_statement",
        summary="A statement of service of one's own",
        tags=list(TAGS),
        parameters=SEEN,
        responses=answers(200, shapes.StatementSerializer, 401, 404),
    )
    def get(self, request: Request, pk: int) -> Response:
        one = ready(find_statement(request.user, timezone.now(), pk))
        return respond_with(self.get_serializer(one), request)


def _revoke(one: Statement, data: dict[str, Any], *, by: Any, now: datetime) -> Any:
    return ready(statements.revoke_statement(one, by=by, now=now))


STEPS = {
    "statements/<int:pk>/revoke/": step_view(
        "revoke_statement",
        "Revoke a statement",
        "Its link opens nothing any more.",
        find=find_statement,
        ask=ask_nothing,
        act=_revoke,
        gives=shapes.StatementSerializer,
        tags=TAGS,
    ),
}
urlpatterns = [
    path("statements/", StatementListView.as_view(), name="statements"),
    path("statements/<int:pk>/", StatementView.as_view(), name="statement"),
    *(path(address, view.as_view()) for address, view in STEPS.items()),
]
