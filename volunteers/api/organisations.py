"""Organisations that check in (双报到) over REST: by the same actions as the pages."""

from datetime import datetime
from typing import Any

import django_filters as filters
from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from grids.api.filters import OpenFilter, either, true_false_filter, within_code
from grids.api.steps import step_view
from grids.models import Unit
from grids.standing import standing_of
from trail.api.paging import Key, text_key, whole_key
from trail.api.schema import IDEMPOTENCY, SEEN, answers
from trail.api.views import ListView, respond_with
from trail.idempotency import respond_once
from trail.refusals import NotAllowed
from trail.scopes import MANAGE, READ
from volunteers.actions import joining
from volunteers.api import joining_shapes as shapes
from volunteers.api.activity_steps import ask_nothing
from volunteers.api.checkins import fresh_check_in
from volunteers.api.people import find_in, require_runs
from volunteers.joining import organisation_kind_choices
from volunteers.models import CheckIn, Organisation
from volunteers.querysets import RUNS, runs_in
from volunteers.wish_ties import speaks_for

TAGS = ("dual check-in",)


def with_all(rows: QuerySet) -> QuerySet:
    """Along with what is shown of an organisation."""
    found = rows.with_communities().select_related("district", "body", "speaker")
    return found.defer("district__boundary")


def seen_organisations(user: Any, now: datetime) -> QuerySet:
    return with_all(Organisation.objects.in_reach(user, now))


def ready(one: Any, user: Any, now: datetime) -> Any:
    """An organisation with what the reader is shown, and may do about it."""
    runs, one.mine = runs_in(user, one.district_id, now), speaks_for(one, user, standing_of(user, now))
    one.shown_phone = one.phone if runs or one.mine else ""
    one.shown_speaker = shapes.named(one.speaker) if runs else None
    open_ones = (["check_in"] if runs or one.mine else []) + (["change", "close"] if runs else [])
    one.allowed = [] if one.closed_at else open_ones
    return one


def fresh(one: Organisation, by: Any, now: datetime) -> Any:
    """As it is now, for whoever has just done something about it."""
    return ready(with_all(Organisation.objects.all()).get(pk=one.pk), by, now)


