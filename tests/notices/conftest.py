"""People, an event to tell of, a word to tell it in, and a channel that can fail."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from accounts.models import User
from notices import batches, channels, words
from notices.channels import Channel
from notices.models import Notice
from trail import outbox
from trail.actions import record_event
from trail.models import Event

NOW = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
KEY = "test.hello"


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def person(db: None) -> User:
    return User.objects.create_user("reader", display_name="李读")


@pytest.fixture
def other(db: None) -> User:
    return User.objects.create_user("other", display_name="王他")


def _kept(registry: dict) -> Iterator[dict]:
    """Whatever the test registers is gone afterwards."""
    known = dict(registry)
    yield registry
    registry.clear()
    registry.update(known)


@pytest.fixture(autouse=True)
def _hello() -> Iterator[None]:
    """A word of the tests' own."""
    for _registry in _kept(words.WORDS):
        words.word(KEY, "hello from %(place)s", "place", "number")
        yield


@pytest.fixture
def handlers() -> Iterator[dict[str, outbox.Handler]]:
    """An empty registry of handlers for the test to fill with trail.outbox.handler."""
    for registry, _many in zip(_kept(outbox.HANDLERS), _kept(batches.HEAR_MANY), strict=True):
        registry.clear()
        yield registry


@pytest.fixture
def happen(db: None) -> Callable[..., Event]:
    """Record `thing.happen` number n."""

    def record(number: int = 1, **more: object) -> Event:
        return record_event("thing", number, "happen", by=None, now=NOW, seq=1, **more)

    return record


class Wire:
    """A channel's receiver: takes, fails as often as told, or calls something in between."""

    def __init__(self) -> None:
        self.took: list[int] = []
        self.failures: list[BaseException] = []
        self.meanwhile: Callable[[Notice], None] = lambda notice: None

    def send(self, notice: Notice, now: datetime) -> None:
        self.meanwhile(notice)
        if self.failures:
            raise self.failures.pop(0)
        self.took.append(notice.pk)


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    """A second channel beside the inbox."""
    receiver = Wire()
    monkeypatch.setitem(channels.CHANNELS, "wire", Channel("wire", "Wire", receiver.send))
    return receiver
