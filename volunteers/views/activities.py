"""Activities on the phone: what is to come, for everybody; finding one, signing up and cancelling, for volunteers."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from trail.idempotency import reason_of, renew, submit_form
from trail.refusals import Refused
from volunteers.actions import sign_ups
from volunteers.actions.running import RUN, ties_of
from volunteers.activities import RUNNING
from volunteers.forms.activities import SignUpForShift
from volunteers.forms.phone import Button
from volunteers.models import Activity, Shift, SignUp, Volunteer
from volunteers.shifts import cancels_late, conflict, has_begun
from volunteers.views.public import community_at, me_of
from volunteers.views.seen import seen_activities, steps_of, takes_comers, takes_part

PER_PAGE = 20
# How far around one looks, one's own community first.
AROUND = (
    ("community", gettext_lazy("My community")),
    ("street", gettext_lazy("My street")),
    ("district", gettext_lazy("The whole district")),
)


@dataclass(frozen=True)
class Row:
    """A shift on the page of its activity: the reader's own sign-up (None without), what they may do about it,
    whether they may sign up, and whether, once it has begun, they may still come."""

    shift: Shift
    mine: SignUp | None
    steps: frozenset[str]
    is_open: bool
    may_come: bool


@never_cache
@require_GET
def coming(request: HttpRequest, code: str) -> HttpResponse:
    """What is to come in a community, and in its street and district as such, for everybody."""
    here, now = community_at(code), timezone.now()
    page = _page(request, Activity.objects.around(here.unit), now)
    context = {"place": here, "page": page, "own": here.unit.pk}
    return render(request, "volunteers/activities.html", context)


@never_cache
@login_required
@require_GET
def find(request: HttpRequest) -> HttpResponse:
    """What a volunteer may take part in: around their own community, or further away."""
    me = me_of(request)
    if me is None:
        return redirect("volunteers:choose")
    levels = [(key, label) for key, label in AROUND if getattr(me, f"{key}_id")]
    keys = [key for key, _label in levels]
    around = request.GET.get("around") if request.GET.get("around") in keys else next(iter(keys), "district")
    page = _page(request, Activity.objects.around(me, around), timezone.now())
    context = {"page": page, "levels": levels, "around": around, "own": me.community_id}
    context["more_query"] = f"around={around}&"
    return render(request, "volunteers/find.html", context)


@never_cache
@require_GET
def activity(request: HttpRequest, pk: int) -> HttpResponse:
    """One activity with its shifts; drafts only for those who run it. Who takes part stands on no page of everybody."""
    now = timezone.now()
    found = get_object_or_404(seen_activities(request.user, now), pk=pk)
    me = me_of(request)
    ties = ties_of(found, request.user, now) if request.user.is_authenticated else frozenset()
    context = {
        "activity": found,
        "me": me,
        "elsewhere": me is not None and me.district_id != found.district_id,
        "rows": _rows(found, me, now),
        "running": found.state in RUNNING,
        "runs": bool(ties & RUN),
    }
    return render(request, "volunteers/activity.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def sign_up(request: HttpRequest, pk: int) -> HttpResponse:
    """One shift with all that one should know before; what is close by is asked about, the same time says what to do."""
    now = timezone.now()
    shift = get_object_or_404(Shift.objects.with_free().with_waiting(), pk=pk)
    shift.activity = get_object_or_404(seen_activities(request.user, now), pk=shift.activity_id)
    me = me_of(request)
    if me is None:
        return redirect("volunteers:activity", shift.activity_id)
    if request.method == "GET":
        return _sign_up_page(request, me, shift, SignUpForShift(), now)
    form = SignUpForShift(request.POST)

    def perform() -> str:
        confirmed = form.cleaned_data["confirmed"]
        sign_ups.sign_up(shift, volunteer=me, by=request.user, now=now, confirmed=confirmed)
        return reverse("volunteers:activity", args=[shift.activity_id])

    address, status = submit_form(request, form, perform, explain=_explain)
    if status:
        renew(form)
        return _sign_up_page(request, me, shift, form, now, status)
    made = SignUp.objects.live().with_ahead().filter(shift=shift, volunteer=me).first()
    if made is not None:
        messages.success(request, _told(made))
    return redirect(address)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Give up a place or the waiting, with what that means asked once more before."""
    now = timezone.now()
    rows = SignUp.objects.visible_to(request.user, now).select_related("shift", "volunteer", "activity__unit")
    one = get_object_or_404(rows.with_ahead().defer("activity__unit__boundary"), pk=pk)
    mine = one.volunteer.user_id == request.user.pk
    form = Button(request.POST) if request.method == "POST" else Button()
    context = {"sign_up": one, "mine": mine, "form": form, "steps": steps_of(one, one.activity.state, now)}
    limit = (one.shift.starts_at, one.activity.free_cancel_hours, now)
    context["late"] = cancels_late(*limit, since=one.place_since)
    context["excused"] = cancels_late(*limit) and not context["late"]
    if request.method == "GET":
        return render(request, "volunteers/cancel.html", context)

    moves_up = one.state == "in" and not has_begun(one.shift.period, now)

    def perform() -> str:
        sign_ups.cancel_sign_up(one, by=request.user, now=now)
        return reverse("volunteers:shifts") if mine else reverse("volunteers:run", args=[one.activity_id])

    address, status = submit_form(request, form, perform)
    if status:
        renew(form)
        return render(request, "volunteers/cancel.html", context, status=status)
    told = (
        _("Cancelled. Whoever waits longest gets the place.") if moves_up else _("The sign-up is cancelled.")
    )
    messages.success(request, told)
    return redirect(address)


