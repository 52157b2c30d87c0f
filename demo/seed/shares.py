"""The past told by several processes at once, each with its streets; with one share everything stays here."""

import gc
import multiprocessing
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, connections

from demo.seed.past import Share, tell

POLL = 0.2
Progress = Callable[[int, int], None]


class ShareFailed(RuntimeError):
    """A process ended without having told its share; it has printed why."""


@dataclass(frozen=True)
class Telling:
    """One process's part of the past."""

    shares: Sequence[Share]
    end: datetime
    seed: str

    def here(self, told: Callable[[], None]) -> list[str]:
        """Tell it in this process."""
        hurry()
        return tell(self.shares, end=self.end, seed=self.seed, told=told)

    def there(self, counter: Any, refused: Any) -> None:
        """Tell it in a process of its own."""

        def told() -> None:
            with counter.get_lock():
                counter.value += 1

        refused.put(self.here(told))


def hurry() -> None:
    """Do not wait for the disk at every step: a seed that is cut off is started over anyway. And take indexes:
    the tables were filled a moment ago, so that the planner knows nothing of their size yet."""
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
        cursor.execute("SET enable_seqscan = off")
        cursor.execute("SET jit = off")


def settle_memory() -> None:
    """Places and people stay until the end: do not look through them for garbage again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def tell_all(tellings: Sequence[Telling], progress: Progress) -> list[str]:
    """Tell all parts, each in its own process if there are several. What was refused. Raises ShareFailed."""
    if len(tellings) == 1:
        return _tell_here(tellings[0], progress)
    settle_memory()
    # Forked, so that places and people need not be read again; no connection may be shared.
    connections.close_all()
    context = multiprocessing.get_context("fork")
    counter, refused = context.Value("i", 0), context.SimpleQueue()
    children = [context.Process(target=one.there, args=(counter, refused), daemon=True) for one in tellings]
    for child in children:
        child.start()
    found: list[str] = []
    while any(child.is_alive() for child in children):
        time.sleep(POLL)
        while not refused.empty():
            found += refused.get()
        progress(counter.value, 0)
    while not refused.empty():
        found += refused.get()
    if any(child.exitcode for child in children):
        raise ShareFailed("a part of the past could not be told")
    return found


def _tell_here(telling: Telling, progress: Progress) -> list[str]:
    done = 0

    def told() -> None:
        nonlocal done
        done += 1
        progress(done, 0)

    return telling.here(told)
