"""An activity on the phone of whoever runs it: opened, begun, who comes ticked, ended, hours confirmed.

What is offered is what the table of volunteers/activities.py allows to the reader in this state; the action asks again.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from grids.qr_codes import qr_svg
from trail.idempotency import submit_form
from trail.kept_forms import is_kept
from volunteers.actions.activities import begin_activity, end_activity, open_activity
from volunteers.actions.attendance import check_in, check_out, mark_absent, mark_no_show, undo_check
from volunteers.actions.days import LeftOut, who_and_why
from volunteers.actions.hours import confirm_hours
from volunteers.actions.running import RUN, ties_of
from volunteers.activities import LIVE, RUNNING, SIGN_UP_STATES, offered
from volunteers.check_in import code_at, seconds_left
from volunteers.forms.phone import Button, TickForm, UndoForm
from volunteers.models import Activity, Service, Shift, SignUp
from volunteers.shifts import CHECK_IN_EARLY, has_begun
from volunteers.views.seen import run_activity, steps_of_shift

PER_PAGE = 50
# Who signs up and cancels again stands in the figures alone.
LISTED = ("in", "waiting", "no_show")
# One tap each; `absent` is "did not come" for all who were not ticked.
TAPS: Mapping[str, Any] = {
    "open": open_activity,
    "begin": begin_activity,
    "end": end_activity,
    "absent": mark_absent,
    "confirm": confirm_hours,
}
VERB_OF = {"absent": "no_show"}
TICKS: Mapping[str, Any] = {
    "check_in": check_in,
    "check_out": check_out,
    "undo_check": undo_check,
    "no_show": mark_no_show,
}
# A phone keeps them without a net; of these the moment counts.
TIMED = ("check_in", "check_out")
TICK_FORMS: Mapping[str, type[Button]] = dict.fromkeys(TIMED, TickForm) | {"undo_check": UndoForm}
DONE = {
    "open": _("Open: everybody finds it and may sign up."),
    "begin": _("It is under way."),
    "end": _("It is over. Now say who came, and hand in the hours."),
    "absent": _("Whoever was not ticked is noted as not having come."),
    "confirm": _("Confirmed. The volunteers are told."),
}
# So long after the code has changed the screen asks for the next one.
LATER_SECONDS = 1


@dataclass(frozen=True)
class Row:
    """Somebody on the list, and the ticks that can be set now, each with its form; the one that takes the last back, and
    whether the sign-up can be cancelled."""

    sign_up: Any
    ticks: Mapping[str, Button]
    undo: UndoForm | None
    cancels: bool


@never_cache
@login_required
@require_GET
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything about it: what can be done now, the figures, and who has signed up, as others may know them."""
    now = timezone.now()
    activity, ties = run_activity(request, pk, now)
    verbs = set(offered(activity.state, ties))
    rows = SignUp.objects.filter(activity=activity, state__in=LISTED).select_related("volunteer", "shift")
    rows = rows.annotate(handed_in=Exists(Service.objects.filter(sign_up=OuterRef("pk"))))
    page = Paginator(rows.order_by("shift_id", "pk"), PER_PAGE).get_page(request.GET.get("page"))
    figures = SignUp.objects.filter(activity=activity).figures()
    shifts = _shifts(activity, verbs, now)
    context = {
        "activity": activity,
        "verbs": verbs,
        "taps": {tap: Button() for tap in TAPS if VERB_OF.get(tap, tap) in verbs},
        "shows_code": activity.state in RUNNING,
        "page": page,
        "rows": [_row(one, verbs, request.user, now) for one in page],
        "figures": [(state.label, figures[state.key]) for state in SIGN_UP_STATES if state.key in figures],
        "shifts": shifts,
        "changes": any("change" in steps for _one, steps in shifts),
        "adds": "sign_up" in verbs and not Service.objects.filter(activity=activity).exists(),
        "is_over": activity.ends_at <= now,
        "repeats": activity.series is not None and activity.series.ended_at is None,
    }
    return render(request, "volunteers/run.html", context)


@never_cache
@login_required
@require_GET
def code(request: HttpRequest, pk: int) -> HttpResponse:
    """The code of the moment over the whole screen; the browser asks for the next one by itself, without a script."""
    now = timezone.now()
    activity, _ties = run_activity(request, pk, now)
    if activity.state not in RUNNING:
        messages.warning(request, _("The code is for while one may check in."))
        return redirect("volunteers:run", pk)
    said = code_at(activity.secret, now)
    there = request.build_absolute_uri(reverse("volunteers:check_in", args=[pk]))
    context = {"activity": activity, "code": said, "qr": qr_svg(f"{there}?{urlencode({'code': said})}")}
    answer = render(request, "volunteers/run_code.html", context)
    answer["Refresh"] = str(seconds_left(now) + LATER_SECONDS)
    return answer


