"""Intake, transition, list and detail over the API."""

import argparse
import itertools
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlparse

from bench import load
from bench.bare import pgbench
from bench.processes import cpu_seconds, family
from tests.live import LiveStack

CONNECTIONS = 8
# As measured, and small, to see that it works.
ISSUES = {False: 100_000, True: 5_000}
FILL = Path(__file__).with_name("fill.sql")


class Bench:
    """One stack with one filled database, and what is asked of it."""

    def __init__(self, stack: LiveStack, issues: int, seconds: float) -> None:
        self.stack, self.issues, self.seconds = stack, issues, seconds
        self.rows: list[tuple] = []
        self.own: list[str] = []

    def prepare(self) -> None:
        """A street with people from the seed, and many issues beside the seed's own."""
        began = time.perf_counter()
        self.stack.query(FILL.read_text(), {"count": self.issues})
        for table in ("issues_issue", "issues_deadline", "trail_event"):
            self.stack.query(f"ANALYZE {table}", owner=True)
        users = self.stack.credentials["users"]
        self.worker, self.street = users["grid_worker"], users["street_dispatcher"]
        self.host = urlparse(self.stack.base_url).netloc
        grid = self.worker["unit_code"]
        self.building = self.stack.query(
            "SELECT b.code FROM grids_unit b JOIN grids_unit g ON b.grid_id = g.id WHERE g.code = %s AND b.kind = "
            "'building' ORDER BY b.code LIMIT 1",
            (grid,),
        )[0][0]
        self.category = self._category(grid)
        total = self.stack.query("SELECT count(*) FROM issues_issue")[0][0]
        print(f"{total} issues, filled in {time.perf_counter() - began:.0f} s", flush=True)

    def _category(self, grid: str) -> str:
        """One that the worker's own grid handles, whatever the district's rules say of others."""
        rows = self.stack.query(
            "SELECT c.key FROM issues_issue i JOIN issues_category c ON c.id = i.category_id JOIN grids_unit g "
            "ON g.id = i.owner_unit_id WHERE g.code = %s AND i.state = 'assigned' AND NOT c.is_danger "
            "AND i.code NOT LIKE 'bench%%' GROUP BY c.key ORDER BY count(*) DESC",
            (grid,),
        )
        assert rows, "the seed has nothing that waits in this grid"
        return rows[0][0]

    def measure(
        self, name: str, requests: Callable[[int], Iterator[bytes]], seconds: float | None = None
    ) -> None:
        """Warm up, then one run; notes the figure and the CPU that web and database used per request."""
        web, database = family(self.stack.pid("web")), family(self.stack.pid("postgres"))
        before = cpu_seconds(web), cpu_seconds(database)
        result = load.run(
            self.stack.base_url, requests, connections=CONNECTIONS, seconds=seconds or self.seconds
        )
        failed = {status for status in result.statuses if status >= 400}
        assert not failed, f"{name} measures refusals: {result.statuses}"
        count = max(len(result.times), 1)
        used = [
            (cpu_seconds(pids) - was) / count * 1000
            for pids, was in zip((web, database), before, strict=True)
        ]
        row = (
            name,
            result.per_second,
            result.percentile(0.5),
            result.percentile(0.95),
            *used,
            result.statuses,
        )
        self.rows.append(row)
        print(
            "{:<28}{:>9.0f}/s  p50 {:>6.1f} ms  p95 {:>6.1f} ms  web {:.1f} ms  db {:.1f} ms  {}".format(
                *row
            ),
            flush=True,
        )

    def get(self, path: str, token: str) -> Callable[[int], Iterator[bytes]]:
        raw = load.request("GET", path, self.host, token)
        return lambda _number: itertools.repeat(raw)

    def intake(self, number: int) -> Iterator[bytes]:
        """A fresh issue each time, in the worker's own grid."""
        for count in itertools.count():
            body = {
                "place": self.building,
                "category": self.category,
                "text": f"演示数据：压测 {number}-{count}",
            }
            yield load.request(
                "POST", "/api/v1/issues/", self.host, self.worker["token"], json.dumps(body).encode()
            )

    def sign(self, number: int) -> Iterator[bytes]:
        """Every connection signs for issues of its own."""
        for code in self.own[number::CONNECTIONS]:
            yield load.request("POST", f"/api/v1/issues/{code}/sign/", self.host, self.worker["token"], b"{}")

    def all(self) -> None:
        street, worker = self.street["token"], self.worker["token"]
        for _warm in range(2):
            load.run(
                self.stack.base_url, self.get("/api/v1/issues/", street), connections=CONNECTIONS, seconds=1
            )
        self.measure("intake", self.intake)
        self.own = self._fresh()
        self.measure("transition (sign)", self.sign)
        self.measure("list of 20, street", self.get("/api/v1/issues/", street))
        self.measure("list of 20, grid worker", self.get("/api/v1/issues/", worker))
        code = self.own[0]
        self.measure("detail", self.get(f"/api/v1/issues/{code}/", worker))

    def _fresh(self) -> list[str]:
        """The intake's own issues are signed for next: nobody else's clock runs out on them meanwhile."""
        rows = self.stack.query(
            "SELECT code FROM issues_issue WHERE place_code = %s AND state = 'assigned' AND code NOT LIKE 'bench%%' "
            "ORDER BY id DESC LIMIT 20000",
            (self.building,),
        )
        return [row[0] for row in rows]

    def bursts(self) -> None:
        """Connections to the database under bursts with pauses: granian's idle threads must not leak them."""
        counts = []
        for _burst in range(5):
            load.run(
                self.stack.base_url,
                self.get("/api/v1/issues/", self.street["token"]),
                connections=32,
                seconds=2,
            )
            counts.append(self._connections())
            time.sleep(4)
        print(f"database connections after each of 5 bursts of 32 clients: {counts}", flush=True)

    def _connections(self) -> int:
        return self.stack.query("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'gezhi'")[0][
            0
        ]


def measure(options: argparse.Namespace) -> None:
    """One stack, filled; pgbench before and after."""
    stack = LiveStack()
    try:
        bench = Bench(stack.start(seed="small"), options.issues or ISSUES[options.small], options.seconds)
        bench.prepare()
        pgbench(stack, options.seconds, "before")
        bench.all()
        bench.bursts()
        pgbench(stack, options.seconds, "after")
    finally:
        stack.discard()
