"""A department officer's day on the phone, by taps alone: the notice of a whistle, acknowledged, reported in on the
spot, done with a photo; and nothing of it is left on the list."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.people import People, anew, ask, picture, verbs_of
from tests.live import LiveStack, wait_for

pytestmark = [pytest.mark.live, pytest.mark.browser]
ME, CALLER = "body_officer", "community_worker"


def whistled(stack: LiveStack) -> str:
    """The community has signed for something and whistles for the officer's department; the tracking code."""
    users = stack.credentials["users"]
    told = {"place": users["grid_worker"]["unit_code"], "category": "clean_builders"}
    code = ask(stack, CALLER, "/issues/", **told, text=anew("演示数据：绿地上堆着装修垃圾"))["code"]
    ask(stack, CALLER, f"/issues/{code}/sign/")
    call = {"kind": "quick", "bodies": [users[ME]["body"]], "text": "请派车清运"}
    ask(stack, CALLER, f"/issues/{code}/whistle/", **call)
    return code


def press(page: Page, form: Locator) -> None:
    form.locator("> button").click()
    expect(form).to_have_count(0)
    expect(page.locator(".messages .message.success")).to_be_visible()


def test_from_the_notice_to_done(people: People) -> None:
    stack, page = people.stack, people.page(ME)
    code = whistled(stack)
    called = page.locator(f"a[id^='row-{code}-']")
    page.goto(f"{stack.base_url}/?tab=called")
    expect(called).to_have_count(1)

    page.get_by_role("navigation", name="主导航").get_by_role("link", name="消息").click()
    told = page.locator("li.row", has=page.locator(f"button[name=open][value='/i/{code}/']"))

    def arrives() -> int:
        page.reload()
        return told.count()

    wait_for(arrives, "the whistle stands in the inbox")
    told.first.locator("button[name=open]").click()
    page.wait_for_url(f"{stack.base_url}/i/{code}/")

    card = page.locator("section.card.call")
    press(page, card.locator("form[action$='/acknowledge/']"))
    report_in = card.locator("form[action$='/report_in/']")
    report_in.locator("[name=mode][value=on_spot]").check()
    press(page, report_in)
    done = card.locator("form[action$='/done/']")
    done.locator("textarea[name=text]").fill("已派车清运，绿地已恢复")
    done.locator("input[name=photos]").set_input_files(picture())
    expect(done.locator(".previews img")).to_have_count(1)
    press(page, done)

    assert verbs_of(stack, code)[-4:] == ["whistle", "acknowledge", "report_in", "done"]
    ((state, mode, photos, asked),) = stack.query(
        "SELECT c.state, c.mode, (SELECT count(*) FROM issues_attachment a WHERE a.issue_id = i.id), i.open_whistles "
        "FROM issues_callee c JOIN issues_issue i ON i.id = c.issue_id WHERE i.code = %s", (code,)
    )  # fmt: skip
    assert (state, mode, photos, asked) == ("done", "on_spot", 1, 0)
    page.goto(f"{stack.base_url}/?tab=called")
    expect(called).to_have_count(0)
    # Those who had called see the photo on their page.
    caller = people.page(CALLER)
    caller.goto(f"{stack.base_url}/i/{code}/")
    history = caller.locator("section[aria-labelledby=history]")
    expect(history).to_contain_text("已派车清运，绿地已恢复")
    shown = history.locator(".photos img").first
    shown.scroll_into_view_if_needed()
    wait_for(lambda: shown.evaluate("one => one.complete && one.naturalWidth > 0"), "the photo is shown")
    assert people.problems == []
    assert people.strangers == []
