"""What the ticks do for volunteering. Any of these may be lost, late or doubled."""

from collections.abc import Callable

from celery import shared_task

from trail.querysets import database_now
from volunteers.actions.activities import move_by_clock
from volunteers.actions.points import BATCH as ACCOUNTS
from volunteers.actions.points import expire_points
from volunteers.actions.redeem import release_overdue
from volunteers.actions.series import make_next_of_series
from volunteers.actions.wishes import BATCH as CLAIMS
from volunteers.actions.wishes import reopen_overdue

# Enough for one tick; the rest waits for the next, so that no task comes near its time limit.
MOST = 100
MOST_BATCHES = 20


@shared_task
def run_activities() -> None:
    """What has begun is under way, what is over is done, and series are made ahead, by the database's clock."""
    now = database_now()
    _again(lambda: bool(move_by_clock(now=now)), MOST)
    _again(lambda: bool(make_next_of_series(now=now)), MOST)


@shared_task
def sweep_wishes() -> None:
    """Claims that have run out by the database's clock are over; others may claim these wishes."""
    now = database_now()
    _again(lambda: reopen_overdue(now=now) == CLAIMS, MOST_BATCHES)


@shared_task
def settle_points() -> None:
    """Hourly: what was put aside and not collected in time goes back; points whose day has come expire."""
    now = database_now()
    _again(lambda: release_overdue(now=now, limit=ACCOUNTS) == ACCOUNTS, MOST_BATCHES)
    _again(lambda: expire_points(now=now, limit=ACCOUNTS) == ACCOUNTS, MOST_BATCHES)


def _again(step: Callable[[], bool], most: int) -> None:
    """While there is more to do, so many times at most."""
    for _unused in range(most):
        if not step():
            return
