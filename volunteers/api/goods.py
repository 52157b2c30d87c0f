"""Goods for points over REST: what is offered, its stock, and every movement of it. Putting aside and handing out is in
volunteers.api.redemptions."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from grids.actions.authority import require
from grids.api.filters import AskedFilterSet, text_filter, true_false_filter, within_code
from grids.api.steps import step_view
from trail.api.paging import Key, text_key, whole_key
from trail.api.schema import IDEMPOTENCY, SEEN, answers
from trail.api.views import ListView, respond_with
from trail.idempotency import respond_once
from trail.scopes import MANAGE, READ
from volunteers.actions import goods
from volunteers.api import point_shapes as shapes
from volunteers.api.activity_shapes import known
from volunteers.api.filters import community_filter, number_filter
from volunteers.api.people import find_in, require_runs
from volunteers.api.points import TAGS
from volunteers.goods_querysets import OFFERED
from volunteers.models import Good, PointAccount, Station, StockMove, Volunteer
from volunteers.querysets import RUNS, runs_at


def with_all(rows: QuerySet) -> QuerySet:
    """Along with what is shown of a good."""
    return rows.select_related("station__unit").defer("station__unit__boundary")


def find_good(user: Any, now: datetime, pk: int) -> Good:
    return find_in(with_all(Good.objects.in_reach(user, now)), pk)


def ready(rows: Iterable[Good], user: Any, now: datetime) -> list[Any]:
    """Goods with what the reader may do about them."""
    mine = Volunteer.objects.active().of_user(user).values_list("district", flat=True).first()
    shown: list[Any] = list(rows)
    for one in shown:
        one.offered = one.is_open and one.station.closed_at is None
        one.allowed = doable(one, user, now, mine)
    return shown


def doable(one: Any, user: Any, now: datetime, mine: int | None) -> list[str]:
    """`mine`: the district where the reader is a volunteer."""
    runs = runs_at(user, one, now)
    switch = ("close",) if one.is_open else ("open",)
    verbs = ["change", "deliver", "count", *switch] if runs else []
    may_redeem = mine == one.district_id or runs
    return [*verbs, "reserve"] if one.offered and one.stock and may_redeem else verbs


def fresh(one: Good, by: Any, now: datetime) -> Any:
    """As it is now, for whoever has just done something about it."""
    return ready([with_all(Good.objects.all()).get(pk=one.pk)], by, now)[0]


class GoodFilter(AskedFilterSet):
    station = number_filter("station", "At the station of this number.")
    community = community_filter()
    unit = text_filter(
        method="by_unit", help_text="At stations of the district, street or community with this code."
    )
    offered = true_false_filter("Offered at present; false: not offered.", method="by_offer")
    affordable = true_false_filter(
        "For no more points than the caller has now; false: for more.", method="by_points"
    )
    q = text_filter(field_name="name", lookup_expr="icontains", help_text="Part of the name.")

    def by_unit(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return within_code(queryset, value)

    def by_offer(self, queryset: QuerySet, name: str, value: bool) -> QuerySet:
        return queryset.filter(OFFERED) if value else queryset.exclude(OFFERED)

    def by_points(self, queryset: QuerySet, name: str, value: bool) -> QuerySet:
        own = PointAccount.objects.visible_to(self.request.user, timezone.now())
        points = own.values_list("balance", flat=True).first() or 0
        return queryset.filter(price__lte=points) if value else queryset.filter(price__gt=points)


class GoodListView(ListView):
    scopes = {"GET": READ, "POST": MANAGE}
    queryset = Good.objects.none()
    serializer_class = shapes.GoodSerializer
    filterset_class = GoodFilter

    def get_queryset(self) -> QuerySet:
        return with_all(Good.objects.in_reach(self.request.user, timezone.now()))

    def paginate_queryset(self, queryset: QuerySet) -> list[Any]:
        return ready(super().paginate_queryset(queryset), self.request.user, timezone.now())

    def order(self, request: Request) -> tuple[str, list[Key]]:
        return "name", [text_key("name"), whole_key("pk")]

    @extend_schema(
        operation_id="list_goods",
        summary="Goods for points",
        description="Those at the stations that the caller runs; for a volunteer those that are offered in the "
        "district, where points count. By name.",
        tags=list(TAGS),
        responses=answers(200, shapes.GoodSerializer(many=True), 400, 401),
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request)

    @extend_schema(
        operation_id="offer_good",
        summary="Offer a good",
        description="At a station, by whoever runs volunteering there. Location is its address.",
        tags=list(TAGS),
        parameters=[IDEMPOTENCY],
        filters=False,
        request={"application/json": shapes.NewGoodSerializer},
        responses=answers(201, shapes.GoodSerializer, 400, 401, 403, 409, 413, 422),
    )
    def post(self, request: Request) -> HttpResponse:
        return respond_once(request, lambda: self.add(request, timezone.now()))

    def add(self, request: Request, now: datetime) -> Response:
        by = request.user
        require_runs(by, now)
        serializer = shapes.NewGoodSerializer(data=request.data, context={"request": request, "now": now})
        serializer.is_valid(raise_exception=True)
        facts = dict(serializer.validated_data)
        number = facts.pop("station")
        station = known(Station.objects.run_by(by, now), number, field="station", pk=number)
        made = fresh(goods.add_good(station, **facts, by=by, now=now), by, now)
        where = reverse("volunteers_api:good", args=[made.pk])
        return Response(shapes.GoodSerializer(made).data, status=201, headers={"Location": where})


class GoodView(GenericAPIView):
    scopes = {"GET": READ}
    queryset = Good.objects.none()
    serializer_class = shapes.GoodSerializer

    @extend_schema(
        operation_id="get_good",
        summary="A good",
        tags=list(TAGS),
        parameters=SEEN,
        responses=answers(200, shapes.GoodSerializer, 401, 404),
    )
    def get(self, request: Request, pk: int) -> Response:
        now = timezone.now()
        (one,) = ready([find_good(request.user, now, pk)], request.user, now)
        return respond_with(self.get_serializer(one), request)


class StockMoveFilter(AskedFilterSet):
    good = number_filter("good", "Of the good of this number.")


class StockMoveListView(ListView):
    scopes = {"GET": READ}
    queryset = StockMove.objects.none()
    serializer_class = shapes.StockMoveSerializer
    filterset_class = StockMoveFilter

    def get_queryset(self) -> QuerySet:
        return StockMove.objects.visible_to(self.request.user, timezone.now())

    def order(self, request: Request) -> tuple[str, list[Key]]:
        return "newest", [whole_key("pk", descending=True)]

    @extend_schema(
        operation_id="list_stock_moves",
        summary="Movements of stock",
        description="Of goods at the stations that the caller runs, the newest first; those of a good sum to its stock.",
        tags=list(TAGS),
        responses=answers(200, shapes.StockMoveSerializer(many=True), 400, 401),
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request)


def _ask(one: Good, user: Any, now: datetime) -> None:
    require(user, RUNS, one.station.unit, now)


def _plain(action: Callable[..., Good]) -> Callable[..., Any]:
    """A step that takes what was sent as it came."""

    def act(one: Good, data: dict[str, Any], *, by: Any, now: datetime) -> Any:
        return fresh(action(one, by=by, now=now, **data), by, now)

    return act


def _deliver(one: Good, data: dict[str, Any], *, by: Any, now: datetime) -> Any:
    return fresh(goods.move_stock(one, data["amount"], kind="delivery", by=by, now=now), by, now)


def _count(one: Good, data: dict[str, Any], *, by: Any, now: datetime) -> Any:
    return fresh(goods.move_stock(one, data["difference"], kind="count", by=by, now=now), by, now)


_OF_GOOD: dict[str, Any] = {"find": find_good, "ask": _ask, "gives": shapes.GoodSerializer, "tags": TAGS}
STEPS = {
    "goods/<int:pk>/change/": step_view(
        "change_good",
        "Change a good",
        "By whoever runs the station. What is left out stays; what is put aside keeps its price.",
        act=_plain(goods.change_good),
        takes=shapes.GoodFactsSerializer,
        **_OF_GOOD,
    ),
    "goods/<int:pk>/deliver/": step_view(
        "deliver_good",
        "Something was delivered",
        "So many more are in stock.",
        act=_deliver,
        takes=shapes.DeliverySerializer,
        **_OF_GOOD,
    ),
    "goods/<int:pk>/count/": step_view(
        "count_good",
        "Put the stock right after a count",
        "By the difference, so that what is put aside meanwhile does not matter. Also what was broken or lost.",
        act=_count,
        takes=shapes.CountSerializer,
        **_OF_GOOD,
    ),
    "goods/<int:pk>/close/": step_view(
        "close_good",
        "Offer a good no more",
        "What is put aside may still be collected.",
        act=_plain(goods.close_good),
        **_OF_GOOD,
    ),
    "goods/<int:pk>/open/": step_view(
        "open_good",
        "Offer a good again",
        "At a station that is open.",
        act=_plain(goods.open_good),
        **_OF_GOOD,
    ),
}
urlpatterns = [
    path("goods/", GoodListView.as_view(), name="goods"),
    path("goods/<int:pk>/", GoodView.as_view(), name="good"),
    path("stock-moves/", StockMoveListView.as_view(), name="stock_moves"),
    *(path(address, view.as_view()) for address, view in STEPS.items()),
]
