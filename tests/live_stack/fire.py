"""A whole stack under load while its processes are killed at random; then quiet, until all is settled.

What is left alone by its clients runs out of time: the test pulls deadlines forward, as time would, into the
near future, and never calls the sweep itself.
"""

import json
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import psycopg2

from bench.processes import family
from demo.processes import is_running
from tests.live import LiveStack, wait_for
from tests.live_stack.clients import LEFT_ALONE, Client
from tests.live_stack.receiver import Receiver
from tests.live_stack.wire import ADDRESS

# As production runs them (docker-compose.yml): two sweeping workers, two beats, and ticks without a broker.
SCALE = {"worker-sweep": 2, "beat": 2, "ticks": 1}
VICTIMS = (
    *("web", "worker-sweep", "worker-sweep.2", "worker-fanout", "worker-deliver", "worker-jobs"),
    *("beat", "beat.2", "ticks", "broker", "postgres"),
)
CAST = ("spotter", "grid_worker", "community_secretary", "body_officer")
CLIENTS = 5
# Not the whole group but one process in it, so often: one of the web's, a worker's pool, a database session.
ONLY_ONE = 0.2
# After so many of the kills somebody may do something before the next one: on a slow machine, too, it is work
# that is interrupted, not a start.
LET_WORK = 0.6
# Rungs from the first reminder of a grid to the board of the district.
RUNGS = 14

BUILD = """
from django.db import transaction
from django.utils import timezone
from accounts.actions import issue_token
from grids.actions.policies import set_policy
from tests.builders import town
with transaction.atomic():
    place = town()
    now = timezone.now()
    # A result drawn as a sample waits for somebody to look at it on the spot; nobody here does.
    set_policy(place.district, "sampling", {"all": {"percent": 0}}, by=None, now=now, reason="演示")
    cast = {name: place.people[name] for name in CAST}
    result = {
        "tokens": {name: issue_token(user, by=None, now=now) for name, user in cast.items()},
        "people": {name: user.pk for name, user in cast.items()},
        "units": {key: unit.pk for key, unit in place.units.items()},
    }
"""
# Into the future: what is due must never lie before the moment at which anybody could know of it.
PULL_FORWARD = """
    UPDATE issues_deadline d SET due_at = soon.at, limit_at = least(d.limit_at, soon.at)
    FROM (SELECT id, clock_timestamp() + (0.5 + random() * %(within)s) * interval '1 second' AS at
          FROM issues_deadline
          WHERE fired_at IS NULL AND cancelled_at IS NULL AND rung <> 'board'
            AND due_at > now() + interval '5 seconds' AND random() < %(share)s) soon,
         issues_issue i
    WHERE d.id = soon.id AND i.id = d.issue_id AND i.spot = %(spot)s
      AND d.fired_at IS NULL AND d.cancelled_at IS NULL
"""
FIRED = "SELECT count(*) FROM issues_deadline WHERE fired_at IS NOT NULL"
OVERDUE = """
    SELECT count(*) FROM issues_deadline WHERE fired_at IS NULL AND cancelled_at IS NULL AND due_at <= now()
"""
UNTOLD = "SELECT count(*) FROM trail_delivery WHERE done_at IS NULL AND dead_at IS NULL"
UNSENT = "SELECT count(*) FROM notices_notice WHERE state = 'queued'"
# Each rung is told to several people by a message of its own: more than so many waiting, and time stands still.
MOST_UNSENT = 2_000
BEHIND = (
    f"SELECT count(*) FROM (SELECT FROM notices_notice WHERE state = 'queued' LIMIT {MOST_UNSENT}) AS waiting"
)


@dataclass(frozen=True)
class Plan:
    """How many processes are killed, how long the broker is off, how long it is calm before, in seconds."""

    kills: int = 13
    broker_off: float = 10
    calm: float = 8
    gap: float = 1.5
    seed: int = field(default_factory=lambda: random.SystemRandom().randrange(10**6))

    @classmethod
    def from_environment(cls) -> "Plan":
        """CHAOS_KILLS, CHAOS_BROKER_OFF, CHAOS_CALM, CHAOS_GAP and CHAOS_SEED; short where unset."""
        names = {"kills": int, "broker_off": float, "calm": float, "gap": float, "seed": int}
        given = {name: os.environ.get(f"CHAOS_{name.upper()}") for name in names}
        return cls(**{name: names[name](value) for name, value in given.items() if value})


