"""A day at the staff's desk: several handed out at once after a look at what would come of it, one of them followed to
its end; a building moved and a rule changed, each with its consequences first."""

import re
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.people import DESK, PHONE, People, anew, ask, send_report, verbs_of
from tests.live import LiveStack

pytestmark = [pytest.mark.live, pytest.mark.browser]
# By rule the street's, wherever it is.
CATEGORY = "clean_river"
DISTRICT, STREET = "220103", "220103006"
RESULT = "漂浮物已打捞，沟渠已疏通"
OWNERS = (
    "SELECT DISTINCT u.code, i.state FROM issues_issue i JOIN grids_unit u ON u.id = i.owner_unit_id "
    "WHERE i.text = ANY(%s)"
)
# A building with open issues, none of the demo's users' own, and another grid of its street.
MOVABLE = """
    SELECT b.id, b.code, g.name, g.code, o.name, o.code, count(i.id) FROM grids_unit b
    JOIN grids_unit g ON g.id = b.parent_id AND g.kind = 'grid' AND g.code <> %s
    JOIN grids_unit o ON o.kind = 'grid' AND o.street_id = g.street_id AND o.closed_at IS NULL AND o.id <> g.id
    LEFT JOIN issues_issue i ON i.building_id = b.id AND i.state <> ALL('{closed,rejected,merged}')
      AND i.about_unit_id IS NULL AND i.about_body_id IS NULL
    WHERE b.kind = 'building' AND b.closed_at IS NULL AND b.code LIKE '220103%%'
    GROUP BY b.id, b.code, g.name, g.code, o.name, o.code ORDER BY count(i.id) DESC, b.id, o.code LIMIT 1
"""


def click(page: Page, form: Locator) -> None:
    """Send it; the desk then says that it is done."""
    form.locator("[type=submit]").last.click()
    expect(form).to_have_count(0)
    expect(page.get_by_text("已完成：").first).to_be_visible()


def reported(people: People) -> tuple[list[str], str]:
    """Three matters of the street: one from a resident at the door, two that it registered itself; their words, and
    the resident's link."""
    texts = [anew(f"演示数据：沟渠里有漂浮物，第{number}处") for number in range(3)]
    page = people.page("resident", PHONE)
    page.goto(people.stack.credentials["resident_url"])
    page.locator("label.tile", has=page.locator(f"input[value='{CATEGORY}']")).click()
    page.fill("textarea[name=text]", texts[0])
    link = send_report(page)
    for text in texts[1:]:
        ask(people.stack, "street_dispatcher", "/issues/", place=f"{STREET}001", category=CATEGORY, text=text)
    return texts, link


def test_several_dispatched_and_one_followed_to_its_end(people: People) -> None:
    stack, (texts, link) = people.stack, reported(people)
    target = stack.credentials["users"]["community_worker"]["unit_code"]
    name = stack.query("SELECT name FROM grids_unit WHERE code = %s", (target,))[0][0]
    page = people.page("street_dispatcher", DESK, door="desk")
    expect(page.get_by_role("heading", name="我的待办")).to_be_visible()
    page.goto(f"{stack.base_url}/admin/issues/issue/?whose=mine&q=沟渠里有漂浮物")
    for text in texts:
        # A row shows the beginning of the words; the three differ in it.
        page.locator("tr", has_text=text[:20]).locator("input.action-select").check()
    page.select_option("select[name=action]", "dispatch_several")
    page.locator("button[name=index]").click()
    page.wait_for_url(re.compile(r"/dispatch/\?ids="))
    rows = page.locator("section[aria-labelledby=chosen-title] tbody tr")
    expect(rows).to_have_count(3)

    page.select_option("[name=unit]", target)
    page.locator("[name=look]").click()
    expect(page.locator("#chosen-title")).to_contain_text("预览结果")
    for number in range(3):
        expect(rows.nth(number).locator("td").nth(5)).to_have_text(re.compile(name))
        expect(rows.nth(number).locator("td").nth(6)).not_to_have_text("—")
    due = sorted(rows.locator("td:nth-child(7)").all_inner_texts())
    assert stack.query(OWNERS, (texts,)) == [(STREET, "assigned")]
    page.locator("[name=confirm]").click()
    expect(page.get_by_text("已交办3件。")).to_be_visible()
    assert stack.query(OWNERS, (texts,)) == [(target, "assigned")]
    assert sorted(rows.locator("td:nth-child(6)").all_inner_texts()) == due

    pk, code = stack.query("SELECT id, code FROM issues_issue WHERE text = %s", (texts[0],))[0]
    page.locator(f"a[href='/admin/issues/issue/{pk}/change/']").click()
    pill = page.locator("h2 .gz-pill").first
    expect(pill).to_have_text("待签收")
    handler = people.page("community_worker", DESK)
    handler.goto(f"{stack.base_url}/admin/issues/issue/{pk}/change/")
    click(handler, handler.locator("form[action$='/do/sign/']"))
    result = handler.locator("form[action$='/do/submit_result/']")
    result.locator("[name=outcome]").select_option("solved")
    result.locator("[name=text]").fill(RESULT)
    click(handler, result)
    page.reload()
    expect(pill).to_have_text("待核实")
    expect(page.locator(".gz-lines")).to_contain_text(RESULT)

    resident = people.page("resident")
    resident.goto(link)
    for question in ("answered", "solved", "satisfied"):
        resident.locator(f"input[name={question}][value=yes]").check()
    resident.locator("form[action$='/rate/'] button").last.click()
    expect(resident.get_by_role("heading", name="已结束")).to_be_visible()
    page.goto(f"{stack.base_url}/admin/issues/issue/?due=ended&q={code}")
    page.locator("#result_list a[href*='/change/']").first.click()
    expect(pill).to_have_text("已结案")
    assert verbs_of(stack, code) == ["report", "dispatch", "dispatch", "sign", "submit_result", "rate"]
    assert people.problems == []
    assert people.strangers == []


