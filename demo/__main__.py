"""`python -m demo`: a whole stack from nothing to an open page, kept alive until Ctrl-C."""

import argparse
import hashlib
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from demo import database, processes
from demo.binaries import ServerError
from demo.database import Database
from demo.servers import HOST, Broker, Postgres, free_port, servers_home, tail
from demo.stack import ROOT, Refusal, Stack, move_credentials
from demo.supervisor import Service, Supervisor, answer, service_commands
from demo.welcome import say, step, welcome

READY_SECONDS = 90.0
TICK = 0.2
T = TypeVar("T")


class Stop(Exception):
    """A signal told us to stop."""


def arguments() -> argparse.Namespace:
    """The command line; the Makefile fills it."""
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    add = parser.add_argument
    add("--port", type=int, default=8000, help="port of the web page; 0 takes a free one")
    add("--dir", type=Path, default=ROOT / ".demo", help="where data, logs and sign-ins are kept")
    add("--reset", action="store_true", help="start over: remove what an earlier start made here")
    add("--stack-only", action="store_true", help="embedded servers whatever the environment says (tests)")
    add("--no-seed", action="store_true", help="leave the database empty")
    add("--small", action="store_true", help="seed a tenth of it (tests)")
    add("--migrated", type=Path, help="its tables are read from this file of pg_dump (tests)")
    add("--env", action="append", default=[], metavar="K=V", help="a variable for all services")
    add("--scale", action="append", default=[], metavar="NAME=N", help="several of worker-…, beat, ticks")
    add("--json", action="store_true", help="print ready.json instead of the welcome text")
    return parser.parse_args()


