"""Foreign things named in what is sent, and lists that hold them: as if there were none, on every address of the API.

What is asked is read from the schema: every parameter and every field of every body, so a new address is asked by
itself. tests/governance/test_foreign_pages.py asks for foreign things by their addresses.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from accounts.models import User
from grids.actions.bodies import add_body
from grids.actions.policies import set_policy
from grids.actions.posts import record_leave, set_shift
from grids.actions.tree import add_unit
from grids.models import DutyShift, Leave
from issues.models import Category
from tests.api.conftest import client_of
from tests.builders import LONG_AGO, Town, add_west
from tests.faces import signed_in
from tests.governance.neighbours import given_up, rows_of_street_a
from tests.governance.senders import Sender, undone
from tests.governance.strangers import is_of_the_next_street, strangers_of
from tests.governance.test_foreign_pages import whole
from tests.governance.walk import PARAMETER, routes, text_of
from tests.operations import operations

pytestmark = pytest.mark.django_db
# Kind of thing → its name beyond.
Names = Mapping[str, Any]
# Who stands at the district sees all its streets, so that only another district is foreign.
OF_THE_DISTRICT = {"system_admin", "district_dispatcher"}
# Where something happened in one's own district is no secret of those who work there.
OPEN_PLACES = {
    *(("correct", "place"), ("return", "unit"), ("transfer", "community")),
    # Nor who works there: of an official or a speaker for an organisation.
    *(
        ("organisations", "speaker"),
        ("change", "speaker"),
        ("pairings", "official"),
        ("check-ins", "account"),
    ),
}
# What names nothing.
SHARED = {"version", "page_size", "cursor", "fields", "crs"}
READERS = ("street_dispatcher", "system_admin")
FAR_PK = 870_000_001
# Free text is kept as it was written.
LONGEST_NAME = 150
# A stranger of every role reads the lists of the API; those of these roles more of them, and the pages.
ASKS_MORE = ("street_dispatcher",)
AT_A_DESK = ("street_dispatcher", "system_admin", "audit_admin")
MOST_WORDS = 2
# Of the reader's own tokens, which reading makes; when the description of Open311 was made.
OWN = {
    *("/api/v1/auth/logout/", "/api/v1/auth/logoutall/", "/api/v1/auth/tokens/", "/accounts/tokens/"),
    "/open311/v2/",
}
# The category that street A's district has added, where the district's own people choose one: of a list, or by a tile.
ADDED = re.compile(
    r'\s*<option value="d\d+_own_1">[^<]*</option>|\s*<label class="tile" for="category-d\d+_own_1">.*?</label>',
    re.DOTALL,
)
# What a district has added, and the organisations that check in, are for all its streets.
OF_THE_WHOLE_DISTRICT = (
    *("/api/v1/categories/", "/admin/issues/category/"),
    *("/api/v1/organisations/", "/admin/volunteers/organisation/"),
)


def beyond(town: Town) -> dict[str, Names]:
    """Names of what lies in street B, and in another district."""
    if "west" not in town.units:
        add_west(town)
    street = add_unit(town.west, code="621002001", name="西街", by=None, now=LONG_AGO)
    body = add_body(street, kind="office", code="west_office-1", name="西峰办", by=None, now=LONG_AGO)
    row = {
        "name": "演示:西峰",
        "name_en": "West",
        "kind": "help",
        "handled_at": "street",
        "for_residents": "yes",
    }
    by = town.people["west_system_admin"]
    set_policy(town.west, "own_categories", {"own_7": row}, by=by, now=town.now, reason="演示:增设")
    far, west = town.report(place=town.far_building), town.report(place=street)
    post = town.posts["far_worker"]
    times = {"starts_at": town.now.replace(day=20), "ends_at": town.now.replace(day=21), "now": town.now}
    # Both under one number, long enough to be nothing else in an answer.
    record_leave(post, by=None, **times)
    set_shift(post, by=None, **times)
    assert Leave.objects.filter(post=post).update(id=FAR_PK) == DutyShift.objects.filter(post=post).update(
        id=FAR_PK
    )
    return {
        "far": {
            "unit": town.far_grid.code,
            "body": "far_office-1",
            "person": "far_worker",
            "issue": far.code,
            "number": far.number,
            "pk": FAR_PK,
        },
        "west": {
            "unit": street.code,
            "body": body.code,
            "person": "west_dispatcher",
            "issue": west.code,
            "number": west.number,
            "category": Category.objects.get(district=town.west).key,
        },
    }


def of_nothing(kind: str, name: Any) -> Any:
    """The same for what there is not: as long as the other, so that nothing else differs."""
    if kind == "pk":
        return 10**9
    return {"person": name[:-2] + "zz", "body": name[:-1] + "9"}.get(kind, name[:-3] + "999")


def may_name(shape: Mapping[str, Any], kind: str) -> bool:
    """Can this field hold the name of something?"""
    one = shape.get("items", shape) if shape.get("type") == "array" else shape
    if "enum" in one or ("format" in one and one["format"] != "int64"):
        return False
    wanted = "integer" if kind == "pk" else "string"
    return one.get("type") == wanted and one.get("maxLength", 0) <= LONGEST_NAME


def pairs(
    asker: str,
    names: Mapping[str, Names],
    shape: Mapping[str, Any],
    beside: tuple[str, ...] = ("far", "west"),
) -> Iterator[tuple[str, Any, Any]]:
    """(kind, foreign name, name of nothing) of what may be put into this field."""
    for where in ("west",) if asker in OF_THE_DISTRICT else beside:
        for kind, name in names[where].items():
            if may_name(shape, kind):
                yield kind, name, of_nothing(kind, name)


def told(answer: Any, name: Any) -> tuple[int, bytes, dict[str, str]]:
    """All of an answer but for the name that was sent; of what was done the status alone."""
    if answer.status_code < 300 and answer.wsgi_request.method != "GET":
        return answer.status_code, b"", {}
    status, content, headers = whole(answer, quote(str(name)))
    headers = {key: value for key, value in headers.items() if key not in {"ETag", "Location"}}
    return status, content.replace(str(name).encode(), b""), headers


def test_no_field_tells_a_foreign_thing_from_nothing(sender: Sender) -> None:
    names, leaks = beyond(sender.town), []
    for one in operations():
        if not one.writes:
            continue
        asker, address = sender.furthest(one), sender.address(one)
        for path, shape in one.places():
            if path[-1] in SHARED:
                continue
            open_place = (address.rstrip("/").rpartition("/")[2], path[-1]) in OPEN_PLACES
            beside = ("west",) if open_place else ("far", "west")
            for kind, foreign, nothing in pairs(asker, names, shape, beside):
                found = []
                for name in (foreign, nothing):
                    value = [name] if shape.get("type") == "array" else name
                    with undone():
                        sent = json.dumps(one.with_value(path, value)).encode()
                        found.append(told(sender.ask(asker, one, address, sent), name))
                if found[0] != found[1]:
                    leaks.append((one.name, asker, path, kind, *(each[:2] for each in found)))
    assert not leaks, "\n".join(map(str, leaks))


def test_no_parameter_tells_a_foreign_thing_from_nothing(sender: Sender) -> None:
    names, leaks = beyond(sender.town), []
    for one in operations():
        if one.writes:
            continue
        address = sender.address(one)
        for asker in READERS:
            for name, shape in one.queries.items():
                if name in SHARED:
                    continue
                for kind, foreign, nothing in pairs(asker, names, shape, ("far",)):
                    found = [
                        told(sender.ask(asker, one, f"{address}?{urlencode({name: value})}"), value)
                        for value in (foreign, nothing)
                    ]
                    if found[0] != found[1]:
                        leaks.append((one.name, asker, name, kind, *(each[:2] for each in found)))
    assert not leaks, "\n".join(map(str, leaks))


def lists() -> Iterator[str]:
    """Every address without parameters that can be read."""
    found = {f"/{route}" for route in routes() if not PARAMETER.search(route) and "(" not in route}
    yield from sorted(one for one in found if one not in OWN and "/open311/v2/discovery" not in one)
    for format_ in ("json", "xml"):
        yield f"/open311/v2/requests.{format_}?jurisdiction_id=621002"


def narrowed() -> Iterator[str]:
    """The lists of the API under each of their filters and orders that is one of few words."""
    for one in operations():
        if one.writes or "{" in one.address:
            continue
        for name, shape in one.queries.items():
            words = ["true", "false"] if shape.get("type") == "boolean" else shape.get("enum", ())
            words = shape["items"].get("enum", ()) if shape.get("type") == "array" else words
            yield from (f"{one.address}?{urlencode({name: word})}" for word in list(words)[:MOST_WORDS])


def test_no_list_count_or_page_differs_for_what_is_foreign(town: Town) -> None:
    strangers = strangers_of(town)
    beyond(town)
    User.objects.filter(is_service=False).update(is_staff=True)
    # What happened so far has been told, so that what is told next is of street A.
    given_up(town)
    before = read_all(town, strangers)
    rows_of_street_a(town)
    after = read_all(town, strangers)
    differ = [key for key, text in before.items() if after[key] != text]
    assert not differ, "\n".join(first_difference(key, before[key], after[key]) for key in differ)
    # There was something to read.
    assert sum(text.startswith("200") for text in before.values()) > 400


def first_difference(key: tuple[str, str], before: str, after: str) -> str:
    """Where the two answers part, with what stands around."""
    at = next((n for n, pair in enumerate(zip(before, after, strict=False)) if pair[0] != pair[1]), -1)
    return f"{key} …{before[max(at - 60, 0) : at + 60]!r} / {after[max(at - 60, 0) : at + 60]!r}"


def read_all(town: Town, strangers: Mapping[str, str]) -> dict[tuple[str, str], str]:
    said = {}
    for role, name in strangers.items():
        pages, api = signed_in(town, name), client_of(town.people[name])
        near = is_of_the_next_street(role)
        for address in (*lists(), *(narrowed() if role in ASKS_MORE else ())):
            if near and address.startswith(OF_THE_WHOLE_DISTRICT):
                continue
            if not address.startswith("/api/") and role not in AT_A_DESK:
                continue
            client: Any = api if address.startswith("/api/") else pages
            pages.cookies.pop("messages", None)
            answer = client.get(address)
            text = text_of(answer)
            said[role, address] = f"{answer.status_code} {ADDED.sub('', text) if near else text}"
    return said
