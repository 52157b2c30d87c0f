"""Transfers and teams: who is told; and what volunteering hears of accounts and units."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from grids.addressing import addressees_of_many
from grids.lineage import key_of
from grids.models import Unit
from notices.actions import notify
from notices.words import word
from trail import words
from trail.outbox import handler
from volunteers.actions.follow import follow_unit
from volunteers.actions.people import leave
from volunteers.models import Team, Transfer, Volunteer
from volunteers.querysets import RUNS

if TYPE_CHECKING:
    from trail.models import Event

words.HANDLERS["volunteers.transfers"] = _("Notices on transfers of volunteers")
words.HANDLERS["volunteers.teams"] = _("Notices on volunteer teams")
words.HANDLERS["volunteers.accounts"] = _("Whoever closes an account volunteers no longer")
words.HANDLERS["volunteers.follow"] = _("Bring volunteers to where their unit went")
_ABOUT = _("Volunteering")
word(
    "volunteers.transfer_asked",
    _("A volunteer of %(left)s asks to be taken in at %(home)s; decide on it"),
    "left",
    "home",
    about=_ABOUT,
    urgency="action",
)
word("volunteers.transfer_taken", _("You are at home in %(home)s as a volunteer now"), "home", about=_ABOUT)
word(
    "volunteers.transfer_refused",
    _("%(home)s has not taken you in; nothing changes for you as a volunteer"),
    "home",
    about=_ABOUT,
)
word(
    "volunteers.transfer_left",
    _("A volunteer of %(left)s has moved to %(home)s, with the record"),
    "left",
    "home",
    about=_ABOUT,
)
word("volunteers.team_lead", _("You lead the volunteer team %(team)s now"), "team", about=_ABOUT)
word(
    "volunteers.team_removed", _("You no longer belong to the volunteer team %(team)s"), "team", about=_ABOUT
)


@handler(
    "volunteers.transfers", *(f"volunteer.{verb}" for verb in ("ask_transfer", "take_in", "refuse_transfer"))
)
def tell_of_transfer(event: "Event", now: datetime) -> None:
    """The new community when it is asked; when it has decided the volunteer, and the old community of who has gone."""
    found = Transfer.objects.select_related("volunteer", "left", "home")
    transfer = found.defer("left__boundary", "home__boundary").get(pk=event.data["transfer"])
    places = {"left": transfer.left.name, "home": transfer.home.name}
    if event.verb == "ask_transfer":
        link = reverse("admin:volunteers_transfer_change", args=[transfer.pk])
        people = _of(transfer.home, event, now)
        notify(event, people, "volunteers.transfer_asked", places, link, now=now)
        return
    taken = event.verb == "take_in"
    if own := transfer.volunteer.user_id:
        key = "volunteers.transfer_taken" if taken else "volunteers.transfer_refused"
        notify(event, [own], key, {"home": places["home"]}, reverse("volunteers:mine"), now=now)
    if taken:
        link = reverse("admin:volunteers_volunteer_changelist")
        notify(event, _of(transfer.left, event, now), "volunteers.transfer_left", places, link, now=now)


def tells_of_team(verb: str, data: dict) -> bool:
    """Is there somebody to tell?"""
    return data.get("volunteer") is not None


@handler("volunteers.teams", "team.lead", "team.leave", worth=tells_of_team)
def tell_of_team(event: "Event", now: datetime) -> None:
    """The new leader; and who was taken out, not who left the team, or volunteering altogether."""
    team = Team.objects.get(pk=event.subject_id)
    told = Volunteer.objects.active().filter(pk=event.data["volunteer"])
    user_id = told.values_list("user", flat=True).first()
    if user_id is None or user_id == event.actor_id:
        return
    key = "volunteers.team_lead" if event.verb == "lead" else "volunteers.team_removed"
    link = reverse("volunteers:team", args=[team.pk])
    notify(event, [user_id], key, {"team": team.name}, link, now=now)


@handler("volunteers.accounts", "user.close_account")
def leave_with_account(event: "Event", now: datetime) -> None:
    """Whoever signs in no more volunteers no more; the record stays."""
    found = Volunteer.objects.active().filter(user=event.subject_id, user__is_active=False).first()
    if found is not None:
        leave(found, by=None, now=now)


@handler("volunteers.follow", "unit.merge", "unit.close")
def follow(event: "Event", now: datetime) -> None:
    """Where a unit goes, its volunteers go along."""
    follow_unit(Unit.objects.defer("boundary").get(pk=event.subject_id), now=now)


def _of(unit: Unit, event: "Event", now: datetime) -> Iterable[int]:
    """Those who run volunteering at a place, but for who did it."""
    people = addressees_of_many([unit], RUNS, now)[key_of(unit)]
    return [one.user_id for one in people if one.user_id != event.actor_id]
