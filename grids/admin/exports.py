"""A list of the admin as a file: what its filters leave of what the person may see, and recorded."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _

from grids.actions.sheet_files import may_bring
from grids.admin.downloads import filters_of, hand_over, kind_asked, stamped
from grids.sheet_kinds import KINDS
from grids.workbook import Sheet
from trail.admin import ActionAdmin

MOST_ROWS = 20_000


class ExportAdmin(ActionAdmin):
    """A list that can be taken as a file, in the columns of its kind of sheet."""

    sheet_kind = ""
    export_joins: tuple[str, ...] = ()
    list_before_template = "admin/grids/sheet_links.html"

    def get_urls(self) -> list[Any]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_export"
        return [path("export/", self.admin_site.admin_view(self.export_view), name=name), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """With the buttons for the file, which keeps the filters."""
        context = {
            "sheet_query": request.GET.urlencode(),
            "sheet_brings": may_bring(KINDS[self.sheet_kind], request.user, timezone.now()),
            "sheet_export": f"admin:{self.opts.app_label}_{self.opts.model_name}_export",
        }
        return super().changelist_view(request, (extra_context or {}) | context)

    def export_rows(self, request: HttpRequest) -> Any:
        """What the list shows under its filters, all pages of it."""
        return self.get_changelist_instance(request).get_queryset(request)

    def export_view(self, request: HttpRequest) -> HttpResponse:
        """This list as a file. Asked for by a form: that it was taken is written down."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        now, kind = timezone.now(), KINDS[self.sheet_kind]
        rows = list(self.export_rows(request).select_related(*self.export_joins)[: MOST_ROWS + 1])
        if len(rows) > MOST_ROWS:
            messages.error(request, _("More than 20,000 rows: narrow the filter."))
            return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        assert kind.show is not None, f"{kind.key} has no rows to show"
        sheet = Sheet(str(kind.label), kind.headings(), list(map(kind.show, rows)))
        name = stamped(kind.key, now)
        filters, file = filters_of(request), kind_asked(request)
        return hand_over(request, kind.key, name, sheet, filters=filters, now=now, kind=file)
