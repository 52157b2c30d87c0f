"""Many at the same moment, each in a thread with a database connection of its own."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connection

PATIENCE = 300.0


def eventually(happens: Callable[[], Any]) -> bool:
    """Does it come true? Asked again and again; generous, because a slow machine is no failure."""
    end = time.monotonic() + PATIENCE
    while not (found := happens()) and time.monotonic() < end:
        time.sleep(0.02)
    return bool(found)


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
