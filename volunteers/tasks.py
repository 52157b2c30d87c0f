"""What the ticks do to volunteering. Any of these may be lost, late or doubled."""

from celery import shared_task

from trail.querysets import database_now
from volunteers.actions.activities import move_by_clock
from volunteers.actions.series import make_next_of_series

# Enough for one tick; the rest waits for the next, so that no task comes near its time limit.
MOST = 100


@shared_task
def run_activities() -> None:
    """What has begun is under way, what is over is done, and series are made ahead, by the database's clock."""
    now = database_now()
    for step in (move_by_clock, make_next_of_series):
        for _unused in range(MOST):
            if not step(now=now):
                break
