"""Scheduled tasks: made, stopped, started again; and the tick that turns what is due into issues."""

from collections.abc import Collection, Iterable
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from grids.models import Unit
from grids.standing import standing_of
from issues.actions.report import check_category, report_issue
from issues.districts import rules_of
from issues.models import Category, Occurrence, Schedule
from issues.occurrences import LAST_OF_MONTH, next_after
from issues.routing import label_of, line_of, now_at
from issues.worktimes import worktime_of
from trail.actions import record_event
from trail.refusals import NotAllowed, Refused, Stale

if TYPE_CHECKING:
    from accounts.models import User

CAPABILITY = "dispatch"


@transaction.atomic
def add_schedule(
    *,
    place: Unit,
    category: Category,
    text: str,
    at: time,
    by: "User",
    now: datetime,
    weekdays: Iterable[int] = (),
    month_days: Iterable[int] = (),
    starts_on: date | None = None,
    until: date | None = None,
    only_working_days: bool = True,
) -> Schedule:
    """A task that comes again. Raises NotAllowed, Refused("closed_place"), ("inactive_category"), ("text"),
    ("days") for days that do not exist, ("never") for a rule that never comes."""
    check_scheduler(place, by, now)
    _check_category(category, place, now)
    if not place.is_open:
        raise Refused(_("This place is closed; choose the unit that it became part of."), code="closed_place")
    if category.is_danger:
        raise Refused(_("A danger is reported when it is there, not by a schedule."), code="danger")
    if category.about_somebody:
        raise Refused(
            _("Nobody complains about somebody by a schedule; choose another category."), code="person"
        )
    if not 2 <= len(text.strip()) <= 500:
        raise Refused(_("Say what is to be done, in 2 to 500 characters."), code="text")
    days = _days(weekdays, month_days)
    schedule = Schedule(
        place=place,
        category=category,
        text=text.strip(),
        at=at,
        only_working_days=only_working_days,
        starts_on=starts_on or timezone.localdate(now),
        until=until,
        created_by=by,
        created_at=now,
        **days,
    )
    schedule.next_at = _next(schedule, now)
    if schedule.next_at is None:
        raise Refused(_("This task would never come; look at its days and its end."), code="never")
    schedule.save(force_insert=True)
    record_event("schedule", schedule.pk, "add", by=by, now=now, seq=1, **_about(schedule))
    return schedule


@transaction.atomic
def stop_schedule(schedule: Schedule, *, by: "User", now: datetime) -> Schedule:
    """It rests until it is started again. Refused("schedule_state") if it rests already."""
    schedule = _lock(schedule, by, now)
    if not schedule.is_active:
        raise Refused(_("This task rests already."), code="schedule_state")
    _rest(schedule)
    record_event("schedule", schedule.pk, "stop", by=by, now=now, **_about(schedule))
    return schedule


@transaction.atomic
def start_schedule(schedule: Schedule, *, by: "User", now: datetime) -> Schedule:
    """It comes again from now on; what was missed while it rested does not.

    Raises Refused("schedule_state"), ("inactive_category"), ("never").
    """
    schedule = _lock(schedule, by, now)
    if schedule.is_active:
        raise Refused(_("This task is running already."), code="schedule_state")
    _check_category(schedule.category, schedule.place, now)
    schedule.is_active, schedule.stopped_because = True, ""
    schedule.next_at = _next(schedule, now)
    if schedule.next_at is None:
        raise Refused(_("This task would never come; look at its days and its end."), code="never")
    schedule.save(update_fields=["is_active", "stopped_because", "next_at"])
    record_event("schedule", schedule.pk, "start", by=by, now=now, **_about(schedule))
    return schedule


