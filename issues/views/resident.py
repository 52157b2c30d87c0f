"""A resident reports without signing in: scan the building's code or choose the place, then say what."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from accounts.limits import client_address
from grids.models import BuildingToken, Unit
from grids.standing import standing_of
from issues.contacts import KEPT_AFTER_END
from issues.forms import ResidentReportForm
from issues.links import SIGNER
from issues.on_duty import phones_of
from issues.views.likely import ask_first, files_of, goes_back, kept_names, photos_again, take_in
from issues.views.places import (
    Place,
    districts,
    named,
    nearest,
    open_place,
    way_to,
    what_is_missing,
)
from issues.views.submit import renew, submit
from issues.views.throttle import Counted, report_counts


@require_GET
def choose(request: HttpRequest) -> HttpResponse:
    """Where is it? The districts, or what a search by name or location found."""
    query, lat = request.GET.get("q", ""), request.GET.get("lat", "")
    found = nearest(lat, request.GET.get("lon", "")) if lat else named(query) if query else None
    roots = districts()
    only = open_place(roots[0].code, Unit.objects.all()) if len(roots) == 1 else None
    context = {
        "finders": True,
        "found": [(unit, way_to(unit)) for unit in found or ()],
        "searched": bool(query or lat),
        "missing": "" if found else what_is_missing(query, lat),
        "children": only.children if only else roots,
        "query": query,
    }
    return render(request, "issues/choose.html", context)


@require_GET
def at(request: HttpRequest, code: str) -> HttpResponse:
    """One place: report here, or choose more exactly."""
    place = open_place(code, Unit.objects.all())
    if place.reportable and not place.children:
        return redirect("issues:report_at", place.unit.code)
    return render(request, "issues/choose.html", {"place": place, "children": place.children})


@never_cache
@require_http_methods(["GET", "POST"])
def scan(request: HttpRequest, token: str) -> HttpResponse:
    """The building's code was scanned: the place is known. One that is no longer valid says where to go."""
    live = BuildingToken.objects.live().select_related("unit").filter(token=token).first()
    if live is None:
        return render(request, "issues/unknown_token.html", status=404)
    return _report(request, open_place(live.unit.code, Unit.objects.all()), token=token)


@never_cache
@require_http_methods(["GET", "POST"])
def report_at(request: HttpRequest, code: str) -> HttpResponse:
    """The place was chosen by hand."""
    place = open_place(code, Unit.objects.all())
    if not place.reportable:
        return redirect("issues:place", place.unit.code)
    return _report(request, place)


def _report(request: HttpRequest, place: Place, token: str = "") -> HttpResponse:
    now = timezone.now()
    if request.method == "GET":
        form = ResidentReportForm(
            initial={"category": request.GET.get("category")}, place=place.unit, now=now
        )
        return _form(request, place, form, token)
    form = ResidentReportForm(request.POST, files_of(request), place=place.unit, now=now)
    if goes_back(request):
        return _form(request, place, form, token)
    form.full_clean()
    counted = counted_for(request, place, token, danger=form.tells_danger)
    if counted.stops(now):
        form.add_error(
            None, _("Too many reports came from here just now. Please try again in an hour, or call.")
        )
        return _form(request, place, form, token, status=429)

    if question := ask_first(request, form, place.unit, now, scope="resident"):
        return question

    def perform(arguments: dict[str, Any]) -> str:
        issue = take_in(request, by=None, now=now, place=place.unit, **arguments)
        counted.count(now)
        return reverse("issues:sent", args=[SIGNER.sign(issue.code)])

    address, status = submit(request, form, perform, scope="resident")
    if not status:
        return redirect(address)
    renew(form)
    return _form(request, place, form, token, status=status)


def counted_for(request: HttpRequest, place: Place, token: str, *, danger: bool) -> Counted:
    """What this report counts against. The phone is known by the cookie that guards its forms, so no other is needed;
    who throws that away is counted with the address."""
    return report_counts(
        phone=request.META.get("CSRF_COOKIE", ""),
        address=client_address(request),
        token=token,
        place=place.unit.code,
        danger=danger,
    )


def _is_on_duty_at(user: Any, place: Unit, now: datetime) -> bool:
    """Has the person, signed in, a form of their own for this place?"""
    if not (user.is_authenticated and standing_of(user, now).can("report")):
        return False
    return Unit.objects.visible_to(user, now).filter(pk=place.pk).exists()


def _form(
    request: HttpRequest, place: Place, form: ResidentReportForm, token: str, status: int = 200
) -> HttpResponse:
    # Too many from here: nothing more of them is kept.
    is_refused = status not in {200, 429}
    again = photos_again(request, form, timezone.now()) if is_refused else {"kept": kept_names(request)}
    context = {
        "place": place,
        "form": form,
        "lost_photos": bool(request.FILES) and status == 429,
        "by_token": bool(token),
        "phones": phones_of(place.unit),
        "kept_days": KEPT_AFTER_END.days,
        "on_duty": _is_on_duty_at(request.user, place.unit, timezone.now()),
        **again,
    }
    return render(request, "issues/resident_report.html", context, status=status)
