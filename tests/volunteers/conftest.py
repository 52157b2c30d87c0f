"""The town, in every test that asks for it."""

import pytest

from tests.builders import Town
from tests.towns import put_town


@pytest.fixture
def town(db: None) -> Town:
    """The town of tests/builders.py; what a test does to it is undone after the test."""
    return put_town()
