"""Service records at a desk: what waits for a second pair of eyes, corrections, and the sheet for registries."""

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from grids.admin.downloads import filters_of, hand_over, kind_asked, stamped
from grids.admin.pages import AddingAdmin, Cell, SubjectPage, Table, page_of
from grids.standing import standing_of
from trail import words
from trail.refusals import Refused
from volunteers.admin.pages import CommunityFilter, LedToFilter, RunAdmin, WithinFilter, days_filter
from volunteers.export import service_sheet
from volunteers.forms.desk import moment
from volunteers.forms.desk_hours import SERVICE_FORMS, HandInBeside
from volunteers.forms.desk_points import POINT_FORMS
from volunteers.models import Service
from volunteers.periods import PERIODS, period_of
from volunteers.waiting import corrected
from volunteers.words import choices


class ActivityFilter(LedToFilter):
    """Led to from the activity's page."""

    title = _("activity")
    parameter_name = "activity"

    def narrowed(self, queryset: Any, number: int) -> Any:
        return queryset.filter(activity=number)


class PeriodFilter(admin.SimpleListFilter):
    """By the day of service: registries ask for months and years."""

    title = _("day")
    parameter_name = "period"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, Any]]:
        return choices(PERIODS)

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        period = period_of(self.value(), timezone.localdate())
        return queryset if period is None else queryset.between(*period)


class CorrectionFilter(admin.SimpleListFilter):
    """Led to from the start page."""

    title = _("correction")
    parameter_name = "correction"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, Any]]:
        return [("asked", pgettext_lazy("correction", "To be decided"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return corrected(queryset) if self.value() == "asked" else queryset


@admin.register(Service)
class ServiceAdmin(AddingAdmin, RunAdmin):
    add_form, add_label = HandInBeside, _("Hand in hours")
    forms_offered = (*SERVICE_FORMS, *POINT_FORMS)
    select_for_page = ("volunteer__home", "unit", "activity", "proposed_by", "decided_by")
    list_display = ("show_who", "on", "show_what", "unit", "minutes", "source", "state")
    list_filter = (
        *("state", CorrectionFilter, PeriodFilter, "source", CommunityFilter, ActivityFilter, WithinFilter),
        days_filter("on", _("Days")),
    )
    list_select_related = ("volunteer", "unit", "activity")
    search_fields = ("what", "activity__title", "volunteer__alias")
    ordering = ("-on", "-pk")
    list_before_template = "admin/volunteers/hours_links.html"

    def get_urls(self) -> list[Any]:
        export = self.admin_site.admin_view(self.export_view)
        return [path("export/", export, name="volunteers_service_export"), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("unit__boundary")

    @admin.display(description=_("known as"))
    def show_who(self, service: Service) -> str:
        return service.volunteer.shown_name

    @admin.display(description=_("what was done"))
    def show_what(self, service: Service) -> str:
        return service.activity.title if service.activity else service.what

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """With the button for the file, which keeps the filters."""
        context = {"query": request.GET.urlencode(), "gives_file": _reads_names(request)}
        return super().changelist_view(request, (extra_context or {}) | context)

    def export_view(self, request: HttpRequest) -> HttpResponse:
        """The confirmed ones of this list as a file, with names. Asked for by a form: that it was taken is written
        down."""
        if not (self.has_view_permission(request) and _reads_names(request)):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        now = timezone.now()
        found = self.get_changelist_instance(request).get_queryset(request)
        try:
            sheet = service_sheet(found)
        except Refused as too_many:
            messages.error(request, str(too_many))
            return redirect(self.url("changelist"))
        name = stamped("service", now)
        kind = kind_asked(request)
        return hand_over(request, "service", name, sheet, filters=filters_of(request), now=now, kind=kind)

    def subject_page(self, request: HttpRequest, subject: Service, now: datetime) -> SubjectPage:
        facts = [
            (_("Volunteer"), subject.volunteer.shown_name),
            (_("What was done"), subject.activity.title if subject.activity else subject.what),
            (_("Where it was done"), subject.unit),
            (_("Day"), subject.on),
            (_("Minutes"), subject.minutes),
            (_("Where the minutes come from"), subject.get_source_display()),
            (_("Handed in"), _by(subject.proposed_at, subject.proposed_by)),
        ]
        if subject.decided_at:
            facts.append((_("Decided"), _by(subject.decided_at, subject.decided_by)))
        if subject.reason:
            facts.append((pgettext_lazy("hours", "Why not"), subject.reason))
        crumbs = [Cell(_("Hours"), self.url("changelist"))]
        if subject.activity and _runs(request, subject, now):
            crumbs.append(Cell(subject.activity.title, page_of(subject.activity)))
        title = f"{subject.volunteer.shown_name} · {subject.on}"
        return SubjectPage(title, facts, [_corrections(subject)], crumbs, subject.get_state_display())


def _reads_names(request: HttpRequest) -> bool:
    """The sheet has names in it: for whoever may look at them. Whoever only sets up reads none."""
    return bool(standing_of(request.user, timezone.now()).sees_contact)


def _runs(request: HttpRequest, service: Service, now: datetime) -> bool:
    """Does the page of its activity open to this person?"""
    rows = type(service.activity)._default_manager.run_by(request.user, now)
    return rows.filter(pk=service.activity_id).exists()


def _by(at: datetime, who: Any) -> str:
    return f"{moment(at)} · {who or '—'}"


def _corrections(service: Service) -> Table:
    rows = service.corrections.select_related("asked_by", "decided_by").order_by("-pk")
    cells = [
        [
            Cell(one.was),
            Cell(one.minutes),
            Cell(one.reason),
            Cell(one.asked_by),
            Cell(one.get_state_display()),
            Cell(one.decided_by or "—"),
        ]
        for one in rows
    ]
    columns = [_("minutes before"), _("minutes after"), _("why"), _("asked by"), _("state"), _("decided by")]
    return Table(_("Corrections"), columns, cells, _("None."))


words.call_subject(
    "service",
    _("Service record"),
    {
        "propose": pgettext_lazy("hours", "Handed in"),
        "confirm": pgettext_lazy("hours", "Confirmed"),
        "refuse": pgettext_lazy("hours", "Not accepted"),
        "ask_correction": pgettext_lazy("hours", "Correction asked for"),
        "correct": pgettext_lazy("hours", "Corrected"),
        "refuse_correction": pgettext_lazy("hours", "Correction not granted"),
    },
)
