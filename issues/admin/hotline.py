"""Hotline orders in the staff admin: files in (upload, preview, confirm, result), results out."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from issues.actions.hotline import confirm_import, drop_import, take_in_file
from issues.admin.issues import BADGES
from issues.forms.hotline import ConfirmForm, HotlineFileForm
from issues.hotline.columns import DEFAULT, REQUIRED
from issues.hotline.parcels import wrong_in
from issues.hotline.replies import reply_headers, reply_row
from issues.hotline.rows import REMARKS
from issues.hotline_results import replies
from issues.lifecycle import OPEN_STATES, STATE
from issues.models import HotlineOrder, ImportBatch
from issues.models.hotline import IMPORTS
from issues.views.submit import renew, submit
from issues.workbook import XLSX_TYPE, xlsx_file
from trail import words
from trail.admin import ActionAdmin

SHOWN = 200
LOOK_AGAIN_SECONDS = 3


def download(name: str, data: bytes) -> HttpResponse:
    """A file under this name, kept by nobody on the way."""
    answer = HttpResponse(data, content_type=XLSX_TYPE)
    answer["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    answer["Cache-Control"] = "no-store"
    return answer


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


@admin.register(HotlineOrder)
class HotlineOrderAdmin(ActionAdmin):
    """The orders that one may see; the list as it is filtered goes back to the hotline in one file."""

    view_with = ("read_below", "handle", "supervise")
    list_display = ("number", "show_issue", "show_state", "show_deadline", "show_place", "nature")
    list_filter = (EndedFilter, ("deadline_at", admin.DateFieldListFilter), "nature")
    list_select_related = ("issue",)
    list_before_template = "admin/issues/hotline_links.html"
    search_fields = ("number",)
    search_help_text = _("Number of the hotline")
    ordering = ("-issue_id",)
    fields = readonly_fields = (
        "number",
        "show_issue",
        "nature",
        "dispatched_at",
        "deadline_at",
        "show_given",
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        return HotlineOrder.objects.visible_to(request.user, timezone.now())

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
        """The results in the hotline's own columns."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        orders = self.get_changelist_instance(request).get_queryset(request)
        rows = [reply_row(reply) for reply in replies(orders)]
        stamp = f"{timezone.localtime():%Y%m%d-%H%M}"
        return download(f"12345-{stamp}", xlsx_file(_t("Results"), reply_headers(DEFAULT), rows))

    def template_view(self, request: HttpRequest) -> HttpResponse:
        """An empty sheet with the columns."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return download("12345-template", xlsx_file(_t("Orders"), DEFAULT.headers(), []))

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

    @display(description=_("as the hotline wrote it"))
    def show_given(self, order: HotlineOrder) -> str:
        return "\n".join(f"{DEFAULT.header(name)}: {said}" for name, said in order.given.items())


@admin.register(ImportBatch)
class ImportBatchAdmin(ActionAdmin):
    """Files of orders. Adding one is the upload; its page is the preview, then the progress, then the result."""

    write_with = (IMPORTS,)
    list_display = (
        "file_name",
        "area",
        "show_state",
        "total",
        "wrong",
        "added",
        "updated",
        "by",
        "uploaded_at",
    )
    list_select_related = ("area", "by")
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> Any:
        return ImportBatch.objects.visible_to(request.user, timezone.now()).defer("wrong_rows")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_write(request)

    def get_urls(self) -> list[Any]:
        def staff(view: Any) -> Any:
            return self.admin_site.admin_view(view)

        own = [
            path("<int:pk>/confirm/", staff(self.confirm_view), name="issues_importbatch_confirm"),
            path("<int:pk>/drop/", staff(self.drop_view), name="issues_importbatch_drop"),
            path("<int:pk>/wrong/", staff(self.wrong_view), name="issues_importbatch_wrong"),
        ]
        return own + super().get_urls()

    @display(
        description=_("state"),
        label={"checked": "warning", "running": "info", "done": "success", "dropped": None},
    )
    def show_state(self, batch: ImportBatch) -> Any:
        return batch.state, batch.get_state_display()

    # --- upload -------------------------------------------------------------------------------------------
    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Take a file in and show what is in it."""
        now = timezone.now()
        if not self.has_add_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return self._upload(request, HotlineFileForm(request.user, now))
        form = HotlineFileForm(request.user, now, request.POST, request.FILES)
        if not form.areas:
            raise PermissionDenied

        def perform(arguments: dict[str, Any]) -> str:
            return self._page(take_in_file(by=request.user, now=now, **arguments))

        address, status = submit(request, form, perform)
        if not status:
            return redirect(address)
        renew(form)
        return self._upload(request, form, status)

    def _upload(self, request: HttpRequest, form: HotlineFileForm, status: int = 200) -> HttpResponse:
        context = self.admin_site.each_context(request) | {
            "title": _("Import hotline orders"),
            "form": form,
            "headers": DEFAULT.headers(),
            "required": DEFAULT.headers(REQUIRED),
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/issues/hotline_upload.html", context, status=status)

    # --- preview and result -------------------------------------------------------------------------------
    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if not object_id.isdigit() or len(object_id) > 18:
            raise Http404
        return self._show(request, self._find(request, int(object_id)), ConfirmForm())

    def confirm_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Import what is right."""
        return self._decide(request, pk, confirm_import)

    def drop_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Do not."""
        return self._decide(request, pk, drop_import)

    def wrong_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The wrong rows as they were, each with what is wrong, to be put right and imported again."""
        batch = self._find(request, pk)
        rows = wrong_in(batch.wrong_rows)
        if not rows:
            raise Http404
        width = len(batch.header)
        header = [*batch.header, _t("Row"), _t("What is wrong")]
        cells = [[*(row.cells + ("",) * width)[:width], row.line, _reasons(row.faults)] for row in rows]
        return download(f"12345-wrong-{batch.pk}", xlsx_file(_t("Wrong rows"), header, cells))

    def _decide(self, request: HttpRequest, pk: int, action: Any) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        batch, now, form = self._find(request, pk), timezone.now(), ConfirmForm(request.POST)
        address, status = submit(
            request, form, lambda _arguments: self._page(action(batch, by=request.user, now=now))
        )
        if status:
            renew(form)
            return self._show(request, self._find(request, pk), form, status)
        if action is drop_import:
            messages.success(request, _t("Nothing was imported; the file was deleted."))
        return redirect(address)

    def _find(self, request: HttpRequest, pk: int) -> ImportBatch:
        """A foreign file is as unknown as one that does not exist."""
        seen = ImportBatch.objects.visible_to(request.user, timezone.now())
        return get_object_or_404(seen.select_related("area", "by"), pk=pk)

    def _show(self, request: HttpRequest, batch: ImportBatch, form: Any, status: int = 200) -> HttpResponse:
        rows = wrong_in(batch.wrong_rows)
        faults = [fault for row in rows for fault in row.faults]
        context = self.admin_site.each_context(request) | {
            "title": batch.file_name,
            "batch": batch,
            "form": form,
            "state": batch.get_state_display(),
            "right": batch.total - batch.wrong,
            "faults": faults[:SHOWN],
            "more_faults": max(len(faults) - SHOWN, 0),
            "remarks": _remarks(batch),
            "more_remarks": max(len(batch.remarks) - SHOWN, 0),
            "opts": self.opts,
        }
        answer = TemplateResponse(request, "admin/issues/hotline_file.html", context, status=status)
        if batch.state == "running":
            answer["Refresh"] = f"{LOOK_AGAIN_SECONDS}; url={self._page(batch)}"
        return answer

    def _page(self, batch: ImportBatch) -> str:
        return reverse("admin:issues_importbatch_change", args=[batch.pk])


def _reasons(faults: Any) -> str:
    return "; ".join(f"{fault.column}: {fault.reason}" for fault in faults)


def _remarks(batch: ImportBatch) -> list[tuple[int, Any, bool]]:
    """(line, sentence, was it refused), by line."""
    told = sorted(batch.remarks, key=lambda remark: remark[0])[:SHOWN]
    return [(line, REMARKS.get(key, key), refused) for line, key, refused in told]


words.call_subject(
    "hotline_file",
    _("Hotline file"),
    {
        "check": _("Checked"),
        "confirm": _("Import confirmed"),
        "drop": _("Deleted without import"),
        "finish": _("Import finished"),
    },
)
