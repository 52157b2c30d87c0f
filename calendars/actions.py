"""The only writers of calendars."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from calendars.following import CHECKS, forget_all
from calendars.hours import Hours, check_hours, show_hours
from calendars.models import Calendar, CalendarDay, LoadedYear
from calendars.rows import BadRow, Day, announced_years, check_rows
from trail.actions import record_event
from trail.refusals import Refused

LONGEST_NAME = 60


class BadRows(Refused):
    """A calendar file with wrong rows; `rows` names each of them. Nothing was loaded."""

    def __init__(self, rows: list[BadRow]) -> None:
        super().__init__(
            _("%(count)d rows are wrong; nothing was loaded.") % {"count": len(rows)}, code="bad_rows"
        )
        self.rows = rows


@dataclass(frozen=True)
class Loaded:
    """What loading a file has done: the years it is the whole notice of, and how many days it moved."""

    calendar: Calendar
    years: tuple[int, ...]
    added: int
    changed: int


@transaction.atomic
def load_calendar(
    calendar_or_name: Calendar | str,
    rows: Iterable[Mapping[str, Any]],
    *,
    by: Any,
    now: datetime,
    source: str = "",
    years: Iterable[int] | None = None,
) -> Loaded:
    """Take the days of a notice into a calendar (made where there is none of that name): all of them or none.

    Rows as in `rows.check_rows`. A day that is known already takes the new row's kind, name and note; days
    that the file does not name stay. The file makes those years known that it is the whole notice of
    (`rows.announced_years`), or those of `years`. Doing it twice changes nothing and records nothing more.
    Raises BadRows; Refused("no_rows") for an empty file, Refused("no_such_year") for a year without a row;
    NotAllowed.
    """
    days = _good(rows)
    known = _whole_years(days, years)
    calendar = _locked(calendar_or_name)
    _check_allowed(calendar, by, now)
    added, changed = _write_days(calendar, days)
    moved = [day.date for day in (*added, *changed)]
    new = _write_years(calendar, known, moved={day.year for day in moved}, source=source, now=now)
    if moved or new:
        data = {"years": list(new), "added": len(added), "changed": len(changed)} | _range(moved)
        record_event("calendar", calendar.pk, "load", by=by, now=now, data=data)
        transaction.on_commit(forget_all)
    return Loaded(calendar, known, len(added), len(changed))


def preview_load(
    calendar: Calendar, rows: Iterable[Mapping[str, Any]], *, years: Iterable[int] | None = None
) -> Loaded:
    """What `load_calendar` would do; nothing is written. Refuses as it does."""
    days = _good(rows)
    known = _whole_years(days, years)
    _stored, added, changed = _compare(calendar, days)
    return Loaded(calendar, known, len(added), len(changed))


@transaction.atomic
def copy_calendar(calendar: Calendar, name: str, *, by: Any, now: datetime) -> Calendar:
    """A calendar of one's own to change: the same hours, days and years under another name.

    Raises Refused("name") for none or one that is taken; NotAllowed.
    """
    name = name.strip()
    if not 0 < len(name) <= LONGEST_NAME or Calendar.objects.filter(name=name).exists():
        raise Refused(
            _("Give it a name of at most %(most)d characters that no other calendar has.")
            % {"most": LONGEST_NAME},
            code="name",
        )
    copy = Calendar.objects.create(name=name, hours=calendar.hours)
    _check_allowed(copy, by, now)
    CalendarDay.objects.bulk_create(
        CalendarDay(calendar=copy, date=day.date, kind=day.kind, name=day.name, note=day.note)
        for day in calendar.days.all()
    )
    LoadedYear.objects.bulk_create(
        LoadedYear(calendar=copy, year=row.year, source=row.source, loaded_at=row.loaded_at)
        for row in calendar.years.all()
    )
    record_event("calendar", copy.pk, "copy", by=by, now=now, seq=1, data={"from": calendar.pk})
    return copy


@transaction.atomic
def set_office_hours(calendar: Calendar, hours: Hours, *, by: Any, now: datetime) -> Calendar:
    """Other office hours from now on; whoever follows the calendar reckons open deadlines anew.

    Raises Refused("hours") if they are impossible; NotAllowed.
    """
    try:
        check_hours(hours)
    except ValueError as error:
        raise Refused(_("These are not office hours: %(error)s") % {"error": error}, code="hours") from error
    calendar = _locked(calendar)
    _check_allowed(calendar, by, now)
    if calendar.hours == show_hours(hours):
        return calendar
    calendar.hours = show_hours(hours)
    calendar.save(update_fields=["hours"])
    record_event("calendar", calendar.pk, "set_office_hours", by=by, now=now, data={"hours": calendar.hours})
    transaction.on_commit(forget_all)
    return calendar


def _good(rows: Iterable[Mapping[str, Any]]) -> list[Day]:
    days, bad = check_rows(rows)
    if bad:
        raise BadRows(bad)
    return days


def _check_allowed(calendar: Calendar, by: Any, now: datetime) -> None:
    for check in CHECKS:
        check(calendar, by, now)


def _whole_years(days: list[Day], asked: Iterable[int] | None) -> tuple[int, ...]:
    """The years that become known; a year that was asked for must at least be in the file."""
    if not days:
        raise Refused(_("There is not a single row in this file."), code="no_rows")
    years = announced_years(days) if asked is None else frozenset(asked)
    missing = years - {day.date.year for day in days}
    if missing:
        raise Refused(
            _("The file has no row of %(years)s.") % {"years": ", ".join(map(str, sorted(missing)))},
            code="no_such_year",
        )
    return tuple(sorted(years))


def _locked(calendar_or_name: Calendar | str) -> Calendar:
    """The calendar's row, locked; made first where there is none."""
    calendar = Calendar(name=calendar_or_name) if isinstance(calendar_or_name, str) else calendar_or_name
    pk = calendar.pk or Calendar.objects.get_or_create(name=calendar.name)[0].pk
    return Calendar.objects.select_for_update(no_key=True).get(pk=pk)


