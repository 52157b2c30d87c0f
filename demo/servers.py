"""Embedded PostgreSQL and broker, as direct children of whoever calls. For the demo and the tests."""

import contextlib
import locale
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg2
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from demo import processes
from demo.binaries import ServerError, bindir_within_reach, find_broker, find_postgres, program_within_reach
from demo.processes import Account

HOST = "127.0.0.1"
SUPERUSER = "postgres"
START_SECONDS = 60.0
NEVER = Retry(NoBackoff(), 0)  # the client's own retries would only slow the probe down
# Longer paths do not fit into a socket's address (107 bytes with the file's name).
SOCKET_PATH_LIMIT = 85


def free_port(wanted: int | None = None) -> int:
    """`wanted` if nobody listens there, else any free port on the loopback."""
    for port in (wanted, 0):
        if port is not None:
            with socket.socket() as probe, contextlib.suppress(OSError):
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((HOST, port))
                return probe.getsockname()[1]
    raise ServerError("no free port on the loopback address")


def servers_home(directory: Path, remembered: str | None = None) -> Path:
    """Where the servers keep their data: `directory`, or, where their account may not enter that (root's
    private home), a directory of its own that the caller must remember and hand in again."""
    if remembered and Path(remembered).is_dir():
        return Path(remembered)
    directory.mkdir(parents=True, exist_ok=True)
    account = Account.for_servers()
    if account.can_enter(directory):
        return directory
    home = Path(tempfile.mkdtemp(prefix="gezhi-", dir="/var/tmp"))
    home.chmod(0o711)
    return home


class Server:
    """A server that is our direct child: started until a real connection answers, stopped in order."""

    name: str
    stop_signal: signal.Signals = signal.SIGTERM

    def __init__(
        self, home: Path, *, log: Path, env: dict[str, str] | None = None, port: int | None = None
    ) -> None:
        self.home, self.log = home, log
        self.env = {"PATH": os.defpath, "LANG": "C.UTF-8", **(env or {})}
        self.account = Account.for_servers()
        self.port = port
        self.child: subprocess.Popen | None = None

    @property
    def data(self) -> Path:
        """The data directory; also the server's working directory, by which leftovers are known."""
        return self.home / self.name

    def command(self) -> list[str | Path]:
        """The command line of the server."""
        raise NotImplementedError

    def prepare(self) -> None:
        """Make or mend the data directory before a start."""

    def probe(self) -> None:
        """Raise unless the server answers on a real connection."""
        raise NotImplementedError

    def start(self) -> "Server":
        """Start and wait for the first answer. A port taken by somebody else is changed, twice at most."""
        self.prepare()
        for last in (False, False, True):
            self.port = free_port(self.port)
            self.child = processes.start(
                self.command(),
                log=self.log,
                env=self.env,
                cwd=self.data,
                account=self.account,
                on_orphan=self.stop_signal,
            )
            if self._answers(last):
                return self
            self.port = None
        raise AssertionError("unreachable")

    def _answers(self, last: bool) -> bool:
        assert self.child is not None
        deadline = time.monotonic() + START_SECONDS
        error: Exception | str = "no answer"
        while time.monotonic() < deadline and self.child.poll() is None:
            try:
                self.probe()
                return True
            except (psycopg2.Error, redis.RedisError) as refused:
                error = refused
                time.sleep(0.03)
        taken = "in use" in tail(self.log)
        if self.child.poll() is not None and taken and not last:
            return False
        self.stop()
        raise ServerError(f"{self.name} did not start ({error}); the end of {self.log}:\n{tail(self.log)}")

    def stop(self) -> None:
        """Stop in order; its data stays."""
        if self.child is not None:
            processes.stop([self.child], self.stop_signal, patience=30.0)


def tail(path: Path, lines: int = 15) -> str:
    """The last lines of a log."""
    with contextlib.suppress(OSError):
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
    return ""


