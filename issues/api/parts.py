"""Parts of issues over REST, across issues: those called, sub-tasks, decisions; made from one table."""

from typing import Any

import django_filters as filters
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404
from django.urls import URLPattern, path
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from grids.api.fields import PartyField
from grids.api.filters import MomentFilter, text_filter, true_false_filter
from grids.parties import with_parties
from issues.api import shown, words
from issues.api.beside import (
    BesideFilter,
    BesideListView,
    BesideSerializer,
    IssueNameSerializer,
    with_issues,
)
from issues.api.detail import Sheet, sheet_of
from issues.api.read import CalleeSerializer, DecisionSerializer, TaskSerializer, moment
from issues.api.whistles import issue_of
from issues.decisions import decision_kind_choices
from issues.lifecycle import callee_state_choices, decision_state_choices, task_state_choices
from issues.models import Callee, Decision, Part, Task
from issues.sights import own_parts, parts_in_sight
from trail.api.fields import WordField
from trail.api.paging import Key, moment_key, whole_key
from trail.api.schema import SEEN, answers
from trail.api.sparse import asked_fields, cut
from trail.conditions import Tagged
from trail.scopes import READ

ORDER = {
    "newest": [whole_key("pk", descending=True)],
    "due": [moment_key("due_at"), whole_key("pk", descending=True)],
}


class PartRowSerializer(BesideSerializer):
    id = serializers.IntegerField(source="pk", help_text="Its id in addresses.")
    party = PartyField(help_text="Who was asked.")
    raised_to = PartyField(help_text="The level above that may act since its party stayed silent.")
    due_at = moment("Until when the next step must be taken; null once it has ended.")
    is_overdue = serializers.SerializerMethodField(help_text="It still waits, and `due_at` is past.")
    ended_at = moment("When it ended.")

    def get_is_overdue(self, part: Part) -> bool:
        return part.due_at is not None and part.due_at < self.context["now"]


class CalleeRowSerializer(PartRowSerializer):
    """One of those called by a whistle."""

    whistle = serializers.IntegerField(source="whistle_id", help_text="Number of the whistle.")
    kind = WordField(words.whistle_words, source="whistle.kind", help_text="Kind of the whistle.")
    is_lead = serializers.BooleanField(help_text="Leads the others.")
    state = WordField(words.callee_state_words, help_text="How far it is.")
    acknowledged_at = moment("When it acknowledged.")
    reported_in_at = moment("When it reported in.")
    done_at = moment("When it was done.")


class TaskRowSerializer(PartRowSerializer):
    """A sub-task."""

    state = WordField(words.task_state_words, help_text="How far it is.")
    limit_at = serializers.DateTimeField(help_text="By when it is to be finished.")
    given_at = serializers.DateTimeField(help_text="When it was given.")
    signed_at = moment("When it was taken on.")


class DecisionRowSerializer(PartRowSerializer):
    """Something to be decided or answered."""

    kind = WordField(words.decision_words, help_text="What is to be decided or answered.")
    state = WordField(words.decision_state_words, help_text="What became of it.")
    asker = PartyField(help_text="Who asked for it.")
    until = moment("The date that is asked for, where one is.")
    letter = serializers.CharField(
        source="number", allow_blank=True, help_text="Number of a supervision letter."
    )
    asked_at = serializers.DateTimeField(help_text="When it was asked for.")


class OneCalleeSerializer(CalleeSerializer):
    issue = IssueNameSerializer(help_text="The issue that it belongs to.")


class OneTaskSerializer(TaskSerializer):
    issue = IssueNameSerializer(help_text="The issue that it belongs to.")


class OneDecisionSerializer(DecisionSerializer):
    issue = IssueNameSerializer(help_text="The issue that it belongs to.")


ORDERS = (("newest", "newest"), ("due", "due"))


