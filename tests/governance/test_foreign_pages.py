"""Every address that names a row, asked by strangers: a foreign row answers exactly as one that does not exist.

Each role asks as somebody of the next street, where that is foreign to it, and as somebody of another district.
"""

import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any
from urllib.parse import urlencode

import pytest
from django.urls import get_resolver, resolve
from jsonschema import Draft202012Validator
from rest_framework.test import APIClient

from grids.roles import ROLES
from issues.actions import PERFORM
from tests.api.conftest import client_of
from tests.builders import Town
from tests.faces import signed_in
from tests.governance.addresses import NO_ROW, ROUTES, every_route, filled, values
from tests.governance.neighbours import Rows, rows_of_street_a
from tests.governance.strangers import is_of_the_next_street, strangers_of, westerners_of
from tests.operations import Operation, operation_at
from trail.models import Event
from volunteers.models import Activity, Service

pytestmark = pytest.mark.django_db
# Everybody asks; in so many towns, which workers may build side by side.
TOWNS = 4
# Of whom one at least gets in, so that no address here is one that answers nobody.
ITS_OWN = (
    *("grid_worker", "street_dispatcher", "system_admin", "audit_admin", "security_admin"),
    *("street_leader", "supervisor", "community_secretary", "office_officer", "district_dispatcher"),
)
# Only whoever belongs to it, or is a volunteer, has something to do there: tests/volunteers/test_api_*.py.
OF_MEMBERS = ("api/v1/teams/<int:pk>/leave/", "api/v1/goods/<int:pk>/reserve/")
# What a district has added, and the organisations that check in to its communities, are for all its streets.
OF_THE_WHOLE_DISTRICT = (
    *("admin/issues/category/", "admin/volunteers/organisation/", "api/v1/organisations/"),
)
# Who may not see it is told so without a look at what was sent: not that it is wrong (400, 415, 422), nor late (409, 412).
TOLD = {302, 403, 404, 405}
# Where it can be asked so. What a view does not know it refuses unseen.
QUERY = {"crs": "gcj02", "page_size": "1"}
Answer = tuple[int, bytes, dict[str, str]]
Ask = Callable[[Any, str], Any]


@cache
def taken(route: str) -> frozenset[str]:
    """The methods that the view at this address of the API takes; all others it refuses before it looks for a row."""
    view: Any = resolve(
        re.sub(r"<(\w+):\w+>", lambda found: "1" if found[1] == "int" else "x", f"/{route}")
    ).func
    methods = getattr(view, "actions", None) or [
        one for one in view.cls.http_method_names if hasattr(view.cls, one)
    ]
    return frozenset(methods) - {"options", "head"}


def sends(method: str, body: Any = None, query: str = "", **headers: str) -> Ask:
    def ask(client: APIClient, address: str) -> Any:
        sent = {} if body is None else {"data": json.dumps(body).encode(), "content_type": "application/json"}
        return client.generic(method.upper(), f"{address}{query}", **sent, headers=headers)

    return ask


def to_page(method: str) -> Ask:
    return lambda client, address: getattr(client, method)(address)


def a_form(body: Any) -> Ask:
    return lambda client, address: client.post(address, body, format="multipart")


def usual(route: str) -> dict[str, Ask]:
    """What everybody asks: each method that is taken, sent with what fits its description, and the same with a key."""
    asked = {}
    for method in sorted(taken(route)):
        if method == "get":
            asked["get"] = sends("get")
            known = operation_at("get", route).queries.keys() & QUERY.keys()
            query = urlencode({name: QUERY[name] for name in sorted(known)})
            asked["get some"] = sends("get", None, f"?{query}", **{"If-None-Match": "*"})
            continue
        body = body_of(operation_at(method, route))
        asked[method] = sends(method, body)
        asked[f"{method} once"] = sends(method, body, **{"Idempotency-Key": "one"})
    return asked


def body_of(one: Operation) -> Any:
    """A version that a row of one's own would have, where there is one."""
    return one.body() | ({"version": 1} if "version" in one.fields else {})


def unusual(route: str) -> dict[str, Ask]:
    """What a few try: all that no view takes, and what must not be judged before the row is found."""
    asked = {method: sends(method) for method in ("get", "head", "put", "patch", "delete", "post")}
    asked |= {
        "if none has changed": sends("post", {"version": 1}, **{"If-Match": '"1"'}),
        "a form": a_form({"text": "x"}),
    }
    asked |= {"no object": sends("post", [1]), "some fields": sends("get", None, "?fields=code,nothing")}
    return {name: ask for name, ask in asked.items() if name not in taken(route) - {"post"}}


