"""What the command centre says of events: a sentence of what happened, category and place, and of nobody. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# Verb of an issue → the sentence, and its colour word. What is not here is not told: notes, reminders, whatever is
# about people.
SENTENCES: dict[str, tuple[StrOrPromise, str]] = {
    "report": (_("%(category)s reported: %(place)s"), "info"),
    "alarm": (_("Danger, everybody on duty called: %(category)s, %(place)s"), "danger"),
    "screen": (_("%(category)s screened and given: %(place)s"), "info"),
    "sign": (_("%(category)s signed for: %(place)s"), "primary"),
    "contact": (_("Resident contacted about %(category)s: %(place)s"), "primary"),
    "hand_up": (_("%(category)s handed up: %(place)s"), "warning"),
    "lift": (_("%(category)s taken over by the level above: %(place)s"), "warning"),
    "take_back": (_("%(category)s taken back from the grid: %(place)s"), "warning"),
    "whistle": (_("Whistle blown for %(category)s: %(place)s"), "warning"),
    "acknowledge": (_("Whistle acknowledged, %(category)s: %(place)s"), "primary"),
    "report_in": (_("Reported in for %(category)s: %(place)s"), "primary"),
    "done": (_("Whistle done, %(category)s: %(place)s"), "success"),
    "climb": (_("Nobody answered, %(category)s climbs a level: %(place)s"), "danger"),
    "chase": (_("%(category)s is late and was chased: %(place)s"), "warning"),
    **{
        verb: (_("%(category)s supervised by letter: %(place)s"), "warning")
        for verb in ("supervise", "supervise_callee", "supervise_task")
    },
    "submit_result": (_("Result submitted, %(category)s: %(place)s"), "success"),
    "redo": (_("%(category)s is redone: %(place)s"), "warning"),
    "close": (_("%(category)s closed: %(place)s"), "success"),
}

# These may end an issue; then it is told as closed, else not at all.
MAY_END = ("rate", "expire", "call_back", "answer")


def told_as(verb: str, state: str | None) -> str:
    """Under which sentence an event is told; "" for none. `state` is that of the issue after it."""
    if verb in MAY_END:
        return "close" if state == "closed" else ""
    return verb if verb in SENTENCES else ""


def sentence(verb: str, category: str, place: str) -> str:
    """In the reader's language."""
    return str(SENTENCES[verb][0]) % {"category": category, "place": place}


def badge(verb: str) -> str:
    """Its colour word."""
    return SENTENCES[verb][1]
