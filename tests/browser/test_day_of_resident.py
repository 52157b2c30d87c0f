"""A resident's day, in large text from the first tap to the last: the code on the door, words and a photo, the number
that finds it again, a result that solves nothing, the one after it that does, and what is opened again when it does no
more."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import People, anew, ask, picture, send_report, verbs_of
from tests.live import LiveStack

pytestmark = [pytest.mark.live, pytest.mark.browser]
CATEGORY, PHONE = "home_stairs", "13800001234"
TOO_WIDE = "document.documentElement.scrollWidth - window.innerWidth"


def fits(page: Page) -> None:
    """Still in large text, and nothing of it beside the screen."""
    expect(page.locator("html")).to_have_attribute("data-text", "large")
    assert page.evaluate(TOO_WIDE) <= 0


def verdict(page: Page, *, solved: bool) -> None:
    """Answer the three questions; of a "no" the reasons come up, and one is ticked."""
    form, reasons = page.locator("form[action$='/rate/']"), page.locator("fieldset.for-a-no")
    expect(reasons).not_to_be_visible()
    answers = {"answered": "yes", "solved": "yes" if solved else "no", "satisfied": "yes" if solved else "no"}
    for question, answer in answers.items():
        form.locator(f"input[name={question}][value={answer}]").check()
    if not solved:
        expect(reasons).to_be_visible()
        reasons.locator("input[value=still_there]").check()
        form.locator("textarea[name=text]").fill("灯还是不亮")
    form.locator("button").last.click()
    expect(form).to_have_count(0)


def solve(stack: LiveStack, code: str, text: str) -> None:
    """The grid signs for it and hands in a result."""
    ask(stack, "grid_worker", f"/issues/{code}/sign/")
    ask(stack, "grid_worker", f"/issues/{code}/submit_result/", outcome="solved", text=text)


def test_from_the_door_to_what_is_opened_again(people: People) -> None:
    stack, page, text = people.stack, people.page("resident"), anew("演示数据：楼道里的灯又坏了")
    heading = page.get_by_role("heading", level=1)
    page.goto(stack.credentials["resident_url"])
    page.locator("form.sizes").get_by_role("button", name="大字版", exact=True).click()
    fits(page)
    tile = page.locator("label.tile", has=page.locator(f"input[value='{CATEGORY}']"))
    # In large text the kinds of matters are folded.
    expect(tile).not_to_be_visible()
    page.locator("details.group", has=tile).locator("summary").click()
    tile.click()
    page.fill("textarea[name=text]", text)
    page.set_input_files("input[name=photos]", picture())
    expect(page.locator(".previews img")).to_have_count(1)
    page.fill("input[name=contact_phone]", PHONE)
    send_report(page)
    fits(page)
    number = page.locator("p.big").inner_text()

    page.goto(f"{stack.base_url}/f/")
    page.fill("input[name=number]", number)
    page.fill("input[name=last_four]", PHONE[-4:])
    page.locator("form.card button").click()
    expect(heading).to_have_text("已交给承办单位")
    fits(page)
    ((code, photos),) = stack.query(
        "SELECT i.code, (SELECT count(*) FROM issues_attachment a WHERE a.issue_id = i.id) FROM issues_issue i "
        "WHERE i.text = %s", (text,)
    )  # fmt: skip
    assert photos == 1

    solve(stack, code, "已更换灯泡，请您看看")
    page.reload()
    expect(page.locator("section.result")).to_contain_text("已更换灯泡，请您看看")
    verdict(page, solved=False)
    expect(heading).to_have_text("正在复核")
    fits(page)

    ask(stack, "community_worker", f"/issues/{code}/redo/", text="请查线路，不只是换灯泡")
    solve(stack, code, "线路已修好，灯亮了")
    page.reload()
    expect(heading).to_have_text("已办，请您确认")
    expect(page.locator("section.result")).to_contain_text("线路已修好，灯亮了")
    verdict(page, solved=True)
    # What was called unsolved once is looked at on the spot, whatever the second verdict says.
    expect(page.locator("section[aria-labelledby=rated]")).to_be_visible()
    ask(stack, "community_worker", f"/issues/{code}/verify/", passed=True, text="现场查看，灯已亮")
    page.reload()
    expect(heading).to_have_text("已结束")
    fits(page)

    # Within a month of its end it is dark again: the level above looks at it once more.
    form = page.locator("form[action$='/reopen/']")
    page.locator("details", has=form).locator("> summary").click()
    form.locator("textarea[name=text]").fill("昨晚灯又灭了")
    fits(page)
    form.locator("button").last.click()
    expect(heading).to_have_text("正在复核")
    expect(page.locator("details:has(#history)")).to_contain_text("昨晚灯又灭了")
    fits(page)

    assert verbs_of(stack, code) == [
        "report", "dispatch", "sign", "submit_result", "rate", "redo", "sign", "submit_result", "rate", "verify",
        "reopen",
    ]  # fmt: skip
    rated = "SELECT r.round, r.answered, r.solved, r.satisfied, r.reasons FROM issues_rating r "
    rated += "JOIN issues_issue i ON i.id = r.issue_id WHERE i.code = %s ORDER BY r.round"
    assert stack.query(rated, (code,)) == [
        (1, True, False, False, ["still_there"]),
        (2, True, True, True, []),
    ]
    assert people.problems == []
    assert people.strangers == []
