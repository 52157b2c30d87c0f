"""Responsibility pairing (包保) on the phone: what one answers for, with its five duties; and who answers for which
building of a community, those for which nobody does first."""

from collections import Counter
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count, Exists, F, OuterRef, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from grids.models import Unit
from trail.idempotency import renew, submit_form
from trail.numerals import read_whole
from volunteers.actions.pairings import answers_for, duty_stamp, may_note, note_duty, take_back_duty
from volunteers.forms.activities import explain_beside
from volunteers.forms.joining import DutyForm
from volunteers.forms.phone import Button
from volunteers.joining import DUTIES, DUTY, PAIRING_LEVELS, level_choices
from volunteers.models import Pairing
from volunteers.pairing_querysets import AT_COMMUNITY, AT_GRID, READS, gaps, gaps_by_community
from volunteers.querysets import runs_at
from volunteers.views.public import community_at

PER_PAGE = 20
# Of a community so many pairings with itself and its grids stand above those with buildings.
MOST_ABOVE = 60
PLACES = ("building", "grid", "community", "unit")
# Refusals → the question that they are about.
BESIDE = {"text": "note"}


@never_cache
@login_required
@require_GET
def pairings(request: HttpRequest) -> HttpResponse:
    """What I answer for, as an official or for an organisation; what is over comes last."""
    now = timezone.now()
    rows = _with_names(Pairing.objects.own(request.user, now)).annotate(done=Count("duties"))
    rows = rows.order_by(F("ends_on").desc(nulls_first=True), "-starts_on", "-pk")
    context = {
        "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "today": timezone.localdate(now),
        "duties": len(DUTIES),
    }
    return render(request, "volunteers/pairings.html", context)


