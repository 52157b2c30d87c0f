"""Statements of service: made by the person for a period, their link shown once to be passed on by themselves, listed with
when they were read, revoked; and the page of such a link, for whoever has it."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from trail.idempotency import UNFIT, renew, submit_form
from trail.refusals import Refused
from volunteers.actions.statements import (
    Shown,
    make_statement,
    preview_statement,
    read_statement,
    revoke_statement,
)
from volunteers.forms.activities import explain_beside
from volunteers.forms.joining import StatementForm
from volunteers.forms.phone import Button
from volunteers.models import Organisation, Statement, Volunteer
from volunteers.views.joining import known_organisations
from volunteers.views.seen import my_volunteer

PER_PAGE = 20
# Refusals → the question that they are about.
BESIDE = {"period": "until", "nameless": "called"}
LIVE, EXPIRED, REVOKED = "live", "expired", "revoked"


@never_cache
@require_GET
def statement(request: HttpRequest, secret: str) -> HttpResponse:
    """What the link shows, to whoever has it. Unknown, expired and revoked ones answer alike."""
    shown = read_statement(secret, now=timezone.now())
    answer = render(request, "volunteers/statement.html", {"shown": shown}, status=200 if shown else 404)
    # The address is the key: no other host hears of it, and no engine keeps it.
    answer["Referrer-Policy"] = "no-referrer"
    answer["X-Robots-Tag"] = "noindex, nofollow"
    return answer


@never_cache
@login_required
@require_GET
def statements(request: HttpRequest) -> HttpResponse:
    """One's own, the latest first: for which time, until when the link opens, when it was read."""
    my_volunteer(request)
    now = timezone.now()
    rows = Statement.objects.visible_to(request.user, now).select_related("organisation")
    page = Paginator(rows.order_by("-made_at", "-pk"), PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "statements": [(one, _state(one, now)) for one in page]}
    return render(request, "volunteers/statements.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def make(request: HttpRequest) -> HttpResponse:
    """Ask for the period, show exactly what the link will show, then make it. The link stands on the answer to the form,
    and nowhere afterwards: only a hash of it is kept."""
    me, now = my_volunteer(request), timezone.now()
    known = known_organisations(request.user, me.district_id, now)
    if request.method == "GET":
        return _asked(request, me, known, now)
    form = StatementForm(me, known, request.POST)
    made: list[tuple[Statement, str]] = []

    def perform() -> str:
        made.append(make_statement(me, by=request.user, now=now, **form.arguments()))
        return reverse("volunteers:statements")

    address, status = submit_form(request, form, perform, explain=_beside)
    if status:
        return _make_page(request, form, status=status)
    if not made:
        told = _("This link has been shown already. If it is lost, revoke it and make another one.")
        messages.warning(request, told)
        return redirect(address)
    one, secret = made[0]
    link = request.build_absolute_uri(reverse("volunteers:statement", args=[secret]))
    return render(request, "volunteers/statement_made.html", {"statement": one, "link": link})


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """The link opens nothing any more; asked once more before."""
    now = timezone.now()
    rows = Statement.objects.visible_to(request.user, now).select_related("organisation")
    one = get_object_or_404(rows, pk=pk)
    form, status = Button(request.POST if request.method == "POST" else None), 200

    def perform() -> str:
        revoke_statement(one, by=request.user, now=now)
        return reverse("volunteers:statements")

    if form.is_bound:
        address, status = submit_form(request, form, perform)
        if not status:
            messages.success(request, _("Revoked: the link opens nothing any more."))
            return redirect(address)
        renew(form)
    context = {"statement": one, "state": _state(one, now), "form": form}
    return render(request, "volunteers/statement_revoke.html", context, status=status)


def _asked(request: HttpRequest, me: Volunteer, known: list[Organisation], now: datetime) -> HttpResponse:
    """The form, for this year unless it says otherwise; once it is filled in, below it what the link would show."""
    if "since" not in request.GET:
        today = timezone.localdate(now)
        this_year = {"since": today.replace(month=1, day=1), "until": today}
        return _make_page(request, StatementForm(me, known, initial=this_year))
    form = StatementForm(me, known, request.GET)
    if not form.is_valid():
        return _make_page(request, form, status=UNFIT)
    try:
        shown = preview_statement(me, now=now, **form.shown())
    except Refused as refused:
        _beside(form, refused)
        return _make_page(request, form, status=409)
    return _make_page(request, form, shown)


def _make_page(
    request: HttpRequest, form: StatementForm, shown: Shown | None = None, status: int = 200
) -> HttpResponse:
    context = {"form": form, "shown": shown}
    if shown:
        context |= {"again": form.asked_again(), "button": Button(), "days": form.cleaned_data["days"]}
    return render(request, "volunteers/statement_make.html", context, status=status)


def _state(one: Statement, now: datetime) -> str:
    if one.revoked_at:
        return REVOKED
    return LIVE if one.expires_at > now else EXPIRED


def _beside(form: Any, refused: Refused) -> None:
    explain_beside(form, refused, BESIDE)
