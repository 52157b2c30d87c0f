"""The main way with JavaScript switched off: a resident reports with a photo, a grid worker signs and reports back."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.faces import photo
from tests.live import LiveStack

pytestmark = [pytest.mark.live, pytest.mark.browser]
TEXT = "演示数据：没有脚本也能反映，楼道灯坏了"
STREET = "220103006"  # of the clerk
PICTURE = {"name": "lamp.jpg", "mimeType": "image/jpeg"}


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(
        java_script_enabled=False, locale="zh-CN", viewport={"width": 360, "height": 780}
    )
    yield context.new_page()
    context.close()


def picture() -> dict:
    return PICTURE | {"buffer": photo().read()}


def report(page: Page, stack: LiveStack) -> str:
    """The tracking code of what the resident sent."""
    category = stack.query(
        "SELECT key FROM issues_category c WHERE handled_at = 'grid' AND NOT is_danger AND for_residents AND is_active "
        "AND NOT EXISTS (SELECT FROM issues_category p WHERE p.parent_id = c.id) ORDER BY id LIMIT 1"
    )[0][0]
    page.goto(stack.credentials["resident_url"])
    page.check(f"input[value='{category}']")
    page.fill("textarea[name=text]", TEXT)
    # The browser's own control: ours needs script to show what was chosen.
    expect(page.locator("input[type=file]")).to_be_visible()
    page.set_input_files("input[type=file]", picture())
    page.locator("form[data-once] button").last.click()
    heading = page.get_by_role("heading", level=1)
    # The demo's building has been reported from before; nothing that was typed or added is lost by the question.
    expect(heading).to_contain_text(re.compile("我们已收到|是不是下面这件事"))
    new = page.locator("button[name=join][value=new]")
    if new.count():
        new.click()
    expect(heading).to_contain_text("我们已收到")
    return stack.query("SELECT code FROM issues_issue WHERE text = %s ORDER BY id DESC LIMIT 1", (TEXT,))[0][
        0
    ]


def send(page: Page, stack: LiveStack, code: str, verb: str, **answers: str) -> None:
    """Open the verb's panel by its address, answer and send."""
    page.goto(f"{stack.base_url}/i/{code}/{verb}/")
    form = page.locator(f"form[action$='/{verb}/']").first
    for name, value in answers.items():
        field = form.locator(f"[name={name}]").first
        if field.get_attribute("type") == "radio":
            form.locator(f"[name={name}][value={value}]").check()
        elif field.evaluate("one => one.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    if verb == "submit_result":
        form.locator("input[type=file]").set_input_files(picture())
    form.locator("button").last.click()
    expect(page.locator(".messages .message.success")).to_be_visible()


def test_the_main_way_without_script(page: Page, live_stack: LiveStack) -> None:
    code = report(page, live_stack)
    worker = live_stack.credentials["users"]["grid_worker"]
    page.goto(f"{live_stack.base_url}/accounts/login/")
    page.fill("input[name=username]", worker["username"])
    page.fill("input[name=password]", worker["password"])
    page.press("input[name=password]", "Enter")
    page.wait_for_url(re.compile(r"/$"))
    page.goto(f"{live_stack.base_url}/?tab=mine")
    send(page, live_stack, code, "sign")
    send(page, live_stack, code, "submit_result", outcome="solved", text="灯已经换好，请您看看")
    state, photos = live_stack.query(
        "SELECT i.state, (SELECT count(*) FROM issues_attachment a WHERE a.issue_id = i.id) FROM issues_issue i "
        "WHERE i.code = %s", (code,)
    )[0]  # fmt: skip
    assert (state, photos) == ("resolved", 2)


def test_a_clerk_narrows_the_list_without_script(page: Page, live_stack: LiveStack) -> None:
    clerk = live_stack.credentials["users"]["street_dispatcher"]
    page.goto(f"{live_stack.base_url}/admin/login/?next=/admin/issues/issue/")
    page.fill("input[name=username]", clerk["username"])
    page.fill("input[name=password]", clerk["password"])
    page.press("input[name=password]", "Enter")
    page.wait_for_url(re.compile(r"/admin/issues/issue/$"))
    # No sheet lies over the rows.
    page.locator("#result_list tbody a").first.click(trial=True)
    page.select_option("#select-category", "road")
    page.locator("form:has(#select-category) button").click()
    page.wait_for_url(re.compile("category=road"))
    page.fill("#place-called", STREET)
    page.locator("form:has(#place-called) button").click()
    page.locator(".gz-ways a").first.click()
    page.wait_for_url(re.compile(r"category=road.*unit=\d+"))
    expect(page.locator("#select-category")).to_have_value("road")
    # What buttons of the skin open stands open.
    page.locator("#nav-sidebar").get_by_role("link", name="督办看板").click()
    page.wait_for_url(re.compile("/admin/.*board"))
    page.locator("#user-links").get_by_role("button", name="注销").click()
    page.wait_for_url(re.compile("/logout/|/login/"))
