"""Whoever is told over the wire: writes down what came in, and now and then fails after that."""

import random
import threading
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# So often it has heard and says that it has not: the sender must come again with the same key.
FAILS = 0.02


class Receiver:
    """`heard`: key → every body that came in under it."""

    def __init__(self, dice: random.Random) -> None:
        self.heard: dict[int, list[str]] = defaultdict(list)
        self._dice, self._lock = dice, threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                self.send_response(receiver.hear(int(self.headers["Idempotency-Key"]), body))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_words: object) -> None:
                """Silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/"

    def hear(self, key: int, body: str) -> int:
        """Write it down; the status to answer with."""
        with self._lock:
            self.heard[key].append(body)
            return 500 if self._dice.random() < FAILS else 204

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
