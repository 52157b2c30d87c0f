"""Micro-wishes (微心愿) on the phone: those of a community for everybody, those around one, one's own; and making one."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import F, Prefetch, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from accounts.secrets import decrypt, encrypt
from grids.models import Body, Unit
from grids.standing import standing_of
from issues.contacts import KEPT_AFTER_END
from issues.views.places import Place
from trail.districts import sees_all
from trail.idempotency import renew, submit_form
from volunteers.actions.wishes import WRITES_FOR, make_wish
from volunteers.forms.wishes import WishForm, explain_wish
from volunteers.models import CheckIn, Claim, Volunteer, Wish, WishWords
from volunteers.querysets import RUNS, run_by, runs_at
from volunteers.views.activities import AROUND
from volunteers.views.public import community_at, me_of
from volunteers.views.throttle import one_wish_more

PER_PAGE = 20
# So long everybody reads what was granted in a community, and so many of them.
GRANTED_FOR, MOST_GRANTED = timedelta(days=90), 10
SOMEBODY = "somebody"
OPEN, MINE, DECIDE, RUNNING = "open", "mine", "decide", "running"
# Around whoever runs volunteering: always the last level.
RUN = "run"
TABS = {
    OPEN: pgettext_lazy("wishes", "Open"),
    MINE: pgettext_lazy("wishes", "With me"),
    DECIDE: pgettext_lazy("wishes", "To be decided"),
    RUNNING: pgettext_lazy("wishes", "With somebody"),
}


@dataclass(frozen=True)
class Level:
    """How far around somebody looks for wishes."""

    key: str
    label: Any
    rows: Q


@never_cache
@require_GET
def there(request: HttpRequest, code: str) -> HttpResponse:
    """The wishes of a community for everybody: those that wait for somebody, and what was granted lately, with thanks."""
    here, now = community_at(code), timezone.now()
    rows = Wish.objects.filter(community=here.unit.pk)
    thanks = Prefetch("said", WishWords.objects.filter(verb="thank"))
    context = {
        "place": here,
        "page": _page(request, rows.waiting()),
        "granted": rows.granted(now - GRANTED_FOR).prefetch_related(thanks)[:MOST_GRANTED],
        "writes_for": bool(_places_of(request, here, now)),
        "runs": request.user.is_authenticated and runs_at(request.user, here.unit, now),
    }
    return render(request, "volunteers/wishes_there.html", context)


@never_cache
@login_required
@require_GET
def around(request: HttpRequest) -> HttpResponse:
    """What one may fulfil, what one has claimed; and for those who run volunteering what they decide about, and what is
    with somebody."""
    now = timezone.now()
    levels = levels_of(request.user, me_of(request), now)
    if not levels:
        return redirect("volunteers:choose")
    offered = list(TABS) if levels[-1].key == RUN else [OPEN, MINE]
    tab = request.GET.get("show") if request.GET.get("show") in offered else offered[0]
    level = next((one for one in levels if one.key == request.GET.get("around")), levels[0])
    if tab == MINE:
        page = _claims(request, now)
    elif tab == OPEN:
        page = _page(request, Wish.objects.filter(level.rows).waiting())
    else:
        mine = Wish.objects.run_by(request.user, now)
        page = _page(request, mine.to_decide() if tab == DECIDE else mine.running())
    context = {
        "page": page,
        "tabs": [(key, TABS[key]) for key in offered],
        "shown": tab,
        "levels": levels if tab == OPEN and len(levels) > 1 else [],
        "around": level.key,
        "more_query": f"show={tab}&around={level.key}&",
    }
    return render(request, "volunteers/wishes.html", context)


@never_cache
@login_required
@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    """What one has wished for oneself, and what became of it."""
    rows = Wish.objects.filter(wisher=request.user.pk).order_by("-made_at", "-pk")
    me = me_of(request)
    context = {"page": _page(request, rows), "community": me.community if me else None}
    return render(request, "volunteers/wishes_mine.html", context)


@sensitive_post_parameters("name", "phone")
@never_cache
@require_http_methods(["GET", "POST"])
def make(request: HttpRequest, code: str) -> HttpResponse:
    """A wish of one's own, with or without an account; or of somebody who has asked whoever is on duty there to write it
    down (`for=somebody`)."""
    here, now = community_at(code), timezone.now()
    for_somebody = request.GET.get("for") == SOMEBODY
    places = _places_of(request, here, now) if for_somebody else _all_places(here)
    if not places:
        raise Http404
    if request.method == "GET":
        preset = {"place": request.GET.get("grid", "")}
        return _make_page(request, here, WishForm(places, for_somebody=for_somebody, initial=preset))
    form = WishForm(places, request.POST, for_somebody=for_somebody)
    if not request.user.is_authenticated and not one_wish_more(request, now):
        form.add_error(None, _("Too many wishes came from here just now. Please try again in an hour."))
        return _make_page(request, here, form, status=429)
    perform = _make(request, here, form, now)
    address, status = submit_form(request, form, perform, explain=explain_wish, scope="wish")
    if status:
        renew(form)
        return _make_page(request, here, form, status=status)
    messages.success(
        request, _("Thank you. The community looks at the wish first; then others can claim it.")
    )
    if not request.user.is_authenticated:
        address = reverse("volunteers:own_wish", args=[decrypt(address)])
    return redirect(address)


def _make(request: HttpRequest, here: Place, form: WishForm, now: datetime) -> Callable[[], str]:
    """The one action. What is kept of the answer never holds the wisher's secret in the clear."""
    user = request.user if request.user.is_authenticated else None

    def perform() -> str:
        made, secret = make_wish(by=user, now=now, **form.arguments())
        if user is None:
            return encrypt(secret)
        if Wish.objects.visible_to(user, now).filter(pk=made.pk).exists():
            return reverse("volunteers:wish", args=[made.pk])
        return reverse("volunteers:wishes_there", args=[here.unit.code])

    return perform


