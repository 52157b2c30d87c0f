"""When people do things: residents at all hours of the day, staff while their office is open. Pure."""

import random
from datetime import datetime, time, timedelta

from calendars.worktime import SHANGHAI, Worktime

# Reports by the hour of the day: a peak before noon, another after work, hardly any at night.
CURVE = (1.0, 0.5, 0.3, 0.2, 0.3, 0.9, 2.2, 5, 8, 9, 8, 6, 4, 4.5, 6, 7, 7, 6, 6.5, 6, 5, 4, 3, 1.6)
WEEKEND = 0.65
WAKING = time(7, 30), time(22, 0)


def report_moments(rng: random.Random, start: datetime, end: datetime, count: int) -> list[datetime]:
    """`count` moments between start and end along the curve, in order."""
    found: list[datetime] = []
    span = (end - start).total_seconds()
    while len(found) < count:
        moment = start + timedelta(seconds=rng.uniform(0, span))
        if rng.random() < _likely(moment):
            found.append(moment.replace(microsecond=0))
    return sorted(found)


def _likely(moment: datetime) -> float:
    """How likely a report is at this moment, 1 at the busiest hour of a weekday."""
    local = moment.astimezone(SHANGHAI)
    return CURVE[local.hour] / max(CURVE) * (WEEKEND if local.weekday() >= 5 else 1.0)


def office(rng: random.Random, worktime: Worktime, start: datetime, least: float, most: float) -> datetime:
    """Between `least` and `most` minutes of office time after `start`, to the second."""
    passed = timedelta(minutes=rng.triangular(least, most, least + (most - least) / 3))
    later = worktime.add(start, passed).at + timedelta(seconds=rng.randint(1, 50))
    # The seconds must not carry it past closing time.
    return later if worktime.between(later - timedelta(seconds=60), later) else later - timedelta(seconds=60)


def soon(rng: random.Random, start: datetime, least: float, most: float) -> datetime:
    """Between `least` and `most` minutes after `start`, whatever the hour: duty posts and emergencies."""
    return start + timedelta(seconds=round(rng.uniform(least, most) * 60))


def awake(rng: random.Random, start: datetime, least: float, most: float) -> datetime:
    """Between `least` and `most` hours after `start`, when residents are up."""
    local = (start + timedelta(hours=rng.uniform(least, most))).astimezone(SHANGHAI).replace(microsecond=0)
    if WAKING[0] <= local.time() <= WAKING[1]:
        return local
    morning = datetime.combine(local.date(), WAKING[0], SHANGHAI) + timedelta(minutes=rng.randint(0, 240))
    return morning if local.time() < WAKING[0] else morning + timedelta(days=1)
