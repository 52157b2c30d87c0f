"""What a row of the lists shows: numbers, codes, moments and labels; never contact data, nor words that anybody
typed. A page, a file and a snapshot show the same cells. A handful of queries, however many rows.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from desk.lists import PARTS, Asked
from grids.addressing import Addressee, Key, addressees_of_many
from grids.lineage import key_of
from grids.models import Body, Unit
from issues import decisions, kinds, lifecycle
from issues.countdown import countdown
from issues.lifecycle import STATE
from issues.limits import CALLED_BACK_WITHIN
from issues.models import Issue
from issues.whistles import BY_KEY as WHISTLES
from issues.worktimes import worktime_of

MOST_PEOPLE = 3
MOMENT = "%Y-%m-%d %H:%M"
UNSHOWN = (
    *("text", "spot", "answers", "owner_unit__boundary", "keeper_unit__boundary"),
    *("hotline__given", "hotline__earlier", "hotline__related"),
)
DETAILS = {
    "callee": ("whistle__caller_unit", "whistle__caller_body"),
    "task": ("given_by",),
    "decision": ("asking_unit", "asking_body"),
}
LARGE = {
    "callee": ("whistle__caller_unit__boundary",),
    "task": (),
    "decision": ("text", "asking_unit__boundary"),
}


@dataclass(frozen=True)
class Row:
    """One line: its cells in the order of the table's columns, and the issue that it is about."""

    issue_id: int
    cells: tuple[str, ...]
    late: bool


class Detail(NamedTuple):
    """What a part asks for, who asked, and since when."""

    what: str
    asker: str
    since: datetime


def with_names(found: Any) -> Any:
    """With everything that a row shows, in one query, and nothing that it does not."""
    named = ("category", "owner_unit", "owner_body", "keeper_unit", "keeper_body", "officer", "hotline")
    return found.select_related(*named).defer(*UNSHOWN)


def issue_rows(page: Iterable[Issue], asked: Asked) -> list[Row]:
    """Of the problem list."""
    return [
        row_of(
            one,
            asked,
            (
                one.number,
                one.category.label,
                one.place_label,
                source_of(one),
                str(kinds.label(kinds.KINDS, one.kind)),
                str(STATE[one.state].label),
                str(one.owner or ""),
                moment(one.due_at),
                late_by(one, one.due_at, asked.now),
                moment(one.reported_at),
                moment(one.closed_at),
                str(kinds.label(kinds.OUTCOMES, one.outcome)),
            ),
        )
        for one in page
    ]


def call_rows(page: Iterable[Issue], asked: Asked) -> list[Row]:
    """Of those to be called back."""
    return [
        row_of(
            one,
            asked,
            (
                one.number,
                one.category.label,
                one.place_label,
                str(STATE[one.state].label),
                str(kinds.label(kinds.OUTCOMES, one.outcome)),
                str(one.owner or ""),
                moment(one.resolved_at),
                moment(one.resolved_at + CALLED_BACK_WITHIN if one.resolved_at else None),
                str(one.call_count or ""),
            ),
        )
        for one in page
    ]


def duty_rows(page: Iterable[Issue], asked: Asked) -> list[Row]:
    """Of the responsibility list."""
    page = list(page)
    people = in_post([one.owner for one in page], asked.now)
    return [
        row_of(
            one,
            asked,
            (
                str(one.owner),
                people[key_of(one.owner)],
                str(one.officer or ""),
                str(one.keeper_unit or one.keeper_body or ""),
                one.number,
                one.category.label,
                one.place_label,
                str(STATE[one.state].label),
                moment(one.assigned_at),
                moment(one.due_at),
                late_by(one, one.due_at, asked.now),
                moment(one.promised_at),
            ),
        )
        for one in page
    ]


def task_rows(page: Iterable[Any], asked: Asked) -> list[Row]:
    """Of the task list; `page` are rows of `lists.tasks`."""
    page = list(page)
    found = with_names(Issue.objects).in_bulk({one.issue_id for one in page})
    units = Unit.objects.defer("boundary").in_bulk({one.unit_id for one in page if one.unit_id})
    bodies = Body.objects.in_bulk({one.body_id for one in page if one.body_id})
    people = in_post([*units.values(), *bodies.values()], asked.now)
    details = {name: _details(name, [one.id for one in page if one.part == name]) for name in PARTS}
    rows = []
    for one in page:
        issue, detail = found[one.issue_id], details[one.part][one.id]
        party = units[one.unit_id] if one.unit_id else bodies[one.body_id]
        cells = (
            detail.what,
            str(party),
            people[key_of(party)],
            issue.number,
            issue.category.label,
            issue.place_label,
            part_state(one.part, one.state),
            detail.asker,
            moment(detail.since),
            moment(one.due_at),
            late_by(issue, one.due_at, asked.now),
        )
        rows.append(Row(issue.pk, cells, one.due_at < asked.now))
    return rows


