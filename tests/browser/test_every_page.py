"""Every page of every face, as a demanding reader sees it: by rule, in both languages, narrow and wide, light and dark.

What is looked at stands in the three walks; an address that no walk comes to fails the walk of its face.
PAGES_ONLY="wish|good" looks at those alone whose name has that, and asks for no others.
"""

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser import walk_admin, walk_phones, walk_residents
from tests.browser.addresses import pages_of
from tests.browser.watch import NARROW, PHONE, WIDE, Stop, Watch
from tests.live import LiveStack
from trail import words

pytestmark = [pytest.mark.live, pytest.mark.browser]


@pytest.fixture(scope="module")
def watch(live_stack: LiveStack, browser: Browser) -> Iterator[Watch]:
    made = Watch(live_stack, browser)
    yield made
    made.close()


def walk(watch: Watch, face: str, stops: Callable[[Watch], Iterator[Stop]], first: tuple[int, int]) -> None:
    """Look at every stop; then nothing was wrong anywhere, and no page of the face was left out."""
    watch.findings.clear()
    only = os.environ.get("PAGES_ONLY", "")
    ways = list(stops(watch))
    times = Counter((stop.name, stop.path) for stop in ways)
    twice = [stop for stop, number in times.items() if number > 1]
    assert not twice, f"looked at twice: {twice}"
    for stop in ways:
        if re.search(only, stop.name):
            watch.see(stop, (first, NARROW))
    assert not watch.findings, "\n".join(watch.findings)
    assert only or pages_of(face) <= watch.seen, f"looked at by nobody: {sorted(pages_of(face) - watch.seen)}"


def test_residents(watch: Watch) -> None:
    walk(watch, "residents", walk_residents.stops, PHONE)


def test_phones(watch: Watch) -> None:
    walk(watch, "phones", walk_phones.stops, PHONE)


def test_staff_admin(watch: Watch) -> None:
    walk_admin.prepare(watch)
    walk(watch, "admin", walk_admin.stops, WIDE)


def test_every_code_of_the_trail_has_words(live_stack: LiveStack) -> None:
    """What the running demo records, in the words of the trail's pages."""
    recorded = live_stack.query("SELECT DISTINCT subject_type, verb FROM trail_event")
    assert len(recorded) > 20
    assert [(subject, verb) for subject, verb in recorded if verb not in words.SUBJECTS[subject].verbs] == []
    handlers = live_stack.query("SELECT DISTINCT handler FROM trail_delivery")
    assert [key for (key,) in handlers if key not in words.HANDLERS] == []
