"""Somebody who opens pages and notes down everything that is not right with them; PAGES_KEEP=folder keeps a picture of
each, for the eye."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from axe_playwright_python.sync_playwright import Axe
from django.template.loader import render_to_string
from django.utils import translation
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page
from playwright.sync_api import Error as PlaywrightError

from accounts.reading import LARGE, LARGER
from tests.browser.addresses import name_of
from tests.live import LiveStack

AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
EVERY_RULE = {"type": "tag", "values": AA}
CONTRAST = {"type": "rule", "values": ["color-contrast"]}
LARGE_SIZES = (LARGE, LARGER)
# Markup of the admin's skin that templates and styles of ours do not reach: rule → selector, and why.
EXCUSED: dict[str, str] = {}
CARDS_BELOW = 768
CUT_OFF = """() => Array.from(document.querySelectorAll('.gz-scroll, .tabs .wide'))
  .filter((one) => one.scrollWidth > one.clientWidth)
  .map((one) => one.closest('[aria-label]').getAttribute('aria-label'))"""
OPEN_ALL = "document.querySelectorAll('details').forEach((one) => { one.open = true; })"
# What large text promises (px): targets that can be pressed, each with its label; words, each with its size.
LEAST_TEXT, LEAST_TARGET = 24, 60
# Which size a page is in ("" is the standard one), and whether one can choose another on it.
TEXT = "document.documentElement.dataset.text ?? ''"
HAS_SWITCH = "document.querySelector('form.sizes') !== null"
# As the switch does it where something is written already (static/js/gezhi.js).
READ_IN = """(size) => { const { dataset } = document.documentElement;
  if (size) dataset.text = size; else delete dataset.text; }"""
LOW_TARGETS = """(least) => Array.from(document.querySelectorAll('a[href], button, summary, select, textarea, input'))
  .filter((one) => one.type !== 'hidden' && !one.matches('.skip') && one.checkVisibility())
  .map((one) => one.closest('label, .picker') ?? one).filter((one) => one.getBoundingClientRect().height < least - .5)
  .map((one) => one.outerHTML.slice(0, 90))"""
SMALL_TEXT = """(least) => Array.from(document.querySelectorAll('body *'))
  .filter((one) => Array.from(one.childNodes).some((part) => part.nodeType === 3 && part.textContent.trim())
    && one.checkVisibility() && !one.closest('.hidden') && parseFloat(getComputedStyle(one).fontSize) < least - .5)
  .map((one) => one.outerHTML.slice(0, 90))"""
NARROW, PHONE, WIDE = (360, 780), (390, 844), (1440, 900)
# Half-width marks between Chinese words; two English words in a row; keys that nobody was meant to read.
HALF_WIDTH = re.compile(r"[\u4e00-\u9fff][,;:!?]|[\u4e00-\u9fff]\s?\([^)]|[^(]\)[\u4e00-\u9fff]")
ENGLISH = re.compile(r"\b[A-Za-z]{2,} [a-z]{2,}\b")
KEY = re.compile(
    r"(?<![\w/.-])[a-z]+(?:_[a-z]+)+(?![\w/-])|@unit:|@body:|\b[A-Za-z]+\.(?!xlsx\b|csv\b)[a-z_]{3,}\b"
)
# What a program says when it has nothing to say.
NOTHING = re.compile(r"\b(?:None|null|undefined|NaN)\b|%\(\w+\)s|\{\{")
KINDS_OF_WORDS = (("half-width", HALF_WIDTH), ("English", ENGLISH), ("key", KEY), ("nothing", NOTHING))
# A district's own names come with their brackets: 小区(网格).
GIVEN_NAMES = re.compile(r"小区\(网格\)|网格\(小区\)")
# What is written by people or recorded as it is; the rest of a page is ours.
WORDS = """() => {
  const copy = document.body.cloneNode(true);
  copy.querySelectorAll('script, style, pre, code, .highlight, .material-symbols-outlined, [lang], .field-name_en')
    .forEach((one) => one.remove());
  copy.querySelectorAll('td, th, li, p, dd, dt, div, option, label, summary, a, span, button, h1, h2')
    .forEach((one) => one.append('\\n'));
  return copy.textContent;
}"""


# Chinese words of an English page that nothing says to be Chinese: a screen reader would spell them out.
UNMARKED = """() => {
  const seen = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
  while (seen.nextNode()) {
    const text = seen.currentNode.textContent, parent = seen.currentNode.parentElement;
    if (/[\\u4e00-\\u9fff]/.test(text) && !parent.closest('script, style, textarea, svg, [lang^=zh]:not(html)'))
      found.push(text.trim());
  }
  return found;
}"""


@dataclass(frozen=True)
class Stop:
    """A page to look at. `go` leads there where an address alone does not; `status` is what it answers.
    `bilingual`: keys and English words are what the page is about. `template` is shown at the address instead
    of what is there: for what a test cannot bring about."""

    name: str
    path: str = ""
    role: str = ""
    status: int = 200
    go: Callable[[Page], Any] | None = None
    bilingual: bool = False
    template: str = ""


class Watch:
    """One context per person, kept; the language is a cookie, width and darkness are set per page."""

    def __init__(self, stack: LiveStack, browser: Browser) -> None:
        self.stack, self.browser = stack, browser
        self.base = stack.base_url
        self.contexts: dict[str, BrowserContext] = {}
        self.pages: dict[str, Page] = {}
        self.findings: list[str] = []
        # Sign-ins besides those of the demo: role → username, password.
        self.more: dict[str, dict[str, str]] = {}
        # Names of the addresses that were looked at, and of those that have no large text.
        self.seen: set[str] = set()
        self.one_size: set[str] = set()
        self.names = {name for (name,) in stack.query("SELECT username FROM accounts_user")}
        self.axe = Axe()
        self.where = ""
        self.expected = 200

    def one(self, statement: str, *values: Any) -> Any:
        """The first value of a row that the demo must have."""
        rows = self.stack.query(statement, values)
        assert rows, f"the demo has none: {statement} {values}"
        return rows[0][0]

    def page(self, role: str) -> Page:
        """The person's page, signed in at first use; "" is a resident."""
        if role not in self.pages:
            # Pages as the server gives them; what the worker does is tested in test_offline.py.
            context = self.browser.new_context(
                locale="zh-CN", timezone_id="Asia/Shanghai", service_workers="block"
            )
            page = context.new_page()
            page.set_default_timeout(20_000)
            page.on("console", self._console)
            page.on("pageerror", lambda error: self.note(f"page error: {error}"))
            page.on("request", lambda request: self._host(request.url))
            self.contexts[role], self.pages[role] = context, page
            if role:
                self.sign_in(page, role)
        return self.pages[role]

    def sign_in(self, page: Page, role: str) -> None:
        user = self.stack.credentials["users"].get(role) or self.more[role]
        page.goto(f"{self.base}/accounts/login/")
        page.fill("input[name=username]", user["username"])
        page.fill("input[name=password]", user["password"])
        page.press("input[name=password]", "Enter")
        page.wait_for_url(re.compile(r"/$"))

    def note(self, what: str) -> None:
        self.findings.append(f"{self.where}: {what}")

    def _console(self, message: ConsoleMessage) -> None:
        # A page that answers 404 or 422 is said to have failed to load; that is its meaning.
        own = message.text.startswith("Failed to load resource") and self.expected >= 400
        blocked = "registration blocked by Playwright" in message.text
        if message.type in {"error", "warning"} and not own and not blocked:
            self.note(f"console: {message.text}")

    def _host(self, url: str) -> None:
        parts = urlparse(url)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.netloc != urlparse(self.base).netloc:
            self.note(f"asks another host: {url}")

    def see(self, stop: Stop, sizes: tuple[tuple[int, int], tuple[int, int]]) -> None:
        """First size in Chinese and light; then narrow in English and dark. What has large text is looked at in it too:
        in Chinese after the standard one, in English before it, as the server then sends it."""
        try:
            self._see(stop, *sizes)
        except PlaywrightError as error:
            self.note(f"cannot be looked at: {error.message[:200]}")

    def _see(self, stop: Stop, first: tuple[int, int], second: tuple[int, int]) -> None:
        page = self.page(stop.role)
        with self._at(stop, "zh", first, page):
            self.check_rules(page, EVERY_RULE)
            if not stop.bilingual:
                self.check_words(page)
            self._narrow(page, second)
            if page.evaluate(HAS_SWITCH):
                for size in LARGE_SIZES:
                    self._read_in(size, stop, "zh", second, page)
                self.check_rules(page, EVERY_RULE)
        with self._at(stop, "en", second, page):
            if page.evaluate(HAS_SWITCH):
                if page.evaluate(TEXT) != LARGER:
                    self.note("is not in the text size that was asked for")
                self.check_rules(page, EVERY_RULE)
                self._read_in("", stop, "en", second, page)
            self.check_rules(page, CONTRAST)
            for words in page.evaluate(UNMARKED):
                self.note(f"not marked as Chinese: {words[:60]}")

    @contextmanager
    def _at(self, stop: Stop, language: str, size: tuple[int, int], page: Page) -> Iterator[None]:
        """There in this language: Chinese in the standard size of text, English in the largest."""
        self.expected = stop.status
        code, text = {"zh": ("zh-hans", "standard"), "en": ("en", LARGER)}[language]
        self.where = f"{stop.name} ({language}, {size[0]} px)"
        page.context.add_cookies([{"name": "django_language", "value": code, "url": self.base}])
        page.context.add_cookies([{"name": "gezhi_text", "value": text, "url": self.base}])
        page.emulate_media(color_scheme="dark" if language == "en" else "light", reduced_motion="reduce")
        page.set_viewport_size({"width": size[0], "height": size[1]})
        with self._instead(page, stop, code):
            self._open(page, stop)
        self._measure(stop, language, size, page)
        self.check_frame(page, code)
        yield

    def _read_in(self, text: str, stop: Stop, language: str, size: tuple[int, int], page: Page) -> None:
        """The page that is there, in another size of text."""
        page.evaluate(READ_IN, text)
        self._measure(stop, language, size, page)

    def _measure(self, stop: Stop, language: str, size: tuple[int, int], page: Page) -> None:
        text = page.evaluate(TEXT)
        self.where = f"{stop.name} ({language}, {size[0]} px{text and ', '}{text})"
        self._narrow(page, size)
        if text:
            self.check_large(page)
        self._keep(page, f"{language}{text and '.'}{text}", stop)

    def _keep(self, page: Page, sort: str, stop: Stop) -> None:
        if folder := os.environ.get("PAGES_KEEP"):
            name = re.sub(r"[^\w]+", "-", stop.name).strip("-")
            page.screenshot(path=Path(folder) / f"{name}.{sort}.jpeg", full_page=True, quality=60)

    @contextmanager
    def _instead(self, page: Page, stop: Stop, code: str) -> Iterator[None]:
        """The stop's template at its address."""
        if not stop.template:
            yield
            return
        with translation.override(code):
            body = render_to_string(stop.template)
        address = f"{self.base}{stop.path}"
        page.route(
            address, lambda route: route.fulfill(status=stop.status, content_type="text/html", body=body)
        )
        yield
        page.unroute(address)

    def _open(self, page: Page, stop: Stop) -> None:
        answers: list[int] = []
        page.on("response", note := lambda answer: _document(answer, page) and answers.append(answer.status))
        page.goto(f"{self.base}{stop.path}")
        if stop.go:
            stop.go(page)
            page.wait_for_load_state()
        page.remove_listener("response", note)
        if not answers or answers[-1] != stop.status:
            self.note(f"answers {answers[-1:]} instead of {stop.status} at {page.url}")
        elif not stop.template:
            self.seen |= {name_of(stop.path), name_of(page.url)}
            if not page.evaluate(TEXT) and not page.evaluate(HAS_SWITCH):
                self.one_size.add(name_of(page.url))
        page.evaluate(OPEN_ALL)

    def _narrow(self, page: Page, size: tuple[int, int]) -> None:
        """The page itself is never moved sideways; a table may be, inside of it, where there is room for cards."""
        page.set_viewport_size({"width": size[0], "height": size[1]})
        over = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        if over > 0:
            self.note(f"{over} px too wide at {size[0]} px")
        if size[0] < CARDS_BELOW and (cut := page.evaluate(CUT_OFF)):
            self.note(f"cut off at {size[0]} px: {cut}")

    def check_rules(self, page: Page, only: dict[str, Any]) -> None:
        """axe with these rules; a finding names rule and element."""
        found = self.axe.run(page, options={"runOnly": only, "resultTypes": ["violations"]})
        for rule in found.response["violations"]:
            for node in rule["nodes"]:
                if not _excused(rule["id"], node["html"]):
                    self.note(f"{rule['id']}: {node['html'][:200]}")

    def check_frame(self, page: Page, code: str) -> None:
        """What every page has: its language, a title, one first heading."""
        if page.locator("html").get_attribute("lang") != code:
            self.note(f"is not in {code}")
        if not page.title().strip(" ·|"):
            self.note("has no title")
        if (count := page.locator("h1").count()) != 1:
            self.note(f"has {count} first headings")

    def check_large(self, page: Page) -> None:
        """Large text: nothing small, every target high enough."""
        if small := page.evaluate(SMALL_TEXT, LEAST_TEXT):
            self.note(f"smaller than {LEAST_TEXT} px: {small[:5]}")
        if low := page.evaluate(LOW_TARGETS, LEAST_TARGET):
            self.note(f"targets below {LEAST_TARGET} px: {low[:5]}")

    def check_words(self, page: Page) -> None:
        """A Chinese page is Chinese: no English sentence, no key, no half-width mark, nothing of the program's."""
        for line in filter(None, map(str.strip, page.evaluate(WORDS).splitlines())):
            line = GIVEN_NAMES.sub("", line)
            for kind, pattern in KINDS_OF_WORDS:
                hit = pattern.search(line)
                if hit and hit.group() not in self.names:
                    self.note(f"{kind}: {line[:90]}")

    def close(self) -> None:
        for context in self.contexts.values():
            context.close()


def _document(answer: Any, page: Page) -> bool:
    """Is this the page itself, and not a redirect to it?"""
    return (
        answer.request.resource_type == "document"
        and answer.frame == page.main_frame
        and not 300 <= answer.status < 400
    )


def _excused(rule: str, html: str) -> bool:
    return rule in EXCUSED and EXCUSED[rule] in html