def row_of(issue: Issue, asked: Asked, cells: tuple[str, ...]) -> Row:
    return Row(issue.pk, cells, issue.due_at is not None and issue.due_at < asked.now)


def source_of(issue: Issue) -> str:
    """Where it came from; of a hotline order also what is asked of the district."""
    source = str(kinds.label(kinds.SOURCES, issue.source))
    order = issue.hotline if issue.source == "hotline" and hasattr(issue, "hotline") else None
    nature = str(kinds.label(kinds.NATURES, order.nature)) if order else ""
    return f"{source} · {nature}" if nature else source


def moment(at: datetime | None) -> str:
    """As spreadsheets sort it; "" for none."""
    return f"{timezone.localtime(at):{MOMENT}}" if at else ""


def real(cell: str) -> str | datetime:
    """A cell that says a moment, as `moment` writes it, as that moment; any other as it is.

    Rows keep text, so that page, snapshot and its digest are the same; a spreadsheet wants the real thing.
    """
    try:
        return datetime.strptime(cell, MOMENT)
    except ValueError:
        return cell


def late_by(issue: Issue, due_at: datetime | None, now: datetime) -> str:
    """How many working days it is late; "" if it is not."""
    if due_at is None or due_at >= now:
        return ""
    days = countdown(due_at, now, worktime_of(issue.district_id)).amount
    if not days:
        return _("since today")
    return ngettext("%(count)d working day", "%(count)d working days", days) % {"count": days}


def in_post(parties: Iterable[Unit | Body | None], now: datetime) -> dict[Key, str]:
    """The names of those who answer for each of these now: holder, deputy or the level above. Two queries."""
    targets = {key_of(one): one for one in parties if one is not None}
    found = addressees_of_many(targets.values(), "handle", now) if targets else {}
    shown = {key: people[:MOST_PEOPLE] for key, people in found.items()}
    ids = {one.user_id for people in shown.values() for one in people}
    names = {user.pk: str(user) for user in User.objects.filter(pk__in=ids).only("display_name", "username")}
    return {key: _(", ").join(_named(one, names) for one in people) for key, people in shown.items()}


def _named(one: Addressee, names: dict[int, str]) -> str:
    name = {"name": names.get(one.user_id, "—")}
    if one.covering == "deputy":
        return _("%(name)s (deputy)") % name
    return _("%(name)s (level above)") % name if one.covering == "above" else name["name"]


def part_state(part: str, state: str) -> str:
    """The label of a part's state."""
    rows: dict[str, Any] = {
        "callee": lifecycle.CALLEE_STATES,
        "task": lifecycle.TASK_STATES,
        "decision": lifecycle.DECISION_STATES,
    }
    return next((str(row.label) for row in rows[part] if row.key == state), state)


def part_word(part: str, kind: str) -> str:
    """What somebody is asked for: a whistle of this kind, a sub-task, a decision of this kind."""
    if part == "callee":
        return str(WHISTLES[kind].label) if kind in WHISTLES else kind
    if part == "task":
        return _("Sub-task")
    return str(decisions.BY_KEY[kind].label) if kind in decisions.BY_KEY else kind


def _details(part: str, ids: list[int]) -> dict[int, Detail]:
    if not ids:
        return {}
    rows = PARTS[part].objects.filter(Q(pk__in=ids)).select_related(*DETAILS[part]).defer(*LARGE[part])
    return {one.pk: _detail(part, one) for one in rows}


def _detail(part: str, one: Any) -> Detail:
    if part == "callee":
        what = part_word(part, one.whistle.kind)
        lead = _("%(whistle)s (lead)") % {"whistle": what} if one.is_lead else what
        caller = one.whistle.caller_unit or one.whistle.caller_body
        return Detail(lead, str(caller or ""), one.whistle.called_at)
    if part == "task":
        return Detail(part_word(part, ""), str(one.given_by or ""), one.given_at)
    return Detail(part_word(part, one.kind), str(one.asker or ""), one.asked_at)
