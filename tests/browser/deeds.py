"""What somebody does on a page to come to the next one."""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from playwright.sync_api import Page

from tests.faces import photo

Deed = Callable[[Page], Any]
PICTURE = {"name": "lamp.jpg", "mimeType": "image/jpeg"}


def press(selector: str) -> Deed:
    """Send a form as it stands, past the browser's own questions."""

    def go(page: Page) -> None:
        page.evaluate("document.querySelectorAll('form').forEach((one) => { one.noValidate = true; })")
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        page.locator(selector).last.click()

    return go


def open_account(page: Page) -> None:
    """Another name each time: the first password stands on the answer."""
    page.fill("[name=open-username]", f"new.{uuid4().hex[:8]}")
    page.fill("[name=open-display_name]", "演示·新人")
    page.locator("form[action$='?open'] button").click()


def unsigned(selector: str) -> Deed:
    """Send a form without its token, as a page that was open too long does."""

    def go(page: Page) -> None:
        page.evaluate(
            "document.querySelectorAll('[name=csrfmiddlewaretoken]').forEach((one) => one.remove())"
        )
        press(selector)(page)

    return go


def fill(selector: str, **answers: str) -> Deed:
    """Answer these fields by name (a list of words ticks or chooses), then send."""

    def go(page: Page) -> None:
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        for name, value in answers.items():
            page.locator(f"[name='{name}']").first.fill(value)
        press(selector)(page)

    return go


def agree(selector: str, name: str) -> Deed:
    """Tick the box of this name, then send."""

    def go(page: Page) -> None:
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        page.check(f"[name='{name}']")
        press(selector)(page)

    return go


def give(selector: str, name: str, data: bytes) -> Deed:
    """Choose a file of this name, then send."""

    def go(page: Page) -> None:
        page.set_input_files("input[type=file]", {"name": name, "mimeType": "", "buffer": data})
        press(selector)(page)

    return go


def report(category: str, *, join: str = "") -> Deed:
    """Report something with a photo; it is like what was reported here already. `join`: answer to that."""

    def go(page: Page) -> None:
        page.check(f"input[value='{category}']")
        page.fill("textarea[name=text]", "演示数据：楼道灯坏了，晚上看不清台阶")
        page.set_input_files("input[type=file]", PICTURE | {"buffer": photo().read()})
        press("form[data-once] button.wide")(page)
        page.wait_for_selector("button[name=join]")
        if join:
            press(f"button[name=join][value={join}]")(page)
            page.wait_for_url(re.compile(r"/sent/$"))

    return go


def wrong_passwords(page: Page) -> None:
    """Until one is locked out."""
    for _try in range(11):
        if not page.locator("input[name=password]").count():
            return
        page.fill("input[name=username]", "nobody-at-all")
        page.fill("input[name=password]", "not-the-password")
        page.press("input[name=password]", "Enter")
        page.wait_for_load_state()
