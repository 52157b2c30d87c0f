"""Bursts with pauses against the live web: it keeps a database connection per worker, and never one more."""

import time
from collections.abc import Callable, Iterator
from itertools import repeat
from pathlib import Path
from urllib.parse import urlparse

import pytest

from bench import load
from bench.processes import family
from tests.live import LiveStack

pytestmark = pytest.mark.live
# A web server with idle threads ends them; what such a thread had open is then nobody's (docs/performance.md).
# So short, and the pauses longer, that they would end here between any two bursts.
IDLE_SECONDS = 5
PAUSE = IDLE_SECONDS + 3
BURSTS, CLIENTS = 4, 32
# As demo/supervisor.py starts it: two workers of one thread.
MOST = 2


@pytest.fixture(scope="module")
def stack(stack_factory: Callable[..., LiveStack]) -> LiveStack:
    return stack_factory(env={"GRANIAN_BLOCKING_THREADS_IDLE_TIMEOUT": str(IDLE_SECONDS)})


def sockets_of(pids: list[int]) -> set[str]:
    """The kernel's numbers of the sockets that these processes hold open."""
    links = [link for pid in pids for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink()]
    return {name[8:-1] for link in links if (name := _target(link)).startswith("socket:[")}


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except OSError:  # closed meanwhile
        return ""


def ports_of(pids: list[int]) -> set[int]:
    """The local TCP ports at which these processes hold a connection."""
    own, found = sockets_of(pids), set()
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        for line in table.read_text().splitlines()[1:] if table.exists() else ():
            fields = line.split()
            if fields[9] in own:
                found.add(int(fields[1].rpartition(":")[2], 16))
    return found


def held_by_web(stack: LiveStack) -> int:
    """How many of the database's connections are the web's, as the server itself counts them."""
    rows = stack.query("SELECT client_port FROM pg_stat_activity WHERE application_name = 'gezhi'")
    return len({port for (port,) in rows} & ports_of(family(stack.pid("web"))))


def asks(stack: LiveStack) -> Callable[[int], Iterator[bytes]]:
    """A page that reads from the database, over and over."""
    request = load.request("GET", "/r/", urlparse(stack.base_url).netloc, token="none")
    return lambda _number: repeat(request)


def test_bursts_with_pauses_leave_no_connection_behind(stack: LiveStack) -> None:
    counts = []
    for _burst in range(BURSTS):
        result = load.run(stack.base_url, asks(stack), connections=CLIENTS, seconds=2)
        assert set(result.statuses) == {200} and len(result.times) >= CLIENTS, result.statuses
        at_once = held_by_web(stack)
        time.sleep(PAUSE)
        counts.append((at_once, held_by_web(stack)))
    print(f"the web's database connections (after a burst, after its pause): {counts}")
    assert all(1 <= count <= MOST for pair in counts for count in pair), counts
