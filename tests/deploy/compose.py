"""docker-compose.yml as compose reads it, and its database server with its roles, without an engine."""

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg2
import yaml

from demo import servers
from tests.starting import FERNET, ROOT

COMPOSE = (ROOT / "docker-compose.yml").read_text()
SERVICES = yaml.safe_load(COMPOSE)["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
# What an operator fills in; every other variable has a default in the file.
FILLED = {
    "SECRET_KEY": "x" * 50,
    "FIELD_KEYS": FERNET,
    "POSTGRES_PASSWORD": "a1",
    "OWNER_DB_PASSWORD": "b2",
    "APP_DB_PASSWORD": "c3",
    "BROKER_PASSWORD": "d4",
    "BASE_URL": "https://gezhi.example.org",
    "ALLOWED_HOSTS": "gezhi.example.org",
    "CSRF_TRUSTED_ORIGINS": "https://gezhi.example.org",
}
VARIABLE = re.compile(r"(?<!\$)\$\{(\w+)(?::([?-])([^}]*))?\}")


def filled_in(text: Any, values: dict[str, str]) -> str:
    """What compose makes of ${NAME:?message}, ${NAME:-default} and $$."""

    def one(match: re.Match[str]) -> str:
        name, kind, rest = match.groups()
        if values.get(name):
            return values[name]
        assert kind == "-", f"{name} has neither a value nor a default"
        return rest

    return VARIABLE.sub(one, str(text)).replace("$$", "$")


def words(service: dict[str, Any]) -> list[str]:
    """The command as words, shell lines opened up."""
    command = filled_in(service.get("command", ""), FILLED)
    split = shlex.split(command)
    if split[:2] != ["sh", "-c"]:
        return split
    return list(shlex.shlex(split[2], posix=True, punctuation_chars=True))


def environment(name: str) -> dict[str, str]:
    """A service's variables as its process sees them."""
    return {key: filled_in(value, FILLED) for key, value in SERVICES[name]["environment"].items()}


@contextmanager
def database_server(place: Path, **passwords: str) -> Iterator[servers.Postgres]:
    """A PostgreSQL on which deploy/roles.sh has run, as the database container does once."""
    home = servers.servers_home(place)
    given = {"owner": FILLED["OWNER_DB_PASSWORD"], "app": FILLED["APP_DB_PASSWORD"]} | passwords
    started = servers.Postgres(home, password=FILLED["POSTGRES_PASSWORD"], log=home / "postgres.log").start()
    env = {
        "PATH": f"{started.bindir}:{os.environ['PATH']}",
        "PGHOST": servers.HOST,
        "PGPORT": str(started.port),
        "PGPASSWORD": FILLED["POSTGRES_PASSWORD"],
        "POSTGRES_USER": servers.SUPERUSER,
        "OWNER_DB_PASSWORD": given["owner"],
        "APP_DB_PASSWORD": given["app"],
    }
    try:
        subprocess.run(["sh", ROOT / "deploy/roles.sh"], env=env, check=True, capture_output=True)
        yield started
    finally:
        started.stop()
        shutil.rmtree(home)


def execute(url: str, statement: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """One statement, past Django; its rows, if it has any."""
    with closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []
