"""Activities at a desk: the list, and a page each with its shifts, who has signed up, and their hours."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.decorators import display

from grids.admin.pages import AddingAdmin, Cell, SubjectPage, Table, page_of
from issues.models import Issue
from trail import words
from trail.paging import BoundedPaginator
from volunteers.actions.days import who_and_why
from volunteers.activities import STATES
from volunteers.admin.pages import CommunityFilter, LedToFilter, RunAdmin, WithinFilter, days_filter
from volunteers.forms.desk import moment
from volunteers.forms.desk_activities import ACTIVITY_FORMS, MakeActivity
from volunteers.models import Activity, Service, SignUp

CALLED_OFF = pgettext_lazy("shift", "Called off")
# A page of those who have signed up, and the latest of the hours.
SIGNED_UP, HOURS = 50, 20
BADGES = {state.key: state.badge for state in STATES}


class SeriesFilter(LedToFilter):
    """Those that repeat one; led to from their pages."""

    title = _("series of activities")
    parameter_name = "series"

    def narrowed(self, queryset: Any, number: int) -> Any:
        return queryset.filter(series=number)


@admin.register(Activity)
class ActivityAdmin(AddingAdmin, RunAdmin):
    add_form, add_label = MakeActivity, _("Make an activity")
    forms_offered = ACTIVITY_FORMS
    select_for_page = ("unit", "team__leader", "station", "series", "issue", "settled_by")
    list_display = ("title", "unit", "team", "starts_at", "show_places", "show_state")
    list_filter = (
        *("state", CommunityFilter, SeriesFilter, WithinFilter),
        days_filter("starts_at", _("Days")),
    )
    list_select_related = ("unit", "team")
    search_fields = ("title", "unit__name", "team__name")
    ordering = ("-starts_at", "-pk")

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Led to from an issue it knows its number and its place already."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        data = request.POST if request.method == "POST" else None
        form = MakeActivity(None, request.user, timezone.now(), data)
        if asked := request.GET.get("issue"):
            form.help_with(asked)
        return self.add_page(request, form)

    def answer(self, request: HttpRequest, form: Any) -> HttpResponse | None:
        """With those whose hours were left out, and why."""
        done = super().answer(request, form)
        if done and (left_out := getattr(form, "left_out", ())):
            messages.warning(request, _("Left out: %(who)s") % {"who": who_and_why(left_out)})
        return done

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).with_places().defer("unit__boundary")

    @admin.display(description=_("places taken"))
    def show_places(self, activity: Any) -> str:
        return f"{activity.taken} / {activity.places}"

    @display(description=_("state"), label=BADGES)
    def show_state(self, activity: Activity) -> tuple[str, str]:
        return activity.state, activity.get_state_display()

    def subject_page(self, request: HttpRequest, subject: Activity, now: datetime) -> SubjectPage:
        facts = [
            (_("Where"), subject.unit),
            (_("When"), f"{moment(subject.starts_at)} – {moment(subject.ends_at)}"),
            (_("What is done"), subject.what),
            (_("Where one meets"), subject.place or "—"),
            (_("Volunteer team"), subject.team or "—"),
            (_("Volunteer service station"), subject.station or "—"),
            (_("Cancelling is free until so many hours before"), subject.free_cancel_hours),
            *self._more(request, subject, now),
        ]
        crumbs = [Cell(_("Activities"), self.url("changelist"))]
        tables = [_shifts(subject), _sign_ups(subject, request.GET.get("p")), _hours(subject)]
        return SubjectPage(subject.title, facts, tables, crumbs, subject.get_state_display())

    def _more(self, request: HttpRequest, subject: Activity, now: datetime) -> Iterator[tuple[Any, Any]]:
        """What most activities have not, and how it ended."""
        if subject.series:
            address = f"{self.url('changelist')}?series={subject.series_id}"
            ended = (
                _("ended") if subject.series.ended_at else _("until %(day)s") % {"day": subject.series.until}
            )
            label = f"{subject.series.get_rhythm_display()} · {ended}"
            yield _("Repeats"), format_html('<a class="gz-link" href="{}">{}</a>', address, label)
        if issue := subject.issue:
            seen = Issue.objects.visible_to(request.user, now).filter(pk=issue.pk).exists()
            link = format_html('<a class="gz-link" href="{}">{}</a>', page_of(issue), issue.number)
            yield _("Helps to solve"), link if seen else issue.number
        figures = subject.sign_ups.figures()
        if missed := figures.get("no_show"):
            yield _("Did not come"), missed
        if late := figures.get("late_cancelled"):
            yield _("Cancelled late"), late
        if subject.result:
            yield _("Why") if subject.state == "cancelled" else _("What came of it"), subject.result
        if subject.settled_at:
            yield pgettext_lazy("activity", "Settled"), f"{moment(subject.settled_at)} · {subject.settled_by}"


def _shifts(activity: Activity) -> Table:
    shifts = activity.shifts.annotate(
        waiting=Count("sign_ups", filter=Q(sign_ups__state="waiting")),
        came=Count("sign_ups", filter=Q(sign_ups__state="in", sign_ups__checked_in_at__isnull=False)),
    )
    cells = [
        [
            Cell(moment(one.starts_at)),
            Cell(moment(one.ends_at)),
            Cell(one.places),
            Cell(one.taken),
            Cell(one.waiting),
            Cell(one.came),
            Cell(f"{CALLED_OFF}: {one.reason}" if one.cancelled_at else "—"),
        ]
        for one in shifts
    ]
    columns = [_("from"), _("until"), _("places"), _("places taken"), _("waiting"), _("came"), _("note")]
    return Table(_("Shifts"), columns, cells, "")


def _sign_ups(activity: Activity, asked: str | None) -> Table:
    """By shift, each in the order of coming."""
    rows = SignUp.objects.filter(activity=activity).select_related("volunteer", "shift")
    page = BoundedPaginator(rows.order_by("shift__starts_at", "pk"), SIGNED_UP).get_page(asked)
    cells = [
        [
            Cell(one.volunteer.shown_name),
            Cell(moment(one.shift.starts_at)),
            Cell(one.get_state_display()),
            Cell(moment(one.checked_in_at)),
            Cell(moment(one.checked_out_at)),
        ]
        for one in page
    ]
    columns = [_("known as"), _("shift"), _("state"), _("checked in"), _("checked out")]
    return Table(_("Signed up"), columns, cells, _("Nobody yet."), page)


def _hours(activity: Activity) -> Table:
    """The latest records; the list of hours shows all of them."""
    rows = Service.objects.filter(activity=activity).select_related("volunteer").order_by("-pk")[:HOURS]
    cells = [
        [Cell(one.volunteer.shown_name, page_of(one)), Cell(one.minutes), Cell(one.get_state_display())]
        for one in rows
    ]
    more = Cell(_("All of them in the list of hours"), _hours_of(activity)) if cells else None
    columns = [_("known as"), _("minutes"), _("state")]
    return Table(_("Hours"), columns, cells, _("No hours handed in yet."), link=more)


def _hours_of(activity: Activity) -> str:
    return f"{reverse('admin:volunteers_service_changelist')}?activity={activity.pk}"


words.call_subject(
    "activity",
    _("Activity"),
    {
        "add": pgettext_lazy("activity", "Made"),
        "change": pgettext_lazy("activity", "Changed"),
        "open": pgettext_lazy("activity", "Opened for sign-up"),
        "begin": pgettext_lazy("activity", "Begun"),
        "end": pgettext_lazy("activity", "Ended"),
        "settle": pgettext_lazy("activity", "Settled"),
        "cancel": pgettext_lazy("activity", "Cancelled"),
        "cancel_shift": pgettext_lazy("activity", "A shift called off"),
        "cancel_rest": pgettext_lazy("activity", "A shift called off with the rest"),
        "repeat": pgettext_lazy("activity", "Repeated from now on"),
        "report": pgettext_lazy("activity", "Result reported back on the issue"),
        "sign_up": pgettext_lazy("activity", "Somebody signed up"),
        "move_up": pgettext_lazy("activity", "Somebody moved up from the waiting list"),
        "cancel_sign_up": pgettext_lazy("activity", "A sign-up cancelled"),
        "check_in": pgettext_lazy("activity", "Somebody checked in"),
        "check_out": pgettext_lazy("activity", "Somebody checked out"),
        "undo_check": pgettext_lazy("activity", "A check-in or check-out undone"),
        "no_show": pgettext_lazy("activity", "Somebody did not come"),
        "propose": pgettext_lazy("activity", "Hours handed in"),
        "confirm": pgettext_lazy("activity", "Hours confirmed"),
    },
)
words.call_subject(
    "series",
    _("Series of activities"),
    {
        "add": pgettext_lazy("series", "Made"),
        "end": pgettext_lazy("series", "Ended"),
        "resume": pgettext_lazy("series", "Taken up again"),
        "halt": pgettext_lazy("series", "Ended, since its place or team is no more"),
    },
)
