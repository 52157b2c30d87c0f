"""Who hears of a wish: the community, the wisher who has an account, and whoever claimed it."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from grids.addressing import addressees_of_many
from grids.lineage import key_of
from grids.models import Post, Unit
from notices.actions import Telling, notify_all
from notices.words import word
from trail import words
from trail.outbox import handler
from volunteers.actions.wishes import drop_claims, drop_claims_of_member
from volunteers.models import CheckIn, Claim, Volunteer, Wish
from volunteers.querysets import RUNS
from volunteers.wishes import ENDS_CLAIM

if TYPE_CHECKING:
    from trail.models import Event

words.HANDLERS["volunteers.wishes"] = _("Notices on micro-wishes")
words.HANDLERS["volunteers.claims"] = _("Reopen what a volunteer who left had claimed")
words.HANDLERS["volunteers.member_claims"] = _("Reopen what a member who checked out had claimed")
# Verb and who hears of it → urgency and words. Names of places and numbers alone: alias and wish stand in the wish.
WORDS = {
    "make.community": ("action", _("A micro-wish of %(place)s is to be reviewed (no. %(number)s)")),
    "accept.wisher": ("info", _("Your wish was accepted; it waits for somebody who fulfils it")),
    "refuse.wisher": ("info", _("Your wish was not accepted, see there why")),
    "claim.wisher": ("info", _("Somebody has claimed your wish and has %(days)s days for it")),
    "claim.community": ("info", _("Micro-wish no. %(number)s of %(place)s was claimed")),
    "give_back.community": (
        "info",
        _("Micro-wish no. %(number)s of %(place)s was given back and is open again"),
    ),
    "give_back.claimer": (
        "info",
        _("Micro-wish no. %(number)s of %(place)s is not with you any more, see there why"),
    ),
    "reopen.claimer": (
        "late",
        _("The time for micro-wish no. %(number)s of %(place)s is over; others may claim it"),
    ),
    "reopen.community": (
        "late",
        _("Nobody fulfilled micro-wish no. %(number)s of %(place)s in time; it is open again"),
    ),
    "fulfil.wisher": ("action", _("Your wish is said to be fulfilled; please confirm it")),
    "fulfil.community": (
        "action",
        _("Micro-wish no. %(number)s of %(place)s is said to be fulfilled; ask and confirm"),
    ),
    "send_back.claimer": (
        "action",
        _("Micro-wish no. %(number)s of %(place)s is not fulfilled yet, see there why"),
    ),
    "confirm.claimer": (
        "info",
        _("Micro-wish no. %(number)s of %(place)s is confirmed as fulfilled. Thank you!"),
    ),
    "thank.claimer": (
        "info",
        _("You are thanked for micro-wish no. %(number)s of %(place)s, read the words there"),
    ),
    "withdraw.claimer": (
        "info",
        _("Micro-wish no. %(number)s of %(place)s was withdrawn; nothing is left to do"),
    ),
    "cancel.claimer": (
        "info",
        _("Micro-wish no. %(number)s of %(place)s was called off; nothing is left to do"),
    ),
    "cancel.wisher": ("info", _("Your wish was called off, see there why")),
}
# The nearer one stands to it, the earlier: nobody is told twice of one event.
ORDER = ("wisher", "claimer", "community")
for _key, (_urgency, _text) in WORDS.items():
    word(f"volunteers.wish_{_key}", _text, "place", "number", "days", urgency=_urgency)


@handler(
    "volunteers.wishes", "wish.*", worth=lambda verb, _data: any(key.startswith(f"{verb}.") for key in WORDS)
)
def tell_of_wish(event: "Event", now: datetime) -> None:
    """Whoever did it is not told of it."""
    wish = Wish.objects.select_related("community").get(pk=event.subject_id)
    community = wish.community
    assert community is not None, "every wish lies in a community"
    params = {"place": community.name, "number": wish.pk, "days": wish.days}
    # There each of them does what is asked for, whichever of them it is.
    link = reverse("volunteers:wish", args=[wish.pk])
    tellings = []
    for audience in ORDER:
        key = f"{event.verb}.{audience}"
        if key in WORDS:
            people = set(_people(audience, wish, community, event, now)) - {event.actor_id}
            tellings.append(Telling(event, sorted(people), f"volunteers.wish_{key}", params, link))
    notify_all(tellings, now=now)


@handler("volunteers.claims", "volunteer.leave", "volunteer.erase")
def open_claims_again(event: "Event", now: datetime) -> None:
    """A wish does not wait for somebody who has left."""
    drop_claims(Volunteer.objects.get(pk=event.subject_id), now=now)


@handler("volunteers.member_claims", "checkin.check_out")
def open_claims_of_member_again(event: "Event", now: datetime) -> None:
    """Nor for a member who is checked in no more."""
    ended = CheckIn.objects.select_related("user", "volunteer__user").get(pk=event.subject_id)
    account = ended.volunteer.user if ended.volunteer else ended.user
    if account is not None:
        drop_claims_of_member(account, now=now)


def _people(audience: str, wish: Wish, community: Unit, event: "Event", now: datetime) -> Iterable[int]:
    """Ids of accounts."""
    if audience == "wisher":
        return [wish.wisher_id] if wish.wisher_id else []
    if audience == "community":
        people = addressees_of_many([community], RUNS, now)[key_of(community)]
        return [one.user_id for one in people]
    return _of_claim(_claim_at(wish, event), now)


def _claim_at(wish: Wish, event: "Event") -> Claim | None:
    """The claim that ended by this, else the one that ran when it happened or had been kept. Somebody else may have the
    wish by now; and whose claim had ended otherwise has nothing to do with it any more."""
    at = event.occurred_at
    if outcome := ENDS_CLAIM.get(event.verb):
        concerned = Q(outcome=outcome, ended_at=at)
    else:
        concerned = Q(ended_at=None) | Q(ended_at__gte=at) | Q(outcome="kept")
    claims = Claim.objects.filter(concerned, wish=wish, claimed_at__lte=at)
    return claims.with_claimer().order_by("-claimed_at", "-pk").first()


def _of_claim(claim: Claim | None, now: datetime) -> list[int]:
    """The volunteer or member; of an organisation its speaker, and those with a post at the body that it is."""
    if claim is None:
        return []
    if claim.volunteer:
        return [claim.volunteer.user_id] if claim.volunteer.user_id else []
    if claim.user_id:
        return [claim.user_id]
    body, found = claim.body_id, []
    if claim.organisation:
        body = claim.organisation.body_id
        found = [claim.organisation.speaker_id] if claim.organisation.speaker_id else []
    posts = Post.objects.active(now).filter(body=body) if body else Post.objects.none()
    return [*found, *posts.order_by("pk").values_list("user", flat=True)]
