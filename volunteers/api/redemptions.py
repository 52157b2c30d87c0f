"""Redemptions over REST: a good put aside for oneself, handed out for its code, given up, taken back."""

from datetime import datetime
from typing import Any

import django_filters as filters
from django.db.models import QuerySet
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from grids.actions.authority import require
from grids.api.filters import AskedFilterSet, either, true_false_filter
from grids.api.steps import NothingSerializer, step_view
from trail.api.paging import Key, whole_key
from trail.api.schema import SEEN, answers
from trail.api.views import ListView, respond_with
from trail.refusals import NotAllowed, Refused
from trail.scopes import READ
from volunteers.actions import redeem
from volunteers.api import point_shapes as shapes
from volunteers.api.activity_steps import ask_nothing
from volunteers.api.filters import community_filter, number_filter
from volunteers.api.goods import find_good
from volunteers.api.people import find_in
from volunteers.api.points import TAGS
from volunteers.api.teams import seen_stations, whom
from volunteers.goods_querysets import reads_code
from volunteers.ledger import redemption_choices
from volunteers.models import Good, Redemption, Station
from volunteers.querysets import RUNS, runs_at


def with_all(rows: QuerySet) -> QuerySet:
    """Along with what is shown of a redemption. Its code is no part of it."""
    found = rows.select_related("good", "account__volunteer", "station__unit")
    return found.defer("code", "station__unit__boundary")


def find_redemption(user: Any, now: datetime, pk: int) -> Redemption:
    return find_in(with_all(Redemption.objects.visible_to(user, now)), pk)


def ready(one: Any, user: Any, now: datetime) -> Any:
    """A redemption with what the reader may do about it."""
    own, runs = one.is_of(user), runs_at(user, one, now)
    fits = {
        "release": one.state == "reserved" and (own or runs),
        "return": one.state == "collected" and runs and not own,
    }
    one.allowed = [verb for verb, may in fits.items() if may]
    return one


def fresh(one: Redemption, by: Any, now: datetime) -> Any:
    """As it is now, for whoever has just done something about it."""
    return ready(with_all(Redemption.objects.all()).get(pk=one.pk), by, now)


class RedemptionFilter(AskedFilterSet):
    good = number_filter("good", "Of the good of this number.")
    station = number_filter("station", "At the station of this number.")
    volunteer = number_filter("account__volunteer", "Of the volunteer of this number.")
    community = community_filter()
    state = filters.ChoiceFilter(choices=redemption_choices(), help_text="In this state.")
    mine = true_false_filter("One's own; false: those of others.", method="by_mine")

    def by_mine(self, queryset: QuerySet, name: str, value: bool) -> QuerySet:
        return either(queryset, Redemption.objects.of_user(self.request.user), value)


class RedemptionListView(ListView):
    scopes = {"GET": READ}
    queryset = Redemption.objects.none()
    serializer_class = shapes.RedemptionSerializer
    filterset_class = RedemptionFilter

    def get_queryset(self) -> QuerySet:
        return with_all(Redemption.objects.visible_to(self.request.user, timezone.now()))

    def paginate_queryset(self, queryset: QuerySet) -> list[Any]:
        now = timezone.now()
        return [ready(one, self.request.user, now) for one in super().paginate_queryset(queryset)]

    def order(self, request: Request) -> tuple[str, list[Key]]:
        return "newest", [whole_key("pk", descending=True)]

    @extend_schema(
        operation_id="list_redemptions",
        summary="Redemptions",
        description="One's own, those at the stations that the caller runs, and those of volunteers without an account "
        "at home there; the newest first. Without codes.",
        tags=list(TAGS),
        responses=answers(200, shapes.RedemptionSerializer(many=True), 400, 401),
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request)


class RedemptionView(GenericAPIView):
    scopes = {"GET": READ}
    queryset = Redemption.objects.none()
    serializer_class = shapes.RedemptionSerializer

    @extend_schema(
        operation_id="get_redemption",
        summary="A redemption",
        tags=list(TAGS),
        parameters=SEEN,
        responses=answers(200, shapes.RedemptionSerializer, 401, 404),
    )
    def get(self, request: Request, pk: int) -> Response:
        now = timezone.now()
        one = ready(find_redemption(request.user, now, pk), request.user, now)
        return respond_with(self.get_serializer(one), request)


