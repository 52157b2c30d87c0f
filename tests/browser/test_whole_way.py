"""One issue from the QR code to the closing, by five people in a real Chromium against the running demo; and one
that is left alone, which the live sweep takes up the tree."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from urllib.parse import urlparse

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.live import LiveStack, wait_for

pytestmark = [pytest.mark.live, pytest.mark.browser]
TEXT = "演示数据：三楼楼道里的灯坏了，晚上看不清台阶"
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def people(live_stack: LiveStack, browser: Browser) -> Iterator["People"]:
    made = People(live_stack, browser)
    yield made
    made.close()


class People:
    """A browser of one's own for each role, signed in at first use; all console errors are kept."""

    def __init__(self, stack: LiveStack, browser: Browser) -> None:
        self.stack, self.browser = stack, browser
        self.contexts: dict[str, BrowserContext] = {}
        self.pages: dict[str, Page] = {}
        self.problems: list[str] = []
        self.strangers: list[str] = []

    def page(self, role: str) -> Page:
        if role not in self.pages:
            context = self.browser.new_context(locale="zh-CN", viewport=PHONE, timezone_id="Asia/Shanghai")
            page = context.new_page()
            page.on(
                "console",
                lambda message: self.problems.append(message.text) if message.type == "error" else None,
            )
            page.on("pageerror", lambda error: self.problems.append(str(error)))
            page.on("request", lambda request: self.note_host(request.url))
            self.contexts[role], self.pages[role] = context, page
            if role != "resident":
                self.sign_in(page, self.stack.credentials["users"][role])
        return self.pages[role]

    def note_host(self, url: str) -> None:
        """Nothing may be asked of another host."""
        ours = urlparse(self.stack.base_url).netloc
        if urlparse(url).netloc not in {ours, ""}:
            self.strangers.append(url)

    def sign_in(self, page: Page, user: dict) -> None:
        page.goto(f"{self.stack.base_url}/accounts/login/")
        page.fill("input[name=username]", user["username"])
        page.fill("input[name=password]", user["password"])
        page.press("input[name=password]", "Enter")
        page.wait_for_url(re.compile(r"/$"))

    def form(self, role: str, code: str, verb: str) -> Locator:
        """The open form of a verb; a GET of the verb's address opens it."""
        page = self.page(role)
        page.goto(f"{self.stack.base_url}/i/{code}/{verb}/")
        return page.locator(f"form[action$='/{verb}/']").first

    def send(self, role: str, form: Locator) -> None:
        """Press the form's button; the page then says that it is done."""
        form.locator("button").last.click()
        expect(self.page(role).locator(".messages .message.success")).to_be_visible()

    def close(self) -> None:
        for context in self.contexts.values():
            context.close()


def report(people: People) -> tuple[str, str]:
    """A resident scans, chooses, writes, sends: (tracking code, follow link)."""
    page = people.page("resident")
    page.goto(people.stack.credentials["resident_url"])
    page.locator("label.tile", has=page.locator(f"input[value='{small_matter(people.stack)}']")).click()
    page.fill("textarea[name=text]", TEXT)
    page.fill("input[name=contact_phone]", "13800001234")
    page.locator("form[data-once] button").last.click()
    # The demo's building has been reported from before: "is it one of these?" comes first. It is not.
    sent, new = page.locator("#link"), page.locator("button[name=join][value=new]")
    expect(sent.or_(new).first).to_be_attached()
    if new.count():
        new.click()
    page.wait_for_url(re.compile(r"/sent/"))
    link = page.locator("#link").input_value()
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
    whistle.locator("input[name=kind][value=quick]").check()
    whistle.locator(f"input[name=bodies][value='{body}']").check()
    whistle.locator("textarea[name=text]").fill("请派人检修楼道线路")
    people.send("community_worker", whistle)

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

    verbs = [
        verb
        for (verb,) in stack.query(
            "SELECT verb FROM trail_event e JOIN issues_issue i ON e.subject_id = i.id AND e.subject_type = 'issue' "
            "WHERE i.code = %s ORDER BY e.seq",
            (code,),
        )
    ]
    assert verbs == [
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
    """Reported through the API with a moment in the past, as a phone without signal does."""
    stack = people.stack
    worker = stack.credentials["users"]["grid_worker"]
    long_ago = datetime.now().astimezone() - timedelta(days=6)
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
            "occurred_at": long_ago.isoformat(),
        },
    )
    assert answer.status == 201, answer.text()
    code = answer.json()["code"]
    told = "SELECT verb FROM trail_event e JOIN issues_issue i ON e.subject_id = i.id WHERE i.code = %s AND verb IN "
    told += "('call_deputy', 'climb')"
    wait_for(lambda: stack.query(told, (code,)), "the live sweep called the deputy", 60)
    page.goto(f"{stack.base_url}/i/{code}/")
    expect(page.locator("section[aria-labelledby=history]")).to_contain_text("未响应")
