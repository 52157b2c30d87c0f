"""Dual check-in (双报到) on the phone: reporting to a community, oneself or for an organisation, and what one offers there;
and who has checked in, for those who run volunteering in the community."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count, F, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from grids.models import Unit
from issues.views.places import Place
from trail.idempotency import renew, submit_form
from volunteers.actions.joining import (
    check_in_member,
    check_in_organisation,
    check_out,
    is_own,
    offer_resource,
    withdraw_offer,
)
from volunteers.forms.activities import explain_beside
from volunteers.forms.joining import CheckInForm, OfferForm
from volunteers.forms.phone import Button
from volunteers.models import CheckIn, Offer, Organisation
from volunteers.per_unit import checkins_per_unit
from volunteers.querysets import runs_at
from volunteers.views.public import community_at

PER_PAGE = 20
# Refusals → the question that they are about.
BESIDE = {"closed": "organisation", "text": "words", "minutes": "hours"}
# Address → what the list of a community shows.
LISTS = {
    "organisations": pgettext_lazy("check-in", "Organisations"),
    "members": pgettext_lazy("check-in", "Serving members"),
    "offers": _("Offers"),
}
NONE_YET = {"organisations": 0, "members": 0, "offers": 0, "offered_minutes": 0}
STANDS, OVER, WITHDRAWN = "stands", "over", "withdrawn"


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def here(request: HttpRequest, code: str) -> HttpResponse:
    """Check in to this community as somebody who serves in an organisation; and the way to check such a one in."""
    place, now = community_at(code), timezone.now()
    known = known_organisations(request.user, place.unit.district_id, now)
    if request.method == "GET":
        return _here_page(request, place, CheckInForm(known), now)
    form = CheckInForm(known, request.POST)

    def perform() -> str:
        told = {"user": request.user, "employer": form.chosen()}
        made = check_in_member(unit=place.unit, by=request.user, now=now, **told)
        return reverse("volunteers:checkin", args=[made.pk])

    address, status = submit_form(request, form, perform, explain=_beside)
    if status:
        renew(form)
        return _here_page(request, place, form, now, status)
    messages.success(request, _t("You have checked in. Say what you offer, if you like."))
    return redirect(address)


@login_required
@require_POST
def here_for(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Check in an organisation that one speaks for."""
    place, now = community_at(code), timezone.now()
    organisation = get_object_or_404(Organisation.objects.spoken_for_by(request.user, now), pk=pk)

    def perform() -> str:
        made = check_in_organisation(organisation, unit=place.unit, by=request.user, now=now)
        return reverse("volunteers:checkin", args=[made.pk])

    form = Button(request.POST)
    address, status = submit_form(request, form, perform)
    if status:
        messages.error(request, " ".join(form.non_field_errors()))
        return redirect("volunteers:checkin_here", place.unit.code)
    messages.success(request, _t("Checked in. Say what it offers, if you like."))
    return redirect(address)


@never_cache
@login_required
@require_GET
def checkins(request: HttpRequest) -> HttpResponse:
    """Where one is checked in, oneself and for organisations; what is over comes last."""
    now = timezone.now()
    rows = _with_names(CheckIn.objects.own(request.user, now))
    stand = Count("offers", filter=_standing(timezone.localdate(now)))
    rows = rows.annotate(standing=stand).order_by(F("ended_at").desc(nulls_first=True), "-since", "-pk")
    context = {
        "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "speaks_for": Organisation.objects.spoken_for_by(request.user, now).order_by("name", "pk"),
    }
    return render(request, "volunteers/checkins.html", context)


