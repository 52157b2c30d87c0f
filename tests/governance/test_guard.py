"""Production's processes against a real server with real roles: who serves, and who is turned away."""

import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from demo import servers
from tests.deploy.compose import FILLED, database_server, execute
from tests.starting import PRODUCTION, run_python

PASSWORDS = {
    "owner": FILLED["OWNER_DB_PASSWORD"],
    "app": FILLED["APP_DB_PASSWORD"],
    "member": "e5",
    "maker": "f6",
}
# How our processes begin: the web's import, a worker's signal. `run_ticks` asks too (test_run_ticks.py).
WEB = "import governance.wsgi"
WORKER = (
    "import django; django.setup()\n"
    "from celery.signals import worker_init\n"
    "from governance.celery import app\n"
    "worker_init.send(sender=app)"
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Roles and database as the database container makes them, a table of the owner's, two more roles."""
    with database_server(tmp_path_factory.mktemp("guard") / "db") as started:
        admin = started.url(servers.SUPERUSER, FILLED["POSTGRES_PASSWORD"], "gezhi")
        execute(admin, "SET ROLE gezhi_owner; CREATE TABLE made (n int)")
        execute(admin, "CREATE ROLE gezhi_member LOGIN PASSWORD 'e5' IN ROLE gezhi_owner")
        execute(admin, "CREATE ROLE gezhi_maker LOGIN CREATEROLE PASSWORD 'f6'")
        execute(admin, "GRANT CONNECT ON DATABASE gezhi TO gezhi_maker")
        yield started


def start(server: Any, role: str, code: str = WEB, **more: str) -> subprocess.CompletedProcess[str]:
    url = server.url(f"gezhi_{role}", PASSWORDS[role], "gezhi")
    env = {"DJANGO_SETTINGS_MODULE": "governance.settings", "DATABASE_URL": url}
    return run_python("-c", f"{code}\nprint('started')", env=PRODUCTION | env | more)


@pytest.mark.parametrize("code", [WEB, WORKER], ids=["web", "worker"])
def test_the_app_role_serves(server: Any, code: str) -> None:
    answer = start(server, "app", code)
    assert answer.stdout.endswith("started\n"), answer.stderr


@pytest.mark.parametrize("code", [WEB, WORKER], ids=["web", "worker"])
@pytest.mark.parametrize("role", ["owner", "member", "maker"])
def test_who_could_change_tables_does_not_start(server: Any, role: str, code: str) -> None:
    answer = start(server, role, code)
    assert answer.returncode != 0 and "started" not in answer.stdout
    assert "ImproperlyConfigured: DATABASE_URL signs in as the tables' owner" in answer.stderr


def test_an_administrator_does_not_start(server: Any) -> None:
    url = server.url(servers.SUPERUSER, FILLED["POSTGRES_PASSWORD"], "gezhi")
    answer = start(server, "app", DATABASE_URL=url)
    assert answer.returncode != 0 and "ImproperlyConfigured" in answer.stderr


@pytest.mark.parametrize("code", [WEB, WORKER], ids=["web", "worker"])
def test_a_demos_database_is_no_production(server: Any, code: str) -> None:
    owner = server.url("gezhi_owner", PASSWORDS["owner"], "gezhi")
    execute(owner, "CREATE TABLE demo_mark (kind text, name text)")
    try:
        answer = start(server, "app", code)
        assert answer.returncode != 0 and "ImproperlyConfigured: DATABASE_URL is a demo's" in answer.stderr
    finally:
        execute(owner, "DROP TABLE demo_mark")


def test_a_worker_that_cannot_ask_does_not_start_unasked(server: Any) -> None:
    """Its database is away: the supervisor tries again, instead of a worker that nobody looked at."""
    gone = f"postgresql://gezhi_app:{PASSWORDS['app']}@127.0.0.1:1/gezhi"
    answer = start(server, "app", WORKER, DATABASE_URL=gone)
    assert answer.returncode != 0 and "OperationalError" in answer.stderr


def test_elsewhere_nobody_asks(server: Any) -> None:
    """The demo's own processes, and development."""
    answer = start(server, "owner", GEZHI_ENV="demo")
    assert answer.stdout.endswith("started\n"), answer.stderr
