"""Responsibility pairing (包保) over REST: who answers where, the five duties, and where nobody does."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import django_filters as filters
from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from grids.api.filters import AskedFilterSet, either, true_false_filter, within_code
from grids.api.steps import step_view
from grids.models import Unit
from trail.api.paging import Key, text_key, whole_key
from trail.api.schema import IDEMPOTENCY, SEEN, answers
from trail.api.views import ListView, respond_with
from trail.idempotency import respond_once
from trail.refusals import NotAllowed
from trail.scopes import MANAGE, READ
from volunteers.actions import pairings
from volunteers.api import joining_shapes as shapes
from volunteers.api.filters import number_filter
from volunteers.api.people import find_in, require_runs
from volunteers.joining import duty_choices, level_choices, pairing_state_choices
from volunteers.models import Pairing
from volunteers.pairing_querysets import places_read, without_anybody
from volunteers.querysets import runs_at

TAGS = ("responsibility pairing",)
PLACES = ("community", "grid", "building")
# As an address writes them.
LEVELS = [(str(number), label) for number, label in level_choices()]


# --- what the caller may do ---------------------------------------------------------------------------------
def ask_runner(one: Pairing, user: Any, now: datetime) -> None:
    """Whoever runs volunteering there. Raises NotAllowed."""
    if not runs_at(user, one, now):
        raise _not_allowed()


def ask_answerer(one: Pairing, user: Any, now: datetime) -> None:
    """The same, or whoever answers for the place. Raises NotAllowed."""
    if not pairings.may_note(one, user, now):
        raise _not_allowed()


def _not_allowed() -> NotAllowed:
    return NotAllowed(_("Your post does not allow this here."), code="not_allowed")


def with_all(rows: QuerySet) -> QuerySet:
    """Along with what is shown of a pairing."""
    found = rows.select_related("organisation", "official", *PLACES).prefetch_related("duties")
    return found.defer(*(f"{place}__boundary" for place in PLACES))


def ready(one: Any, user: Any, now: datetime) -> Any:
    """A pairing with its state, and what the reader may do about it."""
    runs, one.mine = runs_at(user, one, now), pairings.answers_for(one, user, now)
    one.state = one.state_on(timezone.localdate(now))
    duties = ["note_duty", *(["take_back"] if one.duties.all() else [])] if runs or one.mine else []
    one.allowed = duties + (["end"] if runs and one.state != "ended" else [])
    return one


def find_pairing(user: Any, now: datetime, pk: int) -> Pairing:
    return find_in(with_all(Pairing.objects.visible_to(user, now)), pk)


def fresh(one: Pairing, by: Any, now: datetime) -> Any:
    """As it is now, for whoever has just done something about it."""
    return ready(with_all(Pairing.objects.all()).get(pk=one.pk), by, now)


# --- pairings ---------------------------------------------------------------------------------------------------
class PairingFilter(AskedFilterSet):
    unit = filters.CharFilter(
        max_length=100, method="by_unit", help_text="With the unit with this code, or a place below it."
    )
    level = filters.ChoiceFilter(choices=LEVELS, help_text="Of this level.")
    state = filters.ChoiceFilter(
        choices=pairing_state_choices(), method="by_state", help_text="To begin, in force or ended today."
    )
    lacking = filters.ChoiceFilter(
        choices=duty_choices(), method="by_lack", help_text="Where this duty is not done."
    )
    complete = true_false_filter("All five duties are done; false: not all.", method="by_complete")
    double = true_false_filter(
        "Beside which another one of the same level stands today; false: the others.", method="by_double"
    )
    organisation = number_filter("organisation", "Of the organisation of this number.")
    mine = true_false_filter("For which the caller answers; false: the others.", method="by_mine")

    def by_unit(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return within_code(queryset, value)

    def by_state(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.in_state(value, timezone.localdate())

    def by_lack(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.lacking(value)

    def by_complete(self, queryset: QuerySet, name: str, value: bool) -> QuerySet:
        open_ones = Pairing.objects.lacking().values("pk")
        return either(queryset, open_ones, not value)

    def by_double(self, queryset: QuerySet, name: str, value: bool) -> QuerySet:
        doubled = Pairing.objects.overlapping(timezone.localdate()).values("pk")
        return either(queryset, doubled, value)

    def by_mine(self, queryset: QuerySet, name: str, value: bool) -> QuerySet:
        return either(queryset, Pairing.objects.own(self.request.user, timezone.now()), value)


class PairingListView(ListView):
    scopes = {"GET": READ, "POST": MANAGE}
    queryset = Pairing.objects.none()
    serializer_class = shapes.PairingSerializer
    filterset_class = PairingFilter

    def get_queryset(self) -> QuerySet:
        return with_all(Pairing.objects.visible_to(self.request.user, timezone.now()))

    def paginate_queryset(self, queryset: QuerySet) -> list[Any]:
        now = timezone.now()
        return [ready(one, self.request.user, now) for one in super().paginate_queryset(queryset)]

    def order(self, request: Request) -> tuple[str, list[Key]]:
        return "newest", [whole_key("pk", descending=True)]

    @extend_schema(
        operation_id="list_pairings",
        summary="Responsibility pairings",
        description="Of the places that the caller reads, their own, and those of organisations that they speak for; what "
        "was written down last stands first.",
        tags=list(TAGS),
        responses=answers(200, shapes.PairingSerializer(many=True), 400, 401),
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request)

    @extend_schema(
        operation_id="pair_place",
        summary="Pair a place",
        description="An organisation or an official answers for a community, a grid or a building from a day on: by "
        "whoever runs volunteering there. Another one of the same level is allowed, and found by `double=true`. Location "
        "is its address.",
        tags=list(TAGS),
        parameters=[IDEMPOTENCY],
        filters=False,
        request={"application/json": shapes.NewPairingSerializer},
        responses=answers(201, shapes.PairingSerializer, 400, 401, 403, 409, 413, 422),
    )
    def post(self, request: Request) -> HttpResponse:
        return respond_once(request, lambda: self.pair(request, timezone.now()))

    def pair(self, request: Request, now: datetime) -> Response:
        by = request.user
        require_runs(by, now)
        serializer = shapes.NewPairingSerializer(data=request.data, context={"request": request, "now": now})
        serializer.is_valid(raise_exception=True)
        facts = dict(serializer.validated_data)
        made = fresh(pairings.pair_place(facts.pop("unit"), **facts, by=by, now=now), by, now)
        where = reverse("volunteers_api:pairing", args=[made.pk])
        return Response(shapes.PairingSerializer(made).data, status=201, headers={"Location": where})


class PairingView(GenericAPIView):
    scopes = {"GET": READ}
    queryset = Pairing.objects.none()
    serializer_class = shapes.PairingSerializer

    @extend_schema(
        operation_id="get_pairing",
        summary="A responsibility pairing",
        tags=list(TAGS),
        parameters=SEEN,
        responses=answers(200, shapes.PairingSerializer, 401, 404),
    )
    def get(self, request: Request, pk: int) -> Response:
        now = timezone.now()
        one = ready(find_pairing(request.user, now, pk), request.user, now)
        return respond_with(self.get_serializer(one), request)


# --- gaps -------------------------------------------------------------------------------------------------------
class GapFilter(AskedFilterSet):
    unit = filters.CharFilter(
        max_length=100, method="by_unit", help_text="In the subtree of the unit with this code."
    )
    level = filters.ChoiceFilter(
        choices=LEVELS,
        method="by_level",
        help_text="For which nobody of this level answers; left out: nobody of any.",
    )

    def by_unit(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        unit = Unit.objects.filter(code=value).defer("boundary").first()
        return queryset.within(unit) if unit else queryset.none()

    def by_level(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return without_anybody(queryset, int(value), timezone.localdate())

    def filter_queryset(self, queryset: QuerySet) -> QuerySet:
        found = super().filter_queryset(queryset)
        if self.form.cleaned_data.get("level"):
            return found
        return without_anybody(found, None, timezone.localdate())


class GapListView(ListView):
    scopes = {"GET": READ}
    queryset = Unit.objects.none()
    serializer_class = shapes.GapSerializer
    filterset_class = GapFilter

    def get_queryset(self) -> QuerySet:
        rows = places_read(self.request.user, timezone.now()).filter(kind="building")
        return rows.select_related("grid", "community").defer(
            "boundary", "grid__boundary", "community__boundary"
        )

    def paginate_queryset(self, queryset: QuerySet) -> list[Any]:
        page = super().paginate_queryset(queryset)
        for one in page:
            one.itself = one
        return page

    def order(self, request: Request) -> tuple[str, list[Key]]:
        return "code", [text_key("code"), whole_key("pk")]

    @extend_schema(
        operation_id="list_pairing_gaps",
        summary="Buildings for which nobody answers",
        description="Today, of the places that the caller reads, by code: neither by themselves nor by their grid or "
        "community.",
        tags=list(TAGS),
        responses=answers(200, shapes.GapSerializer(many=True), 400, 401),
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request)


# --- steps ------------------------------------------------------------------------------------------------------
def _note(one: Pairing, data: dict[str, Any], *, by: Any, now: datetime) -> Any:
    pairings.note_duty(one, **data, by=by, now=now)
    return fresh(one, by, now)


def _doing(action: Callable[..., Pairing]) -> Callable[..., Any]:
    """A step that takes what was sent as it came."""

    def act(one: Pairing, data: dict[str, Any], *, by: Any, now: datetime) -> Any:
        return fresh(action(one, **data, by=by, now=now), by, now)

    return act


_OF_PAIRING: dict[str, Any] = {"find": find_pairing, "gives": shapes.PairingSerializer, "tags": TAGS}
STEPS = {
    "pairings/<int:pk>/note_duty/": step_view(
        "note_duty",
        "Note a duty as done",
        "Or correct its day or what there is to show for it: by whoever answers for the place or runs volunteering there.",
        ask=ask_answerer,
        act=_note,
        takes=shapes.NoteDutySerializer,
        **_OF_PAIRING,
    ),
    "pairings/<int:pk>/take_back/": step_view(
        "take_back_duty",
        "Take a duty back",
        "It is not done after all.",
        ask=ask_answerer,
        act=_doing(pairings.take_back_duty),
        takes=shapes.DutyKeySerializer,
        **_OF_PAIRING,
    ),
    "pairings/<int:pk>/end/": step_view(
        "end_pairing",
        "End a pairing",
        "From a day on nobody answers by it: by whoever runs volunteering there.",
        ask=ask_runner,
        act=_doing(pairings.end_pairing),
        takes=shapes.EndPairingSerializer,
        **_OF_PAIRING,
    ),
}
urlpatterns = [
    path("pairings/", PairingListView.as_view(), name="pairings"),
    path("pairings/gaps/", GapListView.as_view(), name="pairing_gaps"),
    path("pairings/<int:pk>/", PairingView.as_view(), name="pairing"),
    *(path(address, view.as_view()) for address, view in STEPS.items()),
]
