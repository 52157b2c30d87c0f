"""What was written stays: in another language of the page, and for a second try after the first was stopped."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.people import People, anew, picture

pytestmark = [pytest.mark.live, pytest.mark.browser]


def report(page: Page, people: People) -> Locator:
    """The resident's form."""
    page.goto(people.stack.credentials["resident_url"])
    return page.locator("form[data-once]")


def test_another_language_keeps_words_and_photos(people: People) -> None:
    page, text = people.page("resident"), anew("演示数据：换语言之前写的话")
    form = report(page, people)
    form.locator("textarea[name=text]").fill(text)
    form.locator("input[name=photos]").set_input_files(picture())
    expect(form.locator(".previews img")).to_have_count(1)
    page.locator("form.languages button[value=en]").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(form.locator("textarea[name=text]")).to_have_value(text)
    expect(form.locator(".previews img")).to_have_count(1)
    assert page.evaluate("caches.has('gezhi-typed')") is False, "nothing of it stays behind"
    # And back again: what came back counts as written.
    page.locator("form.languages button[value=zh-hans]").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-hans")
    expect(form.locator("textarea[name=text]")).to_have_value(text)
    assert not people.problems
