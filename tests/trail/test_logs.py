"""What is written to the log: one JSON line each, and no address that is a key itself."""

import json
import logging
from collections.abc import Iterator
from io import StringIO

import pytest

from trail.logs import NoSecretPaths, json_formatter


@pytest.fixture
def written() -> Iterator[tuple[logging.Logger, StringIO]]:
    """A logger that writes as the platform's does."""
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(json_formatter())
    handler.addFilter(NoSecretPaths())
    logger = logging.getLogger("tests.logs")
    logger.addHandler(handler)
    yield logger, stream
    logger.removeHandler(handler)


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/screen/wall/aB3_x-9/", "/screen/wall/…/"),
        ("/volunteers/statements/aB3_x-9/", "/volunteers/statements/…/"),
        ("/screen/wall/aB3_x-9/220103/", "/screen/wall/…/220103/"),
        ("/calendar/aB3_x-9.ics", "/calendar/…"),
        ("/f/abc:def/rate/", "/f/…/rate/"),
        ("/admin/issues/issue/7/", "/admin/issues/issue/7/"),
    ],
)
def test_a_secret_in_an_address_is_not_written(
    written: tuple[logging.Logger, StringIO], path: str, shown: str
) -> None:
    logger, stream = written
    logger.error("%s: %s", "Service Unavailable", path)
    assert json.loads(stream.getvalue())["event"] == f"Service Unavailable: {shown}"
