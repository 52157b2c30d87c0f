"""Check-ins, and what is offered by them, over REST: one's own, and those where one runs volunteering."""

from datetime import datetime
from typing import Any

import django_filters as filters
from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from grids.api.filters import AskedFilterSet, either, true_false_filter, within_code
from grids.api.steps import step_view
from trail.api.paging import Key, moment_key, whole_key
from trail.api.schema import IDEMPOTENCY, SEEN, answers
from trail.api.views import ListView, respond_with
from trail.idempotency import respond_once
from trail.numerals import read_whole
from trail.scopes import MANAGE, READ
from volunteers.actions import joining
from volunteers.api import joining_shapes as shapes
from volunteers.api.activity_steps import ask_nothing
from volunteers.api.filters import number_filter
from volunteers.api.people import find_in
from volunteers.joining import resource_choices, side_choices
from volunteers.models import CheckIn, Offer, Organisation, Volunteer
from volunteers.querysets import runs_at

TAGS = ("dual check-in",)


# --- check-ins --------------------------------------------------------------------------------------------------
def with_all(rows: QuerySet) -> QuerySet:
    """Along with what is shown of a check-in."""
    return rows.select_related("unit", "organisation", "volunteer", "user").defer("unit__boundary")


def ready(one: Any, user: Any, now: datetime) -> Any:
    """A check-in with what the reader may do about it."""
    one.mine = joining.is_own(one, user, now)
    may = one.ended_at is None and (one.mine or runs_at(user, one, now))
    one.allowed = ["offer", "check_out"] if may else []
    return one


def find_check_in(user: Any, now: datetime, pk: int) -> CheckIn:
    return find_in(with_all(CheckIn.objects.visible_to(user, now)), pk)


def fresh_check_in(one: CheckIn, by: Any, now: datetime) -> Any:
    """As it is now, for whoever has just done something about it."""
    return ready(with_all(CheckIn.objects.all()).get(pk=one.pk), by, now)


