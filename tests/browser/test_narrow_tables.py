"""Tables of the staff admin on a narrow page: rows as cards, a dash shown where it says that a figure is withheld."""

import pytest
from playwright.sync_api import expect

from tests.browser.people import People

pytestmark = [pytest.mark.live, pytest.mark.browser]


def test_a_figure_that_is_withheld_is_seen_to_be(people: People) -> None:
    page = people.page("street_dispatcher", door="desk")
    page.goto(f"{people.stack.base_url}/admin/volunteering/figures/")
    expect(page.locator("table.gz-cards thead").first).to_be_hidden()
    withheld = page.locator("table.gz-cards td", has_text="—")
    assert withheld.count() > 0, "where nobody looked at a report there is no share of accepted ones"
    for cell in withheld.all():
        expect(cell).to_be_visible()
    assert people.problems == people.strangers == []
