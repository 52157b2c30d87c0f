"""One's own shifts on the phone, and checking in with the code on the leader's screen."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from trail.idempotency import renew, submit_form
from volunteers.actions import attendance
from volunteers.forms.activities import CHECK_IN, CHECK_OUT, COME, CheckForm, ComeForm, explain_beside
from volunteers.models import Activity, Shift, SignUp, Volunteer
from volunteers.templatetags.volunteering import period
from volunteers.views.public import me_of
from volunteers.views.seen import my_volunteer, seen_activities, steps_of, takes_comers, takes_part

PER_PAGE = 20
# On the list of an activity: whoever was missed talks to those who run it.
LISTED = ("in", "waiting", "no_show")
# Refusals → the question that they are about.
BESIDE = {"close": "confirmed", "full": "shift"}
DONE = {
    CHECK_IN: _("You are checked in. Thank you for coming!"),
    CHECK_OUT: _("You are checked out. Thank you!"),
    COME: _("You are signed up and checked in. Thank you for coming!"),
}


@never_cache
@login_required
@require_GET
def shifts(request: HttpRequest) -> HttpResponse:
    """What one has signed up for and is not over yet."""
    me, now = my_volunteer(request), timezone.now()
    rows = SignUp.objects.to_come(now).filter(volunteer=me).with_ahead()
    rows = rows.select_related("shift", "activity__unit").defer("activity__unit__boundary")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "rows": [(one, steps_of(one, one.activity.state, now)) for one in page]}
    return render(request, "volunteers/shifts.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def check_in(request: HttpRequest, pk: int) -> HttpResponse:
    """Where the code on the screen leads: checks the reader in, and out again; who has not signed up does both at once."""
    now = timezone.now()
    activity = get_object_or_404(seen_activities(request.user, now), pk=pk)
    me = me_of(request)
    if me is None:
        return redirect("volunteers:activity", pk)
    if request.POST.get("way") == COME:
        return _come(request, activity, me, now)
    if request.method == "GET":
        one, way = _next_step(activity, me, now)
        code = request.GET.get("code", "")
        if one is None and (open_to := _open_to(activity, me, now)):
            return _check_page(request, activity, me, ComeForm(open_to, initial={"code": code}), None)
        form = CheckForm(initial={"code": code, "sign_up": one.pk if one else None, "way": way})
        return _check_page(request, activity, me, form, one)
    form = CheckForm(request.POST)

    def perform() -> str:
        told = form.cleaned_data
        one = get_object_or_404(SignUp, activity=activity, volunteer=me, pk=told["sign_up"])
        do = attendance.check_in if told["way"] == CHECK_IN else attendance.check_out
        do(one, by=request.user, now=now, code=told["code"])
        return reverse("volunteers:shifts")

    address, status = submit_form(request, form, perform, explain=_explain)
    if status:
        renew(form)
        one = SignUp.objects.filter(
            activity=activity, volunteer=me, pk=form.cleaned_data.get("sign_up")
        ).first()
        return _check_page(request, activity, me, form, one, status)
    messages.success(request, DONE[request.POST["way"]])
    return redirect(address)


def _come(request: HttpRequest, activity: Activity, me: Volunteer, now: datetime) -> HttpResponse:
    """What does not fit, a shift that is full by now too, is said by the action."""
    shifts = {str(one.pk): one for one in activity.shifts.all()}
    form = ComeForm(_named(shifts.values()), request.POST)

    def perform() -> str:
        told = form.cleaned_data
        said = {"code": told["code"], "confirmed": told["confirmed"]}
        attendance.come_along(shifts[told["shift"]], volunteer=me, by=request.user, now=now, **said)
        return reverse("volunteers:shifts")

    address, status = submit_form(request, form, perform, explain=_explain)
    if status:
        renew(form)
        return _check_page(request, activity, me, form, None, status)
    messages.success(request, DONE[COME])
    return redirect(address)


def _open_to(activity: Activity, me: Volunteer, now: datetime) -> dict[str, str]:
    """Shifts to which somebody may come now without having signed up, for a form."""
    if not takes_part(me, activity):
        return {}
    listed = SignUp.objects.filter(activity=activity, volunteer=me, state__in=LISTED)
    known = set(listed.values_list("shift", flat=True))
    return _named(one for one in activity.shifts.all() if one.pk not in known and takes_comers(one, now))


def _named(shifts: Iterable[Shift]) -> dict[str, str]:
    return {str(one.pk): period(one) for one in shifts}


def _next_step(activity: Activity, me: Volunteer, now: datetime) -> tuple[SignUp | None, str]:
    """The sign-up that the code is for now, and whether the person comes or goes; coming goes before going."""
    mine = SignUp.objects.live().filter(activity=activity, volunteer=me).select_related("shift")
    steps = [(one, steps_of(one, activity.state, now)) for one in mine.order_by("shift__starts_at", "pk")]
    for way in (CHECK_IN, CHECK_OUT):
        for one, found in steps:
            if way in found:
                return one, way
    return None, CHECK_IN


def _check_page(
    request: HttpRequest,
    activity: Activity,
    me: Volunteer,
    form: CheckForm | ComeForm,
    one: SignUp | None,
    status: int = 200,
) -> HttpResponse:
    """`one` is what the form is about; without it the page says what stands in the way."""
    mine = SignUp.objects.live().filter(activity=activity, volunteer=me).select_related("shift")
    context = {
        "activity": activity,
        "form": form,
        "one": one,
        "mine": list(mine.order_by("shift__starts_at", "pk")),
        "goes": form["way"].value() == CHECK_OUT,
    }
    return render(request, "volunteers/check_in.html", context, status=status)


def _explain(form: Any, refused: Any) -> None:
    explain_beside(form, refused, BESIDE)
