"""A town, a clock that stands still, and a client per person who signs in with a token as programs do."""

import io
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from knox.models import AuthToken
from PIL import Image
from rest_framework.test import APIClient

from tests.builders import Town
from tests.towns import put_town

ISSUES = "/api/v1/issues/"


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
def town(db: None) -> Town:
    """The town of tests/builders.py; what a test does to it is undone after the test."""
    return put_town()


@pytest.fixture
def clock(town: Town, monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock(town.now)
    monkeypatch.setattr("django.utils.timezone.now", made)
    return made


@pytest.fixture
def api(town: Town, clock: Clock) -> Callable[[str], APIClient]:
    """`api("grid_worker")` is that person's client; the same one every time."""
    made: dict[str, APIClient] = {}

    def client(name: str) -> APIClient:
        if name not in made:
            made[name] = client_of(town.people[name])
        return made[name]

    return client


@pytest.fixture
def do(api: Callable[[str], APIClient]) -> Iterator[Callable[..., dict[str, Any]]]:
    """`do(person, address, verb, **body)`: must succeed, answers the issue. `do.verbs`: what was done."""

    def step(person: str, address: str, verb: str, *, multipart: bool = False, **body: Any) -> dict[str, Any]:
        wire = "multipart" if multipart else "json"
        answer = api(person).post(f"{address}{verb}/", body, format=wire)
        assert answer.status_code == 200, (verb, answer.content.decode())
        step.verbs.add(verb)
        return answer.json()

    step.verbs = set()
    yield step


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def client_of(user: Any) -> APIClient:
    _row, token = AuthToken.objects.create(user)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {token}", HTTP_ACCEPT_LANGUAGE="en")
    return client


def photo(name: str = "a.png", size: tuple[int, int] = (30, 20)) -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", size, "green").save(out, "PNG")
    return SimpleUploadedFile(name, out.getvalue(), "image/png")
