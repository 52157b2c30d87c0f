"""Posts over REST: who stands where, and everything that the staff admin can do about it."""

from datetime import datetime
from typing import Any

import django_filters as filters
from django.db.models import Case, Q, QuerySet, When
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from grids.actions import posts as actions
from grids.actions.authority import allows, require
from grids.actions.locks import lock_trees
from grids.api import post_shapes as shapes
from grids.api.filters import AskedFilterSet, text_filter, true_false_filter
from grids.api.steps import step_view
from grids.api.versions import EventStepView, Told
from grids.models import Post, Unit
from grids.roles import role_choices
from grids.rosters import Weekly
from grids.standing import standing_of
from trail.api.paging import Key, whole_key
from trail.api.schema import IDEMPOTENCY, SEEN, answers
from trail.api.views import ListView, respond_with
from trail.districts import sees_all
from trail.idempotency import respond_once
from trail.querysets import version_of
from trail.refusals import NotAllowed
from trail.scopes import MANAGE, READ

TAGS = ["posts"]
# As on the pages: who has none of these learns nobody's name here.
READERS = ("read_below", "report_in", "manage_posts")
GONE = Q(away=True) | Q(user__is_active=False)


def shown_posts(user: Any, now: datetime) -> QuerySet:
    """Posts that this person may read, with all that an answer shows and filters ask for, in one statement."""
    rows: Any = Post.objects.visible_to(user, now).with_absence(now)
    # Without a deputy it is not known whether one is there: that is no.
    unreached = Case(When(deputy_there=True, then=False), When(GONE, then=True), default=False)
    named = rows.select_related("user", "deputy", "unit", "body").annotate(
        unreached=unreached, version=version_of("post")
    )
    reads = sees_all(user) or standing_of(user, now).with_capability(*READERS)
    return named.defer("unit__boundary", "user__phone", "deputy__phone") if reads else named.none()


def find_post(user: Any, now: datetime, pk: int) -> Any:
    """A foreign one answers like one that does not exist: Http404."""
    found = shown_posts(user, now).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


