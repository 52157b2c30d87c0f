"""What tests need before the settings are read: servers, their addresses, compiled translations."""

import atexit
import os
import secrets
import shutil
import sys
import tempfile
from pathlib import Path

from demo import processes, servers
from scripts.compile_messages import compile_all
from tests import template
from tests.live import MIGRATED

# Nobody's data: no need to wait for a disk. The live stack's servers do wait.
HURRY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
_stops: list = []


def is_controller() -> bool:
    """Workers of pytest-xdist inherit what the controller started."""
    return "PYTEST_XDIST_WORKER" not in os.environ


def only_looks() -> bool:
    """A run that executes no test needs no server."""
    return bool(
        {"--collect-only", "--co", "--help", "-h", "--version", "-V", "--markers", "--fixtures"} & {*sys.argv}
    )


def prepare() -> None:
    """Set the environment and Django up; once per process, before anything imports models."""
    os.environ["GEZHI_ENV"] = "test"
    os.environ["DJANGO_SETTINGS_MODULE"] = "governance.settings"
    # Tests ask more in a minute than any client; those of the limits set their own.
    os.environ["API_REQUESTS_PER_MINUTE"] = os.environ["ANONYMOUS_REQUESTS_PER_MINUTE"] = "0"
    if is_controller():
        compile_all()
        if "DATABASE_URL" not in os.environ and not only_looks():
            _start_servers()

    import django

    django.setup()


def _start_servers() -> None:
    place = Path(tempfile.mkdtemp(prefix="gezhi-tests-"))
    place.chmod(0o711)
    home = servers.servers_home(place)
    atexit.register(stop)  # a conftest that fails to import is never unconfigured
    _stops.append(lambda: [shutil.rmtree(path, ignore_errors=True) for path in {place, home}])
    env = {processes.MARK: str(place)}
    words = [secrets.token_hex(12) for _ in range(2)]
    postgres = servers.Postgres(home, password=words[0], log=place / "postgres.log", env=env, settings=HURRY)
    broker = servers.Broker(home, password=words[1], log=place / "broker.log", env=env)
    for server in (postgres, broker):
        _stops.append(server.stop)
        server.start()
    os.environ["DATABASE_URL"] = postgres.url(servers.SUPERUSER, words[0], "postgres")
    os.environ.setdefault("REDIS_URL", broker.url())
    kept = template.make(postgres)
    os.environ["GEZHI_TEST_TEMPLATE"] = template.NAME
    if kept:
        os.environ[MIGRATED] = str(kept)


def stop() -> None:
    """Stop what this process started, the last first."""
    while _stops:
        _stops.pop()()
