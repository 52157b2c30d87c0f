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
    board (supervisors); caller whistled for those who are silent."""

    key: str
    label: StrOrPromise
    audience: tuple[str, ...]
    badge: str


RUNGS = (
    Rung("remind", _("Reminder before the deadline"), ("owner",), "info"),
    Rung("call_deputy", _("Deputy called"), ("deputy",), "warning"),
    Rung("call_next", _("Next on the duty roster called"), ("owner", "caller"), "danger"),
    Rung("climb", _("Passed to the level above"), ("owner", "left"), "danger"),
    Rung("chase", _("Chased"), ("owner", "above"), "warning"),
    Rung("call_above", _("Level above called"), ("above", "owner"), "danger"),
    Rung("board", _("On the supervision board"), ("board", "owner"), "danger"),
    Rung("expire", _("Rating window over"), (), "info"),
)
BY_KEY = {rung.key: rung for rung in RUNGS}
# These tell somebody and change nothing: whoever has a form open meanwhile still sees the issue as it is.
ONLY_TELLS = frozenset({"remind", "call_deputy", "call_next", "chase", "call_above", "board"})


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
    Clock("plan", _("Plan of the joint handling"), "handle"),
    Clock("stage", _("Stage of the plan"), "handle"),
    Clock("take", _("Signing for the sub-task"), "answer"),
    Clock("finish", _("Finishing the sub-task"), "handle"),
    Clock("decide", _("Decision"), "answer"),
    Clock("letter", _("Answer to the supervision letter"), "handle"),
    Clock("check", _("Check on the spot"), "answer"),
    Clock("suspension", _("Review of the suspension"), "handle"),
    Clock("supply", _("Information from the reporter"), "window"),
)
CLOCK = {clock.key: clock for clock in CLOCKS}

# Clocks of two hours or less have no reminder: it would come with the deadline.
NO_REMINDER = timedelta(hours=2)
_CHASE_AGAIN, _BOARD_AGAIN, _DANGER_AGAIN = working_days(1), working_days(5), minutes(30)


@dataclass(frozen=True)
class Ladder:
    """The ladder's numbers, which a district may set (issues.policies); these are shipped.

    `remind_percent` of a clock's time are over at the reminder, if it is on; whoever is called instead of a
    silent one has `grace_percent` of the rung's time; the others say when a rung comes again.
    """

    remind: bool = True
    remind_percent: int = 80
    grace_percent: int = 50
    chase_again: Span = _CHASE_AGAIN
    board_again: Span = _BOARD_AGAIN
    danger_again: Span = _DANGER_AGAIN

    def reminds(self, left: timedelta) -> bool:
        """Is so much left of a clock, in its own kind of time, that a reminder helps?"""
        return self.remind and left > NO_REMINDER

    def grace(self, span: Span) -> Span:
        """How long the one called instead has."""
        return span.part(self.grace_percent)


SHIPPED = Ladder()
REMIND_PERCENT = SHIPPED.remind_percent


@dataclass(frozen=True)
class Next:
    """The rung after the one that fired: `wait` from now on, or at the clock's own deadline when None."""

    rung: str
    wait: Span | None


def reminds(left: timedelta) -> bool:
    """Is so much left of a clock, in its own kind of time, that a reminder helps?"""
    return SHIPPED.reminds(left)


def rung_when_due(clock: str, *, danger: bool, top: bool, roster: bool = False) -> str:
    """What fires at the deadline itself. `top`: the district is asked already, nobody stands above; `roster`:
    one of those who are on duty was called, and the next may be."""
    group = CLOCK[clock].group
    if group == "window":
        return "expire"
    if roster and clock == "acknowledge":
        return "call_next"
    if danger:
        return "board" if top else ("climb" if group == "answer" else "call_above")
    return "call_deputy" if group == "answer" else "chase"


def next_after(
    rung: str,
    clock: str,
    span: Span,
    *,
    danger: bool,
    top: bool,
    roster: bool = False,
    ladder: Ladder = SHIPPED,
) -> Next | None:
    """What comes after `rung` fired; None when the rung ends the clock (`climb` starts a new one above,
    `call_next` one for the next on the roster)."""
    if rung in {"climb", "call_next", "expire"}:
        return None
    if rung == "remind":
        return Next(rung_when_due(clock, danger=danger, top=top, roster=roster), None)
    if rung == "call_deputy":
        return Next("board" if top else "climb", ladder.grace(span))
    if rung == "call_above":
        return Next("board" if top else "call_above", ladder.grace(span))
    if danger:
        return Next("board", ladder.danger_again)
    if rung == "chase":
        return Next("board" if top else "chase", ladder.chase_again)
    return Next("board", ladder.board_again)


def clock_choices() -> list[tuple[str, StrOrPromise]]:
    return [(clock.key, clock.label) for clock in CLOCKS]


def rung_choices() -> list[tuple[str, StrOrPromise]]:
    return [(rung.key, rung.label) for rung in RUNGS]