class PostFilter(AskedFilterSet):
    role = filters.ChoiceFilter(choices=role_choices(), help_text="Of this role.")
    unit = text_filter(field_name="unit__code", help_text="At exactly the unit with this code.")
    body = text_filter(field_name="body__code", help_text="At the body with this code.")
    within = text_filter(
        method="by_subtree",
        help_text="At the unit with this code, below it, or at a body that belongs there.",
    )
    person = text_filter(method="by_person", help_text="Of the person with this sign-in name.")
    on_leave = true_false_filter("The person is on leave from it now.", field_name="away")
    vacant = true_false_filter("Nobody can be reached through it now.", field_name="unreached")
    current = true_false_filter("Held today; false: not begun yet.", method="by_current")

    def by_subtree(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        unit = Unit.objects.visible_to(self.request.user, timezone.now()).filter(code=value).first()
        if unit is None:
            return queryset.none()
        if unit.kind == "building":
            return queryset.filter(unit=unit)
        here = Q(**{f"unit__{unit.kind}": unit.pk})
        return queryset.filter(
            here | Q(**{f"body__{unit.kind}": unit.pk}) if unit.kind in ("district", "street") else here
        )

    def by_person(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.filter(user__username=value)

    def by_current(self, queryset: QuerySet, name: str, value: bool) -> QuerySet:
        today = timezone.localdate()
        return queryset.filter(starts_on__lte=today) if value else queryset.filter(starts_on__gt=today)


class PostListView(ListView):
    scopes = {"GET": READ, "POST": MANAGE}
    queryset = Post.objects.none()
    serializer_class = shapes.PostSerializer
    filterset_class = PostFilter

    def get_queryset(self) -> QuerySet:
        now = timezone.now()
        return shown_posts(self.request.user, now).unended(now)

    def order(self, request: Request) -> tuple[str, list[Key]]:
        return "pk", [whole_key("pk")]

    @extend_schema(
        operation_id="list_posts",
        summary="Posts",
        description="Who stands where, now or later; ended ones are read by their number. For those who read or manage "
        "posts on the pages; for others the list is empty. Never telephones. Units where nobody holds a role: "
        "`units/?lacking=`.",
        tags=TAGS,
        responses=answers(200, shapes.PostSerializer(many=True), 400, 401),
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request)

    @extend_schema(
        operation_id="appoint",
        summary="Appoint somebody",
        description="Gives a person a post. Location is its address.",
        tags=TAGS,
        parameters=[IDEMPOTENCY],
        filters=False,
        request={"application/json": shapes.AppointSerializer},
        responses=answers(201, shapes.PostDetailSerializer, 400, 401, 403, 409, 413, 422),
    )
    def post(self, request: Request) -> HttpResponse:
        return respond_once(request, lambda: self.appoint(request, timezone.now()))

    def appoint(self, request: Request, now: datetime) -> Response:
        user = request.user
        if not (sees_all(user) or standing_of(user, now).can("manage_posts")):
            raise NotAllowed(_("Your post does not allow this here."), code="not_allowed")
        serializer = shapes.AppointSerializer(data=request.data, context={"request": request, "now": now})
        serializer.is_valid(raise_exception=True)
        data = dict(serializer.validated_data)
        made = actions.appoint(data.pop("person"), by=user, now=now, **data)
        where = reverse("grids_api:post", args=[made.pk])
        shown = shapes.PostDetailSerializer(find_post(user, now, made.pk)).data
        return Response(shown, status=201, headers={"Location": where})


class PostView(GenericAPIView):
    scopes = {"GET": READ}
    queryset = Post.objects.none()
    serializer_class = shapes.PostDetailSerializer

    @extend_schema(
        operation_id="get_post",
        summary="A post",
        description="With leave and duty roster; an ended one too.",
        tags=TAGS,
        parameters=SEEN,
        responses=answers(200, shapes.PostDetailSerializer, 401, 404),
    )
    def get(self, request: Request, pk: int) -> Response:
        post = find_post(request.user, timezone.now(), pk)
        return respond_with(self.get_serializer(post), request, post.version)


def _manages(post: Post, user: Any, now: datetime) -> None:
    require(user, "manage_posts", post.place, now)


def _own_or_manages(post: Post, user: Any, now: datetime) -> None:
    if post.user_id != user.pk:
        _manages(post, user, now)


def _again(post: Post, by: Any, now: datetime) -> Post:
    return find_post(by, now, post.pk)


def _end(post: Post, data: dict[str, Any], *, by: Any, now: datetime) -> Post:
    return _again(actions.end_post(post, by=by, now=now, **data), by, now)


def _deputy(post: Post, data: dict[str, Any], *, by: Any, now: datetime) -> Post:
    return _again(actions.set_deputy(post, by=by, now=now, **data), by, now)


def _leave(post: Post, data: dict[str, Any], *, by: Any, now: datetime) -> Post:
    return _again(actions.record_leave(post, by=by, now=now, **data).post, by, now)


def _end_leave(post: Post, data: dict[str, Any], *, by: Any, now: datetime) -> Post:
    leave = post.leaves.filter(pk=data["leave"], ends_at__gt=now).first()
    if leave is None:
        raise Http404
    actions.end_leave(leave, by=by, now=now)
    return _again(post, by, now)


def _keeps_roster(post: Post, user: Any, now: datetime) -> None:
    require(user, "keep_roster", post.place, now)


def _shift(post: Post, data: dict[str, Any], *, by: Any, now: datetime) -> Post:
    return _again(actions.set_shift(post, by=by, now=now, **data).post, by, now)


def _weekly_shifts(post: Post, data: dict[str, Any], *, by: Any, now: datetime) -> Post:
    first, rank = data.get("first") or timezone.localdate(now), data["rank"]
    weekly = Weekly(frozenset(data["weekdays"]), data["begins"], data["ends"], first, data["weeks"])
    actions.set_weekly_shifts(post, weekly=weekly, rank=rank, by=by, now=now)
    return _again(post, by, now)


def _drop_shift(post: Post, data: dict[str, Any], *, by: Any, now: datetime) -> Post:
    shift = post.shifts.filter(pk=data["shift"], ends_at__gt=now).first()
    if shift is None:
        raise Http404
    actions.drop_shift(shift, by=by, now=now)
    return _again(post, by, now)


class PostStepView(EventStepView):
    subject_type = "post"

    @staticmethod
    def hold(post: Post, data: dict[str, Any]) -> None:
        list(Post.objects.select_for_update(no_key=True).filter(pk=post.pk).values_list("pk"))

    @staticmethod
    def tell(post: Post, user: Any, now: datetime) -> Told:
        """What may be done with an ended one too is nothing that anybody wants."""
        current = Post.objects.select_related("unit", "body").get(pk=post.pk)
        if current.ends_on is not None and current.ends_on <= timezone.localdate(now):
            return Told("ended", [])
        manages = allows(user, "manage_posts", current.place, now)
        own = OWN if manages or current.user_id == user.pk else ()
        keeps = ROSTER if allows(user, "keep_roster", current.place, now) else ()
        return Told("held", [*(("end",) if manages else ()), *own, *keeps])


class EndPostView(PostStepView):
    """Who stands behind a district is counted under the lock of its root, which comes first."""

    @staticmethod
    def hold(post: Post, data: dict[str, Any]) -> None:
        lock_trees([post.place.district_id])
        PostStepView.hold(post, data)


OWN, ROSTER = ("deputy", "leave", "end_leave"), ("shift", "weekly_shifts", "drop_shift")


def _step(key: str, summary: str, text: str, ask: Any, act: Any, takes: Any) -> Any:
    return step_view(
        f"{key}_post",
        summary,
        text,
        find=find_post,
        ask=ask,
        act=act,
        takes=takes,
        gives=shapes.PostDetailSerializer,
        tags=("posts",),
        base=EndPostView if key == "end" else PostStepView,
    )


STEPS = {
    "end": _step(
        "end",
        "End a post",
        "Of a district somebody who can dispatch or handle must stay (409, last). Ended already: nothing happens.",
        _manages,
        _end,
        shapes.EndPostSerializer,
    ),
    "deputy": _step(
        "deputise",
        "Name the deputy",
        "Who stands in while the person is on leave. Of one's own post, or by whoever manages posts there.",
        _own_or_manages,
        _deputy,
        shapes.DeputySerializer,
    ),
    "leave": _step(
        "record_leave_of",
        "Record leave",
        "Meanwhile the deputy is addressed. From one's own post, or by whoever manages posts there.",
        _own_or_manages,
        _leave,
        shapes.TimesSerializer,
    ),
    "end_leave": _step(
        "end_leave_of",
        "Back from leave",
        "Earlier than it was recorded; one that has not begun is cancelled. 404 for one that is over.",
        _own_or_manages,
        _end_leave,
        shapes.WhichLeaveSerializer,
    ),
    "shift": _step(
        "set_shift_of",
        "Put on the duty roster",
        "The same post and beginning again changes that shift. By whoever keeps the roster there: the street's leaders and "
        "dispatchers and the community's secretary at their place and below, a body's head at the body, the district. "
        "409 (role) for whoever can neither handle, report in nor dispatch.",
        _keeps_roster,
        _shift,
        shapes.NewShiftSerializer,
    ),
    "weekly_shifts": _step(
        "set_weekly_shifts_of",
        "Put on the duty roster every week",
        "All shifts of so many weeks at once, but for those that are over (409, days, where none is left).",
        _keeps_roster,
        _weekly_shifts,
        shapes.WeeklyShiftsSerializer,
    ),
    "drop_shift": _step(
        "drop_shift_of",
        "Take off the duty roster",
        "404 for one that is over, or not this post's.",
        _keeps_roster,
        _drop_shift,
        shapes.WhichShiftSerializer,
    ),
}
