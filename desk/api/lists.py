"""The lists that units and bodies work by (三张清单) and the supervision board over REST: rows and snapshots."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.text import format_lazy
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from desk import lists
from desk.actions import take_snapshot
from desk.api.shapes import TableSerializer
from desk.api.snapshots import SnapshotSerializer, find_snapshot, shown_snapshot
from desk.api.statistics import check_keeper
from desk.forms import PARTS, RATED, REASONS, ListForm
from desk.lists import Asked
from desk.reading import READINGS, all_rows, found_by
from desk.tables import TABLE, TABLES, Table
from issues.kinds import nature_choices
from issues.lifecycle import state_choices
from issues.models import Issue
from issues.rate_table import stands_at
from issues.whistles import whistle_choices
from trail.api.paging import Key, moment_key, text_key, whole_key
from trail.api.schema import IDEMPOTENCY, answers
from trail.api.views import ListView
from trail.idempotency import respond_once
from trail.scopes import HANDLE, READ

DUE = [moment_key("due_at"), whole_key("pk", descending=True)]
ORDER: dict[str, list[Key]] = {
    "issues": [moment_key("reported_at", descending=True), whole_key("pk", descending=True)],
    "duties": DUE,
    "board": DUE,
    "calls": [text_key("state"), moment_key("resolved_at"), whole_key("pk")],
    "tasks": [moment_key("due_at"), text_key("part"), whole_key("id")],
}


class Union:
    """What paging asks of a queryset, of several that make one list: each is narrowed, then they are put together."""

    def __init__(self, parts: Sequence[Any]) -> None:
        self.parts = parts

    def filter(self, condition: Q) -> "Union":
        return Union([one.filter(condition) for one in self.parts])

    def order_by(self, *names: str) -> Any:
        first, *others = self.parts
        return first.union(*others, all=True).order_by(*names)


FILTERS: dict[str, tuple[Callable[..., serializers.Field], str]] = {
    "unit": (
        partial(serializers.CharField, max_length=20),
        "What lies in, or is held by, the unit with this code.",
    ),
    "body": (partial(serializers.CharField, max_length=40), "What the body with this code has to do with."),
    "category": (
        partial(serializers.CharField, max_length=40),
        "With the category of this key, or one that is part of it.",
    ),
    "nature": (
        partial(serializers.ChoiceField, nature_choices()),
        "An order of which the hotline asks this of the district.",
    ),
    "state": (partial(serializers.ChoiceField, state_choices()), "In this state."),
    "whistle": (
        partial(serializers.ChoiceField, whistle_choices()),
        "With a whistle of this kind that runs: somebody is called and not done yet.",
    ),
    "first": (serializers.DateField, "First day, counted too."),
    "last": (serializers.DateField, "Last day, counted too."),
    "late": (serializers.BooleanField, "Late ones only."),
    "rated": (partial(serializers.ChoiceField, RATED[1:]), "By what became of the result in the period."),
    "part": (partial(serializers.ChoiceField, PARTS[1:]), "Of this kind only."),
    "why": (partial(serializers.ChoiceField, REASONS[1:]), "On the board for this reason."),
}


def filter_serializer(table: Table) -> type[serializers.Serializer]:
    """What a list can be narrowed by, as parameters and as the body of a snapshot. Read by the form of the page."""
    offered = {name: FILTERS[name] for name in table.filters}
    fields = {name: make(required=False, help_text=text) for name, (make, text) in offered.items()}
    return type(f"{table.key.title()}FilterSerializer", (serializers.Serializer,), fields)


def asked_of(
    table: Table, takes: type[serializers.Serializer], data: Any, user: Any, now: datetime
) -> tuple[ListForm, Asked]:
    """What was sent, read by its types and then by the form of the page. Raises ValidationError."""
    sent = takes(data=data)
    sent.is_valid(raise_exception=True)
    form = ListForm(table, {name: _as_typed(value) for name, value in sent.validated_data.items()}, user, now)
    if not form.is_valid():
        raise serializers.ValidationError({name: list(errors) for name, errors in form.errors.items()})
    return form, form.asked()


def _as_typed(value: Any) -> str:
    """As somebody fills it into the form."""
    return ("on" if value else "") if isinstance(value, bool) else str(value)


class TableView(ListView):
    """One list. Subclasses are made by `table_views`."""

    scopes = {"GET": READ}

    table: Table
    takes: type[serializers.Serializer]
    filter_backends = ()
    now: datetime

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.now = timezone.now()
        check_keeper(request.user, self.now)

    def get_queryset(self) -> Any:
        query = self.request.query_params
        _form, self.narrowed = asked_of(self.table, self.takes, query, self.request.user, self.now)
        if self.table.key == "tasks":
            return Union(lists.waiting_parts(self.narrowed))
        return found_by(self.table, self.narrowed)

    def order(self, request: Request) -> tuple[str, list[Key]]:
        return self.table.key, ORDER[self.table.key]

    def paginate_queryset(self, queryset: Any) -> list[Any]:
        page = READINGS[self.table.key].show(super().paginate_queryset(queryset), self.narrowed)
        found = Issue.objects.filter(pk__in={row.issue_id for row in page}).order_by()
        codes = dict(found.values_list("pk", "code"))
        keys = [column.key for column in self.table.columns]
        return [
            {
                "issue": codes[row.issue_id],
                "late": row.late,
                "cells": dict(zip(keys, row.cells, strict=True)),
            }
            for row in page
        ]


class TakeView(APIView):
    """Keeps one list as it is now. Subclasses are made by `table_views`."""

    scopes = {"POST": HANDLE}

    table: Table
    takes: type[serializers.Serializer]

    def post(self, request: Request) -> HttpResponse:
        return respond_once(request, lambda: self.take(request, timezone.now()))

    def take(self, request: Request, now: datetime) -> Response:
        user = request.user
        check_keeper(user, now)
        form, asked = asked_of(self.table, self.takes, request.data, user, now)
        kept = take_snapshot(
            self.table.key,
            all_rows(self.table, asked),
            by=user,
            now=now,
            unit=asked.unit or stands_at(user, now),
            filter=form.codes(),
            filter_label=form.shown(),
        )
        where = reverse("desk_api:snapshot", args=[kept.pk])
        told = shown_snapshot(find_snapshot(user, now, kept.pk), user, now)
        return Response(SnapshotSerializer(told).data, status=201, headers={"Location": where})


def row_serializer(table: Table) -> type[serializers.Serializer]:
    cells = {
        "type": "object",
        "required": [column.key for column in table.columns],
        "properties": {
            column.key: {"type": "string", "description": format_lazy("{}", column.label)}
            for column in table.columns
        },
    }
    # A class of its own: what is said of it is kept on the class.
    described = extend_schema_field(cells)(type("CellsField", (serializers.DictField,), {}))
    fields = {
        "issue": serializers.CharField(help_text="Tracking code of the issue that the row is about."),
        "late": serializers.BooleanField(help_text="What is due is late."),
        "cells": described(help_text="What each column shows, in the reader's language; empty for nothing."),
    }
    return type(f"{table.key.title()}RowSerializer", (serializers.Serializer,), fields)


def table_views(table: Table) -> tuple[Any, Any]:
    """(the list, its snapshot) described exactly: its own filters and columns."""
    row, narrowed = row_serializer(table), filter_serializer(table)

    class Rows(TableView):
        queryset = Issue.objects.none()
        serializer_class = row
        takes = narrowed

        @extend_schema(
            operation_id=f"list_{table.key}_list",
            summary=table.label,
            description=table.about,
            tags=["lists"],
            parameters=[narrowed],
            responses=answers(200, row(many=True), 400, 401, 403),
        )
        def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
            return super().get(request)

    class Take(TakeView):
        takes = narrowed

        @extend_schema(
            operation_id=f"take_{table.key}_snapshot",
            summary=format_lazy("{} · snapshot", table.label),
            description="Keeps all rows as they are now under this filter; they do not change any more. At most "
            "20,000 (409, too_many). Location is its address.",
            tags=["lists"],
            parameters=[IDEMPOTENCY],
            request={"application/json": narrowed},
            responses=answers(201, SnapshotSerializer, 400, 401, 403, 409, 413, 422),
        )
        def post(self, request: Request) -> HttpResponse:
            return super().post(request)

    Rows.table = Take.table = table
    Rows.__name__, Take.__name__ = f"{table.key.title()}ListView", f"{table.key.title()}SnapshotView"
    return Rows, Take


class TablesView(APIView):
    scopes = {"GET": READ}

    @extend_schema(
        operation_id="list_lists",
        summary="Lists",
        description="Which lists there are, with their columns and by what they can be narrowed.",
        tags=["lists"],
        responses=answers(200, TableSerializer(many=True), 401, 403),
    )
    def get(self, request: Request) -> Response:
        check_keeper(request.user, timezone.now())
        return Response(TableSerializer(TABLES, many=True).data)


def table_paths() -> list[URLPattern]:
    """lists/{key}/ and lists/{key}/snapshots/ of every table."""
    found = []
    for key, table in TABLE.items():
        rows, take = table_views(table)
        found.append(path(f"lists/{key}/", rows.as_view(), name=f"list_{key}"))
        found.append(path(f"lists/{key}/snapshots/", take.as_view(), name=f"take_{key}"))
    return found
