"""What the command centre shows of one unit: sums of what was folded, and short looks at indexes.

Every number leaves out complaints about somebody, whoever looks: the wall hangs where everybody passes. What is told by
itself (late, feed, whistles) is category and place alone, without disputes; who needs help or is a danger to others is
placed at the community, as on every map (issues.coarse). The questions do not grow with the issues.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from calendars.midnight import midnight
from desk.screen_feed import badge, sentence, told_as
from desk.screen_shapes import (
    DAYS,
    HOURS,
    Curve,
    Ground,
    Key,
    Part,
    Shape,
    curve_of,
    map_of,
    steps_of,
    tiles_of,
)
from grids.lineage import within_any
from grids.models import Unit
from grids.standing import standing_of
from issues import figures
from issues.coarse import is_personal
from issues.countdown import Countdown
from issues.figures import LEVELS
from issues.lifecycle import OPEN_STATES
from issues.models import Callee, Category, Counted, Figure, Issue
from issues.page import standing_due
from issues.whistles import KINDS as WHISTLES
from trail.models import Event, Heartbeat

# Whose page it is: those who read what lies below their posts.
READS = "read_below"
MOST_PARTS = 120
MOST_LATE, MOST_CALLS, MOST_TOLD = 8, 5, 9
# So far back the feed looks among the events of the whole district, whatever of them may be told; and at so many
# issues of a unit below it, the last few events of each: a small unit has its own feed, however loud the others are.
LOOKED_THROUGH, LOOKED_AT, OF_EACH = 400, 60, 5
# The fold runs every second; older than this something is wrong.
STALE = timedelta(seconds=60)
# What a number of a unit counts → how the list of its issues is narrowed to it.
NARROWED = {
    "open": {"state": "open"},
    "late": {"late": "on"},
    "whistles": {"state": "whistles"},
    "danger": {"state": "danger"},
}
# What a line shows; nothing of it was typed by a reporter.
AROUND = ("street", "community", "grid")
LINE = (
    *("pk", "code", "received_at", "due_at", "due_provisional", "district_id", "category"),
    *(f"{name}__name" for name in AROUND),
)

# (what is asked for: unit, more of the filter) → address of the list; None where nobody may follow it.
Lists = Callable[[Unit, dict[str, str]], str] | None
Down = Callable[[Unit], str]
# The address of an issue's page; None where nobody may follow it.
Page = Callable[[Issue], str] | None


@dataclass(frozen=True)
class Number:
    """One of the six, with the list behind it."""

    key: str
    label: str
    number: int
    link: str = ""


@dataclass(frozen=True)
class Line:
    """An issue as the wall tells of it; `kind` is that of a whistle."""

    number: str
    category: str
    place: str
    due: Countdown | None
    supervised: bool = False
    kind: str = ""
    link: str = ""


@dataclass(frozen=True)
class Told:
    """An event as the wall tells of it."""

    at: datetime
    words: str
    badge: str


@dataclass(frozen=True)
class Untold:
    """How many are counted where no line is told of any of them: nothing is praised there."""

    late: int
    letters: int
    whistles: int


@dataclass(frozen=True)
class Screen:
    """Everything on the page. `crumbs`: (unit, address) from the top of what the reader may see; `hours`: the lists behind
    the two lines of the curve, today's and that of the seven days before."""

    unit: Unit
    now: datetime
    crumbs: list[tuple[Unit, str]]
    numbers: list[Number]
    parts: list[Part]
    legend: list[Key]
    map: Ground | None
    tiles: list[Shape]
    whistles: list[Number]
    calls: list[Line]
    curve: Curve
    hours: list[str]
    late: list[Line]
    feed: list[Told]
    untold: Untold
    stale: bool
    more_parts: int = 0


def units_of(user: Any, now: datetime) -> list[Unit]:
    """The tops of what this person may look at, the highest level first."""
    territory = standing_of(user, now).in_sight(READS)
    ids = {pk for found in territory.values() for pk in found}
    units = Unit.objects.open().filter(pk__in=ids, kind__in=LEVELS).defer("boundary")
    return list(units.order_by("level", "code"))


