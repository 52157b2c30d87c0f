"""The first start as docs/deploy.md tells it, on an empty database: four people, a report, and somebody who has it.

No container engine runs here. The commands are the manual's and the compose file's own, with the variables that the
file gives them, as the database roles that it names, over HTTP as a proxy with TLS passes it on.
"""

import http.client
import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from demo import processes, servers
from grids.actions.importer import DIVISIONS
from tests.deploy.compose import FILLED, SERVICES, database_server, environment, execute, filled_in
from tests.live import wait_for
from tests.starting import ROOT

pytestmark = pytest.mark.live
FIRST_START = (ROOT / "docs/deploy.md").read_text().partition("## First start")[2].partition("\n## ")[0]
PASSWORD = re.compile(r"\b[a-z0-9]{4}(?:-[a-z0-9]{4}){2}\b")
OWN = "of {} alone, since today"
ISSUES = "/api/v1/issues/"
COMMUNITY, ELSEWHERE = "220103002001", "220103002002"


class Deployment:
    """The services of the compose file, each started with its own command and variables."""

    def __init__(self, server: servers.Postgres, place: Path) -> None:
        self.server, self.place = server, place
        self.port = servers.free_port()

    def environment(self, service: str) -> dict[str, str]:
        """As the file gives it; only where the servers and files are differs."""
        own = environment(service)
        role, password = re.search(r"//(\w+):(\w+)@", own["DATABASE_URL"]).groups()  # type: ignore[union-attr]
        return own | {
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "DATABASE_URL": self.server.url(role, password, "gezhi"),
            "REDIS_URL": os.environ["REDIS_URL"],
            "STATIC_ROOT": str(self.place / "static"),
            "MEDIA_ROOT": str(self.place / "media"),
            "DJANGO_SETTINGS_MODULE": "governance.settings",
        }

    def run(self, service: str, command: str, **more: str) -> str:
        """One command in a container of this service, to its end; what it printed."""
        env = self.environment(service) | more
        answer = subprocess.run(shlex.split(command), cwd=ROOT, env=env, capture_output=True, text=True)
        assert answer.returncode == 0, f"{command}\n{answer.stdout}{answer.stderr}"
        return answer.stdout

    def serve(self) -> subprocess.Popen:
        """The web service, on a port of this test's."""
        command = filled_in(SERVICES["web"]["command"], FILLED | {"WEB_WORKERS": "1"})
        command = command.replace("--host 0.0.0.0 --port 8000", f"--host 127.0.0.1 --port {self.port}")
        log = self.place / "web.log"
        return processes.start(shlex.split(command), log=log, env=self.environment("web"), cwd=ROOT)


class Person:
    """Somebody at a browser or a program, behind the proxy."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}
        self.token = ""

    def ask(self, method: str, path: str, body: str = "", **headers: str) -> tuple[int, str, str]:
        """(status, Location, text)"""
        sent = {
            "Host": "gezhi.example.org",
            "X-Forwarded-Proto": "https",
            "X-Forwarded-For": "203.0.113.7",
            "Origin": FILLED["BASE_URL"],
            "Accept-Language": "en",
        }
        sent |= {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        sent |= {"Authorization": f"Token {self.token}"} if self.token else {}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, path, body.encode(), sent | headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _equals, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        connection.close()
        return answer.status, answer.headers.get("Location", ""), text

    def get(self, path: str) -> str:
        status, _location, text = self.ask("GET", path)
        assert status == 200, (path, status, text[:500])
        return text

    def post(self, path: str, **fields: str) -> tuple[int, str, str]:
        """Send a form."""
        form = urlencode(fields | {"csrfmiddlewaretoken": self.cookies.get("csrftoken", "")})
        return self.ask("POST", path, form, **{"Content-Type": "application/x-www-form-urlencoded"})

    def call(self, path: str, **data: Any) -> tuple[int, Any]:
        """Send JSON as a program does."""
        status, _location, text = self.ask(
            "POST", path, json.dumps(data), **{"Content-Type": "application/json"}
        )
        return status, json.loads(text)

    def sign_in(self, username: str, first: str) -> "Person":
        """For the first time: nothing opens before one has chosen a password of one's own."""
        self.get("/accounts/login/")
        assert self.post("/accounts/login/", username=username, password=first)[0] == 302
        for page in ("/", "/admin/", "/report/"):
            status, location, _text = self.ask("GET", page)
            assert status == 302 and location.startswith("/accounts/password/"), page
        own = OWN.format(username)
        self.get("/accounts/password/")
        changed = self.post("/accounts/password/", old_password=first, new_password1=own, new_password2=own)
        assert changed[0] == 302, changed
        self.get("/")
        return self


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    place = tmp_path_factory.mktemp("deployment")
    with database_server(place / "db") as server:
        yield Deployment(server, place)


