"""The command centre on its wall: what is reported shows there by itself within seconds, and a wall whose link was
revoked shows nothing any more."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.people import DESK, WALL, People, anew, ask

pytestmark = [pytest.mark.live, pytest.mark.browser]
# What a wall may take to show what happened, ms.
SOON = 15_000
# And to say that nothing comes any more.
LOST = 45_000
NO_NET = re.compile("ERR_INTERNET_DISCONNECTED|htmx:(afterRequest|sendError)")
# Nobody in the demo reports it: its line is ours.
CATEGORY, LINE = "clean_pests", "新增鼠患、蚊蝇、流浪动物"


def test_what_is_reported_shows_by_itself(people: People) -> None:
    stack, page = people.stack, people.page("supervisor", WALL)
    grid = stack.credentials["users"]["grid_worker"]["unit_code"]
    page.goto(f"{stack.base_url}/screen/{grid}/")
    number, told = page.locator(".figure.open strong"), page.locator("ol.feed li", has_text=LINE)
    before = int(number.inner_text())
    expect(told).to_have_count(0)
    page.evaluate("window.neverLoadedAnew = true")
    ask(
        stack,
        "grid_chief",
        "/issues/",
        place=grid,
        category=CATEGORY,
        text=anew("演示数据：楼后垃圾点有老鼠"),
    )
    expect(told).to_have_count(1, timeout=SOON)
    expect(number).to_have_text(str(before + 1), timeout=SOON)
    # The page has stood there all the time, and what it says is still said in one piece.
    assert page.evaluate("window.neverLoadedAnew")
    expect(page.locator("#screen")).to_have_count(1)
    assert people.problems == []
    assert people.strangers == []


def test_a_revoked_wall_shows_nothing_any_more(people: People) -> None:
    stack, desk, wall = people.stack, people.page("system_admin", DESK), people.page("wall", WALL)
    name, street = anew("演示：值班大厅"), stack.credentials["users"]["street_dispatcher"]["unit_code"]
    desk.goto(f"{stack.base_url}/admin/desk/kiosk/add/")
    desk.fill("[name=make-name]", name)
    desk.fill("[name=make-unit]", street)
    desk.locator(".gz-step [type=submit]").click()
    address = desk.locator("code.gz-secret").inner_text()

    wall.goto(address)
    clock = wall.locator(".clock time")
    expect(wall.locator(".figure.open strong")).to_be_visible()
    seen = clock.get_attribute("datetime")
    expect(clock).not_to_have_attribute("datetime", seen or "", timeout=SOON)

    desk.get_by_role("link", name="我已保存").click()
    desk.locator("details.gz-step > summary").click()
    desk.check("[name=revoke-sure]")
    desk.locator("form[action$='/do/revoke/'] [type=submit]").click()
    assert wall.request.get(address).status == 404
    expect(wall.locator("#screen")).to_have_count(0, timeout=SOON)
    expect(wall.locator("body")).to_have_text("这个大屏链接不存在，或已作废。")
    # That it is not found any more is what the wall was to hear.
    assert [one for one in people.problems if "404" not in one] == []
    assert people.strangers == []


def test_a_wall_that_hears_nothing_any_more_says_so(people: People) -> None:
    """The server is gone, and script with it for all that the wall knows: the figures stand, and are said to be old."""
    stack, page = people.stack, people.page("supervisor", WALL)
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"{stack.base_url}/screen/")
    lost, clock = page.locator(".lost"), page.locator(".clock time")
    seen = clock.get_attribute("datetime") or ""
    expect(clock).not_to_have_attribute("datetime", seen, timeout=SOON)
    expect(lost).to_be_hidden()
    expect(page.get_by_role("alert")).to_have_count(0)

    page.context.set_offline(True)
    expect(lost).to_be_visible(timeout=LOST)
    expect(page.get_by_role("alert")).to_contain_text("请检查网络连接")
    expect(page.locator(".figure.open strong")).to_be_visible()

    page.context.set_offline(False)
    expect(lost).to_be_hidden(timeout=SOON)
    # That nothing could be loaded is what it was about.
    assert [one for one in people.problems if not NO_NET.search(one)] == []
    assert people.strangers == []