def _page(request: HttpRequest, rows: Any, now: datetime) -> Any:
    """Those of them that everybody finds and that are to come."""
    found = rows.coming(now).with_free(now).select_related("unit", "community", "team")
    found = found.defer("unit__boundary", "community__boundary")
    return Paginator(found, PER_PAGE).get_page(request.GET.get("page"))


def _rows(found: Activity, me: Volunteer | None, now: datetime) -> list[Row]:
    mine: dict[int, SignUp] = {}
    if me is not None:
        theirs = SignUp.objects.live().with_ahead().filter(activity=found, volunteer=me)
        mine = {one.shift_id: one for one in theirs.select_related("shift")}
    may = takes_part(me, found)
    rows = []
    for shift in found.shifts.with_free().with_waiting():
        one = mine.get(shift.pk)
        steps = steps_of(one, found.state, now) if one else frozenset()
        new, begun = may and one is None and not shift.cancelled_at, has_begun(shift.period, now)
        may_come = new and begun and takes_comers(shift, now)
        rows.append(Row(shift, one, steps, new and not begun, may_come))
    return rows


def _sign_up_page(
    request: HttpRequest,
    me: Volunteer,
    shift: Shift,
    form: SignUpForShift,
    now: datetime,
    status: int = 200,
) -> HttpResponse:
    """`conflict`: "hard", "soft" or "", by all that the volunteer has signed up for."""
    near = SignUp.objects.live().near(shift.period).filter(volunteer=me).select_related("shift", "activity")
    found = list(near.order_by("shift__starts_at", "pk"))
    others = [one for one in found if one.shift_id != shift.pk]
    hours = shift.activity.free_cancel_hours
    context = {
        "shift": shift,
        "activity": shift.activity,
        "form": form,
        "mine": next((one for one in found if one.shift_id == shift.pk), None),
        "others": others,
        "conflict": conflict(shift.period, [one.shift.period for one in others]),
        "is_open": shift.activity.state in RUNNING
        and not (has_begun(shift.period, now) or shift.cancelled_at),
        "free_until": shift.starts_at - timedelta(hours=hours),
        "soon": cancels_late(shift.starts_at, hours, now),
    }
    return render(request, "volunteers/sign_up.html", context, status=status)


def _explain(form: Any, refused: Refused) -> None:
    """That another shift is close by stands beside the box that confirms it."""
    form.add_error("confirmed" if refused.code == "close" else None, reason_of(refused))


def _told(made: SignUp) -> str:
    """What came of a sign-up."""
    if made.state == "in":
        return _("You have a place.")
    if not made.ahead:
        return _("You are on the waiting list, the first. You are told when a place becomes free.")
    text = ngettext(
        "You are on the waiting list; %(count)d person is ahead of you. You are told when a place becomes free.",
        "You are on the waiting list; %(count)d people are ahead of you. You are told when a place becomes free.",
        made.ahead,
    )
    return text % {"count": made.ahead}
