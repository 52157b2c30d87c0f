"""Statutory days off in China for years whose notice is not loaded: the festivals themselves, no swaps.

Source: 全国年节及纪念日放假办法, as the `holidays` package computes it.
"""

from datetime import date
from functools import lru_cache


@lru_cache(maxsize=64)
def statutory_days(year: int) -> frozenset[date]:
    """The days that the law itself gives in this year; none up to 1949 and from 2101 on.

    Nothing but the law and the moon goes into it, so the answer may be kept.
    """
    # Most processes never meet an unknown year, and the package takes most of a second to import.
    from holidays.countries.china import China

    days = China(observed=False)
    days.has_special_holidays = False  # those are the swaps of the yearly notices
    days.get(date(year, 1, 1))  # the package works out a year when it is first asked about it
    return frozenset(day for day in days if day.year == year)


class StatutoryDays:
    """All statutory days of all years, as a container that works a year out when it is asked about it."""

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and day in statutory_days(day.year)
