"""One stack's directory: what it remembers between starts, its secrets, its processes' environment."""

import base64
import contextlib
import fcntl
import json
import os
import secrets
import shutil
import sys
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

from demo.processes import MARK

ROOT = Path(__file__).resolve().parent.parent
# The district that is shown at work; named here too, since this file runs before there is a Django.
HOME_DISTRICT = "220103"
KEPT_ON_RESET = {"state.json", "lock"}


class Refusal(RuntimeError):
    """The demo does not start, and the text says why and what to do."""


def write_private(path: Path, content: object) -> None:
    """Write JSON that only we may read, all at once: a reader never sees half a file."""
    half = path.with_name(f".{path.name}.{os.getpid()}")
    with open(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False, indent=2)
    half.replace(path)


class Stack:
    """A directory such as `.demo/`: state.json, logs, data of the servers, photos, collected static files."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory.resolve()
        self.state: dict = {}
        self._lock: TextIO  # held from open() until we end

    @property
    def credentials(self) -> Path:
        """Where the seed writes the sign-ins."""
        return self.directory / "credentials.json"

    def log(self, name: str) -> Path:
        """The log file of a process."""
        return self.directory / "logs" / f"{name}.log"

    def open(self) -> None:
        """Make the directory if needed, lock it, read its state. Raises Refusal if another start holds it."""
        state = self.directory / "state.json"
        strange = {path.name for path in self.directory.glob("*")} - KEPT_ON_RESET
        if strange and not state.exists():
            raise Refusal(f"{self.directory} is not empty and not a demo's directory.")
        self.directory.mkdir(parents=True, exist_ok=True)
        # Others may pass through (the servers' user), not list; every secret has its own mode 0600.
        self.directory.chmod(0o711)
        self._take_lock()
        self.state = json.loads(state.read_text()) if state.exists() else _fresh_state()
        self.save()
        self._make_places()

    def _make_places(self) -> None:
        for name, mode in (("logs", 0o700), ("media", 0o700), ("static", 0o755)):
            (self.directory / name).mkdir(mode, exist_ok=True)

    def _take_lock(self) -> None:
        self._lock = (self.directory / "lock").open("a+")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._lock.seek(0)
            raise Refusal(
                f"演示已在运行 / The demo in {self.directory} is running already: "
                f"{self._lock.read().strip() or 'it is still starting'}. Stop it with Ctrl-C where it runs."
            ) from error
        self._lock.truncate(0)

    def announce(self, text: str) -> None:
        """Tell a second start who holds the lock."""
        self._lock.truncate(0)
        self._lock.write(text)
        self._lock.flush()

    def save(self) -> None:
        """Write the state down."""
        write_private(self.directory / "state.json", self.state)

    def clear(self) -> None:
        """Remove what a start makes. The identity stays: an outside database is still known as ours."""
        places = [path for path in self.directory.iterdir() if path.name not in KEPT_ON_RESET]
        if (home := Path(self.state.get("home") or self.directory)) != self.directory:
            places.append(home)
        for place in places:
            if place.is_dir() and not place.is_symlink():
                shutil.rmtree(place)
            else:
                place.unlink()
        self.state = {key: self.state[key] for key in ("instance", "secrets")} | {"ports": {}, "done": {}}
        self.save()
        self._make_places()

    def environment(
        self, *, database_url: str, redis_url: str, base_url: str, embedded: bool
    ) -> dict[str, str]:
        """What a process of this stack gets: the settings' contract, and the mark by which it is known."""
        # Our interpreter's programs first (granian, celery).
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
        # The owner's address is nobody's business who serves.
        inherited = {name: value for name, value in os.environ.items() if name != "OWNER_DATABASE_URL"}
        return inherited | {
            "PATH": path,
            MARK: str(self.directory),
            "DJANGO_SETTINGS_MODULE": "governance.settings",
            "PYTHONUNBUFFERED": "1",
            "GEZHI_ENV": "demo",
            "DEBUG": "0",
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "SECRET_KEY": self.state["secrets"]["secret_key"],
            "FIELD_KEYS": self.state["secrets"]["field_key"],
            "BASE_URL": base_url,
            "ALLOWED_HOSTS": "127.0.0.1,localhost,[::1]",
            "MEDIA_ROOT": str(self.directory / "media"),
            "STATIC_ROOT": str(self.directory / "static"),
            "EMBEDDED_SERVERS": "1" if embedded else "0",
            "OPEN311_DEFAULT": HOME_DISTRICT,
        }


def _fresh_state() -> dict:
    names = ("postgres", "owner", "app", "broker", "secret_key")
    words: Mapping[str, str] = {name: secrets.token_hex(24) for name in names}
    field_key = base64.urlsafe_b64encode(os.urandom(32)).decode()  # a Fernet key
    return {
        "instance": uuid.uuid4().hex,
        "secrets": {**words, "field_key": field_key},
        "ports": {},
        "done": {},
    }


def move_credentials(path: Path, base_url: str) -> None:
    """After a start on another port: the addresses in the sign-ins follow."""
    with contextlib.suppress(FileNotFoundError):
        text = path.read_text(encoding="utf-8")
        old = json.loads(text).get("base_url")
        if old and old != base_url:
            write_private(path, json.loads(text.replace(old, base_url)))
