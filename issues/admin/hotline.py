"""Hotline orders in the staff admin, and their results: the list as it is filtered goes back in one file."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.decorators import display

from grids.admin.downloads import blank, filters_of, hand_over, kind_asked, stamped
from grids.admin.places import PlaceFilter, PlacesList
from grids.models import Unit
from grids.standing import standing_of
from grids.workbook import Sheet
from issues import kinds
from issues.admin.asked_of_list import ForgivingList
from issues.admin.issues import BADGES
from issues.admin.list_filters import CategoryFilter, NatureFilter
from issues.districts import rules_of
from issues.hotline.again import rounds_of
from issues.hotline.columns import Columns
from issues.hotline.replies import reply_row
from issues.hotline_page import round_words
from issues.hotline_results import replies
from issues.lifecycle import OPEN_STATES, STATE
from issues.models import HotlineOrder
from issues.models.hotline import IMPORTS
from trail.admin import ActionAdmin


def columns_of(district_id: int | None) -> Columns:
    """The headings that hold in this district now."""
    return rules_of(district_id, timezone.now()).hotline_columns


class EndedFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "ended"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("no", _("Open")), ("late", _("Past the hotline's deadline")), ("yes", _("Ended"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        match self.value():
            case "no":
                return queryset.filter(issue__state__in=OPEN_STATES)
            case "late":
                return queryset.filter(issue__state__in=OPEN_STATES, deadline_at__lt=timezone.now())
            case "yes":
                return queryset.exclude(issue__state__in=OPEN_STATES)
        return queryset


class AgainFilter(admin.SimpleListFilter):
    """重办: those that the hotline has sent more than once."""

    title = _("rounds")
    parameter_name = "again"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("yes", pgettext_lazy("hotline order", "Sent again")),
            ("no", pgettext_lazy("hotline order", "Sent once")),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        match self.value():
            case "yes":
                return queryset.exclude(earlier=[])
            case "no":
                return queryset.filter(earlier=[])
        return queryset


@admin.register(HotlineOrder)
class HotlineOrderAdmin(PlacesList, ForgivingList, ActionAdmin):
    """The orders that one may see; the list as it is filtered goes back to the hotline in one file."""

    view_with = ("read_below", "handle", "supervise")
    list_display = ("number", "show_issue", "show_state", "show_deadline", "show_place", "show_nature")
    list_filter = (
        *(EndedFilter, CategoryFilter, PlaceFilter, AgainFilter),
        *(("deadline_at", admin.DateFieldListFilter), NatureFilter),
    )
    list_select_related = ("issue",)
    list_before_template = "admin/issues/hotline_links.html"
    search_fields = ("number",)
    search_help_text = _("Number of the hotline")
    ordering = ("-issue_id",)
    fields = readonly_fields = (
        "number",
        "show_issue",
        "show_nature",
        "show_related",
        "dispatched_at",
        "deadline_at",
        "show_rounds",
        "show_given",
    )

    def get_urls(self) -> list[Any]:
        own = [
            path("export/", self.admin_site.admin_view(self.export_view), name="issues_hotlineorder_export"),
            path("template/", self.admin_site.admin_view(self.template_view), name="issues_hotline_template"),
        ]
        return own + super().get_urls()

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """With the links beside the list; the export keeps its filters."""
        query = request.GET.urlencode()
        context = {"query": query, "may_import": request.user.has_perm(f"can.{IMPORTS}")}
        return super().changelist_view(request, (extra_context or {}) | context)

    def export_view(self, request: HttpRequest) -> HttpResponse:
        """The results in the hotline's own columns; of several districts a sheet each, in its own headings. Asked
        for by a form: that it was taken is written down."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        now = timezone.now()
        orders = self.get_changelist_instance(request).get_queryset(request)
        found = orders.order_by().values_list("district", flat=True).distinct()
        sheets = [
            Sheet(
                name,
                columns.headers(),
                [reply_row(one, columns) for one in replies(orders.filter(district=pk))],
            )
            for pk, name, columns in _districts(request, found)
        ]
        name = stamped("12345", now)
        return hand_over(request, "hotline", name, *sheets, filters=filters_of(request), now=now)

    def template_view(self, request: HttpRequest) -> HttpResponse:
        """An empty sheet with the columns, as Excel or (`?as=csv`) as CSV."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        sheets = [Sheet(name, columns.headers(), []) for _pk, name, columns in _districts(request)]
        return blank("12345-template", *sheets, kind=kind_asked(request))

    @display(description=_("issue"))
    def show_issue(self, order: HotlineOrder) -> Any:
        address = reverse("admin:issues_issue_change", args=[order.pk])
        return format_html('<a class="gz-link" href="{}">{}</a>', address, order.issue.number)

    @display(description=_("state"), label=BADGES)
    def show_state(self, order: HotlineOrder) -> Any:
        return order.issue.state, STATE[order.issue.state].label

    @display(description=_("the hotline's deadline"), ordering="deadline_at")
    def show_deadline(self, order: HotlineOrder) -> str:
        return f"{timezone.localtime(order.deadline_at):%Y-%m-%d %H:%M}"

    @display(description=_("place"))
    def show_place(self, order: HotlineOrder) -> str:
        return order.issue.place_label

    @display(description=_("our part"), ordering="nature")
    def show_nature(self, order: HotlineOrder) -> str:
        return str(kinds.label(kinds.NATURES, order.nature)) or "—"

    @display(description=_("related orders"))
    def show_related(self, order: HotlineOrder) -> str:
        return _t(", ").join(order.related) or "—"

    @display(description=_("rounds before"))
    def show_rounds(self, order: HotlineOrder) -> str:
        return "\n".join(round_words(one) for one in rounds_of(order.earlier)) or "—"

    @display(description=_("as the hotline wrote it"))
    def show_given(self, order: HotlineOrder) -> str:
        columns = columns_of(order.district_id)
        pairs = [{"what": columns.header(name), "said": said} for name, said in order.given.items()]
        return "\n".join(_t("%(what)s: %(said)s") % pair for pair in pairs)


def _districts(request: HttpRequest, found: Iterable[int] = ()) -> list[tuple[int | None, str, Columns]]:
    """(id, name, columns) of those found, else of those where the person serves; of nobody's, what is shipped."""
    ids = set(found) or {one.lineage["district_id"] for one in standing_of(request.user).positions}
    rows = list(Unit.objects.filter(pk__in=ids).order_by("code").values_list("pk", "name"))
    return [(pk, name, columns_of(pk)) for pk, name in rows] or [(None, _t("Orders"), columns_of(None))]
