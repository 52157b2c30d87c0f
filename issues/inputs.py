"""What a verb asks of the person who does it: one table, from which forms and serializers are both made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from django.utils.translation import gettext_lazy as _

from issues.kinds import CAUSES, KINDS, OBJECTIONS, PHONED, REPLY_CHECKS, RESULTS, VALIDITIES, VERDICTS

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
    """One question. `type`: text, line, bool, choice, date, category, unit, body, units, bodies, photos, place
    (any unit of the district), person (of the owner's or callee's body), subject (somebody with a post among
    those in charge of the place), issue (number or code of another), stages (a line each: date and what is
    done), checks (each of the choices is to be confirmed) or reasons (some of the district's beside a rating)."""

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
STAYS = _(
    "Who has it stays, with the time limits of the new category; where its rule leads is proposed to them."
)
INSTEAD = Input("category", "category", _("What it is instead"), required=True)
KIND = Input("kind", "choice", _("Kind"), choices=KINDS)
UNIT = Input("unit", "unit", _("To the unit"), help=_("Code of a unit; either a unit or a body."))
BODY = Input("body", "body", _("To the body"), help=_("Code of a department, office or other body."))
ABOUT_UNIT = Input(
    "unit", "unit", _("About those at the unit"), help=_("Code of the grid, community or street.")
)
ABOUT_BODY = Input(
    "body", "body", _("About those at the body"), help=_("Code of a body that serves the place.")
)
ABOUT_PERSON = Input(
    "person",
    "subject",
    _("About this person"),
    help=_("Somebody with a post at one of these; then it is enough."),
)
UNITS = Input("units", "units", _("Units to call"))
BODIES = Input("bodies", "bodies", _("Bodies to call"))
LEAD = Input(
    "lead", "line", _("Who leads"), max_length=40, help=_("Code of one of those called; the first if empty.")
)
REMOTE = Input(
    "remote",
    "bool",
    _("They may also report in by telephone or online"),
    help=_("Of a quick whistle alone; to the others they come to the spot."),
)
# What the matter is they read on its page; a whistle may be blown in three taps.
NEED = Input(
    "text", "text", _("What is needed"), help=_("Those who are called read the matter itself; say what else.")
)
PHOTOS = Input("photos", "photos", _("Photos"))
OUTCOME = Input("outcome", "choice", _("Outcome"), required=True, choices=RESULTS)
RESIDENT_TEXT = Input("text", "text", _("What the resident reads"), required=True)
INTERNAL_TEXT = Input("internal_text", "text", _("Internal note"))
UNTIL = Input("until", "date", _("Until"), required=True)
ANSWER_BY = Input("until", "date", _("Answer by"), required=True)
REVIEW_ON = Input("until", "date", _("Review on"), required=True)
CAUSE = Input("cause", "choice", _("Cause"), required=True, choices=CAUSES)
MAIN = Input("main", "issue", _("Main issue"), required=True, help=_("Its number or tracking code."))
PLACE = Input("place", "place", _("Place"), help=_("Code of the unit where it really happened."))
RIGHT_UNIT = Input(
    "unit", "place", _("The right unit"), help=_("Code of a unit; it or a body, if it belongs elsewhere.")
)
RIGHT_BODY = Input("body", "body", _("The right body"))
OFFICER = Input("officer", "person", _("Officer"), required=True)
STAGES = Input(
    "stages",
    "stages",
    _("Stages, a line each: the day and what is done by then"),
    required=True,
    max_length=3000,
    help=_("For example: 2026-03-20 The walls are measured"),
)
MET_ON = Input("on", "date", _("Day of the joint meeting"), required=True)
WHOM = Input("whom", "choice", _("Who was called by telephone"), required=True, choices=PHONED)
VERDICT = Input("verdict", "choice", _("How they did it"), required=True, choices=VERDICTS)
VALIDITY = Input("validity", "choice", _("Was the whistle right?"), required=True, choices=VALIDITIES)
OBJECTION = Input("validity", "choice", _("Why not"), required=True, choices=OBJECTIONS)
ANSWERED = Input("answered", "bool", _("Was I answered?"), required=True)
SOLVED = Input("solved", "bool", _("Is it solved?"), required=True)
SATISFIED = Input("satisfied", "bool", _("Am I satisfied?"), required=True)
REASONS = Input("reasons", "reasons", _("If not: why"))
REPLY = Input("checks", "checks", _("The reply is complete"), choices=REPLY_CHECKS)
