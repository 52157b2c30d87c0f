"""Teams and stations over REST: by the same actions as the pages."""

from datetime import datetime
from typing import Any

import django_filters as filters
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from grids.actions.authority import require
from grids.api.filters import OpenFilter, text_filter
from grids.api.steps import step_view
from trail.api.paging import Key, text_key, whole_key
from trail.api.schema import IDEMPOTENCY, SEEN, answers
from trail.api.views import ListView, respond_with
from trail.idempotency import respond_once
from trail.scopes import MANAGE, READ
from volunteers.actions import stations, teams
from volunteers.actions.running import placed, runs_there
from volunteers.api import shapes
from volunteers.api.people import TAGS, find_in, require_runs
from volunteers.models import Membership, Station, Team, Volunteer
from volunteers.querysets import RUNS
from volunteers.words import topic_choices


def seen_teams(user: Any, now: datetime) -> QuerySet:
    found = Team.objects.in_reach(user, now).with_members().select_related("unit", "leader")
    return found.defer("unit__boundary")


def seen_stations(user: Any, now: datetime) -> QuerySet:
    return Station.objects.in_reach(user, now).select_related("unit").defer("unit__boundary")


class TeamFilter(OpenFilter):
    community = text_filter(field_name="community__code", help_text="Of the community with this code.")
    topic = filters.ChoiceFilter(choices=topic_choices(), help_text="For this.")


class StationFilter(OpenFilter):
    community = text_filter(field_name="community__code", help_text="Of the community with this code.")


class _ByName(ListView):
    scopes = {"GET": READ, "POST": MANAGE}

    def order(self, request: Request) -> tuple[str, list[Key]]:
        return "name", [text_key("name"), whole_key("pk")]


class TeamListView(_ByName):
    queryset = Team.objects.none()
    serializer_class = shapes.TeamSerializer
    filterset_class = TeamFilter

    def get_queryset(self) -> QuerySet:
        return seen_teams(self.request.user, timezone.now())

    @extend_schema(
        operation_id="list_teams",
        summary="Volunteer teams",
        description="Of where the caller runs volunteering; for a volunteer the open ones of the district. By name.",
        tags=list(TAGS),
        responses=answers(200, shapes.TeamSerializer(many=True), 400, 401),
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request)

    @extend_schema(
        operation_id="open_team",
        summary="Open a team",
        description="Of a community, by whoever runs volunteering there. Location is its address.",
        tags=list(TAGS),
        parameters=[IDEMPOTENCY],
        filters=False,
        request={"application/json": shapes.NewTeamSerializer},
        responses=answers(201, shapes.TeamSerializer, 400, 401, 403, 409, 413, 422),
    )
    def post(self, request: Request) -> HttpResponse:
        return respond_once(request, lambda: self.open(request, timezone.now()))

    def open(self, request: Request, now: datetime) -> Response:
        require_runs(request.user, now)
        serializer = shapes.NewTeamSerializer(data=request.data, context={"request": request, "now": now})
        serializer.is_valid(raise_exception=True)
        facts = dict(serializer.validated_data)
        made = teams.open_team(facts.pop("community"), **facts, by=request.user, now=now)
        where = reverse("volunteers_api:team", args=[made.pk])
        return Response(shapes.TeamSerializer(fresh(made)).data, status=201, headers={"Location": where})


class TeamView(GenericAPIView):
    scopes = {"GET": READ}
    queryset = Team.objects.none()
    serializer_class = shapes.TeamSerializer

    @extend_schema(
        operation_id="get_team",
        summary="A volunteer team",
        tags=list(TAGS),
        parameters=SEEN,
        responses=answers(200, shapes.TeamSerializer, 401, 404),
    )
    def get(self, request: Request, pk: int) -> Response:
        return respond_with(
            self.get_serializer(find_in(seen_teams(request.user, timezone.now()), pk)), request
        )


class StationListView(_ByName):
    queryset = Station.objects.none()
    serializer_class = shapes.StationSerializer
    filterset_class = StationFilter

    def get_queryset(self) -> QuerySet:
        return seen_stations(self.request.user, timezone.now())

    @extend_schema(
        operation_id="list_stations",
        summary="Volunteer service stations",
        description="Of where the caller runs volunteering; for a volunteer the open ones of the district. By name.",
        tags=list(TAGS),
        responses=answers(200, shapes.StationSerializer(many=True), 400, 401),
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request)

    @extend_schema(
        operation_id="open_station",
        summary="Open a station",
        description="Of a community, by whoever runs volunteering there. Location is its address.",
        tags=list(TAGS),
        parameters=[IDEMPOTENCY],
        filters=False,
        request={"application/json": shapes.NewStationSerializer},
        responses=answers(201, shapes.StationSerializer, 400, 401, 403, 409, 413, 422),
    )
    def post(self, request: Request) -> HttpResponse:
        return respond_once(request, lambda: self.open(request, timezone.now()))

    def open(self, request: Request, now: datetime) -> Response:
        require_runs(request.user, now)
        serializer = shapes.NewStationSerializer(data=request.data, context={"request": request, "now": now})
        serializer.is_valid(raise_exception=True)
        facts = dict(serializer.validated_data)
        made = stations.open_station(facts.pop("community"), **facts, by=request.user, now=now)
        where = reverse("volunteers_api:station", args=[made.pk])
        return Response(shapes.StationSerializer(made).data, status=201, headers={"Location": where})


