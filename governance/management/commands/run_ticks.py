"""The same ticks as Celery's, without a broker: a safety net that may always run beside the workers."""

import signal
import threading
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand
from django.db import Error, close_old_connections, connection
from issues.tasks import check_owners, sweep
from notices.tasks import deliver, fan_out
from trail.actions import beat
from trail.querysets import database_now

from governance.guard import refuse_unsafe_start

HOUR = 3600


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
            except Error as error:
                self.stderr.write(f"{getattr(tick, '__name__', tick)}: {error}")
                if not connection.in_atomic_block:
                    connection.close()
        if not connection.in_atomic_block:
            close_old_connections()
