"""Somebody on duty reports: what they found themselves, or what they were told."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from grids.models import BuildingToken, Unit
from grids.standing import Standing, standing_of
from issues.actions.settle import settle_at_once
from issues.contacts import KEPT_AFTER_END
from issues.forms.duty import DutyReportForm, SpotterReportForm
from issues.forms.report import ReportForm
from issues.models import Issue
from issues.sections import hints_for
from issues.views.likely import ask_first, files_of, goes_back, kept_names, photos_again, take_in
from issues.views.places import Place, open_place
from issues.views.submit import renew, submit

# Ways in which somebody else brings it: then it is theirs to rate.
TOLD = {
    "visit": gettext_lazy("Somebody came by"),
    "phone": gettext_lazy("Somebody called"),
    "reception": gettext_lazy("Reception day, evening talk"),
}


@never_cache
@login_required
@require_GET
def start(request: HttpRequest) -> HttpResponse:
    """Where to begin choosing the place: where one stands, or the building whose code was scanned."""
    now = timezone.now()
    standing = reporter(request, now)
    told = _told(request)
    if token := request.GET.get("token"):
        live = BuildingToken.objects.live().select_related("unit").filter(token=token).first()
        if live and Unit.objects.visible_to(request.user, now).filter(pk=live.unit_id).exists():
            return _to(live.unit.code, told)
        messages.warning(request, _("This code is not of a building of yours. Please choose the place."))
    elif is_spotter(standing) and (last := last_place(request, now)):
        return _to(last.code, told)
    places = list(
        Unit.objects.open().filter(pk__in=starting_points(standing)).labelled().order_by("level", "code")
    )
    if len(places) == 1:
        return _to(places[0].code, told)
    return render(request, "issues/report_start.html", {"children": places, "here": "report", "told": told})


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def report_here(request: HttpRequest, code: str) -> HttpResponse:
    """The report about this place, with links to say more exactly where."""
    now = timezone.now()
    standing = reporter(request, now)
    place = open_place(code, Unit.objects.visible_to(request.user, now))
    if request.method == "GET":
        form = empty_form(standing, _told(request), place=place.unit, now=now)
        return _form(request, place, form)
    form = form_for(standing, request.POST, files_of(request), place=place.unit, now=now)
    if goes_back(request):
        return _form(request, place, form)
    if question := same_as(request, form, place.unit, now):
        return question

    def perform(arguments: dict[str, Any]) -> str:
        return register(request, form, now, {"place": place.unit} | arguments)

    address, status = submit(request, form, perform)
    if not status:
        return redirect(address)
    renew(form)
    return _form(request, place, form, status=status)


def register(request: HttpRequest, form: Any, now: datetime, arguments: dict[str, Any]) -> str:
    """Call the one action that the form asks for; the address of what came of it."""
    settled = getattr(form, "is_settled", False)
    if settled:
        issue = settle_at_once(by=request.user, now=now, **arguments)
    else:
        seen = Issue.objects.visible_to(request.user, now)
        issue = take_in(request, by=request.user, now=now, seen=seen, **arguments)
    messages.success(request, _registered(issue, settled=settled))
    return reverse("issues:issue", args=[issue.code])


def _registered(issue: Issue, *, settled: bool) -> str:
    said = _("Settled and closed: %(number)s.") if settled else _("Registered: %(number)s.")
    if settled and issue.waits_for_check:
        said = _("Settled: %(number)s. It is closed when somebody else has looked at it on the spot.")
    return said % {"number": issue.number}


def same_as(request: HttpRequest, form: Any, place: Unit, now: datetime) -> HttpResponse | None:
    """What may be the same, with its words, for whoever may read them; nothing for what is settled already."""
    standing = standing_of(request.user, now)
    if is_spotter(standing) or (form.is_valid() and getattr(form, "is_settled", False)):
        return None
    return ask_first(request, form, place, now, seen=Issue.objects.visible_to(request.user, now))


def form_for(standing: Standing, *args: Any, **options: Any) -> ReportForm:
    """Spotters are asked next to nothing; who handles may say that it is settled already."""
    if is_spotter(standing):
        return SpotterReportForm(*args, **options)
    return DutyReportForm(*args, may_settle=standing.can("handle"), **options)


def empty_form(standing: Standing, told: str = "", **options: Any) -> ReportForm:
    """A form for somebody who found something, or who was told: then it is registered for somebody else."""
    preset = {"source": told, "on_behalf": True} if told else {"source": "patrol"}
    return form_for(standing, initial=preset, **options)


def starting_points(standing: Standing) -> set[int]:
    """The units of the posts that may report; for somebody at a body the lowest unit that it belongs to."""
    posts = standing.with_capability("report")
    own = {one.unit_id for one in posts if one.unit_id}
    above = {one.lineage.get("street_id") or one.lineage.get("district_id") for one in posts if one.body_id}
    return {pk for pk in own or above if pk}


def is_spotter(standing: Standing) -> bool:
    """Nothing but a spotter."""
    return {one.role for one in standing.positions} == {"spotter"}


def last_place(request: HttpRequest, now: datetime) -> Unit | None:
    """Where the person reported last, if that place is still open and theirs to see."""
    mine = Issue.objects.filter(registered_by=request.user.pk).order_by("-reported_at")
    code = mine.values_list("place_code", flat=True).first()
    return Unit.objects.visible_to(request.user, now).open().filter(code=code).first() if code else None


def reporter(request: HttpRequest, now: datetime) -> Standing:
    """The standing of somebody who may report; PermissionDenied for anybody else."""
    standing = standing_of(request.user, now)
    if not standing.can("report"):
        raise PermissionDenied(_("Your post does not include reporting."))
    return standing


def _told(request: HttpRequest) -> str:
    source = request.GET.get("source", "")
    return source if source in TOLD else ""


def _to(code: str, told: str) -> HttpResponse:
    address = reverse("issues:report_here", args=[code])
    return redirect(f"{address}?source={told}" if told else address)


def _form(request: HttpRequest, place: Place, form: Any, status: int = 200) -> HttpResponse:
    spotter = isinstance(form, SpotterReportForm)
    now = timezone.now()
    again = photos_again(request, form, now) if status != 200 else {"kept": kept_names(request)}
    context = {
        "place": place,
        "form": form,
        "here": "report",
        "told": _told(request),
        "ways": {} if spotter else TOLD,
        "kept_days": KEPT_AFTER_END.days,
        "hints": hints_for(place.unit, request.user, now) if spotter else (),
        **again,
    }
    template = "issues/report_spotter.html" if spotter else "issues/report.html"
    return render(request, template, context, status=status)
