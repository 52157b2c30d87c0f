"""Writing the daily figures of the three rates."""

from datetime import date, datetime, timedelta

from django.db import transaction

from issues.models import RateDay
from issues.rates import COUNTS
from issues.verdicts import KEYS, figures_of_events, reasons_of_events
from trail.turns import take_turn

# What may still change is counted anew: today and yesterday each hour, once a day a whole month.
EVERY_HOUR = timedelta(days=1)
EVERY_DAY = timedelta(days=31)


@transaction.atomic
def count_rates(first: date, last: date, *, now: datetime) -> int:
    """Count these days (both included) anew from the events; how many rows they make.

    Any number may run at once: the second waits and finds the same. Nothing happens to what was counted
    before if it fails.
    """
    take_turn("issues.rates")
    reasons = reasons_of_events(first, last)
    rows = [
        RateDay(**dict(zip(KEYS, key, strict=True)), **{name: getattr(figures, name) for name in COUNTS},
                reasons=reasons.get(key, {}), counted_at=now)
        for key, figures in figures_of_events(first, last).items()
    ]  # fmt: skip
    RateDay.objects.between(first, last).delete()
    RateDay.objects.bulk_create(rows, batch_size=1000)
    return len(rows)
