"""Points hear of deeds; people hear of what was decided about their points and goods.

That points came in is told to nobody: whoever did the deed hears of the deed, and reads the passbook.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from notices.actions import notify
from notices.batches import hears_many
from notices.words import Params, word
from trail import words
from trail.outbox import handler
from volunteers.actions.points import CLAIMS, ENDINGS, book_event, book_events
from volunteers.ledger import REVERSALS
from volunteers.models import PointTransfer, Redemption

if TYPE_CHECKING:
    from trail.models import Event

words.HANDLERS["volunteers.points"] = _("Points for volunteers")
words.HANDLERS["volunteers.points_told"] = _("Notices on points")
words.HANDLERS["volunteers.redemptions"] = _("Notices on goods put aside")
TOLD = ("reverse", "restore", "expire")
STEPS = ("collect", "release", "return")


def _why(params: Params) -> Params:
    labels = {row.key: row.label for row in REVERSALS}
    return {**params, "why": labels.get(params.get("why", ""), "—")}


word("points.reverse", _("%(points)s points were taken back: %(why)s"), "points", "why", fill=_why)
word("points.restore", _("%(points)s points that had been taken back are yours again"), "points")
word("points.expire", _("%(points)s points have expired"), "points")
word("redemption.collect", _("What you had put aside at %(station)s was handed out"), "station")
word(
    "redemption.release",
    _("What you had put aside at %(station)s was given up; your %(points)s points are back"),
    *("station", "points"),
)
word(
    "redemption.return",
    _("What you returned to %(station)s was taken back; your %(points)s points are back"),
    *("station", "points"),
)


def may_bring_points(verb: str, data: Mapping[str, Any]) -> bool:
    """Of an issue only its end; of a service or wish only what a volunteer did."""
    if verb in ENDINGS:
        return data.get("state") == "closed"
    return data.get("volunteer") is not None


@hears_many("volunteers.points")
def book_all(events: Sequence["Event"], now: datetime) -> None:
    """At once, so that accounts are locked in one order, whoever else books for the same people."""
    book_events(events, now=now)


@handler("volunteers.points", *CLAIMS, worth=may_bring_points)
def book_points(event: "Event", now: datetime) -> None:
    """Whatever this deed is worth is in the ledger."""
    book_event(event, now=now)


@handler("volunteers.points_told", *(f"points.{verb}" for verb in TOLD))
def tell_of_points(event: "Event", now: datetime) -> None:
    """Whose points they are, if the person has an account to read it with."""
    done = PointTransfer.objects.select_related("account__volunteer").get(pk=event.subject_id)
    volunteer = done.account.volunteer
    if volunteer is None or volunteer.user_id is None:
        return
    params = {"points": abs(done.value)} | ({"why": event.data["why"]} if event.verb == "reverse" else {})
    notify(event, [volunteer.user_id], f"points.{event.verb}", params, reverse("volunteers:points"), now=now)


@handler("volunteers.redemptions", *(f"redemption.{verb}" for verb in STEPS))
def tell_of_redemption(event: "Event", now: datetime) -> None:
    """Who put it aside, of what others did with it."""
    redemption = Redemption.objects.select_related("account__volunteer", "station").get(pk=event.subject_id)
    volunteer = redemption.account.volunteer
    if volunteer is None or volunteer.user_id in (None, event.actor_id):
        return
    params = {"station": redemption.station.name}
    if event.verb != "collect":
        params["points"] = str(redemption.price)
    there = reverse("volunteers:put_aside")
    notify(event, [volunteer.user_id], f"redemption.{event.verb}", params, there, now=now)
