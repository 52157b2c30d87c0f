"""Lists of issues by the sheet: each row a report as of a batch, none taken in twice; what is right goes in, though other
rows are wrong."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from grids.levels import LEVELS
from grids.sheet_kinds import KINDS, Column, Outcome, SheetKind, named, shown_words
from grids.sheets import QUOTED, Problem
from grids.standing import standing_of
from grids.tables import Table
from grids.workbook import Sheet
from issues.actions.issue_rows import SOURCES, ListedRow, names_in, read_row
from issues.actions.reports import report_issues
from issues.districts import rules_of
from issues.models import Category, Issue, ListedIssue
from trail.refusals import NotAllowed, Refused
from trail.scopes import REPORT
from trail.turns import take_turn

KEY = "issues"
CAPABILITY = "report"
# Two rows that say the same without a number are one matter for so long; as keys of a batch are kept.
SAME_FOR = timedelta(days=7)
# Code of a refusal → the column that is at fault; else the whole line is.
BLAMES = {
    "text_length": "text",
    "inactive_category": "category",
    "photo_needed": "category",
    "closed_place": "place",
    "moved": "place",
    "phone": "phone",
}


def write_issues(table: Table, by: Any, now: datetime, dry_run: bool) -> Outcome:
    """Report what the rows say. A dry run does it all and takes it back, so that it says exactly what the intake would."""
    outcome = Outcome()
    said = list(named(KINDS[KEY], table, outcome.faults))
    if not said:
        return outcome
    try:
        with transaction.atomic():
            _take_in(said, by, now, outcome)
            transaction.set_rollback(dry_run)
    except NotAllowed as refused:
        return Outcome(faults=[Problem(table.line, _("whole file"), "", str(refused))])
    return outcome


def _take_in(said: Sequence[tuple[int, Mapping[str, str]]], by: Any, now: datetime, outcome: Outcome) -> None:
    unit, body = _office(by, now)
    take_turn("issues.sheet", f"{unit}:{body}")
    names = names_in([cells for _line, cells in said], by, now)
    rows = []
    for line, cells in said:
        row, faults = read_row(line, cells, names, now)
        outcome.faults += faults
        rows += [row] if row else []
    fresh = _not_known(rows, unit, body, by, now, outcome)
    made = report_issues([row.report for row in fresh], by=by, now=now)
    listed = []
    for row, issue in zip(fresh, made, strict=True):
        if isinstance(issue, Refused):
            outcome.faults.append(_fault(row, BLAMES.get(issue.code, ""), _reason(issue)))
            continue
        outcome.added += 1
        kept = {"number": row.number, "digest": row.digest, "taken_in_at": now}
        listed.append(ListedIssue(issue=issue, unit_id=unit, body_id=body, **kept))
    ListedIssue.objects.bulk_create(listed)


def _office(by: Any, now: datetime) -> tuple[int | None, int | None]:
    """Whose list it is, as ids of a unit or a body: the highest place where the person reports. Colleagues there bring
    the same lists. Raises NotAllowed."""
    posts = standing_of(by, now).with_capability(CAPABILITY)
    if not posts:
        raise NotAllowed(_("Your post does not include reporting."), code="not_yours")
    lowest = len(LEVELS) + 1
    top = min(posts, key=lambda one: (LEVELS[one.level].number if one.level else lowest, one.post_id))
    return top.unit_id, top.body_id


def _not_known(
    rows: Sequence[ListedRow], unit: int | None, body: int | None, by: Any, now: datetime, outcome: Outcome
) -> list[ListedRow]:
    """Those that are new; of the others is said what they are."""
    numbers, digests = {row.number for row in rows}, {row.digest for row in rows}
    there = ListedIssue.objects.of(unit, body).like(numbers, digests, now - SAME_FOR)
    known = {_identity(one): one for one in there}
    seen = Issue.objects.visible_to(by, now).filter(pk__in=[one.pk for one in known.values()])
    shown = {issue.pk: issue.number for issue in seen} if known else {}
    first: dict[str, ListedRow] = {}
    for row in rows:
        key = _identity(row)
        if key in known:
            _say_known(row, known[key].digest, _taken_in(shown.get(known[key].pk)), outcome)
        elif key in first:
            reason = _("Line %(line)d says the same; it is taken in once.") % {"line": first[key].line}
            _say_known(row, first[key].digest, reason, outcome)
        else:
            first[key] = row
    return list(first.values())


def _identity(row: ListedRow | ListedIssue) -> str:
    """By its number; without one by all that it says."""
    return f"number:{row.number}" if row.number else f"said:{row.digest}"


def _taken_in(number: str | None) -> str:
    return _("Taken in already as %(number)s.") % {"number": number} if number else _("Taken in already.")


def _say_known(row: ListedRow, digest: str, reason: str, outcome: Outcome) -> None:
    """The same row again is passed over; the same number with another matter is a fault."""
    if row.digest != digest:
        more = _("The row says something else now; give another matter a number of its own.")
        outcome.faults.append(_fault(row, "number", f"{reason} {more}"))
        return
    outcome.unchanged += 1
    column = "number" if row.number else "text"
    outcome.notes.append(Problem(row.line, column, row.cells[column][:QUOTED], reason))


def _fault(row: ListedRow, column: str, reason: str) -> Problem:
    return Problem(row.line, column, row.cells.get(column, "")[:QUOTED], reason)


def _reason(refused: Refused) -> str:
    if refused.code == "photo_needed":
        return _("Matters of this category need a photo: report it by itself, with one.")
    return str(refused)


def lists_for(by: Any, now: datetime) -> list[Sheet]:
    """The categories of the person's districts, to choose from."""
    districts = standing_of(by, now).districts(CAPABILITY)
    rules = [rules_of(pk, now) for pk in districts]
    rows = Category.objects.in_use({key for one in rules for key in one.own})
    out = set.intersection(*(set(one.out_of_use()) for one in rules)) if rules else set()
    head = [_("Key"), _("Name"), _("Name in English"), _("Part of")]
    cells = [
        [row.key, row.name, row.name_en, row.parent.name if row.parent else ""]
        for row in rows
        if row.key not in out and not row.about_somebody
    ]
    return [Sheet(_("Categories"), head, cells)]


