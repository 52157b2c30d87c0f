"""Where a day begins, in the platform's zone."""

from datetime import date, datetime, time

from django.utils import timezone


def start_of(day: date) -> datetime:
    """Its first moment."""
    return timezone.make_aware(datetime.combine(day, time.min))


def midnight(moment: datetime) -> datetime:
    """The first moment of the day that it lies in."""
    return start_of(timezone.localdate(moment))
