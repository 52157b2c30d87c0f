"""Words for reading calendars."""

from datetime import date
from typing import Any, Self

from django.db import models

from calendars.worktime import Kind
from trail.querysets import SharedQuerySet

DEFAULT_NAME = "中国"


class CalendarQuerySet(SharedQuerySet):
    def default(self) -> Any:
        """The `Calendar` of every district that names none.

        Where nothing was loaded yet it is one that stands in no row: default hours, every year unknown.
        """
        return self.filter(name=DEFAULT_NAME).first() or self.model(name=DEFAULT_NAME)

    def with_last_year(self) -> Self:
        """With the last year whose notice is known, as `last_year`."""
        return self.annotate(last_year=models.Max("years__year"))


class CalendarDayQuerySet(SharedQuerySet):
    def kinds(self) -> dict[date, Kind]:
        """Date → off or work."""
        return dict(self.order_by().values_list("date", "kind"))


class LoadedYearQuerySet(models.QuerySet):
    def numbers(self) -> frozenset[int]:
        """The years as numbers."""
        return frozenset(self.order_by().values_list("year", flat=True))
