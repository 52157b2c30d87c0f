"""Tasks outside the duty list over REST: those that one sees, one more from the grid, and what the district decides."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from grids.api.fields import CodeField, PartyField, party
from grids.api.steps import step_view
from issues.actions.outside import check_decider, decides, report_outside, settle_outside
from issues.api import words
from issues.kinds import LONGEST_OUTSIDE, OUTSIDE_ENDS, choices
from issues.models import Issue, OutsideTask
from issues.relieving import way_back
from trail.api.fields import WordField
from trail.api.paging import Key, moment_key, whole_key
from trail.api.schema import IDEMPOTENCY, SEEN, answers
from trail.api.views import ListView, respond_with
from trail.idempotency import respond_once
from trail.scopes import HANDLE, READ, REPORT

# Everybody whom an answer may name.
NAMED = (
    *("grid__merged_into", "given_unit", "given_body", "moved_unit", "moved_body"),
    *("issue__owner_unit__parent", "issue__sender_unit", "issue__sender_body__unit"),
)
UNITS = (
    *(
        "grid",
        "grid__merged_into",
        "given_unit",
        "moved_unit",
        "issue__owner_unit",
        "issue__owner_unit__parent",
    ),
    *("issue__sender_unit", "issue__sender_body__unit"),
)


class OutsideTaskSerializer(serializers.Serializer):
    """A task as it was reported, and what the district made of it."""

    id = serializers.IntegerField(help_text="Its number.")
    grid = PartyField(help_text="The grid that it was given to.")
    given_by = PartyField(help_text="Who gave it.")
    text = serializers.CharField(help_text="What was to be done.")
    given_on = serializers.DateField(help_text="When it was given.")
    reported_at = serializers.DateTimeField(help_text="When it was reported.")
    state = WordField(words.outside_words, help_text="What the district made of it.")
    until = serializers.DateField(allow_null=True, help_text="Where it is allowed: the last day.")
    note = serializers.CharField(allow_blank=True, help_text="What the district says of it.")
    goes_to = serializers.SerializerMethodField(
        help_text="While it is to be decided: to whom its issue goes if it is taken back (whoever sent it to the grid, not "
        "`given_by`; else the nearest level above that may have it); null where no issue moves."
    )
    moved_to = PartyField(
        help_text="Where it was taken back: who got its issue; null where none moved.", allow_null=True
    )
    allowed = serializers.SerializerMethodField(help_text="What the caller may do with it now: settle.")

    @extend_schema_field(PartyField(allow_null=True))
    def get_goes_to(self, task: OutsideTask) -> dict[str, str] | None:
        target = way_back(task, task.issue).to if task.state == "open" else None
        return party(target) if target else None

    def get_allowed(self, task: OutsideTask) -> list[str]:
        decider = task.state == "open" and decides(task, self.context["request"].user, timezone.now())
        return ["settle"] if decider else []


class ReportOutsideSerializer(serializers.Serializer):
    """What a grid was given: who by, and what. The issue is named where it came as one."""

    grid = CodeField("unit", help_text="Code of the grid in which you work.")
    given_by = CodeField("unit", required=False, help_text="Code of the unit above that gave it.")
    given_by_body = CodeField("body", required=False, help_text="Code of the body that gave it.")
    text = serializers.CharField(
        min_length=2, max_length=LONGEST_OUTSIDE, help_text="What was to be done. Name no persons."
    )
    given_on = serializers.DateField(required=False, help_text="When it was given; today if left out.")
    issue = serializers.CharField(
        required=False, max_length=40, help_text="Tracking code of the issue that it came as."
    )

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        """One giver, and an issue that one sees."""
        unit, body = data.pop("given_by", None), data.pop("given_by_body", None)
        if (unit is None) == (body is None):
            raise serializers.ValidationError({"given_by": [_("Choose either a unit or a body.")]})
        code = data.pop("issue", "")
        return data | {"given_by": unit or body, "issue": self._issue(code) if code else None}

    def _issue(self, code: str) -> Issue:
        user, now = self.context["request"].user, self.context["now"]
        found = Issue.objects.visible_to(user, now).filter(code=code).first()
        if found is None:
            raise serializers.ValidationError({"issue": [_("There is no such issue.")]}, code="unknown")
        return found


class SettleOutsideSerializer(serializers.Serializer):
    """What the district decides."""

    state = serializers.ChoiceField(choices(OUTSIDE_ENDS), help_text="What becomes of it.")
    until = serializers.DateField(
        required=False, help_text="Of `allowed`, and of it alone: the last day, from today on."
    )
    text = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=LONGEST_OUTSIDE,
        help_text="What the district says of it.",
    )


def seen_tasks(user: Any, now: datetime) -> QuerySet:
    """One's own, and those of a district for those who read or supervise all of it."""
    seen = OutsideTask.objects.visible_to(user, now).select_related(*NAMED)
    return seen.defer(*(f"{name}__boundary" for name in UNITS))