def unit_for(user: Any, code: str, now: datetime) -> Unit | None:
    """The unit with this code, if the person may look at it."""
    return _unit(code, within_any(standing_of(user, now).in_sight(READS)))


def unit_below(top: Unit, code: str) -> Unit | None:
    """The unit with this code, if it is this one or lies below it."""
    return _unit(code, within_any({f"{top.kind}_id": [top.pk]}))


def _unit(code: str, inside: Q) -> Unit | None:
    found = Unit.objects.open().filter(inside, code=code, kind__in=LEVELS)
    return found.defer("boundary").first()


def screen_of(
    unit: Unit,
    *,
    tops: Iterable[int],
    now: datetime,
    down: Down,
    lists: Lists,
    page: Page,
) -> Screen:
    """All of it, for whoever may see the units `tops` and what lies below them. A fixed number of queries."""
    below, more = _below(unit)
    standing = Figure.objects.standing([unit.pk, *(one.pk for one in below)])
    parts = [_part(one, standing[one.pk], unit, down, lists) for one in below]
    legend = steps_of([part.open for part in parts])
    hidden = _untold_categories()
    flows = Figure.objects.flows(unit.pk, midnight(now) - timedelta(days=DAYS))
    calls, late = _calls(unit, hidden, now, page), _late(unit, hidden, now, page)
    return Screen(
        unit=unit,
        now=now,
        crumbs=_crumbs(unit, set(tops), down),
        numbers=_numbers(unit, standing[unit.pk], flows, now, lists),
        parts=parts,
        legend=legend,
        map=map_of(parts, legend),
        tiles=tiles_of(parts, legend),
        whistles=_whistles(unit, standing[unit.pk], lists),
        calls=calls,
        curve=_curve(flows, now),
        hours=_behind_curve(unit, now, lists),
        late=late,
        feed=_feed(unit, hidden),
        untold=_untold(unit, standing[unit.pk], late, calls),
        stale=_is_stale(now),
        more_parts=more,
    )


def _below(unit: Unit) -> tuple[list[Unit], int]:
    """What the map shows, and how many more there are: one level down; a grid shows itself."""
    if unit.kind == LEVELS[-1]:
        return list(Unit.objects.filter(pk=unit.pk)), 0
    children = Unit.objects.open().children_of(unit)
    found = list(children[: MOST_PARTS + 1])
    return found[:MOST_PARTS], children.count() - MOST_PARTS if len(found) > MOST_PARTS else 0


def _part(one: Unit, counts: Counter[str], shown: Unit, down: Down, lists: Lists) -> Part:
    return Part(
        pk=one.pk,
        code=one.code,
        name=one.name,
        open=_open(counts),
        late=counts[figures.LATE],
        whistles=_running(counts),
        dangers=counts[figures.DANGER],
        boundary=one.boundary,
        link=down(one) if one.pk != shown.pk else "",
        lists={key: lists(one, more) for key, more in NARROWED.items()} if lists else {},
    )


def _open(counts: Counter[str]) -> int:
    return sum(counts[state] for state in OPEN_STATES)


def _running(counts: Counter[str]) -> int:
    return sum(counts[what] for what in figures.WHISTLE.values())


def _crumbs(unit: Unit, tops: set[int], down: Down) -> list[tuple[Unit, str]]:
    """Only from where the reader's own begins: what is above is not theirs to look at."""
    line = [*Unit.objects.ancestors_of(unit).only("name", "code", "kind"), unit]
    first = next((place for place, one in enumerate(line) if one.pk in tops), len(line) - 1)
    return [(one, down(one)) for one in line[first:]]


