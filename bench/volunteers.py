"""Volunteering: my pages, the settlement of an activity, figures of a district, the points' check."""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

from bench import load
from bench.bare import pgbench
from bench.pages import Pages
from bench.requests import CONNECTIONS
from tests.live import ROOT, LiveStack


class Size(NamedTuple):
    """`ledger`: lines of accounts, two for each deed; `came`: to the activity that is settled."""

    people: int
    teams: int
    ledger: int
    came: int


SIZES = {False: Size(40_000, 500, 1_000_000, 300), True: Size(1_000, 20, 20_000, 30)}
FILL, LEDGER, GOODS = (
    Path(__file__).with_name(name) for name in ("volunteers.sql", "ledger.sql", "goods.sql")
)
CHUNK = 25_000
# Of the rows that are filled in: far above those that the demo has.
BASE = 1_000_000_000
PASSWORD = "only-for-this-bench-42"
NUMBERED = ("volunteers_service", "trail_event", "volunteers_pointtransfer", "volunteers_pointentry")
TABLES = (
    *NUMBERED,
    *("volunteers_volunteer", "volunteers_team", "volunteers_membership", "volunteers_activity"),
    *("volunteers_pointaccount", "volunteers_signup", "volunteers_station", "volunteers_good"),
    *("volunteers_redemption", "volunteers_stockmove"),
)
# Somebody with an account among all these, who leads one of the teams.
ONESELF = """
from django.utils import timezone
from grids.models import Unit
from volunteers.actions.facts import Person
from volunteers.actions.people import sign_up_with_account
from volunteers.actions.teams import set_leader
from volunteers.models import PointAccount, Team
now = timezone.now()
home = Unit.objects.get(code={community!r})
person = Person(name="演示·压测", phone="00012345678", alias="压测·本人")
me = sign_up_with_account(home, person, username={username!r}, password={password!r}, now=now)
set_leader(Team.objects.filter(name__startswith="压测队").earliest("pk"), leader=me, by=None, now=now)
# The ledger is theirs too.
PointAccount.objects.create(district_id=me.district_id, kind="volunteer", volunteer=me, balance=0)
result = me.pk
"""
BALANCES = """
    UPDATE volunteers_pointaccount a SET balance = e.points FROM (
        SELECT account_id, sum(amount) AS points FROM volunteers_pointentry WHERE id >= %(base)s GROUP BY account_id
    ) e WHERE e.account_id = a.id AND a.kind = 'volunteer'
"""


