"""People in a real Chromium, each with a browser of their own; whatever is wrong on any of their pages is kept."""

import json
import re
from typing import Any
from urllib.parse import urlparse
from urllib.request import Request, urlopen
from uuid import uuid4

from playwright.sync_api import Browser, BrowserContext, Locator, Page, ViewportSize, expect

from tests.faces import photo
from tests.live import LiveStack

PHONE: ViewportSize = {"width": 390, "height": 844}
DESK: ViewportSize = {"width": 1440, "height": 900}
WALL: ViewportSize = {"width": 1920, "height": 1080}
# Whether a phone has kept the pages with these paths.
KEPT_PATHS = """async (wanted) => {
  const kept = await (await caches.open("gezhi-pages")).keys();
  const paths = kept.map((one) => new URL(one.url).pathname);
  return wanted.every((path) => paths.includes(path));
}"""
DOORS = {"phone": "/accounts/login/", "desk": "/admin/login/?next=/admin/"}


class People:
    """A page for each role, signed in at first use; whoever has no role (a resident, a wall) stays a visitor.

    `problems` are errors of script and console, which a broken content policy is too; `strangers` are requests to
    other hosts.
    """

    def __init__(self, stack: LiveStack, browser: Browser) -> None:
        self.stack, self.browser = stack, browser
        self.contexts: dict[str, BrowserContext] = {}
        self.pages: dict[str, Page] = {}
        self.problems: list[str] = []
        self.strangers: list[str] = []

    def page(self, role: str, size: ViewportSize = PHONE, *, door: str = "phone") -> Page:
        """The one page of this person. `size` and `door` (a key of DOORS) count at first use."""
        if role not in self.pages:
            context = self.browser.new_context(locale="zh-CN", viewport=size, timezone_id="Asia/Shanghai")
            page = context.new_page()
            page.on(
                "console",
                lambda message: self.problems.append(message.text) if message.type == "error" else None,
            )
            page.on("pageerror", lambda error: self.problems.append(str(error)))
            page.on("request", lambda request: self.note_host(request.url))
            self.contexts[role], self.pages[role] = context, page
            if role in self.stack.credentials["users"]:
                self.sign_in(page, self.stack.credentials["users"][role], DOORS[door])
        return self.pages[role]

    def note_host(self, url: str) -> None:
        """Nothing may be asked of another host."""
        ours = urlparse(self.stack.base_url).netloc
        if urlparse(url).netloc not in {ours, ""}:
            self.strangers.append(url)

    def sign_in(self, page: Page, user: dict, door: str) -> None:
        page.goto(f"{self.stack.base_url}{door}")
        page.fill("input[name=username]", user["username"])
        page.fill("input[name=password]", user["password"])
        page.press("input[name=password]", "Enter")
        page.wait_for_url(lambda url: "/login/" not in url)

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


def ask(stack: LiveStack, role: str, path: str, **body: Any) -> dict:
    """What somebody else does meanwhile: POST to the API as this role; its answer. Raises HTTPError for a refusal."""
    token = stack.credentials["users"][role]["token"]
    headers = {"Authorization": f"Token {token}", "Content-Type": "application/json"}
    request = Request(f"{stack.base_url}/api/v1{path}", json.dumps(body).encode(), headers)
    with urlopen(request, timeout=60) as answer:
        return json.load(answer)


def anew(text: str) -> str:
    """Words that nobody has sent before, on a stack that others use too."""
    return f"{text} {uuid4().hex[:8]}"


def picture(width: int = 40) -> Any:
    """A photo as the file chooser gives it; one of another width is another one."""
    return {"name": "place.jpg", "mimeType": "image/jpeg", "buffer": photo(size=(width, 30)).read()}


def send_report(page: Page) -> str:
    """Send the resident's form as it is filled in; the follow link. Asked "is it one of these?" they say no."""
    page.locator("form[data-once] button.wide").click()
    sent, new = page.locator("#link"), page.locator("button[name=join][value=new]")
    expect(sent.or_(new).first).to_be_attached()
    if new.count():
        new.click()
    page.wait_for_url(re.compile(r"/sent/"))
    return sent.input_value()


def verbs_of(stack: LiveStack, code: str) -> list[str]:
    """What happened to an issue, as its events say it."""
    rows = stack.query(
        "SELECT e.verb FROM trail_event e JOIN issues_issue i ON i.id = e.subject_id WHERE e.subject_type = 'issue' "
        "AND i.code = %s ORDER BY e.seq", (code,)
    )  # fmt: skip
    return [verb for (verb,) in rows]
