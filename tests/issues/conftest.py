"""The town, in every test that asks for it."""

import pytest

from tests.builders import Town
from tests.issues.acting import Acting
from tests.towns import put_town


@pytest.fixture
def town(db: None) -> Town:
    """The town of tests/builders.py; what a test does to it is undone after the test."""
    return put_town()


@pytest.fixture
def act(town: Town) -> Acting:
    """Do things to issues of the town, its clock standing at `act.now`."""
    return Acting(town, town.now)
