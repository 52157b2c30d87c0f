"""Volunteers and transfers over REST: by the same actions as the pages. A number in the clear is no answer of a
program: idempotency keys would keep it."""

from datetime import datetime
from typing import Any

import django_filters as filters
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from grids.actions.authority import require
from grids.api.filters import AskedFilterSet, text_filter
from grids.api.steps import step_view
from grids.models import Unit
from grids.standing import standing_of
from trail.api.paging import Key, moment_key, whole_key
from trail.api.schema import IDEMPOTENCY, SEEN, answers
from trail.api.views import ListView, respond_with
from trail.districts import sees_all
from trail.idempotency import respond_once
from trail.numerals import read_whole
from trail.refusals import NotAllowed
from trail.scopes import MANAGE, READ
from volunteers.actions import people, transfers
from volunteers.actions.facts import Person
from volunteers.api import shapes
from volunteers.models import Membership, Transfer, Volunteer
from volunteers.querysets import RUNS
from volunteers.words import SKILLS, choices, state_choices, transfer_choices

TAGS = ("volunteers",)


def require_runs(user: Any, now: datetime) -> None:
    """Somewhere at least: whoever does not learns nothing by what is sent. Raises NotAllowed."""
    if not (sees_all(user) or standing_of(user, now).can(RUNS)):
        raise NotAllowed(_("Your post does not allow this here."), code="not_allowed")


def seen_volunteers(user: Any, now: datetime) -> QuerySet:
    return Volunteer.objects.visible_to(user, now).select_related("home").defer("home__boundary")


def seen_transfers(user: Any, now: datetime) -> QuerySet:
    found = Transfer.objects.visible_to(user, now).select_related("volunteer__home", "left", "home")
    return found.defer("volunteer__home__boundary", "left__boundary", "home__boundary")


def find_in(rows: QuerySet, pk: int) -> Any:
    found = rows.filter(pk=pk).first() if pk < 2**63 else None
    if found is None:
        raise Http404
    return found


