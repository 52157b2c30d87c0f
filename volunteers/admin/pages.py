"""What the pages of volunteering share: only what the person runs, and a filter by community."""

from datetime import date
from typing import Any

from django.contrib import admin
from django.db.models import DateTimeField, Q
from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from grids.admin.pages import SubjectAdmin
from trail.admin import find_row
from trail.numerals import read_whole
from volunteers.figures import moments
from volunteers.forms.desk import places
from volunteers.querysets import RUNS

# A list to choose from is no longer than this; beyond it one searches.
MOST_CHOICES = 300


class RunAdmin(SubjectAdmin):
    """`visible_to` lets volunteers see themselves and everybody the open teams; a desk shows what one runs."""

    write_with = (RUNS,)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).run_by(request.user, timezone.now())

    def find(self, request: HttpRequest, object_id: str) -> Any:
        if not self.has_view_permission(request):
            raise Http404
        rows = self.model._default_manager.run_by(request.user, timezone.now())
        return find_row(rows.select_related(*self.select_for_page), object_id)


class NumberFilter(admin.SimpleListFilter):
    """Of one row of another table, by its number."""

    def narrowed(self, queryset: Any, number: int) -> Any:
        raise NotImplementedError

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() is None:
            return queryset
        number = read_whole(str(self.value()))
        return queryset.none() if number is None else self.narrowed(queryset, number)


class LedToFilter(NumberFilter):
    """That pages lead to with a number, and that offers no other one."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, Any]]:
        asked = request.GET.get(self.parameter_name)
        return [(asked, f"#{asked}")] if asked else []

    def has_output(self) -> bool:
        return self.value() is not None


class WithinFilter(LedToFilter):
    """Within a unit of whatever level, to which the figures lead."""

    title = _("Unit")
    parameter_name = "within"

    def narrowed(self, queryset: Any, number: int) -> Any:
        return queryset.filter(Q(district=number) | Q(street=number) | Q(community=number))


def days_filter(field: str, title: Any, name: str = "days") -> type[admin.SimpleListFilter]:
    """From one day to another, both counted ("2026-03-01..2026-03-31"), to which the figures lead; what is none finds
    nothing. `field`: of a day, or of a moment."""

    class DaysFilter(admin.SimpleListFilter):
        def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, Any]]:
            asked = request.GET.get(name)
            return [(asked, asked)] if asked else []

        def has_output(self) -> bool:
            return self.value() is not None

        def queryset(self, request: HttpRequest, queryset: Any) -> Any:
            if self.value() is None:
                return queryset
            first, _dots, last = str(self.value()).partition("..")
            try:
                days = date.fromisoformat(first), date.fromisoformat(last)
            except ValueError:
                return queryset.none()
            if isinstance(queryset.model._meta.get_field(field), DateTimeField):
                since, until = moments(*days)
                return queryset.filter(**{f"{field}__gte": since, f"{field}__lt": until})
            return queryset.filter(**{f"{field}__range": days})

    DaysFilter.title, DaysFilter.parameter_name = title, name
    return DaysFilter


class CommunityFilter(NumberFilter):
    title = _("community")
    parameter_name = "community"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, Any]]:
        units = places(request.user, timezone.now()).at("community")[:MOST_CHOICES]
        return [(unit.pk, unit.name) for unit in units]

    def narrowed(self, queryset: Any, number: int) -> Any:
        return queryset.filter(community=number)


class OpenFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "open"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, Any]]:
        return [("yes", pgettext_lazy("place", "Open now")), ("no", _("Closed before"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        match self.value():
            case "yes":
                return queryset.filter(closed_at=None)
            case "no":
                return queryset.exclude(closed_at=None)
        return queryset
