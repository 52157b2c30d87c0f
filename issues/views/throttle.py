"""How often somebody without sign-in may do what. All numbers stand here; they are generous.

Many residents share one address (mobile networks, a building's wireless): these stop a flood, not a person.
The counts live in the process's cache: an estimate that a restart forgets, never a fact.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest


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


def over(limit: Limit, who: str, now: datetime) -> bool:
    """Has `who` used up this window's allowance?"""
    return cache.get(_key(limit, who, now), 0) >= limit.most


def count(limit: Limit, who: str, now: datetime) -> None:
    """One more."""
    key = _key(limit, who, now)
    if not cache.add(key, 1, limit.every.total_seconds()):
        cache.incr(key)


def client_address(request: HttpRequest) -> str:
    """Where the request comes from; behind our own proxies what the outermost of them saw."""
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
    if settings.PROXY_COUNT and len(hops) >= settings.PROXY_COUNT:
        return hops[-settings.PROXY_COUNT]
    return request.META.get("REMOTE_ADDR", "")


def _key(limit: Limit, who: str, now: datetime) -> str:
    window = int(now.timestamp() // limit.every.total_seconds())
    return f"throttle:{limit.key}:{window}:{hashlib.sha256(who.encode()).hexdigest()[:32]}"
