"""What lists of issues can be narrowed by."""

from datetime import datetime
from typing import Any

import django_filters as filters
from django.db.models import Q, QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema_field

from grids.api.filters import AskedFilterSet, MomentFilter, text_filter, true_false_filter
from grids.models import Body, Unit
from issues.answering import Answering
from issues.kinds import kind_choices, nature_choices, source_choices, today_choices
from issues.lifecycle import OPEN_STATES, state_choices

ORDERS = {"newest": "Newest first.", "due": "What is due first stands first; ended ones are left out."}
ORDERING = {
    "type": "string",
    "enum": list(ORDERS),
    "default": "newest",
    "description": " ".join(f"`{name}`: {text}" for name, text in ORDERS.items()),
}


class IssueFilter(AskedFilterSet):
    state = filters.MultipleChoiceFilter(choices=state_choices(), help_text="In this state; may be repeated.")
    open = true_false_filter("Only open ones (true), or only ended ones (false).", method="by_open")
    source = filters.ChoiceFilter(choices=source_choices(), help_text="From this source.")
    nature = filters.ChoiceFilter(
        choices=nature_choices(),
        field_name="hotline__nature",
        help_text="An order of which the 12345 hotline asks this of the district (工单性质).",
    )
    kind = filters.ChoiceFilter(choices=kind_choices(), help_text="Of this kind.")
    category = text_filter(
        method="by_category", help_text="With the category of this key, or one that is part of it."
    )
    district = text_filter(method="by_place", help_text="Happened in the district with this code.")
    street = text_filter(method="by_place", help_text="Happened in the street with this code.")
    community = text_filter(method="by_place", help_text="Happened in the community with this code.")
    grid = text_filter(method="by_place", help_text="Happened in the grid with this code.")
    building = text_filter(method="by_place", help_text="Happened in the building with this code.")
    owner_unit = text_filter(method="by_owner", help_text="Owned by the unit with this code.")
    owner_body = text_filter(method="by_owner", help_text="Owned by the body with this code.")
    mine = true_false_filter(
        "Open and the caller's to move: with a unit or body that they answer for, be it because nobody else is there, "
        "or late and untaken where they are the deputy.",
        method="by_mine",
    )
    called = true_false_filter("A whistle in it waits for the caller.", method="by_called")
    asked = true_false_filter(
        "A sub-task, a decision, a letter or a check on the spot in it waits for the caller.",
        method="by_asked",
    )
    to_call = true_false_filter(
        "Its reporter left a telephone and has not rated the result; the caller may call them back.",
        method="by_to_call",
    )
    led = true_false_filter("Open, and the caller took it on as a leader (领办).", method="by_led")
    registered = true_false_filter("The caller registered it.", method="by_registered")
    supervised = true_false_filter(
        "Open, with a supervision letter (督办) that nobody has answered yet.", method="by_supervised"
    )
    today = filters.ChoiceFilter(
        choices=today_choices(),
        method="by_today",
        help_text="To which this happened since midnight, by the clock of the platform.",
    )
    overdue = true_false_filter("Open and past its deadline.", method="by_overdue")
    danger = true_false_filter("A danger.", field_name="is_danger")
    reported_after = MomentFilter(
        field_name="reported_at", lookup_expr="gte", help_text="Reported at this moment or later."
    )
    reported_before = MomentFilter(
        field_name="reported_at", lookup_expr="lt", help_text="Reported before this moment."
    )
    q = text_filter(
        method="by_words",
        help_text="A work-order number, or words with blanks between: each stands in the text, the place or where exactly, "
        "or is the tracking code, or the number by which the hotline or a list knows it. What is in quotation marks is one "
        "word.",
    )
    ordering = extend_schema_field(ORDERING)(
        filters.ChoiceFilter(choices=list(ORDERS.items()), method="by_order")
    )

    @property
    def now(self) -> datetime:
        return timezone.now()

    def by_order(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """The order itself is the pages' (views). Only open ones are due, and an index holds just those."""
        return queryset.open() if value == "due" else queryset

    def by_open(self, queryset: QuerySet, name: str, value: bool) -> QuerySet:
        return queryset.open() if value else queryset.exclude(state__in=OPEN_STATES)

    def by_category(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.of_category(value)

    def by_place(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.filter(**{f"{name}_id": _id_of(Unit, value)})

    def by_owner(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.filter(**{f"{name}_id": _id_of(Unit if name == "owner_unit" else Body, value)})

    def by_mine(self, queryset: QuerySet, name: str, value: bool) -> QuerySet:
        return _either(queryset, queryset.waiting_for(Answering(self.request.user, self.now)), value)

    def by_called(self, queryset: QuerySet, name: str, value: bool) -> QuerySet:
        return _either(queryset, queryset.calling(Answering(self.request.user, self.now)), value)

    def by_asked(self, queryset: QuerySet, name: str, value: bool) -> QuerySet:
        return _either(queryset, queryset.asking(Answering(self.request.user, self.now)), value)

    def by_to_call(self, queryset: QuerySet, name: str, value: bool) -> QuerySet:
        return _either(queryset, queryset.to_call_back(self.request.user, self.now), value)

    def by_led(self, queryset: QuerySet, name: str, value: bool) -> QuerySet:
        return _either(queryset, queryset.led_by(self.request.user), value)

    def by_registered(self, queryset: QuerySet, name: str, value: bool) -> QuerySet:
        return _either(queryset, queryset.registered_by(self.request.user), value)

    def by_supervised(self, queryset: QuerySet, name: str, value: bool) -> QuerySet:
        return _either(queryset, queryset.supervised(), value)

    def by_today(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.of_today(value, self.now)

    def by_overdue(self, queryset: QuerySet, name: str, value: bool) -> QuerySet:
        late = Q(state__in=OPEN_STATES, due_at__lt=self.now)
        return queryset.filter(late if value else ~late)

    def by_words(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.matching(value)


def _id_of(model: Any, code: str) -> QuerySet:
    """A scalar subquery: with it the index of the column still serves."""
    return model.objects.filter(code=code).order_by().values("pk")[:1]


def _either(queryset: QuerySet, found: QuerySet, value: bool) -> QuerySet:
    return found if value else queryset.exclude(pk__in=found.order_by().values("pk"))