class OrganisationFilter(OpenFilter):
    kind = filters.ChoiceFilter(choices=organisation_kind_choices(), help_text="Of this kind.")
    community = filters.CharFilter(
        max_length=100, method="by_community", help_text="Checked in to the community with this code."
    )
    mine = true_false_filter("Those that the caller speaks for; false: the others.", method="by_mine")
    q = filters.CharFilter(
        field_name="name", lookup_expr="icontains", max_length=100, help_text="Part of the name."
    )

    def by_community(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Of those check-ins that the caller may see: else it would tell of the others."""
        seen = CheckIn.objects.current().organisations().visible_to(self.request.user, timezone.now())
        return queryset.filter(pk__in=within_code(seen, value).values("organisation"))

    def by_mine(self, queryset: QuerySet, name: str, value: bool) -> QuerySet:
        mine = Organisation.objects.spoken_for_by(self.request.user, timezone.now()).values("pk")
        return either(queryset, mine, value)


class OrganisationListView(ListView):
    scopes = {"GET": READ, "POST": MANAGE}
    queryset = Organisation.objects.none()
    serializer_class = shapes.OrganisationSerializer
    filterset_class = OrganisationFilter

    def get_queryset(self) -> QuerySet:
        return seen_organisations(self.request.user, timezone.now())

    def paginate_queryset(self, queryset: QuerySet) -> list[Any]:
        now = timezone.now()
        return [ready(one, self.request.user, now) for one in super().paginate_queryset(queryset)]

    def order(self, request: Request) -> tuple[str, list[Key]]:
        return "name", [text_key("name"), whole_key("pk")]

    @extend_schema(
        operation_id="list_organisations",
        summary="Organisations that check in",
        description="The open ones of the districts where the caller works or volunteers, those that they speak for, and "
        "closed ones where they run volunteering. By name.",
        tags=list(TAGS),
        responses=answers(200, shapes.OrganisationSerializer(many=True), 400, 401),
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request)

    @extend_schema(
        operation_id="add_organisation",
        summary="Add an organisation",
        description="By whoever runs volunteering anywhere in the district. Location is its address.",
        tags=list(TAGS),
        parameters=[IDEMPOTENCY],
        filters=False,
        request={"application/json": shapes.NewOrganisationSerializer},
        responses=answers(201, shapes.OrganisationSerializer, 400, 401, 403, 409, 413, 422),
    )
    def post(self, request: Request) -> HttpResponse:
        return respond_once(request, lambda: self.add(request, timezone.now()))

    def add(self, request: Request, now: datetime) -> Response:
        by = request.user
        require_runs(by, now)
        serializer = shapes.NewOrganisationSerializer(
            data=request.data, context={"request": request, "now": now}
        )
        serializer.is_valid(raise_exception=True)
        facts = dict(serializer.validated_data)
        district = facts.pop("district", None) or _only_district(by, now)
        one = fresh(joining.add_organisation(district=district, **facts, by=by, now=now), by, now)
        where = reverse("volunteers_api:organisation", args=[one.pk])
        return Response(shapes.OrganisationSerializer(one).data, status=201, headers={"Location": where})


def _only_district(user: Any, now: datetime) -> Unit:
    """Where the caller runs volunteering. Raises ValidationError where that is not one district."""
    units = Unit.objects.open().filter(kind="district", pk__in=standing_of(user, now).districts(RUNS))
    found = list(units.defer("boundary")[:2])
    if len(found) != 1:
        raise ValidationError({"district": [_("Say in which district.")]})
    return found[0]


class OrganisationView(GenericAPIView):
    scopes = {"GET": READ}
    queryset = Organisation.objects.none()
    serializer_class = shapes.OrganisationSerializer

    @extend_schema(
        operation_id="get_organisation",
        summary="An organisation",
        tags=list(TAGS),
        parameters=SEEN,
        responses=answers(200, shapes.OrganisationSerializer, 401, 404),
    )
    def get(self, request: Request, pk: int) -> Response:
        now = timezone.now()
        one = ready(find_organisation(request.user, now, pk), request.user, now)
        return respond_with(self.get_serializer(one), request)


def find_organisation(user: Any, now: datetime, pk: int) -> Organisation:
    return find_in(seen_organisations(user, now), pk)


def _ask_runner(one: Organisation, user: Any, now: datetime) -> None:
    if not runs_in(user, one.district_id, now):
        raise NotAllowed(_("Your post does not allow this here."), code="not_allowed")


def _change(one: Organisation, data: dict[str, Any], *, by: Any, now: datetime) -> Any:
    return fresh(joining.change_organisation(one, **data, by=by, now=now), by, now)


def _close(one: Organisation, data: dict[str, Any], *, by: Any, now: datetime) -> Any:
    return fresh(joining.close_organisation(one, by=by, now=now), by, now)


def _check_in(one: Organisation, data: dict[str, Any], *, by: Any, now: datetime) -> Any:
    made = joining.check_in_organisation(one, unit=data["community"], by=by, now=now)
    return fresh_check_in(made, by, now)


_OF_ORGANISATION: dict[str, Any] = {"find": find_organisation, "tags": TAGS}
STEPS = {
    "organisations/<int:pk>/change/": step_view(
        "change_organisation",
        "Change an organisation",
        "Its telephone and who speaks for it: both as they shall be.",
        ask=_ask_runner,
        act=_change,
        takes=shapes.OrganisationFactsSerializer,
        gives=shapes.OrganisationSerializer,
        **_OF_ORGANISATION,
    ),
    "organisations/<int:pk>/close/": step_view(
        "close_organisation",
        "Close an organisation",
        "It is there no more: checked out everywhere, and it answers for no place from today.",
        ask=_ask_runner,
        act=_close,
        gives=shapes.OrganisationSerializer,
        **_OF_ORGANISATION,
    ),
    "organisations/<int:pk>/check_in/": step_view(
        "check_in_organisation",
        "Check an organisation in",
        "To a community: by whoever speaks for it, or runs volunteering there.",
        ask=ask_nothing,
        act=_check_in,
        takes=shapes.ToCommunitySerializer,
        gives=shapes.CheckInSerializer,
        **_OF_ORGANISATION,
    ),
}
urlpatterns = [
    path("organisations/", OrganisationListView.as_view(), name="organisations"),
    path("organisations/<int:pk>/", OrganisationView.as_view(), name="organisation"),
    *(path(address, view.as_view()) for address, view in STEPS.items()),
]