class VolunteerFilter(AskedFilterSet):
    community = text_filter(
        field_name="community__code", help_text="At home in the community with this code."
    )
    state = filters.ChoiceFilter(choices=state_choices(), help_text="In this state.")
    skill = filters.ChoiceFilter(choices=choices(SKILLS), method="by_skill", help_text="Who can do this.")
    team = text_filter(method="by_team", help_text="Who belongs to the team of this number.")

    def by_skill(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.filter(skills__contains=[value])

    def by_team(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        number = read_whole(value)
        if number is None:
            return queryset.none()
        return queryset.filter(pk__in=Membership.objects.current().filter(team=number).values("volunteer"))


class TransferFilter(AskedFilterSet):
    state = filters.ChoiceFilter(choices=transfer_choices(), help_text="In this state.")


class VolunteerListView(ListView):
    scopes = {"GET": READ, "POST": MANAGE}
    queryset = Volunteer.objects.none()
    serializer_class = shapes.VolunteerSerializer
    filterset_class = VolunteerFilter

    def get_queryset(self) -> QuerySet:
        return seen_volunteers(self.request.user, timezone.now())

    def order(self, request: Request) -> tuple[str, list[Key]]:
        return "newest", [moment_key("joined_at", descending=True), whole_key("pk", descending=True)]

    @extend_schema(
        operation_id="list_volunteers",
        summary="Volunteers",
        description="Of where the caller runs volunteering, and oneself; the newest first. Masked: in the clear a name "
        "or number is shown at a desk alone.",
        tags=list(TAGS),
        responses=answers(200, shapes.VolunteerSerializer(many=True), 400, 401),
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request)

    @extend_schema(
        operation_id="write_down_volunteer",
        summary="Write down a volunteer",
        description="Somebody who has no phone and has agreed, by whoever runs volunteering there. Whoever has one signs "
        "up by themselves. Location is its address.",
        tags=list(TAGS),
        parameters=[IDEMPOTENCY],
        filters=False,
        request={"application/json": shapes.NewVolunteerSerializer},
        responses=answers(201, shapes.VolunteerSerializer, 400, 401, 403, 409, 413, 422),
    )
    def post(self, request: Request) -> HttpResponse:
        return respond_once(request, lambda: self.write_down(request, timezone.now()))

    def write_down(self, request: Request, now: datetime) -> Response:
        require_runs(request.user, now)
        serializer = shapes.NewVolunteerSerializer(
            data=request.data, context={"request": request, "now": now}
        )
        serializer.is_valid(raise_exception=True)
        facts = {name: value for name, value in serializer.validated_data.items() if name != "agreed"}
        one = people.sign_up_for(facts.pop("home"), Person(**facts), by=request.user, now=now)
        where = reverse("volunteers_api:volunteer", args=[one.pk])
        return Response(shapes.VolunteerSerializer(one).data, status=201, headers={"Location": where})


class VolunteerView(GenericAPIView):
    scopes = {"GET": READ}
    queryset = Volunteer.objects.none()
    serializer_class = shapes.VolunteerSerializer

    @extend_schema(
        operation_id="get_volunteer",
        summary="A volunteer",
        tags=list(TAGS),
        parameters=SEEN,
        responses=answers(200, shapes.VolunteerSerializer, 401, 404),
    )
    def get(self, request: Request, pk: int) -> Response:
        one = find_in(seen_volunteers(request.user, timezone.now()), pk)
        return respond_with(self.get_serializer(one), request)


class TransferListView(ListView):
    scopes = {"GET": READ}
    queryset = Transfer.objects.none()
    serializer_class = shapes.TransferSerializer
    filterset_class = TransferFilter

    def get_queryset(self) -> QuerySet:
        return seen_transfers(self.request.user, timezone.now())

    def order(self, request: Request) -> tuple[str, list[Key]]:
        return "newest", [moment_key("asked_at", descending=True), whole_key("pk", descending=True)]

    @extend_schema(
        operation_id="list_transfers",
        summary="Transfers of volunteers",
        description="One's own, and those into where the caller runs volunteering; the newest first.",
        tags=list(TAGS),
        responses=answers(200, shapes.TransferSerializer(many=True), 400, 401),
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request)


def _volunteer(user: Any, now: datetime, pk: int) -> Volunteer:
    return find_in(seen_volunteers(user, now), pk)


def _transfer(user: Any, now: datetime, pk: int) -> Transfer:
    return find_in(seen_transfers(user, now), pk)


def _ask_mine(one: Volunteer, user: Any, now: datetime) -> None:
    if one.user_id != user.pk:
        require(user, RUNS, one.home, now)


def _ask_decider(one: Transfer, user: Any, now: datetime) -> None:
    require(user, RUNS, one.home, now)


def _ask_nothing(one: Any, user: Any, now: datetime) -> None:
    """The action says whose it is."""


def _change(one: Volunteer, data: dict[str, Any], *, by: Any, now: datetime) -> Volunteer:
    return people.change_volunteer(one, by=by, now=now, **data)


def _leave(one: Volunteer, data: dict[str, Any], *, by: Any, now: datetime) -> Volunteer:
    return people.leave(one, by=by, now=now)


def _return(one: Volunteer, data: dict[str, Any], *, by: Any, now: datetime) -> Volunteer:
    return people.come_back(one, by=by, now=now)


def _erase(one: Volunteer, data: dict[str, Any], *, by: Any, now: datetime) -> Volunteer:
    return people.erase(one, by=by, now=now, sure=data["sure"])


def _move(one: Volunteer, data: dict[str, Any], *, by: Any, now: datetime) -> Transfer:
    """Where communities are is public; those of another district are not for a transfer."""
    units = Unit.objects.open().at("community").filter(district=one.district_id)
    code = data["community"]
    home = units.filter(code=code).first() if code.isprintable() else None
    if home is None:
        raise ValidationError({"community": [_("There is no such community.")]}, code="unknown")
    return transfers.ask_transfer(one, home=home, by=by, now=now)


def _take_in(one: Transfer, data: dict[str, Any], *, by: Any, now: datetime) -> Transfer:
    return transfers.take_in(one, by=by, now=now)


def _refuse(one: Transfer, data: dict[str, Any], *, by: Any, now: datetime) -> Transfer:
    return transfers.refuse_transfer(one, by=by, now=now)


def _withdraw(one: Transfer, data: dict[str, Any], *, by: Any, now: datetime) -> Transfer:
    return transfers.withdraw_transfer(one, by=by, now=now)


_OF_VOLUNTEER: dict[str, Any] = {"find": _volunteer, "ask": _ask_mine, "tags": TAGS}
_OF_TRANSFER: dict[str, Any] = {"find": _transfer, "tags": TAGS, "gives": shapes.TransferSerializer}
STEPS = {
    "volunteers/<int:pk>/change/": step_view(
        "change_volunteer",
        "Change a volunteer's data",
        "By the volunteer or whoever runs volunteering there. What is left out stays.",
        act=_change,
        takes=shapes.ChangeVolunteerSerializer,
        gives=shapes.VolunteerSerializer,
        **_OF_VOLUNTEER,
    ),
    "volunteers/<int:pk>/leave/": step_view(
        "leave_volunteering",
        "Leave",
        "No longer a volunteer; the record stays.",
        act=_leave,
        gives=shapes.VolunteerSerializer,
        **_OF_VOLUNTEER,
    ),
    "volunteers/<int:pk>/return/": step_view(
        "return_to_volunteering",
        "Come back",
        "A volunteer again, with the record of before.",
        act=_return,
        gives=shapes.VolunteerSerializer,
        **_OF_VOLUNTEER,
    ),
    "volunteers/<int:pk>/erase/": step_view(
        "erase_volunteer",
        "Erase a volunteer's data",
        "Everything that says who it was is gone for good; figures stay. An account for this alone is gone too.",
        act=_erase,
        takes=shapes.SureSerializer,
        gives=shapes.VolunteerSerializer,
        **_OF_VOLUNTEER,
    ),
    "volunteers/<int:pk>/transfer/": step_view(
        "ask_transfer",
        "Ask for a transfer",
        "Another community of the district is asked to take the volunteer in: by the volunteer, for somebody without an "
        "account by whoever runs volunteering at home.",
        act=_move,
        takes=shapes.ToSerializer,
        gives=shapes.TransferSerializer,
        **_OF_VOLUNTEER,
    ),
    "transfers/<int:pk>/take_in/": step_view(
        "take_in_volunteer",
        "Take in",
        "By the community that is asked. The record and the teams stay with the person; the old community is told.",
        ask=_ask_decider,
        act=_take_in,
        **_OF_TRANSFER,
    ),
    "transfers/<int:pk>/refuse/": step_view(
        "refuse_transfer",
        "Do not take in",
        "By the community that is asked. The volunteer stays where they are.",
        ask=_ask_decider,
        act=_refuse,
        **_OF_TRANSFER,
    ),
    "transfers/<int:pk>/withdraw/": step_view(
        "withdraw_transfer",
        "Withdraw a transfer",
        "By whoever asked for it, while it is not decided.",
        ask=_ask_nothing,
        act=_withdraw,
        **_OF_TRANSFER,
    ),
}
urlpatterns = [
    path("volunteers/", VolunteerListView.as_view(), name="volunteers"),
    path("volunteers/<int:pk>/", VolunteerView.as_view(), name="volunteer"),
    path("transfers/", TransferListView.as_view(), name="transfers"),
    *(path(address, view.as_view()) for address, view in STEPS.items()),
]