class StationView(GenericAPIView):
    scopes = {"GET": READ}
    queryset = Station.objects.none()
    serializer_class = shapes.StationSerializer

    @extend_schema(
        operation_id="get_station",
        summary="A volunteer service station",
        tags=list(TAGS),
        parameters=SEEN,
        responses=answers(200, shapes.StationSerializer, 401, 404),
    )
    def get(self, request: Request, pk: int) -> Response:
        return respond_with(
            self.get_serializer(find_in(seen_stations(request.user, timezone.now()), pk)), request
        )


def fresh(team: Team) -> Any:
    """As it is now, with its members counted."""
    return (
        Team.objects.with_members().select_related("unit", "leader").defer("unit__boundary").get(pk=team.pk)
    )


def _team(user: Any, now: datetime, pk: int) -> Team:
    return find_in(seen_teams(user, now), pk)


def _station(user: Any, now: datetime, pk: int) -> Station:
    return find_in(seen_stations(user, now), pk)


def _ask(one: Any, user: Any, now: datetime) -> None:
    require(user, RUNS, one.unit, now)


def _ask_nothing(one: Any, user: Any, now: datetime) -> None:
    """The action says whose it is."""


def whom(team: Team | None, number: int | None, by: Any, now: datetime) -> Volunteer:
    """Oneself; else somebody whom the caller sees, or a member of the team for those who lead it or run volunteering there.
    A foreign one is as unknown as one that does not exist."""
    seen = Volunteer.objects.visible_to(by, now)
    if number is None:
        found = seen.of_user(by).first()
    else:
        found = seen.filter(pk=number).first()
        if found is None and team is not None and _knows_members(team, by, now):
            member = Membership.objects.current().filter(team=team, volunteer=number)
            found = next((one.volunteer for one in member.select_related("volunteer")), None)
    if found is None:
        raise Http404
    return found


def _knows_members(team: Team, by: Any, now: datetime) -> bool:
    return teams.leads(team, by) or runs_there(by, placed(team), now)


def _change_team(one: Team, data: dict[str, Any], *, by: Any, now: datetime) -> Any:
    return fresh(teams.change_team(one, by=by, now=now, **data))


def _close_team(one: Team, data: dict[str, Any], *, by: Any, now: datetime) -> Any:
    return fresh(teams.close_team(one, by=by, now=now))


def _lead(one: Team, data: dict[str, Any], *, by: Any, now: datetime) -> Any:
    number = data["volunteer"]
    leader = None if number is None else whom(one, number, by, now)
    return fresh(teams.set_leader(one, leader=leader, by=by, now=now))


def _join(one: Team, data: dict[str, Any], *, by: Any, now: datetime) -> Any:
    teams.join_team(one, whom(one, data.get("volunteer"), by, now), by=by, now=now)
    return fresh(one)


def _leave(one: Team, data: dict[str, Any], *, by: Any, now: datetime) -> Any:
    return fresh(teams.leave_team(one, whom(one, data.get("volunteer"), by, now), by=by, now=now))


def _change_station(one: Station, data: dict[str, Any], *, by: Any, now: datetime) -> Station:
    return stations.change_station(one, by=by, now=now, **data)


def _close_station(one: Station, data: dict[str, Any], *, by: Any, now: datetime) -> Station:
    return stations.close_station(one, by=by, now=now)


_OF_TEAM: dict[str, Any] = {"find": _team, "gives": shapes.TeamSerializer, "tags": TAGS}
_OF_STATION: dict[str, Any] = {
    "find": _station,
    "ask": _ask,
    "gives": shapes.StationSerializer,
    "tags": TAGS,
}
STEPS = {
    "teams/<int:pk>/change/": step_view(
        "change_team",
        "Change a team",
        "Its name, what it is for, what it does: all of them as they shall be.",
        ask=_ask,
        act=_change_team,
        takes=shapes.TeamFactsSerializer,
        **_OF_TEAM,
    ),
    "teams/<int:pk>/close/": step_view(
        "close_team",
        "Close a team",
        "Its members belong to it until now.",
        ask=_ask,
        act=_close_team,
        **_OF_TEAM,
    ),
    "teams/<int:pk>/lead/": step_view(
        "name_leader",
        "Name the leader",
        "By whoever runs volunteering there, or by the leader, who hands over to a member.",
        ask=_ask_nothing,
        act=_lead,
        takes=shapes.LeaderSerializer,
        **_OF_TEAM,
    ),
    "teams/<int:pk>/join/": step_view(
        "join_team",
        "Join a team",
        "By a volunteer of the district; of somebody else by whoever runs volunteering there.",
        ask=_ask_nothing,
        act=_join,
        takes=shapes.MemberSerializer,
        **_OF_TEAM,
    ),
    "teams/<int:pk>/leave/": step_view(
        "leave_team",
        "Leave a team",
        "Oneself; the leader and whoever runs volunteering there take others out.",
        ask=_ask_nothing,
        act=_leave,
        takes=shapes.MemberSerializer,
        **_OF_TEAM,
    ),
    "stations/<int:pk>/change/": step_view(
        "change_station",
        "Change a station",
        "Name, address, hours, telephone: all of them as they shall be.",
        act=_change_station,
        takes=shapes.StationFactsSerializer,
        **_OF_STATION,
    ),
    "stations/<int:pk>/close/": step_view(
        "close_station", "Close a station", "No longer open to anybody.", act=_close_station, **_OF_STATION
    ),
}
urlpatterns = [
    path("teams/", TeamListView.as_view(), name="teams"),
    path("teams/<int:pk>/", TeamView.as_view(), name="team"),
    path("stations/", StationListView.as_view(), name="stations"),
    path("stations/<int:pk>/", StationView.as_view(), name="station"),
    *(path(address, view.as_view()) for address, view in STEPS.items()),
]
