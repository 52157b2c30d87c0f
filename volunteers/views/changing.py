"""An activity changed on the phone of whoever runs it: its words and its place, the places and times of a shift, and that
it comes again."""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from trail.idempotency import renew, submit_form
from volunteers.actions.activities import change_activity, change_places
from volunteers.actions.series import end_series, repeat_activity
from volunteers.actions.shifts import move_shift
from volunteers.activities import offered
from volunteers.forms.activities import WORDS, MoveForm, PlacesForm, RepeatForm, WordsForm, explain_beside
from volunteers.forms.phone import Button
from volunteers.models import Activity
from volunteers.views.seen import run_activity, run_shift

# Refusals → the question that they are about.
BESIDE = {"taken": "places", "never": "until", "shifts": "ends", "past": "begins"}


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Other words, another place to meet; whoever has signed up for what lies ahead hears of it."""
    now = timezone.now()
    activity, ties = run_activity(request, pk, now)
    kept = {name: getattr(activity, name) for name in WORDS}
    form = WordsForm(request.POST) if request.method == "POST" else WordsForm(initial=kept)
    context = {
        "title": _("Change it"),
        "button": _("Save"),
        "only_ahead": True,
        "is_offered": "change" in offered(activity.state, ties)
        and (activity.state == "draft" or activity.shifts.ahead(now).exists()),
    }

    def perform() -> None:
        change_activity(activity, by=request.user, now=now, **form.words())

    return _answer(request, activity, form, context, perform, _("Changed."))


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def places(request: HttpRequest, pk: int) -> HttpResponse:
    """More places of a shift or fewer, before it begins."""
    now = timezone.now()
    one, activity, steps = run_shift(request, pk, now)
    form = (
        PlacesForm(request.POST) if request.method == "POST" else PlacesForm(initial={"places": one.places})
    )
    context = {
        "title": _("More places or fewer"),
        "button": _("Save"),
        "shift": one,
        "is_offered": "change" in steps,
    }

    def perform() -> None:
        change_places(one, places=form.cleaned_data["places"], by=request.user, now=now)

    return _answer(request, activity, form, context, perform, _("Changed."))


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """A shift at other times of its day, before it begins; whoever has signed up for it hears of it."""
    now = timezone.now()
    one, activity, steps = run_shift(request, pk, now)
    form = MoveForm(one.period, request.POST if request.method == "POST" else None)
    context = {
        "title": _("Other times"),
        "button": _("Save"),
        "shift": one,
        "is_offered": "change" in steps,
    }

    def perform() -> None:
        move_shift(one, **form.times(), by=request.user, now=now)

    return _answer(request, activity, form, context, perform, _("Changed. Whoever has signed up is told."))


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def repeat(request: HttpRequest, pk: int) -> HttpResponse:
    """It comes again every week or month; of one that does already: until when, and a button that ends it. What has ended
    is taken up again."""
    now = timezone.now()
    activity, ties = run_activity(request, pk, now)
    series = activity.series
    form = RepeatForm(request.POST) if request.method == "POST" else RepeatForm()
    context = {
        "title": _("Repeat it"),
        "button": _("Repeat it"),
        "series": series,
        "end": Button(),
        "is_offered": "repeat" in offered(activity.state, ties) and (series is None or bool(series.ended_at)),
    }

    def perform() -> None:
        told = {name: form.cleaned_data[name] for name in ("rhythm", "until")}
        repeat_activity(activity, by=request.user, now=now, **told)

    return _answer(
        request, activity, form, context, perform, _("It comes again. Each is made four weeks before.")
    )


@login_required
@require_POST
def end_repeat(request: HttpRequest, pk: int) -> HttpResponse:
    """It comes no more; what is made already stays."""
    now = timezone.now()
    activity, _ties = run_activity(request, pk, now)
    series = activity.series
    if series is None:
        raise Http404
    form = Button(request.POST)

    def perform() -> str:
        end_series(series, by=request.user, now=now)
        return reverse("volunteers:run_repeat", args=[pk])

    address, status = submit_form(request, form, perform)
    if status:
        messages.error(request, " ".join(form.non_field_errors()))
        return redirect("volunteers:run_repeat", pk)
    messages.success(request, _("It comes no more. What is made already stays."))
    return redirect(address)


def _answer(
    request: HttpRequest,
    activity: Activity,
    form: Any,
    context: Mapping[str, Any],
    perform: Callable[[], None],
    told: str,
) -> HttpResponse:
    """The page with its form, or back to the activity with what was done."""
    page, context = "volunteers/run_change.html", {"activity": activity, "form": form, **context}
    if request.method == "GET":
        return render(request, page, context)

    def act() -> str:
        perform()
        return reverse("volunteers:run", args=[activity.pk])

    address, status = submit_form(
        request, form, act, explain=lambda form, refused: explain_beside(form, refused, BESIDE)
    )
    if status:
        renew(form)
        return render(request, page, context, status=status)
    messages.success(request, told)
    return redirect(address)
