"""Points on the phone: one's own, sentence by sentence, with how they are earned; and what communities and teams have
earned, for everybody."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from issues.models import Issue
from trail.idempotency import submit_form
from volunteers import periods
from volunteers.actions.points import choose_ranking
from volunteers.forms.phone import Button
from volunteers.ledger import next_expiry
from volunteers.models import Activity, PointAccount, PointEntry, PointTransfer, Service
from volunteers.passbook import DEEDS, deed, sentence
from volunteers.points_querysets import tariff_at
from volunteers.rankings import PERIODS, ranking_of
from volunteers.small_groups import FEWEST
from volunteers.tariff import ACTIVITY, HOURS, ISSUE, SPOTTER
from volunteers.views.public import community_at, me_of
from volunteers.views.seen import my_volunteer

PER_PAGE = 20
# To stand in rankings under one's alias, or not: is it shown, and what is said then.
CHOICES = {
    "show": (True, _("You stand in the ranking under your alias now.")),
    "hide": (False, _("You stand in no ranking any more.")),
}


@dataclass(frozen=True)
class Line:
    """A booking in words; `entry` is its side on the account, None where it brought nothing."""

    booking: PointTransfer
    words: str
    entry: PointEntry | None


@never_cache
@login_required
@require_GET
def points(request: HttpRequest) -> HttpResponse:
    """What one has, what of it expires next, how points are earned, and everything that was ever booked."""
    me, now = my_volunteer(request), timezone.now()
    account = PointAccount.objects.visible_to(request.user, now).first()
    mine = PointEntry.objects.filter(account=account)
    rows = PointTransfer.objects.passbook(account).select_related("redemption__good")
    rows = rows.prefetch_related(Prefetch("entries", mine, to_attr="own"))
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "me": me,
        "account": account,
        "expires": next_expiry(account.balance, mine.by_expiry()) if account and account.balance else None,
        "tariff": tariff_at(me.district_id, now),
        "page": page,
        "lines": _lines(list(page)),
        "choices": {verb: Button() for verb in CHOICES},
    }
    return render(request, "volunteers/points.html", context)


@login_required
@require_POST
def choose(request: HttpRequest, verb: str) -> HttpResponse:
    """Stand in rankings under one's alias, or not any more."""
    me, now = my_volunteer(request), timezone.now()
    if verb not in CHOICES:
        raise Http404
    shown, told = CHOICES[verb]
    form = Button(request.POST)

    def perform() -> str:
        choose_ranking(me, shown=shown, by=request.user, now=now)
        return reverse("volunteers:points")

    address, status = submit_form(request, form, perform)
    if status:
        messages.error(request, " ".join(form.non_field_errors()))
        return redirect("volunteers:points")
    messages.success(request, told)
    return redirect(address)


@never_cache
@require_GET
def ranking(request: HttpRequest, code: str) -> HttpResponse:
    """What communities and teams of the district have earned, from three people on; and, for its own volunteers, those
    who chose to stand there under an alias."""
    here, me = community_at(code), me_of(request)
    chosen = request.GET.get("period", "")
    period = chosen if chosen in PERIODS else PERIODS[0]
    found = ranking_of(here.unit.district_id, period, me, timezone.localdate())
    context = {
        "place": here,
        "periods": [(one.key, one.label) for one in periods.PERIODS if one.key in PERIODS],
        "ranking": found,
        "fewest": FEWEST,
    }
    return render(request, "volunteers/ranking.html", context)


def _lines(bookings: Sequence[Any]) -> list[Line]:
    """The bookings of a page in words. As many queries for twenty as for one."""
    names = _names(bookings)
    lines = []
    for one in bookings:
        if one.redemption_id:
            what = one.redemption.good.name
        elif one.rule in DEEDS:
            what = deed(one.rule, names.get((one.rule, one.about_id), ""))
        else:
            what = ""
        lines.append(Line(one, sentence(one.kind, what), one.own[0] if one.own else None))
    return lines


def _names(bookings: Sequence[Any]) -> dict[tuple[str, int], str]:
    """(rule, id of the deed) → what it is called: the day and what was done, the activity, the number of the issue."""
    ids: dict[str, set[int]] = {rule: set() for rule in DEEDS}
    for one in bookings:
        if one.rule in ids:
            ids[one.rule].add(one.about_id)
    found: dict[tuple[str, int], str] = {}
    for pk, service in Service.objects.select_related("activity").in_bulk(ids[HOURS]).items():
        what = service.activity.title if service.activity else service.what
        found[HOURS, pk] = f"{what} · {date_format(service.on, 'DATE_FORMAT')}"
    for pk, activity in Activity.objects.in_bulk(ids[ACTIVITY]).items():
        found[ACTIVITY, pk] = activity.title
    for pk, issue in Issue.objects.in_bulk(ids[ISSUE] | ids[SPOTTER]).items():
        found |= {(rule, pk): issue.number for rule in (ISSUE, SPOTTER)}
    return found
