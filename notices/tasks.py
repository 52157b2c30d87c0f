"""What the ticks do to notices. Any of these may be lost, late or doubled."""

import time
from collections.abc import Callable

from celery import shared_task

from notices.actions import DELIVER_BATCH, FAN_OUT_BATCH, deliver_once, fan_out_once
from trail.actions import beat
from trail.querysets import database_now

# Enough for one tick; the rest waits for the next, so that no task comes near its time limit.
MOST_SECONDS = 5.0


@shared_task
def fan_out() -> None:
    """Let the handlers hear of what has happened."""
    _repeat("fanout", fan_out_once, FAN_OUT_BATCH)


@shared_task
def deliver() -> None:
    """Hand queued notices to their channels."""
    _repeat("deliver", deliver_once, DELIVER_BATCH)


def _repeat(loop: str, once: Callable[..., int], batch: int) -> None:
    """Until nothing is due by the database's clock of the start, or the tick has had its time."""
    now, started = database_now(), time.monotonic()
    while once(now=now, limit=batch) == batch and time.monotonic() - started < MOST_SECONDS:
        pass
    beat(loop, now=database_now())
