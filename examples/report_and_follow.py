"""A client in one file, with the standard library alone: reports an issue, handles it, and follows what happens.

    GEZHI_TOKEN=… python examples/report_and_follow.py http://127.0.0.1:8000 --place 22010300100100001 --category litter

The token needs the scopes read, report, handle and events. What happens can be heard as webhooks instead:
receive_webhooks.py beside this file takes and verifies them.
"""

import argparse
import json
import os
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

COME_AGAIN = {429, 502, 503, 504}
CHANGED = 412
TRIES = 5
# No answer, or half of one: perhaps it was done, perhaps not.
LOST = (URLError, TimeoutError, ConnectionError, HTTPException)


class Problem(Exception):
    """What the server refused, as RFC 9457 tells it: `said` has title, detail, code, allowed, errors."""

    def __init__(self, status: int, said: dict[str, Any]) -> None:
        super().__init__(
            f"{status} {said.get('title', '')} {said.get('detail', '')} {said.get('errors', '')}"
        )
        self.status, self.said = status, said


@dataclass(frozen=True)
class Answer:
    body: Any
    etag: str | None


class Gezhi:
    """One deployment, asked with one token. `sleep` waits so many seconds."""

    def __init__(self, address: str, token: str, sleep: Callable[[float], None] = time.sleep) -> None:
        self.address, self.token, self.sleep = address.rstrip("/"), token, sleep

    def report(self, place: str, category: str, text: str, *, key: str = "", **more: Any) -> Answer:
        """Report an issue; one key for all tries, so that however often it is sent, it is one issue. A program that may be
        started again gives the `key` itself, and keeps it with what it reports."""
        return self._write("issues/", {"place": place, "category": category, "text": text, **more}, key=key)

    def issue(self, code: str) -> Answer:
        """An issue as it is now, with the ETag that a step wants."""
        return self._send("GET", f"issues/{code}/")

    def step(self, code: str, verb: str, etag: str | None, **inputs: Any) -> Answer:
        """Do one verb of `allowed`, unless the issue has changed since `etag`: then Problem with status 412."""
        return self._write(f"issues/{code}/{verb}/", inputs, {"If-Match": etag} if etag else {})

    def do(self, code: str, verb: str, **inputs: Any) -> Answer:
        """Look, and do the verb if it is allowed; if somebody came in between, look again."""
        for _try in range(TRIES):
            seen = self.issue(code)
            if verb not in seen.body["allowed"]:
                break
            try:
                return self.step(code, verb, seen.etag, **inputs)
            except Problem as problem:
                if problem.status != CHANGED:
                    raise
        raise Problem(409, {"title": f"{verb} is not allowed now", "allowed": seen.body["allowed"]})

    def events(self, cursor: str = "", **query: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """(cursor to keep, event) of all that has happened behind the cursor, up to now."""
        while True:
            asked = query | ({"cursor": cursor} if cursor else {})
            page = self._send("GET", f"events/?{urlencode(asked)}").body
            cursor = page["cursor"]
            yield from ((cursor, event) for event in page["results"])
            if not page["more"]:
                return

    def _write(
        self, path: str, body: dict[str, Any], headers: dict[str, str] | None = None, key: str = ""
    ) -> Answer:
        told = {"Idempotency-Key": key or str(uuid.uuid4())}
        return self._send("POST", path, json.dumps(body).encode(), told | (headers or {}))

    def _send(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Answer:
        """Send it; where there is no room just now, the same again as soon as the server says. Where no answer came, the
        same again after a while: by its key the server knows what it has done already."""
        told = {"Authorization": f"Token {self.token}", "Accept": "application/json"} | (headers or {})
        if body is not None:
            told["Content-Type"] = "application/json"
        request = Request(f"{self.address}/api/v1/{path}", body, told, method=method)
        for left in reversed(range(TRIES)):
            try:
                with urlopen(request, timeout=30) as answer:
                    text = answer.read()
                    return Answer(json.loads(text) if text else None, answer.headers.get("ETag"))
            except HTTPError as error:
                if error.code not in COME_AGAIN or not left:
                    raise Problem(error.code, _said(error)) from error
                pause = float(error.headers.get("Retry-After", "1"))
            except LOST:
                if not left:
                    raise
                pause = float(TRIES - left)
            self.sleep(pause)
        raise AssertionError("not reached")


def _said(error: HTTPError) -> dict[str, Any]:
    """The problem document; nothing where somebody in between (a proxy, say) answers in words of its own."""
    try:
        said = json.loads(error.read())
    except (ValueError, OSError, HTTPException):
        return {}
    return said if isinstance(said, dict) else {}


def main() -> None:
    parser = argparse.ArgumentParser(
        description="Report an issue, take it over, answer it, and show what happened."
    )
    parser.add_argument("address")
    parser.add_argument("--place", required=True, help="code of the unit")
    parser.add_argument("--category", required=True, help="key of the category")
    parser.add_argument("--text", default="演示：垃圾没有清运")
    parser.add_argument("--key", default="", help="the same as before, after a run that was cut off")
    options = parser.parse_args()
    token = os.environ.get("GEZHI_TOKEN", "")
    if not token:
        sys.exit("GEZHI_TOKEN is not set: make one under “API tokens”.")
    client = Gezhi(options.address, token)
    code = client.report(options.place, options.category, options.text, key=options.key).body["code"]
    print("reported", code)
    for verb, inputs in (("sign", {}), ("submit_result", {"outcome": "solved", "text": "演示：已清运"})):
        try:
            print(verb, client.do(code, verb, **inputs).body["state"]["label"])
        except Problem as problem:
            print(verb, problem)
    for _cursor, event in client.events(subject=code):
        print(event["seq"], event["type"])


if __name__ == "__main__":
    main()
