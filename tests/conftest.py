"""Servers, browser and live stack for all tests (docs/architecture.md)."""

from tests import environment

# At import, not in a hook: conftest files further down may import models.
environment.prepare()

import os  # noqa: E402
from collections.abc import Callable, Iterator  # noqa: E402
from pathlib import Path  # noqa: E402

import pytest  # noqa: E402
from django.utils import translation  # noqa: E402

from scripts.browser import HELP, find  # noqa: E402
from tests.flush import triggers_lifted_for_flush  # noqa: E402
from tests.live import LiveStack  # noqa: E402

LAST = ("live", "browser", "chaos")
# As _nothing_is_drawn_by_chance, for processes of their own.
NO_SAMPLE = """
from django.utils import timezone
from grids.actions.policies import set_policy
from grids.models import Unit
for district in Unit.objects.at("district"):
    none = {"all": {"percent": 0}}
    set_policy(district, "sampling", none, by=None, now=timezone.now(), reason="演示")
result = True
"""
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_itemcollected(item: pytest.Item) -> None:
    """What runs against live processes stays in one worker: two cores carry one stack."""
    if any(item.get_closest_marker(name) for name in LAST):
        item.add_marker(pytest.mark.xdist_group("live"))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """… and comes last."""
    items.sort(key=lambda item: item.get_closest_marker("xdist_group") is not None)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """A file made for a test has the hour in it: named by its bytes, the test would have another name in each worker,
    and xdist would refuse to begin."""
    return argname if isinstance(val, bytes) else None


def pytest_unconfigure(config: pytest.Config) -> None:
    environment.stop()


@pytest.fixture(scope="session", autouse=True)
def _flush_passes_append_only_tables() -> Iterator[None]:
    with triggers_lifted_for_flush():
        yield


@pytest.fixture(scope="session", autouse=True)
def _nothing_is_drawn_by_chance() -> Iterator[None]:
    """A result is looked at as a sample where all are; else a test would fail now and then."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("issues.sampling.lot", lambda name: 99)
        yield


@pytest.fixture(scope="session", autouse=True)
def _words_of_a_page_are_read_in_one_piece() -> Iterator[None]:
    """Without the marks around Chinese names: tests/governance/test_foreign_words.py and the walk of every page look at
    those."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("governance.foreign_words.mark_chinese", lambda page: page)
        yield


@pytest.fixture(autouse=True)
def _every_test_begins_in_chinese() -> Iterator[None]:
    """A request leaves its language behind in the thread; the next test must not read by it."""
    translation.deactivate()
    yield


# --- live stack -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def stack_factory() -> Iterator[Callable[..., LiveStack]]:
    """Call it for an empty stack of one's own: `stack_factory(scale={"beat": 2}, env={…}, seed="small")`."""
    made: list[LiveStack] = []

    def make(**options: object) -> LiveStack:
        made.append(LiveStack())
        return made[-1].start(**options)

    yield make
    for stack in made:
        stack.discard()


@pytest.fixture(scope="session")
def live_stack() -> Iterator[LiveStack]:
    """The demo with a small seed, as `make demo` runs it, shared by all tests that do not kill it."""
    stack = LiveStack()
    try:
        stack.start(seed="small")
        stack.python(NO_SAMPLE)
        yield stack
    finally:
        stack.discard()


# --- browser ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict) -> dict:
    """The first Chromium that starts; without one the test fails and says what to install."""
    # Playwright's loop runs in this thread, which Django's ORM would take for async code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    path = find()
    if not path:
        pytest.fail(HELP.format(python="python"))
    return browser_type_launch_args | {"args": CHROMIUM_FLAGS, "executable_path": path}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict) -> dict:
    """A visitor from the district."""
    return browser_context_args | {"locale": "zh-CN", "timezone_id": "Asia/Shanghai"}


@pytest.fixture
def screenshots(tmp_path: Path) -> Path:
    """Where a browser test puts its pictures: GEZHI_SCREENSHOTS, else a temporary directory."""
    place = Path(os.environ.get("GEZHI_SCREENSHOTS", tmp_path))
    place.mkdir(parents=True, exist_ok=True)
    return place
