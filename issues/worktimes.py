"""The working time of a district, kept for a minute so that an intake need not read the calendar again."""

import time

from calendars.models import Calendar
from calendars.worktime import Worktime
from grids.models import Unit

FRESH_SECONDS = 60.0
_kept: dict[int | None, tuple[float, Worktime]] = {}


def worktime_of(district_id: int | None) -> Worktime:
    """The district's own calendar, else the default one; a change of it is seen after a minute at most."""
    known = _kept.get(district_id)
    if known and time.monotonic() - known[0] < FRESH_SECONDS:
        return known[1]
    unit = Unit.objects.select_related("calendar").filter(pk=district_id).first()
    calendar = (unit and unit.calendar) or Calendar.objects.default()
    _kept[district_id] = (time.monotonic(), calendar.worktime())
    return _kept[district_id][1]


def forget_worktimes() -> None:
    """The calendar has changed in this process."""
    _kept.clear()
