"""The heartbeat that /readyz and check_heartbeat read, the loop that does long work chunk by chunk, and what every loop
does while there is something to do."""

import time
from collections.abc import Callable

from celery import shared_task

from trail.actions import beat
from trail.job_actions import run_job_once
from trail.querysets import database_now

# Enough for one tick; the rest waits for the next, so that no task comes near its time limit.
MOST_SECONDS = 5.0


def repeat(step: Callable[[], bool | None], *, seconds: float | None = None) -> bool | None:
    """Take the step while it says that there is more, until the tick has had its time (MOST_SECONDS, or as given). Returns
    what the last one said."""
    started, most = time.monotonic(), MOST_SECONDS if seconds is None else seconds
    while (more := step()) and time.monotonic() - started < most:
        pass
    return more


@shared_task
def heartbeat() -> None:
    """A worker took a tick off the broker and reached the database."""
    beat("worker", now=database_now())


@shared_task
def run_jobs() -> None:
    """Until no job is due, or the tick has had its time. May be lost, late or doubled."""
    repeat(lambda: run_job_once(now=database_now()))
    beat("jobs", now=database_now())