@never_cache
@login_required
@require_GET
def pairing(request: HttpRequest, pk: int) -> HttpResponse:
    """One pairing with its five duties; whoever answers, and whoever runs volunteering there, says what is done."""
    now = timezone.now()
    one = _pairing(request, pk, now)
    done = {row.duty: row for row in one.duties.all()}
    context = {
        "pairing": one,
        "duties": [(word, done.get(word.key)) for word in DUTIES],
        "may_note": may_note(one, request.user, now),
        "own": answers_for(one, request.user, now),
        "reads": one.community_id and runs_at(request.user, one.community, now, *READS),
        "today": timezone.localdate(now),
    }
    return render(request, "volunteers/pairing.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def duty(request: HttpRequest, pk: int, duty: str) -> HttpResponse:
    """Say that a duty is done, or correct its day or what there is to show."""
    now = timezone.now()
    one = _noted(request, pk, duty, now)
    row = one.duties.filter(duty=duty).first()
    form, status = DutyForm(initial=_told(row, timezone.localdate(now))), 200
    if row is None:
        # Shown again without a net, on another day.
        form.fields["done_on"].widget.attrs["data-today"] = ""
    if request.method == "POST":
        form = DutyForm(request.POST)

        def perform() -> str:
            note_duty(one, duty, by=request.user, now=now, **form.cleaned_data)
            return reverse("volunteers:pairing", args=[pk])

        address, status = submit_form(
            request, form, perform, explain=lambda form, refused: explain_beside(form, refused, BESIDE)
        )
        if not status:
            messages.success(request, _("Noted."))
            return redirect(address)
        renew(form)
    context = {"pairing": one, "duty": DUTY[duty], "row": row, "form": form, "button": Button()}
    return render(request, "volunteers/duty.html", context, status=status)


@login_required
@require_POST
def duty_open(request: HttpRequest, pk: int, duty: str) -> HttpResponse:
    """A duty is not done after all."""
    now = timezone.now()
    one = _noted(request, pk, duty, now)

    def perform() -> str:
        take_back_duty(one, duty, by=request.user, now=now)
        return reverse("volunteers:pairing", args=[pk])

    form = Button(request.POST)
    address, status = submit_form(request, form, perform)
    if status:
        messages.error(request, " ".join(form.non_field_errors()))
        return redirect("volunteers:pairing", pk)
    messages.success(request, _("It is open again."))
    return redirect(address)


@never_cache
@login_required
@require_GET
def of_community(request: HttpRequest, code: str) -> HttpResponse:
    """At one level: the buildings of a community for which nobody answers, then the others with who does; for those who
    run volunteering there or read what lies there."""
    place, now = community_at(code), timezone.now()
    unit, today = place.unit, timezone.localdate(now)
    if not runs_at(request.user, unit, now, *READS):
        raise Http404
    total = Unit.objects.open().within(unit).filter(kind="building").count()
    missing = gaps_by_community(unit, today).get(unit.pk, Counter())
    level = _level(request.GET.get("level", ""), missing, total)
    page = Paginator(_gaps_first(unit, level, today), PER_PAGE).get_page(request.GET.get("page"))
    standing = Pairing.objects.within(unit).in_force(today).filter(level=level)
    context = {
        "place": place,
        "level": level,
        "levels": [(key, label, missing[key]) for key, label in level_choices()],
        "total": total,
        "gaps": missing[level],
        "overlaps": Pairing.objects.within(unit).overlaps_by_community(today).get(unit.pk, Counter())[level],
        "above": _with_names(standing.filter(Q(**AT_GRID) | Q(**AT_COMMUNITY))).order_by("grid__code", "pk")[
            :MOST_ABOVE
        ],
        "page": page,
        "buildings": _answered(list(page), standing, today),
        "more_query": f"level={level}&",
    }
    return render(request, "volunteers/pairings_of.html", context)


def _pairing(request: HttpRequest, pk: int, now: datetime) -> Pairing:
    return get_object_or_404(_with_names(Pairing.objects.visible_to(request.user, now)), pk=pk)


def _noted(request: HttpRequest, pk: int, duty: str, now: datetime) -> Pairing:
    """A pairing about whose duties the reader may say something; one who only reads it gets a 404."""
    one = _pairing(request, pk, now)
    if duty not in DUTY or not may_note(one, request.user, now):
        raise Http404
    return one


def _with_names(rows: Any) -> Any:
    found = rows.select_related(*PLACES, "organisation", "official")
    return found.defer(*(f"{name}__boundary" for name in PLACES))


def _told(row: Any, today: date) -> dict[str, Any]:
    told = {"done_on": row.done_on, "note": row.note} if row else {"done_on": today}
    return told | {"seen": duty_stamp(row)}


def _level(asked: str, missing: Counter[int], total: int) -> int:
    """The level that was asked for, else the first one at which anybody answers."""
    number = read_whole(asked)
    if number in PAIRING_LEVELS:
        return number
    return next((one for one in PAIRING_LEVELS if missing[one] < total), PAIRING_LEVELS[0])


def _gaps_first(unit: Unit, level: int, today: date) -> Any:
    nobody = gaps(unit, level, today).order_by().filter(pk=OuterRef("pk"))
    buildings = Unit.objects.open().within(unit).filter(kind="building").defer("boundary")
    return buildings.annotate(nobody=Exists(nobody)).order_by("-nobody", "code")


def _answered(
    buildings: list[Unit], standing: Any, today: date
) -> list[tuple[Unit, list[tuple[Pairing, bool]]]]:
    """Each building with who answers for it, and whether another one of the level stands at the same place. Two
    queries."""
    rows = list(_with_names(standing.covering(buildings)).order_by("starts_on", "pk"))
    double = set(
        Pairing.objects.overlapping(today)
        .filter(pk__in=[one.pk for one in rows])
        .values_list("pk", flat=True)
    )
    return [(one, [(row, row.pk in double) for row in rows if _covers(row, one)]) for one in buildings]


def _covers(row: Pairing, building: Unit) -> bool:
    if row.building_id:
        return row.building_id == building.pk
    return row.grid_id == building.grid_id if row.grid_id else row.community_id == building.community_id