def _compare(calendar: Calendar, days: list[Day]) -> tuple[dict[date, CalendarDay], list[Day], list[Day]]:
    """(What is stored of these days, those that are new, those that were otherwise)."""
    stored = {row.date: row for row in calendar.days.filter(date__in=[day.date for day in days])}
    added = [day for day in days if day.date not in stored]
    changed = [day for day in days if day.date in stored and _differs(stored[day.date], day)]
    return stored, added, changed


def _write_days(calendar: Calendar, days: list[Day]) -> tuple[list[Day], list[Day]]:
    """Store the days; (those that are new, those that were otherwise)."""
    stored, added, changed = _compare(calendar, days)
    CalendarDay.objects.bulk_create(
        CalendarDay(calendar=calendar, date=day.date, kind=day.kind, name=day.name, note=day.note)
        for day in added
    )
    for day in changed:
        row = stored[day.date]
        row.kind, row.name, row.note = day.kind, day.name, day.note
    CalendarDay.objects.bulk_update([stored[day.date] for day in changed], ["kind", "name", "note"])
    return added, changed


def _differs(row: CalendarDay, day: Day) -> bool:
    return (row.kind, row.name, row.note) != (day.kind, day.name, day.note)


def _write_years(
    calendar: Calendar, years: tuple[int, ...], *, moved: set[int], source: str, now: datetime
) -> tuple[int, ...]:
    """Mark the years as known; those that were not known before. Days that moved renew their year's mark."""
    before = calendar.years.numbers()
    new = tuple(year for year in years if year not in before)
    LoadedYear.objects.bulk_create(
        LoadedYear(calendar=calendar, year=year, source=source, loaded_at=now) for year in new
    )
    calendar.years.filter(year__in=moved.intersection(years) - set(new)).update(source=source, loaded_at=now)
    return new


def _range(days: list[date]) -> dict[str, str]:
    """The first and the last of these days, for whoever must reckon anew what lies there."""
    return {"first": f"{min(days)}", "last": f"{max(days)}"} if days else {}
