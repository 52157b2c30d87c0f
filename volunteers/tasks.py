"""What the ticks do for volunteering. Any of these may be lost, late or doubled."""

from collections.abc import Callable
from datetime import datetime

from celery import shared_task

from trail.querysets import database_now
from trail.tasks import repeat
from volunteers.actions.activities import move_by_clock
from volunteers.actions.points import BATCH as ACCOUNTS
from volunteers.actions.points import expire_points
from volunteers.actions.redeem import release_overdue
from volunteers.actions.series import make_next_of_series
from volunteers.actions.wishes import BATCH as CLAIMS
from volunteers.actions.wishes import reopen_overdue

# Of each of the two loops that run once an hour; together far below the time limit of a task.
HOURLY_SECONDS = 15.0


@shared_task
def run_activities() -> None:
    """What has begun is under way, what is over is done, and series are made ahead, by the database's clock."""
    now = database_now()
    repeat(lambda: bool(move_by_clock(now=now)))
    repeat(lambda: bool(make_next_of_series(now=now)))


@shared_task
def sweep_wishes() -> None:
    """Claims that have run out by the database's clock are over; others may claim these wishes."""
    now = database_now()
    repeat(lambda: reopen_overdue(now=now) == CLAIMS)


@shared_task
def settle_points() -> None:
    """Hourly: what was put aside and not collected in time goes back; points whose day has come expire."""
    now = database_now()
    for settle in (release_overdue, expire_points):
        _settle(settle, now)


def _settle(settle: Callable[..., int], now: datetime) -> None:
    """All that is due; what fails is passed over until the next hour."""
    failed: set[int] = set()
    repeat(lambda: settle(now=now, limit=ACCOUNTS, failed=failed) == ACCOUNTS, seconds=HOURLY_SECONDS)
