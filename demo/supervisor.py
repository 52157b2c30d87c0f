"""Keeps the servers and services of one stack alive: starts them, restarts what dies, stops all in order."""

import http.client
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from demo import processes
from demo.binaries import ServerError
from demo.servers import HOST
from demo.stack import ROOT, write_private

QUEUES = ("sweep", "fanout", "deliver", "jobs")
FIRST_PAUSE, LONGEST_PAUSE, LONG_LIFE = 0.5, 10.0, 10.0


class Startable(Protocol):
    """A server or a service: something with a name and a child process."""

    name: str
    stop_signal: signal.Signals
    child: subprocess.Popen | None

    def start(self) -> object:
        """Start it (again)."""


@dataclass
class Service:
    """One process of the application: web, a worker, a beat."""

    name: str
    command: list[str]
    env: Mapping[str, str]
    log: Path
    child: subprocess.Popen | None = None
    stop_signal: signal.Signals = signal.SIGTERM

    def start(self) -> "Service":
        """Start it in its own process group."""
        # A worker asked to end without its broker would wait for it; its pool ends with it.
        orphan = signal.SIGTERM if self.name == "web" else signal.SIGKILL
        self.child = processes.start(self.command, log=self.log, env=self.env, cwd=ROOT, on_orphan=orphan)
        return self


def service_commands(directory: Path, port: int, scale: Mapping[str, int]) -> dict[str, list[str]]:
    """Command line per service name. `scale` asks for several of one kind: name, name.2, name.3 …"""
    bindir = Path(sys.executable).parent
    celery = [str(bindir / "celery"), "-A", "governance"]
    web = f"--interface wsgi --host {HOST} --port {port} --workers 2 --blocking-threads 1 --no-ws"
    # A worker told to stop while it still loads never hears of it.
    web += " --respawn-failed-workers --workers-kill-timeout 5"
    commands = {
        "web": [
            str(bindir / "granian"),
            *web.split(),
            "governance.wsgi:application",
        ]
    }
    for name, many in {**{f"worker-{queue}": 1 for queue in QUEUES}, "beat": 1, **scale}.items():
        for copy in [name] + [f"{name}.{number}" for number in range(2, many + 1)]:
            if name == "beat":
                schedule = directory / f"{copy}-schedule"
                commands[copy] = [*celery, "beat", "-l", "WARNING", "--pidfile=", "-s", str(schedule)]
            elif name == "ticks":
                commands[copy] = [sys.executable, "manage.py", "run_ticks"]
            else:
                queue = name.removeprefix("worker-")
                options = "--concurrency 1 --without-gossip --without-mingle --without-heartbeat -l WARNING"
                commands[copy] = [*celery, "worker", "-Q", queue, "-n", f"{copy}@gezhi", *options.split()]
    return commands


@dataclass
class Tended:
    """A child and its luck so far."""

    thing: Startable
    started_at: float = 0.0
    failures: int = 0
    again_at: float | None = None

    def start(self) -> None:
        """Start, killing first what its dead predecessor's group left."""
        if self.thing.child is not None:
            processes.signal_group(self.thing.child, signal.SIGKILL)
        self.started_at, self.again_at = time.monotonic(), None
        self.thing.start()

    def tend(self) -> bool:
        """Restart it if it died and its pause is over; True when it was started."""
        now = time.monotonic()
        if self.thing.child is not None and self.thing.child.poll() is None:
            return False
        if self.again_at is None:
            self.failures = 0 if now - self.started_at > LONG_LIFE else self.failures + 1
            self.again_at = now + min(FIRST_PAUSE * 2 ** max(0, self.failures - 1), LONGEST_PAUSE)
        if now < self.again_at:
            return False
        try:
            self.start()
        except ServerError:
            return False  # its log says why; the pause grows
        return True


class Supervisor:
    """All children of one stack, servers first."""

    def __init__(self, directory: Path, say: Callable[[str], None]) -> None:
        self.directory, self.say = directory, say
        self.tended: list[Tended] = []
        self.facts: dict = {}

    def add(self, thing: Startable) -> None:
        """Start a child and keep it."""
        child = Tended(thing)
        self.tended.append(child)
        child.start()

    def pids(self) -> dict[str, int]:
        """Process id by name, of those that run."""
        children = ((tended.thing.name, tended.thing.child) for tended in self.tended)
        return {name: child.pid for name, child in children if child is not None and child.poll() is None}

    def publish(self, **facts: object) -> None:
        """Write ready.json: facts given so far and the process ids."""
        self.facts |= facts
        write_private(self.directory / "ready.json", self.facts | {"pids": self.pids()})

    def tend(self) -> None:
        """Look at every child once."""
        held = self._held()
        for tended in self.tended:
            if tended.thing.name not in held:
                self._tend(tended)

    def _tend(self, tended: Tended) -> None:
        child = tended.thing.child
        if child is not None and child.poll() is not None and tended.again_at is None:
            self.say(f"{tended.thing.name} 已退出，稍后重启 / ended ({child.returncode}), restarting")
        if tended.tend() and self.facts:
            self.publish()

    def _held(self) -> set[str]:
        """Names that a test wants to stay down, one a line in the file `hold`."""
        with suppress(OSError):
            return set((self.directory / "hold").read_text().split())
        return set()

    def stop(self) -> None:
        """Stop the services together, then the servers one by one, the last started first."""
        (self.directory / "ready.json").unlink(missing_ok=True)
        services = [tended.thing for tended in self.tended if isinstance(tended.thing, Service)]
        processes.stop([thing.child for thing in services if thing.child], signal.SIGTERM, patience=15.0)
        for tended in reversed(self.tended):
            if tended.thing.child and not isinstance(tended.thing, Service):
                processes.stop([tended.thing.child], tended.thing.stop_signal, patience=30.0)


def answer(port: int, path: str) -> tuple[int, str]:
    """(status, body) of a GET on the loopback; (0, reason) where nobody answers. Never through a proxy."""
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read(2000).decode(errors="replace")
    except OSError as error:
        return 0, str(error)
    finally:
        connection.close()