class Asker:
    """Somebody of the town: pages by a session, the API by a token."""

    def __init__(self, town: Town, name: str, turn: int = 0) -> None:
        self.name, self.turn = name, turn
        self.pages, self.api = signed_in(town, name), client_of(town.people[name])

    def client(self, route: str) -> Any:
        return self.api if route.startswith("api/") else self.pages

    def plain(self, route: str) -> dict[str, Ask]:
        """As it is mostly asked."""
        if route.startswith("api/"):
            return {method: ask for method, ask in usual(route).items() if method in taken(route)}
        return {method: to_page(method) for method in ("get", "post")}

    def bound(self, route: str) -> dict[str, Ask]:
        """The same under conditions, and once only; of a page one of the two, each role the other one."""
        if not route.startswith("api/"):
            method = ("get", "post")[(ROUTES.index(route) + self.turn) % 2]
            return {method: to_page(method)}
        return {name: ask for name, ask in usual(route).items() if name not in taken(route)}

    def odd(self, route: str) -> dict[str, Ask]:
        """What it is this one's turn to try."""
        if not route.startswith("api/"):
            return {}
        here = ROUTES.index(route) + self.turn
        return {
            f"oddly {name}": ask
            for place, (name, ask) in enumerate(unusual(route).items())
            if not (here + place) % len(ROLES)
        }

    def answer(self, route: str, ask: Ask, address: str) -> Answer:
        """With no word of who asks."""
        status, content, headers = whole(ask(self.client(route), address), address)
        return status, content.replace(self.name.encode(), b""), headers

    def answers(self, route: str, rows: Rows, town: Town) -> Iterator[tuple[Any, Any]]:
        """(for the row of street A, for none): to reading the address, and to sending nothing there."""
        addresses = addresses_of(route, rows, town)
        methods = sorted(taken(route)) if route.startswith("api/") else ("get", "post")
        for method in methods:
            ask: Ask = lambda client, address, method=method: getattr(client, method)(address)  # noqa: E731
            theirs, nobodys = (self.answer(route, ask, address) for address in addresses)
            yield theirs, nobodys


def addresses_of(route: str, rows: Rows, town: Town) -> tuple[str, str]:
    foreign, missing = (filled(route, told) for told in values(route, rows, town))
    return foreign, missing


def refuse_hours(rows: Rows) -> None:
    """Of the activity, beside the record that was confirmed: only such ones are handed in again."""
    record = Service.objects.get(pk=rows[Service].pk)
    record.pk, record._state.adding = None, True
    record.activity, record.what, record.state = rows[Activity], "", "refused"
    record.save()


def whole(answer: Any, address: str) -> tuple[int, bytes, dict[str, str]]:
    """All of it but for the address that was asked for, and what differs on every page: length, second, token."""
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    content = re.sub(rb'name="csrfmiddlewaretoken" value="\w+"', b"", content)
    told = {
        name: value for name, value in answer.headers.items() if name not in {"Content-Length", "Expires"}
    }
    headers = {name: value.replace(address, "") for name, value in told.items()}
    return answer.status_code, content.replace(address.encode(), b""), headers


def test_what_names_no_row_is_still_there() -> None:
    every = set(every_route(get_resolver().url_patterns))
    assert sorted(NO_ROW - every) == [], "take it out of NO_ROW"


def test_every_verb_is_asked() -> None:
    asked = {route.rstrip("/").rpartition("/")[2] for route in ROUTES if "post" in taken_of_api(route)}
    assert set(PERFORM) <= asked


def taken_of_api(route: str) -> frozenset[str]:
    return taken(route) if route.startswith("api/") else frozenset()


def test_what_is_sent_fits_the_description() -> None:
    """Else whoever judged it before looking for the row would answer all alike, and be right."""
    for route in ROUTES:
        for method in taken_of_api(route) - {"get"}:
            one = operation_at(method, route)
            shape = {"type": "object", "properties": one.fields, "required": list(one.required)}
            wrong = [error.message for error in Draft202012Validator(shape).iter_errors(body_of(one))]
            assert not wrong, (route, wrong)


@pytest.mark.parametrize("number", range(TOWNS))
def test_a_foreign_address_answers_as_one_of_nothing(town: Town, number: int) -> None:
    """To every role of the table; whoever may nowhere do anything writes nothing, so they share a town."""
    roles = list(ROLES)[number::TOWNS]
    near, west = strangers_of(town, roles), westerners_of(town, roles)
    rows = rows_of_street_a(town)
    refuse_hours(rows)
    addresses = {route: addresses_of(route, rows, town) for route in ROUTES}
    before = Event.objects.count()
    for role in roles:
        turn = list(ROLES).index(role)
        strangers = [Asker(town, west[role], turn)]
        if is_of_the_next_street(role):
            strangers.insert(0, Asker(town, near[role], turn))
        for route in ROUTES:
            foreign_to = strangers[-1:] if route.startswith(OF_THE_WHOLE_DISTRICT) else strangers
            tell_nothing(foreign_to, route, *addresses[route])
        assert Event.objects.count() == before, role


def tell_nothing(strangers: list[Asker], route: str, foreign: str, missing: str) -> None:
    """To the first of them plainly and oddly, to the last under conditions. What one is told of nothing, all are, however
    they ask: only where that is not so they ask for nothing themselves."""
    first, last = strangers[0], strangers[-1]
    of_nothing: dict[str, Answer] = {}
    asked = [(first, name, ask) for name, ask in (first.plain(route) | first.odd(route)).items()]
    if last is not first or route.startswith("api/"):
        asked += [(last, name, ask) for name, ask in last.bound(route).items()]
    for stranger, name, ask in asked:
        odd, (method, *_rest) = name.startswith("oddly"), name.split()
        theirs = stranger.answer(route, ask, foreign)
        if odd or theirs != of_nothing.get(method):
            nobodys = stranger.answer(route, ask, missing)
            assert theirs == nobodys, (stranger.name, name, route)
            of_nothing.setdefault(method, nobodys)
        assert theirs[0] in TOLD or (odd and theirs[0] >= 400), (stranger.name, name, route, theirs)


def test_to_its_own_it_answers_otherwise(town: Town) -> None:
    rows = rows_of_street_a(town)
    refuse_hours(rows)
    own = [Asker(town, name) for name in ITS_OWN]
    for route in (route for route in ROUTES if route not in OF_MEMBERS):
        told = (one.answers(route, rows, town) for one in own)
        assert any(theirs != nobodys for both in told for theirs, nobodys in both), route
