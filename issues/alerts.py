"""What an alert of another system may be about, and how bad it may be. Things and places; never persons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from issues.kinds import Word, choices
from trail.refusals import Refused

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# From the least to the worst.
SEVERITIES = (
    Word("info", gettext_lazy("For information")),
    Word("minor", pgettext_lazy("severity", "Minor")),
    Word("major", pgettext_lazy("severity", "Major")),
    Word("critical", pgettext_lazy("severity", "Critical")),
)
RANK = {word.key: number for number, word in enumerate(SEVERITIES)}
WORST = SEVERITIES[-1].key
# A thing breaks or endangers; it does not complain, ask, quarrel or want something.
THING_KINDS = frozenset({"help", "hazard"})
# Of our own list, what is about persons although its kind is among those.
ABOUT_PERSONS = frozenset({"care", "danger_person", "patrol_visit"})


def severity_choices() -> list[tuple[str, StrOrPromise]]:
    """For the model's field."""
    return choices(SEVERITIES)


def check_alert(severity: str, *, kind: str, danger: bool, keys: frozenset[str]) -> None:
    """May such an alert be about this category? `kind` and `danger` are the category's, `keys` its own key
    and that of its group.

    Raises Refused("person") for what is about persons; Refused("severity") where severity and danger differ:
    a danger calls three levels around the clock, and everything critical does.
    """
    if kind not in THING_KINDS or keys & ABOUT_PERSONS:
        raise Refused(
            _("Alerts are about things and places, never about persons; choose another category."),
            code="person",
        )
    if (severity == WORST) != danger:
        reason = (
            _("A critical alert needs a category of danger; its duty posts are called at once.")
            if severity == WORST
            else _("A category of danger is for critical alerts alone; choose another category.")
        )
        raise Refused(reason, code="severity")


def is_worse(severity: str, than: str) -> bool:
    """Has it become worse?"""
    return RANK[severity] > RANK[than]
