"""The way back from a dump, as docs/deploy.md tells it: after it the days can be sealed again."""

import re
import shutil
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

from demo import processes, servers

MANUAL = (Path(__file__).resolve().parents[2] / "docs/deploy.md").read_text()
# What `trail.querysets.settled_below` asks: new events lie at or above it.
SETTLED_BELOW = "SELECT txid_snapshot_xmin(txid_current_snapshot())"


@pytest.fixture
def server(tmp_path):
    """A new cluster that holds what a dump brought: events and a seal of a counter far ahead of its own."""
    home = servers.servers_home(tmp_path / "db")
    started = servers.Postgres(home, password="admin", log=tmp_path / "postgres.log").start()
    ask(started, "CREATE TABLE trail_event (xact_id bigint)")
    ask(started, "CREATE TABLE trail_seal (below_xact bigint)")
    ask(started, "INSERT INTO trail_event VALUES (700), (5000321)")
    yield started
    started.stop()
    shutil.rmtree(home)


def ask(server, statement):
    with closing(psycopg2.connect(server.url(servers.SUPERUSER, "admin", "postgres"))) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []


def told():
    """The question and the program that the manual gives."""
    question = re.search(r'psql .*-c "\n(.+?)"', MANUAL, re.DOTALL)
    program = re.search(r"postgres (pg_resetwal .* NUMBER) /var/lib", MANUAL)
    return question[1], program[1].split()


@pytest.mark.parametrize("sealed_below", [None, 5_000_322, 6_291_456])
def test_the_counter_goes_past_all_that_was_sealed(server, sealed_below):
    if sealed_below:
        ask(server, f"INSERT INTO trail_seal VALUES ({sealed_below})")
    most = max(5_000_321, sealed_below or 0)
    assert ask(server, SETTLED_BELOW)[0][0] < most, "else there is nothing to mend"
    question, (program, *options) = told()
    number = ask(server, question)[0][0]
    server.stop()
    words = [str(number) if word == "NUMBER" else word for word in options]
    reset = processes.start(
        [server.bindir / program, *words, server.data],
        log=server.log,
        env=server.env,
        cwd=server.data,
        account=server.account,
    )
    assert reset.wait() == 0, server.log.read_text()
    server.start()
    assert ask(server, SETTLED_BELOW)[0][0] > most
    ask(server, "INSERT INTO trail_event SELECT txid_current()")
    assert ask(server, "SELECT count(*), min(xact_id) FROM trail_event") == [(3, 700)]


def test_the_manual_says_it_where_restoring_stands():
    backup = MANUAL.partition("## Backup")[2].partition("\n## ")[0]
    for word in ("pg_restore", "verify_trail", "pg_resetwal -x", "counter", "0004-append-only-trail.md"):
        assert word in backup
