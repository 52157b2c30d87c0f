"""What a verb asks of the person who does it: one table, from which forms and serializers are both made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from django.utils.translation import gettext_lazy as _

from issues.kinds import KINDS, OUTCOMES

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class Choice(Protocol):
    """Anything with a stable key and a label."""

    @property
    def key(self) -> str: ...

    @property
    def label(self) -> StrOrPromise: ...


@dataclass(frozen=True)
class Input:
    """One question. `type`: text, line, bool, choice, date, category, unit, body, units, bodies or photos."""

    key: str
    type: str
    label: StrOrPromise
    required: bool = False
    choices: tuple[Choice, ...] = ()
    max_length: int = 2000
    help: StrOrPromise = ""


def reason(label: StrOrPromise, *, required: bool = True) -> Input:
    return Input("text", "text", label, required=required)


CATEGORY = Input("category", "category", _("Category"), required=True)
KIND = Input("kind", "choice", _("Kind"), choices=KINDS)
UNIT = Input("unit", "unit", _("To the unit"), help=_("Code of a unit; either a unit or a body."))
BODY = Input("body", "body", _("To the body"), help=_("Code of a department, office or other body."))
UNITS = Input("units", "units", _("Units to call"))
BODIES = Input("bodies", "bodies", _("Bodies to call"))
LEAD = Input(
    "lead", "line", _("Who leads"), max_length=40, help=_("Code of one of those called; the first if empty.")
)
PHOTOS = Input("photos", "photos", _("Photos"))
OUTCOME = Input("outcome", "choice", _("Outcome"), required=True, choices=OUTCOMES)
RESIDENT_TEXT = Input("text", "text", _("What the resident reads"), required=True)
INTERNAL_TEXT = Input("internal_text", "text", _("Internal note"))
