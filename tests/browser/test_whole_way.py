"""One issue from the QR code to the closing, by five people in a real Chromium against the running demo; and one
that is left alone, which the live sweep takes up the tree."""

import pytest
from playwright.sync_api import expect

from tests.browser.people import People, send_report, verbs_of
from tests.live import LiveStack, wait_for

pytestmark = [pytest.mark.live, pytest.mark.browser]
TEXT = "演示数据：三楼楼道里的灯坏了，晚上看不清台阶"


def report(people: People) -> tuple[str, str]:
    """A resident scans, chooses, writes, sends: (tracking code, follow link)."""
    page = people.page("resident")
    page.goto(people.stack.credentials["resident_url"])
    page.locator("label.tile", has=page.locator(f"input[value='{small_matter(people.stack)}']")).click()
    page.fill("textarea[name=text]", TEXT)
    page.fill("input[name=contact_phone]", "13800001234")
    # The demo's building has been reported from before: "is it one of these?" may come first. It is not.
    link = send_report(page)
    return code_of(people.stack), link


def small_matter(stack: LiveStack) -> str:
    """A category that the grid gets by rule and that residents may choose."""
    return stack.query(
        "SELECT key FROM issues_category WHERE handled_at = 'grid' AND NOT is_danger AND for_residents AND is_active "
        'AND id NOT IN (SELECT parent_id FROM issues_category WHERE parent_id IS NOT NULL) ORDER BY "order", id LIMIT 1'
    )[0][0]


def code_of(stack: LiveStack) -> str:
    return stack.query("SELECT code FROM issues_issue WHERE text = %s ORDER BY id DESC LIMIT 1", (TEXT,))[0][
        0
    ]


def test_from_the_qr_code_to_the_closing(people: People) -> None:
    stack = people.stack
    code, link = report(people)

    contact = people.form("grid_worker", code, "contact")
    contact.locator("[name=way]").first.check()
    people.send("grid_worker", contact)

    hand_up = people.form("grid_worker", code, "hand_up")
    hand_up.locator("textarea[name=text]").fill("楼道线路归部门管，网格修不了")
    people.send("grid_worker", hand_up)

    people.send("community_worker", people.form("community_worker", code, "sign"))
    body = stack.credentials["users"]["body_officer"]["body"]
    whistle = people.form("community_worker", code, "whistle")
    whistle.locator(f"input[name=bodies][value='{body}']").check()
    whistle.locator("textarea[name=text]").fill("请派人检修楼道线路")
    whistle.locator("button[name=kind][value=quick]").click()
    expect(people.page("community_worker").locator(".messages .message.success")).to_be_visible()

    callee = stack.query(
        "SELECT c.id FROM issues_callee c JOIN issues_issue i ON c.issue_id = i.id WHERE i.code = %s", (code,)
    )[0][0]
    people.send("body_officer", people.form("body_officer", code, f"callees/{callee}/acknowledge"))
    report_in = people.form("body_officer", code, f"callees/{callee}/report_in")
    report_in.locator("[name=mode][value=on_spot]").check()
    people.send("body_officer", report_in)
    done = people.form("body_officer", code, f"callees/{callee}/done")
    done.locator("textarea[name=text]").fill("线路已检修，灯已换新")
    people.send("body_officer", done)

    result = people.form("community_worker", code, "submit_result")
    result.locator("[name=outcome]").select_option("solved")
    result.locator("textarea[name=text]").fill("楼道的灯已经修好，请您看看")
    people.send("community_worker", result)

    resident = people.page("resident")
    resident.goto(link)
    expect(resident.get_by_text("楼道的灯已经修好").first).to_be_visible()
    for question in ("answered", "solved", "satisfied"):
        resident.locator(f"input[name={question}][value=yes]").check()
    resident.locator("form[action$='/rate/'] button").last.click()
    expect(resident.get_by_role("heading", name="已结束")).to_be_visible()

    assert verbs_of(stack, code) == [
        "report", "dispatch", "contact", "hand_up", "sign", "whistle", "acknowledge", "report_in", "done",
        "submit_result", "rate",
    ]  # fmt: skip
    assert stack.query("SELECT state, due_at FROM issues_issue WHERE code = %s", (code,)) == [
        ("closed", None)
    ]
    staff = people.page("community_worker")
    staff.goto(f"{stack.base_url}/i/{code}/")
    history = staff.locator("section[aria-labelledby=history]")
    for words in ("上报", "快捷哨", "报到", "楼道线路归部门管"):
        expect(history).to_contain_text(words)
    assert people.problems == []
    assert people.strangers == []


def test_left_alone_it_is_seen_to_climb(people: People) -> None:
    """Nobody signs for it; its clock, put forward past us, is over."""
    stack = people.stack
    worker = stack.credentials["users"]["grid_worker"]
    page = people.page("grid_worker")
    building = stack.query(
        "SELECT b.code FROM grids_unit b JOIN grids_unit g ON b.grid_id = g.id WHERE g.code = %s AND b.kind = 'building' "
        "AND b.closed_at IS NULL ORDER BY b.code LIMIT 1", (worker["unit_code"],)
    )[0][0]  # fmt: skip
    answer = page.request.post(
        f"{stack.base_url}/api/v1/issues/",
        headers={"Authorization": f"Token {worker['token']}"},
        data={
            "place": building,
            "category": small_matter(stack),
            "text": "演示数据：没有人理的一件事",
        },
    )
    assert answer.status == 201, answer.text()
    code = answer.json()["code"]
    stack.query(
        "UPDATE issues_deadline d SET due_at = now(), limit_at = now() FROM issues_issue i"
        " WHERE d.issue_id = i.id AND i.code = %s AND d.fired_at IS NULL AND d.cancelled_at IS NULL",
        (code,),
    )
    told = "SELECT verb FROM trail_event e JOIN issues_issue i ON e.subject_id = i.id WHERE i.code = %s AND verb IN "
    told += "('call_deputy', 'climb')"
    wait_for(lambda: stack.query(told, (code,)), "the live sweep called the deputy", 60)
    page.goto(f"{stack.base_url}/i/{code}/")
    expect(page.locator("section[aria-labelledby=history]")).to_contain_text("未响应")
