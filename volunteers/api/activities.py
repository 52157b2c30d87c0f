"""Activities over REST: found, made, and the code that whoever comes scans. What is done to them: activity_steps."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import django_filters as filters
from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from grids.api.filters import AskedFilterSet, MomentFilter, either, true_false_filter
from issues.models import Issue
from trail.api.paging import Key, moment_key, whole_key
from trail.api.schema import IDEMPOTENCY, SEEN, answers
from trail.api.sparse import asked_fields, shown
from trail.api.views import ListView
from trail.conditions import Tagged
from trail.idempotency import respond_once
from trail.scopes import MANAGE, READ
from volunteers.actions import activities
from volunteers.actions.running import ties_of
from volunteers.activities import offered, refusal, state_choices
from volunteers.api import activity_shapes as shapes
from volunteers.api.filters import community_filter, number_filter
from volunteers.api.people import find_in, require_runs
from volunteers.check_in import code_at, seconds_left
from volunteers.models import Activity, Team, Volunteer

TAGS = ("activities",)
ORDER: dict[str, list[Key]] = {
    "newest": [moment_key("starts_at", descending=True), whole_key("pk", descending=True)],
    "next": [moment_key("starts_at"), whole_key("pk")],
}
ORDERS = (("newest", "newest"), ("next", "next"))


def with_all(rows: QuerySet) -> QuerySet:
    """Along with what is shown of an activity, and with who leads its team."""
    found = rows.select_related("unit", "team__leader").prefetch_related("shifts")
    return found.defer("unit__boundary", "secret")


def seen_activities(user: Any, now: datetime) -> QuerySet:
    return with_all(Activity.objects.in_reach(user, now))


def find_activity(user: Any, now: datetime, pk: int) -> Activity:
    return find_in(seen_activities(user, now), pk)


def ready(rows: Iterable[Activity], user: Any, now: datetime) -> list[Any]:
    """Each with the code of its issue, if the reader sees it, and what the reader may do. Two queries at most."""
    found: list[Any] = list(rows)
    wanted = {one.issue_id for one in found} - {None}
    seen = Issue.objects.visible_to(user, now).filter(pk__in=wanted) if wanted else Issue.objects.none()
    codes = dict(seen.values_list("pk", "code"))
    oneself = Volunteer.objects.active().of_user(user).first()
    for one in found:
        one.issue_code = codes.get(one.issue_id)
        one.allowed = offered(one.state, ties_of(one, user, now, oneself))
    return found


def fresh(activity: Activity, by: Any, now: datetime) -> Any:
    """As it is now, for whoever has just done something to it."""
    return ready([with_all(Activity.objects.all()).get(pk=activity.pk)], by, now)[0]


class ActivityFilter(AskedFilterSet):
    state = filters.ChoiceFilter(choices=state_choices(), help_text="In this state.")
    community = community_filter()
    team = number_filter("team", "Of the team of this number.")
    series = number_filter("series", "Of the series of this number.")
    offered = true_false_filter("Still to begin, and open for signing up.", method="by_offer")
    begins_after = MomentFilter(
        field_name="starts_at", lookup_expr="gte", help_text="Begins at this moment or later."
    )
    begins_before = MomentFilter(
        field_name="starts_at", lookup_expr="lt", help_text="Begins before this moment."
    )
    ordering = filters.ChoiceFilter(
        choices=ORDERS,
        method="by_order",
        help_text="`newest` first, as if left out; `next`: what begins first stands first.",
    )

    def by_offer(self, queryset: QuerySet, name: str, value: bool) -> QuerySet:
        on_offer = Activity.objects.offered(timezone.now()).order_by().values("pk")
        return either(queryset, on_offer, value)

    def by_order(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """The order itself is the pages'."""
        return queryset


def require_maker(user: Any, now: datetime) -> None:
    """Runs volunteering, or leads a team: whoever does neither learns nothing by what is sent. Raises NotAllowed."""
    if not Team.objects.open().led_by(user).exists():
        require_runs(user, now)


