"""What everybody sees of volunteering in a community: its teams and stations. And where one signs up."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth import login
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from grids.models import BuildingToken, Unit
from issues.views.places import Place, districts, named, open_place, way_to, what_is_missing
from trail.idempotency import reason_of, renew, submit_form
from trail.refusals import Refused
from volunteers.actions.people import sign_up, sign_up_with_account
from volunteers.actions.transfers import ask_transfer
from volunteers.forms.facts import field_of
from volunteers.forms.phone import Button, SignUpForm, SignUpWithAccountForm
from volunteers.models import Station, Team, Volunteer
from volunteers.pairing_querysets import READS
from volunteers.querysets import runs_at
from volunteers.views.throttle import one_try_more

PER_PAGE = 20
# A session is begun for whoever has just made an account.
BACKEND = "grids.backends.PostBackend"
# What a camera reads on a door.
DOOR = re.compile(r"/r/([\w-]{8,})/?$")


@never_cache
@require_GET
def choose(request: HttpRequest) -> HttpResponse:
    """Which community? From the list, by name, or by what the code on one's door says."""
    query = request.GET.get("q", "").strip()
    if door := DOOR.search(query):
        return redirect("volunteers:door", door[1])
    found = named(query) if query else None
    context = {
        "found": [(unit, way_to(unit)) for unit in found or ()],
        "searched": bool(query),
        "missing": "" if found else what_is_missing(query, ""),
        "children": districts(),
        "query": query,
    }
    return render(request, "volunteers/choose.html", context)


@never_cache
@require_GET
def door(request: HttpRequest, token: str) -> HttpResponse:
    """The code on one's door says in which grid one lives."""
    live = BuildingToken.objects.live().select_related("unit").filter(token=token).first()
    if live is None:
        raise Http404
    return redirect("volunteers:place", live.unit.code)


@never_cache
@require_GET
def place(request: HttpRequest, code: str) -> HttpResponse:
    """A community with its teams; above it the way down; from within it to the sign-up there."""
    here = open_place(code, Unit.objects.all())
    if here.unit.kind in {"grid", "building"}:
        return redirect(_join_at(here))
    if here.unit.kind != "community":
        return render(request, "volunteers/choose.html", {"place": here, "children": here.children})
    teams = Team.objects.open().filter(community=here.unit.pk).with_members().order_by("name", "pk")
    page = Paginator(teams, PER_PAGE).get_page(request.GET.get("page"))
    me = me_of(request)
    now = timezone.now()
    context = {
        "place": here,
        "page": page,
        "me": me,
        "move": _may_move(me, here) and Button(),
        "runs": runs_at(request.user, here.unit, now),
        "reads": runs_at(request.user, here.unit, now, *READS),
    }
    return render(request, "volunteers/place.html", context)


@never_cache
@require_GET
def stations(request: HttpRequest, code: str) -> HttpResponse:
    """The stations of a community, with hours and telephone."""
    here = community_at(code)
    rows = Station.objects.open().filter(community=here.unit.pk).order_by("name", "pk")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    # All stations of a community are run by the same people.
    runs = rows.run_by(request.user, timezone.now()).exists() if request.user.is_authenticated else False
    return render(request, "volunteers/stations.html", {"place": here, "page": page, "runs": runs})


@sensitive_post_parameters("password1", "password2")
@never_cache
@require_http_methods(["GET", "POST"])
def join(request: HttpRequest, code: str) -> HttpResponse:
    """Sign up in this community; whoever is not signed in chooses how to sign in from now on."""
    here = community_at(code)
    if me_of(request):
        return redirect("volunteers:mine")
    grids = Unit.objects.open().at("grid").filter(community=here.unit.pk).defer("boundary")
    form_class = SignUpForm if request.user.is_authenticated else SignUpWithAccountForm
    if request.method == "GET":
        preset = {"grid": request.GET.get("grid", "")}
        return _join_page(request, here, form_class(here.unit, grids, initial=preset))
    form, now = form_class(here.unit, grids, request.POST), timezone.now()
    if not request.user.is_authenticated and not one_try_more(request, now):
        form.add_error(None, _("Too many tries came from here just now. Please try again in an hour."))
        return _join_page(request, here, form, status=429)
    made: list[Any] = []
    address, status = submit_form(
        request, form, _sign_up(request, form, made, now), explain=explain, scope="volunteer"
    )
    if status:
        renew(form)
        return _join_page(request, here, form, status=status)
    if made:
        login(request, made[0], backend=BACKEND)
    messages.success(request, _("Welcome! You volunteer now."))
    return redirect(address)


@require_POST
def move(request: HttpRequest, code: str) -> HttpResponse:
    """A volunteer asks this community to take them in."""
    here, me, form = community_at(code), me_of(request), Button(request.POST)
    if me is None:
        raise Http404

    def perform() -> str:
        ask_transfer(me, home=here.unit, by=request.user, now=timezone.now())
        return reverse("volunteers:mine")

    address, status = submit_form(request, form, perform)
    if status:
        messages.error(request, " ".join(form.non_field_errors()))
        return redirect("volunteers:place", here.unit.code)
    messages.success(request, _("Asked. You are told when the community has decided."))
    return redirect(address)


def explain(form: Any, refused: Refused) -> None:
    """Put the refusal where it belongs."""
    form.add_error(field_of(form, refused.code), reason_of(refused))


def _sign_up(request: HttpRequest, form: Any, made: list[Any], now: datetime) -> Callable[[], str]:
    """The one action that the form asks for; `made` gets the account of whoever had none."""

    def perform() -> str:
        if request.user.is_authenticated:
            sign_up(form.home(), form.person(), by=request.user, now=now)
        else:
            asked = {"username": form.cleaned_data["username"], "password": form.cleaned_data["password1"]}
            language = translation.get_language() or ""
            done = sign_up_with_account(form.home(), form.person(), **asked, language=language, now=now)
            made.append(done.user)
        return reverse("volunteers:mine")

    return perform


def _join_page(request: HttpRequest, here: Place, form: Any, status: int = 200) -> HttpResponse:
    return render(request, "volunteers/join.html", {"place": here, "form": form}, status=status)


def _join_at(here: Place) -> str:
    """The sign-up of the community, with the grid chosen already."""
    way = {unit.kind: unit for unit in (*here.above, here.unit)}
    address = reverse("volunteers:join", args=[way["community"].code])
    return f"{address}?grid={way['grid'].code}"


def community_at(code: str) -> Place:
    found = open_place(code, Unit.objects.all())
    if found.unit.kind != "community":
        raise Http404
    return found


def me_of(request: HttpRequest) -> Volunteer | None:
    """The volunteer that the reader is."""
    return Volunteer.objects.of_user(request.user).select_related("community").first()


def _may_move(me: Volunteer | None, here: Place) -> bool:
    """Somebody of another community of the district could ask to be taken in here."""
    return bool(
        me
        and me.state == "active"
        and me.community_id != here.unit.pk
        and me.district_id == here.unit.district_id
    )
