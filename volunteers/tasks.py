"""What the ticks do for volunteering. May be lost, late or doubled."""

from collections.abc import Callable

from celery import shared_task

from trail.querysets import database_now
from volunteers.actions.points import expire_points
from volunteers.actions.redeem import release_overdue

BATCH = 500
# What is left then waits for the next hour.
MOST_BATCHES = 20


@shared_task
def settle_points() -> None:
    """Hourly: what was put aside and not collected in time goes back; points whose day has come expire."""
    now = database_now()
    steps: tuple[Callable[..., int], ...] = (release_overdue, expire_points)
    for step in steps:
        for _unused in range(MOST_BATCHES):
            if step(now=now, limit=BATCH) < BATCH:
                break
