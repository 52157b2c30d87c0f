"""Another system on this machine: takes what it is sent, and answers as it is told to."""

import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from unittest.mock import patch

import pytest
from standardwebhooks import Webhook

from notices import channels
from notices.text_messages import CHANNEL


@dataclass(frozen=True)
class Got:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def data(self) -> dict[str, Any]:
        return json.loads(self.body)

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    def verified(self, secret: str) -> dict[str, Any]:
        """As the stock library reads it at the moment of sending, which a test may have set. Raises what it raises."""
        sent = float(self.headers["webhook-timestamp"])

        class Then(datetime):
            @classmethod
            def now(cls, tz: Any = None) -> datetime:
                return datetime.fromtimestamp(sent, tz)

        with patch("standardwebhooks.webhooks.datetime", Then):
            return Webhook(secret).verify(self.body, self.headers)


@dataclass
class Answer:
    status: int = 204
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    # Seconds before it says anything, and between one byte and the next.
    waits: float = 0.0
    trickles: float = 0.0


class Receiver:
    """`answers` are given one after the other, then 204 for ever; `judge` decides by the request, if it is set."""

    def __init__(self, secure: ssl.SSLContext | None = None) -> None:
        self.got: list[Got] = []
        self.answers: list[Answer] = []
        self.judge: Callable[[Got], Answer | None] = lambda got: None
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        if secure:
            self._server.socket = secure.wrap_socket(self._server.socket, server_side=True)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/hook?from=gezhi"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def take(self, got: Got) -> Answer:
        self.got.append(got)
        return self.judge(got) or (self.answers.pop(0) if self.answers else Answer())

    def _handler(receiver) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                answer = receiver.take(Got(self.path, headers, body))
                time.sleep(answer.waits)
                try:
                    self._say(answer)
                except OSError:
                    self.close_connection = True

            def _say(self, answer: Answer) -> None:
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                if not answer.trickles:
                    self.end_headers()
                    self.wfile.write(answer.body)
                    return
                for byte in b"".join(self._headers_buffer):  # type: ignore[attr-defined]
                    self.wfile.write(bytes([byte]))
                    time.sleep(answer.trickles)

            do_GET = do_POST

            def log_message(self, *_unused: object) -> None:
                pass

        return Handler


def gateway_for_texts(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """The house's own gateway for text messages, switched on; the body of a fixture."""
    receiver = Receiver()
    settings.SMS_URL, settings.SMS_TOKEN = receiver.address, "demo-token"
    settings.BASE_URL = "https://gezhi.example"
    monkeypatch.setitem(channels.CHANNELS, channels.TEXT, CHANNEL)
    yield receiver
    receiver.stop()
