"""Units, bodies and posts by the sheet: each row through the action that a form would call, under its authority."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import cache
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from grids.actions.bodies import add_body, change_body
from grids.actions.importer import BadRows, import_units
from grids.actions.posts import appoint, end_post, set_deputy
from grids.body_kinds import BODY_KINDS, body_kind_choices
from grids.models import Body, Post, Unit
from grids.querysets import person_named
from grids.roles import role_choices
from grids.sheet_kinds import KINDS, Outcome, named, words_of
from grids.sheets import QUOTED, UNREADABLE, Problem, read_records, unreadable
from grids.standing import forget_standings
from grids.tables import Table
from trail.refusals import Refused

# (key → text of one row, by, now) → "added", "changed" or "unchanged".
Write = Callable[[dict[str, str], Any, datetime], str]
# A day that a spreadsheet keeps as a moment.
MOMENT = re.compile(r"(\d{4}-\d{1,2}-\d{1,2}) \d{1,2}:\d{2}")
YES, NO = {"是", "yes", "y", "true", "1", "√"}, {"", "否", "no", "n", "false", "0"}


class WrongCell(Exception):
    """A cell of a row cannot be taken."""

    def __init__(self, column: str, reason: Any) -> None:
        super().__init__(str(reason))
        self.column = column


def write_units(table: Table, by: Any, now: datetime, dry_run: bool) -> Outcome:
    """All of them or none: every level needs the one above."""
    try:
        report = import_units(read_records(table.records()), by=by, now=now, dry_run=dry_run)
    except BadRows as bad:
        return Outcome(faults=bad.problems)
    except Refused as refused:
        return Outcome(faults=[Problem(table.line, _("whole file"), "", str(refused))])
    return Outcome(report.added, report.changed, report.unchanged, notes=report.notes)


def write_rows(
    key: str, write: Write, blames: Mapping[str, str], same: tuple[str, ...]
) -> Callable[[Table, Any, datetime, bool], Outcome]:
    """How a table of this kind is written, row by row. A dry run does it all and takes it back, so that it says
    exactly what the actions would.

    `blames`: code of a refusal → column that is at fault. `same`: columns that no two rows have alike.
    """

    def perform(table: Table, by: Any, now: datetime, dry_run: bool) -> Outcome:
        outcome, seen = Outcome(), dict[tuple[str, ...], int]()
        with transaction.atomic():
            for line, cells in named(KINDS[key], table, outcome.faults):
                first = seen.setdefault(tuple(cells[name] for name in same), line)
                fault = _twice(first) if first != line else _write(write, cells, by, now, outcome, blames)
                if fault:
                    column = fault.column or same[0]
                    value = cells.get(column, "")[:QUOTED]
                    outcome.faults.append(Problem(line, column, value, str(fault)))
            transaction.set_rollback(dry_run)
        if dry_run:
            forget_standings()
        return outcome

    return perform


def _twice(line: int) -> WrongCell:
    return WrongCell("", _("Line %(line)d says the same.") % {"line": line})


def _write(
    write: Write, cells: dict[str, str], by: Any, now: datetime, outcome: Outcome, blames: Mapping[str, str]
) -> WrongCell | None:
    """What is wrong with the row, or it is written and counted."""
    try:
        check_cells(cells)
        with transaction.atomic():
            what = write(cells, by, now)
    except WrongCell as wrong:
        return wrong
    except Refused as refused:
        return WrongCell(blames.get(refused.code, ""), str(refused))
    setattr(outcome, what, getattr(outcome, what) + 1)
    return None


def check_cells(cells: dict[str, str]) -> None:
    """Raises WrongCell for characters that cannot be read."""
    for column, cell in cells.items():
        if UNREADABLE.search(cell):
            raise WrongCell(column, unreadable())


# --- bodies -----------------------------------------------------------------------------------------------
def write_body(cells: dict[str, str], by: Any, now: datetime) -> str:
    """A body under its code: new, or brought up to date. It never changes its kind or where it belongs."""
    kind = _body_kinds().get(cells["kind"].lower())
    if kind is None:
        raise WrongCell("kind", _("This kind of body is not known."))
    _check_length("name", cells["name"], Body)
    _check_length("phone", cells["phone"], Body)
    unit = _unit(cells["unit"], "unit", by, now)
    facts: dict[str, Any] = {
        "name": cells["name"],
        "phone": cells["phone"],
        "approves_replies": _yes_no(cells, "approves"),
    }
    there = Body.objects.visible_to(by, now).filter(code=cells["code"]).first()
    if there is None:
        add_body(unit, kind=kind, code=cells["code"], by=by, now=now, **facts)
        return "added"
    if there.kind != kind:
        raise WrongCell(
            "kind",
            _("This body is there as another kind: %(kind)s.") % {"kind": BODY_KINDS[there.kind].label},
        )
    if there.unit_id != unit.pk:
        raise WrongCell("unit", _("This body belongs to %(unit)s.") % {"unit": there.unit.name})
    if all(getattr(there, name) == value for name, value in facts.items()):
        return "unchanged"
    change_body(there, by=by, now=now, **facts)
    return "changed"


# --- posts ------------------------------------------------------------------------------------------------
def write_post(cells: dict[str, str], by: Any, now: datetime) -> str:
    """A post of a person: given, or its deputy and end brought up to date. Nobody loses one by being left out."""
    role = _roles().get(cells["role"].lower())
    if role is None:
        raise WrongCell("role", _("This role is not known."))
    person = _person(cells, "person", by, now)
    if person is None:
        raise WrongCell("person", _("A sign-in name is needed."))
    place, deputy = _place(cells["place"], by, now), _person(cells, "deputy", by, now)
    starts_on, ends_on = _day(cells, "starts_on"), _day(cells, "ends_on")
    held = Post.objects.at_place(place).unended(now).filter(user=person, role=role).order_by("pk").first()
    if held is None:
        where: dict[str, Any] = {str(place._meta.model_name): place}
        appoint(
            person, role=role, by=by, now=now, starts_on=starts_on, ends_on=ends_on, deputy=deputy, **where
        )
        return "added"
    return _up_to_date(held, deputy, ends_on, by, now)


def _up_to_date(post: Post, deputy: User | None, ends_on: date | None, by: Any, now: datetime) -> str:
    """An empty cell leaves the deputy and the end as they are."""
    what = "unchanged"
    if deputy is not None and post.deputy_id != deputy.pk:
        set_deputy(post, deputy=deputy, by=by, now=now)
        what = "changed"
    if ends_on is not None and post.ends_on != ends_on:
        if ends_on < max(timezone.localdate(now), post.starts_on) or (
            post.ends_on and post.ends_on < ends_on
        ):
            raise WrongCell(
                "ends_on", _("A post that is held can end earlier than said before, not in the past.")
            )
        end_post(post, by=by, now=now, on=ends_on)
        what = "changed"
    return what


@cache
def _body_kinds() -> dict[str, str]:
    return words_of(body_kind_choices())


@cache
def _roles() -> dict[str, str]:
    return words_of(role_choices())


# --- cells ------------------------------------------------------------------------------------------------
def _unit(code: str, column: str, by: Any, now: datetime) -> Unit:
    found = Unit.objects.visible_to(by, now).open().filter(code=code).defer("boundary").first()
    if found is None:
        raise WrongCell(column, _("There is no unit with this code."))
    return found


def _place(code: str, by: Any, now: datetime) -> Unit | Body:
    body = Body.objects.visible_to(by, now).open().filter(code=code).first()
    return body or _unit(code, "place", by, now)


def _person(cells: dict[str, str], column: str, by: Any, now: datetime) -> User | None:
    name = cells[column]
    if not name:
        return None
    found: User | None = person_named(name, by, now)
    if found is None:
        raise WrongCell(column, _("No open account has this sign-in name."))
    return found


def _day(cells: dict[str, str], column: str) -> date | None:
    text = MOMENT.sub(r"\1", cells[column].replace("/", "-"))
    if not text:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError as error:
        raise WrongCell(column, _("A day is written like 2026-03-01.")) from error


def _yes_no(cells: dict[str, str], column: str) -> bool:
    text = cells[column].lower()
    if text not in YES | NO:
        raise WrongCell(column, _("Write yes or no."))
    return text in YES


def _check_length(column: str, text: str, model: Any) -> None:
    most = model._meta.get_field(column).max_length
    if len(text) > most:
        raise WrongCell(column, _("This is too long: %(most)d characters fit.") % {"most": most})
