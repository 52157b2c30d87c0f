"""By place: a list narrowed to a unit of the tree with everything below it, chosen level by level or by its name."""

from typing import Any

from django.contrib import messages
from django.contrib.admin.views.main import PAGE_VAR
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from grids.models import Unit
from grids.offered import names_above, stepped, unit_coded, units_called, units_offered
from trail.changelist import SelectFilter

# What the two forms of the filter ask by: a code, or words.
UNIT, CALLED = "unit", "called"
MOST, LONGEST = 15, 100


class PlaceFilter(SelectFilter):
    """Of rows whose queryset knows `within`. A unit that the person does not see is as unknown as none."""

    title = _("place")
    parameter_name = UNIT
    template = "admin/grids/place_filter.html"
    everything = _("everything I see")
    words, longest = CALLED, LONGEST
    unit: Unit | None = None

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        now = timezone.now()
        self.unit = unit_coded(self.value() or "", request.user, now)
        return [(one.code, stepped(one)) for one in units_offered(request.user, now, self.unit)]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if not self.value():
            return queryset
        return queryset.within(self.unit) if self.unit else queryset.none()


class PlacesList(ModelAdmin):
    """For a list with that filter: the place that somebody has named."""

    admin_site: Any
    opts: Any

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Where several are called so, a page on which one chooses comes before the list."""
        if CALLED not in request.GET or request.method != "GET" or not self.has_view_permission(request):
            return super().changelist_view(request, extra_context)
        words = request.GET[CALLED][:LONGEST].strip()
        found = list(units_called(words, request.user, timezone.now())[: MOST + 1]) if words else []
        if len(found) > 1:
            return self._choose(request, words, found)
        if words and not found:
            messages.warning(request, _t("Nothing that you see is called so."))
        return redirect(_list(request, *found))

    def _choose(self, request: HttpRequest, words: str, found: list[Unit]) -> HttpResponse:
        names = names_above(found)
        context = self.admin_site.each_context(request) | {
            "title": _t("Which place?"),
            "opts": self.opts,
            "words": words,
            "ways": [_way(request, unit, names) for unit in found[:MOST]],
            "more": len(found) > MOST,
            "kept": [(name, one) for name, values in _kept(request).lists() for one in values if one],
            "longest": LONGEST,
            "back": _list(request),
        }
        return TemplateResponse(request, "admin/grids/which_place.html", context)


def _way(request: HttpRequest, unit: Unit, names: dict[int, str]) -> dict[str, str]:
    above = [names[pk] for pk in (unit.street_id, unit.community_id) if pk and pk != unit.pk]
    about = " · ".join((unit.label(), unit.code, *above))
    return {"name": unit.name, "link": _list(request, unit), "about": about}


def _kept(request: HttpRequest) -> Any:
    """What the list is asked for besides, from its first page on."""
    rest = request.GET.copy()
    for name in (CALLED, PAGE_VAR):
        rest.pop(name, None)
    return rest


def _list(request: HttpRequest, unit: Unit | None = None) -> str:
    """The address of the list, narrowed to this unit."""
    rest = _kept(request)
    if unit:
        rest[UNIT] = unit.code
    return f"{request.path}?{rest.urlencode()}"
