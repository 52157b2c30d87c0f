"""The same ticks as Celery's, without a broker: a safety net that may always run beside the workers."""

import logging
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.management.base import BaseCommand
from django.db import Error, close_old_connections, connection

from desk.tasks import count_figures, digest_boards
from governance.guard import refuse_unsafe_start
from governance.tasks import purge
from issues.tasks import check_owners, fold_figures, run_schedules, sweep
from notices.tasks import deliver, fan_out
from trail.actions import beat
from trail.querysets import database_now
from trail.tasks import run_jobs
from volunteers.tasks import run_activities, settle_points, sweep_wishes

HOUR = 3600
# What a lane may still take for itself when it is told to stop.
GRACE_SECONDS = 10.0
log = logging.getLogger(__name__)
Tick = Callable[[], None]


@dataclass(frozen=True)
class Lane:
    """Ticks that run one after the other, in a thread and on a connection of their own."""

    name: str
    ticks: tuple[Tick, ...]
    hourly: tuple[Tick, ...] = ()


def heartbeat() -> None:
    beat("ticks", now=database_now())


# A lane each: a slow receiver, a long fan-out, long work or the day's purge never holds up an escalation.
LANES = (
    Lane("sweep", (sweep, heartbeat)),
    Lane("fanout", (fan_out,)),
    Lane("deliver", (deliver,)),
    Lane("jobs", (run_jobs, run_schedules, run_activities, sweep_wishes)),
    Lane("figures", (fold_figures,)),
    Lane("hourly", (), (check_owners, purge, count_figures, digest_boards, settle_points)),
)


class Command(BaseCommand):
    help = "Sweep deadlines, fan out and deliver, once a second, without Celery. Any number may run at once."
    lanes: tuple[Lane, ...] = LANES

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--once", action="store_true", help="one round, then stop")
        parser.add_argument("--interval", type=float, default=1.0, help="seconds between rounds")

    def handle(self, *args: Any, **options: Any) -> None:
        refuse_unsafe_start()
        if options["once"]:
            for lane in self.lanes:
                run_round((*lane.ticks, *lane.hourly))
            return
        stop = threading.Event()
        if threading.current_thread() is threading.main_thread():
            for name in (signal.SIGTERM, signal.SIGINT):
                signal.signal(name, lambda *_unused: stop.set())
        self.run_lanes(stop, options["interval"])

    def run_lanes(self, stop: threading.Event, interval: float) -> None:
        """Until `stop`. A lane that is still busy after the grace ends with the process: its work is repeated."""
        threads = [
            threading.Thread(target=keep_to, args=(lane, stop, interval), name=lane.name, daemon=True)
            for lane in self.lanes
        ]
        for thread in threads:
            thread.start()
        while not stop.wait(interval):
            if not all(thread.is_alive() for thread in threads):
                log.critical("a lane has died; ending, so that all are started anew")
                stop.set()
        for thread in threads:
            thread.join(GRACE_SECONDS)


def keep_to(lane: Lane, stop: threading.Event, interval: float) -> None:
    """A lane's rounds until `stop`."""
    rounds = 0
    try:
        while not stop.is_set():
            hourly = rounds % max(int(HOUR / interval), 1) == 0
            run_round((*lane.ticks, *lane.hourly) if hourly else lane.ticks)
            rounds += 1
            stop.wait(interval)
    finally:
        connection.close()


def run_round(ticks: tuple[Tick, ...]) -> None:
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