def _numbers(
    unit: Unit, counts: Counter[str], flows: Counter[Any], now: datetime, lists: Lists
) -> list[Number]:
    today, period = midnight(now), _reported(now, days=0)
    came, ended = (
        sum(number for (what, hour), number in flows.items() if what == flow and hour >= today)
        for flow in figures.FLOWS
    )
    rows: tuple[tuple[str, str, int, dict[str, str]], ...] = (
        ("open", _("Open now"), _open(counts), NARROWED["open"]),
        ("late", _("Overdue"), counts[figures.LATE], NARROWED["late"]),
        ("reports", _("Reported today"), came, period),
        ("closings", _("Closed today"), ended, {"rated": "closed"} | period),
        ("whistles", _("Whistles running"), _running(counts), NARROWED["whistles"]),
        ("danger", _("Dangers open"), counts[figures.DANGER], NARROWED["danger"]),
    )
    return [
        Number(key, label, number, lists(unit, more) if lists else "") for key, label, number, more in rows
    ]


def _whistles(unit: Unit, counts: Counter[str], lists: Lists) -> list[Number]:
    return [
        Number(
            kind.key,
            str(kind.label),
            counts[figures.WHISTLE[kind.key]],
            lists(unit, {"whistle": kind.key}) if lists else "",
        )
        for kind in WHISTLES
    ]


def _curve(flows: Counter[Any], now: datetime) -> Curve:
    """Today beside the seven days before it."""
    today, before, since = [0] * HOURS, [0] * HOURS, midnight(now)
    for (what, hour), number in flows.items():
        if what == figures.REPORTS:
            (today if hour >= since else before)[timezone.localtime(hour).hour] += number
    return curve_of(today, before, timezone.localtime(now).hour)


def _behind_curve(unit: Unit, now: datetime, lists: Lists) -> list[str]:
    return [lists(unit, _reported(now, days=days)) for days in (0, DAYS)] if lists else ["", ""]


def _reported(now: datetime, *, days: int) -> dict[str, str]:
    """How a list is narrowed to what was reported today, or on so many whole days before."""
    today = timezone.localdate(now)
    first, last = (today - timedelta(days=days), today - timedelta(days=1)) if days else (today, today)
    return {"first": first.isoformat(), "last": last.isoformat()}


def _is_stale(now: datetime) -> bool:
    age = Heartbeat.objects.age("figures", now)
    return age is None or age > STALE


# --- what is told by itself -------------------------------------------------------------------------------


def _untold_categories() -> list[int]:
    """Of disputes and complaints: no line is told of these."""
    untold = Q(about_somebody=True) | Q(kind="dispute")
    return list(Category.objects.filter(untold).order_by().values_list("pk", flat=True))


def _tellable(issues: Any, hidden: Sequence[int]) -> Any:
    """Those of which the wall may tell, with what a line shows and nothing else."""
    told = issues.about_nobody().exclude(kind="dispute").exclude(category__in=hidden)
    around = ("category__parent", *AROUND)
    return told.select_related(*around).only(
        *LINE,
        *(f"category__{name}" for name in ("key", "name", "name_en", "parent__key")),
    )


def place_of(issue: Issue) -> str:
    """Street, community and grid; the community alone where whoever it is about is known by where it is."""
    around = [issue.street, issue.community, None if is_personal(issue.category) else issue.grid]
    return " · ".join(unit.name for unit in around if unit)


def longest_late(unit: Unit, hidden: Sequence[int], now: datetime) -> Any:
    """Of those that may be told, the longest late."""
    return _tellable(Issue.objects.within(unit).overdue(now), hidden).order_by("due_at", "-pk")[:MOST_LATE]


def letters_next(unit: Unit, hidden: Sequence[int]) -> Any:
    """Of those that may be told, the ones whose letters are to be answered first."""
    return Counted.objects.within(unit).supervised().tellable(hidden)[:MOST_LATE]


def called_next(unit: Unit, hidden: Sequence[int]) -> Any:
    """Of those that may be told, the ones whose whistles are due first."""
    return Counted.objects.within(unit).called().tellable(hidden)[:MOST_CALLS]


