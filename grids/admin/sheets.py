"""Sheets in the staff admin: template, upload, what the check found, confirm, progress, result."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from grids.actions.sheet_files import AT_WORK, has_failed, may_bring, remarks_of
from grids.admin.downloads import blank
from grids.admin.pages import AddingAdmin, Cell, SubjectPage, Table
from grids.forms.sheets import SHEET_FORMS, UploadSheet
from grids.models import SheetFile
from grids.sheet_kinds import KINDS, SheetKind, explanation_of, template_of
from trail.models import Job

SHOWN = 200
# While it is at work the page looks again by itself.
LOOK_AGAIN_SECONDS = 3
JOBS = '<a class="gz-link" href="{}">{}</a>'


@admin.register(SheetFile)
class SheetFileAdmin(AddingAdmin):
    """Adding one is the upload; its page is what the check found, then the progress, then the result."""

    write_with = ("manage_units", "manage_posts", "report")
    add_label = _("Import a sheet")
    forms_offered = SHEET_FORMS
    list_display = (
        "file_name",
        "show_kind",
        "show_state",
        "total",
        "wrong",
        "added",
        "changed",
        "uploaded_at",
    )
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("content", "remarks")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(_kinds(request, timezone.now()))

    def get_urls(self) -> list[Any]:
        template = self.admin_site.admin_view(self.template_view)
        return [path("template/", template, name="grids_sheetfile_template"), *super().get_urls()]

    @display(description=_("of what"))
    def show_kind(self, file: SheetFile) -> str:
        return file.kind_label

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
    def show_state(self, file: SheetFile) -> Any:
        return file.state, file.get_state_display()

    def template_view(self, request: HttpRequest) -> HttpResponse:
        """`?kind=…`: a sheet to fill in, with an example row and what belongs into each column."""
        now = timezone.now()
        kinds = {kind.key: kind for kind in _kinds(request, now)}
        if not kinds:
            raise PermissionDenied
        kind = kinds.get(request.GET.get("kind", ""))
        if kind is None:
            raise Http404
        lists = kind.lists(request.user, now) if kind.lists else ()
        return blank(f"template-{kind.key}", *template_of(kind), *lists)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Take a file in and show what is in it. `?kind=…`: that one is chosen already."""
        now, posted = timezone.now(), request.method == "POST"
        kinds = _kinds(request, now)
        if not kinds:
            raise PermissionDenied
        form = UploadSheet(None, request.user, now, request.POST if posted else None)
        form.files = request.FILES
        form.initial["kind"] = request.GET.get("kind", "")
        return self.add_page(request, form, tables=[_explained(kind) for kind in kinds])

    def show(self, request: HttpRequest, subject: Any, now: datetime, refused: Any = None) -> HttpResponse:
        """While it is checked or imported in the background the page looks again by itself."""
        answer = super().show(request, subject, now, refused)
        if subject.state in AT_WORK and not has_failed(subject):
            answer["Refresh"] = f"{LOOK_AGAIN_SECONDS}; url={self.url('change', subject.pk)}"
        return answer

    def subject_page(self, request: HttpRequest, subject: SheetFile, now: datetime) -> SubjectPage:
        told = remarks_of(subject)
        faults = [problem for problem, wrong in told if wrong]
        notes = [problem for problem, wrong in told if not wrong]
        tables = [_told(_("What is wrong"), faults), _told(_("Passed over"), notes)]
        crumbs = [Cell(_("Sheets"), self.url("changelist"))]
        return SubjectPage(
            subject.file_name,
            _facts(subject, sees_jobs=_sees_jobs(request)),
            [one for one in tables if one.rows],
            crumbs,
            subject.get_state_display(),
        )


def _kinds(request: HttpRequest, now: datetime) -> list[SheetKind]:
    """What this person may import."""
    return [kind for kind in KINDS.values() if may_bring(kind, request.user, now)]


def _explained(kind: SheetKind) -> Table:
    """The columns of a kind, and where its template is."""
    address = f"{reverse('admin:grids_sheetfile_template')}?kind={kind.key}"
    sheet = explanation_of(kind)
    template = Cell(_("Template to fill in (.xlsx)"), address)
    return Table(
        kind.label, sheet.header, [[Cell(cell) for cell in row] for row in sheet.rows], "", link=template
    )


def _sees_jobs(request: HttpRequest) -> bool:
    """Whether the list of jobs opens to this person."""
    return bool(admin.site._registry[Job].has_view_permission(request))


def _facts(file: SheetFile, *, sees_jobs: bool) -> list[tuple[Any, Any]]:
    facts: list[tuple[Any, Any]] = [
        (_("Of what"), file.kind_label),
        (_("Uploaded"), f"{timezone.localtime(file.uploaded_at):%Y-%m-%d %H:%M}"),
        (_("Rows"), file.total),
    ]
    if file.state in AT_WORK:
        facts.append((_("Progress"), f"{file.done} / {file.total}"))
        if sees_jobs:
            jobs = capfirst(Job._meta.verbose_name_plural)
            link = format_html(JOBS, reverse("admin:trail_job_changelist"), jobs)
            facts.append((_("In the background"), link))
        if has_failed(file):
            said = _("The job has failed: order it again there, or upload the file anew.")
            facts.append((_("Import"), said if sees_jobs else _("The job has failed: upload the file anew.")))
    if file.state not in {"dropped", "checking"}:
        facts += [(_("New"), file.added), (_("Changed"), file.changed), (_("Unchanged"), file.unchanged)]
        facts.append((_("Faults"), file.wrong))
    if file.state == "checked":
        facts.append((_("Import"), _waits(file)))
    if file.state == "done" and file.wrong and _is_whole(file):
        facts.append((_("Import"), _("Nothing was imported: what is there has changed since the check.")))
    return facts


def _waits(file: SheetFile) -> Any:
    """What is to be done with one that was checked."""
    if not file.is_ready:
        return _("Nothing is imported: put the faults right and upload the file again.")
    if file.wrong:
        return _("Nothing has been imported yet. The right rows can be: those with faults stay out.")
    return _("Nothing has been imported yet.")


def _is_whole(file: SheetFile) -> bool:
    return file.kind in KINDS and KINDS[file.kind].whole


def _told(title: Any, problems: list[Any]) -> Table:
    rows = [
        [Cell(one.line), Cell(one.column), Cell(one.value or "—"), Cell(one.reason)]
        for one in problems[:SHOWN]
    ]
    if more := len(problems) - SHOWN if len(problems) > SHOWN else 0:
        rows.append([Cell("…"), Cell(""), Cell(""), Cell(_("and %(count)d more") % {"count": more})])
    return Table(title, [_("Row"), _("Column"), _("What stands there"), _("Reason")], rows, "")
