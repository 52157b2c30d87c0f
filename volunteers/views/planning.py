"""An activity made on the phone, of a team or to help with an issue; its shifts, whom those who run it put on the list, and
the hours of those who came."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from issues.models import Issue
from trail.idempotency import renew, submit_form
from volunteers.actions.activities import add_activity, add_shift, ask_volunteers
from volunteers.actions.attendance import come_along
from volunteers.actions.days import LeftOut, who_and_why
from volunteers.actions.hours import propose_hours
from volunteers.actions.running import placed, runs_there
from volunteers.actions.sign_ups import sign_up
from volunteers.actions.teams import leads
from volunteers.activities import VERB, offered
from volunteers.asking import refusal
from volunteers.forms.activities import AddForm, AskForm, HoursForm, PlanForm, ShiftForm, explain_beside
from volunteers.forms.phone import Button
from volunteers.hours import minutes_of
from volunteers.models import Activity, Membership, Service, Shift, SignUp, Station, Team, Volunteer
from volunteers.templatetags.volunteering import period
from volunteers.views.on_issues import led_for, runs_for
from volunteers.views.seen import run_activity

PER_PAGE = 50
MOST_STATIONS, MOST_TEAMS, MOST_MEMBERS = 100, 100, 200
# Refusals → the question that they are about.
BESIDE = {"shifts": "ends", "past": "day"}
BESIDE_ADDING = {
    "close": "confirmed",
    "full": "shift",
    "early": "has_come",
    "waiting": "has_come",
}


def _explain(form: Any, refused: Any) -> None:
    explain_beside(form, refused, BESIDE)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    """A new activity of a team, as a draft: by its leader, or whoever runs volunteering there."""
    now = timezone.now()
    rows = Team.objects.open().select_related("leader", "unit").defer("unit__boundary")
    team = get_object_or_404(rows, pk=pk)
    if not (leads(team, request.user) or runs_there(request.user, placed(team), now)):
        raise Http404
    stations = _stations(team.community_id)
    if request.method == "GET":
        return render(request, "volunteers/plan.html", {"team": team, "form": PlanForm(stations)})
    form = PlanForm(stations, request.POST)

    def perform() -> str:
        made = add_activity(unit=team.unit, team=team, by=request.user, now=now, **form.arguments())
        return reverse("volunteers:run", args=[made.pk])

    address, status = submit_form(request, form, perform, explain=_explain)
    if status:
        renew(form)
        return render(request, "volunteers/plan.html", {"team": team, "form": form}, status=status)
    messages.success(request, _("A draft is made. Look at it, and open it for sign-up."))
    return redirect(address)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest, code: str) -> HttpResponse:
    """A new activity that helps with an issue, as a draft at its community: by whoever runs volunteering there, or leads
    a team of it. Where nobody may be asked it says why."""
    now = timezone.now()
    seen = Issue.objects.visible_to(request.user, now).select_related("category")
    issue = get_object_or_404(seen, code=code)
    runs = runs_for(issue, request.user, now)
    found = Team.objects.open().filter(community=issue.community_id) if runs else led_for(issue, request.user)
    teams = list(found.order_by("name", "pk")[:MOST_TEAMS])
    if not (runs or teams):
        raise Http404
    told = (teams, _stations(issue.community_id), runs)
    form = AskForm(*told, request.POST) if request.method == "POST" else AskForm(*told)
    context = {"issue": issue, "form": form, "refused": refusal(issue)}
    if request.method == "GET":
        return render(request, "volunteers/ask.html", context)

    def perform() -> str:
        made = ask_volunteers(issue, by=request.user, now=now, **form.arguments())
        return reverse("volunteers:run", args=[made.pk])

    address, status = submit_form(request, form, perform, explain=_explain)
    if status:
        renew(form)
        return render(request, "volunteers/ask.html", context, status=status)
    messages.success(request, _("A draft is made. Look at it, and open it for sign-up."))
    return redirect(address)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def shift(request: HttpRequest, pk: int) -> HttpResponse:
    """One more time of an activity."""
    now = timezone.now()
    activity, ties = run_activity(request, pk, now)
    form = ShiftForm(request.POST) if request.method == "POST" else ShiftForm()
    context = {"activity": activity, "form": form, "is_offered": "change" in offered(activity.state, ties)}
    if request.method == "GET":
        return render(request, "volunteers/plan_shift.html", context)

    def perform() -> str:
        add_shift(activity, form.shift(), by=request.user, now=now)
        return reverse("volunteers:run", args=[pk])

    address, status = submit_form(request, form, perform, explain=_explain)
    if status:
        renew(form)
        return render(request, "volunteers/plan_shift.html", context, status=status)
    messages.success(request, _("Added."))
    return redirect(address)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def hours(request: HttpRequest, pk: int) -> HttpResponse:
    """The minutes of those who came, as reckoned from check-in and check-out or set by hand, handed in for somebody
    else to confirm; page by page, as long as they are not decided."""
    now = timezone.now()
    activity, ties = run_activity(request, pk, now)
    verbs = offered(activity.state, ties)
    came = SignUp.objects.came().filter(activity=activity).select_related("volunteer", "shift").order_by("pk")
    page = Paginator(came, PER_PAGE).get_page(request.GET.get("page"))
    known = {one.sign_up_id: one for one in Service.objects.filter(sign_up__in=[one.pk for one in page])}
    reckoned = _reckoned(page, known) if "propose" in verbs else []
    form = HoursForm(reckoned, request.POST) if request.method == "POST" else HoursForm(reckoned)
    context = {
        "activity": activity,
        "page": page,
        "form": form,
        "decided": [(one, known[one.pk]) for one in page if one.pk not in form.before and one.pk in known],
        "proposes": "propose" in verbs,
        "confirm": Button() if "confirm" in verbs and _waits(activity) else None,
        "handed_in": any(one.state == "proposed" for one in known.values()),
    }
    if request.method == "GET":
        return render(request, "volunteers/run_hours.html", context)

    left_out: list[LeftOut] = []

    def perform() -> str:
        done = propose_hours(activity, by=request.user, now=now, minutes=form.said())
        left_out.extend(done.left_out)
        return f"{reverse('volunteers:run_hours', args=[pk])}?page={page.number}"

    address, status = submit_form(request, form, perform)
    if status:
        renew(form)
        return render(request, "volunteers/run_hours.html", context, status=status)
    messages.success(request, _("Handed in. Whoever confirms hours is told."))
    if left_out:
        messages.warning(request, _("Left out: %(who)s") % {"who": who_and_why(left_out)})
    return redirect(address)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def add(request: HttpRequest, pk: int) -> HttpResponse:
    """Somebody is put on the list by those who run it: who has no telephone, or has come without a sign-up. Its
    leader knows members of the team; those who run volunteering there know others too."""
    now = timezone.now()
    activity, ties = run_activity(request, pk, now)
    shifts = {str(one.pk): one for one in activity.shifts.standing()}
    members = _members(activity)
    form = _add_form(request, activity, ties, shifts, members, now)
    handed_in = Service.objects.filter(activity=activity).exists()
    offers = "sign_up" in offered(activity.state, ties) and not handed_in
    context = {
        "activity": activity,
        "form": form,
        "handed_in": handed_in,
        "is_offered": offers and bool(shifts) and bool(members or "organiser" in ties),
    }
    if request.method == "GET":
        return render(request, "volunteers/run_add.html", context)

    def perform() -> str:
        told = form.cleaned_data
        do = come_along if told["has_come"] else sign_up
        who = told.get("somebody") or members[told["volunteer"]]
        do(shifts[told["shift"]], volunteer=who, by=request.user, now=now, confirmed=told["confirmed"])
        return reverse("volunteers:run", args=[pk])

    address, status = submit_form(request, form, perform, explain=_explain_adding)
    if status:
        renew(form)
        return render(request, "volunteers/run_add.html", context, status=status)
    messages.success(request, _("Signed up; the list says whether with a place."))
    return redirect(address)


def _stations(community_id: int | None) -> list[Station]:
    """Those of a community that are open."""
    rows = Station.objects.open().filter(community=community_id).order_by("name", "pk")
    return list(rows[:MOST_STATIONS])


def _members(activity: Activity) -> dict[str, Volunteer]:
    """Of its team, those who are in it longest first."""
    rows = Membership.objects.current().filter(team=activity.team_id, volunteer__state="active")
    rows = rows.select_related("volunteer").order_by("joined_at", "pk")[:MOST_MEMBERS]
    return {str(one.volunteer_id): one.volunteer for one in rows}


def _add_form(
    request: HttpRequest,
    activity: Activity,
    ties: frozenset[str],
    shifts: Mapping[str, Shift],
    members: Mapping[str, Volunteer],
    now: datetime,
) -> AddForm:
    """Whoever is put on the list once it is under way has mostly come."""
    named = {key: f"{one.shown_name} #{key}" for key, one in members.items()}
    choices = {key: period(one) for key, one in shifts.items()}, named
    asked_by = request.user if "organiser" in ties else None
    initial = {"has_come": activity.state in VERB["check_out"].from_states}
    data = request.POST if request.method == "POST" else None
    return AddForm(*choices, data, initial=initial, asked_by=asked_by, now=now)


def _explain_adding(form: Any, refused: Any) -> None:
    """Beside the question by which the person was named."""
    who = "somebody" if form.cleaned_data.get("somebody") else "volunteer"
    explain_beside(form, refused, BESIDE_ADDING | {"again": who, "overlap": who})


def _waits(activity: Any) -> bool:
    return Service.objects.proposed().filter(activity=activity).exists()


def _reckoned(came: Sequence[SignUp], known: Mapping[int | None, Service]) -> list[tuple[int, str, str, int]]:
    """Of everybody whose hours are not decided what the form asks about."""
    found = []
    for one in came:
        record, at = known.get(one.pk), one.checked_in_at
        if at is None or (record and record.state != "proposed"):
            continue
        left = one.checked_out_at or one.shift.ends_at
        minutes = record.minutes if record else minutes_of(one.shift.period, at, one.checked_out_at)
        times = f"{timezone.localtime(at):%H:%M}–{timezone.localtime(left):%H:%M}"
        found.append((one.pk, one.volunteer.shown_name, times, minutes))
    return found
