"""Goods on the phone: what one gets for points and where, for everybody; put aside, shown with its code and given up, for
volunteers."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Case, Value, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from trail.idempotency import FIELD, renew, submit_form
from volunteers.actions.redeem import release_redemption, reserve_good, stands_against, waits_until
from volunteers.forms.goods import ReserveForm
from volunteers.forms.phone import Button
from volunteers.models import Good, PointAccount, Redemption, Volunteer
from volunteers.points_querysets import tariff_at
from volunteers.querysets import runs_at
from volunteers.templatetags.volunteering import last_day
from volunteers.views.activities import AROUND
from volunteers.views.public import community_at, me_of
from volunteers.views.seen import my_volunteer

PER_PAGE = 20


@never_cache
@require_GET
def goods(request: HttpRequest, code: str) -> HttpResponse:
    """What one gets for points in a community, by station, for everybody; and how points are earned there."""
    here, now = community_at(code), timezone.now()
    rows = Good.objects.open().filter(community=here.unit.pk).select_related("station")
    rows = rows.order_by("station__name", "station_id", "name", "pk")
    context = {
        "place": here,
        "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "tariff": tariff_at(here.unit.district_id, now),
    }
    return render(request, "volunteers/goods.html", context)


@never_cache
@login_required
@require_GET
def around(request: HttpRequest) -> HttpResponse:
    """What a volunteer may put aside: in their own community, or further around."""
    me = me_of(request)
    if me is None:
        return redirect("volunteers:choose")
    levels = [(key, label) for key, label in AROUND if getattr(me, f"{key}_id")]
    keys = [key for key, _label in levels]
    chosen = request.GET.get("around") if request.GET.get("around") in keys else next(iter(keys), "district")
    rows = Good.objects.open().filter(**{f"{chosen}_id": getattr(me, f"{chosen}_id")})
    rows = rows.select_related("station", "community").defer("community__boundary").order_by("name", "pk")
    context = {
        "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "levels": levels,
        "around": chosen,
        "more_query": f"around={chosen}&",
        "balance": _balance(me),
    }
    return render(request, "volunteers/goods_around.html", context)


@never_cache
@require_GET
def good(request: HttpRequest, pk: int) -> HttpResponse:
    """One good: for how many points, where and when; and what stands in the reader's way, if anything does."""
    found, me = _good(request, pk), me_of(request)
    context = {"good": found, "me": me, "against": stands_against(found, me) if me else None}
    return render(request, "volunteers/good.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def reserve(request: HttpRequest, pk: int) -> HttpResponse:
    """Put one aside for oneself: price, what is left then, until when and where it waits, said before."""
    found, me, now = _good(request, pk), me_of(request), timezone.now()
    if me is None:
        return redirect("volunteers:good", pk)
    if request.method == "GET":
        return _reserve_page(request, found, me, ReserveForm(initial={"agreed": found.price}), now)
    form = ReserveForm(request.POST)

    def perform() -> str:
        told = {"key": request.POST.get(FIELD, ""), "agreed": form.cleaned_data["agreed"]}
        reserve_good(found, volunteer=me, by=request.user, now=now, **told)
        return reverse("volunteers:put_aside")

    address, status = submit_form(request, form, perform)
    if status:
        found.refresh_from_db(fields=["price", "stock", "closed_at"])
        renew(form)
        form.data["agreed"] = str(found.price)
        return _reserve_page(request, found, me, form, now, status)
    until = last_day(waits_until(found.district_id, now))
    told = _("Put aside until %(day)s. Show the code at the counter.") % {"day": until}
    messages.success(request, told)
    return redirect(address)


@never_cache
@login_required
@require_GET
def put_aside(request: HttpRequest) -> HttpResponse:
    """What waits for oneself, each with its code; then all that was collected, given up or returned."""
    me, now = my_volunteer(request), timezone.now()
    waits_first = Case(When(state="reserved", then=Value(0)), default=Value(1))
    rows = Redemption.objects.of_user(request.user).select_related("good", "station")
    page = Paginator(rows.order_by(waits_first, "-pk"), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "me": me,
        "page": page,
        "waiting": [(one, one.until <= now) for one in page if one.state == "reserved"],
        "ended": [one for one in page if one.state != "reserved"],
    }
    return render(request, "volunteers/put_aside.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def give_up(request: HttpRequest, pk: int) -> HttpResponse:
    """Do without it, or put back what waits for somebody else where one runs the station; asked once more before."""
    now = timezone.now()
    seen = Redemption.objects.visible_to(request.user, now).select_related(
        "good", "station", "account__volunteer"
    )
    one = get_object_or_404(seen, pk=pk)
    # Whoever keeps a volunteer sees what waits for them elsewhere too, and has nothing to do with that shelf.
    if not one.is_of(request.user) and not runs_at(request.user, one, now):
        raise Http404
    form = Button(request.POST) if request.method == "POST" else Button()
    if request.method == "GET":
        return _give_up_page(request, one, form)

    def perform() -> str:
        release_redemption(one, by=request.user, now=now)
        return _list_of(request, one)

    address, status = submit_form(request, form, perform)
    if status:
        renew(form)
        one.refresh_from_db()
        return _give_up_page(request, one, form, status)
    own = one.is_of(request.user)
    messages.success(
        request,
        _("Given up; your points are back.") if own else _("Put back; the person has the points again."),
    )
    return redirect(address)


def _list_of(request: HttpRequest, one: Redemption) -> str:
    """Where the reader has it: among their own, or at the counter."""
    if one.is_of(request.user):
        return reverse("volunteers:put_aside")
    return reverse("volunteers:counter", args=[one.station_id])


def _give_up_page(request: HttpRequest, one: Redemption, form: Any, status: int = 200) -> HttpResponse:
    context = {
        "redemption": one,
        "form": form,
        "own": one.is_of(request.user),
        "back": _list_of(request, one),
    }
    return render(request, "volunteers/give_up.html", context, status=status)


def _good(request: HttpRequest, pk: int) -> Good:
    rows = Good.objects.visible_to(request.user, timezone.now()).select_related("station", "community")
    return get_object_or_404(rows.defer("community__boundary"), pk=pk)


def _balance(me: Volunteer) -> int:
    """One's own points; none without an account."""
    return PointAccount.objects.filter(volunteer=me).values_list("balance", flat=True).first() or 0


def _reserve_page(
    request: HttpRequest, found: Good, me: Volunteer, form: Any, now: datetime, status: int = 200
) -> HttpResponse:
    """Where the rules would refuse it now, without the form."""
    balance = _balance(me)
    context = {
        "good": found,
        "form": form,
        "balance": balance,
        "left": balance - found.price,
        "until": waits_until(found.district_id, now),
        "against": stands_against(found, me),
    }
    return render(request, "volunteers/reserve.html", context, status=status)