def _make_page(request: HttpRequest, here: Place, form: WishForm, status: int = 200) -> HttpResponse:
    context = {"place": here, "form": form, "kept": KEPT_AFTER_END.days, "granted_for": GRANTED_FOR.days}
    return render(request, "volunteers/wish_new.html", context, status=status)


def _all_places(here: Place) -> list[Unit]:
    """The whole community first, then its grids."""
    return [here.unit, *(unit for unit in here.children if unit.kind == "grid")]


def _places_of(request: HttpRequest, here: Place, now: datetime) -> list[Unit]:
    """Those of them where the reader writes down wishes of others."""
    if not request.user.is_authenticated:
        return []
    return [unit for unit in _all_places(here) if runs_at(request.user, unit, now, WRITES_FOR)]


def _page(request: HttpRequest, rows: Any) -> Any:
    found = rows.select_related("community").defer("community__boundary")
    return Paginator(found, PER_PAGE).get_page(request.GET.get("page"))


def _claims(request: HttpRequest, now: datetime) -> Any:
    """One's own, those that run first."""
    rows = Claim.objects.of(request.user, now).with_claimer().select_related("wish__community")
    rows = rows.order_by(F("ended_at").desc(nulls_first=True), "-claimed_at", "-pk")
    return Paginator(rows.defer("wish__community__boundary"), PER_PAGE).get_page(request.GET.get("page"))


def levels_of(user: Any, me: Volunteer | None, now: datetime) -> list[Level]:
    """As a volunteer from the own community outwards; where one, or whom one speaks for, has checked in; for a post at a
    body its district; and where one runs volunteering."""
    found = []
    if me is not None and me.state == "active":
        found = [
            Level(key, label, Q(**{f"{key}_id": getattr(me, f"{key}_id")}))
            for key, label in AROUND
            if getattr(me, f"{key}_id")
        ]
    reported = CheckIn.objects.current().own(user, now).order_by().values_list("community", flat=True)
    if communities := sorted(set(reported)):
        found.append(Level("reported", _("Where I have checked in"), Q(community__in=communities)))
    standing = standing_of(user, now)
    if me is None and (bodies := standing.body_ids()):
        districts = Body.objects.filter(pk__in=bodies).order_by().values("district")
        found.append(Level("district", _("The whole district"), Q(district__in=districts)))
    if sees_all(user) or standing.can(RUNS):
        found.append(Level(RUN, _("Where I run volunteering"), _run(user, now)))
    return found


def _run(user: Any, now: datetime) -> Q:
    return Q() if sees_all(user) else run_by(user, now)
