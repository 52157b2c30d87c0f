"""The sweep: whole rungs with events and deliveries, one and two processes; idle tick; fan-out."""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

from bench.bare import pgbench
from bench.processes import cpu_seconds, family
from tests.live import ROOT, LiveStack

ISSUES = {False: 1_000_000, True: 20_000}
# So many of a hundred open deadlines come due at once.
DUE_PERCENT = 5
FILL = Path(__file__).with_name("sweep.sql")
CHUNK = 100_000
# Every hundredth deadline from `first` on, and so on: each run takes rows that no other has fired.
MAKE_DUE = """
    UPDATE issues_deadline SET due_at = now() - (id %% 3600) * interval '1 second',
           limit_at = CASE rung WHEN 'remind' THEN limit_at ELSE now() - (id %% 3600) * interval '1 second' END
    WHERE (id / 4) %% 100 >= %(first)s AND (id / 4) %% 100 < %(first)s + %(percent)s
      AND fired_at IS NULL AND cancelled_at IS NULL
"""
COUNTS = """
    SELECT (SELECT count(*) FROM issues_deadline WHERE fired_at IS NOT NULL),
           (SELECT count(*) FROM trail_event WHERE subject_type = 'issue'),
           (SELECT count(*) FROM trail_delivery), (SELECT count(*) FROM notices_notice)
"""
TABLES = ("issues_issue", "issues_deadline", "trail_event", "trail_delivery")


class Sweep:
    """A stack whose own services are held back, so that only what is measured runs."""

    def __init__(self, stack: LiveStack, issues: int) -> None:
        self.stack, self.issues = stack, issues

    def prepare(self) -> None:
        """Stop the services, fill, gather statistics."""
        names = [name for name in self.stack.ready["pids"] if name not in {"postgres", "broker"}]
        self.stack.hold(*names)
        for name in names:
            self.stack.kill(name)
        began = time.perf_counter()
        for first in range(1, self.issues + 1, CHUNK):
            last = min(first + CHUNK - 1, self.issues)
            self.stack.query(FILL.read_text(), {"first": first, "last": last}, owner=True)
        self._vacuum()
        opened = self.stack.query(
            "SELECT count(*) FROM issues_deadline WHERE fired_at IS NULL AND cancelled_at IS NULL"
        )[0][0]
        print(f"{opened} open deadlines, filled in {time.perf_counter() - began:.0f} s", flush=True)

    def _vacuum(self) -> None:
        """As the background does in time; here at once, so that each run begins alike."""
        for table in TABLES:
            self.stack.query(f"VACUUM (ANALYZE) {table}", owner=True)

    def drain(self, processes: int, first: int) -> None:
        """Make a share due at once, fire it all, print the rate."""
        self.stack.query(MAKE_DUE, {"first": first, "percent": DUE_PERCENT}, owner=True)
        self._vacuum()
        before, used = self._counts(), cpu_seconds(family(self.stack.pid("postgres")))
        results = self._run("drain", processes)
        fired, events, deliveries, _notices = (
            now - was for now, was in zip(self._counts(), before, strict=True)
        )
        seconds = max(result["seconds"] for result in results)
        database = cpu_seconds(family(self.stack.pid("postgres"))) - used
        print(
            f"{processes} process(es): {fired} rungs in {seconds:.1f} s = {fired / seconds:.0f}/s,"
            f" with {events} events and {deliveries} deliveries;"
            f" {sum(result['cpu'] for result in results) / fired * 1e6:.0f} µs Python and"
            f" {database / fired * 1e6:.0f} µs database a rung",
            flush=True,
        )

    def idle(self) -> None:
        """Nothing is due."""
        (result,) = self._run("idle", 1)
        times = result["times"]
        shown = ", ".join(
            f"{word} {times[int(len(times) * share)]:.2f} ms" for word, share in (("p50", 0.5), ("p99", 0.99))
        )
        print(f"idle tick, {self.issues} open deadlines: {shown}", flush=True)

    def fanout(self, processes: int) -> None:
        """What the sweep's events wrote into the outbox is told to people."""
        before = self._counts()
        results = self._run("fanout", processes)
        notices = self._counts()[3] - before[3]
        heard, seconds = (
            sum(result["count"] for result in results),
            max(result["seconds"] for result in results),
        )
        print(
            f"fan-out, {processes} process(es): {heard} deliveries, {notices} notices in {seconds:.1f} s ="
            f" {heard / seconds:.0f} deliveries/s",
            flush=True,
        )

    def _counts(self) -> tuple:
        return self.stack.query(COUNTS, owner=True)[0]

    def _run(self, what: str, processes: int) -> list[dict]:
        """Start them, wait until all are ready, let them go together."""
        command = [sys.executable, "-m", "bench.sweeper", what]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        environment = self.stack.environment()
        running = [
            subprocess.Popen(command, cwd=ROOT, env=environment, **pipes) for _unused in range(processes)
        ]
        for one in running:
            assert one.stdout.readline() == "ready\n"
        for one in running:
            one.stdin.write("go\n")
            one.stdin.flush()
        return [json.loads(one.communicate()[0]) for one in running]


def measure(options: argparse.Namespace) -> None:
    stack = LiveStack()
    try:
        stack.start(seed="small")
        sweep = Sweep(stack, options.issues or ISSUES[options.small])
        sweep.prepare()
        pgbench(stack, options.seconds, "before")
        sweep.idle()
        sweep.drain(1, first=0)
        sweep.drain(2, first=DUE_PERCENT)
        sweep.fanout(2)
        pgbench(stack, options.seconds, "after")
    finally:
        stack.discard()
