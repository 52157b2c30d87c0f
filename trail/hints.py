"""Nudges: "look now". Losing one costs a second, so nothing here may ever raise or wait long."""

import logging
import time

from django.conf import settings

log = logging.getLogger(__name__)
# After a broker did not answer, leave it alone for a while: a request pays for it at most once.
REST_SECONDS = 5.0
_quiet_until = 0.0


def nudge(loop: str) -> None:
    """Ask a loop to look now. A dead broker is logged and then left alone for five seconds."""
    global _quiet_until
    if not settings.NUDGE or time.monotonic() < _quiet_until:
        return
    from celery import current_app  # slow to import where no broker is used

    try:
        task = current_app.conf.beat_schedule[loop]["task"]
        current_app.send_task(task, expires=5, retry=False, ignore_result=True)
    except Exception as error:  # whatever the broker's client throws: a hint may be lost
        _quiet_until = time.monotonic() + REST_SECONDS
        log.warning("nudge lost: %s", type(error).__name__)