def _late(unit: Unit, hidden: Sequence[int], now: datetime, page: Page) -> list[Line]:
    """What is supervised by letter, and the longest late; each once."""
    letters = dict(letters_next(unit, hidden).values_list("pk", "letter_due_at"))
    late = longest_late(unit, hidden, now)
    found = {issue.pk: issue for issue in late}
    missing = letters.keys() - found.keys()
    found |= {one.pk: one for one in _tellable(Issue.objects.filter(pk__in=missing), hidden)}
    known = Counted.objects.supervised().filter(pk__in=found)
    letters |= dict(known.order_by().values_list("pk", "letter_due_at"))
    rows = sorted(found.values(), key=lambda one: (one.due_at or now, -one.pk))
    return [_line(one, one.due_at, now, page, supervised=one.pk in letters) for one in rows]


def _calls(unit: Unit, hidden: Sequence[int], now: datetime, page: Page) -> list[Line]:
    """The whistles that are due next, one line for each issue and kind."""
    ids = list(called_next(unit, hidden).values_list("pk", flat=True))
    issues = _tellable(Issue.objects.filter(pk__in=ids), hidden).in_bulk()
    called = Callee.objects.called().filter(issue__in=issues).order_by("due_at", "pk")
    labels = {kind.key: str(kind.label) for kind in WHISTLES}
    found: dict[tuple[int, str], Line] = {}
    for pk, kind, due in called.values_list("issue", "whistle__kind", "due_at"):
        line = _line(issues[pk], due, now, page, kind=labels[kind])
        found.setdefault((pk, kind), line)
    return list(found.values())[:MOST_CALLS]


def _untold(unit: Unit, counts: Counter[str], late: list[Line], calls: list[Line]) -> Untold:
    """A query more where nothing late is told of."""
    letters = 0 if late else Counted.objects.within(unit).supervised().order_by().count()
    return Untold(
        late=0 if late else counts[figures.LATE],
        letters=letters,
        whistles=0 if calls else _running(counts),
    )


def _line(issue: Issue, due: datetime | None, now: datetime, page: Page, **more: Any) -> Line:
    return Line(
        number=issue.number,
        category=issue.category.label,
        place=place_of(issue),
        due=standing_due(issue, due, now),
        link=page(issue) if page else "",
        **more,
    )


def _feed(unit: Unit, hidden: Sequence[int]) -> list[Told]:
    """What has happened here last: the last of the district's events that are of this unit, and those of the issues at
    which something happens here. What is looked through is as much for every unit."""
    columns = ("pk", "subject_id", "verb", "occurred_at", "subject_type", "data__state")
    events = Event.objects.filter(district_id=unit.district_id).order_by("-pk").values_list(*columns)
    found = list(events[:LOOKED_THROUGH])
    if unit.kind != "district":
        found += Event.objects.latest_of("issue", _lively(unit), OF_EACH).values_list(*columns)
    once = {row[0]: row for row in found}
    rows = [
        (subject, verb, at)
        for _pk, subject, what, at, kind, state in (once[pk] for pk in sorted(once, reverse=True))
        if kind == "issue" and (verb := told_as(what, state))
    ]
    here = Issue.objects.within(unit).filter(pk__in={subject for subject, _verb, _at in rows})
    issues = _tellable(here, hidden).in_bulk()
    told = [(verb, at, issues[pk]) for pk, verb, at in rows if pk in issues][:MOST_TOLD]
    return [
        Told(at, sentence(verb, issue.category.label, place_of(issue)), badge(verb))
        for verb, at, issue in sorted(told, key=lambda one: one[1], reverse=True)
    ]


def _lively(unit: Unit) -> list[int]:
    """Issues of this unit at which something is likely to have happened lately: what is due first, what came last, what
    ended last; each by an index of the level."""
    here = Issue.objects.within(unit).order_by()
    # Ended ones of a grid have an index by when they closed, those of the levels above by when their result came.
    ended = "closed_at" if unit.kind == "grid" else "resolved_at"
    looks = (
        here.open().order_by("due_at"),
        here.order_by("-reported_at"),
        here.filter(**{f"{ended}__isnull": False}).order_by(f"-{ended}"),
    )
    first, *others = (look.values_list("pk", flat=True)[:LOOKED_AT] for look in looks)
    return list(first.union(*others))