@never_cache
@login_required
@require_GET
def checkin(request: HttpRequest, pk: int) -> HttpResponse:
    """One check-in with what is offered: for whoever it is of, and those who run volunteering there."""
    now = timezone.now()
    one = _checkin(request, pk, now)
    rows = one.offers.select_related("checkin").order_by(
        F("withdrawn_at").desc(nulls_first=True), "-offered_at", "-pk"
    )
    page, today = Paginator(rows, PER_PAGE).get_page(request.GET.get("page")), timezone.localdate(now)
    context = {
        "checkin": one,
        "own": is_own(one, request.user, now),
        "page": page,
        "offers": [(offer, _state(offer, today)) for offer in page],
    }
    return render(request, "volunteers/checkin.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def offer(request: HttpRequest, pk: int) -> HttpResponse:
    """Offer the community something: a resource, or hours."""
    now = timezone.now()
    one = _checkin(request, pk, now)
    form = OfferForm(request.POST) if request.method == "POST" else OfferForm()
    status = 0

    def perform() -> str:
        offer_resource(one, by=request.user, now=now, **form.arguments())
        return reverse("volunteers:checkin", args=[pk])

    if form.is_bound:
        address, status = submit_form(request, form, perform, explain=_beside)
        if not status:
            messages.success(request, _t("Offered. Those who run volunteering there see it."))
            return redirect(address)
        renew(form)
    context = {"checkin": one, "form": form}
    return render(request, "volunteers/offer.html", context, status=status or 200)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def out(request: HttpRequest, pk: int) -> HttpResponse:
    """Check out; asked once more before."""
    now = timezone.now()
    one = _checkin(request, pk, now)
    own = is_own(one, request.user, now)

    def perform() -> str:
        check_out(one, by=request.user, now=now)
        return reverse("volunteers:checkins") if own else _list_of(one)

    context = {"checkin": one, "own": own, "ended": one.ended_at}
    return _asked_before(
        request, context, perform, _t("Checked out. What was offered is not offered any more.")
    )


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdraw an offer; asked once more before."""
    now = timezone.now()
    found = Offer.objects.visible_to(request.user, now).select_related("checkin")
    one = get_object_or_404(found, pk=pk)
    checkin = _checkin(request, one.checkin_id, now)

    def perform() -> str:
        withdraw_offer(one, by=request.user, now=now)
        return reverse("volunteers:checkin", args=[checkin.pk])

    ended = one.withdrawn_at or checkin.ended_at
    context = {"checkin": checkin, "own": is_own(checkin, request.user, now), "offer": one, "ended": ended}
    return _asked_before(request, context, perform, _t("Withdrawn: it is not offered any more."))


@never_cache
@login_required
@require_GET
def of_community(request: HttpRequest, code: str) -> HttpResponse:
    """Who has checked in to a community and what is offered there, for those who run volunteering in it."""
    place, now = community_at(code), timezone.now()
    if not runs_at(request.user, place.unit, now):
        raise Http404
    today, show = timezone.localdate(now), request.GET.get("show", "")
    show = show if show in LISTS else "organisations"
    page = Paginator(_rows(place.unit, show, today), PER_PAGE).get_page(request.GET.get("page"))
    figures = checkins_per_unit(place.unit, today).get(place.unit.pk, NONE_YET)
    context = {
        "place": place,
        "show": show,
        "lists": [(key, label, figures[key]) for key, label in LISTS.items()],
        "minutes": figures["offered_minutes"],
        "page": page,
        "more_query": f"show={show}&",
    }
    return render(request, "volunteers/checkins_of.html", context)


def known_organisations(user: Any, district_id: int | None, now: datetime) -> list[Organisation]:
    """Those of the district that one may name, by name."""
    rows = Organisation.objects.visible_to(user, now).open().filter(district=district_id)
    return list(rows.only("name", "district", "closed_at").order_by("name", "pk"))


def _here_page(
    request: HttpRequest, place: Place, form: CheckInForm, now: datetime, status: int = 200
) -> HttpResponse:
    there = CheckIn.objects.current().filter(unit=place.unit)
    spoken = Organisation.objects.spoken_for_by(request.user, now).filter(district=place.unit.district_id)
    spoken = list(spoken.order_by("name", "pk"))
    checked_in = {one.organisation_id: one for one in there.organisations().filter(organisation__in=spoken)}
    context = {
        "place": place,
        "form": form,
        "mine": there.of_person(None, request.user.pk).first(),
        "organisations": [(one, checked_in.get(one.pk), Button()) for one in spoken],
    }
    return render(request, "volunteers/checkin_here.html", context, status=status)


def _asked_before(
    request: HttpRequest, context: dict[str, Any], perform: Callable[[], str], done: str
) -> HttpResponse:
    """The page that asks before something ends, and what came of it."""
    form, status = Button(request.POST if request.method == "POST" else None), 200
    if form.is_bound:
        address, status = submit_form(request, form, perform)
        if not status:
            messages.success(request, done)
            return redirect(address)
        renew(form)
    return render(request, "volunteers/checkin_end.html", context | {"form": form}, status=status)


def _checkin(request: HttpRequest, pk: int, now: datetime) -> CheckIn:
    return get_object_or_404(_with_names(CheckIn.objects.visible_to(request.user, now)), pk=pk)


def _with_names(rows: Any) -> Any:
    return rows.select_related("organisation", "volunteer", "user", "unit").defer("unit__boundary")


def _list_of(checkin: CheckIn) -> str:
    show = "members" if checkin.organisation is None or checkin.side == "member" else "organisations"
    return f"{reverse('volunteers:checkins_of', args=[checkin.unit.code])}?show={show}"


def _rows(unit: Unit, show: str, today: date) -> Any:
    """Those who are checked in, or the offers that stand; the latest first."""
    if show == "offers":
        offers = Offer.objects.standing(today).filter(community=unit)
        offers = offers.select_related(
            *(f"checkin__{name}" for name in ("organisation", "volunteer", "user"))
        )
        return offers.order_by("-offered_at", "-pk")
    rows = CheckIn.objects.current().filter(community=unit)
    rows = rows.organisations() if show == "organisations" else rows.members()
    return (
        _with_names(rows)
        .annotate(standing=Count("offers", filter=_standing(today)))
        .order_by("-since", "-pk")
    )


def _standing(today: date) -> Q:
    """Of the offers of a check-in that is not over."""
    lasts = Q(offers__until=None) | Q(offers__until__gte=today)
    return Q(offers__isnull=False, offers__withdrawn_at=None) & lasts


def _state(offer: Offer, today: date) -> str:
    if offer.withdrawn_at:
        return WITHDRAWN
    return STANDS if offer.stands_on(today) else OVER


def _beside(form: Any, refused: Any) -> None:
    explain_beside(form, refused, BESIDE)