class Fire:
    """One run: `burn` does it all; afterwards the facts stand in the attributes and in the database."""

    def __init__(self, stack: LiveStack, plan: Plan) -> None:
        self.stack, self.plan, self.dice = stack, plan, random.Random(plan.seed)
        self.receiver = Receiver(random.Random(plan.seed))
        self.killed: Counter[str] = Counter()
        self._waiting: list[str] = []
        # Name → from when to when, by the clock of this machine, which is the database's too.
        self.phases: dict[str, tuple[float, float]] = {}
        self.clients: list[Client] = []
        self.quiet = threading.Event()
        # What happened until then has been told and sent when `burn` returns. The stack runs on: a danger is called out
        # again every half hour, and nobody listens any more.
        self.settled = 0.0

    def start(self) -> None:
        """The stack, a town, its people and their tokens."""
        say(f"seed {self.plan.seed} (CHAOS_SEED), {self.plan}")
        wired = {"DJANGO_SETTINGS_MODULE": "tests.live_stack.wired", ADDRESS: self.receiver.address}
        self.stack.start(scale=SCALE, env=wired)
        made = self.stack.python(f"CAST = {CAST!r}\n{BUILD}")
        self.people, self.units = made["people"], made["units"]
        self.clients = [
            Client(number, self.plan.seed, self.stack.base_url, made["tokens"]) for number in range(CLIENTS)
        ]

    def burn(self) -> None:
        """Calm, fire, a while without a broker, quiet."""
        self.start()
        time_passes = threading.Thread(target=self._let_time_pass, daemon=True)
        for thread in (*self.clients, time_passes):
            thread.start()
        with self._phase("calm"):
            time.sleep(self.plan.calm)
        with self._phase("fire"):
            self._kill_at_random()
        self._wait_all_up()
        if self.plan.broker_off:
            self._without_broker()
        self.quiet.set()
        self._end_clients()
        time_passes.join(30)
        self._wait_settled()

    @contextmanager
    def _phase(self, name: str) -> Iterator[None]:
        began = time.time()
        yield
        self.phases[name] = began, time.time()
        say(f"{name} over after {time.time() - began:.0f} s; {self.count()}")

    def count(self) -> str:
        """How far it is."""
        return (
            f"{sum(self.killed.values())} kills, {len(self.lives)} issues,"
            f" {self._acknowledged()} writes acknowledged, {self.ask(FIRED)} rungs fired"
        )

    @property
    def lives(self) -> list:
        return [life for client in self.clients for life in list(client.lives)]

    def ask(self, statement: str) -> int:
        """The one number of a statement, however often the database has to be asked."""
        return self._persist(lambda: self.stack.query(statement)[0][0])

    def _persist(self, ask):
        until = time.monotonic() + 90
        while True:
            try:
                return ask()
            except psycopg2.Error:
                if time.monotonic() > until:
                    raise
                time.sleep(0.2)

    def _let_time_pass(self) -> None:
        """Half of what is left alone becomes due, again and again, as long as people can be told of it."""
        while not self.quiet.wait(0.5):
            with suppress(psycopg2.Error, OSError, ValueError):  # killed as well: time goes on later
                if self.stack.query(BEHIND)[0][0] < MOST_UNSENT:
                    self._pull(share=0.3, within=2)

    def _pull(self, *, share: float, within: float) -> None:
        self.stack.query(PULL_FORWARD, {"share": share, "within": within, "spot": LEFT_ALONE})

    # --- fire ---

    def _kill_at_random(self) -> None:
        told = time.monotonic()
        while sum(self.killed.values()) < self.plan.kills:
            time.sleep(self.dice.uniform(0.5, 1.5) * self.plan.gap)
            self._kill(self._next_victim(), only_one=self.dice.random() < ONLY_ONE)
            if self.dice.random() < LET_WORK:
                self._wait_progress(30)
            if time.monotonic() > told + 30:
                say(self.count())
                told = time.monotonic()

    def _next_victim(self) -> str:
        """In any order, but nobody twice before everybody has been it."""
        if not self._waiting:
            self._waiting = self.dice.sample(VICTIMS, len(VICTIMS))
        return self._waiting.pop()

    def _kill(self, name: str, *, only_one: bool) -> None:
        """What is dead already and not yet started again does not count."""
        with suppress(ProcessLookupError, AssertionError, OSError, json.JSONDecodeError):
            children = family(self.stack.pid(name) or -1)[1:]
            if only_one and children:
                os.kill(self.dice.choice(children), signal.SIGKILL)
                self.killed[f"{name}, one of its processes"] += 1
            else:
                self.stack.kill(name)
                self.killed[name] += 1

    def _wait_progress(self, seconds: float) -> None:
        """Until one more write is acknowledged; a while at most."""
        before, until = self._acknowledged(), time.monotonic() + seconds
        while self._acknowledged() == before and time.monotonic() < until:
            time.sleep(0.2)

    def _acknowledged(self) -> int:
        return sum(write.acknowledged for life in self.lives for write in list(life.writes))

    def _wait_all_up(self) -> None:
        wait_for(lambda: all(map(self._is_up, VICTIMS)), "everything restarted", 180)

    def _is_up(self, name: str) -> bool:
        pid = self.stack.pid(name)
        return pid is not None and is_running(pid)

    def _without_broker(self) -> None:
        """Nobody hurries anybody; people work and rungs fire all the same."""
        self.stack.hold("broker")
        self.stack.kill("broker")
        with self._phase("broker off"):
            writes, fired = self._acknowledged(), self.ask(FIRED)
            time.sleep(self.plan.broker_off)
            wait_for(lambda: self._acknowledged() > writes, "writes go on without a broker", 60)
            wait_for(lambda: self.ask(FIRED) > fired, "escalations go on without a broker", 60)
            assert not self._is_up("broker")
        self.stack.hold()
        self._wait_all_up()

    # --- quiet ---

    def _end_clients(self) -> None:
        for client in self.clients:
            client.ended.set()
        for client in self.clients:
            client.join(300)
            assert not client.is_alive(), f"{client.name} still waits for an answer"
            if client.failure:
                raise client.failure

    def _wait_settled(self) -> None:
        """Everything that can come due has come due and fired, and whoever hears of it has."""
        began = time.monotonic()
        for _rung in range(RUNGS):
            self._pull(share=1, within=0)
            time.sleep(0.6)
            self._wait_for_none(OVERDUE, "all that is due has fired")
        self.settled = time.time()
        self._wait_for_none(UNTOLD, "all that happened has been told")
        self._wait_for_none(UNSENT, "all that was told has been sent")
        say(f"settled after {time.monotonic() - began:.0f} s; {self.count()}")
        self.receiver.stop()

    def _wait_for_none(self, statement: str, what: str, patience: float = 120) -> None:
        """However much there is after a long fire: it must become less within `patience` seconds, again and again."""
        least, since = self.ask(statement), time.monotonic()
        while left := self.ask(statement):
            if left < least:
                least, since = left, time.monotonic()
            assert time.monotonic() - since < patience, f"{left} left for {patience} seconds, so not: {what}"
            time.sleep(0.2)


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)
