"""The client of examples/ against a server that listens: report, handle, follow, hear, and come again."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest

from accounts import limits
from accounts.actions import issue_token
from examples.receive_webhooks import Inbox, receive
from examples.report_and_follow import Gezhi, Problem
from grids.standing import forget_standings
from issues.actions import PERFORM
from issues.models import Issue
from issues.worktimes import forget_worktimes
from notices import webhook_actions, webhook_sending
from notices.webhook_actions import Wanted
from tests.api.conftest import Clock
from tests.builders import Town
from tests.notices.receiver import Receiver
from tests.towns import put_town
from trail.models import Event

PLACE, TEXT = "22010300100100001", "演示：垃圾没有清运"


@pytest.fixture
def town(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    """What was written counts as committed; tests/trail/test_windows.py shows the waiting."""
    monkeypatch.setattr("trail.windows.settled_below", lambda: 2**62)
    yield put_town()
    forget_standings()
    forget_worktimes()


def token(town: Town) -> str:
    scopes = ("read", "report", "handle", "events")
    return issue_token(town.people["grid_worker"], by=None, now=town.now, scopes=scopes)


@pytest.fixture
def client(live_server: Any, town: Town, clock: Clock) -> Gezhi:
    return Gezhi(
        live_server.url, token(town), sleep=lambda seconds: clock.forward(seconds=int(seconds)) and None
    )


def test_it_reports_handles_and_follows(client: Gezhi) -> None:
    made = client.report(PLACE, "litter", TEXT, spot="三楼").body
    assert made["state"]["key"] == "assigned" and made["code"] == Issue.objects.get().code
    assert client.do(made["code"], "sign").body["state"]["key"] == "handling"
    seen = list(client.events(subject=made["code"]))
    last = seen[-1][0]
    # Nobody is asked to rate what nobody but its handler reported.
    done = client.do(made["code"], "submit_result", outcome="solved", text="演示：已清运").body
    assert done["state"]["key"] == "closed"
    more = list(client.events(cursor=last, subject=made["code"]))
    assert [event["seq"] for _cursor, event in seen + more] == list(range(1, done["version"] + 1))
    assert [event["type"] for _cursor, event in seen] == ["issue.report", "issue.dispatch", "issue.sign"]
    assert more[0][1]["type"] == "issue.submit_result"
    assert list(client.events(cursor=more[-1][0])) == []


def test_what_came_in_between_is_seen_before_the_next_try(
    client: Gezhi, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    issue, look = town.report("litter"), client.issue
    old = client.issue(issue.code).etag
    PERFORM["note"](issue, by=town.people["grid_chief"], now=town.now, text="演示")
    with pytest.raises(Problem) as changed:
        client.step(issue.code, "sign", old)
    assert changed.value.status == 412 and changed.value.said["since"] == ["note"]

    looked = []

    def slowly(code: str) -> Any:
        seen = look(code)
        if not looked:
            row = Issue.objects.get(code=code)
            PERFORM["note"](row, by=town.people["grid_chief"], now=town.now, text="演示")
        looked.append(seen.etag)
        return seen

    monkeypatch.setattr(client, "issue", slowly, raising=False)
    assert client.do(issue.code, "sign").body["state"]["key"] == "handling" and len(looked) == 2
    with pytest.raises(Problem, match="not allowed now"):
        client.do(issue.code, "sign")


def test_where_there_is_no_room_it_comes_again_when_it_is_told_to_and_reports_once(
    client: Gezhi, town: Town, clock: Clock, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.API_REQUESTS_PER_MINUTE = 1
    monkeypatch.setattr(limits, "_minute", limits._Minute())
    begun = clock.now
    client.report(PLACE, "litter", TEXT)
    client.report(PLACE, "noise", TEXT)
    assert clock.now > begun and Issue.objects.count() == 2


class Forgetful(BaseHTTPRequestHandler):
    """Stands before the server and passes on what it is asked. The first time it hangs up on the answer, the second time in
    the midst of it."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        told = {name: self.headers[name] for name in ("Authorization", "Content-Type", "Idempotency-Key")}
        with urlopen(Request(f"{self.server.behind}{self.path}", body, told)) as answer:
            text = answer.read()
        self.server.keys.append(told["Idempotency-Key"])
        if len(self.server.keys) == 1:
            return
        self.send_response(answer.status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text[:20] if len(self.server.keys) == 2 else text)

    def log_message(self, *_words: Any) -> None:
        """Nobody reads it."""