class CheckInFilter(AskedFilterSet):
    unit = filters.CharFilter(
        max_length=100, method="by_unit", help_text="In the communities of the unit with this code."
    )
    side = filters.ChoiceFilter(choices=side_choices(), help_text="Of organisations, or of members.")
    organisation = filters.CharFilter(
        max_length=100, method="by_organisation", help_text="Of the organisation of this number itself."
    )
    current = true_false_filter("Not checked out; false: checked out.", method="by_current")
    mine = true_false_filter("One's own; false: those of others.", method="by_mine")

    def by_unit(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return within_code(queryset, value)

    def by_organisation(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Never its members."""
        return queryset.organisations().filter(organisation__in=_numbered(value))

    def by_current(self, queryset: QuerySet, name: str, value: bool) -> QuerySet:
        return queryset.filter(ended_at__isnull=value)

    def by_mine(self, queryset: QuerySet, name: str, value: bool) -> QuerySet:
        own = CheckIn.objects.own(self.request.user, timezone.now()).values("pk")
        return either(queryset, own, value)


def _numbered(text: str) -> QuerySet:
    number = read_whole(text)
    return Organisation.objects.none() if number is None else Organisation.objects.filter(pk=number)


class CheckInListView(ListView):
    scopes = {"GET": READ, "POST": MANAGE}
    queryset = CheckIn.objects.none()
    serializer_class = shapes.CheckInSerializer
    filterset_class = CheckInFilter

    def get_queryset(self) -> QuerySet:
        return with_all(CheckIn.objects.visible_to(self.request.user, timezone.now()))

    def paginate_queryset(self, queryset: QuerySet) -> list[Any]:
        now = timezone.now()
        return [ready(one, self.request.user, now) for one in super().paginate_queryset(queryset)]

    def order(self, request: Request) -> tuple[str, list[Key]]:
        return "newest", [moment_key("since", descending=True), whole_key("pk", descending=True)]

    @extend_schema(
        operation_id="list_check_ins",
        summary="Check-ins",
        description="One's own as a member, those of organisations that one speaks for, and those to communities where one "
        "runs volunteering; the newest first. Nobody sees which of its members an organisation has sent.",
        tags=list(TAGS),
        responses=answers(200, shapes.CheckInSerializer(many=True), 400, 401),
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request)

    @extend_schema(
        operation_id="check_in_member",
        summary="Check in as a serving member",
        description="To any community, oneself; or somebody else, written down by whoever runs volunteering there. An "
        "organisation is checked in by `organisations/{id}/check_in/`. Location is the address of the check-in.",
        tags=list(TAGS),
        parameters=[IDEMPOTENCY],
        filters=False,
        request={"application/json": shapes.NewCheckInSerializer},
        responses=answers(201, shapes.CheckInSerializer, 400, 401, 403, 404, 409, 413, 422),
    )
    def post(self, request: Request) -> HttpResponse:
        return respond_once(request, lambda: self.check_in(request, timezone.now()))

    def check_in(self, request: Request, now: datetime) -> Response:
        context = {"request": request, "now": now}
        serializer = shapes.NewCheckInSerializer(data=request.data, context=context)
        serializer.is_valid(raise_exception=True)
        told, by = serializer.validated_data, request.user
        who: dict[str, Any] = {"user": told.get("account") or by}
        if number := told.get("volunteer"):
            who = {"volunteer": find_in(Volunteer.objects.visible_to(by, now), number)}
        employer = told.get("organisation")
        made = joining.check_in_member(unit=told["community"], employer=employer, **who, by=by, now=now)
        where = reverse("volunteers_api:check_in", args=[made.pk])
        shown = shapes.CheckInSerializer(fresh_check_in(made, by, now), context=context)
        return Response(shown.data, status=201, headers={"Location": where})


class CheckInView(GenericAPIView):
    scopes = {"GET": READ}
    queryset = CheckIn.objects.none()
    serializer_class = shapes.CheckInSerializer

    @extend_schema(
        operation_id="get_check_in",
        summary="A check-in",
        tags=list(TAGS),
        parameters=SEEN,
        responses=answers(200, shapes.CheckInSerializer, 401, 404),
    )
    def get(self, request: Request, pk: int) -> Response:
        now = timezone.now()
        one = ready(find_check_in(request.user, now, pk), request.user, now)
        return respond_with(self.get_serializer(one), request)


# --- offers -----------------------------------------------------------------------------------------------------
def with_who(rows: QuerySet) -> QuerySet:
    """Along with what is shown of an offer."""
    along = ("community", "checkin__organisation", "checkin__volunteer", "checkin__user")
    return rows.select_related(*along).defer("community__boundary")


def ready_offer(one: Any, user: Any, now: datetime) -> Any:
    """An offer with whether it stands, and what the reader may do about it."""
    one.stands = one.stands_on(timezone.localdate(now))
    may = joining.is_own(one.checkin, user, now) or runs_at(user, one, now)
    one.allowed = ["withdraw"] if one.is_open and may else []
    return one


def find_offer(user: Any, now: datetime, pk: int) -> Offer:
    return find_in(with_who(Offer.objects.visible_to(user, now)), pk)


def fresh_offer(one: Offer, by: Any, now: datetime) -> Any:
    """As it is now, for whoever has just done something about it."""
    return ready_offer(with_who(Offer.objects.all()).get(pk=one.pk), by, now)


class OfferFilter(AskedFilterSet):
    unit = filters.CharFilter(
        max_length=100, method="by_unit", help_text="To the communities of the unit with this code."
    )
    kind = filters.ChoiceFilter(choices=resource_choices(), help_text="Of this sort.")
    check_in = number_filter("checkin", "By the check-in of this number.")
    stands = true_false_filter("Those that stand today; false: the others.", method="by_stands")

    def by_unit(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return within_code(queryset, value)

    def by_stands(self, queryset: QuerySet, name: str, value: bool) -> QuerySet:
        standing = Offer.objects.standing(timezone.localdate()).values("pk")
        return either(queryset, standing, value)


class OfferListView(ListView):
    scopes = {"GET": READ}
    queryset = Offer.objects.none()
    serializer_class = shapes.OfferSerializer
    filterset_class = OfferFilter

    def get_queryset(self) -> QuerySet:
        return with_who(Offer.objects.visible_to(self.request.user, timezone.now()))

    def paginate_queryset(self, queryset: QuerySet) -> list[Any]:
        now = timezone.now()
        return [ready_offer(one, self.request.user, now) for one in super().paginate_queryset(queryset)]

    def order(self, request: Request) -> tuple[str, list[Key]]:
        return "newest", [moment_key("offered_at", descending=True), whole_key("pk", descending=True)]

    @extend_schema(
        operation_id="list_offers",
        summary="Offers",
        description="What is offered by check-ins that the caller sees, the newest first. One is made by "
        "`check-ins/{id}/offer/`.",
        tags=list(TAGS),
        responses=answers(200, shapes.OfferSerializer(many=True), 400, 401),
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request)


class OfferView(GenericAPIView):
    scopes = {"GET": READ}
    queryset = Offer.objects.none()
    serializer_class = shapes.OfferSerializer

    @extend_schema(
        operation_id="get_offer",
        summary="An offer",
        tags=list(TAGS),
        parameters=SEEN,
        responses=answers(200, shapes.OfferSerializer, 401, 404),
    )
    def get(self, request: Request, pk: int) -> Response:
        now = timezone.now()
        one = ready_offer(find_offer(request.user, now, pk), request.user, now)
        return respond_with(self.get_serializer(one), request)


# --- steps ------------------------------------------------------------------------------------------------------
def _check_out(one: CheckIn, data: dict[str, Any], *, by: Any, now: datetime) -> Any:
    return fresh_check_in(joining.check_out(one, by=by, now=now), by, now)


def _offer(one: CheckIn, data: dict[str, Any], *, by: Any, now: datetime) -> Any:
    return fresh_offer(joining.offer_resource(one, **data, by=by, now=now), by, now)


def _withdraw(one: Offer, data: dict[str, Any], *, by: Any, now: datetime) -> Any:
    return fresh_offer(joining.withdraw_offer(one, by=by, now=now), by, now)


_USUAL: dict[str, Any] = {"ask": ask_nothing, "tags": TAGS}
STEPS = {
    "check-ins/<int:pk>/offer/": step_view(
        "offer_resource",
        "Offer something",
        "A resource, or hours a month: by the member, who speaks for the organisation, or runs volunteering there.",
        find=find_check_in,
        act=_offer,
        takes=shapes.OfferFactsSerializer,
        gives=shapes.OfferSerializer,
        **_USUAL,
    ),
    "check-ins/<int:pk>/check_out/": step_view(
        "check_out_of_community",
        "Check out of a community",
        "They are not there any more, nor is what they offered.",
        find=find_check_in,
        act=_check_out,
        gives=shapes.CheckInSerializer,
        **_USUAL,
    ),
    "offers/<int:pk>/withdraw/": step_view(
        "withdraw_offer",
        "Withdraw an offer",
        "It is not offered any more.",
        find=find_offer,
        act=_withdraw,
        gives=shapes.OfferSerializer,
        **_USUAL,
    ),
}
urlpatterns = [
    path("check-ins/", CheckInListView.as_view(), name="check_ins"),
    path("check-ins/<int:pk>/", CheckInView.as_view(), name="check_in"),
    path("offers/", OfferListView.as_view(), name="offers"),
    path("offers/<int:pk>/", OfferView.as_view(), name="offer"),
    *(path(address, view.as_view()) for address, view in STEPS.items()),
]
