"""How many requests a minute the API takes from one token, person or address; how many stands in the settings.

Counted in the database, so that it holds in all processes alike, but not request by request: each process counts for
itself and adds up every hundredth part of the allowance. So most requests cost no statement, a busy system's row is
written a hundred times a minute at most, and whoever keeps to the allowance is never refused. A few more may pass
where several processes serve: less than a hundredth part in each.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network
from threading import Lock

from django.conf import settings
from django.http import HttpRequest

from accounts.secrets import keyed_hash
from trail.actions import tally

SECONDS = 60
PARTS, LARGEST_PART = 100, 50
# Those who asked in this minute; a flood from more addresses than this makes the process begin anew.
MOST_KEPT = 50_000


@dataclass
class _Count:
    """`known`: what all processes had counted when this one last added its own; `more`: its own since."""

    known: int = 0
    more: int = 0


class _Minute:
    """What this process has counted in the present minute."""

    def __init__(self) -> None:
        self.lock, self.number = Lock(), 0
        self.counts: dict[tuple[str, str], _Count] = {}

    def count_of(self, who: tuple[str, str], number: int) -> _Count:
        if number != self.number or len(self.counts) >= MOST_KEPT:
            self.number, self.counts = number, {}
        return self.counts.setdefault(who, _Count())


_minute = _Minute()


def admit(kind: str, who: str, *, now: datetime) -> int:
    """Count one request of this token, person or address (`kind`): 0, or how many seconds it has to wait."""
    most = settings.ANONYMOUS_REQUESTS_PER_MINUTE if kind == "address" else settings.API_REQUESTS_PER_MINUTE
    if not most:
        return 0
    number = int(now.timestamp() // SECONDS)
    end = (number + 1) * SECONDS
    return max(1, int(end - now.timestamp())) if _over(kind, who, most, number, end) else 0


def _over(kind: str, who: str, most: int, number: int, end: int) -> bool:
    with _minute.lock:
        count = _minute.count_of((kind, who), number)
        if count.known >= most:
            return True
        count.more += 1
        if count.more < min(max(most // PARTS, 1), LARGEST_PART):
            return count.known + count.more > most
        times, count.more = count.more, 0
    key = f"api-{kind}:{number}:{keyed_hash(who, purpose='throttle')[:32]}"
    count.known = tally(key, until=datetime.fromtimestamp(end, UTC), times=times)
    return count.known > most


def client_address(request: HttpRequest) -> str:
    """Where the request comes from; behind our own proxies what the outermost of them saw. Of IPv6 the network of 64 bits:
    one connection has as many addresses as it likes in there."""
    return _network(_sender(request))


def _network(address: str) -> str:
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if found.version == 4:
        return address
    return str(found.ipv4_mapped or ip_network((found, 64), strict=False).network_address)


def _sender(request: HttpRequest) -> str:
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
    if settings.PROXY_COUNT and len(hops) >= settings.PROXY_COUNT:
        return hops[-settings.PROXY_COUNT]
    return request.META.get("REMOTE_ADDR", "")
