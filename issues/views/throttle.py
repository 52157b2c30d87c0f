"""How often somebody without sign-in may do what. All numbers stand here; they are generous.

Many residents share one address (mobile networks, a building's wireless): these stop a flood, not a person.
Counted in the database, so that it holds in all processes alike; the keys tell nothing about anybody.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from accounts.secrets import keyed_hash
from trail.actions import tally
from trail.models import Tally


@dataclass(frozen=True)
class Limit:
    """At most `most` times within one window of `every`."""

    key: str
    most: int
    every: timedelta


REPORTS_PER_ADDRESS = Limit("report-address", 30, timedelta(hours=1))
REPORTS_PER_TOKEN = Limit("report-token", 60, timedelta(hours=1))
# Danger has an allowance of its own, so that no flood of other reports ever closes that door.
DANGER_PER_ADDRESS = Limit("danger-address", 20, timedelta(hours=1))
LOOKUPS_PER_ADDRESS = Limit("lookup-address", 10, timedelta(minutes=15))
# Four digits are soon tried out: wrong tries at one number, from wherever they come.
LOOKUPS_PER_NUMBER = Limit("lookup-number", 20, timedelta(days=1))

# Whoever holds a follow link does a few things with it, not dozens.
STEPS_PER_LINK = Limit("follow-link", 20, timedelta(hours=1))
STEPS_PER_ADDRESS = Limit("follow-address", 120, timedelta(hours=1))


def over(limit: Limit, who: str, now: datetime) -> bool:
    """Has `who` used up this window's allowance?"""
    return Tally.objects.filter(pk=_key(limit, who, now), number__gte=limit.most).exists()


def count(limit: Limit, who: str, now: datetime) -> None:
    """One more."""
    end = (_window(limit, now) + 1) * limit.every.total_seconds()
    tally(_key(limit, who, now), until=datetime.fromtimestamp(end, UTC))


def _window(limit: Limit, now: datetime) -> int:
    return int(now.timestamp() // limit.every.total_seconds())


def _key(limit: Limit, who: str, now: datetime) -> str:
    return f"{limit.key}:{_window(limit, now)}:{keyed_hash(who, purpose='throttle')[:32]}"
