"""What the ticks do to issues. Any of these may be lost, late or doubled."""

import logging
from datetime import datetime

from celery import shared_task
from django.db import Error

from issues.actions.erase import erase_contacts
from issues.actions.escalate import BATCH, due_issues, note_vacancies, sweep_issue, sweep_once
from trail.querysets import database_now

log = logging.getLogger(__name__)
# Enough for one tick; the rest waits for the next, so that no task comes near its time limit.
MOST_BATCHES = 20


@shared_task
def sweep() -> None:
    """Fire what is due by the database's clock."""
    now = database_now()
    try:
        for _unused in range(MOST_BATCHES):
            if sweep_once(now=now) < BATCH:
                return
    except Error:
        raise
    except Exception:
        log.exception("a batch of escalations failed; its issues are tried one by one")
        sweep_one_by_one(now)


def sweep_one_by_one(now: datetime) -> None:
    """One issue that cannot be escalated must not hold up all others."""
    for pk in due_issues(now):
        try:
            sweep_issue(pk, now=now)
        except Error:
            raise
        except Exception:
            log.exception("issue %d cannot be escalated", pk)


@shared_task
def check_owners() -> None:
    """Hourly: is there a root that nobody stands behind, and is there contact data whose time is over?"""
    now = database_now()
    note_vacancies(now=now)
    erase_contacts(now=now)
