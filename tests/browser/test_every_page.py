"""Every page of every face, as a demanding reader sees it: by rule, in both languages, narrow and wide, light and dark,
in standard and large text.

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
from tests.browser.addresses import ONE_SIZE, pages_of
from tests.browser.watch import LARGE_SIZES, NARROW, OPEN_ALL, PHONE, READ_IN, WIDE, Stop, Watch
from tests.live import LiveStack
from trail import words

pytestmark = [pytest.mark.live, pytest.mark.browser]
# Where on a page everything is, how large, and how large its words are.
SHAPES = """() => {
  const top = document.querySelector('main').getBoundingClientRect().top;
  return Array.from(document.querySelectorAll('main, main *')).filter((one) => one.checkVisibility()).map((one) => {
    const { left, top: upper, width, height } = one.getBoundingClientRect();
    return [one.tagName, getComputedStyle(one).fontSize, ...[left, upper - top, width, height].map(Math.round)].join(' ');
  });
}"""


@pytest.fixture(scope="module")
def watch(live_stack: LiveStack, browser: Browser) -> Iterator[Watch]:
    made = Watch(live_stack, browser)
    yield made
    made.close()


def walk(watch: Watch, face: str, stops: Callable[[Watch], Iterator[Stop]], first: tuple[int, int]) -> None:
    """Look at every stop; then nothing was wrong anywhere, and no page of the face was left out."""
    watch.findings.clear()
    watch.one_size.clear()
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
    assert watch.one_size == set(), "no large text"


def test_phones(watch: Watch) -> None:
    walk(watch, "phones", walk_phones.stops, PHONE)
    assert watch.one_size <= ONE_SIZE, "no large text"


@pytest.mark.parametrize("path", ["/r/", "/f/", "/volunteers/", "/grid/", "/accounts/calendar/"])
def test_large_text_of_the_walks_is_that_of_the_server(watch: Watch, path: str) -> None:
    """They switch on the page that is there; the server, asked for it, sends the same. What it folds besides, the walks
    look at in English, as it is sent."""
    page = watch.page("grid_worker")
    page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
    for size in LARGE_SIZES:
        shapes = []
        for sent in ("standard", size):
            page.context.add_cookies([{"name": "gezhi_text", "value": sent, "url": watch.base}])
            page.goto(f"{watch.base}{path}")
            page.evaluate(OPEN_ALL)
            assert page.locator("html").get_attribute("data-text") == (size if sent == size else None)
            page.evaluate(READ_IN, size)
            shapes.append(page.evaluate(SHAPES))
        assert shapes[0] == shapes[1] and len(shapes[0]) > 5


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
