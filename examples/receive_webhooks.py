"""A receiver of webhooks in one file: verifies, takes each message once, and shows what it hears.

    pip install standardwebhooks
    WEBHOOK_SECRET=whsec_… python examples/receive_webhooks.py --port 8099

Add a webhook with the address http://127.0.0.1:8099/ (a demo takes that; production wants https, so put it behind a
reverse proxy there), and press "Send a ping". What it has taken stands in a small database, so that it knows a message
again after a restart.
"""

import argparse
import os
import sqlite3
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

LONGEST_BODY = 100_000
TABLE = "CREATE TABLE IF NOT EXISTS taken (id TEXT PRIMARY KEY, subject TEXT, seq INTEGER, type TEXT)"


class Inbox:
    """What was taken: each message once, and of each subject the highest number."""

    def __init__(self, path: str) -> None:
        self.database = sqlite3.connect(path)
        self.database.execute(TABLE)

    def take(self, message_id: str, event: dict[str, Any]) -> bool:
        """Keep it and commit before the sender is told; False for one that is known already."""
        row = (message_id, event["subject"], event["seq"], event["type"])
        with self.database:
            return self.database.execute("INSERT OR IGNORE INTO taken VALUES (?, ?, ?, ?)", row).rowcount == 1

    def newest(self, subject: str | None) -> int:
        """The highest number that was taken of a subject: what comes with a lower one is history."""
        query = "SELECT COALESCE(MAX(seq), 0) FROM taken WHERE subject = ?"
        return self.database.execute(query, (subject,)).fetchone()[0]


def receive(body: bytes, headers: dict[str, str], secret: str, inbox: Inbox) -> tuple[int, str]:
    """(status to answer with, what to say about it)."""
    try:
        event = Webhook(secret).verify(body, headers)
    except WebhookVerificationError as error:
        return 401, f"refused: {error}"
    newest = inbox.newest(event["subject"])
    if not inbox.take(headers["webhook-id"], event):
        return 204, f"known already: {headers['webhook-id']}"
    late = " (history)" if event["subject"] and event["seq"] < newest else ""
    # Here the work begins: read /api/v1/issues/{subject}/ with your own token, or put the event into your queue.
    return 204, f"{event['type']} {event['subject'] or ''} {event['seq']}{late}"


def handler(secret: str, inbox: Inbox) -> type[BaseHTTPRequestHandler]:
    """A handler of requests for this secret."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            if not 0 < length <= LONGEST_BODY:
                self.send_error(413)
                return
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, said = receive(self.rfile.read(length), headers, secret, inbox)
            print(said, flush=True)
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_unused: object) -> None:
            """What was said is enough."""

    return Handler


def main() -> None:
    parser = argparse.ArgumentParser(description="Receive webhooks and show them.")
    parser.add_argument("--port", type=int, default=8099)
    parser.add_argument("--database", default="taken.sqlite3", help="where taken messages are kept")
    options = parser.parse_args()
    secret = os.environ.get("WEBHOOK_SECRET", "")
    if not secret:
        sys.exit("WEBHOOK_SECRET is not set: the secret that was shown when the webhook was added.")
    server = HTTPServer(("127.0.0.1", options.port), handler(secret, Inbox(options.database)))
    print(f"listening on http://127.0.0.1:{server.server_port}/", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
