"""Scheduled tasks over REST: those at places that one sees; made, put to rest and started again by the dispatchers of the
place, by the same actions as in the staff admin."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from grids.api.fields import CodeField, PartyField
from grids.api.filters import AskedFilterSet, text_filter, true_false_filter
from grids.api.steps import step_view
from grids.standing import standing_of
from issues.actions.schedules import (
    CAPABILITY,
    add_schedule,
    check_scheduler,
    may_schedule,
    start_schedule,
    stop_schedule,
)
from issues.api.read import CategoryWordField
from issues.api.write import CategoryField
from issues.models import Schedule
from issues.occurrences import next_few, stopped_because
from issues.worktimes import worktime_of
from notices.api.preferences import ClockField
from trail.api.paging import Key, whole_key
from trail.api.schema import IDEMPOTENCY, SEEN, answers
from trail.api.views import ListView, respond_with
from trail.districts import sees_all
from trail.idempotency import respond_once
from trail.scopes import MANAGE, READ

TAGS = ["schedules"]
# As on the page.
READERS = ("read_below", "supervise", CAPABILITY)


class ScheduleRowSerializer(serializers.Serializer):
    """A task that comes again, as lists show it."""

    id = serializers.IntegerField(source="pk", help_text="Its number; the id in addresses.")
    place = PartyField(help_text="Where it is to be done.")
    category = CategoryWordField(help_text="What the issue is about that is made of it.")
    text = serializers.CharField(help_text="What is to be done.")
    weekdays = serializers.ListField(
        child=serializers.IntegerField(), help_text="On these days of the week: 0 is Monday."
    )
    month_days = serializers.ListField(
        child=serializers.IntegerField(),
        help_text="On these days of the month, -1 is the last. Neither these nor `weekdays`: every day.",
    )
    at = ClockField(help_text="At this time, by the clock of the platform.")
    only_working_days = serializers.BooleanField(
        help_text="A day of the week that is off falls out, one of the month moves to the next working day."
    )
    starts_on = serializers.DateField(help_text="From this day on.")
    until = serializers.DateField(allow_null=True, help_text="The last day; null for no end.")
    is_active = serializers.BooleanField(help_text="It comes again; false: it rests.")
    next_at = serializers.DateTimeField(
        allow_null=True, help_text="When it comes next; null while it rests, and where it has ended."
    )
    stopped_because = serializers.SerializerMethodField(
        help_text="Why it has stopped by itself, in the reader's language; empty where it has not."
    )
    created_at = serializers.DateTimeField(help_text="When it was made.")
    allowed = serializers.SerializerMethodField(
        help_text="What the caller may do with it now: stop or start."
    )

    def get_stopped_because(self, schedule: Schedule) -> str:
        return str(stopped_because(schedule.stopped_because))

    def get_allowed(self, schedule: Schedule) -> list[str]:
        if not may_schedule(schedule.place, self.context["request"].user, timezone.now()):
            return []
        return ["stop" if schedule.is_active else "start"]


class ScheduleSerializer(ScheduleRowSerializer):
    """A task that comes again."""

    coming = serializers.ListField(
        child=serializers.DateTimeField(), help_text="The next five times; none while it rests."
    )


class NewScheduleSerializer(serializers.Serializer):
    """A task that is to come again."""

    place = CodeField("unit", help_text="Code of the unit where it is to be done.")
    category = CategoryField(max_length=40, help_text="Key of the category: no danger, no complaint.")
    text = serializers.CharField(
        min_length=2, max_length=500, help_text="What is to be done. Name no persons."
    )
    at = ClockField(help_text="At this time, by the clock of the platform.")
    weekdays = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=6),
        required=False,
        max_length=7,
        help_text="On these days of the week: 0 is Monday. Neither these nor `month_days`: every day.",
    )
    month_days = serializers.ListField(
        child=serializers.IntegerField(min_value=-1, max_value=31),
        required=False,
        max_length=32,
        help_text="Instead: on these days of the month, -1 is the last; a month that lacks a day takes its last.",
    )
    only_working_days = serializers.BooleanField(
        default=True,
        help_text="A day of the week that is off falls out, one of the month moves to the next working day.",
    )
    starts_on = serializers.DateField(required=False, help_text="From this day on; from today if left out.")
    until = serializers.DateField(required=False, help_text="The last day; without end if left out.")


class ScheduleFilter(AskedFilterSet):
    place = text_filter(field_name="place__code", help_text="At exactly the unit with this code.")
    category = text_filter(field_name="category__key", help_text="Of the category with this key.")
    active = true_false_filter("Those that come again; false: those that rest.", field_name="is_active")


def seen_schedules(user: Any, now: datetime) -> QuerySet:
    """Those at places that one sees, for whoever reads them on the page."""
    found = Schedule.objects.select_related("place", "category").defer("place__boundary")
    if not (sees_all(user) or standing_of(user, now).with_capability(*READERS)):
        return found.none()
    return found.visible_to(user, now)


def find_schedule(user: Any, now: datetime, pk: int) -> Schedule:
    """A foreign one is as unknown as one that does not exist: Http404."""
    found: Any = seen_schedules(user, now).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


class ScheduleListView(ListView):
    scopes = {"GET": READ, "POST": MANAGE}
    queryset = Schedule.objects.none()
    serializer_class = ScheduleRowSerializer
    filterset_class = ScheduleFilter

    def get_queryset(self) -> QuerySet:
        return seen_schedules(self.request.user, timezone.now())

    def order(self, request: Request) -> tuple[str, list[Key]]:
        return "newest", [whole_key("pk", descending=True)]

    @extend_schema(
        operation_id="list_schedules",
        summary="Scheduled tasks",
        description="What has to be done again and again at places that the caller sees. For those who read or dispatch "
        "there; for others the list is empty.",
        tags=TAGS,
        responses=answers(200, ScheduleRowSerializer(many=True), 400, 401),
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request)

    @extend_schema(
        operation_id="add_schedule",
        summary="Add a scheduled task",
        description="By the dispatchers of the place. Each time that it is due an issue is made of it, and goes where the "
        "rules say. 409: `days` for days that there are not, `never` for what would never come, `danger` and `person` for "
        "categories that nobody schedules. Location is its address.",
        tags=TAGS,
        parameters=[IDEMPOTENCY],
        filters=False,
        request={"application/json": NewScheduleSerializer},
        responses=answers(201, ScheduleRowSerializer, 400, 401, 403, 409, 413, 422),
    )
    def post(self, request: Request) -> HttpResponse:
        return respond_once(request, lambda: self.add(request, timezone.now()))

    def add(self, request: Request, now: datetime) -> Response:
        context = {"request": request, "now": now}
        serializer = NewScheduleSerializer(data=request.data, context=context)
        serializer.is_valid(raise_exception=True)
        made = add_schedule(by=request.user, now=now, **serializer.validated_data)
        said = ScheduleRowSerializer(made, context=context).data
        where = reverse("issues_api:schedule", args=[made.pk])
        return Response(said, status=201, headers={"Location": where})


class ScheduleView(APIView):
    scopes = {"GET": READ}

    @extend_schema(
        operation_id="get_schedule",
        summary="A scheduled task",
        description="With the next five times that it comes.",
        tags=TAGS,
        parameters=SEEN,
        responses=answers(200, ScheduleSerializer, 401, 404),
    )
    def get(self, request: Request, pk: int) -> Response:
        now = timezone.now()
        one: Any = find_schedule(request.user, now, pk)
        works = worktime_of(one.place.district_id).is_working_day
        one.coming = next_few(one.rule, now, works) if one.is_active else []
        return respond_with(ScheduleSerializer(one, context={"request": request}), request)


def _ask(schedule: Schedule, user: Any, now: datetime) -> None:
    check_scheduler(schedule.place, user, now)


def _stop(schedule: Schedule, data: dict[str, Any], *, by: Any, now: datetime) -> Schedule:
    return stop_schedule(schedule, by=by, now=now)


def _start(schedule: Schedule, data: dict[str, Any], *, by: Any, now: datetime) -> Schedule:
    return start_schedule(schedule, by=by, now=now)


def _step(key: str, summary: str, text: str, act: Any) -> Any:
    return step_view(
        f"{key}_schedule",
        summary,
        text,
        find=find_schedule,
        ask=_ask,
        act=act,
        gives=ScheduleRowSerializer,
        tags=tuple(TAGS),
    )


STEPS = {
    "stop": _step(
        "stop",
        "Put a scheduled task to rest",
        "Until it is started again. 409 (schedule_state) for one that rests.",
        _stop,
    ),
    "start": _step(
        "start",
        "Start a scheduled task again",
        "From now on; what was missed stays missed. 409: `schedule_state` for one that runs, `never`, `inactive_category`.",
        _start,
    ),
}
