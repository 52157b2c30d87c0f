"""Child processes: started so that they end with us, found again when they did not, stopped in order."""

import contextlib
import ctypes
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# Every process of one stack carries this variable; its value is the stack's directory.
MARK = "GEZHI_STACK"
SERVERS = {"postgres", "initdb", "valkey-server", "redis-server"}
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Account:
    """Who a server runs as. As root nothing that listens may stay root; otherwise it is ourselves."""

    uid: int
    gid: int
    drop: bool

    @classmethod
    def for_servers(cls) -> "Account":
        """`postgres` or `nobody` when we are root, else our own user."""
        if os.geteuid() != 0:
            return cls(os.geteuid(), os.getegid(), drop=False)
        for name in ("postgres", "nobody"):
            with contextlib.suppress(KeyError):
                entry = pwd.getpwnam(name)
                return cls(entry.pw_uid, entry.pw_gid, drop=True)
        raise RuntimeError(
            "root needs a user to run servers as, but there is neither 'postgres' nor 'nobody'"
        )

    def popen_args(self) -> dict:
        """Arguments for subprocess that drop to this account."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.drop else {}

    def can_enter(self, path: Path) -> bool:
        """May this account walk into `path`? Asked of the kernel, parents and access lists included."""
        command = ["test", "-x", str(path)]
        return subprocess.run(command, cwd="/", check=False, **self.popen_args()).returncode == 0

    def own(self, path: Path, mode: int) -> Path:
        """Hand `path` over to this account."""
        if self.drop:
            os.chown(path, self.uid, self.gid)
        path.chmod(mode)
        return path


def start(
    command: Sequence[str | Path],
    *,
    log: Path | None,
    env: Mapping[str, str],
    cwd: Path,
    account: Account | None = None,
    on_orphan: int = signal.SIGTERM,
) -> subprocess.Popen:
    """Start a child in a session of its own (Ctrl-C reaches only us) that gets `on_orphan` when we die.
    Without a log it writes to our own terminal.

    Must be called from the main thread: the kernel ties the signal to the thread that forks.
    """
    parent = os.getpid()

    def die_with_parent() -> None:
        # Runs after the change of user, which would clear it.
        assert LIBC is not None
        LIBC.prctl(PR_SET_PDEATHSIG, int(on_orphan))
        if os.getppid() != parent:
            os._exit(1)

    with log.open("ab") if log else contextlib.nullcontext() as output:
        return subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if log else None,
            env=dict(env),
            cwd=cwd,
            start_new_session=True,
            preexec_fn=die_with_parent if LIBC else None,
            **(account.popen_args() if account else {}),
        )


def signal_group(child: subprocess.Popen, number: int) -> None:
    """Signal the child's whole process group; a group that is gone is fine."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, number)


def stop(children: Iterable[subprocess.Popen], number: int, patience: float) -> None:
    """Ask the leaders of these groups to end, wait `patience` seconds for all, then kill what is left."""
    children = list(children)
    for child in children:
        if child.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                child.send_signal(number)
    deadline = time.monotonic() + patience
    for child in children:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(max(0.0, deadline - time.monotonic()))
        # Pool processes of a leader that was killed live on in its group.
        signal_group(child, signal.SIGKILL)
        child.wait()


def is_running(pid: int) -> bool:
    """Does the process do anything still? A zombie does not, though a signal reaches it."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    with contextlib.suppress(OSError):
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        return state not in "ZX"
    return True


def leftovers(stack: Path, homes: Iterable[Path]) -> list[int]:
    """Processes of this stack that outlived their supervisor: by mark, or servers working in its directories.

    Both are needed: PostgreSQL overwrites its environment with its title. Empty where there is no /proc.
    """
    mark = f"{MARK}={stack}".encode()
    places = {str(home) for home in homes}
    return [pid for pid in _pids() if pid != os.getpid() and _belongs(pid, mark, places)]


def _pids() -> list[int]:
    proc = Path("/proc")
    return [int(entry.name) for entry in proc.iterdir() if entry.name.isdigit()] if proc.is_dir() else []


def _belongs(pid: int, mark: bytes, places: set[str]) -> bool:
    try:
        if os.readlink(f"/proc/{pid}/cwd") in places:
            return Path(f"/proc/{pid}/comm").read_text().strip() in SERVERS
        return mark in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:  # gone meanwhile, or somebody else's
        return False


def end_leftovers(stack: Path, homes: Iterable[Path], patience: float = 10.0) -> int:
    """End what a killed supervisor left behind; how many that were. Call only while holding the lock."""
    homes = list(homes)
    found = leftovers(stack, homes)
    for number, wait in ((signal.SIGTERM, 0.0), (signal.SIGINT, patience), (signal.SIGKILL, 5.0)):
        for pid in leftovers(stack, homes):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)
        deadline = time.monotonic() + wait
        while time.monotonic() < deadline and any(is_running(pid) for pid in leftovers(stack, homes)):
            time.sleep(0.05)
    return len(found)