@login_required
@require_POST
def act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """One tap: open, begin, end it; note who did not come; confirm the hours."""
    now = timezone.now()
    activity, _ties = run_activity(request, pk, now)
    if verb not in TAPS:
        raise Http404
    there = "volunteers:run_hours" if verb == "confirm" else "volunteers:run"

    told = DONE[verb]
    if verb == "open" and activity.ends_at <= now:
        told = _("It is over, so nobody signs up any more. Put on the list who came, and hand in the hours.")

    left_out: list[LeftOut] = []

    def perform() -> str:
        done = TAPS[verb](activity, by=request.user, now=now)
        left_out.extend(getattr(done, "left_out", ()))
        return reverse(there, args=[pk])

    form = Button(request.POST)
    address, status = submit_form(request, form, perform)
    if status:
        messages.error(request, " ".join(form.non_field_errors()))
        return redirect(there, pk)
    messages.success(request, told)
    if left_out:
        messages.warning(request, _("Left out: %(who)s") % {"who": who_and_why(left_out)})
    return redirect(address)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def tick(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Somebody on the list has come, has gone, or did not come; or that was said by mistake. A GET, of a tick that a phone
    had kept and that was refused, leads to the list."""
    now = timezone.now()
    rows = SignUp.objects.visible_to(request.user, now).select_related("activity__team__leader")
    one = get_object_or_404(rows, pk=pk)
    if verb not in TICKS or not ties_of(one.activity, request.user, now) & RUN:
        raise Http404
    back = f"{reverse('volunteers:run', args=[one.activity_id])}?page={_page_of(one)}"
    if request.method == "GET":
        return redirect(back)
    form = TICK_FORMS.get(verb, Button)(request.POST)

    def perform() -> str:
        told = form.cleaned_data
        # What arrives at once counts from now, by our clock.
        said = told if verb not in TIMED or is_kept(request) else {}
        TICKS[verb](one, by=request.user, now=now, **said)
        return back

    address, status = submit_form(request, form, perform)
    # Who kept it reads it in the outbox.
    if status and not is_kept(request):
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
    return redirect(address or back)


def _page_of(one: SignUp) -> int:
    """On which page of the list this one stands."""
    listed = SignUp.objects.filter(activity=one.activity_id, state__in=LISTED)
    before = listed.filter(Q(shift=one.shift_id, pk__lt=one.pk) | Q(shift__lt=one.shift_id)).count()
    return before // PER_PAGE + 1


def ticks_of(one: Any, verbs: Collection[str], now: datetime) -> list[str]:
    """What can be ticked for somebody on the list now, of what the table offers (`verbs`)."""
    shift, found = one.shift.period, []
    if one.checked_in_at:
        there = "check_out" in verbs and not one.checked_out_at and not one.handed_in
        return ["check_out"] if there else []
    begun = has_begun(shift, now)
    early = one.state == "in" and now >= shift.starts_at - CHECK_IN_EARLY
    if "check_in" in verbs and (begun or early):
        found.append("check_in")
    if "no_show" in verbs and begun and one.state == "in":
        found.append("no_show")
    return found


def _shifts(activity: Activity, verbs: Collection[str], now: datetime) -> list[tuple[Shift, frozenset[str]]]:
    """Each with what can be done with it now; the only one left is called off with the activity."""
    shifts = list(activity.shifts.with_free().with_waiting())
    alone = frozenset({"cancel_shift"} if sum(not one.cancelled_at for one in shifts) == 1 else ())
    return [(one, steps_of_shift(one, activity.state, verbs, now) - alone) for one in shifts]


def _row(one: Any, verbs: Collection[str], user: Any, now: datetime) -> Row:
    """One's own sign-up one cancels as everybody does."""
    undoes = "undo_check" in verbs and one.checked_in_at and not one.handed_in
    mine = one.volunteer.user_id == user.pk
    cancels = "cancel_sign_up" in verbs and one.state in LIVE and not one.checked_in_at and not mine
    ticks = {key: TICK_FORMS.get(key, Button)() for key in ticks_of(one, verbs, now)}
    last = "check_out" if one.checked_out_at else "check_in"
    return Row(one, ticks, UndoForm(initial={"of": last}) if undoes else None, cancels)
