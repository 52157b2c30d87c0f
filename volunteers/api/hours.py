"""Hours over REST: records and their corrections. Those of an activity are handed in and confirmed with it
(volunteers.api.activity_steps); what they come to is in volunteers.api.stars."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import django_filters as filters
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from grids.actions.authority import require
from grids.api.filters import AskedFilterSet, text_filter, true_false_filter
from grids.api.steps import NothingSerializer, step_view
from trail.api.paging import Key, whole_key
from trail.api.schema import IDEMPOTENCY, SEEN, answers
from trail.api.views import ListView
from trail.idempotency import respond_once
from trail.refusals import NotAllowed
from trail.scopes import MANAGE, READ
from volunteers.actions import corrections, hours
from volunteers.actions.running import acts_for, ties_of
from volunteers.actions.teams import leads
from volunteers.activities import refusal
from volunteers.api import hour_shapes as shapes
from volunteers.api.activities import tagged
from volunteers.api.activity_steps import ask_nothing
from volunteers.api.filters import community_filter, number_filter
from volunteers.api.people import find_in, require_runs
from volunteers.api.steps import Told, VersionedStepView
from volunteers.api.teams import whom
from volunteers.export import presence_of
from volunteers.hours import correction_choices, refusal_to_confirm, state_choices
from volunteers.models import Correction, Service, Volunteer
from volunteers.querysets import RUNS

TAGS = ("hours",)
NEWEST: list[Key] = [whole_key("pk", descending=True)]


# --- what the caller may do -------------------------------------------------------------------------------
def ask_decider(service: Service, user: Any, now: datetime) -> None:
    """Whoever runs volunteering there. Raises NotAllowed."""
    require(user, RUNS, service.unit, now)


def ask_second(service: Service, user: Any, now: datetime, proposer: int | None) -> None:
    """The same, neither the person nor whoever said so first. Raises NotAllowed."""
    ask_decider(service, user, now)
    if no := refusal_to_confirm(user.pk, volunteer=service.volunteer.user_id, proposer=proposer):
        raise no


def lets(ask: Callable[..., None], *given: Any) -> bool:
    try:
        ask(*given)
    except NotAllowed:
        return False
    return True


def ask_confirmer(service: Service, user: Any, now: datetime) -> None:
    ask_second(service, user, now, service.proposed_by_id)


def ask_proposer(service: Service, user: Any, now: datetime) -> None:
    """Whoever runs its activity; of what was done beside any the action says more. Raises NotAllowed."""
    activity = service.activity
    no = refusal("propose", activity.state, ties_of(activity, user, now)) if activity else None
    if isinstance(no, NotAllowed):
        raise no


def ask_correction_decider(correction: Correction, user: Any, now: datetime) -> None:
    ask_second(correction.service, user, now, correction.asked_by_id)


def doable(service: Service, user: Any, now: datetime, *, is_asked: bool) -> list[str]:
    """`is_asked`: somebody has asked for a correction already."""
    decides = lets(ask_decider, service, user, now)
    if service.state == "proposed":
        confirms = ["confirm"] if lets(ask_confirmer, service, user, now) else []
        return confirms + (["refuse"] if decides and service.volunteer.user_id != user.pk else [])
    if service.state == "refused":
        return ["propose"] if hours.may_propose_again(service, user, now) else []
    team = service.activity.team if service.activity else None
    may_ask = decides or acts_for(service.volunteer, user, now) or leads(team, user)
    return ["ask_correction"] if service.state == "confirmed" and may_ask and not is_asked else []


def ready(one: Any, user: Any, now: datetime) -> Any:
    """A record with when somebody was there, and what the reader may do about it."""
    one.came_at, one.went_at = presence_of(one)
    one.allowed = doable(one, user, now, is_asked=one.is_asked)
    return one


def ready_correction(one: Any, user: Any, now: datetime) -> Any:
    """A correction with what the reader may do about it."""
    decides = one.state == "asked" and lets(ask_correction_decider, one, user, now)
    one.allowed = ["grant", "refuse"] if decides else []
    return one


# --- records ----------------------------------------------------------------------------------------------
def with_all(rows: QuerySet) -> QuerySet:
    """Along with what is shown of a record, and with who leads the team."""
    waits = Correction.objects.waiting().filter(service=OuterRef("pk"))
    along = ("volunteer", "unit", "activity__team__leader", "sign_up__shift")
    found = rows.annotate(is_asked=Exists(waits)).select_related(*along)
    return found.defer("unit__boundary", "activity__secret")


def find_service(user: Any, now: datetime, pk: int) -> Service:
    return find_in(with_all(Service.objects.visible_to(user, now)), pk)


def fresh(one: Service, by: Any, now: datetime) -> Any:
    """As it is now, for whoever has just done something about it."""
    return ready(with_all(Service.objects.all()).get(pk=one.pk), by, now)


class ServiceFilter(AskedFilterSet):
    volunteer = number_filter("volunteer", "Of the volunteer of this number.")
    activity = number_filter("activity", "For the activity of this number.")
    community = community_filter()
    state = filters.ChoiceFilter(choices=state_choices(), help_text="In this state.")
    first = filters.DateFilter(field_name="on", lookup_expr="gte", help_text="On this day or later.")
    last = filters.DateFilter(field_name="on", lookup_expr="lte", help_text="On this day or before.")
    mine = true_false_filter("One's own; false: those of others.", method="by_mine")

    def by_mine(self, queryset: QuerySet, name: str, value: bool) -> QuerySet:
        own = Volunteer.objects.of_user(self.request.user).values("pk")
        return queryset.filter(volunteer__in=own) if value else queryset.exclude(volunteer__in=own)


class ServiceListView(ListView):
    scopes = {"GET": READ, "POST": MANAGE}
    queryset = Service.objects.none()
    serializer_class = shapes.ServiceRecordSerializer
    filterset_class = ServiceFilter

    def get_queryset(self) -> QuerySet:
        return with_all(Service.objects.visible_to(self.request.user, timezone.now()))

    def paginate_queryset(self, queryset: QuerySet) -> list[Any]:
        now = timezone.now()
        return [ready(one, self.request.user, now) for one in super().paginate_queryset(queryset)]

    def order(self, request: Request) -> tuple[str, list[Key]]:
        return "newest", NEWEST

    @extend_schema(
        operation_id="list_service_records",
        summary="Records of hours",
        description="One's own, those where the caller runs volunteering, and those of activities of the team that they "
        "lead; what was handed in last stands first. With `state=confirmed`, `first` and `last` these are the columns "
        "that registries of volunteer service take, but for the name: the sheet with names is taken by a person.",
        tags=list(TAGS),
        responses=answers(200, shapes.ServiceRecordSerializer(many=True), 400, 401),
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request)

    @extend_schema(
        operation_id="propose_service",
        summary="Hand in hours beside any activity",
        description="Of the last year: one's own, or those of somebody else by whoever runs volunteering there or where "
        "that person is at home. Somebody else confirms them. Location is the address of the record.",
        tags=list(TAGS),
        parameters=[IDEMPOTENCY],
        filters=False,
        request={"application/json": shapes.NewServiceSerializer},
        responses=answers(201, shapes.ServiceRecordSerializer, 400, 401, 403, 404, 409, 413, 422),
    )
    def post(self, request: Request) -> HttpResponse:
        return respond_once(request, lambda: self.hand_in(request, timezone.now()))

    def hand_in(self, request: Request, now: datetime) -> Response:
        by = request.user
        if not Volunteer.objects.active().of_user(by).exists():
            require_runs(by, now)
        serializer = shapes.NewServiceSerializer(data=request.data, context={"request": request, "now": now})
        serializer.is_valid(raise_exception=True)
        facts = dict(serializer.validated_data)
        volunteer = whom(None, facts.pop("volunteer", None), by, now)
        unit = facts.pop("unit", None) or volunteer.home
        made = fresh(hours.propose_service(volunteer, unit=unit, **facts, by=by, now=now), by, now)
        where = reverse("volunteers_api:service_record", args=[made.pk])
        return Response(shapes.ServiceRecordSerializer(made).data, status=201, headers={"Location": where})


class ServiceView(GenericAPIView):
    scopes = {"GET": READ}
    queryset = Service.objects.none()
    serializer_class = shapes.ServiceRecordSerializer

    @extend_schema(
        operation_id="get_service_record",
        summary="A record of hours",
        tags=list(TAGS),
        parameters=SEEN,
        responses=answers(200, shapes.ServiceRecordSerializer, 401, 404),
    )
    def get(self, request: Request, pk: int) -> Response:
        now = timezone.now()
        one = ready(find_service(request.user, now, pk), request.user, now)
        return tagged(self.get_serializer(one), request, one.version)


# --- corrections ------------------------------------------------------------------------------------------
def with_records(rows: QuerySet) -> QuerySet:
    return rows.select_related("service__volunteer", "service__unit").defer("service__unit__boundary")


def find_correction(user: Any, now: datetime, pk: int) -> Correction:
    return find_in(with_records(Correction.objects.visible_to(user, now)), pk)


def fresh_correction(one: Correction, by: Any, now: datetime) -> Any:
    """As it is now, for whoever has just done something about it."""
    return ready_correction(with_records(Correction.objects.all()).get(pk=one.pk), by, now)


class CorrectionFilter(AskedFilterSet):
    service_record = number_filter("service", "Of the record of this number.")
    volunteer = number_filter("service__volunteer", "Of hours of the volunteer of this number.")
    community = text_filter(
        field_name="service__community__code", help_text="Of hours in the community with this code."
    )
    state = filters.ChoiceFilter(choices=correction_choices(), help_text="In this state.")


class CorrectionListView(ListView):
    scopes = {"GET": READ}
    queryset = Correction.objects.none()
    serializer_class = shapes.CorrectionSerializer
    filterset_class = CorrectionFilter

    def get_queryset(self) -> QuerySet:
        return with_records(Correction.objects.visible_to(self.request.user, timezone.now()))

    def paginate_queryset(self, queryset: QuerySet) -> list[Any]:
        now = timezone.now()
        return [ready_correction(one, self.request.user, now) for one in super().paginate_queryset(queryset)]

    def order(self, request: Request) -> tuple[str, list[Key]]:
        return "newest", NEWEST

    @extend_schema(
        operation_id="list_corrections",
        summary="Corrections of hours",
        description="Of records that the caller sees, the newest first; both values stay, whatever is decided. One is "
        "asked for by `service-records/{id}/ask_correction/`.",
        tags=list(TAGS),
        responses=answers(200, shapes.CorrectionSerializer(many=True), 400, 401),
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request)


class CorrectionView(GenericAPIView):
    scopes = {"GET": READ}
    queryset = Correction.objects.none()
    serializer_class = shapes.CorrectionSerializer

    @extend_schema(
        operation_id="get_correction",
        summary="A correction of hours",
        tags=list(TAGS),
        parameters=SEEN,
        responses=answers(200, shapes.CorrectionSerializer, 401, 404),
    )
    def get(self, request: Request, pk: int) -> Response:
        now = timezone.now()
        one = ready_correction(find_correction(request.user, now, pk), request.user, now)
        return tagged(self.get_serializer(one), request, one.service.version)


# --- steps ------------------------------------------------------------------------------------------------
def _tell(one: Service, held: Service, user: Any, now: datetime) -> Told:
    again = fresh(one, user, now)
    return Told(again.state, again.allowed)


def _tell_correction(one: Correction, held: Service, user: Any, now: datetime) -> Told:
    again = fresh_correction(one, user, now)
    return Told(again.state, again.allowed)


class ServiceStepView(VersionedStepView):
    hold = staticmethod(hours.lock_service)
    tell = staticmethod(_tell)


class CorrectionStepView(VersionedStepView):
    """By the version of its record."""

    hold = staticmethod(lambda correction: hours.lock_service(correction.service))
    tell = staticmethod(_tell_correction)


def _confirm(one: Service, data: dict[str, Any], *, by: Any, now: datetime) -> Any:
    return fresh(hours.confirm_service(one, by=by, now=now), by, now)


def _refuse(one: Service, data: dict[str, Any], *, by: Any, now: datetime) -> Any:
    return fresh(hours.refuse_service(one, reason=data["reason"], by=by, now=now), by, now)


def _propose(one: Service, data: dict[str, Any], *, by: Any, now: datetime) -> Any:
    return fresh(hours.propose_again(one, minutes=data["minutes"], by=by, now=now), by, now)


def _ask(one: Service, data: dict[str, Any], *, by: Any, now: datetime) -> Any:
    return fresh_correction(corrections.ask_correction(one, **data, by=by, now=now), by, now)


def _decide(*, granted: bool) -> Callable[..., Any]:
    def act(one: Correction, data: dict[str, Any], *, by: Any, now: datetime) -> Any:
        return fresh_correction(corrections.decide_correction(one, granted=granted, by=by, now=now), by, now)

    return act


_OF_SERVICE: dict[str, Any] = {"find": find_service, "base": ServiceStepView, "tags": TAGS}
_OF_CORRECTION: dict[str, Any] = {
    "find": find_correction,
    "base": CorrectionStepView,
    "ask": ask_correction_decider,
    "gives": shapes.CorrectionSerializer,
    "tags": TAGS,
}
STEPS = {
    "service-records/<int:pk>/confirm/": step_view(
        "confirm_service",
        "Confirm a record",
        "By whoever runs volunteering there, who is neither the volunteer nor has handed it in.",
        ask=ask_confirmer,
        act=_confirm,
        takes=NothingSerializer,
        gives=shapes.ServiceRecordSerializer,
        **_OF_SERVICE,
    ),
    "service-records/<int:pk>/refuse/": step_view(
        "refuse_service",
        "Do not accept a record",
        "These hours do not count; the person hears of it, and why.",
        ask=ask_decider,
        act=_refuse,
        takes=shapes.WhyNotSerializer,
        gives=shapes.ServiceRecordSerializer,
        **_OF_SERVICE,
    ),
    "service-records/<int:pk>/propose/": step_view(
        "propose_service_again",
        "Hand in a refused record again",
        "Hours of an activity that were not accepted, by those who run it, until it is settled: somebody looks at them "
        "again. What was done beside any activity is handed in anew.",
        ask=ask_proposer,
        act=_propose,
        takes=shapes.HandInAgainSerializer,
        gives=shapes.ServiceRecordSerializer,
        **_OF_SERVICE,
    ),
    "service-records/<int:pk>/ask_correction/": step_view(
        "ask_correction",
        "Ask for a correction",
        "Confirmed minutes are wrong: by the person, the leader of the team, or whoever runs volunteering there or where "
        "the person is at home. Somebody else decides.",
        ask=ask_nothing,
        act=_ask,
        takes=shapes.AskCorrectionSerializer,
        gives=shapes.CorrectionSerializer,
        **_OF_SERVICE,
    ),
    "corrections/<int:pk>/grant/": step_view(
        "grant_correction",
        "Grant a correction",
        "From now on the record has the new minutes; the old ones stay beside them. By whoever runs volunteering there, "
        "who is neither the volunteer nor has asked for it.",
        act=_decide(granted=True),
        **_OF_CORRECTION,
    ),
    "corrections/<int:pk>/refuse/": step_view(
        "refuse_correction",
        "Do not grant a correction",
        "The minutes stay as they are; what was asked for stays beside them.",
        act=_decide(granted=False),
        **_OF_CORRECTION,
    ),
}
urlpatterns = [
    path("service-records/", ServiceListView.as_view(), name="service_records"),
    path("service-records/<int:pk>/", ServiceView.as_view(), name="service_record"),
    path("corrections/", CorrectionListView.as_view(), name="corrections"),
    path("corrections/<int:pk>/", CorrectionView.as_view(), name="correction"),
    *(path(address, view.as_view()) for address, view in STEPS.items()),
]