class Demo:
    """One start, from the lock to the last child."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.stack = Stack(options.dir)
        self.supervisor = Supervisor(self.stack.directory, say)
        self.port = options.port or free_port()
        self.base_url = f"http://{HOST}:{self.port}"
        outside = {} if options.stack_only else os.environ
        self.outside_database, self.outside_broker = outside.get("DATABASE_URL"), outside.get("REDIS_URL")
        self.home = self.stack.directory
        self.stopping = False
        self.database: Database  # known once the servers run
        self.redis_url = self.outside_broker or ""

    def heed(self, *_signal: object) -> None:
        """Signal handler. It only takes note: an exception in a handler is lost when it hits a fork."""
        self.stopping = True

    def _go_on(self) -> None:
        if self.stopping:
            raise Stop

    def _step(self, label: str, work: Callable[[], T]) -> T:
        self._go_on()
        return step(label, work)

    def run(self) -> None:
        """Start everything, then keep it alive until a signal."""
        began = time.monotonic()
        self.stack.open()
        self._tidy()
        if free_port(self.port) != self.port:
            raise Refusal(
                f"端口 {self.port} 不可用 / port {self.port} cannot be used. Choose: make demo PORT=8001"
            )
        try:
            self._servers()
            self._database()
            self._services()
            self.stack.announce(self.base_url)
            say(f"  共 / in all {time.monotonic() - began:.1f} s")
            self._publish()
            while not self.stopping:
                time.sleep(TICK)
                self.supervisor.tend()
        finally:
            self.supervisor.stop()

    def _tidy(self) -> None:
        (self.stack.directory / "ready.json").unlink(missing_ok=True)
        known = Path(self.stack.state.get("home") or self.stack.directory)
        if ended := processes.end_leftovers(self.stack.directory, [known / "postgres", known / "broker"]):
            say(f"  上次遗留的进程已结束 / ended {ended} processes left by a start that was killed")
        if self.options.reset:
            if self.outside_database:
                self._connect_outside().drop_own()
            self.stack.clear()

    # --- servers ---

    def _servers(self) -> None:
        if not (self.outside_database and self.outside_broker):
            self.home = servers_home(self.stack.directory, self.stack.state.get("home"))
            self.stack.state["home"] = str(self.home)
            self.stack.save()
        secrets, ports = self.stack.state["secrets"], self.stack.state["ports"]
        if self.outside_database:
            self.database = self._step("DATABASE_URL", self._connect_outside)
        else:
            server = Postgres(self.home, password=secrets["postgres"], **self._server_options("postgres"))
            self._step("PostgreSQL", partial(self.supervisor.add, server))
            self.database = database.embedded(server, secrets, self.stack.state["instance"])
            self.database.claim()
            ports["postgres"] = server.port
        if not self.outside_broker:
            broker = Broker(self.home, password=secrets["broker"], **self._server_options("broker"))
            self._step("消息中转 / broker", partial(self.supervisor.add, broker))
            self.redis_url, ports["broker"] = broker.url(), broker.port
        self.stack.save()

    def _server_options(self, name: str) -> dict:
        env = {processes.MARK: str(self.stack.directory)}
        return {"log": self.stack.log(name), "port": self.stack.state["ports"].get(name), "env": env}

    def _connect_outside(self) -> Database:
        assert self.outside_database
        return database.outside(
            self.outside_database, self.stack.state["secrets"], self.stack.state["instance"]
        )

    # --- database ---

    def _database(self) -> None:
        if self.database.marks("seeding") and not self.database.marks("seeded"):
            say("  上次写入未完成，重新开始 / the last seed was interrupted: starting over")
            self.database.drop_own()
        digest = _digest([*ROOT.glob("*/migrations/*.py"), ROOT / "requirements/constraints.txt"])
        if digest not in self.database.marks("migrated"):
            before = self.database.objects()
            try:
                self._step("建表 / migrate", self._migrate)
            finally:
                self.database.note_new(before)
            self._manage("grant_app", database.role_of(self.database.app_url), owner=True)
            self.database.mark("migrated", digest)
        self._static()
        self._seed()
        self._step("ANALYZE", self.database.analyze)

    def _migrate(self) -> None:
        if self.options.migrated:
            self.database.read(self.options.migrated)
        else:
            self._manage("migrate", "--noinput", owner=True)

    def _static(self) -> None:
        sources = [ROOT / "static", *ROOT.glob("[!.]*/static")]
        files = [path for source in sources for path in source.rglob("*") if path.is_file()]
        digest = _digest([*files, ROOT / "requirements/constraints.txt"])
        if self.stack.state["done"].get("static") != digest:
            self._step(
                "静态文件 / static files", partial(self._manage, "collectstatic", "--noinput", "-v", "0")
            )
            self.stack.state["done"]["static"] = digest
            self.stack.save()

    def _seed(self) -> None:
        if self.options.no_seed or self.database.marks("seeded"):
            move_credentials(self.stack.credentials, self.base_url)
            if not (self.options.no_seed or self.stack.credentials.exists()):
                say(f"  ! {self.stack.credentials} 不见了 / is gone; for new sign-ins: make demo RESET=1")
            return
        self.database.mark("seeding", "began")
        words = ["--credentials", str(self.stack.credentials), "--base-url", self.base_url]
        words += ["--small"] if self.options.small else []
        self._step("演示数据 / seed", partial(self._manage, "seed_demo", *words, show=not self.options.json))
        self.stack.credentials.chmod(0o600)
        self.database.mark("seeded", "done")

    def _manage(self, *words: str, owner: bool = False, show: bool = False) -> None:
        """Run a management command as app (or owner); a failure shows the end of its log."""
        log = None if show else self.stack.log("manage")
        command = [sys.executable, str(ROOT / "manage.py"), *words]
        child = processes.start(command, log=log, env=self._environment(owner=owner), cwd=ROOT)
        try:
            while (code := child.poll()) is None:
                self._go_on()
                time.sleep(0.05)
        finally:
            processes.stop([child], signal.SIGTERM, patience=5.0)
        if code:
            raise Refusal(f"manage.py {words[0]} failed ({code}).\n{tail(log, 30) if log else ''}")

    # --- services ---

    def _environment(self, *, owner: bool = False) -> dict[str, str]:
        own = self.stack.environment(
            database_url=self.database.owner_url if owner else self.database.app_url,
            redis_url=self.redis_url,
            base_url=self.base_url,
            embedded=not self.outside_database,
        )
        return own | dict(pair.split("=", 1) for pair in self.options.env)

    def _services(self) -> None:
        scale = {name: int(many) for name, many in (pair.split("=") for pair in self.options.scale)}
        commands = service_commands(self.stack.directory, self.port, scale)
        env = self._environment()
        for name, command in commands.items():
            self.supervisor.add(Service(name, command, env, self.stack.log(name)))
        self._step("网页、任务、节拍 / web, workers, beat", self._wait_ready)

    def _wait_ready(self) -> None:
        began = time.monotonic()
        while not _beats_since(began, found := answer(self.port, "/readyz")):
            if time.monotonic() > began + READY_SECONDS:
                ends = "\n".join(
                    f"--- {path.name}\n{tail(path, 8)}" for path in self.stack.log("x").parent.glob("*.log")
                )
                raise Refusal(f"/readyz still says {found} after {READY_SECONDS:.0f} s.\n{ends}")
            self._go_on()
            self.supervisor.tend()
            time.sleep(0.1)

    def _publish(self) -> None:
        self.supervisor.publish(
            base_url=self.base_url,
            directory=str(self.stack.directory),
            database_url=self.database.app_url,
            owner_database_url=self.database.owner_url,
            redis_url=self.redis_url,
            secret_key=self.stack.state["secrets"]["secret_key"],
            field_keys=self.stack.state["secrets"]["field_key"],
            media_root=str(self.stack.directory / "media"),
        )
        if self.options.json:
            print((self.stack.directory / "ready.json").read_text(), flush=True)
        else:
            say(welcome(self.base_url, self.stack.credentials))


def _beats_since(began: float, found: tuple[int, str]) -> bool:
    """Does /readyz tell of a heartbeat after `began`? One of an earlier start proves nothing."""
    status, body = found
    age = json.loads(body)["heartbeat_age_seconds"]["worker"] if status == 200 else None
    return age is not None and age <= time.monotonic() - began


def _digest(paths: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def main() -> int:
    """0 after a signal, 2 when the demo refused to start."""
    demo = Demo(arguments())
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, demo.heed)
    try:
        demo.run()
    except (Refusal, ServerError) as refusal:
        say(f"\n✗ {refusal}")
        return 2
    except Stop:
        pass
    say("\n已停止 / stopped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
