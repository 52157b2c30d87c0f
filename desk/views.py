"""My work today, on a phone: what calls me, what is late, what is due; several at one building stand together."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from desk.querysets import Day
from desk.rows import part_word
from grids.standing import Standing
from issues.answering import ANSWERS
from issues.countdown import Countdown, group_of
from issues.lifecycle import CALLERS, VERB
from issues.models import Callee, Issue
from issues.page import standing_due

PAGE = 20
URGENT_SHOWN = 10
GROUPS = {
    "late": _("Overdue"),
    "today": _("Due today"),
    "later": _("Later"),
    "resident": _("Waiting for the resident"),
    "over": _("Ended"),
}


@dataclass(frozen=True)
class Tab:
    """A list of the day; `for_whom` says whether a person with this standing has any use for it."""

    key: str
    label: Any
    empty: Any
    read: Callable[[Day], QuerySet]
    for_whom: Callable[[Standing], bool]


@dataclass(frozen=True)
class Row:
    """One line: an issue, or the reader's part in it as one who is called or asked (`part`: a row of Day.asked,
    `what`: its name). `at`: the building, on the first of several lines there."""

    issue: Issue
    callee: Callee | None
    due: Countdown | None
    group: str
    part: Any = None
    what: str = ""
    at: str = ""


TABS = (
    Tab(
        "mine",
        _("Mine"),
        _("Nothing waits for you. Well done."),
        Day.mine,
        lambda standing: bool(standing.with_capability(*ANSWERS)),
    ),
    Tab(
        "called",
        _("Called to"),
        _("Nobody has whistled for you."),
        Day.calls,
        lambda standing: bool(standing.with_capability("handle", "dispatch", "report_in")),
    ),
    Tab(
        "asked",
        _("Asked of me"),
        _("No sub-task, decision, letter or check on the spot waits for you."),
        Day.asked,
        lambda standing: bool(standing.with_capability(*ANSWERS)),
    ),
    Tab(
        "led",
        _("Led by me"),
        _("You have taken nothing on in person."),
        Day.led,
        lambda standing: standing.can("lift"),
    ),
    Tab(
        "calls",
        _("To be called back"),
        _("Nobody is to be called back by you."),
        Day.to_call,
        lambda standing: any(one.level != "grid" for one in standing.with_capability(*CALLERS)),
    ),
    Tab(
        "registered",
        _("Registered by me"),
        _("You have not registered anything yet."),
        Day.registered,
        lambda standing: standing.can("report"),
    ),
    Tab(
        "around",
        _("My area"),
        _("Nothing is open in your area."),
        Day.around,
        lambda standing: bool(standing.with_capability("read_below", "own_building")),
    ),
)


@never_cache
@login_required
@require_GET
def today(request: HttpRequest) -> HttpResponse:
    """The list of one tab, page by page; on the first one also what calls for the person at once."""
    day = Day(request.user, timezone.now())
    tabs = _tabs(day)
    tab = next((one for one in tabs if one.key == request.GET.get("tab")), tabs[0] if tabs else None)
    page = Paginator(_listed(tab, day), PAGE).get_page(request.GET.get("page"))
    first = tab is not None and tab.key == "mine" and page.number == 1
    context = {
        "here": "today",
        "tabs": tabs,
        "tab": tab,
        "asked": _asked(day, tabs, tab, page),
        "page": page,
        "groups": _grouped(page, day.now, together=tab is None or tab.key != "registered"),
        "urgent": _urgent(day) if first else [],
        "has_post": bool(day.standing.positions),
        "now": day.now,
    }
    return render(request, "desk/today.html", context)


def _tabs(day: Day) -> list[Tab]:
    """The lists of use to this person. A deputy's own fill when nobody else answers."""
    useful = [tab for tab in TABS if tab.for_whom(day.standing)]
    if TABS[0] not in useful and any(day.answering.deputised):
        useful = [tab for tab in TABS if tab.key in {"mine", "called", "asked"} or tab in useful]
    return useful


def _asked(day: Day, tabs: list[Tab], tab: Tab | None, page: Page) -> int:
    """How much is asked of the person, for the tab: it must not be overlooked from another one."""
    if not any(one.key == "asked" for one in tabs):
        return 0
    return page.paginator.count if tab and tab.key == "asked" else day.asked().count()


def _listed(tab: Tab | None, day: Day) -> QuerySet:
    if tab is None:
        return Issue.objects.none()
    rows = tab.read(day)
    return rows.shown().with_order() if rows.model is Issue and not rows.query.combinator else rows


def _urgent(day: Day) -> list[Row]:
    """Whistles that wait for the person, and danger around that nobody has taken: the most pressing."""
    danger, called = day.danger_untaken().shown().with_order()[:URGENT_SHOWN], day.calls()[:URGENT_SHOWN]
    return [_row(one, day.now) for one in (*danger, *called)]


def _grouped(page: Page, now: datetime, *, together: bool) -> list[tuple[Any, str, list[Row]]]:
    """(heading, key, rows) in the order in which the rows come; `together`: those at one building side by side."""
    rows = rows_of(list(page), now)
    groups = groupby(rows, key=lambda row: row.group)
    arranged = by_building if together else list
    return [(GROUPS[key], key, arranged(members)) for key, members in groups]


def by_building(rows: Iterable[Row]) -> list[Row]:
    """What is at one building stands together, where the first of it would stand: one way for all of it."""
    together: dict[Any, list[Row]] = {}
    for number, row in enumerate(rows):
        building = row.issue.building_id
        together.setdefault(("at", building) if building else ("row", number), []).append(row)
    return [one for rows in together.values() for one in _headed(rows)]


def _headed(rows: list[Row]) -> list[Row]:
    if len({row.issue.pk for row in rows}) < 2:
        return rows
    return [replace(rows[0], at=rows[0].issue.place_label), *rows[1:]]


def rows_of(page: list[Any], now: datetime) -> list[Row]:
    if not page or isinstance(page[0], Issue | Callee):
        return [_row(one, now) for one in page]
    issues = Issue.objects.shown().with_order().in_bulk({one.about for one in page})
    return [_part_row(issues[one.about], one, now) for one in page]


def _part_row(issue: Issue, part: Any, now: datetime) -> Row:
    what = str(VERB["verify"].label) if part.part == "check" else part_word(part.part, part.what)
    due = standing_due(issue, part.due_at, now)
    return Row(issue, None, due, group_of("", False, part.due_at, now), part, what)


def _row(one: Issue | Callee, now: datetime) -> Row:
    if isinstance(one, Callee):
        return Row(
            one.issue, one, standing_due(one.issue, one.due_at, now), group_of("", False, one.due_at, now)
        )
    group = group_of(one.state, one.disputed, one.due_at, now)
    return Row(one, None, standing_due(one, one.due_at, now), group)
