"""Once a day what is spent is dropped, in short batches; how long it is kept stands in trail/retention.py."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from celery import shared_task

from accounts.actions import forget_sessions, forget_sign_ins, forget_tokens
from grids.actions.sheet_files import erase_sheets
from issues.actions.figures import forget_figures
from issues.actions.photos import sweep_photos
from issues.contacts import KEPT_AFTER_END
from notices.actions import forget_notices
from notices.group_actions import forget_group_messages
from notices.webhook_actions import forget_messages
from trail import retention
from trail.actions import beat, forget_deliveries, forget_keys, forget_tallies
from trail.loops import EVERY_DAY
from trail.models import Heartbeat
from trail.querysets import database_now
from trail.tasks import repeat
from volunteers.actions.coming_of_age import forget_guardians
from volunteers.actions.statements import forget_statements
from volunteers.actions.wishers import erase_wishers

log = logging.getLogger(__name__)
BATCH = 1000
Forget = Callable[..., int]
PURGES: tuple[tuple[timedelta, Forget], ...] = (
    (retention.DONE_DELIVERIES, forget_deliveries),
    (retention.IDEMPOTENCY_KEYS, forget_keys),
    (retention.READ_NOTICES, forget_notices),
    (retention.SENT_WEBHOOKS, forget_messages),
    (retention.GROUP_MESSAGES, forget_group_messages),
    (retention.EXPIRED_TOKENS, forget_tokens),
    (retention.EXPIRED_SESSIONS, forget_sessions),
    (retention.FAILED_SIGN_INS, forget_sign_ins),
    (retention.SHEETS, erase_sheets),
    (retention.ENDED_COUNTS, forget_tallies),
    (retention.FIGURES, forget_figures),
    (retention.GUARDIANS, forget_guardians),
    (retention.STATEMENTS, forget_statements),
    (KEPT_AFTER_END, erase_wishers),
)


@shared_task
def purge() -> None:
    """Hourly: has it run to its end today? If not, drop what is spent. May be lost, late or doubled."""
    now = database_now()
    age = Heartbeat.objects.age(EVERY_DAY, now)
    if age is not None and age < retention.EVERY:
        return
    ended = [_drop(forget, now - kept) for kept, forget in PURGES]
    if all([*ended, _sweep_files(now)]):
        beat(EVERY_DAY, now=now)


def _drop(forget: Forget, before: datetime) -> bool:
    """Batch by batch; was it all? What is left waits for the next hour. One that fails must not hold up the others."""
    try:
        return not repeat(lambda: forget(before=before, limit=BATCH) == BATCH)
    except Exception:
        log.exception("%s failed", forget.__name__)
        return False


def _sweep_files(now: datetime) -> bool:
    try:
        sweep_photos(now=now)
    except OSError:
        log.exception("photos could not be swept")
        return False
    return True
