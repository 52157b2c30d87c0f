"""Scheduled tasks in the staff admin: list, a new one with a look at its next dates, rest and start."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from grids.admin.pages import Cell, SubjectAdmin, SubjectPage, Table, page_of, with_code
from issues.actions.schedules import CAPABILITY, add_schedule
from issues.forms.schedules import ScheduleForm, StartSchedule, StopSchedule
from issues.models import Issue, Schedule
from issues.occurrences import LAST_OF_MONTH, Rule, next_few, stopped_because
from issues.views.submit import renew, submit
from issues.worktimes import worktime_of
from trail import words

LATEST = 20


@admin.register(Schedule)
class ScheduleAdmin(SubjectAdmin):
    view_with = ("read_below", "supervise")
    write_with = (CAPABILITY,)
    add_label = _("New scheduled task")
    forms_offered = (StopSchedule, StartSchedule)
    select_for_page = ("place", "category", "created_by")
    list_display = ("text", "place", "category", "show_days", "at", "show_next", "is_active")
    list_filter = ("is_active",)
    list_select_related = ("place", "category")
    search_fields = ("text", "place__name")
    ordering = ("-is_active", "next_at", "pk")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_write(request)

    @admin.display(description=_("days"))
    def show_days(self, schedule: Schedule) -> str:
        return days_of(schedule)

    @admin.display(description=_("next"), ordering="next_at")
    def show_next(self, schedule: Schedule) -> str:
        return when(schedule.next_at) if schedule.next_at else "—"

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """The form; “look” shows the next dates and writes nothing, “save” makes the task."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        now = timezone.now()
        if request.method != "POST":
            return self._new(request, ScheduleForm(request.user, now))
        form = ScheduleForm(request.user, now, request.POST)
        if "look" in request.POST:
            dates = _preview(form, now) if form.is_valid() else None
            return self._new(request, form, dates=dates, status=422 if dates is None else 200)

        def perform(arguments: dict[str, Any]) -> str:
            return page_of(add_schedule(by=request.user, now=now, **arguments))

        address, status = submit(request, form, perform)
        if not status:
            return redirect(address)
        renew(form)
        return self._new(request, form, status=status)

    def _new(
        self, request: HttpRequest, form: ScheduleForm, *, dates: list[str] | None = None, status: int = 200
    ) -> HttpResponse:
        context = self.admin_site.each_context(request) | {
            "title": _("New scheduled task"),
            "form": form,
            "dates": dates,
            "lists": reverse("admin:issues_schedule_changelist"),
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/issues/schedule_new.html", context, status=status)

    def subject_page(self, request: HttpRequest, subject: Schedule, now: datetime) -> SubjectPage:
        facts = [
            (_("Place"), with_code(subject.place, subject.place.code)),
            (_("Category"), subject.category),
            (_("Days"), days_of(subject)),
            (_("Time"), f"{subject.at:%H:%M}"),
            (_("From"), subject.starts_on),
            (_("Until"), subject.until or "—"),
            (_("Made by"), subject.created_by or "—"),
        ]
        if subject.stopped_because:
            facts.append((_("Stopped by itself because"), stopped_because(subject.stopped_because)))
        crumbs = [Cell(_("Scheduled tasks"), reverse("admin:issues_schedule_changelist"))]
        tables = (_coming(subject, now), _latest(subject, request.user, now))
        pill = "" if subject.is_active else _("Rests")
        return SubjectPage(str(subject), facts, tables, crumbs, pill)


def days_of(schedule: Schedule) -> str:
    """Its days in words."""
    if schedule.month_days:
        numbers = [
            _t("day %(number)d") % {"number": day} for day in schedule.month_days if day != LAST_OF_MONTH
        ]
        numbers += [_t("last day")] * (LAST_OF_MONTH in schedule.month_days)
        said = _t("each month: %(days)s") % {"days": _t(", ").join(numbers)}
    elif schedule.weekdays:
        said = _t(", ").join(str(WEEKDAYS[day]) for day in schedule.weekdays)
    else:
        said = _t("every day")
    return _t("%(days)s, working days only") % {"days": said} if schedule.only_working_days else said


def when(at: datetime) -> str:
    """Day, weekday and time."""
    local = timezone.localtime(at)
    return f"{local:%Y-%m-%d} {date_format(local, 'D')} {local:%H:%M}"


def _preview(form: ScheduleForm, now: datetime) -> list[str]:
    data = form.cleaned_data
    rule = Rule(
        frozenset(data["weekdays"]),
        frozenset(data["month_days"]),
        data["at"],
        data["starts_on"] or timezone.localdate(now),
        data["until"],
        data["only_working_days"],
    )
    worktime = worktime_of(data["place"].district_id)
    return [when(at) for at in next_few(rule, now, worktime.is_working_day)]


def _coming(schedule: Schedule, now: datetime) -> Table:
    dates = []
    if schedule.is_active:
        worktime = worktime_of(schedule.place.district_id)
        dates = next_few(schedule.rule, now, worktime.is_working_day)
    rows = [[Cell(when(at))] for at in dates]
    return Table(_("The next five"), [_("due")], rows, _("It does not come any more, or it rests."))


def _latest(schedule: Schedule, user: Any, now: datetime) -> Table:
    """What became a complaint about the reader is left out."""
    hidden = Issue.objects.hidden_from(user, now).order_by().values("pk")
    found = schedule.occurrences.exclude(issue__in=hidden).select_related("issue").order_by("-at")[:LATEST]
    rows = [
        [
            Cell(when(one.at)),
            Cell(one.issue.number, reverse("admin:issues_issue_change", args=[one.issue_id])),
            Cell(one.issue.get_state_display()),
        ]
        for one in found
    ]
    columns = [_("due"), _("issue"), _("state")]
    return Table(_("What came of it"), columns, rows, _("It has not come yet."))


words.call_subject(
    "schedule",
    _("Scheduled task"),
    {
        "add": _("Made"),
        "stop": _("Put to rest"),
        "start": _("Started again"),
        "halt": _("Stopped by itself"),
    },
)