@transaction.atomic
def run_next_schedule(*, now: datetime, streets: Collection[int] | None = None) -> bool:
    """Make the issue of the occurrence that waits longest; False when none is due. Any number may run at once.

    After an outage each missed occurrence is made up for, one at a time. A task that a rule refuses is stopped, but for
    one whose place has merged, which comes there, and one whose place moves just now, which the next tick tries again.
    `streets` (ids) leaves all other streets to somebody else.
    """
    due = Schedule.objects.due(now)
    if streets is not None:
        due = due.filter(place__street__in=streets)
    locked = due.select_for_update(of=("self",), skip_locked=True)
    schedule = locked.select_related("place", "category").first()
    if schedule is None or schedule.next_at is None:
        return False
    at = schedule.next_at
    try:
        with transaction.atomic():
            issue = report_issue(
                place=schedule.place,
                category=schedule.category,
                text=schedule.text,
                by=None,
                now=now,
                source="schedule",
            )
            Occurrence.objects.create(schedule=schedule, at=at, issue=issue)
    except Stale:
        return False
    except Refused as refused:
        if refused.code == "closed_place" and _gone_along(schedule):
            return True
        _rest(schedule, because=refused.code)
        data = {"because": refused.code}
        record_event("schedule", schedule.pk, "halt", by=None, now=now, **_about(schedule, data))
        return True
    schedule.next_at = _next(schedule, at)
    schedule.save(update_fields=["next_at"])
    return True


def follow_merged(unit: Unit, home: Unit) -> int:
    """What was to be done in a unit that has merged is done in the other from now on, resting tasks too; how many."""
    return Schedule.objects.filter(place=unit).update(place=home)


def _gone_along(schedule: Schedule) -> bool:
    """The tick came before the merge was followed up: the locked task goes to the unit that has it now."""
    place = Unit.objects.get(pk=schedule.place_id)
    home = now_at(place)
    if home == place or home.kind != place.kind:
        return False
    schedule.place = home
    schedule.save(update_fields=["place"])
    return True


def may_schedule(place: Unit, by: "User", now: datetime) -> bool:
    """Does this person dispatch at the place or above it?"""
    posts = standing_of(by, now).with_capability(CAPABILITY)
    above = {pk for pk in place.lineage().values() if pk}
    units = {one.unit_id for one in posts} | {
        one.lineage.get("street_id") or one.lineage["district_id"] for one in posts if one.body_id
    }
    return bool(above & units)


def check_scheduler(place: Unit, by: "User", now: datetime) -> None:
    """Raises NotAllowed for whoever does not schedule tasks at this place."""
    if not may_schedule(place, by, now):
        raise NotAllowed(_("Tasks are scheduled by the dispatchers of the place."), code="not_yours")


def _check_category(category: Category, place: Unit, now: datetime) -> None:
    """In use where the task is done, as for every report."""
    check_category(category, rules_of(place.district_id, now), place.street_id)


def _days(weekdays: Iterable[int], month_days: Iterable[int]) -> dict[str, list[int]]:
    week, month = sorted(set(weekdays)), sorted(set(month_days))
    if week and month:
        raise Refused(_("Choose days of the week or days of the month, not both."), code="days")
    if any(day not in range(7) for day in week) or any(
        day != LAST_OF_MONTH and day not in range(1, 32) for day in month
    ):
        raise Refused(_("There is no such day."), code="days")
    return {"weekdays": week, "month_days": month}


def _next(schedule: Schedule, after: datetime) -> datetime | None:
    worktime = worktime_of(schedule.place.district_id)
    return next_after(schedule.rule, after, worktime.is_working_day)


def _lock(schedule: Schedule, by: "User", now: datetime) -> Schedule:
    locked = Schedule.objects.select_for_update(of=("self",)).select_related("place", "category")
    schedule = locked.get(pk=schedule.pk)
    check_scheduler(schedule.place, by, now)
    return schedule


def _rest(schedule: Schedule, *, because: str = "") -> None:
    schedule.is_active, schedule.next_at, schedule.stopped_because = False, None, because
    schedule.save(update_fields=["is_active", "next_at", "stopped_because"])


def _about(schedule: Schedule, data: dict[str, Any] | None = None) -> dict[str, Any]:
    label = label_of(line_of(schedule.place.lineage()))[:120]
    facts = {"category": schedule.category.key} | (data or {})
    where = {"unit_id": schedule.place_id, "district_id": schedule.place.district_id}
    return where | {"unit_label": label, "data": facts}
