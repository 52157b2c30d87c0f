"""Files of hotline orders in the staff admin: upload, preview, confirm, progress, result, wrong rows."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from grids.admin.downloads import hand_over
from grids.workbook import Sheet
from issues.actions.hotline import AT_WORK, confirm_import, drop_import, has_failed, take_in_file
from issues.actions.hotline_check import checked_so_far
from issues.admin.hotline import columns_of
from issues.forms.hotline import ConfirmForm, HotlineFileForm
from issues.hotline.columns import REQUIRED
from issues.hotline.parcels import WrongRow, wrong_in
from issues.hotline.rows import REMARKS
from issues.models import ImportBatch
from issues.models.hotline import IMPORTS
from issues.views.submit import renew, submit
from trail import words
from trail.admin import ActionAdmin, find_row

SHOWN = 200
LOOK_AGAIN_SECONDS = 3


@admin.register(ImportBatch)
class ImportBatchAdmin(ActionAdmin):
    """Files of orders. Adding one is the upload; its page is the progress of the check, the preview,
    then the progress of the import, then the result."""

    write_with = (IMPORTS,)
    add_label = _("Import hotline orders")
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
        return super().get_queryset(request).defer("wrong_rows")

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
        label={
            "checking": "info",
            "checked": "warning",
            "running": "info",
            "done": "success",
            "dropped": None,
        },
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
            "sheets": _sheets(form),
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/issues/hotline_upload.html", context, status=status)

    # --- preview and result -------------------------------------------------------------------------------
    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return self._show(request, self._find(request, object_id), ConfirmForm())

    def confirm_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Import what is right."""
        return self._decide(request, pk, confirm_import)

    def drop_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Do not."""
        return self._decide(request, pk, drop_import)

    def wrong_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The wrong rows as they were, to be put right and imported again; and a line for everything wrong. Asked
        for by a form: that it was taken is written down."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        batch, now = self._find(request, str(pk)), timezone.now()
        rows = wrong_in(batch.wrong_rows)
        if not rows:
            raise Http404
        sheets = _as_they_were(batch, rows), _what_is_wrong(batch, rows)
        about = {"file": batch.pk}
        return hand_over(request, "hotline_wrong", f"12345-wrong-{batch.pk}", *sheets, filters=about, now=now)

    def _decide(self, request: HttpRequest, pk: int, action: Any) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        batch, now, form = self._find(request, str(pk)), timezone.now(), ConfirmForm(request.POST)
        address, status = submit(
            request, form, lambda _arguments: self._page(action(batch, by=request.user, now=now))
        )
        if status:
            renew(form)
            return self._show(request, self._find(request, str(pk)), form, status)
        if action is drop_import:
            messages.success(request, _t("Nothing was imported; the file was deleted."))
        return redirect(address)

    def _find(self, request: HttpRequest, number: str) -> ImportBatch:
        """A foreign file is as unknown as one that does not exist."""
        seen = ImportBatch.objects.visible_to(request.user, timezone.now())
        return find_row(seen.select_related("area", "by"), number)

    def _show(self, request: HttpRequest, batch: ImportBatch, form: Any, status: int = 200) -> HttpResponse:
        rows = wrong_in(batch.wrong_rows)
        faults = [fault for row in rows for fault in row.faults]
        failed, checking = has_failed(batch), batch.state == "checking"
        context = self.admin_site.each_context(request) | {
            "title": batch.file_name,
            "batch": batch,
            "at_work": batch.state in AT_WORK,
            "failed": failed,
            "done": checked_so_far(batch) if checking else batch.imported,
            "to_do": batch.total if checking else batch.total - batch.wrong,
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
        if batch.state in AT_WORK and not failed:
            answer["Refresh"] = f"{LOOK_AGAIN_SECONDS}; url={self._page(batch)}"
        return answer

    def _page(self, batch: ImportBatch) -> str:
        return reverse("admin:issues_importbatch_change", args=[batch.pk])


def _sheets(form: HotlineFileForm) -> list[dict[str, Any]]:
    """What the header names, for each district that the person may bring orders for; nearly always one."""
    districts = {area.district_id: area.district for area in form.areas}
    columns = {pk: columns_of(pk) for pk in districts}
    return [
        {
            "district": district,
            "headers": columns[pk].headers(),
            "required": columns[pk].headers(REQUIRED),
        }
        for pk, district in districts.items()
    ]


def _as_they_were(batch: ImportBatch, rows: list[WrongRow]) -> Sheet:
    """In their own columns, with the line and everything that is wrong behind them."""
    width = len(batch.header)
    cells = [[*(row.cells + ("",) * width)[:width], row.line, _reasons(row)] for row in rows]
    return Sheet(_t("Wrong rows"), [*batch.header, _t("Row"), _t("What is wrong")], cells)


def _what_is_wrong(batch: ImportBatch, rows: list[WrongRow]) -> Sheet:
    """A line for every wrong cell, then the right rows that a rule has refused since."""
    header = [_t("Row"), _t("Column"), _t("What stands there"), _t("What is wrong")]
    faults = [list(fault) for row in rows for fault in row.faults]
    refused = [[line, "", "", reason] for line, reason, was_refused in batch.remarks if was_refused]
    return Sheet(_t("What is wrong"), header, [*faults, *refused])


def _reasons(row: WrongRow) -> str:
    return _t("; ").join(
        _t("%(what)s: %(said)s") % {"what": fault.column, "said": fault.reason} for fault in row.faults
    )


def _remarks(batch: ImportBatch) -> list[tuple[int, Any, bool]]:
    """(line, sentence, was it refused), by line."""
    told = sorted(batch.remarks, key=lambda remark: remark[0])[:SHOWN]
    return [(line, REMARKS.get(key, key), refused) for line, key, refused in told]


words.call_subject(
    "hotline_file",
    _("Hotline file"),
    {
        "take_in": _("Taken in, to be checked"),
        "check": _("Checked"),
        "confirm": _("Import confirmed"),
        "drop": _("Deleted without import"),
        "finish": _("Import finished"),
    },
)
