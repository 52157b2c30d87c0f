"""Hours that somebody did beside any activity, handed in on the phone; somebody else confirms them."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from grids.models import Unit
from trail.idempotency import renew, submit_form
from volunteers.actions.hours import propose_service
from volunteers.forms.activities import BesideForm, explain_beside
from volunteers.models import Volunteer

# Communities to choose from: those of one's own street.
MOST_COMMUNITIES = 100
BESIDE = {"text": "what", "closed_place": "unit", "minutes": "hours", "day_full": "hours"}


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def new_hours(request: HttpRequest) -> HttpResponse:
    """Of whoever takes part now; anybody else gets a 404."""
    me = get_object_or_404(Volunteer.objects.active().of_user(request.user))
    communities, now = _communities(me), timezone.now()
    if request.method == "GET":
        form = BesideForm(communities, initial={"on": timezone.localdate(now)})
        return _page(request, form)
    form = BesideForm(communities, request.POST)

    def perform() -> str:
        made = propose_service(me, by=request.user, now=now, **form.arguments())
        return reverse("volunteers:service", args=[made.pk])

    address, status = submit_form(
        request, form, perform, explain=lambda form, refused: explain_beside(form, refused, BESIDE)
    )
    if status:
        renew(form)
        return _page(request, form, status)
    messages.success(request, _("Handed in. Somebody else confirms it, and you are told."))
    return redirect(address)


def _communities(me: Volunteer) -> list[Unit]:
    """Those of one's own street, the one where one is at home first."""
    units = Unit.objects.open().at("community").filter(street=me.street_id).defer("boundary")
    found = list(units[:MOST_COMMUNITIES])
    return sorted(found, key=lambda unit: unit.pk != me.community_id)


def _page(request: HttpRequest, form: BesideForm, status: int = 200) -> HttpResponse:
    return render(request, "volunteers/new_hours.html", {"form": form}, status=status)
