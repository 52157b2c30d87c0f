"""The pages people open most, with so many issues in the database (--issues)."""

import argparse
import http.cookiejar
import itertools
import re
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping

from bench import load
from bench.bare import pgbench
from bench.requests import Bench
from tests.live import LiveStack

ISSUES = {False: 100_000, True: 5_000}
# One of the street's own that still lies with the grid.
OPEN_ONE = """
    SELECT i.id, i.code FROM issues_issue i JOIN grids_unit g ON g.id = i.owner_unit_id
    WHERE g.code = %s AND i.state = 'assigned' ORDER BY i.id DESC LIMIT 1
"""
ABOVE = """
    SELECT c.code, s.code, d.code FROM grids_unit g JOIN grids_unit c ON c.id = g.community_id
    JOIN grids_unit s ON s.id = g.street_id JOIN grids_unit d ON d.id = g.district_id WHERE g.code = %s
"""


class Pages(Bench):
    """What people look at in a browser, signed in as they are."""

    def signed_in(self, role: str) -> str:
        """The cookies of somebody of this role who has just signed in."""
        return self.signed_in_as(self.stack.credentials["users"][role])

    def signed_in_as(self, who: Mapping[str, str]) -> str:
        """The same of somebody with this `username` and `password`."""
        jar = http.cookiejar.CookieJar()
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        address = f"{self.stack.base_url}/accounts/login/"
        with browser.open(address) as answer:
            found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', answer.read().decode())
        assert found, "the sign-in page has no form"
        sent = {"username": who["username"], "password": who["password"], "csrfmiddlewaretoken": found[1]}
        browser.open(address, urllib.parse.urlencode(sent).encode()).close()
        kept = {cookie.name: cookie.value for cookie in jar}
        assert "sessionid" in kept, f"{who['username']} could not sign in"
        return "; ".join(f"{name}={value}" for name, value in kept.items())

    def page(self, path: str, cookies: str = "") -> Callable[[int], Iterator[bytes]]:
        raw = load.page(path, self.host, cookies)
        return lambda _number: itertools.repeat(raw)

    def all(self) -> None:
        grid = self.worker["unit_code"]
        ((pk, code),) = self.stack.query(OPEN_ONE, (grid,))
        ((community, street, district),) = self.stack.query(ABOVE, (grid,))
        worker, staff = self.signed_in("grid_worker"), self.signed_in("street_dispatcher")
        whole = self.signed_in("district_dispatcher")
        for name, path, cookies in (
            ("today, grid worker", "/", worker),
            ("my grid", "/grid/", worker),
            ("inbox", "/notices/", worker),
            ("an issue on the phone", f"/i/{code}/", worker),
            ("desk, street", "/admin/", staff),
            ("desk, district", "/admin/", whole),
            ("issue list, street", "/admin/issues/issue/", staff),
            ("issue list, district", "/admin/issues/issue/", whole),
            ("an issue in the admin", f"/admin/issues/issue/{pk}/change/", staff),
            ("problem list, street", "/admin/lists/issues/", staff),
            ("command centre, district", f"/screen/{district}/", whole),
            ("command centre, street", f"/screen/{street}/", staff),
            ("resident's page", f"/r/at/{self.building}/report/", ""),
            ("solved in the community", f"/r/at/{community}/solved/", ""),
        ):
            self.measure(name, self.page(path, cookies), seconds=min(self.seconds, 5))


def measure(options: argparse.Namespace) -> None:
    """One stack, filled and its figures counted; pgbench before."""
    stack = LiveStack()
    try:
        bench = Pages(stack.start(seed="small"), options.issues or ISSUES[options.small], options.seconds)
        bench.prepare()
        stack.manage("recount_figures")
        pgbench(stack, options.seconds, "before")
        bench.all()
    finally:
        stack.discard()