class Volunteering(Pages):
    """A district's volunteers, filled in beside those of the seed."""

    def __init__(self, stack: LiveStack, size: Size, seconds: float) -> None:
        super().__init__(stack, 0, seconds)
        self.size = size

    def prepare(self) -> None:
        """Fill, and gather statistics. The ledger's triggers stay on, so that what is filled in is lawful."""
        began = time.perf_counter()
        users = self.stack.credentials["users"]
        self.host = self.stack.base_url.partition("://")[2]
        self.community = users["community_secretary"]["unit_code"]
        ((district, by),) = self.stack.query(
            "SELECT u.district_id, a.id FROM grids_unit u, accounts_user a WHERE u.code = %s AND a.username = %s",
            (self.community, users["community_secretary"]["username"]),
        )
        size = {"district": district, "people": self.size.people, "teams": self.size.teams}
        self.stack.query(FILL.read_text(), size, owner=True)
        self.me = {"username": "bench.volunteer", "password": PASSWORD}
        self.stack.python(ONESELF.format(community=self.community, **self.me))
        deeds = self.size.ledger // 2
        for first in range(0, deeds, CHUNK):
            rows = {"first": first, "last": min(first + CHUNK, deeds) - 1, "count": deeds}
            self.stack.query(LEDGER.read_text(), rows | {"base": BASE, "by": by}, owner=True)
        self.stack.query(GOODS.read_text(), goods_of(district, deeds), owner=True)
        self.stack.query(BALANCES, {"base": BASE}, owner=True)
        for table in NUMBERED:
            beyond = f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"
            self.stack.query(beyond, owner=True)
        for table in TABLES:
            self.stack.query(f"VACUUM (ANALYZE) {table}", owner=True)
        counted = (
            "SELECT (SELECT count(*) FROM volunteers_volunteer), (SELECT count(*) FROM volunteers_pointentry)"
        )
        ((people, lines),) = self.stack.query(counted)
        print(
            f"{people} volunteers, {lines} lines, filled in {time.perf_counter() - began:.0f} s", flush=True
        )

    def all(self) -> None:
        me, secretary = self.signed_in_as(self.me), self.signed_in("community_secretary")
        whole = self.signed_in("district_dispatcher")
        hours, figures = "/admin/volunteers/service/", "/admin/volunteering/figures/"
        ranking = f"/volunteers/at/{self.community}/ranking/"
        load.run(
            self.stack.base_url,
            self.page("/volunteers/mine/", me),
            connections=CONNECTIONS,
            seconds=1,
        )
        for name, path, cookies in (
            ("my volunteering", "/volunteers/mine/", me),
            ("my hours and stars", "/volunteers/mine/hours/", me),
            ("my points", "/volunteers/mine/points/", me),
            ("what one gets for points", "/volunteers/goods/", me),
            ("ranking, a month", ranking, me),
            ("ranking, a year", f"{ranking}?period=year", me),
            ("my certificate", "/volunteers/mine/certificate/", me),
            ("activities around", "/volunteers/activities/?around=district", me),
            ("list of hours, community", hours, secretary),
            ("list of hours, district", hours, whole),
            ("goods put aside, district", "/admin/volunteers/redemption/", whole),
            ("points of the district", "/admin/volunteers/good/figures/", whole),
            ("figures, community", figures, secretary),
            ("figures, district", figures, whole),
        ):
            self.measure(name, self.page(path, cookies), seconds=min(self.seconds, 5))

    def settle_and_read(self) -> None:
        """In one process, as the faces call it."""
        users = self.stack.credentials["users"]
        names = [users[role]["username"] for role in ("community_secretary", "district_dispatcher")]
        given = [str(self.size.came), *names, self.me["username"], self.community]
        command = [sys.executable, "-m", "bench.settler", *given]
        with subprocess.Popen(
            command, cwd=ROOT, env=self.stack.environment(), stdout=subprocess.PIPE, text=True
        ) as settler:
            assert settler.stdout
            for line in settler.stdout:
                print(told(json.loads(line)), flush=True)
        assert settler.returncode == 0, "it failed; see above"

    def check(self) -> None:
        """Everything that is kept beside the entries, counted anew."""
        began = time.perf_counter()
        said = self.stack.manage("check_points").strip()
        print(f"points' check: {time.perf_counter() - began:.1f} s, process included: {said}", flush=True)


def goods_of(district: int, deeds: int) -> dict[str, int]:
    """For GOODS: the numbers after all lines of so many deeds are free."""
    return {"district": district, "base": BASE, "after": BASE + 2 * deeds + 10}


def told(figure: dict) -> str:
    """A figure as a line."""
    if "count" in figure:
        return f"{figure['name']}: {figure['count']}"
    seconds = figure["seconds"]
    took = f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.1f} ms"
    load_now = os.getloadavg()[0]
    return f"{figure['name']}: {took}, {figure['statements']} statements (load {load_now:.1f})"


def measure(options: argparse.Namespace) -> None:
    """One stack, filled; pgbench before."""
    stack = LiveStack()
    try:
        bench = Volunteering(stack.start(seed="small"), SIZES[options.small], options.seconds)
        bench.prepare()
        pgbench(stack, min(options.seconds, 5), "before")
        bench.all()
        bench.settle_and_read()
        bench.check()
    finally:
        stack.discard()