@pytest.fixture
def forgetful(live_server: Any) -> Iterator[Any]:
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Forgetful)
    server.behind, server.keys = live_server.url, []
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_an_answer_that_got_lost_is_asked_for_again_with_the_same_key(
    forgetful: Any, town: Town, clock: Clock
) -> None:
    waited: list[float] = []
    client = Gezhi(f"http://127.0.0.1:{forgetful.server_port}", token(town), sleep=waited.append)
    code = client.report(PLACE, "litter", TEXT).body["code"]
    assert Issue.objects.get().code == code and waited == [1, 2]
    assert len(forgetful.keys) == 3 and len(set(forgetful.keys)) == 1
    # Started again with the key that it had kept.
    again = [client.report(PLACE, "noise", TEXT, key="order-7").body["code"] for _start in range(2)]
    assert again[0] == again[1] and Issue.objects.count() == 2 and forgetful.keys[-2:] == ["order-7"] * 2


def test_where_nobody_answers_it_gives_up_after_a_few_tries() -> None:
    waited: list[float] = []
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(URLError):
        Gezhi(f"http://127.0.0.1:{port}", "none", sleep=waited.append).issue("x")
    assert waited == [1, 2, 3, 4]


@pytest.mark.parametrize("body", [b"<h1>Bad gateway</h1>", b"", b"[1]", b"\xff"])
def test_words_of_a_proxy_are_no_reason_to_break(body: bytes) -> None:
    class Proxy(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(500)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_words: Any) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Proxy) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        with pytest.raises(Problem) as failed:
            Gezhi(f"http://127.0.0.1:{server.server_port}", "none").issue("x")
        server.shutdown()
    assert (failed.value.status, failed.value.said) == (500, {})


def test_a_wrong_report_says_which_field(client: Gezhi) -> None:
    with pytest.raises(Problem) as wrong:
        client.report(PLACE, "nothing", TEXT)
    assert wrong.value.status == 400 and list(wrong.value.said["errors"]) == ["category"]


def test_what_it_reports_is_heard_and_verified(client: Gezhi, town: Town, clock: Clock) -> None:
    receiver = Receiver()
    try:
        wanted = Wanted("演示", receiver.address, town.people["street_dispatcher"], ["issue.report"])
        hook = webhook_actions.add_subscription(
            wanted, unit=town.district, by=town.people["system_admin"], now=clock.now
        )
        last = Event.objects.latest("pk")
        hook.after_xact, hook.after_id = last.xact_id, last.pk
        hook.save()
        code = client.report(PLACE, "litter", TEXT).body["code"]
        webhook_sending.spread_once(now=clock.now)
        webhook_sending.send_once(now=clock.now)
        (got,) = receiver.got
        assert got.verified(hook.secret)["subject"] == code
        # By the clock of the wall it is old: a receiver that looks at the time refuses what is sent again late.
        assert receive(got.body, got.headers, hook.secret, Inbox(":memory:"))[0] == 401
    finally:
        receiver.stop()


def test_it_is_a_program(live_server: Any, town: Town, clock: Clock) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "examples/report_and_follow.py", live_server.url),
            *("--place", PLACE, "--category", "litter"),
        ],
        cwd=Path(__file__).resolve().parents[2],
        env=os.environ | {"GEZHI_TOKEN": token(town)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    code = Issue.objects.get().code
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"reported {code}\n") and "issue.submit_result" in done.stdout
