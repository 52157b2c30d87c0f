"""The town, put where the roof's tests need it."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from tests.builders import Town
from tests.faces import stop_clock
from tests.governance.neighbours import rows_of_street_a
from tests.governance.senders import Errors, Sender
from tests.towns import put_town


@pytest.fixture
def town(db: None, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Any) -> Town:
    """The town of tests/builders.py, its clock standing still."""
    settings.MEDIA_ROOT = tmp_path
    made = put_town()
    stop_clock(monkeypatch, made.now)
    return made


@pytest.fixture
def errors() -> Iterator[Errors]:
    handler = Errors()
    loggers = [logging.getLogger(name) for name in ("", "django", "django.request")]
    for one in loggers:
        one.addHandler(handler)
    yield handler
    for one in loggers:
        one.removeHandler(handler)


@pytest.fixture
def sender(town: Town, errors: Errors) -> Sender:
    return Sender(town, rows_of_street_a(town), errors)
