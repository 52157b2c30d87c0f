"""Escalation: one ladder, a row per rung. Whom do we call when it is late, and what comes next.

An unanswered matter climbs by itself; a signed but late one is chased and shown to the level above, but stays
with its owner, so that sitting it out is not rewarded; danger climbs at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from calendars.worktime import Span, minutes, working_days

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class Rung:
    """`audience` is who is told (AUDIENCES), the first of them always; a district may have those of `more` told too,
    and switch off what is `optional`: another rung comes then instead."""

    key: str
    label: StrOrPromise
    audience: tuple[str, ...]
    badge: str
    more: tuple[str, ...] = ()
    optional: bool = False

    @property
    def may_hear(self) -> tuple[str, ...]:
        """Everybody who can be told, in the order in which they are."""
        return self.audience + self.more


AUDIENCES: dict[str, StrOrPromise] = {
    "owner": _("whoever has to act"),
    "deputy": _("their deputy"),
    "left": _("those it was taken from"),
    "caller": _("whoever whistled"),
    "above": _("the level above"),
    "board": _("the supervisors"),
}


RUNGS = (
    Rung("remind", _("Reminder before the deadline"), ("owner",), "info", ("above",), optional=True),
    Rung("call_deputy", _("Deputy called"), ("deputy",), "warning", ("owner", "above"), optional=True),
    Rung(
        "call_next",
        _("Next on the duty roster called"),
        ("owner", "caller"),
        "danger",
        ("above",),
        optional=True,
    ),
    Rung("climb", _("Passed to the level above"), ("owner", "left", "caller"), "danger", ("board",)),
    Rung("chase", _("Chased"), ("owner", "above", "caller"), "warning", ("board",)),
    Rung("call_above", _("Level above called"), ("above", "owner", "caller"), "danger", ("board",)),
    Rung("board", _("On the supervision board"), ("board", "owner"), "danger", ("above",)),
    Rung("expire", _("Rating window over"), (), "info"),
)
BY_KEY = {rung.key: rung for rung in RUNGS}
# These tell somebody and change nothing: whoever has a form open meanwhile still sees the issue as it is.
ONLY_TELLS = frozenset({"remind", "call_deputy", "call_next", "chase", "call_above", "board"})
# Steps of a person that do no more than that.
ONLY_TELLS |= {"chase_callee", "chase_task"}


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
    Clock("report", _("First report"), "handle"),
    Clock("done", _("Finishing what was asked"), "handle"),
    Clock("plan", _("Plan of the joint handling"), "handle"),
    Clock("stage", _("Stage of the plan"), "handle"),
    Clock("take", _("Signing for the sub-task"), "answer"),
    Clock("finish", _("Finishing the sub-task"), "handle"),
    Clock("decide", _("Decision"), "answer"),
    Clock("letter", _("Answer to the supervision letter"), "handle"),
    Clock("check", _("Check on the spot"), "answer"),
    Clock("suspension", _("Review of the suspension"), "handle"),
    # Runs while the handler's own stands still; else that one never ends after it.
    Clock("promise", _("Date promised to the reporter"), "handle"),
    Clock("supply", _("Information from the reporter"), "window"),
)
CLOCK = {clock.key: clock for clock in CLOCKS}

# Whose clock it may be instead of the issue's own; the lock covers all of them.
PARTS = ("callee", "task", "decision")
# Clocks of two hours or less have no reminder: it would come with the deadline.
NO_REMINDER = timedelta(hours=2)
_CHASE_AGAIN, _BOARD_AGAIN, _DANGER_AGAIN = working_days(1), working_days(5), minutes(30)


@dataclass(frozen=True)
class Ladder:
    """What of the ladder a district may set (issues.policies); this is shipped.

    `remind_percent` of a clock's time are over at the reminder; whoever is called instead of a silent one has
    `grace_percent` of the rung's time; the spans say when a rung comes again. `off` are rungs that never come,
    `heard` is rung → who is told, where that is otherwise than in the table.
    """

    remind_percent: int = 80
    grace_percent: int = 50
    chase_again: Span = _CHASE_AGAIN
    board_again: Span = _BOARD_AGAIN
    danger_again: Span = _DANGER_AGAIN
    off: frozenset[str] = frozenset()
    heard: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def told_of(self, rung: str) -> tuple[str, ...]:
        """Who hears of it; who stands first is told in those words."""
        return self.heard.get(rung, BY_KEY[rung].audience)

    def reminds(self, left: timedelta) -> bool:
        """Is so much left of a clock, in its own kind of time, that a reminder helps?"""
        return "remind" not in self.off and left > NO_REMINDER

    def grace(self, span: Span) -> Span:
        """How long the one called instead has."""
        return span.part(self.grace_percent)


SHIPPED = Ladder()


@dataclass(frozen=True)
class Next:
    """The rung after the one that fired: `wait` from now on, or at the clock's own deadline when None."""

    rung: str
    wait: Span | None


def rung_when_due(
    clock: str, *, danger: bool, top: bool, roster: bool = False, ladder: Ladder = SHIPPED
) -> str:
    """What fires at the deadline itself. `top`: the district is asked already, nobody stands above; `roster`:
    one of those who are on duty was called, and the next may be."""
    group = CLOCK[clock].group
    if group == "window":
        return "expire"
    if roster and clock == "acknowledge" and "call_next" not in ladder.off:
        return "call_next"
    if danger and group == "handle":
        return "board" if top else "call_above"
    if danger or (group == "answer" and "call_deputy" in ladder.off):
        return "board" if top else "climb"
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
        return Next(rung_when_due(clock, danger=danger, top=top, roster=roster, ladder=ladder), None)
    if rung == "call_deputy":
        return Next("board" if top else "climb", ladder.grace(span))
    if rung == "call_above":
        return Next("board" if top else "call_above", ladder.grace(span))
    if danger:
        return Next("board", ladder.danger_again)
    if rung == "chase":
        return Next("board" if top else "chase", ladder.chase_again)
    return Next("board", ladder.board_again)


def climbed(data: Mapping[str, Any]) -> str:
    """What an event of the rung `climb` passed up: "callee", "part" (or the check of a result), "" for the
    issue itself. Only then has it another owner."""
    if "callee" in data:
        return "callee"
    beside = data.get("clock") == "check" or any(name in data for name in PARTS)
    return "part" if beside else ""


def clock_choices() -> list[tuple[str, StrOrPromise]]:
    return [(clock.key, clock.label) for clock in CLOCKS]


def rung_choices() -> list[tuple[str, StrOrPromise]]:
    return [(rung.key, rung.label) for rung in RUNGS]