@pytest.fixture(scope="module")
def first(deployment: Deployment) -> dict[str, str]:
    """The manual's commands, in their order: sign-in name → the first password that was printed."""
    deployment.run("migrate", filled_in(SERVICES["migrate"]["command"], FILLED))
    commands = re.findall(
        r"^docker compose run --rm (?:-v \S+ )?web (python manage\.py .+)$", FIRST_START, re.M
    )
    assert [command.split()[2] for command in commands] == ["import_units", *["open_account"] * 4]
    passwords = {}
    for command in commands:
        told = deployment.run("web", command.replace("/in/FILE.csv", str(DIVISIONS)))
        if found := PASSWORD.findall(told):
            (passwords[command.split()[3]],) = found
    return passwords


@pytest.fixture(scope="module")
def web(deployment: Deployment, first: dict[str, str]) -> Iterator[int]:
    # The names of production's static files without the minute that compressing takes.
    deployment.run("web", "python manage.py collectstatic --noinput -v 0", GEZHI_ENV="demo")
    child = deployment.serve()
    try:
        wait_for(lambda: child.poll() is not None or _answers(deployment.port), "the web answers")
        assert child.poll() is None, (deployment.place / "web.log").read_text()
        yield deployment.port
    finally:
        processes.stop([child], signal.SIGTERM, patience=10.0)


def _answers(port: int) -> bool:
    try:
        return Person(port).ask("GET", "/healthz")[0] == 200
    except OSError:
        return False


def test_everybody_is_told_a_password_of_their_own(first: dict[str, str]) -> None:
    assert set(first) == {"an.quan", "xi.tong", "shen.ji", "diao.du"}
    assert len(set(first.values())) == 4


def test_once_more_changes_nothing(deployment: Deployment, first: dict[str, str]) -> None:
    """Every `up` runs the migrations' job again, and somebody may repeat the import."""
    count = "SELECT (SELECT count(*) FROM trail_event), (SELECT count(*) FROM issues_category)"
    owner = deployment.environment("migrate")["DATABASE_URL"]
    before = execute(owner, count)
    assert before[0][1] > 50
    deployment.run("migrate", filled_in(SERVICES["migrate"]["command"], FILLED))
    deployment.run("web", f"python manage.py import_units {DIVISIONS}")
    assert execute(owner, count) == before


def test_from_the_first_sign_in_to_an_issue_that_somebody_has(
    deployment: Deployment, first: dict[str, str], web: int
) -> None:
    program = Person(web)
    words = {"username": "diao.du", "password": first["diao.du"]}
    status, answer = program.call("/api/v1/auth/login/", **words)
    assert (status, answer["code"]) == (403, "first_password")

    security, system, dispatcher = (
        Person(web).sign_in(name, first[name]) for name in ("an.quan", "xi.tong", "diao.du")
    )
    # The security administrator opens an account; the system administrator gives its person a post.
    security.get("/admin/accounts/user/add/")
    status, _location, text = security.post(
        "/admin/accounts/user/add/?open", **{"open-username": "she.qu", "open-display_name": "社区书记"}
    )
    (handed_over,) = PASSWORD.findall(text)
    assert status == 200
    page = system.get(f"/admin/grids/unit/?q={COMMUNITY}")
    unit = re.search(r"/admin/grids/unit/(\d+)/change/", page)[1]  # type: ignore[index]
    appointed = system.post(
        f"/admin/grids/unit/{unit}/do/appoint/",
        **{"appoint-role": "community_secretary", "appoint-person": "she.qu"},
    )
    assert appointed[0] == 302, appointed

    # Now there is somebody to report to, and somebody behind what nobody else answers.
    status, answer = program.call("/api/v1/auth/login/", **words | {"password": OWN.format("diao.du")})
    assert status == 200
    program.token = answer["token"]
    numbers = {}
    for place in (COMMUNITY, ELSEWHERE):
        status, issue = program.call(ISSUES, place=place, category="clean_builders", text="楼下堆了装修垃圾")
        assert status == 201, issue
        seen = json.loads(program.get(f"{ISSUES}{issue['code']}/"))
        assert (seen["state"]["key"], seen["owner"]["code"]) == ("assigned", place)
        assert seen["due_at"] is not None
        numbers[place] = seen["number"]
    deployment.run("web", "python manage.py run_ticks --once")
    told = {
        COMMUNITY: Person(web).sign_in("she.qu", handed_over).get("/notices/"),
        ELSEWHERE: dispatcher.get("/notices/"),
    }
    for place, inbox in told.items():
        assert [at for at, number in numbers.items() if number in inbox] == [place]
