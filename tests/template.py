"""The migrated database that the tests' own are copied from.

To migrate from nothing costs a minute and a half of CPU, and every worker needs a database: so it is done once, and what
came of it is kept beside the virtual environment until a migration changes.
"""

import hashlib
import os
import re
import subprocess
import sys
from contextlib import closing
from importlib import metadata
from pathlib import Path

from demo.database import reading
from demo.servers import SUPERUSER, Postgres

NAME = "gezhi_template"
ROOT = Path(__file__).resolve().parent.parent
KEPT = Path(sys.prefix) / "gezhi-tests"
MOST_KEPT = 12
# What a migration takes from the code beside it, where it does.
_IMPORTED = re.compile(r"^(?:from|import) ([a-z_]+(?:\.[a-z_]+)+)", re.MULTILINE)


def make(postgres: Postgres) -> Path | None:
    """Put it on this server: read from what is kept, or migrated and kept. The file that keeps it, where there is one."""
    kept = KEPT / f"{_key(postgres.major)}.sql"
    if not (kept.exists() and _read(postgres, kept)):
        _create(postgres)
        _run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], DATABASE_URL=_url(postgres))
        _keep(postgres, kept)
    return kept if kept.exists() else None


def _key(major: str) -> str:
    """Another one for every other outcome: by the migrations, what they import, and the packages."""
    found = hashlib.sha256(f"{major} without owners".encode())
    for line in sorted(f"{one.name} {one.version}" for one in metadata.distributions()):
        found.update(line.encode())
    migrations = sorted(ROOT.glob("*/migrations/*.py"))
    texts = {path: path.read_bytes() for path in migrations}
    for name in sorted({name for text in texts.values() for name in _IMPORTED.findall(text.decode())}):
        beside = ROOT.joinpath(*name.split("."))
        for path in (beside.with_suffix(".py"), *sorted(beside.glob("*.py"))):
            if path.is_file():
                texts[path] = path.read_bytes()
    for path, text in texts.items():
        found.update(str(path.relative_to(ROOT)).encode() + b"\0" + text)
    return found.hexdigest()[:24]


def _create(postgres: Postgres) -> None:
    with closing(postgres.connect()) as connection, connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {NAME}")
        cursor.execute(f"CREATE DATABASE {NAME}")


def _read(postgres: Postgres, kept: Path) -> bool:
    """Whether it worked: what was left by a run that was stopped is made anew."""
    program = postgres.bindir / "psql"
    if not program.exists():
        return False
    _create(postgres)
    return _run(reading(program, kept, _url(postgres)), check=False)


def _keep(postgres: Postgres, kept: Path) -> None:
    """The newest few; nothing where the server brings no pg_dump."""
    program = postgres.bindir / "pg_dump"
    if not program.exists():
        return
    KEPT.mkdir(exist_ok=True)
    half = kept.with_suffix(f".{os.getpid()}")
    # Whoever reads it owns it: the owner of a live stack's database.
    if _run([program, "--no-owner", "--no-privileges", "--file", half, _url(postgres)], check=False):
        half.replace(kept)
    half.unlink(missing_ok=True)
    by_age = sorted(KEPT.glob("*.sql"), key=lambda path: path.stat().st_mtime)
    for old in by_age[:-MOST_KEPT]:
        old.unlink(missing_ok=True)


def _url(postgres: Postgres) -> str:
    return postgres.url(SUPERUSER, postgres.password, NAME)


def _run(words: list, *, check: bool = True, **env: str) -> bool:
    done = subprocess.run([str(word) for word in words], cwd=ROOT, env=os.environ | env, check=check)
    return done.returncode == 0
