"""Who hears of hours: the person of what was decided, those who decide of what is asked."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from notices.actions import Telling, notify_all
from notices.batches import hears_many
from notices.words import word
from trail import words
from trail.outbox import handler
from volunteers.models import Service
from volunteers.notices.organisers import others_who_run

if TYPE_CHECKING:
    from trail.models import Event

words.HANDLERS["volunteers.hours"] = _("Notices on hours of service")
_OF_RECORD = ("minutes", "on")
word("volunteers.hours_confirmed", _("%(minutes)s minutes of %(on)s are confirmed; thank you"), *_OF_RECORD)
word("volunteers.hours_refused", _("Your hours of %(on)s were not accepted; look why"), *_OF_RECORD)
word(
    "volunteers.hours_corrected",
    _("Your time of %(on)s is now %(minutes)s minutes; it was %(was)s"),
    *(*_OF_RECORD, "was"),
)
word("volunteers.correction_refused", _("The correction of your time of %(on)s was not granted"), *_OF_RECORD)
word(
    "volunteers.to_correct",
    _("A correction of confirmed hours is asked for: %(unit)s, %(on)s"),
    *("unit", "on"),
    urgency="action",
)
word(
    "volunteers.beside_to_confirm",
    _("Hours beside any activity wait to be confirmed: %(unit)s, %(on)s"),
    *("unit", "on"),
    urgency="action",
)
# Verb → what the person hears, and what those hear who decide.
TO_PERSON = {
    "confirm": "volunteers.hours_confirmed",
    "refuse": "volunteers.hours_refused",
    "correct": "volunteers.hours_corrected",
    "refuse_correction": "volunteers.correction_refused",
}
TO_ORGANISERS = {"ask_correction": "volunteers.to_correct", "propose": "volunteers.beside_to_confirm"}


def is_news(verb: str, data: Any) -> bool:
    """Hours of an activity are told of as a whole, when they are handed in."""
    return verb != "propose" or data.get("activity") is None


@hears_many("volunteers.hours")
def tell_all(events: Sequence["Event"], now: datetime) -> None:
    """As many queries for the hours of 300 as for those of one."""
    ids = {event.subject_id for event in events}
    services = Service.objects.select_related("volunteer", "unit").defer("unit__boundary").in_bulk(ids)
    asked = [event for event in events if event.verb in TO_ORGANISERS]
    organisers = others_who_run(((services[event.subject_id].unit, event.actor_id) for event in asked), now)
    tellings = []
    for event in events:
        service = services[event.subject_id]
        if event.verb in TO_PERSON:
            people, key = [service.volunteer.user_id], TO_PERSON[event.verb]
            params = {"minutes": event.data.get("minutes", service.minutes), "on": service.on.isoformat()}
            params |= {"was": event.data["was"]} if event.verb == "correct" else {}
        else:
            people, key = organisers[service.unit_id, event.actor_id], TO_ORGANISERS[event.verb]
            params = {"unit": service.unit.name, "on": service.on.isoformat()}
        told = [pk for pk in people if pk is not None and pk != event.actor_id]
        tellings.append(Telling(event, told, key, params, reverse("volunteers:service", args=[service.pk])))
    notify_all(tellings, now=now)


@handler("volunteers.hours", *(f"service.{verb}" for verb in (*TO_PERSON, *TO_ORGANISERS)), worth=is_news)
def tell(event: "Event", now: datetime) -> None:
    """`tell_all` of one."""
    tell_all([event], now)