class CodeView(APIView):
    scopes = {"GET": READ}

    @extend_schema(
        operation_id="get_collection_code",
        summary="The code of a redemption",
        description="For the owner, who shows it at the station; of a volunteer without an account for whoever runs "
        "volunteering where they are at home. Whoever hands out does not read it. 409 (`ended`) once it opens nothing.",
        tags=list(TAGS),
        responses=answers(200, shapes.CodeToShowSerializer, 401, 403, 404, 409),
    )
    def get(self, request: Request, pk: int) -> Response:
        now = timezone.now()
        one = find_redemption(request.user, now, pk)
        if not reads_code(one, request.user, now):
            raise NotAllowed(_("The code is its owner's alone."), code="not_yours")
        if one.state != "reserved":
            raise Refused(_("This has been collected or given up already."), code="ended")
        told = shapes.CodeToShowSerializer({"code": one.code, "until": one.until}).data
        return Response(told, headers={"Cache-Control": "no-store"})


# --- steps ------------------------------------------------------------------------------------------------
def _station(user: Any, now: datetime, pk: int) -> Station:
    return find_in(seen_stations(user, now), pk)


def _ask_station(one: Station, user: Any, now: datetime) -> None:
    require(user, RUNS, one.unit, now)


def _ask_own_or_runs(one: Redemption, user: Any, now: datetime) -> None:
    if not one.is_of(user):
        _ask_runs(one, user, now)


def _ask_runs(one: Redemption, user: Any, now: datetime) -> None:
    require(user, RUNS, one.station.unit, now)


def _reserve(one: Good, data: dict[str, Any], *, by: Any, now: datetime) -> Any:
    volunteer = whom(None, data.get("volunteer"), by, now)
    return fresh(redeem.reserve_good(one, volunteer=volunteer, by=by, now=now), by, now)


def _collect(one: Station, data: dict[str, Any], *, by: Any, now: datetime) -> Any:
    return fresh(redeem.collect_good(one, code=data["code"], by=by, now=now), by, now)


def _release(one: Redemption, data: dict[str, Any], *, by: Any, now: datetime) -> Any:
    return fresh(redeem.release_redemption(one, by=by, now=now), by, now)


def _return(one: Redemption, data: dict[str, Any], *, by: Any, now: datetime) -> Any:
    return fresh(redeem.return_good(one, on_shelf=data["on_shelf"], by=by, now=now), by, now)


_GIVES: dict[str, Any] = {"gives": shapes.RedemptionSerializer, "tags": TAGS}
STEPS = {
    "goods/<int:pk>/reserve/": step_view(
        "reserve_good",
        "Put a good aside",
        "For the caller's own points, or those of a volunteer without an account by whoever runs volunteering where they "
        "are at home. It waits at the station until `until`; the code to show there is at `redemptions/{id}/code/`.",
        find=find_good,
        ask=ask_nothing,
        act=_reserve,
        takes=shapes.WhoseSerializer,
        **_GIVES,
    ),
    "stations/<int:pk>/collect/": step_view(
        "collect_good",
        "Hand out by code",
        "What waits at this station for whoever shows the code, by whoever runs it, never to themselves: the answer says "
        "what goes to whom. The points are spent then.",
        find=_station,
        ask=_ask_station,
        act=_collect,
        takes=shapes.ShownCodeSerializer,
        **_GIVES,
    ),
    "redemptions/<int:pk>/release/": step_view(
        "release_redemption",
        "Give up what is put aside",
        "By its owner or whoever runs the station: the good goes back on the shelf, the points to the owner.",
        find=find_redemption,
        ask=_ask_own_or_runs,
        act=_release,
        takes=NothingSerializer,
        **_GIVES,
    ),
    "redemptions/<int:pk>/return/": step_view(
        "return_good",
        "Take back what was collected",
        "By whoever runs the station, never their own: the points go back to the owner.",
        find=find_redemption,
        ask=_ask_runs,
        act=_return,
        takes=shapes.TakeBackSerializer,
        **_GIVES,
    ),
}
urlpatterns = [
    path("redemptions/", RedemptionListView.as_view(), name="redemptions"),
    path("redemptions/<int:pk>/", RedemptionView.as_view(), name="redemption"),
    path("redemptions/<int:pk>/code/", CodeView.as_view(), name="collection_code"),
    *(path(address, view.as_view()) for address, view in STEPS.items()),
]
