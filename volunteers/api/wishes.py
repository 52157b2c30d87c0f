"""Micro-wishes over REST: found, made, and all that their table (volunteers.wishes) lets one do, by the same actions as on
the pages. The wisher's contact leaves masked at most, and the wisher's own link not at all: idempotency keys would keep
them."""

from collections.abc import Callable, Sequence
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

from grids.api.filters import (
    AskedFilterSet,
    MomentFilter,
    either,
    text_filter,
    true_false_filter,
    within_code,
)
from grids.api.steps import NothingSerializer, step_view
from grids.models import Unit
from trail.api.paging import Key, moment_key, whole_key
from trail.api.schema import IDEMPOTENCY, SEEN, answers
from trail.api.views import ListView
from trail.idempotency import respond_once
from trail.refusals import NotAllowed, Refused
from trail.scopes import MANAGE, READ
from volunteers.actions.wish_step import lock_wish
from volunteers.actions.wishes import PERFORM, make_wish
from volunteers.api import wish_shapes as shapes
from volunteers.api.activities import tagged
from volunteers.api.people import find_in
from volunteers.api.steps import Told, VersionedStepView
from volunteers.models import Volunteer, Wish, Wisher
from volunteers.querysets import reads_contact
from volunteers.wish_ties import having, helps_in, is_account, own_claimer, seen_facts
from volunteers.wish_words import said_to
from volunteers.wishes import CONCERNED, PERSONAL, REASONS, allowed, refusal, state_choices

TAGS = ("wishes",)
NEWEST: list[Key] = [moment_key("made_at", descending=True), whole_key("pk", descending=True)]


def with_all(rows: QuerySet) -> QuerySet:
    """Along with what is shown of a wish, and with who has it."""
    return rows.with_claim().select_related("unit").defer("unit__boundary", "secret_hash")


def find_wish(user: Any, now: datetime, pk: int) -> Wish:
    return find_in(with_all(Wish.objects.visible_to(user, now)), pk)


def ready(rows: Sequence[Wish], user: Any, now: datetime) -> list[Any]:
    """Each with what the reader is to know of it, and may do. Six queries at most."""
    found: list[Any] = list(rows)
    helps, said = helps_in(user, now), said_to(found, user, now)
    theirs = [one.pk for one in found if is_account(one.wisher_id, user) or reads_contact(user, one, now)]
    contacts = Wisher.objects.filter(erased_at=None).in_bulk(theirs) if theirs else {}
    for one in found:
        facts = seen_facts(one, user, now, helps)
        one.allowed, one.shown_words = allowed(facts), said[one.pk]
        one.is_mine = is_account(one.wisher_id, user)
        one.shown_claim = having(one) if facts.ties & CONCERNED else None
        one.shown_contact = contacts.get(one.pk)
    return found


def fresh(wish: Wish, by: Any, now: datetime) -> Any:
    """As it is now, for whoever has just done something to it."""
    return ready([with_all(Wish.objects.all()).get(pk=wish.pk)], by, now)[0]