class PartFilter(BesideFilter):
    unit = text_filter(field_name="unit__code", help_text="Asked of the unit with this code.")
    body = text_filter(field_name="body__code", help_text="Asked of the body with this code.")
    mine = true_false_filter("Asked of a unit or body where the caller has a post.", method="by_mine")
    open = true_false_filter("Still waits; false: over.", method="by_open")
    overdue = true_false_filter("Still waits, and is late.", method="by_overdue")
    due_before = MomentFilter(
        field_name="due_at", lookup_expr="lt", help_text="Still waits, and is due before this moment."
    )
    ordering = filters.ChoiceFilter(
        choices=ORDERS,
        method="by_order",
        help_text="`newest` first, as if left out; `due`: what is due first stands first, ended ones are left out.",
    )

    def by_mine(self, queryset: QuerySet, name: str, value: bool) -> QuerySet:
        own = own_parts(self.request.user, self.now)
        return queryset.filter(own if value else ~own)

    def by_open(self, queryset: QuerySet, name: str, value: bool) -> QuerySet:
        return _either(queryset, queryset.model.objects.waiting(), value)

    def by_overdue(self, queryset: QuerySet, name: str, value: bool) -> QuerySet:
        return _either(queryset, queryset.model.objects.waiting().filter(due_at__lt=self.now), value)

    def by_order(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """The order itself is the pages'. What has ended has no date."""
        return queryset.filter(due_at__isnull=False) if value == "due" else queryset


def _either(queryset: QuerySet, found: QuerySet, value: bool) -> QuerySet:
    among = Exists(found.order_by().filter(pk=OuterRef("pk")))
    return queryset.filter(among if value else ~among)


class CalleeFilter(PartFilter):
    state = filters.ChoiceFilter(choices=callee_state_choices(), help_text="So far.")


class TaskFilter(PartFilter):
    state = filters.ChoiceFilter(choices=task_state_choices(), help_text="So far.")


class DecisionFilter(PartFilter):
    state = filters.ChoiceFilter(choices=decision_state_choices(), help_text="With this result.")
    kind = filters.ChoiceFilter(choices=decision_kind_choices(), help_text="Of this kind.")


class PartListView(BesideListView):
    """Subclasses are made by `_views`."""

    model: type[Any]

    def get_queryset(self) -> QuerySet:
        seen = parts_in_sight(self.model.objects, self.request.user, self.now)
        rows = with_issues(seen)
        return rows.select_related("issue", "whistle") if self.model is Callee else rows

    def order(self, request: Request) -> tuple[str, list[Key]]:
        name = request.query_params.get("ordering") or "newest"
        return name, ORDER[name]

    def fill(self, page: list[Any]) -> list[Any]:
        with_parties(page)
        return page


class PartView(APIView):
    scopes = {"GET": READ}
    model: type[Any]
    gives: type[serializers.Serializer]

    def one(self, request: Request, pk: int) -> Response:
        now, asked = timezone.now(), asked_fields(request, self.gives)
        issue = issue_of(self.model, pk, request.user, now)
        for sheet in _sheets(sheet_of(issue, request.user, now), self.model):
            if sheet.pk == pk:
                return Tagged(cut(shown.part_alone(sheet, issue), asked), request, issue.version)
        raise Http404


def _sheets(sheet: Sheet, model: type[Any]) -> list[Any]:
    if model is Callee:
        return [callee for whistle in sheet.whistles for callee in whistle.callees]
    return sheet.tasks if model is Task else sheet.decisions


def _views(model: type[Any], row: Any, whole: Any, narrowed: Any, summary: str, summary_one: str) -> Any:
    kind = model.PART

    class List(PartListView):
        queryset = model.objects.none()
        serializer_class = row
        filterset_class = narrowed

        @extend_schema(
            operation_id=f"list_{kind}s",
            summary=summary,
            description="Of issues that the caller reads as staff, and those asked of the caller's own units and "
            f"bodies. Steps: `{kind}s/{{id}}/…`.",
            tags=["parts"],
            responses=answers(200, row(many=True), 400, 401),
        )
        def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
            return super().get(request)

    class One(PartView):
        @extend_schema(
            operation_id=f"get_{kind}",
            summary=summary_one,
            description="With its clocks, and what the caller may do about it now. The version of its ETag is that of "
            "its issue.",
            tags=["parts"],
            parameters=SEEN,
            responses=answers(200, whole, 401, 404),
        )
        def get(self, request: Request, pk: int) -> Response:
            return self.one(request, pk)

    List.model = One.model = model
    One.gives = whole
    List.__name__, One.__name__ = f"{model.__name__}ListView", f"{model.__name__}View"
    return List, One


VIEWS = {
    "callee": _views(
        Callee, CalleeRowSerializer, OneCalleeSerializer, CalleeFilter, "Those called", "One who was called"
    ),
    "task": _views(Task, TaskRowSerializer, OneTaskSerializer, TaskFilter, "Sub-tasks", "A sub-task"),
    "decision": _views(
        Decision, DecisionRowSerializer, OneDecisionSerializer, DecisionFilter, "Decisions", "A decision"
    ),
}


def part_paths() -> list[URLPattern]:
    """tasks/ and tasks/{id}/, and the same of each other kind of part."""
    found = []
    for kind, (many, one) in VIEWS.items():
        found.append(path(f"{kind}s/", many.as_view(), name=f"{kind}s"))
        found.append(path(f"{kind}s/<int:pk>/", one.as_view(), name=kind))
    return found
