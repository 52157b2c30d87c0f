"""A team on the phone: joining and leaving it, and what its leader does with the members."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from trail.idempotency import submit_form
from volunteers.actions.running import placed, runs_there
from volunteers.actions.teams import join_team, leads, leave_team, set_leader
from volunteers.forms.phone import Button, MemberForm
from volunteers.models import Activity, Membership, Team, Volunteer

PER_PAGE = 20
# Of a team so many stand on its page, the newest first.
MOST_ACTIVITIES = 20
# What is over, and what nobody has still to do something about.
ENDED = ("settled", "cancelled")
DONE = {
    "join": _("You belong to the team now."),
    "leave": _("You no longer belong to the team."),
    "remove": _("Taken out of the team."),
    "hand_over": _("The team has another leader now."),
}


@never_cache
@require_GET
def team(request: HttpRequest, pk: int) -> HttpResponse:
    """What a team does, now and next; for volunteers of the district the way in, for its leader the members."""
    found = get_object_or_404(_open_teams().with_members(), pk=pk)
    me = Volunteer.objects.of_user(request.user).first()
    members = Membership.objects.current().filter(team=found)
    mine = me is not None and members.filter(volunteer=me).exists()
    now = timezone.now()
    today = timezone.localdate(now)
    context: dict[str, Any] = {
        "team": found,
        "me": me,
        "mine": mine,
        "may_join": me is not None
        and not mine
        and me.may_take_part(today)
        and me.district_id == found.district_id,
        "button": Button(),
        "leads": leads(found, request.user),
    }
    context |= _activities(found, request.user, now, context["leads"])
    if context["leads"]:
        rows = members.select_related("volunteer").order_by("joined_at", "pk")
        page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
        context["page"] = page
        context["rows"] = [(one, Button(), Button()) for one in page]
    return render(request, "volunteers/team.html", context)


@login_required
@require_POST
def act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """One thing done with a team, by a member or its leader."""
    found = get_object_or_404(_open_teams(), pk=pk)
    me = get_object_or_404(Volunteer.objects.of_user(request.user))
    now = timezone.now()
    if verb in {"join", "leave"}:
        form: Any = Button(request.POST)
        act_on = me
    elif verb in {"remove", "hand_over"} and leads(found, request.user):
        form = MemberForm(request.POST)
        act_on = None
    else:
        raise Http404
    address, status = submit_form(request, form, _perform(verb, found, act_on, form, request.user, now))
    if status:
        messages.error(request, " ".join(form.non_field_errors()) or _("Choose one of the members."))
        return redirect("volunteers:team", pk)
    messages.success(request, DONE[verb])
    return redirect(address)


def _perform(
    verb: str, team: Team, volunteer: Volunteer | None, form: Any, user: Any, now: datetime
) -> Callable[[], str]:
    """The one action; of the leader's verbs about the member that the form names."""

    def perform() -> str:
        who = volunteer or _member(team, form.cleaned_data["member"])
        if verb == "join":
            join_team(team, who, by=user, now=now)
        elif verb == "hand_over":
            set_leader(team, leader=who, by=user, now=now)
        else:
            leave_team(team, who, by=user, now=now)
        return reverse("volunteers:team", args=[team.pk])

    return perform


def _activities(team: Team, user: Any, now: datetime, is_leader: bool) -> dict[str, Any]:
    """What is to come; for those who run it also drafts and what has still to be handed in, confirmed or settled."""
    runs = is_leader or (user.is_authenticated and runs_there(user, placed(team), now))
    rows = Activity.objects.filter(team=team)
    going_on = rows.exclude(state__in=ENDED).order_by("-starts_at", "-pk")
    rows = going_on if runs else rows.coming(now)
    return {"activities": list(rows[:MOST_ACTIVITIES]), "runs": runs}


def _member(team: Team, number: int) -> Volunteer:
    found = Membership.objects.current().select_related("volunteer").filter(team=team, pk=number).first()
    if found is None:
        raise Http404
    return found.volunteer


def _open_teams() -> Any:
    return Team.objects.open().select_related("leader", "unit").defer("unit__boundary")
