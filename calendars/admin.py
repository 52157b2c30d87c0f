"""Calendars in the staff admin. A change shows first what it would do, and then the work that it sets off."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from calendars.actions import BadRows, copy_calendar, load_calendar, preview_load, set_office_hours
from calendars.following import FOLLOWERS, count_followers
from calendars.forms import FORMS, PlanForm
from calendars.holidays import holiday_label
from calendars.hours import Hours, show_hours
from calendars.models import Calendar, CalendarDay
from trail.admin import ActionAdmin, find_row
from trail.districts import Districts, districts_of, sees_all
from trail.idempotency import explain_above, renew, submit_form
from trail.jobs import STATE, kind_label
from trail.models import Job
from trail.numerals import read_whole
from trail.refusals import Refused
from trail.words import call_subject

# Capabilities: those who set the platform up, and those who must explain a deadline.
LOOK = ("manage_units", "supervise")
JOBS_SHOWN = 10
BAD_ROWS_SHOWN = 20
# After a change the page leads on to its job as soon as there is one; it looks that often, and for so long.
LOOK_AGAIN_SECONDS = 2
LOOKS_FOR = timedelta(minutes=2)
# A moment in an address, in seconds: up to the year 2286.
MOST_SECONDS = 9_999_999_999


@dataclass(frozen=True)
class Preview:
    """What a change would do. `hidden` is what is sent again to do it."""

    form: PlanForm
    facts: Sequence[tuple[Any, Any]]
    hidden: Mapping[str, str]
    followers: int

    @property
    def fields(self) -> list[tuple[str, str]]:
        return [(self.form.add_prefix(name), value) for name, value in self.hidden.items()]


@admin.register(Calendar)
class CalendarAdmin(ActionAdmin):
    """A page per calendar: what it says, who follows it, and how to change it. A change is shown first."""

    view_with = LOOK
    write_with = ("manage_units",)
    list_display = ("name", "office_hours", "known_until")
    search_fields = ("name",)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).with_last_year()

    @admin.display(description=_("office hours"))
    def office_hours(self, calendar: Calendar) -> str:
        return calendar.shown_hours

    @admin.display(description=_("last year that is loaded"))
    def known_until(self, calendar: Any) -> int | None:
        return calendar.last_year

    def get_urls(self) -> list[Any]:
        do = self.admin_site.admin_view(self.do_view)
        return [
            path("<int:pk>/do/<slug:key>/", do, name="calendars_calendar_do"),
            *super().get_urls(),
        ]

    def find(self, request: HttpRequest, object_id: str) -> Calendar:
        if not self.has_view_permission(request):
            raise Http404
        return find_row(Calendar, object_id)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """`since` (a moment, in seconds) is there after a change: the way on to the work that it has set off."""
        if request.method == "POST":
            raise PermissionDenied
        calendar, now = self.find(request, object_id), timezone.now()
        since = _moment(request.GET.get("since", ""))
        if since and (job := self._job_of(request, calendar, since)):
            return redirect(reverse("admin:trail_job_change", args=[job.pk]))
        answer = self.show(request, calendar, waits=since is not None)
        if since and now - since < LOOKS_FOR:
            answer.headers["Refresh"] = str(LOOK_AGAIN_SECONDS)
        return answer

    def show(
        self,
        request: HttpRequest,
        calendar: Calendar,
        *,
        tried: PlanForm | None = None,
        preview: Preview | None = None,
        waits: bool = False,
    ) -> HttpResponse:
        """The page; `tried` keeps what was typed and says why not; `preview` is what a change would do."""
        forms = [form() for form in FORMS] if self.may_write(request) else []
        jobs = self._jobs(request, calendar)
        context = self.admin_site.each_context(request) | {
            "title": calendar.name,
            "object": calendar,
            "calendar": calendar,
            "years": calendar.years.all(),
            "jobs": [(job, kind_label(job.kind), STATE[job.state]) for job in jobs[:JOBS_SHOWN]],
            "forms": [tried if tried and tried.key == form.key else form for form in forms],
            "tried": tried,
            "preview": preview,
            "waits": waits,
            "opts": self.opts,
        }
        status = 422 if tried is not None and preview is None else 200
        return TemplateResponse(request, "admin/calendars/calendar.html", context, status=status)

    def _jobs(self, request: HttpRequest, calendar: Calendar) -> Any:
        """The work that changes of this calendar have set off, newest first."""
        kinds = [follower.job for follower in FOLLOWERS]
        seen = Job.objects.visible_to(request.user, timezone.now())
        return seen.filter(kind__in=kinds).about(calendar=calendar.pk)

    def _job_of(self, request: HttpRequest, calendar: Calendar, since: datetime) -> Job | None:
        """The work that will see, or has seen, a change made at this moment."""
        jobs = self._jobs(request, calendar)
        return jobs.filter(Q(created_at__gte=since) | Q(finished_at=None)).first()

    def do_view(self, request: HttpRequest, pk: int, key: str) -> HttpResponse:
        """Parse, and show what it would do; when it is sent again from there, call one action."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        calendar, now = self.find(request, str(pk)), timezone.now()
        kind = next((form for form in FORMS if form.key == key), None)
        if kind is None:
            raise Http404
        if not self.may_write(request):
            raise PermissionDenied
        form = kind(request.POST, request.FILES)
        if key != "copy" and "confirm" not in request.POST:
            return self._look(request, calendar, form)
        address, refused = submit_form(
            request, form, lambda: CHANGES[key](request, calendar, form, now), explain=_explain
        )
        if not refused:
            return redirect(address)
        renew(form)
        return self.show(request, calendar, tried=form)

    def _look(self, request: HttpRequest, calendar: Calendar, form: PlanForm) -> HttpResponse:
        """What it would do. Nothing is written, so the key stays unused."""
        preview = None
        if form.is_valid():
            try:
                preview = PREVIEWS[form.key](calendar, form, _reach(request))
            except Refused as refused:
                _explain(form, refused)
        renew(form)
        return self.show(request, calendar, tried=form, preview=preview)


