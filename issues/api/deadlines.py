"""Open clocks over REST: what is due, whose it is, and which rung of the ladder comes next."""

from datetime import datetime
from typing import Any

import django_filters as filters
from django.db.models import Exists, OuterRef, Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from grids.api.fields import PartyField, party
from grids.api.filters import MomentFilter, text_filter, true_false_filter
from grids.lineage import column
from grids.models import Unit
from grids.parties import with_parties
from issues.api import words
from issues.api.beside import BesideFilter, BesideListView, BesideSerializer, with_issues
from issues.ladder import PARTS, RUNGS, clock_choices, rung_choices
from issues.models import PART_MODELS, Deadline
from issues.sights import parts_in_sight
from trail.api.fields import WordField
from trail.api.paging import Key, moment_key, whole_key
from trail.api.schema import answers


def rung_words() -> dict[str, Any]:
    return {rung.key: rung.label for rung in RUNGS}


class DeadlineSerializer(BesideSerializer):
    """A clock that runs. Its running number is not told: the gaps would count what one may not see."""

    part = serializers.SerializerMethodField(
        help_text="`issue` itself, or what of it: callee, task, decision."
    )
    part_id = serializers.SerializerMethodField(help_text="Id of that part in addresses; null for the issue.")
    whose = serializers.SerializerMethodField(help_text="Who must act.")
    raised_to = serializers.SerializerMethodField(
        help_text="The level above that may act since they stayed silent; null for nobody."
    )
    clock = WordField(words.clock_words, help_text="What must be done.")
    started_at = serializers.DateTimeField(help_text="Since when it runs.")
    due_at = serializers.DateTimeField(source="limit_at", help_text="By when: the deadline itself.")
    is_overdue = serializers.SerializerMethodField(help_text="`due_at` is past.")
    provisional = serializers.BooleanField(help_text="The calendar of that year is not out yet; may move.")
    rung = WordField(rung_words, help_text="What the ladder does next.")
    fires_at = serializers.DateTimeField(source="due_at", help_text="When it does so.")

    def get_part(self, deadline: Deadline) -> str:
        return _kind(deadline) or "issue"

    def get_part_id(self, deadline: Deadline) -> int | None:
        kind = _kind(deadline)
        return getattr(deadline, f"{kind}_id") if kind else None

    def get_whose(self, deadline: Deadline) -> PartyField():  # type: ignore[valid-type]
        part = deadline.part
        who = part.party if part else deadline.issue.owner
        return party(who) if who else None

    def get_raised_to(self, deadline: Deadline) -> PartyField():  # type: ignore[valid-type]
        part = deadline.part
        return party(part.raised_to) if part and part.raised_to_id else None

    def get_is_overdue(self, deadline: Deadline) -> bool:
        return deadline.limit_at < self.context["now"]


class DeadlineFilter(BesideFilter):
    clock = filters.ChoiceFilter(choices=clock_choices(), help_text="Of this kind.")
    rung = filters.ChoiceFilter(choices=rung_choices(), help_text="With this rung next.")
    part = filters.ChoiceFilter(
        choices=[("issue", "issue"), *((name, name) for name in PARTS)],
        method="by_part",
        help_text="Of issues themselves, or of parts of this kind.",
    )
    unit = text_filter(
        method="by_unit", help_text="To be met by the unit with this code, or by one below it."
    )
    body = text_filter(method="by_body", help_text="To be met by the body with this code.")
    overdue = true_false_filter("The deadline itself is past.", method="by_overdue")
    due_before = MomentFilter(
        field_name="limit_at", lookup_expr="lt", help_text="The deadline itself lies before this moment."
    )
    fires_before = MomentFilter(
        field_name="due_at", lookup_expr="lt", help_text="The next rung comes before this moment."
    )

    def by_part(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        if value == "issue":
            return queryset.filter(**dict.fromkeys(PARTS))
        return queryset.filter(**{f"{value}__isnull": False})

    def by_unit(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        unit = Unit.objects.visible_to(self.request.user, self.now).filter(code=value).first()
        if unit is None:
            return queryset.none()
        here = {"": unit} if unit.kind == "building" else {f"__{column(unit.kind)}": unit.pk}
        return queryset.filter(_whose("unit", here))

    def by_body(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.filter(_whose("body", {"__code": value}))

    def by_overdue(self, queryset: QuerySet, name: str, value: bool) -> QuerySet:
        return queryset.filter(**{"limit_at__lt" if value else "limit_at__gte": self.now})


class DeadlineListView(BesideListView):
    queryset = Deadline.objects.none()
    serializer_class = DeadlineSerializer
    filterset_class = DeadlineFilter

    def get_queryset(self) -> QuerySet:
        return with_issues(in_sight(self.request.user, self.now)).select_related("issue", *PARTS).defer(
            "issue__text", "issue__answers", "decision__text"
        )  # fmt: skip

    def order(self, request: Request) -> tuple[str, list[Key]]:
        return "fires", [moment_key("due_at"), whole_key("pk")]

    def fill(self, page: list[Any]) -> list[Any]:
        """With the names of those who must act."""
        with_parties([row for one in page for row in (one.issue, one.part) if row is not None])
        return page

    @extend_schema(
        operation_id="list_deadlines",
        summary="Deadlines",
        description="Clocks that run, in the order in which their next rungs come: of issues that the caller sees, "
        "and of their parts as far as the caller sees these.",
        tags=["deadlines"],
        responses=answers(200, DeadlineSerializer(many=True), 400, 401),
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request)


def in_sight(user: Any, now: datetime) -> Any:
    """Open clocks of visible issues, and of parts in sight."""
    seen = Q(**dict.fromkeys(PARTS))
    for name, model in PART_MODELS.items():
        parts = parts_in_sight(model.objects.waiting(), user, now)  # type: ignore[attr-defined]
        seen |= Q(Exists(parts.order_by().filter(pk=OuterRef(name))))
    return Deadline.objects.open().visible_to(user, now).filter(seen)


def _kind(deadline: Deadline) -> str | None:
    return next((name for name in PARTS if getattr(deadline, f"{name}_id")), None)


def _whose(kind: str, wanted: dict[str, Any]) -> Q:
    """Of the issue's owner where it is the issue's own clock, else of the part's party."""
    own = {f"issue__owner_{kind}{rest}": value for rest, value in wanted.items()}
    found = Q(**dict.fromkeys(PARTS), **own)
    for name in PARTS:
        found |= Q(**{f"{name}__{kind}{rest}": value for rest, value in wanted.items()})
    return found