def move(page: Page, stack: LiveStack, building: int, to: str) -> dict[str, str]:
    """Open the move on the building's page, say where to, and look: what it would mean, as label → value."""
    page.goto(f"{stack.base_url}/admin/grids/unit/{building}/change/")
    form = page.locator("form[action$='/do/move/']")
    page.locator("details", has=form).locator("> summary").click()
    form.locator("[name=move-code]").fill(to)
    form.locator("[type=submit]").click()
    expect(page.locator("#preview-title")).to_contain_text("尚未执行")
    facts = page.locator(".gz-facts")
    return dict(
        zip(facts.locator("dt").all_inner_texts(), facts.locator("dd").all_inner_texts(), strict=True)
    )


def test_a_building_is_moved_and_its_consequences_are_said_first(people: People) -> None:
    stack, page = people.stack, people.page("system_admin", DESK, door="desk")
    own = stack.credentials["users"]["grid_worker"]["unit_code"]
    building, code, old, old_code, new, new_code, opened = stack.query(MOVABLE, (own,))[0]
    parent = "SELECT p.code, b.code FROM grids_unit b JOIN grids_unit p ON p.id = b.parent_id WHERE b.id = %s"
    told = move(page, stack, building, new_code)
    assert (told["现属"], told["改属"], told["那里未办结的诉求"]) == (old, new, str(opened)), told
    assert stack.query(parent, (building,)) == [(old_code, code)]
    page.get_by_role("link", name="不作变更").click()
    assert stack.query(parent, (building,)) == [(old_code, code)]

    for there in (new_code, old_code):
        move(page, stack, building, there)
        click(page, page.locator("form", has=page.locator("[name=confirmed]")))
        # The code survives; and the page leads up to where it belongs now.
        assert stack.query(parent, (building,)) == [(there, code)]
        up = stack.query("SELECT id FROM grids_unit WHERE code = %s", (there,))[0][0]
        crumbs = page.get_by_role("navigation", name="上级", exact=True)
        expect(crumbs.locator(f"a[href='/admin/grids/unit/{up}/change/']")).to_be_visible()
    assert people.problems == []
    assert people.strangers == []


def test_a_rule_is_changed_after_its_dry_run(people: People) -> None:
    """To hold next month, and withdrawn before: nobody else's clock moves by it."""
    stack, page = people.stack, people.page("system_admin", DESK, door="desk")
    rule = f"{stack.base_url}/admin/grids/policy/of/{DISTRICT}/ladder/"
    versions = "SELECT count(*) FROM grids_policy WHERE key = 'ladder'"
    known = stack.query(versions)
    page.goto(rule)
    page.get_by_role("link", name="修改", exact=True).click()
    shown = page.locator("[name='all.remind_percent']").input_value()
    assert shown != "60"
    page.fill("[name='all.remind_percent']", "60")
    page.fill("[name=effective_from]", (datetime.now() + timedelta(days=30)).strftime("%Y-%m-%dT09:00"))
    page.fill("[name=reason]", "演示：联席会议纪要，提前提醒")
    page.locator("[name=preview]").click()

    change = page.locator("section.gz-panel", has_text="修改内容").first.locator("tbody tr")
    expect(change).to_have_count(1)
    expect(change.locator("td").nth(2)).to_have_text(f"{shown} %")
    expect(change.locator("td").nth(3)).to_have_text("60 %")
    # What it would have done: which reminders would have come earlier, each with its issue and both moments.
    found = page.locator("details.gz-step", has_text="临期提醒：提前")
    found.locator("> summary").click()
    assert int(found.locator("> summary .gz-meta").inner_text()) >= 1
    expect(found.locator("li").first).to_have_text(
        re.compile(r"\d{8}-\d{6} · \d{4}-\d\d-\d\d \d\d:\d\d → \d{4}-")
    )
    assert stack.query(versions) == known

    page.locator("[name=save]").click()
    expect(page.get_by_text("已设置：逐级升级规则。")).to_be_visible()
    version = page.locator("div.gz-panel-body", has_text="联席会议纪要").filter(has_text="待生效")
    expect(version).to_have_count(1)
    assert stack.query(versions) == [(known[0][0] + 1,)]
    version.get_by_role("button", name="撤回", exact=True).click()
    expect(page.get_by_text("已撤回：逐级升级规则。")).to_be_visible()
    expect(version).to_have_count(0)
    expect(page.locator("th", has_text="全部时限").locator("xpath=..").locator("td").first).to_contain_text(
        shown
    )
    assert people.problems == []
    assert people.strangers == []