ISSUES = SheetKind(
    key=KEY,
    label=gettext_lazy("Issues"),
    capability=CAPABILITY,
    columns=(
        Column(
            "place",
            ("位置编码", "地点", "位置"),
            "220103001001001",
            gettext_lazy(
                "Code of the grid, building, community …; or its name, where only one is called so, if need be after "
                "that of the community."
            ),
            True,
        ),
        Column(
            "category",
            ("问题类别", "类别"),
            "垃圾未清运",
            gettext_lazy("Name or key; all of them stand on the third sheet of this file."),
            True,
        ),
        Column(
            "text",
            ("描述", "问题描述"),
            "2号楼东侧垃圾堆放",
            gettext_lazy("What is the matter: 2 to 2,000 characters."),
            True,
        ),
        Column("spot", ("具体位置", "详细位置"), "单元门口", gettext_lazy("At most 120 characters.")),
        Column(
            "source",
            ("来源",),
            "巡查发现",
            gettext_lazy("Where it came from; found on patrol where empty."),
            False,
            lambda: shown_words((word.key, word.label) for word in SOURCES),
        ),
        Column(
            "found",
            ("发现时间", "反映时间"),
            "",
            gettext_lazy("Like 2026-03-01 or 2026-03-01 09:30, at most a year ago; now where empty."),
        ),
        Column("contact", ("联系人", "姓名"), "", gettext_lazy("Who may be called back. Kept encrypted.")),
        Column("phone", ("电话", "联系电话"), "", gettext_lazy("Telephone number. Kept encrypted.")),
        Column(
            "number",
            ("编号", "自编号"),
            "2026-PC-001",
            gettext_lazy(
                "Your own, as text, never used again for another matter in your office: the same number is not taken in "
                "twice. Without one, the same row is not within seven days."
            ),
        ),
    ),
    perform=write_issues,
    most_rows=2000,
    alone=True,
    anywhere=True,
    together="number",
    scope=REPORT,
    lists=lists_for,
)
