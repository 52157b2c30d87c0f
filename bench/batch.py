"""Intake of many issues in one request."""

import argparse
import itertools
import json
import os
from collections.abc import Callable, Iterator

from bench import load
from bench.bare import pgbench
from bench.processes import cpu_seconds, family
from bench.requests import CONNECTIONS, ISSUES, Bench
from tests.live import LiveStack

SIZES = (500, 100)
# Both sizes together last twice this, so that the machine is not taken from others for long.
LONGEST_SECONDS = 10.0


class BatchBench(Bench):
    """Rows of every building of the worker's grid, sent again and again: without keys each is a new issue."""

    def batches(self, size: int) -> Callable[[int], Iterator[bytes]]:
        """Built beforehand, one per connection."""

        def of(number: int) -> Iterator[bytes]:
            rows = [
                {
                    "place": self.building,
                    "category": self.category,
                    "text": f"演示数据：批量 {number}-{row}",
                }
                for row in range(size)
            ]
            body = json.dumps({"rows": rows}, ensure_ascii=False).encode()
            token = self.worker["token"]
            return itertools.repeat(load.request("POST", "/api/v1/issues/batch/", self.host, token, body))

        return of

    def measure_batches(self, size: int, seconds: float) -> None:
        """Issues a second, and the CPU of web and database for each; a batch in which anything is refused ends it."""
        web, database = family(self.stack.pid("web")), family(self.stack.pid("postgres"))
        before, there = (cpu_seconds(web), cpu_seconds(database)), self._count()
        result = load.run(self.stack.base_url, self.batches(size), connections=CONNECTIONS, seconds=seconds)
        made = self._count() - there
        assert made == size * len(result.times), f"some were refused: {result.statuses}"
        used = [
            (cpu_seconds(pids) - was) / made * 1e6 for pids, was in zip((web, database), before, strict=True)
        ]
        print(
            f"batches of {size:<4} {made / result.seconds:>6.0f} issues/s  p50 {result.percentile(0.5):>6.0f} ms"
            f"  p95 {result.percentile(0.95):>6.0f} ms  per issue: web {used[0]:.0f} µs  db {used[1]:.0f} µs"
            f"  (load {os.getloadavg()[0]:.1f})",
            flush=True,
        )

    def _count(self) -> int:
        return self.stack.query("SELECT count(*) FROM issues_issue")[0][0]


def measure(options: argparse.Namespace) -> None:
    """One stack, filled; pgbench before."""
    stack, seconds = LiveStack(), min(options.seconds, LONGEST_SECONDS)
    try:
        bench = BatchBench(stack.start(seed="small"), options.issues or ISSUES[options.small], seconds)
        bench.prepare()
        pgbench(stack, min(seconds, 5), "before")
        load.run(stack.base_url, bench.batches(20), connections=CONNECTIONS, seconds=1)
        for size in SIZES:
            bench.measure_batches(size, seconds)
    finally:
        stack.discard()