class ActivityListView(ListView):
    scopes = {"GET": READ, "POST": MANAGE}
    queryset = Activity.objects.none()
    serializer_class = shapes.ActivitySerializer
    filterset_class = ActivityFilter

    def get_queryset(self) -> QuerySet:
        return seen_activities(self.request.user, timezone.now())

    def paginate_queryset(self, queryset: QuerySet) -> list[Any]:
        return ready(super().paginate_queryset(queryset), self.request.user, timezone.now())

    def order(self, request: Request) -> tuple[str, list[Key]]:
        name = request.query_params.get("ordering") or "newest"
        return name, ORDER[name]

    @extend_schema(
        operation_id="list_activities",
        summary="Activities of volunteers",
        description="Those that the caller runs (where they run volunteering, or of the team that they lead), drafts "
        "too; for a volunteer those of the district that have been opened.",
        tags=list(TAGS),
        responses=answers(200, shapes.ActivitySerializer(many=True), 400, 401),
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request)

    @extend_schema(
        operation_id="add_activity",
        summary="Make an activity",
        description="A draft, by whoever runs volunteering at the unit, or leads the team of the place that does it. "
        "With `issue` it helps to solve one (请志愿者帮忙), and its result goes back there. Location is its address.",
        tags=list(TAGS),
        parameters=[IDEMPOTENCY],
        filters=False,
        request={"application/json": shapes.NewActivitySerializer},
        responses=answers(201, shapes.ActivitySerializer, 400, 401, 403, 409, 413, 422),
    )
    def post(self, request: Request) -> HttpResponse:
        return respond_once(request, lambda: self.add(request, timezone.now()))

    def add(self, request: Request, now: datetime) -> Response:
        require_maker(request.user, now)
        serializer = shapes.NewActivitySerializer(data=request.data, context={"request": request, "now": now})
        serializer.is_valid(raise_exception=True)
        made = fresh(self.make(serializer.validated_data, request.user, now), request.user, now)
        where = reverse("volunteers_api:activity", args=[made.pk])
        return Response(shapes.ActivitySerializer(made).data, status=201, headers={"Location": where})

    def make(self, facts: dict[str, Any], by: Any, now: datetime) -> Activity:
        """At the unit that is named, else where the team or the issue is."""
        facts, team = dict(facts), facts.get("team")
        if issue := facts.pop("issue", None):
            return activities.ask_volunteers(issue, **facts, by=by, now=now)
        unit = facts.pop("unit", None) or (team.unit if team else None)
        if unit is None:
            missing = shapes.NewActivitySerializer().fields["unit"].error_messages["required"]
            raise ValidationError({"unit": [missing]}, code="required")
        return activities.add_activity(unit=unit, **facts, by=by, now=now)


class ActivityView(GenericAPIView):
    scopes = {"GET": READ}
    queryset = Activity.objects.none()
    serializer_class = shapes.ActivitySerializer

    @extend_schema(
        operation_id="get_activity",
        summary="An activity",
        tags=list(TAGS),
        parameters=SEEN,
        responses=answers(200, shapes.ActivitySerializer, 401, 404),
    )
    def get(self, request: Request, pk: int) -> Response:
        now = timezone.now()
        (one,) = ready([find_activity(request.user, now, pk)], request.user, now)
        return tagged(self.get_serializer(one), request, one.version)


def tagged(serializer: Any, request: Request, version: int) -> Response:
    """A detail of something with a version: the fields that are asked for, with its ETag."""
    return Tagged(shown(serializer, asked_fields(request, type(serializer))), request, version)


class CheckInCodeView(APIView):
    scopes = {"GET": READ}

    @extend_schema(
        operation_id="get_check_in_code",
        summary="The code on the screen",
        description="For those who run the activity: whoever comes scans or types it. It changes every minute.",
        tags=list(TAGS),
        responses=answers(200, shapes.CheckInCodeSerializer, 401, 403, 404, 409),
    )
    def get(self, request: Request, pk: int) -> Response:
        now = timezone.now()
        one = find_activity(request.user, now, pk)
        if no := refusal("check_in", one.state, ties_of(one, request.user, now)):
            raise no
        told = {"code": code_at(one.secret, now), "seconds_left": seconds_left(now)}
        return Response(shapes.CheckInCodeSerializer(told).data, headers={"Cache-Control": "no-store"})


urlpatterns = [
    path("activities/", ActivityListView.as_view(), name="activities"),
    path("activities/<int:pk>/", ActivityView.as_view(), name="activity"),
    path("activities/<int:pk>/check_in_code/", CheckInCodeView.as_view(), name="check_in_code"),
]
