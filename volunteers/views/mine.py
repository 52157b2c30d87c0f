"""One's own volunteering on the phone: where, in which teams, one's data, leaving, coming back, erasing."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from grids.models import Unit
from trail.idempotency import renew, submit_form
from volunteers.actions.people import change_volunteer, come_back, erase, leave
from volunteers.actions.transfers import withdraw_transfer
from volunteers.forms.phone import Button, DataForm, EraseForm
from volunteers.models import Membership, Pairing, Station, Transfer, Volunteer
from volunteers.views.public import explain
from volunteers.views.wishes import levels_of

MOST_TEAMS = 50
DONE = {
    "leave": _("You volunteer no longer. What you did stays on record; you can come back at any time."),
    "return": _("Welcome back!"),
    "withdraw": _("You stay where you are."),
}


@never_cache
@login_required
@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    """Where one stands as a volunteer; for whoever is none, where to begin."""
    me = _volunteers(request).first()
    now = timezone.now()
    context: dict[str, Any] = {
        "me": me,
        "hands_out": Station.objects.run_by(request.user, now).exists(),
        "wishes_around": bool(levels_of(request.user, me, now)),
        "answers": Pairing.objects.own(request.user, now).exists(),
    }
    if me is not None:
        memberships = Membership.objects.current().filter(volunteer=me).select_related("team__unit")
        transfers = Transfer.objects.filter(volunteer=me).select_related("home")
        context |= {
            "memberships": memberships.defer("team__unit__boundary").order_by("joined_at", "pk")[:MOST_TEAMS],
            "transfer": transfers.defer("home__boundary").order_by("-asked_at", "-pk").first(),
            "forms": {verb: Button() for verb in DONE},
        }
    return render(request, "volunteers/mine.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def data(request: HttpRequest) -> HttpResponse:
    """What is kept of oneself, all of it, to be changed."""
    me = get_object_or_404(_volunteers(request), state="active")
    grids = list(Unit.objects.open().at("grid").filter(community=me.community_id).defer("boundary"))
    if request.method == "GET":
        return _data_page(request, me, DataForm(me, grids))
    form = DataForm(me, grids, request.POST)

    def perform() -> str:
        change_volunteer(me, by=request.user, now=timezone.now(), **form.arguments())
        return reverse("volunteers:mine")

    address, status = submit_form(request, form, perform, explain=explain)
    if status:
        renew(form)
        return _data_page(request, me, form, status)
    messages.success(request, _t("Saved."))
    return redirect(address)


@login_required
@require_POST
def act(request: HttpRequest, verb: str) -> HttpResponse:
    """Leave, come back, or withdraw a transfer that was asked for."""
    me = get_object_or_404(_volunteers(request))
    if verb not in DONE:
        raise Http404
    form = Button(request.POST)
    address, status = submit_form(request, form, _perform(verb, me, request.user, timezone.now()))
    if status:
        messages.error(request, " ".join(form.non_field_errors()))
        return redirect("volunteers:mine")
    messages.success(request, DONE[verb])
    return redirect(address)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def forget(request: HttpRequest) -> HttpResponse:
    """Everything that says who one is, erased; asked once more before."""
    me = get_object_or_404(_volunteers(request))
    if request.method == "GET":
        return render(request, "volunteers/erase.html", {"me": me, "form": EraseForm()})
    form = EraseForm(request.POST)

    def perform() -> str:
        erase(me, by=request.user, now=timezone.now(), sure=form.cleaned_data["sure"])
        return reverse("volunteers:choose")

    address, status = submit_form(request, form, perform, explain=explain)
    if status:
        renew(form)
        return render(request, "volunteers/erase.html", {"me": me, "form": form}, status=status)
    request.user.refresh_from_db()
    if not request.user.is_active:
        logout(request)
    messages.success(request, _t("Everything that said who you are is erased."))
    return redirect(address)


def _volunteers(request: HttpRequest) -> Any:
    found = Volunteer.objects.of_user(request.user).select_related("home", "community")
    return found.defer("home__boundary", "community__boundary")


def _data_page(request: HttpRequest, me: Volunteer, form: DataForm, status: int = 200) -> HttpResponse:
    return render(request, "volunteers/data.html", {"me": me, "form": form}, status=status)


def _perform(verb: str, me: Volunteer, user: Any, now: datetime) -> Callable[[], str]:
    def perform() -> str:
        if verb == "leave":
            leave(me, by=user, now=now)
        elif verb == "return":
            come_back(me, by=user, now=now)
        else:
            waiting = get_object_or_404(Transfer.objects.waiting(), volunteer=me)
            withdraw_transfer(waiting, by=user, now=now)
        return reverse("volunteers:mine")

    return perform
