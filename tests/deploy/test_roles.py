"""The script that the database container runs once, on a real PostgreSQL."""

import os
import shutil
import subprocess
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

from demo import servers

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def server(tmp_path):
    home = servers.servers_home(tmp_path / "db")
    started = servers.Postgres(home, password="admin", log=tmp_path / "postgres.log").start()
    yield started
    started.stop()
    shutil.rmtree(home)


def run(server, url, statement):
    with closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def test_owner_owns_and_app_only_serves(server):
    env = {
        "PATH": f"{server.bindir}:{os.environ['PATH']}",
        "PGHOST": servers.HOST,
        "PGPORT": str(server.port),
        "PGPASSWORD": "admin",
        "POSTGRES_USER": servers.SUPERUSER,
        "OWNER_DB_PASSWORD": "it's",
        "APP_DB_PASSWORD": "b2",
    }
    subprocess.run(["sh", ROOT / "deploy/roles.sh"], env=env, check=True, capture_output=True)
    owner = server.url("gezhi_owner", "it%27s", "gezhi")
    app = server.url("gezhi_app", "b2", "gezhi")
    run(server, owner, "CREATE TABLE made (n int); GRANT SELECT ON made TO gezhi_app")
    assert run(server, app, "SELECT count(*) FROM made") == [(0,)]
    for forbidden in ("CREATE TABLE mine (n int)", "DROP TABLE made", "ALTER TABLE made ADD m int"):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            run(server, app, forbidden)
    roles = run(
        server,
        owner,
        "SELECT rolsuper OR rolcreaterole OR rolcreatedb FROM pg_roles WHERE rolname ~ '^gezhi'",
    )
    assert roles == [(False,), (False,)]
