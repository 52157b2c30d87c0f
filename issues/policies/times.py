"""The times that a district may set: of handlers, of whistles, of the ladder, of decisions."""

from itertools import pairwise
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from grids.body_kinds import BODY_KINDS
from grids.levels import LEVELS
from grids.policies import Column, Errors, PolicyKind, Value, cell_of
from issues import decisions, ladder, limits, whistles

ALL = "all"
WINDOWS = (
    ("rating", _("Rating a result")),
    ("return", _("Returning what was given")),
    ("supply", _("Waiting for the reporter's answer to a question")),
    ("check", _("Looking at a result on the spot")),
    ("danger_check", _("Looking at the result of a danger on the spot")),
)
# Clocks of one whistle in the order in which they end.
IN_ORDER = ("acknowledge", "arrive", "report", "plan", "done")


def _limits(row: limits.Limits) -> dict[str, Any]:
    return {"answer": cell_of(row.answer), "submit": cell_of(row.submit)}


LIMITS = PolicyKind(
    "limits",
    _("Time limits"),
    _("How long a handler has to screen or sign, and to hand in the result, both from when it was given."),
    (
        Column("answer", _("Screen or sign within"), "span"),
        Column("submit", _("Result within"), "span"),
    ),
    {key: _limits(row) for key, row in (limits.BY_LEVEL | limits.BY_BODY).items()}
    | {"danger": _limits(limits.DANGER)},
    rows=(
        *((key, LEVELS[key].labels[0]) for key in limits.BY_LEVEL),
        *((key, BODY_KINDS[key].label) for key in limits.BY_BODY),
        ("danger", _("Danger, whoever has it")),
    ),
    row_label=_("Who has it"),
)
WINDOW = PolicyKind(
    "windows",
    _("Windows"),
    _("How long something stays possible, is waited for, or may take beside the result."),
    (Column("within", _("Within"), "span"),),
    {
        "rating": {"within": cell_of(limits.RATING_WINDOW)},
        "return": {"within": cell_of(limits.RETURN_WITHIN)},
        "supply": {"within": cell_of(limits.SUPPLY_WINDOW)},
        "check": {"within": cell_of(limits.CHECK_WITHIN)},
        "danger_check": {"within": cell_of(limits.DANGER_CHECK_WITHIN)},
    },
    rows=WINDOWS,
    row_label=_("What for"),
)


def _whistle(kind: whistles.WhistleKind) -> dict[str, Any]:
    spans = {name: getattr(kind, name) for name in IN_ORDER}
    return {name: cell_of(span) for name, span in spans.items() if span} | {"most": kind.most}


def _in_order(value: Value) -> Errors:
    """No clock of a whistle ends before the one that comes before it, as far as they run in the same time."""
    wrong: Errors = {}
    for row, cells in value.items():
        given = [(name, cells[name]) for name in IN_ORDER if name in cells]
        for (_earlier, before), (name, after) in pairwise(given):
            if before[1] == after[1] and after[0] < before[0]:
                wrong[f"{row}.{name}"] = _("This ends before the step that comes first.")
    return wrong


WHISTLE_TIMES = PolicyKind(
    "whistle_times",
    _("Whistle times"),
    _("How fast those who are called answer, come and finish, and how many may be called at once."),
    (
        Column("acknowledge", _("Acknowledge within"), "span"),
        Column("arrive", _("Report in within"), "span"),
        Column("report", _("First report within"), "span", required=False),
        Column("plan", _("Plan within"), "span", required=False),
        Column("done", _("Finish within"), "span"),
        Column("most", _("Called at most"), "number", most=30),
    ),
    {kind.key: _whistle(kind) for kind in whistles.KINDS},
    rows=tuple((kind.key, kind.label) for kind in whistles.KINDS),
    row_label=_("Whistle"),
    rule=_in_order,
)
LADDER = PolicyKind(
    "ladder",
    _("Escalation ladder"),
    _("When reminders come, how long a rung waits, and how often it comes again."),
    (
        Column(
            "remind_percent",
            _("Reminder after this part of the time, in percent"),
            "percent",
            least=10,
            most=95,
        ),
        Column(
            "grace_percent",
            _("Grace for whoever is called instead, in percent of the time of the rung"),
            "percent",
            least=5,
            most=200,
        ),
        Column("chase_again", _("Chase again after"), "span"),
        Column("board_again", _("On the board again after"), "span"),
        Column("danger_again", _("Danger: again after"), "span"),
    ),
    {
        ALL: {
            "remind_percent": ladder.SHIPPED.remind_percent,
            "grace_percent": ladder.SHIPPED.grace_percent,
            "chase_again": cell_of(ladder.SHIPPED.chase_again),
            "board_again": cell_of(ladder.SHIPPED.board_again),
            "danger_again": cell_of(ladder.SHIPPED.danger_again),
        }
    },
    rows=((ALL, _("All clocks")),),
)


def _somebody_hears(value: Value) -> Errors:
    """What an open issue needs stays on, and those whom a rung is there for hear of it."""
    wrong: Errors = {}
    for key, cells in value.items():
        rung = ladder.BY_KEY[key]
        told = cells["audience"]
        if not (cells["on"] or rung.optional):
            wrong[f"{key}.on"] = _(
                "This stays on: without it an open matter would wait without a clock, or without anybody who hears."
            )
        if rung.audience[0] not in told:
            first = {"who": ladder.AUDIENCES[rung.audience[0]]}
            wrong[f"{key}.audience"] = _("This is there for them: %(who)s must hear of it.") % first
        elif strange := sorted(set(told) - set(rung.may_hear)):
            other = {"who": ladder.AUDIENCES[strange[0]]}
            wrong[f"{key}.audience"] = _("At this rung nobody can be told as: %(who)s.") % other
    return wrong


_TOLD = tuple(rung for rung in ladder.RUNGS if rung.audience)
RUNGS = PolicyKind(
    "rungs",
    _("Rungs of the ladder"),
    _(
        "Which rungs there are, and who hears of each. Where one is off, the next comes at once; a rung without which "
        "nobody would hear stays on. It holds for clocks that start from then on, who hears from then on at all."
    ),
    (
        Column("on", pgettext_lazy("of a rung", "On"), "flag"),
        Column("audience", _("Who hears of it"), "keys", tuple(ladder.AUDIENCES.items())),
    ),
    {rung.key: {"on": True, "audience": sorted(rung.audience)} for rung in _TOLD},
    rows=tuple((rung.key, rung.label) for rung in _TOLD),
    row_label=_("Rung"),
    rule=_somebody_hears,
)
DECISIONS = PolicyKind(
    "decisions",
    _("Time to decide"),
    _("How long whoever is asked has to decide or answer; silence climbs."),
    (Column("within", _("Within"), "span"),),
    {kind.key: {"within": cell_of(kind.within)} for kind in decisions.KINDS},
    rows=tuple((kind.key, kind.label) for kind in decisions.KINDS),
    row_label=_("What is asked"),
)
EXTENSION = PolicyKind(
    "extension",
    _("Extensions"),
    _("How often a deadline may be extended, and by how much at most each time."),
    (
        Column("times", _("How often"), "number", least=0, most=5),
        Column("longest", _("At most"), "span"),
    ),
    {ALL: {"times": 2, "longest": [15, "working_days"]}},
    rows=((ALL, _("All issues")),),
)
KINDS = (LIMITS, WINDOW, WHISTLE_TIMES, LADDER, RUNGS, DECISIONS, EXTENSION)
