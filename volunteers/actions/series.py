"""Activities that come again: the series, and the tick that makes them ahead of their day."""

import secrets
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Max, Min
from django.utils import timezone
from django.utils.translation import gettext as _

from trail.actions import record_event
from trail.refusals import NotAllowed, Refused
from volunteers.actions.activities import SECRET_BYTES
from volunteers.actions.homes import held_now, place_of
from volunteers.actions.locks import lock_station, lock_team
from volunteers.actions.running import RUN, ask, finish, lock_activity, ties_of
from volunteers.models import Activity, Series, Shift
from volunteers.models.series import SeriesQuerySet
from volunteers.series import AHEAD, LONGEST, RHYTHMS, next_day
from volunteers.words import keys

if TYPE_CHECKING:
    from accounts.models import User

COPIED = ("title", "what", "place", "free_cancel_hours")


@transaction.atomic
def repeat_activity(activity: Activity, *, rhythm: str, until: date, by: "User", now: datetime) -> Series:
    """It comes again as it is, every week or month up to and with `until`, a year ahead at most. The tick makes each four
    weeks before its day, open where this one was opened. A series that has ended goes on, from now on as this one of it.

    Raises NotAllowed, Refused("state"), ("again") where it repeats already, ("rhythm"), ("until"), ("never").
    """
    activity = lock_activity(activity.pk)
    ask("repeat", activity, ties_of(activity, by, now))
    series = _ended_of(activity)
    if rhythm not in keys(RHYTHMS):
        raise Refused(_("Choose one of what is offered."), code="rhythm")
    first, today = _first_day(activity), timezone.localdate(now)
    if not first < until <= max(first, today) + LONGEST:
        raise Refused(_("Give a day after the first one, within a year."), code="until")
    following = next_day(rhythm, first, max(first, today, _last_of(series) or first), until)
    if following is None:
        raise Refused(_("It would never come again; look at the last day."), code="never")
    facts: dict[str, Any] = {"source": activity, "rhythm": rhythm, "first_on": first, "until": until}
    facts |= {"next_on": following, "created_by": by}
    verb = "resume" if series else "add"
    if series is None:
        series = Series.objects.create(**facts, created_at=now)
        activity.series, activity.series_on = series, first
    else:
        Series.objects.filter(pk=series.pk).update(**facts, ended_at=None)
        series.refresh_from_db()
    finish(activity, "repeat", by=by, now=now, changed=["series", "series_on"], data={"series": series.pk})
    _record(series, activity, verb, by, now)
    return series


@transaction.atomic
def end_series(series: Series, *, by: "User", now: datetime) -> Series:
    """Nothing more is made; what is there stays. Raises NotAllowed, Refused("ended")."""
    series = _lock(Series.objects.filter(pk=series.pk)).get()
    if not RUN & ties_of(series.source, by, now):
        raise NotAllowed(_("This is for those who run the activity."), code="not_yours")
    if series.ended_at:
        raise Refused(_("This series has ended already."), code="ended")
    return _end(series, "end", by, now)


@transaction.atomic
def make_next_of_series(*, now: datetime) -> bool:
    """Make the one that is due first; False when none is. Any number may run at once, and again: each day of a series
    comes once. Days that an outage missed are left out. A series goes on where its place was merged into another, and
    without a station that has closed; one whose place or team is no more ends."""
    today = timezone.localdate(now)
    series = _lock(Series.objects.due(today + AHEAD), skip_locked=True).first()
    if series is None or series.next_on is None:
        return False
    day, there = series.next_on, _held(series.source)
    if there is None:
        _end(series, "halt", None, now)
        return True
    if day > today:
        _copy(series, day, there, now)
    series.next_on = next_day(series.rhythm, series.first_on, day, series.until)
    if series.next_on is None:
        _end(series, "end", None, now)
    else:
        series.save(update_fields=["next_on"])
    return True


def _first_day(activity: Activity) -> date:
    """Of all its shifts: what was called off once comes again."""
    return timezone.localdate(activity.shifts.aggregate(at=Min("starts_at"))["at"])


def _lock(rows: SeriesQuerySet, *, skip_locked: bool = False) -> SeriesQuerySet:
    """These series, locked as they are read, each with what it copies."""
    locked = rows.select_for_update(of=("self",), no_key=True, skip_locked=skip_locked)
    return locked.select_related("source__unit", "source__team__leader").defer("source__unit__boundary")


def _ended_of(activity: Activity) -> Series | None:
    """The series that it is one of, locked; None where it never repeated. Raises Refused("again") where that goes on."""
    if activity.series_id is None:
        return None
    series = _lock(Series.objects.filter(pk=activity.series_id)).get()
    if series.ended_at is None:
        raise Refused(_("This activity repeats already."), code="again")
    return series


def _last_of(series: Series | None) -> date | None:
    """The last day that was made of it: none is made twice."""
    return Activity.objects.filter(series=series).aggregate(on=Max("series_on"))["on"] if series else None


def _held(source: Activity) -> dict[str, Any] | None:
    """Where the next one is, with which team and at which station, held as they are now; None where the place or the
    team is no more."""
    try:
        unit = held_now(source.unit)
    except Refused as refused:
        if refused.code != "closed_place":
            raise
        return None
    team = lock_team(source.team_id) if source.team_id else None
    station = lock_station(source.station_id) if source.station_id else None
    if team and team.closed_at:
        return None
    if station and station.closed_at:
        station = None
    return {"unit": unit, "team": team, "station": station} | place_of(unit)


def _copy(series: Series, day: date, there: dict[str, Any], now: datetime) -> Activity:
    """The source on another day: same words, places and times of the day, of a shift too that was called off once."""
    source, later = series.source, day - series.first_on
    is_open, shifts = source.opened_at is not None, list(source.shifts.all())
    made = Activity.objects.create(
        **{name: getattr(source, name) for name in COPIED},
        **there,
        series=series,
        series_on=day,
        starts_at=min(one.starts_at for one in shifts) + later,
        ends_at=max(one.ends_at for one in shifts) + later,
        secret=secrets.token_hex(SECRET_BYTES),
        created_by_id=series.created_by_id,
        created_at=now,
        state="open" if is_open else "draft",
        opened_at=now if is_open else None,
    )
    Shift.objects.bulk_create(
        Shift(
            activity=made,
            starts_at=one.starts_at + later,
            ends_at=one.ends_at + later,
            places=one.places,
        )
        for one in shifts
    )
    return finish(made, "add", by=None, now=now, data={"series": series.pk})


def _end(series: Series, verb: str, by: "User | None", now: datetime) -> Series:
    series.next_on, series.ended_at = None, now
    series.save(update_fields=["next_on", "ended_at"])
    _record(series, series.source, verb, by, now)
    return series


def _record(series: Series, source: Activity, verb: str, by: "User | None", now: datetime) -> None:
    record_event(
        "series",
        series.pk,
        verb,
        by=by,
        now=now,
        unit_id=source.unit_id,
        unit_label=source.unit.name,
        district_id=source.district_id,
        data={"activity": source.pk, "rhythm": series.rhythm},
    )
