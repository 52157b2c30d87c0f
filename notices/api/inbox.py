"""One's own inbox over REST: what one was told, how much is unread, and that it was read."""

from datetime import datetime
from typing import Any

import django_filters as filters
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from grids.api.filters import AskedFilterSet, true_false_filter
from notices.actions import mark_all_read, mark_read
from notices.models import Notice
from notices.words import URGENCIES, urgency_choices
from trail.api.fields import WordField
from trail.api.paging import Key, whole_key
from trail.api.schema import IDEMPOTENCY, answers
from trail.api.views import ListView
from trail.idempotency import respond_once
from trail.scopes import HANDLE, READ

TAGS = ["notices"]


def urgency_words() -> dict[str, Any]:
    return {row.key: row.label for row in URGENCIES}


class NoticeSerializer(serializers.Serializer):
    """What one was told."""

    id = serializers.IntegerField(source="pk", help_text="Its number.")
    event = serializers.CharField(
        source="event_id", help_text="Id of what has happened, as on the feed of events."
    )
    key = serializers.CharField(help_text="What kind of thing it says. Never changes.")
    words = serializers.CharField(help_text="What has happened, in the reader's language.")
    about = serializers.CharField(
        allow_blank=True,
        help_text="What it happened to, in the reader's language; empty where nothing is named.",
    )
    link = serializers.CharField(
        allow_blank=True, help_text="The page that it leads to: a path of this site."
    )
    urgency = WordField(urgency_words, help_text="How loud it is.")
    created_at = serializers.DateTimeField(help_text="When it was told.")
    read_at = serializers.DateTimeField(allow_null=True, help_text="When it was read; null before.")


class UnreadSerializer(serializers.Serializer):
    unread = serializers.IntegerField(help_text="n: how many in the inbox are unread.")


class ReadAllSerializer(serializers.Serializer):
    up_to = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=2**63 - 1,
        help_text="Number of the newest one that was looked at; what came later stays unread. All if left out.",
    )


class ReadSerializer(serializers.Serializer):
    marked = serializers.IntegerField(help_text="n: how many were unread until now.")


class NoticeFilter(AskedFilterSet):
    unread = true_false_filter("Only unread ones; false: only read ones.", method="by_unread")
    urgency = filters.ChoiceFilter(choices=urgency_choices(), help_text="Of this urgency.")

    def by_unread(self, queryset: QuerySet, name: str, value: bool) -> QuerySet:
        return queryset.filter(read_at__isnull=value)


class NoticeListView(ListView):
    scopes = {"GET": READ}
    queryset = Notice.objects.none()
    serializer_class = NoticeSerializer
    filterset_class = NoticeFilter

    def get_queryset(self) -> QuerySet:
        return Notice.objects.inbox(self.request.user)

    def order(self, request: Request) -> tuple[str, list[Key]]:
        return "newest", [whole_key("pk", descending=True)]

    @extend_schema(
        operation_id="list_notices",
        summary="Notices",
        description="One's own inbox, the newest first.",
        tags=TAGS,
        responses=answers(200, NoticeSerializer(many=True), 400, 401),
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request)


class UnreadView(APIView):
    scopes = {"GET": READ}

    @extend_schema(
        operation_id="count_unread_notices",
        summary="Unread notices",
        description="The number on the bell.",
        tags=TAGS,
        responses=answers(200, UnreadSerializer, 401),
    )
    def get(self, request: Request) -> Response:
        return Response({"unread": Notice.objects.unread_count(request.user)})


class ReadView(APIView):
    scopes = {"POST": HANDLE}

    @extend_schema(
        operation_id="read_notice",
        summary="Mark a notice as read",
        description="The first time counts.",
        tags=TAGS,
        parameters=[IDEMPOTENCY],
        request=None,
        responses=answers(200, NoticeSerializer, 400, 401, 404, 422),
    )
    def post(self, request: Request, pk: int) -> HttpResponse:
        return respond_once(request, lambda: self.read(request, pk, timezone.now()))

    def read(self, request: Request, pk: int, now: datetime) -> Response:
        notice = Notice.objects.inbox(request.user).filter(pk=pk).first()
        if notice is None:
            raise Http404
        return Response(NoticeSerializer(mark_read(notice, by=request.user, now=now)).data)


class ReadAllView(APIView):
    scopes = {"POST": HANDLE}

    @extend_schema(
        operation_id="read_all_notices",
        summary="Mark all notices as read",
        description="Give `up_to`, else what came while you were reading counts as read too.",
        tags=TAGS,
        parameters=[IDEMPOTENCY],
        request={"application/json": ReadAllSerializer},
        responses=answers(200, ReadSerializer, 400, 401, 413, 422),
    )
    def post(self, request: Request) -> HttpResponse:
        return respond_once(request, lambda: self.read(request, timezone.now()))

    def read(self, request: Request, now: datetime) -> Response:
        serializer = ReadAllSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        return Response({"marked": mark_all_read(by=request.user, now=now, **serializer.validated_data)})