def _explain(form: Form, refused: Refused) -> None:
    """Above the form, each wrong row of a file first."""
    for row in refused.rows[:BAD_ROWS_SHOWN] if isinstance(refused, BadRows) else ():
        told = {"line": row.line, "value": row.value, "reason": row.reason}
        form.add_error(None, _("Line %(line)s, “%(value)s”: %(reason)s") % told)
    explain_above(form, refused)


def _reach(request: HttpRequest) -> Districts | None:
    """Whose deadlines are counted: those of the districts that the person sets up; None for all."""
    if sees_all(request.user):
        return None
    return districts_of(request.user, timezone.now(), *CalendarAdmin.write_with)


def _preview_notice(calendar: Calendar, form: PlanForm, reach: Districts | None) -> Preview:
    found = preview_load(calendar, form.cleaned_data["days"])
    years = _(", ").join(map(str, found.years)) or _("none: the file names no 1 October")
    facts = [
        (_("Whole years"), years),
        (_("Days that are new"), found.added),
        (_("Days that change"), found.changed),
    ]
    hidden = {"rows": form.cleaned_data["text"], "source": form.cleaned_data["source"]}
    return Preview(form, facts, hidden, count_followers(calendar, reach))


def _preview_hours(calendar: Calendar, form: PlanForm, reach: Districts | None) -> Preview:
    written = _written(form.cleaned_data["hours"])
    facts = [(_("Office hours until now"), calendar.shown_hours), (_("Office hours from now on"), written)]
    return Preview(form, facts, {"hours": written}, count_followers(calendar, reach))


def _load_notice(request: HttpRequest, calendar: Calendar, form: PlanForm, now: datetime) -> str:
    data = form.cleaned_data
    loaded = load_calendar(calendar, data["days"], by=request.user, now=now, source=data["source"])
    count = {"added": loaded.added, "changed": loaded.changed}
    messages.success(request, _("Loaded: %(added)d days are new, %(changed)d have changed.") % count)
    return _after(calendar, now)


def _set_hours(request: HttpRequest, calendar: Calendar, form: PlanForm, now: datetime) -> str:
    set_office_hours(calendar, form.cleaned_data["hours"], by=request.user, now=now)
    messages.success(request, _("The office hours have changed."))
    return _after(calendar, now)


def _copy(request: HttpRequest, calendar: Calendar, form: PlanForm, now: datetime) -> str:
    copy = copy_calendar(calendar, form.cleaned_data["name"], by=request.user, now=now)
    messages.success(request, _("Copied."))
    return reverse("admin:calendars_calendar_change", args=[copy.pk])


PREVIEWS = {"notice": _preview_notice, "hours": _preview_hours}
CHANGES = {"notice": _load_notice, "hours": _set_hours, "copy": _copy}


def _after(calendar: Calendar, now: datetime) -> str:
    return f"{reverse('admin:calendars_calendar_change', args=[calendar.pk])}?since={now.timestamp():.0f}"


def _moment(text: str) -> datetime | None:
    seconds = read_whole(text, MOST_SECONDS)
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _written(hours: Hours) -> str:
    """Hours as they are typed."""
    return ",".join("-".join(stretch) for stretch in show_hours(hours))


@admin.register(CalendarDay)
class CalendarDayAdmin(ActionAdmin):
    view_with = LOOK
    list_display = ("date", "kind", "holiday", "remark", "calendar")
    fields = readonly_fields = list_display
    list_filter = ("kind", "calendar")
    list_select_related = ("calendar",)
    date_hierarchy = "date"
    search_fields = ("name",)

    @admin.display(description=_("holiday"), ordering="name")
    def holiday(self, day: CalendarDay) -> str:
        return str(holiday_label(day.name)) or self.empty_value_display

    @admin.display(description=_("note"))
    def remark(self, day: CalendarDay) -> str:
        return str(holiday_label(day.note)) or self.empty_value_display


call_subject(
    "calendar",
    _("Calendar"),
    {"load": _("Days loaded"), "set_office_hours": _("Office hours set"), "copy": _("Copied from another")},
    of_all=True,
)
