"""The heartbeat that /readyz and check_heartbeat read."""

from celery import shared_task

from trail.actions import beat
from trail.querysets import database_now


@shared_task
def heartbeat() -> None:
    """A worker took a tick off the broker and reached the database."""
    beat("worker", now=database_now())
