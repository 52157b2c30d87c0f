"""Keys of the staff admin in a real Chromium: through a list, into a row, to a unit; never while one types."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.live import LiveStack

pytestmark = [pytest.mark.live, pytest.mark.browser]
HERE = "() => document.activeElement.closest('tr')?.rowIndex ?? -1"
STREET = "220103006"


@pytest.fixture
def page(live_stack: LiveStack, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="zh-CN", viewport={"width": 1440, "height": 900})
    page = context.new_page()
    user = live_stack.credentials["users"]["street_dispatcher"]
    page.goto(f"{live_stack.base_url}/accounts/login/")
    page.fill("input[name=username]", user["username"])
    page.fill("input[name=password]", user["password"])
    page.press("input[name=password]", "Enter")
    page.wait_for_url(re.compile(r"/$"))
    yield page
    context.close()


def test_through_a_list_and_into_a_row(live_stack: LiveStack, page: Page) -> None:
    page.goto(f"{live_stack.base_url}/admin/issues/issue/")
    found = [page.keyboard.press(key) or page.evaluate(HERE) for key in ("j", "j", "k")]
    assert found == [1, 2, 1]
    page.keyboard.press("/")
    expect(page.locator("#searchbar")).to_be_focused()
    page.keyboard.type("jk?")
    expect(page.locator("#searchbar")).to_have_value("jk?")
    expect(page.locator("dialog[open]")).to_have_count(0)
    page.locator("#searchbar").fill("")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/admin/issues/issue/\d+/change/"))


def test_to_a_unit_by_a_few_letters(live_stack: LiveStack, page: Page) -> None:
    page.goto(f"{live_stack.base_url}/admin/")
    page.keyboard.press("Control+k")
    expect(page.locator("#jump")).to_be_focused()
    page.keyboard.type(STREET)
    page.wait_for_selector("[data-found] a")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/admin/grids/unit/\d+/change/"))


def test_the_keys_are_shown_and_can_be_switched_off(live_stack: LiveStack, page: Page) -> None:
    page.goto(f"{live_stack.base_url}/admin/issues/issue/")
    page.keyboard.press("?")
    page.locator("dialog[open] [data-keys-on]").uncheck()
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)
    page.keyboard.press("j")
    assert page.evaluate(HERE) == -1
    page.keyboard.press("?")
    page.locator("dialog[open] [data-keys-on]").check()
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)
    page.keyboard.press("j")
    assert page.evaluate(HERE) == 1
