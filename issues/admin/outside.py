"""What grid workers reported as given to them outside the duty list: the district's list, and its decision."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from grids.admin.downloads import filters_of, hand_over, stamped
from grids.admin.pages import Cell, SubjectAdmin, SubjectPage
from grids.workbook import Sheet
from issues.actions.outside import CAPABILITY, TAKEN_BACK
from issues.forms.outside import SettleOutside
from issues.models import Issue, OutsideTask
from issues.models.outside import READS
from trail import words

# A file holds no more than a list of the desk.
MOST_ROWS = 20_000
COLUMNS = (
    _("grid"),
    _("given by"),
    _("task"),
    _("given on"),
    _("reported"),
    _("state"),
    _("until"),
    _("decided"),
    _("note"),
    _("issue went to"),
)


@admin.register(OutsideTask)
class OutsideTaskAdmin(SubjectAdmin):
    view_with = READS
    write_with = (CAPABILITY,)
    forms_offered = (SettleOutside,)
    select_for_page = (
        *("grid__parent", "grid__merged_into", "given_unit", "given_body"),
        *("moved_unit", "moved_body", "settled_by"),
        *("issue__owner_unit__parent", "issue__sender_unit", "issue__sender_body__unit"),
    )
    list_display = ("text", "grid", "show_giver", "given_on", "reported_at", "state")
    list_filter = ("state",)
    list_select_related = ("grid", "given_unit", "given_body", "moved_unit", "moved_body")
    search_fields = ("text", "grid__name", "given_unit__name", "given_body__name")
    ordering = ("-reported_at", "-pk")
    list_before_template = "admin/issues/outside_links.html"

    def get_urls(self) -> list[Any]:
        export = self.admin_site.admin_view(self.export_view)
        return [path("export/", export, name="issues_outsidetask_export"), *super().get_urls()]

    @admin.display(description=_("given by"))
    def show_giver(self, task: OutsideTask) -> str:
        return str(task.given_by)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """With the button for the file, which keeps the filters."""
        context = {"query": request.GET.urlencode()}
        return super().changelist_view(request, (extra_context or {}) | context)

    def export_view(self, request: HttpRequest) -> HttpResponse:
        """This list as a workbook. Asked for by a form: that it was taken is written down."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        now = timezone.now()
        found = self.get_changelist_instance(request).get_queryset(request)[:MOST_ROWS]
        header = [str(column) for column in COLUMNS]
        sheet = Sheet(_t("Tasks outside the duty list"), header, list(_rows(found)))
        name = stamped("outside", now)
        return hand_over(request, "outside_tasks", name, sheet, filters=filters_of(request), now=now)

    def subject_page(self, request: HttpRequest, subject: OutsideTask, now: datetime) -> SubjectPage:
        facts = [
            (_("Grid"), f"{subject.grid.parent} · {subject.grid}"),
            (_("Who gave it"), subject.given_by),
            (_("Given on"), subject.given_on),
            (_("Reported"), f"{timezone.localtime(subject.reported_at):%Y-%m-%d %H:%M}"),
        ]
        seen = Issue.objects.visible_to(request.user, now).filter(pk=subject.issue_id).first()
        if seen:
            facts.append((_("Issue"), seen.number))
        if subject.settled_at:
            facts.append((_("Decided by"), subject.settled_by or "—"))
            facts.append((_("Decided"), f"{timezone.localtime(subject.settled_at):%Y-%m-%d %H:%M}"))
        if subject.state == TAKEN_BACK and subject.issue_id:
            facts.append((_("Issue went to"), subject.moved_to or _("nobody else, it stayed where it was")))
        facts += [(_("Until"), subject.until)] if subject.until else []
        facts += [(_("Note"), subject.note)] if subject.note else []
        crumbs = [Cell(_("Tasks outside the duty list"), self.url("changelist"))]
        return SubjectPage(subject.text, facts, (), crumbs, subject.get_state_display())


def _rows(tasks: Any) -> Iterator[list[Any]]:
    for task in tasks:
        yield [
            str(task.grid),
            str(task.given_by),
            task.text,
            task.given_on,
            timezone.localtime(task.reported_at),
            str(task.get_state_display()),
            task.until,
            timezone.localtime(task.settled_at) if task.settled_at else None,
            task.note,
            str(task.moved_to or ""),
        ]


words.call_subject(
    "outside_task",
    _("Task outside the duty list"),
    {"report": _("Reported by the grid"), "settle": _("Decided by the district")},
)
