"""Everybody who may send something to the API, and what came of it: for tests that walk all its addresses."""

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import transaction

from tests.api.conftest import client_of
from tests.builders import Town
from tests.governance.addresses import filled, values
from tests.governance.neighbours import Rows
from tests.operations import Operation

# Whoever gets furthest at an address sends it all.
SENDERS = (
    *("street_dispatcher", "system_admin", "supervisor", "grid_worker", "street_leader"),
    *("community_secretary", "office_officer", "district_dispatcher"),
)
# Of every operation, once asked: the town is the same in every test.
GOT_FURTHEST: dict[str, str] = {}
FURTHEST = (200, 201, 204, 422, 400, 409, 403, 404)


class Errors(logging.Handler):
    """What was logged as an error of ours, or worse."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.told: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.told.append(self.format(record))


class Sender:
    """Sends what it is given; afterwards all is as before."""

    def __init__(self, town: Town, rows: Rows, errors: Errors) -> None:
        self.town, self.rows, self.errors = town, rows, errors
        self.clients = {name: client_of(town.people[name]) for name in SENDERS}
        for one in self.clients.values():
            one.raise_request_exception = False
        self.wrong: list[Any] = []

    def address(self, one: Operation) -> str:
        """Of the row of street A."""
        told = next(values(one.route, self.rows, self.town)) if "{" in one.address else {}
        if "verb" in told:
            told |= {"verb": one.address.rstrip("/").rpartition("/")[2]}
        return filled(one.route, told)

    def furthest(self, one: Operation) -> str:
        """Whoever is not turned away before what was sent is looked at."""
        if one.name in GOT_FURTHEST:
            return GOT_FURTHEST[one.name]
        sent = json.dumps(one.body()).encode()

        def rank(name: str) -> int:
            with undone():
                status = self.ask(name, one, self.address(one), sent).status_code
            return FURTHEST.index(status) if status in FURTHEST else len(FURTHEST)

        GOT_FURTHEST[one.name] = min(self.clients, key=rank)
        return GOT_FURTHEST[one.name]

    def ask(
        self,
        name: str,
        one: Operation,
        address: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """As this person. An error of ours is an answer too."""
        media = one.media[-1] if one.media and "json" in one.media[-1] else "application/json"
        return self.clients[name].generic(one.method.upper(), address, body, media, headers=headers)

    def expect(self, answer: Any, what: Any, *, refused: bool = False) -> None:
        """No 5xx; a problem document for each 4xx; where it must be `refused`, a 4xx."""
        fine = answer.status_code < 300 and not refused
        if not (fine or is_a_problem(answer)) or self.errors.told:
            self.wrong.append((what, answer.status_code, answer.content[:200], self.errors.told[-1:]))
        self.errors.told.clear()


@contextmanager
def undone() -> Iterator[None]:
    """Whatever is done inside never was."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def is_a_problem(answer: Any) -> bool:
    if not 400 <= answer.status_code < 500:
        return False
    told = json.loads(answer.content)
    return (
        answer.headers["Content-Type"] == "application/problem+json"
        and told["status"] == answer.status_code
        and bool(told["title"])
    )