class WishFilter(AskedFilterSet):
    state = filters.ChoiceFilter(choices=state_choices(), help_text="In this state.")
    unit = text_filter(method="by_unit", help_text="In the unit with this code, or anywhere below it.")
    made_after = MomentFilter(
        field_name="made_at", lookup_expr="gte", help_text="Made at this moment or later."
    )
    made_before = MomentFilter(field_name="made_at", lookup_expr="lt", help_text="Made before this moment.")
    mine = true_false_filter("Made by the caller for themselves.", method="by_wisher")
    claimed = true_false_filter(
        "Claimed by the caller or by whom they speak for, now or once.", method="by_claimer"
    )
    claimable = true_false_filter(
        "Waits for somebody, and the caller may claim it for themselves or whom they speak for.",
        method="by_chance",
    )
    overdue = true_false_filter("Claimed, and the claim has run out.", method="by_time")

    def by_unit(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return within_code(queryset, value)

    def by_wisher(self, queryset: QuerySet, name: str, value: bool) -> QuerySet:
        return either(queryset, Wish.objects.filter(wisher=self.request.user.pk), value)

    def by_claimer(self, queryset: QuerySet, name: str, value: bool) -> QuerySet:
        return either(queryset, Wish.objects.claimed_by(self.request.user, timezone.now()), value)

    def by_chance(self, queryset: QuerySet, name: str, value: bool) -> QuerySet:
        user = self.request.user
        there = Wish.objects.filter(state="open", district__in=helps_in(user, timezone.now()))
        return either(queryset, there.exclude(wisher=user.pk), value)

    def by_time(self, queryset: QuerySet, name: str, value: bool) -> QuerySet:
        return either(queryset, Wish.objects.overdue(timezone.now()), value)


class WishListView(ListView):
    scopes = {"GET": READ, "POST": MANAGE}
    queryset = Wish.objects.none()
    serializer_class = shapes.WishSerializer
    filterset_class = WishFilter

    def get_queryset(self) -> QuerySet:
        return with_all(Wish.objects.visible_to(self.request.user, timezone.now()))

    def paginate_queryset(self, queryset: QuerySet) -> list[Any]:
        return ready(super().paginate_queryset(queryset), self.request.user, timezone.now())

    def order(self, request: Request) -> tuple[str, list[Key]]:
        return "newest", NEWEST

    @extend_schema(
        operation_id="list_wishes",
        summary="Micro-wishes",
        description="What waits for somebody is for everybody to find, under its alias. All others: one's own, those that "
        "one has or had claimed, and those where one runs volunteering; the newest first.",
        tags=list(TAGS),
        responses=answers(200, shapes.WishSerializer(many=True), 400, 401),
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request)

    @extend_schema(
        operation_id="make_wish",
        summary="Make a wish",
        description="One's own, or with `on_behalf` that of somebody else by whoever is on duty there. The community "
        "reviews it before others read it. Location is its address. The wisher's own link is given on the pages alone.",
        tags=list(TAGS),
        parameters=[IDEMPOTENCY],
        filters=False,
        request={"application/json": shapes.NewWishSerializer},
        responses=answers(201, shapes.WishSerializer, 400, 401, 403, 409, 413, 422),
    )
    def post(self, request: Request) -> HttpResponse:
        return respond_once(request, lambda: self.make(request, timezone.now()))

    def make(self, request: Request, now: datetime) -> Response:
        by = request.user
        serializer = shapes.NewWishSerializer(data=request.data, context={"request": request, "now": now})
        serializer.is_valid(raise_exception=True)
        facts = dict(serializer.validated_data)
        facts["unit"] = facts.get("unit") or _home(by)
        wish, _secret = make_wish(**facts, by=by, now=now)
        made = fresh(wish, by, now)
        where = reverse("volunteers_api:wish", args=[made.pk])
        return Response(shapes.WishSerializer(made).data, status=201, headers={"Location": where})


def _home(user: Any) -> Unit:
    """Where the caller is at home as a volunteer. Raises ValidationError for whoever is none: they say where."""
    oneself = Volunteer.objects.active().of_user(user).select_related("home").first()
    if oneself is None:
        missing = shapes.NewWishSerializer().fields["unit"].error_messages["required"]
        raise ValidationError({"unit": [missing]}, code="required")
    return oneself.home


class WishView(GenericAPIView):
    scopes = {"GET": READ}
    queryset = Wish.objects.none()
    serializer_class = shapes.WishSerializer

    @extend_schema(
        operation_id="get_wish",
        summary="A micro-wish",
        tags=list(TAGS),
        parameters=SEEN,
        responses=answers(200, shapes.WishSerializer, 401, 404),
    )
    def get(self, request: Request, pk: int) -> Response:
        now = timezone.now()
        (one,) = ready([find_wish(request.user, now, pk)], request.user, now)
        return tagged(self.get_serializer(one), request, one.version)


# --- steps ------------------------------------------------------------------------------------------------
def _tell(one: Wish, held: Wish, user: Any, now: datetime) -> Told:
    """What has happened since is for those whom it concerns: others would read who had it."""
    again = with_all(Wish.objects.all()).get(pk=held.pk)
    facts = seen_facts(again, user, now, helps_in(user, now))
    return Told(held.state, list(allowed(facts)), since=bool(facts.ties & CONCERNED))


class WishStepView(VersionedStepView):
    hold = staticmethod(lambda wish: lock_wish(wish.pk))
    tell = staticmethod(_tell)


def _ask(verb: str) -> Callable[..., None]:
    """Refuses who never may, by the table; whether now is the time, and for whom it is claimed, the action says."""

    def ask(one: Wish, user: Any, now: datetime) -> None:
        facts = seen_facts(one, user, now, helps_in(user, now))
        code = refusal(verb, facts)
        if code in PERSONAL:
            raise NotAllowed(REASONS[code], code=code, allowed=allowed(facts))

    return ask


def _act(verb: str) -> Callable[..., Any]:
    """A step that takes what was sent as it came."""

    def act(one: Wish, data: dict[str, Any], *, by: Any, now: datetime) -> Any:
        return fresh(PERFORM[verb](one, by=by, now=now, **data), by, now)

    return act


def _claim(one: Wish, data: dict[str, Any], *, by: Any, now: datetime) -> Any:
    claimer = next(iter(data.values()), None) or own_claimer(by, one.district_id)
    if claimer is None:
        raise Refused(_("Say for whom you claim it: an organisation, a body or a volunteer."), code="claimer")
    return fresh(PERFORM["claim"](one, claimer=claimer, by=by, now=now), by, now)


def _step(verb: str, text: str, takes: Any = NothingSerializer, **more: Any) -> Any:
    """A step of a wish, at the address that its table names."""
    given: dict[str, Any] = {"act": _act(verb), "ask": _ask(verb)} | more
    return step_view(
        f"{verb}_wish",
        SUMMARIES[verb],
        text,
        find=find_wish,
        gives=shapes.WishSerializer,
        takes=takes,
        tags=TAGS,
        base=WishStepView,
        **given,
    )


SUMMARIES = {
    "accept": "Accept a wish",
    "refuse": "Do not accept a wish",
    "claim": "Claim a wish",
    "give_back": "Give a wish back",
    "fulfil": "Say that a wish is fulfilled",
    "send_back": "Say that a wish is not fulfilled",
    "confirm": "Confirm that a wish is fulfilled",
    "thank": "Say thank you",
    "withdraw": "Withdraw a wish",
    "cancel": "Call a wish off",
}
STEPS = {
    "accept": _step(
        "accept",
        "By the community. Everybody may read and claim it from now on.",
        shapes.AcceptWishSerializer,
    ),
    "refuse": _step(
        "refuse", "By the community, which says why: the wisher reads it.", shapes.WhyWishSerializer
    ),
    "claim": _step(
        "claim",
        "One volunteer, member, organisation or body promises to fulfil it in `days`; of several at the same moment one "
        "wins, and the others get 409, `taken`. For oneself, for whom one speaks, and by whoever runs volunteering for "
        "those without an account.",
        shapes.ClaimWishSerializer,
        act=_claim,
    ),
    "give_back": _step(
        "give_back",
        "By whoever claimed it, or the community. Others may claim it again.",
        shapes.WhyWishSerializer,
    ),
    "fulfil": _step(
        "fulfil", "By whoever claimed it. Somebody else confirms it.", shapes.FulfilWishSerializer
    ),
    "send_back": _step(
        "send_back",
        "By the wisher or the community: whoever claimed it has the same number of days once more.",
        shapes.WhyWishSerializer,
    ),
    "confirm": _step("confirm", "By the wisher or the community, never by whoever claimed it or said so."),
    "thank": _step("thank", "By the wisher or the community, once.", shapes.ThankWishSerializer),
    "withdraw": _step("withdraw", "By the wisher, as long as it is not said to be fulfilled."),
    "cancel": _step("cancel", "By the community, which says why.", shapes.WhyWishSerializer),
}
urlpatterns = [
    path("wishes/", WishListView.as_view(), name="wishes"),
    path("wishes/<int:pk>/", WishView.as_view(), name="wish"),
    *(path(f"wishes/<int:pk>/{verb}/", view.as_view()) for verb, view in STEPS.items()),
]
