"""The stack that live, browser and chaos tests run against: web, workers, beat, servers as processes."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Literal

import psycopg2

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 300
# Names the file of a migrated database; none where the tests have none (tests/environment.py), as in benches.
MIGRATED = "GEZHI_TEST_MIGRATED"


def wait_for(true: Callable[[], Any], what: str, seconds: float = 60) -> Any:
    """The first true answer; a test that waits in vain fails with `what`."""
    deadline = time.monotonic() + seconds
    while not (found := true()):
        if time.monotonic() > deadline:
            raise AssertionError(f"after {seconds} s still not: {what}")
        time.sleep(0.1)
    return found


class LiveStack:
    """One `python -m demo --stack-only` and what tests do to it. `migrates`: its tables are made by the migrations, as on
    a user's machine; else read from what they came to, where that is kept."""

    def __init__(self, directory: Path | None = None, *, migrates: bool = False) -> None:
        self.migrated = None if migrates else os.environ.get(MIGRATED)
        self.place = Path(tempfile.mkdtemp(prefix="gezhi-live-"))
        # The servers' user must get through; pytest's own directories are closed to it.
        self.place.chmod(0o711)
        self.directory = directory or self.place / "demo"
        self.process: subprocess.Popen | None = None

    def start(
        self,
        *,
        seed: bool | Literal["small"] = False,
        env: Mapping[str, str] | None = None,
        scale: Mapping[str, int] | None = None,
        reset: bool = False,
        outside: Mapping[str, str] | None = None,
        wait: bool = True,
    ) -> "LiveStack":
        """Start (again) on the same data and wait until it is ready. `seed`: whole, "small" or none.

        `reset` starts over. `outside`: DATABASE_URL and REDIS_URL of servers that are not the stack's own.
        """
        command = [sys.executable, "-m", "demo", "--json", "--port", "0", "--dir", str(self.directory)]
        command += ["--reset"] if reset else []
        command += ["--stack-only"] if outside is None else []
        command += ["--migrated", self.migrated] if self.migrated and outside is None else []
        command += {"small": ["--small"], True: [], False: ["--no-seed"]}[seed]
        for option, pairs in (("--env", env), ("--scale", scale)):
            command += [word for key, value in (pairs or {}).items() for word in (option, f"{key}={value}")]
        (self.directory / "ready.json").unlink(missing_ok=True)  # of a supervisor that was killed
        self.output = self.place / "output.log"
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=os.environ | (outside or {}), stdout=output, stderr=output
            )
        if wait:
            wait_for(self._is_ready, f"ready; see {self.output}", START_SECONDS)
        return self

    def _is_ready(self) -> bool:
        if self.process.poll() is not None:
            raise AssertionError(f"the stack did not start:\n{self.output.read_text()}")
        return (self.directory / "ready.json").exists()

    @property
    def ready(self) -> dict:
        """base_url, database_url (app), owner_database_url, redis_url, keys, media_root, pids."""
        return json.loads((self.directory / "ready.json").read_text())

    @property
    def base_url(self) -> str:
        """Where the web answers."""
        return self.ready["base_url"]

    @property
    def credentials(self) -> dict:
        """Sign-ins per role, as the seed wrote them (seeded stacks only)."""
        return json.loads((self.directory / "credentials.json").read_text())

    def pid(self, name: str) -> int | None:
        """Process id of postgres, broker, web, worker-sweep, -fanout, -deliver, beat; None: down."""
        return self.ready["pids"].get(name)

    def kill(self, name: str, number: int = signal.SIGKILL, *, group: bool = True) -> int:
        """Signal a process (services with their pool); its process id."""
        pid = self.pid(name)
        assert pid, f"{name} is not running"
        (os.killpg if group else os.kill)(pid, number)
        return pid

    def wait_restarted(self, name: str, old: int, seconds: float = 60) -> int:
        """Wait until the supervisor has started it again; the new process id."""
        return wait_for(lambda: (pid := self.pid(name)) and pid != old and pid, f"{name} restarted", seconds)

    def hold(self, *names: str) -> None:
        """From now on only these stay down once they died; no names: everything is restarted."""
        (self.directory / "hold").write_text("\n".join(names))

    def query(self, statement: str, values: tuple = (), *, owner: bool = False) -> list[tuple]:
        """Rows of one statement, past Django: what the tests believe."""
        with closing(
            psycopg2.connect(self.ready["owner_database_url" if owner else "database_url"])
        ) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement, values)
                return cursor.fetchall() if cursor.description else []

    def environment(self, *, owner: bool = False) -> dict[str, str]:
        """The environment of a process that belongs to this stack."""
        ready = self.ready
        return dict(os.environ) | {
            "GEZHI_ENV": "demo",
            "DJANGO_SETTINGS_MODULE": "governance.settings",
            "DATABASE_URL": ready["owner_database_url" if owner else "database_url"],
            "REDIS_URL": ready["redis_url"],
            "SECRET_KEY": ready["secret_key"],
            "FIELD_KEYS": ready["field_keys"],
            "BASE_URL": ready["base_url"],
            "MEDIA_ROOT": ready["media_root"],
            "STATIC_ROOT": str(self.directory / "static"),
        }

    def manage(self, *words: str, owner: bool = False, stdin: str | None = None) -> str:
        """Run a management command against this stack; its output. A failure fails the test."""
        answer = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self.environment(owner=owner),
            input=stdin,
            capture_output=True,
            text=True,
        )
        assert answer.returncode == 0, answer.stdout + answer.stderr
        return answer.stdout

    def python(self, code: str, *, owner: bool = False) -> Any:
        """Run code inside Django against this stack; what it assigned to `result`, through JSON."""
        shell = f"{code}\nimport json as _json, sys as _sys\n_sys.stdout.write('\\0' + _json.dumps(result))"
        return json.loads(self.manage("shell", "--no-imports", "-c", shell, owner=owner).rpartition("\0")[2])

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Stop the whole stack (its data stays); the supervisor's exit code."""
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(60)

    def discard(self) -> None:
        """Stop it and remove its data; with GEZHI_KEEP set its logs stay for reading."""
        self.stop()
        state = self.directory / "state.json"
        home = json.loads(state.read_text()).get("home") if state.exists() else None
        if not os.environ.get("GEZHI_KEEP"):
            for path in filter(None, (self.place, home)):
                shutil.rmtree(path, ignore_errors=True)
