"""What the codes of refusals about webhooks, groups and preferences are called (trail.problem_types)."""

from django.utils.translation import gettext_lazy as _

from notices.webhooks import BAD_ADDRESS
from trail.problem_types import call_problems

call_problems(
    {
        "unit": _("Wrong unit"),
        "account": _("Wrong account for a webhook"),
        "types": _("Unknown type of event"),
        "sorts": _("What a group is told is missing"),
        "urgency": _("Cannot be chosen for text messages"),
        "quiet": _("Too many quiet hours"),
        "ended": _("It has ended"),
        "paused": _("It is paused already"),
        "running": _("It is not paused"),
        "waiting": _("It waits already"),
        "missing": _("A part of the platform is not installed"),
    }
    # Of addresses the same words are said of each.
    | BAD_ADDRESS
)
