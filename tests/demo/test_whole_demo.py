"""`make demo` from an empty directory to a district at work: cut short, started again, kept, and begun anew."""

import http.client
import json
import shutil
import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg2
import pytest

from demo import servers
from demo.seed.volunteers import LEADER
from demo.supervisor import answer
from grids.roles import ROLES
from tests.live import START_SECONDS, LiveStack, wait_for

pytestmark = pytest.mark.live
KEPT = """
    SELECT (SELECT count(*) FROM grids_unit), (SELECT count(*) FROM accounts_user),
           (SELECT count(*) FROM issues_issue WHERE text ~ '演示' AND id <= %s)
"""
INTERRUPTED, SEED, MIGRATE = "the last seed was interrupted", "/ seed", "/ migrate"


@pytest.fixture
def stack() -> Iterator[LiveStack]:
    made = LiveStack(migrates=True)
    yield made
    made.discard()


def ask(url: str, statement: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    with closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else []


def said(stack: LiveStack, since: int = 0) -> str:
    """What the launcher has printed."""
    return stack.output.read_text()[since:]


def send(base_url: str, path: str, body: dict[str, Any] | None = None, token: str = "") -> tuple[int, Any]:
    """(status, what was answered)"""
    connection = http.client.HTTPConnection(urlsplit(base_url).netloc, timeout=60)
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Token {token}"} if token else {})
    connection.request("GET" if body is None else "POST", path, body and json.dumps(body), headers)
    got = connection.getresponse()
    text = got.read().decode()
    return got.status, json.loads(text) if "json" in got.headers["Content-Type"] else text


def test_cut_short_started_again_kept_and_begun_anew(stack: LiveStack) -> None:
    cut_short(stack)
    stack.start(seed="small")
    assert INTERRUPTED in said(stack) and said(stack).count(SEED) == 1

    signs_in_everybody(stack)
    newest = stack.query("SELECT max(id) FROM issues_issue")[0][0]
    before, known = stack.query(KEPT, (newest,)), stack.credentials
    assert before[0][2] > 50

    stack.stop()
    heard = len(said(stack))
    stack.start(seed="small")
    assert SEED not in said(stack, heard) and MIGRATE not in said(stack, heard)
    assert stack.query(KEPT, (newest,)) == before
    assert stack.credentials["users"] == known["users"]
    assert stack.credentials["base_url"] == stack.base_url
    status, page = send(stack.base_url, urlsplit(stack.credentials["resident_url"]).path)
    assert status == 200 and "<form" in page

    stack.stop()
    secrets = json.loads((stack.directory / "state.json").read_text())["secrets"]
    stack.start(reset=True)
    assert stack.query(KEPT, (newest,)) == [(0, 0, 0)]
    assert not (stack.directory / "credentials.json").exists()
    assert json.loads((stack.directory / "state.json").read_text())["secrets"] == secrets


def cut_short(stack: LiveStack) -> None:
    """Kill the launcher with a kill -9 while it seeds."""
    stack.start(seed="small", wait=False)

    def seeding() -> bool:
        state = stack.directory / "state.json"
        known = json.loads(state.read_text()) if state.exists() else {"ports": {}}
        if "postgres" not in known["ports"]:
            return False
        place = f"127.0.0.1:{known['ports']['postgres']}/gezhi"
        try:
            found = ask(
                f"postgresql://gezhi_owner:{known['secrets']['owner']}@{place}",
                "SELECT count(*) FROM grids_unit JOIN demo_mark ON demo_mark.kind = 'seeding'",
            )
        except (psycopg2.OperationalError, psycopg2.errors.UndefinedTable):
            return False  # not yet
        return found[0][0] > 0

    wait_for(seeding, "the seed has begun to write", START_SECONDS)
    stack.stop(signal.SIGKILL)
    assert not (stack.directory / "credentials.json").exists()


def signs_in_everybody(stack: LiveStack) -> None:
    """The file as the seed wrote it: for its owner's eyes, and each line of it opens what it says."""
    file = stack.directory / "credentials.json"
    assert file.stat().st_mode & 0o777 == 0o600
    known = stack.credentials
    theirs = {"users", "resident_url", "service", "open311_url", "open311_key", "open311_jurisdiction_id"}
    assert set(known) == theirs | {"base_url", "other_district"}
    assert set(known["other_district"]) == theirs
    assert known["base_url"] == stack.base_url
    everybody = [*known["users"].items(), *known["other_district"]["users"].items()]
    assert [*known["users"]] == [*ROLES, LEADER] and [*known["other_district"]["users"]] == [*ROLES]
    for role, user in everybody:
        assert set(user) == {"username", "password", "token", "unit_code", "body"}, role
        assert (user["unit_code"] is None) != (user["body"] is None), role
        assert send(stack.base_url, "/api/v1/issues/", token=user["token"])[0] == 200, role
    words = {key: known["users"]["grid_worker"][key] for key in ("username", "password")}
    assert send(stack.base_url, "/api/v1/auth/login/", words)[0] == 200
    assert send(stack.base_url, "/api/v1/auth/login/", words | {"password": "wrong"})[0] == 401
    for one in (known, known["other_district"]):
        assert send(stack.base_url, urlsplit(one["resident_url"]).path)[0] == 200


# --- on servers that somebody else runs -------------------------------------------------------------------


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[dict[str, str]]:
    """DATABASE_URL of an empty database, whose owner may make roles, and REDIS_URL."""
    home = servers.servers_home(tmp_path / "outside")
    postgres = servers.Postgres(home, password="admin", log=home / "postgres.log")
    broker = servers.Broker(home, password="secret", log=home / "broker.log")
    postgres.start()
    try:
        broker.start()
        with closing(postgres.connect()) as connection, connection.cursor() as cursor:
            cursor.execute("CREATE ROLE given_owner LOGIN CREATEROLE PASSWORD 'given'")
            cursor.execute("CREATE DATABASE given OWNER given_owner")
        yield {
            "DATABASE_URL": postgres.url("given_owner", "given", "given"),
            "REDIS_URL": broker.url(),
        }
    finally:
        broker.stop()
        postgres.stop()
        shutil.rmtree(home, ignore_errors=True)


def test_on_a_given_database_and_broker(stack: LiveStack, outside: dict[str, str]) -> None:
    stack.start(outside=outside)
    assert not {"postgres", "broker"} & set(stack.ready["pids"])
    assert answer(urlsplit(stack.base_url).port or 0, "/readyz")[0] == 200
    for name in ("web", "worker-sweep"):
        env = dict(
            pair.split("=", 1)
            for pair in Path(f"/proc/{stack.pid(name)}/environ").read_text().split("\0")
            if pair
        )
        assert "//gezhi_app_" in env["DATABASE_URL"] and env["DATABASE_URL"].endswith("/given")
        assert (env["REDIS_URL"], env["EMBEDDED_SERVERS"]) == (outside["REDIS_URL"], "0")
    owner = outside["DATABASE_URL"]
    ask(owner, "CREATE TABLE strangers AS SELECT 5 AS n")

    stack.stop()
    ask(owner, "INSERT INTO trail_heartbeat VALUES ('of-before', now())")
    stack.start(outside=outside, reset=True)
    assert ask(owner, "SELECT count(*) FROM trail_heartbeat WHERE name = 'of-before'") == [(0,)]
    assert ask(owner, "SELECT n FROM strangers") == [(5,)]
