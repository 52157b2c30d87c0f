"""A database that is too busy: 503 with Retry-After and plain words, for pages and for the API, never 500."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection, connections, transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from tests.open311.conftest import errors
from trail.passing import LOST, PASSING, passing
from trail.views import failed


def wait_for_lock() -> None:
    """Ask for a row that somebody else holds."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '50ms'")
        User.objects.select_for_update().get(username="held")


def page(request: HttpRequest) -> HttpResponse:
    wait_for_lock()
    return HttpResponse("never")


def broken(request: HttpRequest) -> HttpResponse:
    raise IntegrityError("something else")


class Programs(APIView):
    authentication_classes = ()
    permission_classes = ()

    def post(self, request: Request) -> Response:
        wait_for_lock()
        return Response("never")


urlpatterns = [
    path("page", page),
    path("broken", broken),
    path("api/plain", page),
    path("api/programs", Programs.as_view()),
    *(path(f"{face}/broken{end}", broken) for face in ("api", "open311/v2") for end in ("", ".xml", ".json")),
    path("open311/v2/busy.json", page),
]
handler500 = "trail.views.failed"


class Driver(Exception):
    """An error as psycopg2 raises it."""

    def __init__(self, code: str | None) -> None:
        self.pgcode = code


def as_django_raises(code: str | None) -> OperationalError:
    error = OperationalError("…")
    error.__cause__ = Driver(code)
    return error


@pytest.mark.parametrize("code", sorted(PASSING))
def test_what_passes_by_itself(code: str) -> None:
    assert passing(as_django_raises(code)) == PASSING[code]
    assert passing(Driver(code)) == PASSING[code]


@pytest.mark.parametrize("error", [None, ValueError(), as_django_raises("23505")])
def test_what_does_not(error: BaseException | None) -> None:
    assert passing(error) is None


def test_a_lost_connection_passes_too() -> None:
    """It carries no SQLSTATE: the server was killed, or is not there yet."""
    assert passing(as_django_raises(None)) == LOST


@pytest.fixture
def held(transactional_db: None) -> Iterator[None]:
    """A row that another connection has locked."""
    User.objects.create_user("held", display_name="演示")
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT 1 FROM accounts_user WHERE username = 'held' FOR UPDATE")
        yield
    finally:
        other.close()


@pytest.mark.urls("tests.trail.test_busy")
class TestBusy:
    @pytest.mark.parametrize(("language", "words"), [("en", "nothing was saved"), ("zh-hans", "没有保存")])
    def test_a_page(self, held: None, client: Client, language: str, words: str) -> None:
        answer = client.get("/page", headers={"accept-language": language})
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
        assert words in answer.content.decode()

    @pytest.mark.parametrize(("method", "address"), [("post", "/api/programs"), ("get", "/api/plain")])
    def test_programs(self, held: None, client: Client, method: str, address: str) -> None:
        answer: Any = getattr(client, method)(address)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["code"] == "busy"

    def test_another_error_stays_an_error(self, client: Client, db: None) -> None:
        client.raise_request_exception = False
        answer = client.get("/broken")
        assert answer.status_code == 500 and answer.headers["Content-Type"].startswith("text/html")

    @pytest.mark.parametrize(
        ("language", "title"), [("en", "Something went wrong on our side"), ("zh-hans", "系统出错了")]
    )
    def test_programs_read_a_problem(self, client: Client, db: None, language: str, title: str) -> None:
        client.raise_request_exception = False
        answer = client.post("/api/broken", headers={"accept-language": language})
        assert (answer.status_code, answer.headers["Content-Type"]) == (500, "application/problem+json")
        said = answer.json()
        assert (said["type"], said["title"], said["status"]) == ("about:blank", title, 500)
        assert said["detail"] and "something else" not in str(said)

    @pytest.mark.parametrize(
        ("path", "headers", "kind"),
        [
            ("broken", {}, "text/xml"),
            ("broken", {"accept": "application/json"}, "application/json"),
            ("broken", {"accept": "image/png"}, "text/xml"),
            ("broken?format=json", {}, "application/json"),
            ("broken.json", {"accept": "text/xml"}, "application/json"),
            ("broken.xml", {"accept": "application/json"}, "text/xml"),
        ],
    )
    def test_clients_of_open311_read_errors(
        self, client: Client, db: None, path: str, headers: dict[str, str], kind: str
    ) -> None:
        client.raise_request_exception = False
        answer = client.post(f"/open311/v2/{path}", headers=headers | {"accept-language": "en"})
        assert answer.status_code == 500 and answer.headers["Content-Type"] == f"{kind}; charset=utf-8"
        ((code, words),) = errors(answer)
        assert code == 500 and "try again" in words

    def test_of_a_busy_database_too(self, held: None, client: Client) -> None:
        answer = client.get("/open311/v2/busy.json", headers={"accept-language": "en"})
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
        assert errors(answer) == [(503, "Please try again in a moment; nothing was saved.")]


@pytest.mark.parametrize(("code", "status"), [("40P01", 503), ("23505", 500)])
def test_outside_of_any_view(rf: RequestFactory, code: str, status: int) -> None:
    """Where Django asks for its page of last resort: a session that could not be read, for instance."""
    try:
        raise as_django_raises(code)
    except OperationalError:
        assert failed(rf.get("/")).status_code == status
