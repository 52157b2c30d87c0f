"""Sign-ups and attendance over REST: one's own, and for those who run an activity the list of it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import django_filters as filters
from django.db.models import Exists, OuterRef, QuerySet
from django.urls import path
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from grids.api.filters import AskedFilterSet, either, true_false_filter
from grids.api.steps import NothingSerializer, step_view
from trail.api.paging import Key, whole_key
from trail.api.schema import SEEN, answers
from trail.api.views import ListView
from trail.scopes import READ
from volunteers.actions import attendance, sign_ups
from volunteers.actions.running import RUN, lock_activity, ties_of
from volunteers.activities import LIVE, offered, sign_up_choices
from volunteers.api import activity_shapes as shapes
from volunteers.api.activities import TAGS, find_activity, tagged
from volunteers.api.activity_steps import ActivityStepView, ask_nothing, ask_table
from volunteers.api.filters import number_filter
from volunteers.api.people import find_in
from volunteers.api.steps import Told, VersionedStepView
from volunteers.api.teams import whom
from volunteers.models import Activity, Service, Shift, SignUp


def with_all(rows: QuerySet) -> QuerySet:
    """Along with what is shown of a sign-up, who leads the team, and whether hours are handed in."""
    handed_in = Exists(Service.objects.filter(sign_up=OuterRef("pk")))
    rows = rows.annotate(handed_in=handed_in)
    return rows.select_related("activity__team__leader", "shift", "volunteer").defer("activity__secret")


def seen_sign_ups(user: Any, now: datetime) -> QuerySet:
    return with_all(SignUp.objects.visible_to(user, now))


def find_sign_up(user: Any, now: datetime, pk: int) -> SignUp:
    return find_in(seen_sign_ups(user, now), pk)


def ready(one: SignUp, user: Any, now: datetime) -> Any:
    """With what the reader may do about it."""
    shown: Any = one
    shown.allowed = doable(one, ties_of(one.activity, user, now, one.volunteer))
    return shown


def doable(one: Any, ties: frozenset[str]) -> list[str]:
    """Of what the table offers now, what fits how far this sign-up is. By the list also those come who wait, or were
    missed."""
    came, left = one.checked_in_at is not None, one.checked_out_at is not None
    may_come = ("in", "waiting", "no_show") if ties & RUN else ("in",)
    fits = {
        "cancel_sign_up": one.state in LIVE and not came,
        "check_in": one.state in may_come and not came,
        "check_out": came and not left and not one.handed_in,
        "undo_check": came and not one.handed_in,
        "no_show": one.state == "in" and not came,
    }
    return [verb for verb in offered(one.activity.state, ties) if fits.get(verb)]


class SignUpFilter(AskedFilterSet):
    activity = number_filter("activity", "For the activity of this number.")
    shift = number_filter("shift", "For the shift of this number.")
    volunteer = number_filter("volunteer", "Of the volunteer of this number.")
    state = filters.ChoiceFilter(choices=sign_up_choices(), help_text="So far.")
    mine = true_false_filter("One's own; false: those of others.", method="by_mine")

    def by_mine(self, queryset: QuerySet, name: str, value: bool) -> QuerySet:
        own = SignUp.objects.of_user(self.request.user).values("pk")
        return either(queryset, own, value)


class SignUpListView(ListView):
    scopes = {"GET": READ}
    queryset = SignUp.objects.none()
    serializer_class = shapes.SignUpSerializer
    filterset_class = SignUpFilter

    def get_queryset(self) -> QuerySet:
        return seen_sign_ups(self.request.user, timezone.now())

    def paginate_queryset(self, queryset: QuerySet) -> list[Any]:
        now = timezone.now()
        return [ready(one, self.request.user, now) for one in super().paginate_queryset(queryset)]

    def order(self, request: Request) -> tuple[str, list[Key]]:
        return "newest", [whole_key("pk", descending=True)]

    @extend_schema(
        operation_id="list_sign_ups",
        summary="Sign-ups for activities",
        description="One's own, and those for activities that the caller runs: the list of whoever leads one. The "
        "newest first; of those who wait the oldest moves up first.",
        tags=list(TAGS),
        responses=answers(200, shapes.SignUpSerializer(many=True), 400, 401),
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request)


class SignUpView(GenericAPIView):
    scopes = {"GET": READ}
    queryset = SignUp.objects.none()
    serializer_class = shapes.SignUpSerializer

    @extend_schema(
        operation_id="get_sign_up",
        summary="A sign-up",
        tags=list(TAGS),
        parameters=SEEN,
        responses=answers(200, shapes.SignUpSerializer, 401, 404),
    )
    def get(self, request: Request, pk: int) -> Response:
        now = timezone.now()
        one = ready(find_sign_up(request.user, now, pk), request.user, now)
        return tagged(self.get_serializer(one), request, one.activity.version)


def fresh(one: SignUp, by: Any, now: datetime) -> Any:
    """As it is now, for whoever has just done something about it."""
    return ready(with_all(SignUp.objects.all()).get(pk=one.pk), by, now)


def _tell(one: SignUp, held: Activity, user: Any, now: datetime) -> Told:
    ties, again = ties_of(held, user, now), fresh(one, user, now)
    return Told(again.state, again.allowed, since=bool(ties & RUN))


class SignUpStepView(VersionedStepView):
    """By the version of its activity."""

    hold = staticmethod(lambda sign_up: lock_activity(sign_up.activity_id))
    tell = staticmethod(_tell)


def _sign_up(one: Activity, data: dict[str, Any], *, by: Any, now: datetime) -> Any:
    number = data["shift"]
    shift = shapes.known(Shift.objects.filter(activity=one), number, field="shift", pk=number)
    volunteer = whom(one.team, data.get("volunteer"), by, now)
    said = {"confirmed": data["confirmed"], "code": data["code"]}
    made = sign_ups.sign_up(shift, volunteer=volunteer, by=by, now=now, **said)
    return fresh(made, by, now)


def _plain(action: Callable[..., SignUp]) -> Callable[..., Any]:
    """A step that takes what was sent as it came."""

    def act(one: SignUp, data: dict[str, Any], *, by: Any, now: datetime) -> Any:
        return fresh(action(one, by=by, now=now, **data), by, now)

    return act


def _step(
    operation: str, summary: str, text: str, verb: str, action: Callable[..., SignUp], takes: Any
) -> Any:
    return step_view(
        operation,
        summary,
        text,
        find=find_sign_up,
        ask=ask_table(verb),
        act=_plain(action),
        takes=takes,
        gives=shapes.SignUpSerializer,
        tags=TAGS,
        base=SignUpStepView,
    )


STEPS = {
    "activities/<int:pk>/sign_up/": step_view(
        "sign_up",
        "Sign up for a shift",
        "Oneself; somebody else by whoever runs the activity, or runs volunteering where that person is at home. A "
        "place, or the end of the waiting list: see `state`. Once the shift has begun whoever is there signs up with the "
        "code on the screen, up to its end; those who run it add who has come, until hours are handed in.",
        find=find_activity,
        ask=ask_nothing,
        act=_sign_up,
        takes=shapes.NewSignUpSerializer,
        gives=shapes.SignUpSerializer,
        tags=TAGS,
        base=ActivityStepView,
    ),
    "sign-ups/<int:pk>/cancel_sign_up/": _step(
        "cancel_sign_up",
        "Cancel a sign-up",
        "Gives up the place, or the waiting; whoever waits longest moves up. By oneself within the hours that the "
        "activity names it is a late cancel, unless one has the place, or the shift its times, only since then.",
        "cancel_sign_up",
        sign_ups.cancel_sign_up,
        NothingSerializer,
    ),
    "sign-ups/<int:pk>/check_in/": _step(
        "check_in",
        "Check in",
        "By oneself with the code on the screen, from an hour before the shift to its end; those who run it tick their "
        "list, without a code, up to the settlement.",
        "check_in",
        attendance.check_in,
        shapes.CheckSerializer,
    ),
    "sign-ups/<int:pk>/check_out/": _step(
        "check_out",
        "Check out",
        "Whoever leaves before the end of the shift; by oneself with the code on the screen.",
        "check_out",
        attendance.check_out,
        shapes.CheckSerializer,
    ),
    "sign-ups/<int:pk>/undo_check/": _step(
        "undo_check",
        "Undo a check-in or check-out",
        "It was said by mistake, by those who run it, until hours are handed in: the check-out, or where there is none "
        "the check-in. The place stays.",
        "undo_check",
        attendance.undo_check,
        NothingSerializer,
    ),
    "sign-ups/<int:pk>/no_show/": _step(
        "mark_no_show",
        "Did not come",
        "Of somebody with a place, by those who run it, once the shift has begun. Whoever comes after all is checked in.",
        "no_show",
        attendance.mark_no_show,
        NothingSerializer,
    ),
}
urlpatterns = [
    path("sign-ups/", SignUpListView.as_view(), name="sign_ups"),
    path("sign-ups/<int:pk>/", SignUpView.as_view(), name="sign_up"),
    *(path(address, view.as_view()) for address, view in STEPS.items()),
]
