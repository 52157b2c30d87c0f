"""The counter on the phone of whoever runs a station: a code is typed, the good handed out; what waits, what comes back.

Codes are never shown here, and of people only what they are called.
"""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from trail.idempotency import renew, submit_form
from volunteers.actions.redeem import collect_good, return_good
from volunteers.forms.activities import explain_beside
from volunteers.forms.goods import CodeForm, ReturnForm
from volunteers.models import Redemption, Station
from volunteers.views.throttle import may_try_codes, one_wrong_code

PER_PAGE = 20
WAITING, HANDED_OUT = "waiting", "handed-out"
LISTS = (
    (WAITING, gettext_lazy("Waits here")),
    (HANDED_OUT, gettext_lazy("Handed out")),
)
# What has gone over the counter: handed out, some of it taken back.
GONE = ("collected", "returned")
# Refusals → the question that they are about.
BESIDE = {"late": "code"}


@never_cache
@login_required
@require_GET
def counters(request: HttpRequest) -> HttpResponse:
    """The stations that the reader runs, and how much waits at each; closed ones last, for what still waits there."""
    rows = Station.objects.run_by(request.user, timezone.now()).select_related("community")
    rows = rows.defer("community__boundary").order_by(F("closed_at").asc(nulls_first=True), "name", "pk")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    waiting = Redemption.objects.waiting_at(one.pk for one in page)
    context = {"page": page, "rows": [(one, waiting.get(one.pk, 0)) for one in page]}
    return render(request, "volunteers/counters.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def counter(request: HttpRequest, pk: int) -> HttpResponse:
    """The code of whoever has come hands the good out; below, what waits here or has been handed out."""
    now = timezone.now()
    station = get_object_or_404(Station.objects.run_by(request.user, now).select_related("unit"), pk=pk)
    if request.method == "GET":
        return _counter_page(request, station, CodeForm())
    form = CodeForm(request.POST)
    if not may_try_codes(request.user.pk, now):
        form.add_error(None, _("Too many wrong codes were typed just now. Please try again in an hour."))
        return _counter_page(request, station, form, 429)

    def perform() -> str:
        done = collect_good(station, code=form.cleaned_data["code"], by=request.user, now=now)
        return reverse("volunteers:handed_out", args=[done.pk])

    address, status = submit_form(
        request, form, perform, explain=lambda form, refused: explain_beside(form, refused, BESIDE)
    )
    if status:
        if status == 409:
            one_wrong_code(request.user.pk, now)
        renew(form)
        return _counter_page(request, station, form, status)
    messages.success(request, _("Handed out; the points are spent."))
    return redirect(address)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def handed_out(request: HttpRequest, pk: int) -> HttpResponse:
    """What went to whom, and when; it may come back."""
    now = timezone.now()
    one = get_object_or_404(_gone(request, now), pk=pk)
    form = ReturnForm(request.POST) if request.method == "POST" else ReturnForm()
    if request.method == "GET":
        return _handed_out_page(request, one, form)

    def perform() -> str:
        return_good(one, by=request.user, now=now, on_shelf=not form.cleaned_data["broken"])
        return reverse("volunteers:handed_out", args=[pk])

    address, status = submit_form(request, form, perform)
    if status:
        renew(form)
        one.refresh_from_db()
        return _handed_out_page(request, one, form, status)
    messages.success(request, _("Taken back; the person has the points again."))
    return redirect(address)


def _gone(request: HttpRequest, now: datetime) -> Any:
    """What was handed out at the stations that the reader runs; not what they have themselves elsewhere."""
    here = Station.objects.run_by(request.user, now).order_by().values("pk")
    rows = Redemption.objects.filter(station__in=here, state__in=GONE)
    return rows.select_related("good", "station", "account__volunteer")


def _handed_out_page(request: HttpRequest, one: Redemption, form: ReturnForm, status: int = 200) -> Any:
    context = {"redemption": one, "form": form, "own": one.is_of(request.user)}
    return render(request, "volunteers/handed_out.html", context, status=status)


def _counter_page(request: HttpRequest, station: Station, form: CodeForm, status: int = 200) -> HttpResponse:
    shown = HANDED_OUT if request.GET.get("show") == HANDED_OUT else WAITING
    rows = Redemption.objects.filter(station=station).select_related("good")
    if shown == HANDED_OUT:
        rows = rows.filter(state__in=GONE).select_related("account__volunteer")
        rows = rows.order_by("-ended_at", "-pk")
    else:
        rows = rows.waiting().order_by("pk")
    context = {
        "station": station,
        "form": form,
        "lists": LISTS,
        "shown": shown,
        "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "more_query": f"show={shown}&",
        "now": timezone.now(),
    }
    return render(request, "volunteers/counter.html", context, status=status)
