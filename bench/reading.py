"""Lists near and far, search, the map and the feed of events, with a million issues in the database."""

import argparse
import base64
import json
import urllib.request
from urllib.parse import quote

from bench import load
from bench.bare import pgbench
from bench.requests import CONNECTIONS, Bench
from tests.live import LiveStack

ISSUES = {False: 1_000_000, True: 20_000}
# In rows of 20; reached in steps of a hundred rows.
FAR_PAGE, ROWS, STEP = 1_000, 20, 100
# Of one issue that the database was filled with; of none.
FOUND, NOT_FOUND = "压测用的一件事 7777", "没有这句话"
NEWEST_POSITION = "SELECT max(xact_id) FROM trail_event"


class Reading(Bench):
    """What is asked of a database that has grown for years."""

    def far(self, path: str, token: str) -> str:
        """The address of the page after FAR_PAGE pages, found by going on from page to page."""
        address = f"{self.stack.base_url}{path}?page_size={STEP}"
        for _step in range(FAR_PAGE * ROWS // STEP):
            asked = urllib.request.Request(address, headers={"Authorization": f"Token {token}"})
            with urllib.request.urlopen(asked) as answer:
                following = json.load(answer)["next"]
            if not following:
                raise SystemExit(f"{path} has fewer than {FAR_PAGE} pages")
            address = following
        return address.removeprefix(self.stack.base_url).replace(f"page_size={STEP}", f"page_size={ROWS}")

    def all(self) -> None:
        users = self.stack.credentials["users"]
        worker, street, district = (
            users[role]["token"] for role in ("grid_worker", "street_dispatcher", "district_dispatcher")
        )
        path = "/api/v1/issues/"
        load.run(self.stack.base_url, self.get(path, street), connections=CONNECTIONS, seconds=1)
        for name, token in (("street", street), ("district", district)):
            self.measure(f"list of 20, page 1, {name}", self.get(path, token))
            self.measure(f"list of 20, page {FAR_PAGE}, {name}", self.get(self.far(path, token), token))
        for name, token in (("worker", worker), ("street", street), ("district", district)):
            self.measure(f"search, found, {name}", self.get(f"{path}?q={quote(FOUND)}", token))
            self.measure(f"search, nothing, {name}", self.get(f"{path}?q={quote(NOT_FOUND)}", token))
        self.measure("map of a street", self.get(f"{path}map/", street))
        # A service's token reads the feed; from the first event, and from one near the newest.
        feed, token = "/api/v1/events/", self.stack.credentials["service"]["token"]
        self.measure("events, from the first", self.get(feed, token))
        newest = f"{self.stack.query(NEWEST_POSITION)[0][0]}.0".encode()
        cursor = base64.urlsafe_b64encode(newest).decode().rstrip("=")
        self.measure("events, the newest", self.get(f"{feed}?cursor={cursor}", token))


def measure(options: argparse.Namespace) -> None:
    """One stack, filled; pgbench before."""
    stack = LiveStack()
    try:
        bench = Reading(stack.start(seed="small"), options.issues or ISSUES[options.small], options.seconds)
        bench.prepare()
        pgbench(stack, options.seconds, "before")
        bench.all()
    finally:
        stack.discard()
