"""What the ticks do to issues. Any of these may be lost, late or doubled."""

import logging
from datetime import datetime

from celery import shared_task
from django.db import InterfaceError, OperationalError

from issues.actions.erase import erase_contacts
from issues.actions.escalate import BATCH, due_issues, note_vacancies, sweep_issue, sweep_once
from issues.actions.figures import fold_once
from issues.actions.follow import mend_stranded
from issues.actions.hotline import erase_files
from issues.actions.schedules import run_next_schedule
from trail.actions import beat
from trail.querysets import database_now
from trail.tasks import repeat

log = logging.getLogger(__name__)
# Of the connection or of the moment, not of an issue: the next tick finds everything as it was.
PASSING = (OperationalError, InterfaceError)
# Enough for one tick; the rest waits for the next, so that no task comes near its time limit.
MOST_BATCHES = 20
MOST_SCHEDULES = 100


@shared_task
def sweep() -> None:
    """Fire what is due by the database's clock."""
    now = database_now()
    try:
        sweep_batches(now)
    except PASSING:
        raise
    except Exception:
        log.exception("a batch of escalations failed; its issues are tried one by one")
        sweep_one_by_one(now)
    beat("sweep", now=database_now())


def sweep_batches(now: datetime) -> None:
    """Until nothing is due, or the tick has had its share."""
    for _unused in range(MOST_BATCHES):
        if sweep_once(now=now) < BATCH:
            return


def sweep_one_by_one(now: datetime) -> None:
    """One issue that cannot be escalated must not hold up all others."""
    for pk in due_issues(now):
        try:
            sweep_issue(pk, now=now)
        except PASSING:
            raise
        except Exception:
            log.exception("issue %d cannot be escalated", pk)


@shared_task
def run_schedules() -> None:
    """Scheduled tasks that are due become issues, by the database's clock."""
    now = database_now()
    for _unused in range(MOST_SCHEDULES):
        if not run_next_schedule(now=now):
            return


@shared_task
def fold_figures() -> None:
    """What has happened since the last tick is in the figures of the command centre, by the database's clock. Only
    whoever has folded all of it says that the figures are fresh."""
    if repeat(lambda: fold_once(now=database_now())) is False:
        beat("figures", now=database_now())


@shared_task
def check_owners() -> None:
    """Hourly: is there a root that nobody stands behind, anything left at a closed unit, contact data whose
    time is over?"""
    now = database_now()
    note_vacancies(now=now)
    erase_contacts(now=now)
    erase_files(now=now)
    mend_stranded(now=now)
