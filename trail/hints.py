"""Nudges: "look now". Losing one costs a second, so nothing here may ever raise or wait long."""

import logging
import time

from django.conf import settings

log = logging.getLogger(__name__)
# After a broker did not answer, leave it alone for a while: a request pays for it at most once.
REST_SECONDS = 5.0
_quiet_until = 0.0
# Under load one hint in this time per process does: to publish costs more than to insert an issue's events,
# and the loops look by themselves every second anyhow.
APART_SECONDS = 0.1
_nudged: dict[str, float] = {}


def nudge(loop: str) -> None:
    """Ask a loop to look now. A dead broker is logged and then left alone for five seconds."""
    global _quiet_until
    now = time.monotonic()
    if not settings.NUDGE or now < max(_quiet_until, _nudged.get(loop, 0.0) + APART_SECONDS):
        return
    from celery import current_app  # slow to import where no broker is used

    try:
        task = current_app.conf.beat_schedule[loop]["task"]
        current_app.send_task(task, expires=5, retry=False, ignore_result=True)
        _nudged[loop] = now
    except Exception as error:  # whatever the broker's client throws: a hint may be lost
        _quiet_until = time.monotonic() + REST_SECONDS
        log.warning("nudge lost: %s", type(error).__name__)
