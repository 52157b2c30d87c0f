"""Escalation: one ladder, a row per rung. Whom do we call when it is late, and what comes next.

An unanswered matter climbs by itself; a signed but late one is chased and shown to the level above, but stays
with its owner, so that sitting it out is not rewarded; danger climbs at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from calendars.worktime import Span, minutes, working_days

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class Rung:
    """`audience` is who is told: owner, deputy, above (the level above the one asked), left (who lost it) or
    board (supervisors)."""

    key: str
    label: StrOrPromise
    audience: tuple[str, ...]
    badge: str


RUNGS = (
    Rung("remind", _("Reminder before the deadline"), ("owner",), "info"),
    Rung("call_deputy", _("Deputy called"), ("deputy",), "warning"),
    Rung("climb", _("Passed to the level above"), ("owner", "left"), "danger"),
    Rung("chase", _("Chased"), ("owner", "above"), "warning"),
    Rung("call_above", _("Level above called"), ("above", "owner"), "danger"),
    Rung("board", _("On the supervision board"), ("board", "owner"), "danger"),
    Rung("expire", _("Rating window over"), (), "info"),
)
BY_KEY = {rung.key: rung for rung in RUNGS}


@dataclass(frozen=True)
class Clock:
    """A kind of deadline. `group` decides its rungs: answer (nobody has taken it), handle (taken), window."""

    key: str
    label: StrOrPromise
    group: str


CLOCKS = (
    Clock("screen", _("Screening"), "answer"),
    Clock("sign", _("Signing for"), "answer"),
    Clock("review", _("Review of a disputed result"), "answer"),
    Clock("submit", _("Result"), "handle"),
    Clock("rate", _("Rating"), "window"),
    Clock("acknowledge", _("Acknowledging the whistle"), "answer"),
    Clock("arrive", _("Reporting in"), "handle"),
    Clock("done", _("Finishing what was asked"), "handle"),
)
CLOCK = {clock.key: clock for clock in CLOCKS}

REMIND_PERCENT = 80
# Clocks of two hours or less have no reminder: it would come with the deadline.
NO_REMINDER = timedelta(hours=2)
CHASE_AGAIN = working_days(1)
BOARD_AGAIN = working_days(5)
DANGER_AGAIN = minutes(30)


@dataclass(frozen=True)
class Next:
    """The rung after the one that fired: `wait` from now on, or at the clock's own deadline when None."""

    rung: str
    wait: Span | None


def reminds(left: timedelta) -> bool:
    """Is so much left of a clock, in its own kind of time, that a reminder at 80 % helps?"""
    return left > NO_REMINDER


def rung_when_due(clock: str, *, danger: bool, top: bool) -> str:
    """What fires at the deadline itself. `top`: the district is asked already, nobody stands above."""
    group = CLOCK[clock].group
    if group == "window":
        return "expire"
    if danger:
        return "board" if top else ("climb" if group == "answer" else "call_above")
    return "call_deputy" if group == "answer" else "chase"


def next_after(rung: str, clock: str, span: Span, *, danger: bool, top: bool) -> Next | None:
    """What comes after `rung` fired; None when the rung ends the clock (`climb` starts a new one above)."""
    if rung in {"climb", "expire"}:
        return None
    if rung == "remind":
        return Next(rung_when_due(clock, danger=danger, top=top), None)
    if rung == "call_deputy":
        return Next("board" if top else "climb", span.half())
    if rung == "call_above":
        return Next("board" if top else "call_above", span.half())
    if danger:
        return Next("board", DANGER_AGAIN)
    if rung == "chase":
        return Next("board" if top else "chase", CHASE_AGAIN)
    return Next("board", BOARD_AGAIN)


def clock_choices() -> list[tuple[str, StrOrPromise]]:
    return [(clock.key, clock.label) for clock in CLOCKS]


def rung_choices() -> list[tuple[str, StrOrPromise]]:
    return [(rung.key, rung.label) for rung in RUNGS]
