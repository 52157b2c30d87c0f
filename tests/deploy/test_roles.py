"""The script that the database container runs once, on a real PostgreSQL."""

import psycopg2
import pytest

from tests.deploy.compose import database_server, execute


@pytest.fixture
def server(tmp_path):
    with database_server(tmp_path / "db", owner="it's") as started:
        yield started


def test_owner_owns_and_app_only_serves(server):
    owner = server.url("gezhi_owner", "it%27s", "gezhi")
    app = server.url("gezhi_app", "c3", "gezhi")
    execute(owner, "CREATE TABLE made (n int); GRANT SELECT ON made TO gezhi_app")
    assert execute(app, "SELECT count(*) FROM made") == [(0,)]
    for forbidden in ("CREATE TABLE mine (n int)", "DROP TABLE made", "ALTER TABLE made ADD m int"):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            execute(app, forbidden)
    roles = execute(
        owner,
        "SELECT rolsuper OR rolcreaterole OR rolcreatedb FROM pg_roles WHERE rolname ~ '^gezhi'",
    )
    assert roles == [(False,), (False,)]