class Postgres(Server):
    """PostgreSQL on the loopback and, where the path is short enough, a socket; passwords always."""

    name = "postgres"
    stop_signal = signal.SIGINT  # fast shutdown: does not wait for clients

    def __init__(
        self, home: Path, *, password: str, system: bool = True, settings: dict | None = None, **rest
    ) -> None:
        super().__init__(home, **rest)
        self.password, self.system, self.settings = password, system, settings or {}
        self.bindir, self.major = Path(), ""

    def command(self) -> list[str | Path]:
        sockets = self.data if len(str(self.data)) <= SOCKET_PATH_LIMIT else ""
        settings = {
            "listen_addresses": HOST,
            "port": self.port,
            "unix_socket_directories": sockets,
            "max_connections": 120,
            "shared_buffers": "256MB",
            "timezone": "UTC",
            "log_timezone": "UTC",
        } | self.settings
        options = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
        return [self.bindir / "postgres", "-D", self.data, *options]

    def prepare(self) -> None:
        version = self.data / "PG_VERSION"
        needed = version.read_text().strip() if version.exists() else None
        bindir, self.major = find_postgres(needed, system=self.system)
        self.bindir = bindir_within_reach(bindir, self.home, self.account)
        if needed is None:
            self._initdb()
        self._clear_stale_pid()

    def _initdb(self) -> None:
        shutil.rmtree(self.data, ignore_errors=True)  # half made by a run that was stopped
        self.data.mkdir(parents=True)
        self.account.own(self.data, 0o700)
        secret = self.home / f".{secrets.token_hex(8)}"
        secret.touch(mode=0o600)
        secret.write_text(self.password)
        self.account.own(secret, 0o600)
        options = [
            "--username",
            SUPERUSER,
            "--pwfile",
            secret,
            "--auth",
            "scram-sha-256",
            "--encoding",
            "UTF8",
        ]
        command = [
            self.bindir / "initdb",
            "-D",
            self.data,
            "--data-checksums",
            "--locale",
            _locale(),
            *options,
        ]
        try:
            with self.log.open("ab") as output:
                subprocess.run(
                    [str(word) for word in command],
                    cwd=self.home,
                    env=self.env,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    check=True,
                    **self.account.popen_args(),
                )
        except subprocess.CalledProcessError as error:
            raise ServerError(f"initdb failed; the end of {self.log}:\n{tail(self.log)}") from error
        finally:
            secret.unlink()

    def _clear_stale_pid(self) -> None:
        """A pid file whose process is dead, a zombie or not PostgreSQL would stop the next start."""
        pidfile = self.data / "postmaster.pid"
        if not pidfile.exists():
            return
        first = pidfile.read_text().split("\n", 1)[0].strip()
        if first.isdigit() and _is_postgres(int(first), self.data):
            raise ServerError(f"PostgreSQL (pid {first}) already runs on {self.data}: stop it first")
        # Its children hold the shared memory; with them alive a new server refuses to start.
        processes.end_leftovers(self.data, [self.data], patience=0.5)
        for stale in (pidfile, *self.data.glob(".s.PGSQL.*")):
            stale.unlink(missing_ok=True)

    def probe(self) -> None:
        self.connect().close()

    def connect(self, database: str = "postgres") -> "psycopg2.extensions.connection":
        """A superuser's connection, in autocommit."""
        connection = psycopg2.connect(self.url(SUPERUSER, self.password, database), connect_timeout=5)
        connection.autocommit = True
        return connection

    def url(self, user: str, password: str, database: str) -> str:
        """postgresql:// address of a role and database on this server. Passwords are URL-safe."""
        return f"postgresql://{user}:{password}@{HOST}:{self.port}/{database}"


def _is_postgres(pid: int, data: Path) -> bool:
    if not processes.is_running(pid):
        return False
    try:
        comm = Path(f"/proc/{pid}/comm").read_text().strip()
        return comm == "postgres" and os.readlink(f"/proc/{pid}/cwd") == str(data)
    except OSError:
        return not Path("/proc").is_dir()


def _locale() -> str:
    """UTF-8 character classes where the system has them, else plain C."""
    before = locale.setlocale(locale.LC_CTYPE)
    with contextlib.suppress(locale.Error):
        locale.setlocale(locale.LC_CTYPE, "C.UTF-8")
        locale.setlocale(locale.LC_CTYPE, before)
        return "C.UTF-8"
    return "C"


class Broker(Server):
    """Valkey or Redis: append-only, evicting nothing, on the loopback only, with a password."""

    name = "broker"

    def __init__(self, home: Path, *, password: str, **rest) -> None:
        super().__init__(home, **rest)
        self.password = password
        self.program = Path()

    def prepare(self) -> None:
        self.data.mkdir(parents=True, exist_ok=True)
        self.account.own(self.data, 0o700)
        self.program = program_within_reach(find_broker(), self.home, self.account)
        processes.end_leftovers(self.data, [self.data], patience=0.5)

    def command(self) -> list[str | Path]:
        lines = {
            "bind": HOST,
            "port": self.port,
            "dir": self.data,
            "requirepass": self.password,
            "appendonly": "yes",
            "save": "",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
        }
        config = self.home / "broker.conf"
        config.touch(mode=0o600)
        config.write_text("".join(f'{key} "{value}"\n' for key, value in lines.items()))
        self.account.own(config, 0o600)
        return [self.program, config]

    def probe(self) -> None:
        redis.Redis.from_url(self.url(), socket_timeout=2, retry=NEVER).ping()

    def url(self) -> str:
        """redis:// address with the password."""
        return f"redis://:{self.password}@{HOST}:{self.port}/0"
