"""What somebody else must decide or answer: a row per kind. Who decides and how long they have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from calendars.worktime import Span, minutes, working_days, working_hours

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class DecisionKind:
    """`by` is who decides: above (the level above whoever asks), street (of the place), head (of the same
    body), giver (who called, or gave the sub-task), owner (who has the issue must answer). `within`: how long
    they have; silence climbs.

    `yes` and `no` are what the buttons say.
    """

    key: str
    label: StrOrPromise
    by: str
    within: Span
    yes: StrOrPromise
    no: StrOrPromise | None


KINDS = (
    DecisionKind("extension", _("Extension"), "above", working_hours(4), _("Grant it"), _("Refuse it")),
    DecisionKind("suspension", _("Suspension"), "above", working_days(1), _("Agree"), _("Refuse it")),
    DecisionKind(
        "review", _("Review of a whistle"), "street", working_hours(2), _("Blow it"), _("Do not blow it")
    ),
    DecisionKind(
        "contest", _("Contested whistle"), "above", working_hours(4), _("Release them"), _("They must come")
    ),
    DecisionKind(
        "reply", _("Approval of a reply"), "head", working_hours(4), _("Approve"), _("Send it back")
    ),
    DecisionKind(
        "more_time", _("More time"), "giver", working_hours(4), _("Give more time"), _("The date stays")
    ),
    DecisionKind(
        "all_clear", _("All clear"), "above", minutes(30), _("Drop the danger"), _("It stays a danger")
    ),
    DecisionKind("supervision", _("Supervision letter"), "owner", working_days(3), _("Answer"), None),
)
BY_KEY = {kind.key: kind for kind in KINDS}


def decision_kind_choices() -> list[tuple[str, StrOrPromise]]:
    """For the model's field."""
    return [(kind.key, kind.label) for kind in KINDS]
