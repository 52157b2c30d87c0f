"""The receiver of examples/, as a program of its own: it verifies, and takes each message once."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from examples.receive_webhooks import Inbox, receive
from notices import webhook_actions as actions
from notices import webhook_sending as sending
from notices.models import Attempt, Message
from notices.webhook_actions import Wanted
from tests.builders import Town
from tests.towns import put_town
from trail.models import Event

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]


class Program:
    """The example, running; `address` is where it listens."""

    def __init__(self, place: Path, secret: str) -> None:
        self.process = subprocess.Popen(
            [
                sys.executable,
                "examples/receive_webhooks.py",
                "--port",
                "0",
                "--database",
                str(place / "taken"),
            ],
            cwd=ROOT,
            env=os.environ | {"WEBHOOK_SECRET": secret},
            stdout=subprocess.PIPE,
            text=True,
        )
        found = re.fullmatch(r"listening on (\S+)\n", self.line())
        assert found
        self.address = found[1]

    def line(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline()

    def stop(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Any]:
    made: list[Program] = []

    def start(secret: str) -> Program:
        made.append(Program(tmp_path, secret))
        return made[-1]

    yield start
    for one in made:
        one.stop()


@pytest.fixture
def town(db: None, monkeypatch: pytest.MonkeyPatch) -> Town:
    monkeypatch.setattr("trail.windows.settled_below", lambda: 2**62)
    return put_town()


def test_it_hears_what_happens_and_knows_what_comes_again(town: Town, program: Any) -> None:
    admin, now = town.people["system_admin"], datetime.now(UTC)
    wanted = Wanted("演示", "http://127.0.0.1:9/", town.people["street_dispatcher"], ["issue.report"])
    subscription = actions.add_subscription(wanted, unit=town.district, by=admin, now=now)
    last = Event.objects.latest("pk")
    subscription.after_xact, subscription.after_id = last.xact_id, last.pk
    running = program(subscription.secret)
    subscription.address = running.address
    subscription.save()

    issue = town.report()
    actions.ping_subscription(subscription, by=admin, now=now)
    sending.spread_once(now=now)
    sending.send_once(now=now)
    assert {running.line().strip() for _number in range(2)} == {"ping  0", f"issue.report {issue.code} 1"}
    message = Message.objects.get(state="sent", event__isnull=False)
    actions.resend_message(message, by=admin, now=now)
    sending.send_once(now=now)
    assert running.line() == f"known already: {message.webhook_id}\n"

    # Signed with a secret that it does not know.
    actions.rotate_secret(subscription, by=admin, now=now)
    subscription.refresh_from_db()
    subscription.old_secret = ""
    subscription.save()
    actions.ping_subscription(subscription, by=admin, now=now)
    sending.send_once(now=now)
    assert running.line().startswith("refused: ") and Attempt.objects.latest("pk").status == 401


def test_a_late_one_is_history() -> None:
    from standardwebhooks import Webhook

    secret, inbox, now = actions.new_secret(), Inbox(":memory:"), datetime.now(UTC)

    def arrive(number: int) -> tuple[int, str]:
        body = f'{{"subject": "abc", "seq": {number}, "type": "issue.sign"}}'
        headers = {"webhook-id": f"evt_{number}_1", "webhook-timestamp": str(int(now.timestamp()))}
        headers["webhook-signature"] = Webhook(secret).sign(headers["webhook-id"], now, body)
        return receive(body.encode(), headers, secret, inbox)

    assert arrive(2) == (204, "issue.sign abc 2") and arrive(1) == (204, "issue.sign abc 1 (history)")
    assert arrive(2)[1] == "known already: evt_2_1"
