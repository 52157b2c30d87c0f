"""What the ticks do to notices. Any of these may be lost, late or doubled."""

from celery import shared_task

from notices.actions import DELIVER_BATCH, FAN_OUT_BATCH, deliver_once, fan_out_once
from notices.group_sending import GROUP_BATCH, send_groups_once
from notices.webhook_sending import SEND_BATCH, SPREAD_BATCH, send_once, spread_once
from trail.actions import beat
from trail.querysets import database_now
from trail.tasks import repeat


@shared_task
def fan_out() -> None:
    """Let the handlers hear of what has happened, and write what other systems are told."""
    now = database_now()
    repeat(lambda: fan_out_once(now=now, limit=FAN_OUT_BATCH) == FAN_OUT_BATCH)
    repeat(lambda: spread_once(now=now, limit=SPREAD_BATCH))
    beat("fanout", now=database_now())


@shared_task
def deliver() -> None:
    """Hand queued notices to their channels, and messages to other systems and to groups."""
    now = database_now()
    repeat(lambda: deliver_once(now=now, limit=DELIVER_BATCH) == DELIVER_BATCH)
    repeat(lambda: send_once(now=now, limit=SEND_BATCH) == SEND_BATCH)
    repeat(lambda: send_groups_once(now=now, limit=GROUP_BATCH) == GROUP_BATCH)
    beat("deliver", now=database_now())
