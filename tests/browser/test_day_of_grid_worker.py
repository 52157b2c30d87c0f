"""A grid worker's round: something found at a door, in three taps after its code; and a dead spot in the middle:
contacted and signed for in one tap on the street, the result with its photo written in the cellar without a net, and
handed in once when there is one again; and those whom a grid cannot command whistled for in three taps.

Reports without a net, conflicts and refusals are in test_offline.py.
"""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import People, anew, ask, picture, verbs_of
from tests.live import LiveStack, wait_for

pytestmark = [pytest.mark.live, pytest.mark.browser]
ME, PATIENCE = "grid_worker", 60_000
FOUND = "clean_rubbish"
RESULT = "已疏通下水管道，并用清水试过"
# How often a finger came down, over all pages of this tab.
TAPS = "addEventListener('pointerdown', () => { sessionStorage.taps = Number(sessionStorage.taps ?? 0) + 1; }, true);"
# Is this page on the phone, with this text in it?
KEPT = """async ([path, text]) => {
  const kept = await (await caches.open("gezhi-pages")).match(path, { ignoreVary: true });
  return Boolean(kept) && (await kept.text()).includes(text);
}"""


def given(stack: LiveStack) -> str:
    """Somebody's grid chief has registered it for a resident; it is the grid's by rule. The tracking code."""
    told = {"place": stack.credentials["users"][ME]["unit_code"], "category": "home_leak", "on_behalf": True}
    told |= {"contact_name": "演示居民", "contact_phone": "13800001234"}
    return ask(stack, "grid_chief", "/issues/", **told, text=anew("演示数据：地下室下水道堵了"))["code"]


def at_work(people: People) -> Page:
    """The worker's page, with what is needed without a net on the phone."""
    page = people.page(ME)
    wait_for(lambda: page.evaluate("navigator.serviceWorker.controller !== null"), "the worker is there")
    page.reload()
    wait_for(lambda: page.evaluate(KEPT, ["/outbox/", "outbox-item"]), "the outbox is kept")
    return page


def test_a_result_written_where_there_is_no_net(people: People) -> None:
    stack, page = people.stack, at_work(people)
    code = given(stack)
    path = f"/i/{code}/"
    page.goto(f"{stack.base_url}{path}")
    contact = page.locator("form[action$='/contact/']")
    page.locator("details", has=contact).locator("> summary").click()
    contact.locator("[name=way]").first.check()
    contact.locator("> button").click()
    expect(page.locator(".messages .message.success")).to_be_visible()
    wait_for(lambda: page.evaluate(KEPT, [path, f"{path}submit_result/"]), "the page as it is now is kept")

    people.contexts[ME].set_offline(True)
    page.goto(f"{stack.base_url}/")
    page.goto(f"{stack.base_url}{path}")
    expect(page.locator("#kept-page")).to_contain_text("离线")
    result = page.locator("form[action$='/submit_result/']")
    result.locator("[name=outcome]").select_option("solved")
    result.locator("textarea[name=text]").fill(RESULT)
    # As a camera gives them: one, and then another one.
    for number, width in enumerate((40, 60), 1):
        result.locator("input[name=photos]").set_input_files(picture(width))
        expect(result.locator(".previews img")).to_have_count(number)
    result.locator("> button").click()
    page.wait_for_url(re.compile(r"/outbox/$"))
    waiting = page.locator("#outbox > li[data-fate=waiting]")
    expect(waiting).to_have_count(1)
    expect(waiting.locator("[data-photos] span")).to_have_text("2")
    assert verbs_of(stack, code) == ["report", "dispatch", "contact"]

    people.contexts[ME].set_offline(False)
    expect(page.locator("#outbox > li[data-fate=sent]")).to_have_count(1, timeout=PATIENCE)
    page.goto(f"{stack.base_url}{path}")
    expect(page.locator("#kept-page")).not_to_be_visible()
    expect(page.locator("section[aria-labelledby=history]")).to_contain_text(RESULT)
    assert verbs_of(stack, code) == ["report", "dispatch", "contact", "submit_result"]
    photos = (
        "SELECT count(*) FROM issues_attachment a JOIN issues_issue i ON i.id = a.issue_id WHERE i.code = %s"
    )
    assert stack.query(photos, (code,)) == [(2,)]
    # Without a net the browser itself says so; of ours nothing is wrong.
    assert [one for one in people.problems if "ERR_INTERNET_DISCONNECTED" not in one] == []
    assert people.strangers == []


def test_a_report_in_three_taps_and_a_photo_after_the_code_on_the_door(people: People) -> None:
    stack, page = people.stack, people.page(ME)
    page.goto(stack.credentials["resident_url"])
    page.locator("a.button.wide").click()
    page.locator("label.tile", has=page.locator(f"input[value='{FOUND}']")).click()
    form = page.locator("form[data-outbox]")
    form.locator("input[name=photos]").set_input_files(picture())
    expect(form.locator(".previews img")).to_have_count(1)
    form.locator("button.wide").click()
    # The demo's building has been reported from before: this is another one.
    done, new = page.locator(".messages .message.success"), page.locator("button[name=join][value=new]")
    expect(done.or_(new).first).to_be_visible()
    if new.count():
        new.click()
    expect(done).to_be_visible()
    said = (
        "SELECT i.text = c.name, i.source, (SELECT count(*) FROM issues_attachment a WHERE a.issue_id = i.id) "
        "FROM issues_issue i JOIN issues_category c ON c.id = i.category_id WHERE i.code = %s"
    )
    code = page.url.rstrip("/").rpartition("/")[2]
    assert stack.query(said, (code,)) == [(True, "patrol", 1)]
    assert people.problems == []
    assert people.strangers == []


def test_a_whistle_in_three_taps(people: People) -> None:
    """From the matter's page: whom, who would come and by when stand there before it is blown, and no word is asked."""
    stack, page = people.stack, people.page(ME)
    code, community = given(stack), stack.credentials["users"][ME]["unit_code"][:12]
    ask(stack, ME, f"/issues/{code}/sign/")
    page.add_init_script(TAPS)
    page.goto(f"{stack.base_url}/i/{code}/")
    page.evaluate("sessionStorage.taps = 0")
    form = page.locator("form[action$='/whistle/']")
    page.locator("details", has=form).locator("> summary").click()
    callee = form.locator("label.choice", has=page.locator(f"input[name=units][value='{community}']"))
    expect(callee).to_contain_text("来人：")
    for kind in ("quick", "tough", "emergency"):
        expect(form.locator(f".kind-{kind} p")).to_contain_text("前到场")
    callee.click()
    form.locator("button[name=kind][value=quick]").click()
    expect(page.locator(".messages .message.success")).to_be_visible()
    assert page.evaluate("sessionStorage.taps") == "3"
    called = (
        "SELECT w.kind, u.code, c.state FROM issues_callee c JOIN issues_whistle w ON w.id = c.whistle_id "
        "JOIN issues_issue i ON i.id = c.issue_id JOIN grids_unit u ON u.id = c.unit_id WHERE i.code = %s"
    )
    assert stack.query(called, (code,)) == [("quick", community, "called")]
    assert people.problems == []
    assert people.strangers == []
