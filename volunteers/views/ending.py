"""What ends for good on the phone of whoever runs an activity: all of it, one shift or the rest called off, all of it
settled; each with its words."""

from collections.abc import Callable
from typing import Any, NamedTuple

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from trail.idempotency import renew, submit_form
from volunteers.actions.activities import cancel_activity
from volunteers.actions.settling import settle_activity
from volunteers.actions.shifts import cancel_rest, cancel_shift
from volunteers.activities import offered
from volunteers.forms.activities import CallOffForm, SettleForm, explain_beside
from volunteers.models import Activity, Shift
from volunteers.views.seen import run_activity, run_shift

# Refusals → the question that they are about.
BESIDE = {"text": "reason"}


class Says(NamedTuple):
    """Of a page: its title and button, what happens then, what is said when it is done, and whether it is about what has
    not begun alone."""

    title: Any
    text: Any
    told: Any
    danger: bool = True
    only_ahead: bool = False


CANCEL = Says(
    _("Call the activity off"),
    _("It ends for good. Everybody who has signed up is told, and reads why."),
    _("Called off. Whoever had signed up is told."),
)
CANCEL_SHIFT = Says(
    _("Call off this shift"),
    _("Everybody who has signed up for it is told, and reads why. The other shifts stay as they are."),
    CANCEL.told,
)
CANCEL_REST = Says(
    _("Call off the rest"),
    _(
        "No shift takes place any more that has not begun; whoever has signed up for one is told, and reads why. What has "
        "begun stays: tick who came, and hand in their hours."
    ),
    CANCEL.told,
    only_ahead=True,
)
SETTLE = Says(
    pgettext_lazy("activity", "Settle"),
    _(
        "Everybody is accounted for and all hours are decided: this is the end of it. What came of it stands on its page, "
        "and goes back to the issue that it helped to solve."
    ),
    pgettext_lazy("activity", "Settled"),
    danger=False,
)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def call_off(request: HttpRequest, pk: int) -> HttpResponse:
    """It does not take place: whoever has signed up is told, and reads why on its page."""
    now = timezone.now()
    activity, ties = run_activity(request, pk, now)

    def perform(form: Any) -> None:
        cancel_activity(activity, reason=form.cleaned_data["reason"], by=request.user, now=now)

    is_offered = "cancel" in offered(activity.state, ties)
    return _words(request, activity, CallOffForm, perform, CANCEL, is_offered=is_offered)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def call_off_rest(request: HttpRequest, pk: int) -> HttpResponse:
    """What has not begun does not take place."""
    now = timezone.now()
    activity, ties = run_activity(request, pk, now)

    def perform(form: Any) -> None:
        cancel_rest(activity, reason=form.cleaned_data["reason"], by=request.user, now=now)

    is_offered = "cancel_rest" in offered(activity.state, ties) and activity.shifts.ahead(now).exists()
    return _words(request, activity, CallOffForm, perform, CANCEL_REST, is_offered=is_offered)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def call_off_shift(request: HttpRequest, pk: int) -> HttpResponse:
    """One shift does not take place; the rest of the activity stays."""
    now = timezone.now()
    shift, activity, steps = run_shift(request, pk, now)

    def perform(form: Any) -> None:
        cancel_shift(shift, reason=form.cleaned_data["reason"], by=request.user, now=now)

    is_offered = "cancel_shift" in steps
    return _words(request, activity, CallOffForm, perform, CANCEL_SHIFT, shift=shift, is_offered=is_offered)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    """Everybody is accounted for and all hours are decided: what came of it, and that is the end."""
    now = timezone.now()
    activity, ties = run_activity(request, pk, now)

    def perform(form: Any) -> None:
        settle_activity(activity, result=form.cleaned_data["result"], by=request.user, now=now)

    is_offered = "settle" in offered(activity.state, ties)
    return _words(request, activity, SettleForm, perform, SETTLE, is_offered=is_offered)


def _words(
    request: HttpRequest,
    activity: Activity,
    form_class: type[Any],
    perform: Callable[[Any], None],
    says: Says,
    *,
    is_offered: bool,
    shift: Shift | None = None,
) -> HttpResponse:
    """A page with a form in words; without the form where it cannot be done now."""
    form = form_class(request.POST) if request.method == "POST" else form_class()
    context = {"activity": activity, "shift": shift, "form": form, "says": says, "is_offered": is_offered}
    context["only_ahead"] = says.only_ahead
    page = "volunteers/run_form.html"
    if request.method == "GET":
        return render(request, page, context)

    def act() -> str:
        perform(form)
        return reverse("volunteers:run", args=[activity.pk])

    address, status = submit_form(
        request, form, act, explain=lambda form, refused: explain_beside(form, refused, BESIDE)
    )
    if status:
        renew(form)
        return render(request, page, context, status=status)
    messages.success(request, says.told)
    return redirect(address)