def find_task(user: Any, now: datetime, pk: int) -> OutsideTask:
    """A foreign one is as unknown as one that does not exist: Http404."""
    found: Any = seen_tasks(user, now).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


class OutsideTaskListView(ListView):
    scopes = {"GET": READ, "POST": REPORT}
    queryset = OutsideTask.objects.none()
    serializer_class = OutsideTaskSerializer
    filter_backends = ()

    def get_queryset(self) -> QuerySet:
        return seen_tasks(self.request.user, timezone.now())

    def order(self, request: Request) -> tuple[str, list[Key]]:
        return "newest", [moment_key("reported_at", descending=True), whole_key("pk", descending=True)]

    @extend_schema(
        operation_id="list_outside_tasks",
        summary="Tasks outside the duty list",
        description="What grid workers reported as given to them outside the duty list: one's own reports, and those "
        "of a district for those who read or supervise all of it.",
        tags=["issues"],
        responses=answers(200, OutsideTaskSerializer(many=True), 400, 401),
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request)

    @extend_schema(
        operation_id="report_outside_task",
        summary="Report a task outside the duty list",
        description="By whoever works in the grid. The district decides. Whoever gave it sees neither the report nor who "
        "made it; of an issue that is taken back, whoever gets it reads from which grid, and that it was outside its duty "
        "list.",
        tags=["issues"],
        parameters=[IDEMPOTENCY],
        request=ReportOutsideSerializer,
        responses=answers(201, OutsideTaskSerializer, 400, 401, 403, 409, 422),
    )
    def post(self, request: Request) -> HttpResponse:
        return respond_once(request, lambda: self._report(request, timezone.now()))

    def _report(self, request: Request, now: datetime) -> Response:
        context = {"request": request, "now": now}
        serializer = ReportOutsideSerializer(data=request.data, context=context)
        serializer.is_valid(raise_exception=True)
        task = report_outside(by=request.user, now=now, **serializer.validated_data)
        where = reverse("issues_api:outside_task", args=[task.pk])
        said = OutsideTaskSerializer(task, context=context).data
        return Response(said, status=201, headers={"Location": where})


class OutsideTaskView(APIView):
    scopes = {"GET": READ}

    @extend_schema(
        operation_id="get_outside_task",
        summary="A task outside the duty list",
        tags=["issues"],
        parameters=SEEN,
        responses=answers(200, OutsideTaskSerializer, 401, 404),
    )
    def get(self, request: Request, pk: int) -> Response:
        found = find_task(request.user, timezone.now(), pk)
        return respond_with(OutsideTaskSerializer(found, context={"request": request}), request)


def _settle(task: OutsideTask, data: dict[str, Any], *, by: Any, now: datetime) -> OutsideTask:
    return settle_outside(task, by=by, now=now, **data)


SETTLE = step_view(
    "settle_outside_task",
    "Settle a task outside the duty list",
    "By the district: taken back, allowed until a date, or on the list after all. 409: `settled` for one that was decided, "
    "`until` for a date that is missing, past or not asked for. What is taken back goes, where it came as an issue that is "
    "still the grid's to do, to `goes_to` in the same moment, which hears that it was outside the duty list of the grid. "
    "Whoever reported it hears what was decided.",
    find=find_task,
    ask=check_decider,
    act=_settle,
    takes=SettleOutsideSerializer,
    gives=OutsideTaskSerializer,
    tags=("issues",),
)
SETTLE.scopes = {"POST": HANDLE}
