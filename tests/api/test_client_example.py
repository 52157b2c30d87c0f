"""The client of examples/ against a server that listens: report, handle, follow, hear, and come again."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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
