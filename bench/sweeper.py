"""One sweeping process: `drain` fires all that is due, `idle` ticks while nothing is. One line of JSON.

Started by bench.sweep; waits for a line on its input, so that several begin together.
"""

import json
import sys
import time

import django

django.setup()

from issues.actions.escalate import sweep_once  # noqa: E402
from issues.models import Deadline  # noqa: E402
from issues.tasks import sweep  # noqa: E402
from notices.actions import FAN_OUT_BATCH, fan_out_once  # noqa: E402
from trail.querysets import database_now  # noqa: E402

TICKS = 300


class Timer:
    """Seconds, and of these the CPU's, since it was made."""

    def __init__(self) -> None:
        self.began, self.used = time.perf_counter(), time.process_time()

    def result(self, count: int) -> dict:
        return {
            "count": count,
            "seconds": time.perf_counter() - self.began,
            "cpu": time.process_time() - self.used,
        }


def drain() -> dict:
    """Fire everything that was due at the start, whoever else fires too."""
    now, timer, fired = database_now(), Timer(), 0
    while True:
        count = sweep_once(now=now)
        fired += count
        if not count and not Deadline.objects.due(now).exists():
            return timer.result(fired)


def fanout() -> dict:
    """Let the handlers hear of everything that waits."""
    now, timer, heard = database_now(), Timer(), 0
    while count := fan_out_once(now=now, limit=FAN_OUT_BATCH):
        heard += count
    return timer.result(heard)


def idle() -> dict:
    """Ticks with nothing to do, as a worker runs them: milliseconds, in order."""
    times = []
    for _tick in range(TICKS):
        began = time.perf_counter()
        sweep()
        times.append((time.perf_counter() - began) * 1000)
    return {"times": sorted(times)}


if __name__ == "__main__":
    database_now()
    print("ready", flush=True)
    sys.stdin.readline()
    print(json.dumps({"drain": drain, "fanout": fanout, "idle": idle}[sys.argv[1]]()), flush=True)
