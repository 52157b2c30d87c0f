"""Whistles over REST, across issues: who called whom, and how far those called are."""

from datetime import datetime
from typing import Any

import django_filters as filters
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404
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
    issues_of,
    with_issues,
)
from issues.api.detail import sheet_of
from issues.api.read import WhistleSerializer, moment
from issues.lifecycle import callee_state_choices
from issues.models import Callee, Issue, Whistle
from issues.sights import called_in_sight, parts_in_sight, sights_of
from issues.whistles import whistle_choices
from trail.api.fields import WordField
from trail.api.paging import Key, whole_key
from trail.api.schema import SEEN, answers
from trail.api.sparse import asked_fields, cut
from trail.conditions import Tagged
from trail.scopes import READ

TAGS = ["whistles"]


class CalledSerializer(serializers.Serializer):
    """One of those called, as lists show it."""

    id = serializers.IntegerField(source="pk", help_text="Its id in addresses.")
    party = PartyField(help_text="Who was called.")
    is_lead = serializers.BooleanField(help_text="Leads the others.")
    state = WordField(words.callee_state_words, help_text="How far it is.")
    due_at = moment("Until when it must take the next step; null when done.")
    is_overdue = serializers.SerializerMethodField(help_text="It still waits, and `due_at` is past.")
    acknowledged_at = moment("When it acknowledged.")
    reported_in_at = moment("When it reported in.")
    done_at = moment("When it was done.")
    ended_at = moment("When it declined or was released instead.")

    def get_is_overdue(self, callee: Callee) -> bool:
        return callee.due_at is not None and callee.due_at < self.context["now"]


class WhistleRowSerializer(BesideSerializer):
    """A whistle as lists show it."""

    id = serializers.IntegerField(source="pk", help_text="Its id in addresses.")
    kind = WordField(words.whistle_words, help_text="Quick, tough or emergency.")
    caller = PartyField(help_text="Who called.")
    called_at = serializers.DateTimeField(help_text="When.")
    reviewed_at = moment("When the street agreed to it, where it reviews such whistles.")
    met_at = moment("When those called had their joint meeting.")
    finished_at = moment("When the last one was done; null while it is open.")
    callees = CalledSerializer(source="called", many=True, help_text="Those who were called.")


class OneWhistleSerializer(WhistleSerializer):
    """A whistle with the clocks of those called, its plan, and what the caller may do about it now."""

    id = serializers.IntegerField(help_text="Its id in addresses.")
    issue = IssueNameSerializer(help_text="The issue that it belongs to.")


class WhistleFilter(BesideFilter):
    """What is asked of those called holds for one and the same of them."""

    kind = filters.ChoiceFilter(choices=whistle_choices(), help_text="Of this kind.")
    open = true_false_filter("Not all done yet; false: finished.", method="by_open")
    caller_unit = text_filter(field_name="caller_unit__code", help_text="Called by the unit with this code.")
    caller_body = text_filter(field_name="caller_body__code", help_text="Called by the body with this code.")
    unit = text_filter(method="by_callee", help_text="The unit with this code was called.")
    body = text_filter(method="by_callee", help_text="The body with this code was called.")
    state = filters.ChoiceFilter(
        choices=callee_state_choices(), method="by_callee", help_text="Somebody called is so far."
    )
    overdue = true_false_filter("Somebody called is late.", method="by_overdue")
    called_after = MomentFilter(
        field_name="called_at", lookup_expr="gte", help_text="Called at this moment or later."
    )
    called_before = MomentFilter(
        field_name="called_at", lookup_expr="lt", help_text="Called before this moment."
    )
    callees: Any = None

    def filter_queryset(self, queryset: QuerySet) -> QuerySet:
        found = super().filter_queryset(queryset)
        return found if self.callees is None else found.filter(pk__in=self.callees.values("whistle_id"))

    def by_open(self, queryset: QuerySet, name: str, value: bool) -> QuerySet:
        return queryset.filter(finished_at__isnull=value)

    def by_callee(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        self.narrow(**{name if name == "state" else f"{name}__code": value})
        return queryset

    def by_overdue(self, queryset: QuerySet, name: str, value: bool) -> QuerySet:
        late = parts_in_sight(Callee.objects.waiting(), self.request.user, self.now).filter(
            due_at__lt=self.now
        )
        if value:
            self.narrow(pk__in=late.values("pk"))
            return queryset
        return queryset.exclude(Exists(late.filter(whistle=OuterRef("pk"))))

    def narrow(self, **wanted: Any) -> None:
        """Of those called whom the reader sees."""
        if self.callees is None:
            self.callees = parts_in_sight(Callee.objects, self.request.user, self.now)
        self.callees = self.callees.filter(**wanted)


class WhistleListView(BesideListView):
    queryset = Whistle.objects.none()
    serializer_class = WhistleRowSerializer
    filterset_class = WhistleFilter

    def get_queryset(self) -> QuerySet:
        called = parts_in_sight(Callee.objects, self.request.user, self.now)
        return with_issues(Whistle.objects.filter(pk__in=called.values("whistle_id")))

    def order(self, request: Request) -> tuple[str, list[Key]]:
        return "newest", [whole_key("pk", descending=True)]

    def fill(self, page: list[Any]) -> list[Any]:
        """With those called, as far as the reader sees them."""
        callees = list(Callee.objects.filter(whistle__in=[one.pk for one in page]).order_by("pk"))
        with_parties([*page, *callees])
        sights = sights_of(issues_of(page), self.request.user, self.now)
        for whistle in page:
            own = [one for one in callees if one.whistle_id == whistle.pk]
            whistle.called = called_in_sight(own, sights[whistle.issue_id])
        return page

    @extend_schema(
        operation_id="list_whistles",
        summary="Whistles",
        description="The newest first: of issues that the caller reads as staff, and those by which the caller's own "
        "units and bodies were called.",
        tags=TAGS,
        responses=answers(200, WhistleRowSerializer(many=True), 400, 401),
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request)


class WhistleView(APIView):
    scopes = {"GET": READ}

    @extend_schema(
        operation_id="get_whistle",
        summary="A whistle",
        description="With those called, their clocks, and the plan. Steps of those called: `callees/{id}/…`. The version "
        "of its ETag is that of its issue.",
        tags=TAGS,
        parameters=SEEN,
        responses=answers(200, OneWhistleSerializer, 401, 404),
    )
    def get(self, request: Request, pk: int) -> Response:
        now, asked = timezone.now(), asked_fields(request, OneWhistleSerializer)
        issue = issue_of(Whistle, pk, request.user, now)
        for sheet in sheet_of(issue, request.user, now).whistles:
            if sheet.pk == pk:
                return Tagged(cut(shown.whistle_alone(sheet, issue), asked), request, issue.version)
        raise Http404


def issue_of(model: Any, pk: int, user: Any, now: datetime) -> Issue:
    """The issue of this row, if one may see it; else Http404, as for what there is not."""
    row = model.objects.visible_to(user, now).filter(pk=pk).only("issue").first()
    found = Issue.objects.select_related("category").filter(pk=row.issue_id).first() if row else None
    if found is None:
        raise Http404
    return found
