"""Many at the same moment, each in a thread with a database connection of its own."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier
from threading import Event as ThreadEvent
from typing import Any

from django.db import connection, transaction

from trail.statements import rows_of

PATIENCE = 300.0


def eventually(happens: Callable[[], Any]) -> bool:
    """Does it come true? Asked again and again; generous, because a slow machine is no failure."""
    end = time.monotonic() + PATIENCE
    while not (found := happens()) and time.monotonic() < end:
        time.sleep(0.02)
    return bool(found)


def somebody_waits() -> bool:
    """For a lock that this connection holds."""
    rows = rows_of("SELECT count(*) FROM pg_locks WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))")
    return rows[0][0] > 0


def at_once(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """Start all calls together; their results, or the exceptions they raised, in order."""
    ready = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            connection.ensure_connection()
            ready.wait(timeout=60)
            return call()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


@dataclass
class Meeting:
    """What came of two, of whom the second began when the first had done its work and not committed it; `waited`:
    the second had to wait for that."""

    first: Any
    second: Any
    waited: bool


def meet(first: Callable[[], Any], second: Callable[[], Any]) -> Meeting:
    """Two connections: the first commits as soon as the second has ended, or waits for a lock."""
    worked, ended, waited = ThreadEvent(), ThreadEvent(), ThreadEvent()

    def hold() -> Any:
        try:
            with transaction.atomic():
                result = first()
                worked.set()
                assert eventually(lambda: ended.is_set() or somebody_waits())
                if not ended.is_set():
                    waited.set()
            return result
        finally:
            worked.set()

    def follow() -> Any:
        worked.wait()
        try:
            return second()
        finally:
            ended.set()

    one, other = at_once([hold, follow])
    return Meeting(one, other, waited.is_set())
