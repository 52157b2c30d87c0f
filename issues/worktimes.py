"""The working time of a district, kept for some seconds so that an intake need not read the calendar again."""

import time
from datetime import timedelta

from calendars.models import Calendar
from calendars.worktime import Worktime
from grids.models import Unit

# Elsewhere a change is seen after this; where it was made, at once.
FRESH_SECONDS = 5.0
# When nobody reckons with what was before any more: transactions that had read it have ended too.
SETTLED_AFTER = timedelta(seconds=2 * FRESH_SECONDS)
_kept: dict[int | None, tuple[float, Worktime]] = {}


def worktime_of(district_id: int | None) -> Worktime:
    """The district's own calendar, else the default one; a change of it is seen after five seconds at most."""
    known = _kept.get(district_id)
    if known and time.monotonic() - known[0] < FRESH_SECONDS:
        return known[1]
    unit = Unit.objects.select_related("calendar").filter(pk=district_id).first()
    calendar = (unit and unit.calendar) or Calendar.objects.default()
    _kept[district_id] = (time.monotonic(), calendar.worktime())
    return _kept[district_id][1]


def forget_worktimes() -> None:
    """Read the calendars anew: one has changed in this process."""
    _kept.clear()
