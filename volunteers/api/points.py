"""One's own points over REST: what one has, and every line of the passbook. Nobody else's, whatever one's post."""

from datetime import datetime
from typing import Any

import django_filters as filters
from django.db.models import QuerySet
from django.http import Http404
from django.urls import path
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from grids.api.filters import AskedFilterSet
from grids.api.steps import step_view
from trail.api.paging import Key, whole_key
from trail.api.schema import SEEN, answers
from trail.api.views import ListView, respond_with
from trail.scopes import READ
from volunteers.actions.points import choose_ranking
from volunteers.api import point_shapes as shapes
from volunteers.api.activity_steps import ask_nothing
from volunteers.ledger import booking_choices
from volunteers.models import PointAccount, PointEntry, Volunteer

TAGS = ("points",)


def find_oneself(user: Any, now: datetime) -> Volunteer:
    found = Volunteer.objects.of_user(user).first()
    if found is None:
        raise Http404
    return found


def told(volunteer: Volunteer, user: Any, now: datetime) -> dict[str, Any]:
    """Whoever has not earned anything yet has no account, and nothing in it."""
    account = PointAccount.objects.visible_to(user, now).filter(volunteer=volunteer).first()
    return {
        "volunteer": volunteer.pk,
        "points": account.balance if account else 0,
        "to_settle": account.owed if account else 0,
        "may_expire_on": account.expires_next if account else None,
        "shows_alias": bool(account and account.shows_alias),
    }


class AccountView(GenericAPIView):
    scopes = {"GET": READ}
    queryset = PointAccount.objects.none()
    serializer_class = shapes.AccountSerializer

    @extend_schema(
        operation_id="get_own_points",
        summary="One's own points",
        description="Of the volunteer that the caller is; 404 for whoever is none. Nobody reads what others have.",
        tags=list(TAGS),
        parameters=SEEN,
        responses=answers(200, shapes.AccountSerializer, 401, 404),
    )
    def get(self, request: Request) -> Response:
        now = timezone.now()
        one = told(find_oneself(request.user, now), request.user, now)
        return respond_with(self.get_serializer(one), request)


class EntryFilter(AskedFilterSet):
    kind = filters.ChoiceFilter(
        field_name="transfer__kind", choices=booking_choices(), help_text="Of this kind of booking."
    )
    first = filters.DateFilter(
        field_name="transfer__day", lookup_expr="gte", help_text="For this day or later."
    )
    last = filters.DateFilter(
        field_name="transfer__day", lookup_expr="lte", help_text="For this day or before."
    )


class EntryListView(ListView):
    scopes = {"GET": READ}
    queryset = PointEntry.objects.none()
    serializer_class = shapes.EntrySerializer
    filterset_class = EntryFilter

    def get_queryset(self) -> QuerySet:
        return PointEntry.objects.visible_to(self.request.user, timezone.now()).select_related("transfer")

    def order(self, request: Request) -> tuple[str, list[Key]]:
        return "newest", [whole_key("pk", descending=True)]

    @extend_schema(
        operation_id="list_own_point_entries",
        summary="One's own passbook",
        description="Every line of one's own account, the newest first: what came in and for which deed, what was put "
        "aside or given back, what was corrected or has expired. Nothing in it is ever changed.",
        tags=list(TAGS),
        responses=answers(200, shapes.EntrySerializer(many=True), 400, 401),
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request)


def _choose(one: Volunteer, data: dict[str, Any], *, by: Any, now: datetime) -> dict[str, Any]:
    choose_ranking(one, shown=data["shown"], by=by, now=now)
    return told(one, by, now)


STEPS = {
    "me/points/ranking/": step_view(
        "choose_ranking",
        "Stand in rankings",
        "Under the alias, or not any more; nobody else chooses it. 409 (`alias`) for whoever has none.",
        find=find_oneself,
        ask=ask_nothing,
        act=_choose,
        takes=shapes.RankingSerializer,
        gives=shapes.AccountSerializer,
        tags=TAGS,
    ),
}
urlpatterns = [
    path("me/points/", AccountView.as_view(), name="own_points"),
    path("me/points/entries/", EntryListView.as_view(), name="own_point_entries"),
    *(path(address, view.as_view()) for address, view in STEPS.items()),
]
