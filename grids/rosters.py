"""Shifts that come again every week: which they are. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from calendars.worktime import SHANGHAI

# A quarter: what was set is looked at again before people and habits have changed.
MOST_WEEKS = 13
# Nobody knows yet who will be there later, and the ends of time cannot be reckoned with.
WITHIN = timedelta(days=366)

Times = tuple[datetime, datetime]


@dataclass(frozen=True)
class Weekly:
    """On these days of the week (0 is Monday) from `begins` until `ends` (local time; not later than `begins`: until
    then on the next day), for so many `weeks` from the day `first` on."""

    weekdays: frozenset[int]
    begins: time
    ends: time
    first: date
    weeks: int

    def times(self, now: datetime) -> list[Times]:
        """Beginning and end of each shift in order, without those that are over; none where the first day is more than
        a year away."""
        today = now.astimezone(SHANGHAI).date()
        if abs(self.first - today) > WITHIN:
            return []
        days = (self.first + timedelta(days=number) for number in range(7 * self.weeks))
        found = [self._on(day) for day in days if day.weekday() in self.weekdays]
        return [(start, end) for start, end in found if end > now]

    def _on(self, day: date) -> Times:
        last = day if self.ends > self.begins else day + timedelta(days=1)
        return datetime.combine(day, self.begins, SHANGHAI), datetime.combine(last, self.ends, SHANGHAI)
