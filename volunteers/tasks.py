"""What the ticks do to wishes. May be lost, late or doubled."""

from celery import shared_task

from trail.querysets import database_now
from volunteers.actions.wishes import BATCH, reopen_overdue

# Enough for one tick; the rest waits for the next.
MOST_BATCHES = 20


@shared_task
def sweep_wishes() -> None:
    """Claims that have run out by the database's clock are over; others may claim these wishes."""
    now = database_now()
    for _unused in range(MOST_BATCHES):
        if reopen_overdue(now=now) < BATCH:
            return
