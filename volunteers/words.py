"""The words of volunteering: what people can do, when, in which teams. A key never changes; its label may."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from issues.kinds import Word, choices

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django_stubs_ext import StrOrPromise


STATES = (
    Word("active", pgettext_lazy("volunteer", "Active")),
    Word("left", pgettext_lazy("volunteer", "Left")),
    Word("erased", pgettext_lazy("volunteer", "Erased")),
)
TRANSFER_STATES = (
    Word("asked", pgettext_lazy("transfer", "Asked for")),
    Word("taken", pgettext_lazy("transfer", "Taken in")),
    Word("refused", pgettext_lazy("transfer", "Not taken in")),
    Word("withdrawn", pgettext_lazy("transfer", "Withdrawn")),
)
SKILLS = (
    Word("first_aid", _("First aid")),
    Word("care", _("Care of elders and children")),
    Word("teaching", _("Teaching and reading aloud")),
    Word("repair", _("Small repairs")),
    Word("mediation", _("Mediation")),
    Word("law", _("Law")),
    Word("health", _("Medicine and nursing")),
    Word("driving", _("Driving")),
    Word("it", _("Phones and computers")),
    Word("culture", _("Culture and sport")),
    Word("green", _("Gardening and recycling")),
    Word("guard", _("Traffic and order at events")),
)
LANGUAGES = (
    Word("zh", _("Standard Chinese")),
    Word("dialect", _("The local dialect")),
    Word("sign", _("Sign language")),
    Word("en", _("English")),
    Word("ru", _("Russian")),
    Word("ko", _("Korean")),
    Word("ja", _("Japanese")),
)
AVAILABILITY = (
    Word("weekday_day", _("Weekdays, by day")),
    Word("weekday_evening", _("Weekdays, in the evening")),
    Word("weekend_day", _("Weekends, by day")),
    Word("weekend_evening", _("Weekends, in the evening")),
    Word("emergency", _("In an emergency, at any hour")),
)
# What a team is shown by: what it does.
TOPICS = (
    Word("elders", _("Elders living alone")),
    Word("children", _("Children left behind")),
    Word("environment", _("Environment")),
    Word("order", _("Order and mutual watch")),
    Word("mediation", _("Mediation of disputes")),
    Word("culture", _("Culture and sport")),
    Word("health", _("Health")),
    Word("law", _("Law and policy explained")),
    Word("repair", _("Handy work")),
    Word("emergency", _("Emergency help")),
    Word("reading", _("Reading and study")),
    Word("other", _("Other good works")),
)


def keys(words: Iterable[Word]) -> frozenset[str]:
    """Every key of a table."""
    return frozenset(word.key for word in words)


def labels(words: Iterable[Word], chosen: Iterable[str]) -> list[str]:
    """What these keys are called, in the order of the table."""
    wanted = set(chosen)
    return [str(word.label) for word in words if word.key in wanted]


def state_choices() -> list[tuple[str, StrOrPromise]]:
    """For model fields."""
    return choices(STATES)


def transfer_choices() -> list[tuple[str, StrOrPromise]]:
    """For model fields."""
    return choices(TRANSFER_STATES)


def topic_choices() -> list[tuple[str, StrOrPromise]]:
    """For model fields."""
    return choices(TOPICS)
