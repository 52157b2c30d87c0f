"""Hours of service on the phone: one's own with stars and certificate, one record and what is decided about it, and
whether a certificate is true, for everybody."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Prefetch, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from grids.qr_codes import qr_svg
from trail.idempotency import renew, submit_form
from volunteers.actions.corrections import ask_correction, decide_correction
from volunteers.actions.hours import confirm_service, may_propose_again, propose_again, refuse_service
from volunteers.actions.running import RUN, placed, runs_there, ties_of
from volunteers.certificates import certificate_of, check_code, standing_now
from volunteers.forms.activities import CorrectionForm, RefusalForm, TimeForm, explain_beside
from volunteers.forms.phone import Button
from volunteers.hours import refusal_to_confirm
from volunteers.models import Correction, Service, Volunteer
from volunteers.star_rules import stars_of_volunteer
from volunteers.views.seen import my_volunteer

PER_PAGE = 20
MOST_CORRECTIONS = 20
# Refusals → the question that they are about.
BESIDE = {**dict.fromkeys(("minutes", "same", "overlap", "day_full"), "hours"), "text": "reason"}
DONE = {
    "confirm": _("Confirmed. The volunteer is told."),
    "grant": _("Granted. The volunteer is told."),
    "deny": _("Not granted. The volunteer is told."),
}


@never_cache
@login_required
@require_GET
def hours(request: HttpRequest) -> HttpResponse:
    """One's own time: what is confirmed, what waits, what was asked to be put right; and the stars for it."""
    me, now = my_volunteer(request), timezone.now()
    mine = Service.objects.filter(volunteer=me)
    latest = Prefetch("corrections", Correction.objects.order_by("-pk"))
    rows = mine.select_related("activity", "unit").defer("unit__boundary").prefetch_related(latest)
    context = {
        "me": me,
        "page": Paginator(rows.order_by("-on", "-pk"), PER_PAGE).get_page(request.GET.get("page")),
        "stars": stars_of_volunteer(me, now),
        "waiting": mine.proposed().aggregate(sum=Sum("minutes"))["sum"] or 0,
    }
    return render(request, "volunteers/hours.html", context)


