"""Somebody on duty reports: what they found themselves, or what they were told."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from grids.models import BuildingToken, Unit
from grids.standing import Standing, standing_of
from issues.actions import report_issue
from issues.contacts import KEPT_AFTER_END
from issues.forms import StaffReportForm
from issues.views.places import Place, open_place
from issues.views.submit import renew, submit


@never_cache
@login_required
@require_GET
def start(request: HttpRequest) -> HttpResponse:
    """Where to begin choosing the place: where one stands, or the building whose code was scanned."""
    now = timezone.now()
    standing = _reporter(request, now)
    if token := request.GET.get("token"):
        live = BuildingToken.objects.live().select_related("unit").filter(token=token).first()
        if live and Unit.objects.visible_to(request.user, now).filter(pk=live.unit_id).exists():
            return redirect("issues:report_here", live.unit.code)
        messages.warning(request, _("This code is not of a building of yours. Please choose the place."))
    places = list(
        Unit.objects.open().filter(pk__in=starting_points(standing)).labelled().order_by("level", "code")
    )
    if len(places) == 1:
        return redirect("issues:report_here", places[0].code)
    return render(request, "issues/report_start.html", {"children": places, "here": "report"})


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def report_here(request: HttpRequest, code: str) -> HttpResponse:
    """The report about this place, with links to say more exactly where."""
    now = timezone.now()
    standing = _reporter(request, now)
    place = open_place(code, Unit.objects.visible_to(request.user, now))
    if request.method == "GET":
        return _form(request, place, StaffReportForm(initial={"source": usual_source(standing)}))
    form = StaffReportForm(request.POST, request.FILES)

    def perform(arguments: dict[str, Any]) -> str:
        issue = report_issue(place=place.unit, by=request.user, now=now, **arguments)
        messages.success(request, _("Registered: %(number)s.") % {"number": issue.number})
        return reverse("issues:issue", args=[issue.code])

    address, status = submit(request, form, perform)
    if not status:
        return redirect(address)
    renew(form)
    return _form(request, place, form, status=status)


def starting_points(standing: Standing) -> set[int]:
    """The units of the posts that may report; for somebody at a body the lowest unit that it belongs to."""
    posts = standing.with_capability("report")
    own = {one.unit_id for one in posts if one.unit_id}
    above = {one.lineage.get("street_id") or one.lineage.get("district_id") for one in posts if one.body_id}
    return {pk for pk in own or above if pk}


def usual_source(standing: Standing) -> str:
    """What is preset: spotters report as spotters."""
    return "spotter" if {one.role for one in standing.positions} == {"spotter"} else "patrol"


def _reporter(request: HttpRequest, now: Any) -> Standing:
    standing = standing_of(request.user, now)
    if not standing.can("report"):
        raise PermissionDenied(_("Your post does not include reporting."))
    return standing


def _form(request: HttpRequest, place: Place, form: StaffReportForm, status: int = 200) -> HttpResponse:
    context = {
        "place": place,
        "form": form,
        "here": "report",
        "lost_photos": bool(request.FILES),
        "kept_days": KEPT_AFTER_END.days,
    }
    return render(request, "issues/report.html", context, status=status)
