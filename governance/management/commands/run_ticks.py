"""The same ticks as Celery's, without a broker: a safety net that may always run beside the workers."""

import logging
import signal
import threading
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand
from django.db import Error, close_old_connections, connection

from governance.guard import refuse_unsafe_start
from issues.tasks import check_owners, sweep
from notices.tasks import deliver, fan_out
from trail.actions import beat
from trail.querysets import database_now

HOUR = 3600
log = logging.getLogger(__name__)


def heartbeat() -> None:
    beat("ticks", now=database_now())


class Command(BaseCommand):
    help = "Sweep deadlines, fan out and deliver, once a second, without Celery. Any number may run at once."
    ticks: tuple[Callable[[], None], ...] = (sweep, fan_out, deliver, heartbeat)

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--once", action="store_true", help="one round, then stop")
        parser.add_argument("--interval", type=float, default=1.0, help="seconds between rounds")

    def handle(self, *args: Any, **options: Any) -> None:
        refuse_unsafe_start()
        stop = threading.Event()
        if threading.current_thread() is threading.main_thread():
            for name in (signal.SIGTERM, signal.SIGINT):
                signal.signal(name, lambda *_unused: stop.set())
        rounds = 0
        while True:
            hourly = rounds % max(int(HOUR / options["interval"]), 1) == 0
            self.round((*self.ticks, check_owners) if hourly else self.ticks)
            rounds += 1
            if options["once"] or stop.wait(options["interval"]):
                return

    def round(self, ticks: tuple[Callable[[], None], ...]) -> None:
        """One tick that fails does not keep the others from running; a lost database is tried again."""
        for tick in ticks:
            try:
                tick()
            except Exception as error:  # whatever it is: the others must run, and this one again in a second
                name = getattr(tick, "__name__", tick)
                log.error("%s failed: %s", name, error, exc_info=not isinstance(error, Error))
                if not connection.in_atomic_block:
                    connection.close()
        if not connection.in_atomic_block:
            close_old_connections()
