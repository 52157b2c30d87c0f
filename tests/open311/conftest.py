"""The town with positions and services of every kind, and keys of those who may report."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from django.test import Client
from knox.models import AuthToken

from grids.models import Unit
from issues.models import Category
from tests.builders import Town, add_west
from tests.towns import put_town

HERE = "/open311/v2/"
# Where the units of the town lie; the far street is ten kilometres away.
POSITIONS = {"community": (43.9, 125.3), "grid": (43.901, 125.301), "building": (43.9012, 125.3012)}
FAR = (44.0, 125.4)
LIFT = [
    {
        "key": "trapped",
        "label": "有人被困吗？",
        "label_en": "Is somebody trapped?",
        "type": "bool",
        "required": True,
    },
    {
        "key": "which",
        "label": "哪一部？",
        "label_en": "Which one?",
        "type": "choice",
        "required": False,
        "choices": [
            {"key": "east", "label": "东侧", "label_en": "East"},
            {"key": "west", "label": "西侧", "label_en": "West"},
        ],
    },
    {"key": "number", "label": "编号", "label_en": "Number", "type": "line", "required": False},
]


class Clock:
    """The time that faces read."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **amount: int) -> datetime:
        self.now += timedelta(**amount)
        return self.now


@pytest.fixture
def town(db: None, settings: Any, tmp_path: Any) -> Town:
    settings.MEDIA_ROOT = tmp_path
    made = put_town()
    for key, (lat, lon) in POSITIONS.items():
        Unit.objects.filter(pk=made.units[key].pk).update(lat=lat, lon=lon)
    Unit.objects.filter(pk=made.units["far_building"].pk).update(lat=FAR[0], lon=FAR[1])
    for order, (key, more) in enumerate(
        (
            ("lift", {"kind": "help", "handled_at": "community", "questions": LIFT}),
            ("quarrel", {"kind": "dispute", "handled_at": "community"}),
            ("staff", {"kind": "complaint", "handled_at": "street", "about_somebody": True}),
            ("visit", {"kind": "help", "handled_at": "grid", "for_residents": False}),
            ("care", {"kind": "help", "handled_at": "community"}),
        ),
        start=10,
    ):
        row = Category.objects.create(key=key, name=f"演示{key}", name_en=key, order=order, **more)
        made.categories[key] = row
    return made


@pytest.fixture
def west(town: Town) -> Unit:
    """A second district, with somebody who reports there."""
    made = add_west(town)
    town.appoint("west_spotter", "spotter", made)
    return made


@pytest.fixture
def clock(town: Town, monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock(town.now)
    monkeypatch.setattr("django.utils.timezone.now", made)
    return made


@pytest.fixture
def key(town: Town, clock: Clock) -> Callable[[str], str]:
    """`key("spotter")` is that person's api_key, the same one every time."""
    made: dict[str, str] = {}

    def of(name: str) -> str:
        if name not in made:
            _row, made[name] = AuthToken.objects.create(town.people[name])
        return made[name]

    return of


class Reader:
    """A civic client: `get`, `post` and what stands in the answer, whichever the format."""

    def __init__(self, language: str = "en") -> None:
        self.client = Client(headers={"accept-language": language}, enforce_csrf_checks=True)

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"{HERE}{path}", query)

    def post(self, path: str, form: Any, **headers: str) -> Any:
        body = urlencode(form, doseq=True)
        return self.client.post(
            f"{HERE}{path}",
            body,
            content_type="application/x-www-form-urlencoded; charset=utf-8",
            headers=headers,
        )

    def rows(self, path: str, **query: Any) -> list[dict[str, Any]]:
        answer = self.get(f"{path}.json", **query)
        assert answer.status_code == 200, answer.content.decode()
        return json.loads(answer.content)


@pytest.fixture
def reader(clock: Clock) -> Reader:
    return Reader()


def tree(answer: Any) -> ElementTree.Element:
    assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert answer.content.startswith(b"<?xml version=")
    return ElementTree.fromstring(answer.content)


def errors(answer: Any) -> list[tuple[int, str]]:
    """(code, description) of each, from either format."""
    if answer.headers["Content-Type"].startswith("application/json"):
        return [(one["code"], one["description"]) for one in json.loads(answer.content)]
    root = tree(answer)
    assert root.tag == "errors"
    return [(int(one.findtext("code") or 0), one.findtext("description") or "") for one in root]
