"""Whatever is sent, the answer is a problem document that says what is wrong: never a 5xx."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from rest_framework.test import APIClient

from issues.actions import PERFORM
from issues.models import Issue
from tests.api.conftest import ISSUES, photo
from tests.builders import Town

Api = Callable[[str], APIClient]
GOOD = {"place": "22010300100100001", "category": "litter", "text": "演示:垃圾没有清运"}
VALUES = [
    *(None, True, False, 0, -1, 1.5, 10**18, -(10**18), 1e308, "", " ", "x" * 5000, "\u202e", "😀", "'; --"),
    *(
        [],
        {},
        [[]],
        [None],
        ["x"] * 50,
        {"x": {"y": 1}},
        "2026-13-45",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
    ),
]
# Enough for the steps: the same fields read them.
SOME = [None, True, -1, 10**18, "", " ", "x" * 5000, [], {}, [None], {"x": {"y": 1}}, "0001-01-01T00:00:00Z"]
FIELDS = [
    *("place", "token", "category", "text", "kind", "source", "spot", "lon", "lat", "on_behalf"),
    *("contact_name", "contact_phone", "occurred_at", "photos", "version", "unknown"),
]
BODIES = [
    b"",
    b"{",
    b"[]",
    b"null",
    b"1",
    b'"x"',
    b"\xff\xfe\x00",
    b'{"text": "\xff"}',
    b'{"text": "a\\u0000b"}',
    b'{"text": "\\ud800"}',
    b'{"\\ud800": 1}',
    b'{"lat": NaN}',
    b'{"lat": Infinity}',
    b'{"lat": 1e999}',
    b'{"lat": ' + b"9" * 400 + b"}",
    b'{"lat": ' + b"9" * 9000 + b"}",
    b"[" * 100_000,
    b'{"a":' * 40 + b"1" + b"}" * 40,
    b'{"text": "' + b"x" * 3_000_000 + b'"}',
]


def is_a_problem(answer: Any) -> bool:
    told = json.loads(answer.content)
    return (
        400 <= answer.status_code < 500
        and answer.headers["Content-Type"] == "application/problem+json"
        and told["status"] == answer.status_code
        and bool(told["title"])
    )


@pytest.mark.parametrize("field", FIELDS)
def test_a_report_with_one_wrong_field(town: Town, api: Api, field: str) -> None:
    for value in VALUES:
        answer = api("spotter").post(ISSUES, GOOD | {field: value})
        assert answer.status_code == 201 or is_a_problem(answer), (field, value)


@pytest.mark.parametrize("body", BODIES, ids=lambda body: repr(body[:20]))
def test_bodies_that_are_no_request(town: Town, api: Api, body: bytes) -> None:
    for address in (ISSUES, f"{ISSUES}{town.report().code}/note/", "/api/v1/auth/login/"):
        answer = api("grid_worker").generic("POST", address, body, "application/json")
        assert is_a_problem(answer), address
        keyed = api("grid_worker").generic(
            "POST", address, body, "application/json", headers={"Idempotency-Key": "one"}
        )
        assert is_a_problem(keyed), address
    assert Issue.objects.count() == 1


@pytest.mark.parametrize(
    ("media", "body"),
    [
        ("text/plain", b"x"),
        ("application/xml", b"<x/>"),
        ("application/x-www-form-urlencoded", b"a=1"),
        ("multipart/form-data", b"x"),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\n\xff\0\r\n--x--\r\n',
        ),
        ("multipart/form-data; boundary=\xff", b"--x--"),
        ("application/json; charset=utf-16", "{}".encode("utf-16")),
        ("application/json; charset=nonsense", b"{"),
        ("multipart/form-data; boundary=x; charset=utf-7", b"--x--"),
        ("nonsense", b"x"),
        ("", b"x"),
    ],
)
def test_media_that_are_not_spoken_here(town: Town, api: Api, media: str, body: bytes) -> None:
    assert is_a_problem(api("spotter").generic("POST", ISSUES, body, media))


def test_a_form_with_thousands_of_fields(town: Town, api: Api) -> None:
    body = {f"field{number}": "x" for number in range(2000)}
    assert is_a_problem(api("spotter").post(ISSUES, GOOD | body, format="multipart"))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no picture",
        b"\x89PNG\r\n\x1a\n" + b"\0" * 50,
        b"\xff\xd8\xff\xe0" + b"\0" * 50,
        b"GIF89a" + b"\xff" * 30,
        b"RIFF\x10\x00\x00\x00WEBPVP8 " + b"\0" * 20,
        b"II*\x00" + b"\xff" * 40,
        b"BM" + b"\xff" * 60,
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 1 1\n",
        b"P6\n999999999 999999999\n255\n",
        photo().read()[:60],
        photo().read()[:-20],
    ],
    ids=lambda content: repr(content[:12]),
)
def test_files_that_are_no_photo(town: Town, api: Api, content: bytes) -> None:
    sent = SimpleUploadedFile("a\0b/../../x.png", content, "image/png")
    answer = api("spotter").post(ISSUES, GOOD | {"photos": [sent]}, format="multipart")
    assert is_a_problem(answer) and not Issue.objects.exists()


def test_too_many_photos(town: Town, api: Api) -> None:
    sent = GOOD | {"photos": [photo() for _one in range(7)]}
    assert is_a_problem(api("spotter").post(ISSUES, sent, format="multipart"))


@pytest.mark.parametrize(
    "path",
    [
        "issues/%00/",
        "issues/%ff%fe/",
        "issues/%F0%9F%98%80/",
        "issues/" + "9" * 5000 + "/",
        "issues/../units/",
        "issues/a%0Ab/",
        "units/%00/",
        "units/x%00y/",
        "bodies/%00/",
        "bodies/" + "x" * 3000 + "/",
        "attachments/" + "9" * 30 + "/",
        "attachments/" + "9" * 5000 + "/",
        "attachments/-1/",
        "attachments/0/",
        "callees/" + "9" * 30 + "/done/",
        "issues/x/unknown_verb/",
        "issues/x/__class__/",
    ],
)
def test_addresses_that_lead_nowhere(town: Town, api: Api, path: str) -> None:
    client = api("grid_worker")
    for method in (client.get, client.post, client.put, client.delete):
        assert is_a_problem(method(f"/api/v1/{path}"))


# verb: category of the issue, who signed before, who does it, what is right; all types of questions.
STEPS = {
    "screen": ("other", "", "community_secretary", {"category": "noise", "kind": "", "internal_text": ""}),
    "dispatch": ("road", "", "street_dispatcher", {"unit": "220103001001", "body": ""}),
    "whistle": (
        *("noise", "community_secretary", "community_secretary"),
        {"kind": "tough", "text": "演示", "units": [], "bodies": ["office-1"], "lead": "office-1"},
    ),
    "submit_result": (
        *("noise", "community_secretary", "community_secretary"),
        {"outcome": "legal", "text": "演示", "case_number": "1", "feedback_on": "2026-04-01", "photos": []},
    ),
    "note": ("noise", "", "community_secretary", {"text": "演示", "internal": True}),
    "contact": ("noise", "", "community_secretary", {"way": "phone", "occurred_at": "2026-03-10T02:00:00Z"}),
}


@pytest.mark.parametrize("verb", STEPS)
def test_a_step_with_one_wrong_answer(town: Town, api: Api, verb: str) -> None:
    category, signer, person, right = STEPS[verb]
    issue = town.report(category)
    if signer:
        PERFORM["sign"](issue, by=town.people[signer], now=town.now)
    client, address = api(person), f"{ISSUES}{issue.code}/{verb}/"
    for key in [*right, "version"]:
        for value in SOME:
            before = transaction.savepoint()
            answer = client.post(address, right | {key: value})
            assert answer.status_code == 200 or is_a_problem(answer), (key, value)
            transaction.savepoint_rollback(before)
    assert client.post(address, right).status_code == 200


@pytest.mark.parametrize(
    "header", [{"Accept": "text/html"}, {"Accept": "\xff"}, {"Accept-Language": "\xff" * 300}]
)
def test_headers_of_all_kinds(town: Town, api: Api, header: dict[str, str]) -> None:
    answer = api("grid_worker").get(ISSUES, headers=header)
    assert answer.status_code == 200 or is_a_problem(answer)
    assert api("grid_worker").get(f"{ISSUES}?format=xml").status_code in {200, 404}
