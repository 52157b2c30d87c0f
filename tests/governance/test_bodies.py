"""What is sent in pieces, without saying how long it is, is read as what is sent whole."""

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest

from accounts.actions import issue_token
from governance.bodies import with_length
from governance.wsgi import application
from issues.models import Issue
from tests.api.fuzzing import connection_kept
from tests.builders import Town
from trail.scopes import HANDLE, REPORT

PIECES = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}


class Stream(io.BytesIO):
    """As granian's: what is asked for without a size does not come."""

    def read(self, size: int | None = -1) -> bytes:
        assert size is not None and size >= 0
        return super().read(size)


def seen(environ: dict[str, Any], most: int = 10) -> tuple[Any, bytes]:
    """The length and the body that an application behind it finds."""
    found: list[Any] = []

    def inner(environ: dict[str, Any], _start: Any) -> list[bytes]:
        found.extend((environ.get("CONTENT_LENGTH"), environ["wsgi.input"].read(99)))
        return []

    with_length(inner, most)(environ, lambda *_told: None)
    return found[0], found[1]


def test_its_length_is_counted_and_no_more_than_a_byte_too_much_is_read() -> None:
    for body, told in ((b"", "0"), (b"12345", "5"), (b"1234567890", "10"), (b"1" * 50, "11")):
        assert seen({"wsgi.input": Stream(body), **PIECES}) == (told, body[:11])


def test_whoever_says_a_length_or_sends_nothing_is_left_alone() -> None:
    assert seen({"wsgi.input": Stream(b"123"), "CONTENT_LENGTH": "2", **PIECES}) == ("2", b"123")
    assert seen({"wsgi.input": Stream(b"")}) == (None, b"")


def post(path: str, body: Any, token: str, kind: str = "application/json", **headers: str) -> tuple[int, Any]:
    """Through the web's door, in pieces."""
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    environ = {
        **PIECES,
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "CONTENT_TYPE": kind,
        "HTTP_AUTHORIZATION": f"Token {token}",
        "wsgi.input": Stream(sent),
        "wsgi.url_scheme": "http",
        "wsgi.errors": io.StringIO(),
        **headers,
    }
    told: list[str] = []
    answer = b"".join(application(environ, lambda status, _headers, _error=None: told.append(status)))
    return int(told[0][:3]), json.loads(answer)


@pytest.fixture
def token(town: Town, settings: Any) -> Iterator[str]:
    settings.ALLOWED_HOSTS = ["*"]
    person = town.people["community_secretary"]
    with connection_kept():
        yield issue_token(person, by=None, now=town.now, scopes=(REPORT, HANDLE))


def test_a_report_in_pieces_is_a_report(town: Town, token: str) -> None:
    body = {"place": town.building.code, "category": "litter", "text": "演示:分段发送"}
    status, said = post("/api/v1/issues/", body, token)
    assert (status, Issue.objects.get(code=said["code"]).text) == (201, "演示:分段发送")


def test_what_a_step_expects_is_heard_and_a_key_stands_for_its_body(town: Town, token: str) -> None:
    issue = town.report("noise")
    status, said = post(f"/api/v1/issues/{issue.code}/sign/", {"version": issue.version + 5}, token)
    assert (status, said["code"]) == (409, "stale")
    key = {"HTTP_IDEMPOTENCY_KEY": "one"}
    for text, expected in (("演示:一", 201), ("演示:一", 201), ("演示:二", 422)):
        body = {"place": town.building.code, "category": "litter", "text": text}
        assert post("/api/v1/issues/", body, token, **key)[0] == expected


def test_one_that_is_too_long_is_refused_as_such(town: Town, token: str) -> None:
    status, said = post("/api/v1/issues/", b'{"text": "' + b"x" * 3_000_000 + b'"}', token)
    assert (status, said["code"]) == (413, "too_large")