@never_cache
@login_required
@require_GET
def service(request: HttpRequest, pk: int) -> HttpResponse:
    """One record, with its corrections: the person asks for one, those who run volunteering there decide."""
    now = timezone.now()
    one = _record(request, pk, now)
    corrections = list(one.corrections.order_by("-pk")[:MOST_CORRECTIONS])
    context = {
        "service": one,
        "mine": one.volunteer.user_id == request.user.pk,
        "corrections": corrections,
        "steps": {verb: Button() for verb in _steps(one, corrections, request.user, now)},
    }
    return render(request, "volunteers/service.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for other minutes, with the reason; somebody else decides."""
    now = timezone.now()
    one = _record(request, pk, now)
    if request.method == "GET":
        return _words_page(request, one, CorrectionForm(initial=_hours_and_minutes(one)))
    form = CorrectionForm(request.POST)

    def perform() -> str:
        reason = form.cleaned_data["reason"]
        ask_correction(one, minutes=form.total(), reason=reason, by=request.user, now=now)
        return reverse("volunteers:service", args=[pk])

    return _done(request, one, form, perform, _("Asked. You are told what was decided."))


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def refuse(request: HttpRequest, pk: int) -> HttpResponse:
    """Hours that do not count, with the reason; by those who run volunteering there."""
    now = timezone.now()
    one = _record(request, pk, now)
    if not runs_there(request.user, placed(one), now):
        raise Http404
    if request.method == "GET":
        return _words_page(request, one, RefusalForm())
    form = RefusalForm(request.POST)

    def perform() -> str:
        refuse_service(one, reason=form.cleaned_data["reason"], by=request.user, now=now)
        return reverse("volunteers:service", args=[pk])

    return _done(request, one, form, perform, _("Not accepted. The volunteer is told."))


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """Hours of an activity that were not accepted, handed in anew by those who run it."""
    now = timezone.now()
    one = _record(request, pk, now)
    if one.activity is None or not ties_of(one.activity, request.user, now) & RUN:
        raise Http404
    if request.method == "GET":
        return _words_page(request, one, TimeForm(initial=_hours_and_minutes(one)))
    form = TimeForm(request.POST)

    def perform() -> str:
        propose_again(one, minutes=form.total(), by=request.user, now=now)
        return reverse("volunteers:service", args=[pk])

    return _done(request, one, form, perform, _("Handed in. Whoever confirms hours is told."))


@login_required
@require_POST
def act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Confirm a record, or decide on the correction that was asked for."""
    now = timezone.now()
    one = _record(request, pk, now)
    if verb not in DONE or not runs_there(request.user, placed(one), now):
        raise Http404
    form = Button(request.POST)

    def perform() -> str:
        if verb == "confirm":
            confirm_service(one, by=request.user, now=now)
        else:
            asked = get_object_or_404(one.corrections.waiting())
            decide_correction(asked, granted=verb == "grant", by=request.user, now=now)
        return reverse("volunteers:service", args=[pk])

    address, status = submit_form(request, form, perform)
    if status:
        messages.error(request, " ".join(form.non_field_errors()))
        return redirect("volunteers:service", pk)
    messages.success(request, DONE[verb])
    return redirect(address)


@never_cache
@login_required
@require_GET
def certificate(request: HttpRequest) -> HttpResponse:
    """One's own certificate of service as it stands today, to be printed."""
    mine = Volunteer.objects.of_user(request.user).select_related("community", "district")
    me = get_object_or_404(mine.defer("community__boundary", "district__boundary"))
    paper = certificate_of(me, timezone.now())
    where = request.build_absolute_uri(reverse("volunteers:certificates"))
    context = {
        "me": me,
        "paper": paper,
        "years": sorted(paper.by_year.items()),
        "where": where,
        "qr": qr_svg(f"{where}?{urlencode({'code': paper.code})}"),
        "back": reverse("volunteers:hours"),
    }
    return render(request, "volunteers/certificate.html", context)


@never_cache
@require_GET
def certificates(request: HttpRequest) -> HttpResponse:
    """Is the code on a certificate one of ours, and do its minutes still stand? For everybody; no name is said."""
    code = request.GET.get("code", "").strip()
    claim = check_code(code) if code else None
    context = {"code": code, "claim": claim, "standing": standing_now(claim) if claim else None}
    return render(request, "volunteers/certificates.html", context)


def _hours_and_minutes(one: Service) -> dict[str, int]:
    """As a TimeForm asks for them."""
    return dict(zip(("hours", "minutes"), divmod(one.minutes, 60), strict=True))


def _record(request: HttpRequest, pk: int, now: datetime) -> Service:
    rows = Service.objects.visible_to(request.user, now).defer("unit__boundary")
    return get_object_or_404(rows.select_related("volunteer", "unit", "activity__team__leader"), pk=pk)


def _steps(one: Service, corrections: list[Correction], user: Any, now: datetime) -> list[str]:
    """What the reader may try with the record now; the action asks again."""
    asked = next((each for each in corrections if each.state == "asked"), None)
    found = ["correct"] if one.state == "confirmed" and asked is None else []
    found += ["again"] if may_propose_again(one, user, now) else []
    mine = one.volunteer.user_id
    if mine == user.pk or not runs_there(user, placed(one), now):
        return found
    if one.state == "proposed":
        may = refusal_to_confirm(user.pk, volunteer=mine, proposer=one.proposed_by_id) is None
        found += ["confirm", "refuse"] if may else ["refuse"]
    if asked and refusal_to_confirm(user.pk, volunteer=mine, proposer=asked.asked_by_id) is None:
        found += ["grant", "deny"]
    return found


def _words_page(request: HttpRequest, one: Service, form: Any, status: int = 200) -> HttpResponse:
    """A form with words about a record."""
    context = {
        "service": one,
        "form": form,
        "refuses": isinstance(form, RefusalForm),
        "corrects": isinstance(form, CorrectionForm),
    }
    return render(request, "volunteers/service_form.html", context, status=status)


def _done(
    request: HttpRequest, one: Service, form: Any, perform: Callable[[], str], told: Any
) -> HttpResponse:
    address, status = submit_form(
        request, form, perform, explain=lambda form, refused: explain_beside(form, refused, BESIDE)
    )
    if status:
        renew(form)
        return _words_page(request, one, form, status)
    messages.success(request, told)
    return redirect(address)
