"""Offers and pairings: the community hears what is offered to it, and whoever answers for a place that they do."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from grids.addressing import addressees_of_many
from grids.lineage import key_of
from grids.models import Post
from notices.actions import notify
from notices.words import word
from trail import words
from trail.outbox import handler
from volunteers.actions.memberships import end_memberships
from volunteers.actions.pairings import end_pairings_of_official
from volunteers.models import Offer, Organisation, Pairing
from volunteers.querysets import RUNS

if TYPE_CHECKING:
    from trail.models import Event

words.HANDLERS["volunteers.offers"] = _("Notices on what is offered to communities")
words.HANDLERS["volunteers.officials"] = _("Officials whose account is closed answer for nothing")
words.HANDLERS["volunteers.members"] = _("Members whose account is closed are checked in nowhere")
words.HANDLERS["volunteers.pairings"] = _("Notices on responsibility pairings")
word("volunteers.offer", _("Something is offered to %(place)s, look whether you can use it"), "place")
word(
    "volunteers.pairing_pair",
    _("You are to answer for %(place)s (level %(level)s); see there from when, and the five duties"),
    "place",
    "level",
)
word("volunteers.pairing_end", _("You answer for %(place)s no longer, see there since when"), "place")
word(
    "volunteers.pairing_left",
    _("The official who answered for %(place)s (level %(level)s) is there no longer, choose another"),
    "place",
    "level",
)


@handler("volunteers.offers", "offer.offer")
def tell_of_offer(event: "Event", now: datetime) -> None:
    """Those who run volunteering in the community, but for who wrote it down."""
    offer = (
        Offer.objects.select_related("checkin__unit")
        .defer("checkin__unit__boundary")
        .get(pk=event.subject_id)
    )
    unit = offer.checkin.unit
    people = [one.user_id for one in addressees_of_many([unit], RUNS, now)[key_of(unit)]]
    link = reverse("volunteers:checkin", args=[offer.checkin_id])
    _tell(event, people, "volunteers.offer", {"place": unit.name}, link, now)


@handler("volunteers.officials", "user.close_account", "user.erase_account")
def end_with_account(event: "Event", now: datetime) -> None:
    """Whoever signs in no more answers for no place: it is a gap from today."""
    for official in User.objects.filter(pk=event.subject_id, is_active=False):
        end_pairings_of_official(official, now=now)


@handler("volunteers.members", "user.close_account", "user.erase_account")
def check_out_with_account(event: "Event", now: datetime) -> None:
    """Nor do they stand in a community as a member, or promise a wish."""
    for member in User.objects.filter(pk=event.subject_id, is_active=False):
        end_memberships(member, now=now)


@handler("volunteers.pairings", "pairing.pair", "pairing.end")
def tell_of_pairing(event: "Event", now: datetime) -> None:
    """The official; of an organisation whoever speaks for it. That one ended by itself, since the official is there no
    more, those who run volunteering in the place."""
    places = ("building", "grid", "community", "unit")
    rows = Pairing.objects.select_related(*places, "organisation").defer(
        *(f"{one}__boundary" for one in places)
    )
    pairing = rows.get(pk=event.subject_id)
    people = _speakers(pairing.organisation, now) if pairing.organisation else [pairing.official_id]
    key, params = event.verb, {"place": pairing.place.name}
    if event.verb == "end" and event.actor_id is None:
        key = "left"
        people = [one.user_id for one in addressees_of_many([pairing.unit], RUNS, now)[key_of(pairing.unit)]]
    if key != "end":
        params["level"] = pairing.level
    link = reverse("volunteers:pairing", args=[pairing.pk])
    _tell(event, people, f"volunteers.pairing_{key}", params, link, now)


def _speakers(organisation: Organisation, now: datetime) -> list[int]:
    """Who is named, and those with a post at the body that it is."""
    named = [organisation.speaker_id] if organisation.speaker_id else []
    if organisation.body_id is None:
        return named
    posts = Post.objects.active(now).filter(body=organisation.body_id)
    return [*named, *posts.order_by("pk").values_list("user", flat=True)]


def _tell(event: "Event", people: Iterable[int], key: str, params: dict, link: str, now: datetime) -> None:
    notify(event, sorted(set(people) - {event.actor_id}), key, params, link, now=now)
