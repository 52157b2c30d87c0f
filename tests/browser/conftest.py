"""What tests in the browser share: several people at once, each with a browser of their own."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.people import People
from tests.live import LiveStack


@pytest.fixture
def people(live_stack: LiveStack, browser: Browser) -> Iterator[People]:
    made = People(live_stack, browser)
    yield made
    made.close()
