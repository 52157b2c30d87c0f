"""Who hears of a scheduled task that has stopped by itself: those who dispatch at its place."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from grids.addressing import addressees_of_many
from grids.lineage import key_of
from issues.actions.schedules import CAPABILITY
from issues.models import Schedule
from issues.occurrences import stopped_because
from issues.routing import now_at
from notices.actions import notify
from notices.words import Params, word
from trail import words
from trail.outbox import handler

if TYPE_CHECKING:
    from trail.models import Event

words.HANDLERS["issues.schedules"] = _("Notices on scheduled tasks that have stopped")


def _in_words(params: Params) -> Params:
    english = (get_language() or "").startswith("en")
    category = params.get("category_en" if english else "category")
    return {**params, "category": category, "because": stopped_because(params.get("because", ""))}


word(
    "issues.schedule_halted",
    _(
        "A scheduled task at %(place)s (%(category)s) has stopped: %(because)s. Start it again or make another"
    ),
    *("place", "category", "category_en", "because"),
    urgency="action",
    fill=_in_words,
)


@handler("issues.schedules", "schedule.halt")
def tell_of_halt(event: "Event", now: datetime) -> None:
    """The dispatchers of the place, of one that is closed those of the nearest open unit above."""
    schedule = Schedule.objects.select_related("place", "category").get(pk=event.subject_id)
    home = now_at(schedule.place)
    people = addressees_of_many([home], CAPABILITY, now)[key_of(home)]
    params = {
        "place": schedule.place.name,
        "category": schedule.category.name,
        "category_en": schedule.category.name_en,
        "because": event.data["because"],
    }
    link = reverse("admin:issues_schedule_change", args=[schedule.pk])
    notify(event, [one.user_id for one in people], "issues.schedule_halted", params, link, now=now)
