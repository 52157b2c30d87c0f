"""People at work over HTTP, each write with a key of its own, and the log of what they were answered.

The log is the clients' word: what the database must know of afterwards (ledger.py).
"""

import http.client
import json
import random
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlparse

API = "/api/v1"
PLACE = "22010300100100001"
# Of issues with this spot the test lets the time run out (fire.py).
LEFT_ALONE = "拖着不办"
# A write that was answered is sent once more so often: the answer must be the same.
REPEATS = 0.15
PATIENCE = 20
# What a client does with an issue: all of it, or it stops halfway and lets the ladder work.
WHOLE, SIGNED, SILENT = "whole", "signed", "silent"


@dataclass(frozen=True)
class Answer:
    """`status` 0: none came."""

    status: int
    text: str = ""
    replayed: bool = False


@dataclass
class Write:
    """One wish under one key, and every answer to it."""

    key: str
    person: str
    verb: str
    path: str
    body: dict[str, Any]
    issue: str = ""
    answers: list[Answer] = field(default_factory=list)

    @property
    def final(self) -> Answer | None:
        """The first answer that settles it; None as long as nobody knows."""
        return next((one for one in self.answers if 200 <= one.status < 500), None)

    @property
    def acknowledged(self) -> bool:
        return self.final is not None and self.final.status < 300


@dataclass
class Life:
    """One issue as its client has seen it."""

    text: str
    kind: str
    danger: bool
    writes: list[Write] = field(default_factory=list)

    @property
    def code(self) -> str:
        return self.writes[0].issue

    def did(self, verb: str) -> bool:
        """Was this acknowledged?"""
        return any(write.verb == verb and write.acknowledged for write in self.writes)


class Client(threading.Thread):
    """One issue after the other, each to its end, until told to stop. The first one goes all the way."""

    def __init__(self, number: int, seed: int, base_url: str, tokens: Mapping[str, str]) -> None:
        super().__init__(name=f"client-{number}", daemon=True)
        self.number, self.dice = number, random.Random(f"{seed} {number}")
        address = urlparse(base_url)
        self.connection = http.client.HTTPConnection(address.hostname, address.port, timeout=PATIENCE)
        self.tokens, self.lives, self.ended = tokens, [], threading.Event()
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            while not self.ended.is_set():
                self._live()
        except BaseException as failure:  # told by the test, not by a thread's last words
            self.failure = failure

    def _live(self) -> None:
        text = f"演示数据：火里的一件事 {self.number}-{len(self.lives)}"
        kind = self.dice.choices((WHOLE, SIGNED, SILENT), (4, 3, 3))[0] if self.lives else WHOLE
        left_alone = kind != WHOLE or (self.lives and self.dice.random() < 0.1)
        life = Life(text, kind, danger=kind == SILENT and self.dice.random() < 0.3)
        self.lives.append(life)
        category = "fire" if life.danger else "litter"
        body = {"place": PLACE, "category": category, "text": text}
        if left_alone:
            body["spot"] = LEFT_ALONE
        told = self._write(life, "spotter", "report", f"{API}/issues/", body)
        if told and kind != SILENT:
            self._handle(life, f"{API}/issues/{life.code}/")

    def _handle(self, life: Life, issue: str) -> None:
        """Step by step until somebody says no: what climbed meanwhile is somebody else's."""

        def step(person: str, verb: str, at: str = issue, **body: Any) -> dict[str, Any] | None:
            return self._write(life, person, verb, f"{at}{verb}/", body)

        if not step("grid_worker", "sign") or life.kind == SIGNED:
            return
        for verb, body in (("contact", {"way": "phone", "text": "已联系"}), ("hand_up", {"text": "请支持"})):
            if not step("grid_worker", verb, **body):
                return
        if not step("community_secretary", "sign"):
            return
        called = step(
            "community_secretary", "whistle", kind="quick", bodies=["department-1"], text="请到场处理"
        )
        if not called:
            return
        callee = f"{API}/callees/{called['whistles'][0]['callees'][0]['id']}/"
        if (
            step("body_officer", "acknowledge", callee)
            and step("body_officer", "report_in", callee, mode="on_spot")
            and step("body_officer", "done", callee, text="已清理")
            and step("community_secretary", "submit_result", outcome="solved", text="已办结")
        ):
            step("spotter", "rate", answered=True, solved=True, satisfied=True)

    def _write(
        self, life: Life, person: str, verb: str, path: str, body: dict[str, Any]
    ) -> dict[str, Any] | None:
        """Send until it is settled, sometimes once more; what was answered, None if it was refused."""
        key = f"{self.number}-{len(self.lives)}-{len(life.writes)}"
        write = Write(key, person, verb, path, body, life.writes[0].issue if life.writes else "")
        life.writes.append(write)
        self._settle(write)
        if not write.acknowledged:
            return None
        assert write.final is not None
        answer = json.loads(write.final.text)
        write.issue = answer["code"]
        if self.dice.random() < REPEATS:
            self._settle(write)
        return answer

    def _settle(self, write: Write) -> None:
        """The same wish again and again, as a client without an answer must."""
        while True:
            answer = self._send(write)
            write.answers.append(answer)
            if 200 <= answer.status < 500:
                return
            time.sleep(self.dice.uniform(0.1, 0.5))

    def _send(self, write: Write) -> Answer:
        headers = {
            "Authorization": f"Token {self.tokens[write.person]}",
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Idempotency-Key": write.key,
        }
        try:
            self.connection.request("POST", write.path, json.dumps(write.body), headers)
            answer = self.connection.getresponse()
            text = answer.read().decode()
            return Answer(answer.status, text, answer.headers.get("Idempotency-Replayed") == "true")
        except (OSError, http.client.HTTPException):
            self.connection.close()
            return Answer(0)
