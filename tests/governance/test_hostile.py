"""Hostile input on every address of the API: a problem that says what is wrong, nothing written, no error of ours."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.governance.senders import Sender, undone
from tests.operations import operations
from trail.models import Event

pytestmark = pytest.mark.django_db
# Of no use to any field, whatever it is called.
WRONG: tuple[Any, ...] = (
    *(None, True, -1, 10**19, 1.5, 1e308, "", "x" * 5000, "9" * 400, [], [None], [[]], "10000-01-01"),
    *("9999-12-31T23:59:60-14:00", "0001-01-01T00:00:00+14:00", "\u202e\x01", 10**18, {}, {"x": {"y": [1]}}),
)
# What may pass a field and be wrong further in; sent alone, where the rest is right.
SLY = (*WRONG[-5:], "0001-01-01")
ASKED = (
    *("", "\0", "x\0y", "-1", "9" * 30, "9" * 400, "1e400", "NaN", "abc", "x" * 3000, "'; --", "0001-01-01"),
    *("9999-12-31T23:59:60-14:00", "10000-01-01", "1,2,3,4", "inf,nan,1e400,1", "[]", "\ufffe"),
    *("\u202e", "💥", "1000000000", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "9999-12-31"),
)
SLY_ASKED = ASKED[-6:]
# The same code reads them everywhere.
SHARED = {"version", "page_size", "cursor", "fields", "crs"}
# Looking far into other tables, or what is nobody's business.
STRANGE = {
    "owner__password": "x",
    "reporter__phone": "1",
    "reported_by__password__startswith": "p",
    "text__regex": "(a+)+$",
    "ordering": "reporter__phone",
    "order_by": "password",
    "id__in": "1,2",
    "__class__": "x",
}
# Nobody says this of something new or changed: it is worked out, or somebody else's to say.
ASSIGNED: dict[str, Any] = {
    "id": 987654321,
    "pk": 987654321,
    "state": "closed",
    "created_at": "1999-01-01T00:00:00Z",
    "reported_at": "1999-01-01T00:00:00Z",
    "closed_at": "1999-01-01T00:00:00Z",
    "number": "19990101-00000001",
    "owner": "far_office-1",
    "owner_unit": "220103002001",
    "district": "621002",
    "street": "220103002",
    "reported_by": "far_worker",
    "is_danger": True,
    "is_superuser": True,
    "is_service": True,
    "secret": "whsec_1999",
    "due_at": "1999-01-01T00:00:00Z",
    "hotline": {"number": "1999"},
}
BROKEN: tuple[bytes, ...] = (
    *(b"{", b"[]", b"null", b"1", b'"x"', b"\xff\xfe\x00", b'{"text": "\xff"}', b"[" * 100_000),
    *(b'{"text": "a\\u0000b"}', b'{"text": "\\ud800"}', b'{"\\ud800": 1}', b'{"\\u0000": 1}'),
    *(b'{"lat": NaN}', b'{"lat": -Infinity}', b'{"lat": 1e400}', b'{"version": 1E999}'),
    *(b'{"lat": ' + b"9" * 400 + b"}", b'{"version": ' + b"9" * 9000 + b"}"),
    *(b'{"a":' * 40 + b"1" + b"}" * 40, b'{"text": "one", "text": "two"}', b'{"a": {"b": 1, "b": 2}}'),
    b'{"text": "' + b"x" * 20_000_000 + b'"}',
)


def told_of(sender: Sender) -> str:
    return "\n".join(map(str, sender.wrong))


def rows_of(answer: Any) -> Any:
    """Without the links, which repeat what was asked."""
    said = answer.json()
    return said.get("results", said) if isinstance(said, dict) else said


def test_bodies_that_are_no_request(sender: Sender) -> None:
    before = Event.objects.count()
    asked = [one for one in operations() if one.writes and one.media]
    for turn, one in enumerate(asked):
        name, address = sender.furthest(one), sender.address(one)
        # The same parsers read them all: each address gets some of them, each of them is sent to many.
        for number, body in list(enumerate(BROKEN))[turn % 4 :: 4]:
            key = {"Idempotency-Key": "one"} if number % 3 == 2 else {}
            with undone():
                sender.expect(
                    sender.ask(name, one, address, body, key), (one.name, name, body[:40]), refused=True
                )
                assert Event.objects.count() == before, (one.name, body[:40])
    assert not sender.wrong, told_of(sender)


def test_every_field_with_what_it_is_not(sender: Sender) -> None:
    seen: set[str] = set()
    for one in operations():
        if not one.writes or not one.fields:
            continue
        name, address, places = sender.furthest(one), sender.address(one), list(one.places())
        sent = [dict.fromkeys(one.fields, value) for value in WRONG]
        for path, shape in places:
            # Verbs ask alike.
            same = f"{path[-1]} {json.dumps(shape)} {one.address.rpartition('{')[0]}"
            if path[-1] not in SHARED & seen and same not in seen:
                sent += [one.with_value(path, value) for value in SLY]
            seen |= {same, str(path[-1])}
        for body in sent:
            with undone():
                answer = sender.ask(name, one, address, json.dumps(body).encode())
                sender.expect(answer, (one.name, name, str(body)[:200]))
    assert not sender.wrong, told_of(sender)


def test_every_parameter_with_what_it_is_not(sender: Sender) -> None:
    seen: set[str] = set()
    for one in operations():
        name, address = sender.furthest(one), sender.address(one)
        body = json.dumps(one.body()).encode() if one.writes else b""
        asked = [dict.fromkeys(one.queries, value) for value in ASKED if one.queries]
        for query in one.queries:
            if query not in SHARED & seen:
                asked += [{query: value} for value in (*SLY_ASKED, "0", "-1")]
            seen.add(query)
        for query in asked:
            with undone():
                answer = sender.ask(name, one, f"{address}?{urlencode(query)}", body)
                sender.expect(answer, (one.name, name, str(query)[:80]))
    assert not sender.wrong, told_of(sender)


def test_no_filter_or_order_reaches_other_tables(sender: Sender) -> None:
    """Unknown names change nothing, or are refused."""
    for one in operations():
        if one.writes:
            continue
        name, address = sender.furthest(one), sender.address(one)
        plain = sender.ask(name, one, address)
        asked = {key: value for key, value in STRANGE.items() if key not in one.queries}
        for key, value in (*asked.items(), ("ordering", "reporter__phone")):
            answer = sender.ask(name, one, f"{address}?{urlencode({key: value})}")
            sender.expect(answer, (one.name, key))
            if answer.status_code == 200 and answer["Content-Type"].endswith("json"):
                assert rows_of(plain) == rows_of(answer), (one.name, key)
    assert not sender.wrong, told_of(sender)


def test_nobody_assigns_what_is_worked_out(sender: Sender) -> None:
    for one in operations():
        if not one.writes:
            continue
        name, address = sender.furthest(one), sender.address(one)
        more = {key: value for key, value in ASSIGNED.items() if key not in one.fields}
        statuses = []
        for body in (one.body(), one.body() | more):
            with undone():
                answer = sender.ask(name, one, address, json.dumps(body).encode())
                statuses.append(answer.status_code)
                text = answer.content.decode()
                # As values: a problem may name the field.
                assert "1999-01-01" not in text and "987654321" not in text and "whsec_1999" not in text, (
                    one.name
                )
        if statuses[0] != statuses[1]:
            sender.wrong.append((one.name, name, statuses))
    assert not sender.wrong, told_of(sender)


HEADERS: tuple[dict[str, str], ...] = (
    {"Idempotency-Key": "one\r\nSet-Cookie: a=b"},
    {"Idempotency-Key": "x" * 10_000},
    {"Idempotency-Key": "\0"},
    {"If-Match": "x" * 10_000},
    {"If-Match": '"1'},
    {"If-Match": '"' + "9" * 400 + '"'},
    {"If-None-Match": "\xff" * 300},
    {"Accept-Language": "de," * 3500},
    {"Accept-Language": "\xff" * 300},
    {"Accept": "text/html;q=x," * 500},
    {"Authorization": "Token " + "\xff" * 100},
    {"X-Forwarded-For": "::" * 500},
    {"Content-Length": "abc"},
    {"Content-Length": "-1"},
    {"Content-Length": "9" * 400},
    {"Range": "bytes=0-" + "9" * 400},
    {"Cookie": "sessionid=" + "\xff" * 3000},
)
MEDIA = (
    *(
        "text/plain",
        "application/xml",
        "application/x-www-form-urlencoded",
        "nonsense",
        "",
        "application/pdf",
    ),
    *("multipart/form-data", "multipart/form-data; boundary=\xff", "application/json; charset=utf-16"),
    *("application/json; charset=nonsense", "application/json; charset=\xff", "image/png", "a/b\r\nc: d"),
)


def test_headers_and_media_that_lie(sender: Sender) -> None:
    done: set[Any] = set()
    for one in operations():
        # One of each kind of view.
        kind = (one.method, one.media, one.address.count("{"), one.address.split("/")[3])
        if kind in done:
            continue
        done.add(kind)
        name, address = sender.furthest(one), sender.address(one)
        body = json.dumps(one.body()).encode() if one.writes else b""
        for headers in HEADERS:
            with undone():
                answer = sender.ask(name, one, address, body, headers)
                sender.expect(answer, (one.name, str(headers)[:60]))
                assert "Set-Cookie" not in answer.headers
        for media in MEDIA if one.media else ():
            with undone():
                answer = sender.clients[name].generic(one.method.upper(), address, b"\xff\0{", media)
                sender.expect(answer, (one.name, media), refused=True)
    assert not sender.wrong, told_of(sender)
