"""The heartbeat that /readyz and check_heartbeat read, and the loop that does long work chunk by chunk."""

import time

from celery import shared_task

from trail.actions import beat
from trail.job_actions import run_job_once
from trail.querysets import database_now

# Enough for one tick; the rest waits for the next, so that no task comes near its time limit.
MOST_SECONDS = 5.0


@shared_task
def heartbeat() -> None:
    """A worker took a tick off the broker and reached the database."""
    beat("worker", now=database_now())


@shared_task
def run_jobs() -> None:
    """Until no job is due, or the tick has had its time. May be lost, late or doubled."""
    started = time.monotonic()
    while run_job_once(now=database_now()) and time.monotonic() - started < MOST_SECONDS:
        pass
    beat("jobs", now=database_now())
