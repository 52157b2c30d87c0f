"""Numbers of the desk: what waits for one person, and how many issues and whistles there are, by what. The same for
the start page and for other systems; every number is that of the rows behind it, as far as the reader sees them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from desk import lists
from desk.lists import Asked
from desk.querysets import Day
from grids.levels import LEVELS
from grids.lineage import column
from grids.models import Body, Unit
from issues.kinds import KINDS, SOURCES
from issues.lifecycle import CALLEE_ENDED, STATES
from issues.models import Callee, Category
from issues.rate_table import stands_at
from issues.sights import parts_in_sight
from issues.whistles import KINDS as WHISTLES
from notices.models import Notice


@dataclass(frozen=True)
class DayFigures:
    """What waits for one person, and what is open around. All are numbers of issues: `called` those in which a
    whistle waits, `asked` those in which something else does."""

    mine: int
    called: int
    asked: int
    overdue: int
    open: int
    unread: int


def figures_of(day: Day) -> DayFigures:
    """A handful of counts, each by an index; what is open and what of it is late in one look."""
    around = (
        day.seen.open()
        .order_by()
        .aggregate(open=Count("pk"), overdue=Count("pk", filter=Q(due_at__lt=day.now)))
    )
    return DayFigures(
        mine=day.mine().count(),
        called=day.seen.calling(day.answering).count(),
        asked=day.seen.asking(day.answering).count(),
        **around,
        unread=Notice.objects.unread_count(day.user),
    )


@dataclass(frozen=True)
class TodayFigures:
    """What is supervised by letter around, and what happened there since midnight."""

    supervised: int
    reported: int
    done: int
    rated: int


def today_of(day: Day) -> TodayFigures:
    """Four counts, each of the rows that the list of issues shows for it."""
    happened = {what: day.seen.of_today(what, day.now).count() for what in ("reported", "done", "rated")}
    return TodayFigures(supervised=day.seen.supervised().count(), **happened)


@dataclass(frozen=True)
class CountRow:
    """Of one state, unit … or (`key` "") of what has none; `counts`: what is counted → how many."""

    key: str
    label: str
    counts: Mapping[str, int]


@dataclass(frozen=True)
class Table:
    """Rows by key, and all of them together: what is counted → how many."""

    rows: list[CountRow]
    total: Mapping[str, int]


def issue_counts(asked: Asked, by: str, *, only_open: bool) -> Table:
    """Of the issues of the problem list, or of its open ones. Three queries, one more by unit."""
    found = lists.issues(asked).order_by()
    if only_open:
        found = found.open()
    names = {"category": "category_id", "owner_body": "owner_body_id"}
    name = _below(asked.unit or stands_at(asked.user, asked.now)) if by == "unit" else names.get(by, by)
    counts = {
        "n": Count("pk"),
        "open": Count("due_at"),
        "overdue": Count("pk", filter=Q(due_at__lt=asked.now)),
        "with_whistles": Count("pk", filter=Q(open_whistles__gt=0)),
    }
    return _table(found, name, ISSUES_BY[by], counts)


def whistle_counts(asked: Asked, by: str) -> Table:
    """Of those called in the period, as far as the reader sees them. Three queries."""
    called: Any = Callee.objects.really_called()
    found = parts_in_sight(called, asked.user, asked.now).filter(asked.during("whistle__called_at"))
    if asked.unit:
        found = found.filter(**{f"issue__{column(asked.unit.kind)}": asked.unit.pk})
    if asked.category:
        found = found.filter(issue__category__in=Category.objects.ids_within(asked.category.key))
    if asked.body:
        found = found.filter(body=asked.body)
    waiting = Q(due_at__isnull=False) & ~Q(state__in=CALLEE_ENDED)
    counts = {
        "whistles": Count("whistle", distinct=True),
        "called": Count("pk"),
        "waiting": Count("pk", filter=waiting),
        "overdue": Count("pk", filter=waiting & Q(due_at__lt=asked.now)),
        "reported_in": Count("pk", filter=Q(reported_in_at__isnull=False)),
        "done": Count("pk", filter=Q(done_at__isnull=False)),
    }
    name = by if by in ("unit", "body") else f"whistle__{by}"
    return _table(found, name, WHISTLES_BY[by], counts)


def _below(unit: Unit | None) -> str:
    """The lineage column of the parts of this unit; of all districts for None."""
    levels = list(LEVELS)
    return column(levels[min(levels.index(unit.kind) + 1, len(levels) - 1)] if unit else levels[0])


def _table(found: QuerySet, name: str, named: "Names", counts: Mapping[str, Any]) -> Table:
    found = found.order_by()
    tallies = list(found.values(of=F(name)).annotate(**counts))
    labels = named({one["of"] for one in tallies if one["of"]})
    rows = [CountRow(*labels.get(one["of"], ("", "")), {key: one[key] for key in counts}) for one in tallies]
    return Table(sorted(rows, key=lambda row: row.key), found.aggregate(**counts))


# Value of a column → (key or code, label).
Labels = Mapping[Any, tuple[str, str]]
Names = Callable[[set[Any]], Labels]


def _words(rows: Any) -> Names:
    return lambda _values: {row.key: (row.key, str(row.label)) for row in rows}


def _coded(model: Any) -> Names:
    def names(values: set[Any]) -> Labels:
        rows = model.objects.filter(pk__in=values).order_by().values_list("pk", "code", "name")
        return {pk: (code, name) for pk, code, name in rows}

    return names


def _categories(values: set[Any]) -> Labels:
    return {row.pk: (row.key, row.label) for row in Category.objects.filter(pk__in=values)}


# What one may count by → what the rows are called.
ISSUES_BY: dict[str, Names] = {
    "state": _words(STATES),
    "source": _words(SOURCES),
    "kind": _words(KINDS),
    "category": _categories,
    "unit": _coded(Unit),
    "owner_body": _coded(Body),
}
WHISTLES_BY: dict[str, Names] = {
    "kind": _words(WHISTLES),
    **dict.fromkeys(("unit", "caller_unit"), _coded(Unit)),
    **dict.fromkeys(("body", "caller_body"), _coded(Body)),
}
