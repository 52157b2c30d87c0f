"""The hourly ticks: the three rates, and the week's digest of the board. Any of them may be lost, late or doubled."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from desk.actions import write_digests
from issues.actions.rates import EVERY_DAY, EVERY_HOUR, count_rates
from issues.models import RateDay
from issues.rates import LONGEST
from trail import retention
from trail.actions import beat
from trail.models import Heartbeat
from trail.querysets import database_now

# When the whole month was last counted anew: a place may have been corrected or moved since.
WHOLE = "rates"
STRETCH = timedelta(days=31)


@shared_task
def count_figures() -> None:
    """Hourly: yesterday and today; once a day a month back; a year back where nothing was counted yet."""
    now = database_now()
    today = timezone.localdate(now)
    age = Heartbeat.objects.age(WHOLE, now)
    whole = age is None or age >= retention.EVERY
    back = EVERY_DAY if whole else EVERY_HOUR
    if not RateDay.objects.exists():
        back = LONGEST
    first = today - back
    while first <= today:
        last = min(today, first + STRETCH)
        count_rates(first, last, now=now)
        first = last + timedelta(days=1)
    if whole:
        beat(WHOLE, now=now)


@shared_task
def digest_boards() -> None:
    """Hourly: is it time for this week's digest of the supervision board?"""
    write_digests(now=database_now())
