"""A grid worker whose net goes and comes: what was sent without one arrives once, what was overtaken or refused is
shown and not lost, and what was read can be read again."""

import os
import re
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, BrowserType, Locator, Page, expect

from tests.browser.people import KEPT_PATHS, anew, ask, picture, verbs_of
from tests.live import LiveStack, wait_for

pytestmark = [pytest.mark.live, pytest.mark.browser]
PATIENCE = 60_000
CONTACT = {"contact_name": "演示居民", "contact_phone": "13800001234"}
# An activity of this community that is under way; two have a place.
UNDER_WAY = """
from datetime import timedelta
from django.utils import timezone
from accounts.models import User
from grids.models import Unit
from volunteers.actions.activities import NewShift, add_activity, open_activity
from volunteers.actions.facts import Person
from volunteers.actions.people import sign_up_with_account
from volunteers.actions.sign_ups import sign_up
now, unit = timezone.now(), Unit.objects.get(code={code!r})
start = now - timedelta(minutes=20)
told = dict(by=User.objects.get(username={username!r}), now=now - timedelta(hours=4))
texts = dict(title="演示·防空洞清扫", what="演示数据：请自带手套", place="演示·防空洞")
one = add_activity(unit=unit, shifts=[NewShift(start, start + timedelta(hours=2), 5)], **texts, **told)
open_activity(one, **told)
for number in (1, 2):
    who = Person(name="演示·邻居", phone=f"1380000001{{number}}", alias=f"演示·清扫{{number}}")
    made = sign_up_with_account(unit, who, username=f"cellar.{{number}}", password="only-for-this-test-42", now=told["now"])
    sign_up(one.shifts.get(), volunteer=made, **told)
result = [one.pk, *one.sign_ups.order_by("pk").values_list("pk", flat=True)]
"""
# The page sends, not the worker, and the first form finds the server busy.
BUSY_ONCE = """
Object.defineProperty(ServiceWorkerRegistration.prototype, 'sync', { get: () => undefined });
window.sent = [];
const plainFetch = window.fetch;
window.fetch = (address, options = {}) => {
  if (options.method !== "POST") return plainFetch(address, options);
  window.sent.push(new URL(address, location).pathname.split("/").at(-2));
  return window.sent.length === 1 ? Promise.resolve(new Response("", { status: 503 })) : plainFetch(address, options);
};
"""
# In the worker: what forms are answered from now on; nothing of them is sent.
ANSWERED = """() => {
  const plain = self.fetch;
  self.fetch = (asked, ...more) => (asked.method === "POST" ? %s : plain(asked, ...more));
}"""
HURRIES = """() => {
  const plain = self.setTimeout;
  self.setTimeout = (act, after) => plain(act, Math.min(after, 1500));
}"""
# What Today does each minute by itself.
RENEWED = """() => htmx.ajax("GET", location.href, {
  source: "#list", target: "#list", select: "#list", swap: "outerHTML",
})"""
FORGET = "async (path) => (await caches.open('gezhi-pages')).delete(path, { ignoreVary: true })"
SAYS_ONLINE = "Object.defineProperty(Navigator.prototype, 'onLine', { get: () => true });"


@pytest.fixture
def context(live_stack: LiveStack, browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(
        locale="zh-CN", viewport={"width": 390, "height": 844}, timezone_id="Asia/Shanghai"
    )
    made.set_default_timeout(PATIENCE)
    yield made
    made.close()


def phone_of(role: str, context: BrowserContext, live_stack: LiveStack) -> Page:
    """A page of that person, signed in, with a worker that keeps what is seen."""
    made, user = context.new_page(), live_stack.credentials["users"][role]
    made.goto(f"{live_stack.base_url}/accounts/login/")
    made.fill("input[name=username]", user["username"])
    made.fill("input[name=password]", user["password"])
    made.press("input[name=password]", "Enter")
    made.wait_for_url(re.compile(r"/$"))
    wait_for(lambda: made.evaluate("navigator.serviceWorker.controller !== null"), "the worker is there")
    return made


@pytest.fixture
def page(context: BrowserContext, live_stack: LiveStack) -> Page:
    return worker_page(context, live_stack)


def worker_page(context: BrowserContext, live_stack: LiveStack) -> Page:
    """The grid worker's page, with what is needed without a net on the phone."""
    made = phone_of("grid_worker", context, live_stack)
    made.reload()
    wanted = ["/", "/report/", "/outbox/", "/grid/"]
    wait_for(lambda: made.evaluate(KEPT_PATHS, wanted), f"{wanted} are kept")
    return made


def small_matter(stack: LiveStack) -> str:
    return stack.query(
        "SELECT key FROM issues_category c WHERE handled_at = 'grid' AND NOT is_danger AND is_active AND for_residents "
        "AND NOT EXISTS (SELECT FROM issues_category p WHERE p.parent_id = c.id) ORDER BY id LIMIT 1"
    )[0][0]


def fill(
    page: Page, stack: LiveStack, text: str, width: int = 40, leads_to: str = r"/outbox/$", **more: str
) -> None:
    """The report form as far as it is needed; then it is sent. By its width its photo is known again."""
    form = page.locator("form[data-outbox]")
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    form.locator("label.tile", has=page.locator(f"input[value='{small_matter(stack)}']")).click()
    form.locator("textarea[name=text]").fill(text)
    for name, value in more.items():
        form.locator(f"[name={name}]").fill(value)
    form.locator("input[name=photos]").set_input_files(picture(width))
    expect(form.locator(".previews img").first).to_be_visible()
    form.locator("button.wide").click()
    page.wait_for_url(re.compile(leads_to))


def item(page: Page, fate: str) -> Locator:
    return page.locator(f"#outbox > li[data-fate={fate}]")


def arrived(stack: LiveStack, text: str) -> list[tuple]:
    """A row for each issue with these words: its photos."""
    return stack.query(
        "SELECT (SELECT count(*) FROM issues_attachment a WHERE a.issue_id = i.id) FROM issues_issue i WHERE i.text = %s",
        (text,),
    )


def test_three_reports_without_a_net_arrive_once(
    page: Page, context: BrowserContext, live_stack: LiveStack
) -> None:
    texts = [anew(f"演示数据：没有网络时登记的第{number}件") for number in range(3)]
    context.set_offline(True)
    for number, text in enumerate(texts):
        page.goto(f"{live_stack.base_url}/report/")
        expect(page.locator("#kept-page")).to_be_visible()
        fill(page, live_stack, text)
        expect(item(page, "waiting")).to_have_count(number + 1)
    page.goto(f"{live_stack.base_url}/")
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_contain_text("今天")
    expect(page.locator("#kept-page")).to_contain_text("离线")
    expect(page.locator("[data-outbox-count]")).to_have_text("3")
    page.goto(f"{live_stack.base_url}/accounts/calendar/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("没有网络")
    # The phone is switched off and on again.
    page.close()
    page = context.new_page()
    page.goto(f"{live_stack.base_url}/outbox/")
    expect(item(page, "waiting")).to_have_count(3)
    assert [arrived(live_stack, text) for text in texts] == [[], [], []]

    context.set_offline(False)
    expect(item(page, "sent")).to_have_count(3, timeout=PATIENCE)
    page.reload()
    expect(item(page, "sent")).to_have_count(3)
    assert [arrived(live_stack, text) for text in texts] == [[(1,)]] * 3

    page.locator("form[action='/accounts/logout/'] button").click()
    page.wait_for_url(re.compile(r"/accounts/login/"))
    wait_for(lambda: not page.evaluate("caches.has('gezhi-pages')"), "nobody's pages are kept")


def photos_of(stack: LiveStack, text: str) -> list[list[int]]:
    """For each issue with these words the widths of its photos."""
    rows = stack.query(
        "SELECT ARRAY(SELECT a.width FROM issues_attachment a WHERE a.issue_id = i.id) FROM issues_issue i "
        "WHERE i.text = %s", (text,)
    )  # fmt: skip
    return [widths for (widths,) in rows]


# For a browser that is opened without a net: its workers run before a page can be told that there is none.
NO_NET = {"server": "http://127.0.0.1:9"}


class Phone:
    """A browser with a profile of its own on the disk: closed, or killed, it is opened again with what it had kept."""

    def __init__(self, kind: BrowserType, options: dict[str, Any], profile: Path) -> None:
        self.kind, self.options, self.profile = kind, options, profile

    def open(self, **options: Any) -> BrowserContext:
        self.context = self.kind.launch_persistent_context(self.profile, **self.options, **options)
        self.context.set_default_timeout(PATIENCE)
        return self.context

    def close(self) -> None:
        self.context.close()

    def kill(self) -> None:
        """The whole browser at once, as when a phone's power fails; it leads a group of processes of its own."""
        # The lock of a profile is a link to host-process.
        browser = int(os.readlink(self.profile / "SingletonLock").rpartition("-")[2])
        with self.context.expect_event("close"):
            os.killpg(browser, signal.SIGKILL)


@pytest.fixture
def phone(browser_type: BrowserType, browser_type_launch_args: dict, tmp_path: Path) -> Iterator[Phone]:
    place = {"locale": "zh-CN", "timezone_id": "Asia/Shanghai", "viewport": {"width": 390, "height": 844}}
    made = Phone(browser_type, browser_type_launch_args | place, tmp_path / "profile")
    yield made
    made.close()


@pytest.mark.parametrize("end", [Phone.close, Phone.kill])
def test_what_waits_outlives_the_browser(phone: Phone, live_stack: LiveStack, end: Any) -> None:
    """Signed in yesterday; three reports with a photo each without a net; then the browser is gone and opened anew."""
    worker_page(phone.open(), live_stack)
    phone.close()
    page = phone.open().new_page()
    page.goto(f"{live_stack.base_url}/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("今天")
    phone.context.set_offline(True)
    texts = {anew(f"演示数据：浏览器关掉之前登记的第{number}件"): 41 + number for number in range(3)}
    for text, width in texts.items():
        page.goto(f"{live_stack.base_url}/report/")
        fill(page, live_stack, text, width)
    expect(item(page, "waiting")).to_have_count(3)
    end(phone)

    page = phone.open(proxy=NO_NET).new_page()
    page.goto(f"{live_stack.base_url}/outbox/")
    rows = item(page, "waiting")
    expect(rows).to_have_count(3)
    expect(rows.locator("[data-photos]")).to_contain_text(["1"] * 3)
    assert [photos_of(live_stack, text) for text in texts] == [[], [], []]
    phone.close()
    page = phone.open().new_page()
    page.goto(f"{live_stack.base_url}/outbox/")
    expect(item(page, "sent")).to_have_count(3, timeout=PATIENCE)
    assert {text: photos_of(live_stack, text) for text in texts} == {
        text: [[width]] for text, width in texts.items()
    }

    # Nor once more when it is opened again.
    phone.close()
    page = phone.open().new_page()
    page.goto(f"{live_stack.base_url}/outbox/")
    expect(item(page, "sent")).to_have_count(3)
    page.evaluate("() => Kept.send({ force: true })")
    assert [photos_of(live_stack, text) for text in texts] == [[[width]] for width in texts.values()]


def test_a_net_that_fails_while_sending_loses_nothing(
    page: Page, context: BrowserContext, live_stack: LiveStack
) -> None:
    """The browser believes that there is a net; the worker sees that there is none."""
    text = anew("演示数据：发送时断网")
    page.add_init_script(SAYS_ONLINE)
    page.goto(f"{live_stack.base_url}/report/")
    context.set_offline(True)
    fill(page, live_stack, text)
    # It is tried at once and again later; until then it waits.
    expect(page.locator("#outbox > li")).to_have_count(1)
    assert arrived(live_stack, text) == []
    context.set_offline(False)
    page.reload()
    # At once, unless the net that has come back has sent it already.
    page.evaluate("() => Kept.send({ force: true })")
    expect(item(page, "sent")).to_have_count(1, timeout=PATIENCE)
    assert arrived(live_stack, text) == [(1,)]


@pytest.mark.parametrize(
    "answer", ["Promise.resolve(new Response('', { status: 503 }))", "new Promise(() => {})"]
)
def test_a_busy_platform_and_one_bar_of_signal_lose_nothing(
    page: Page, context: BrowserContext, live_stack: LiveStack, answer: str
) -> None:
    """There is a net; whoever stands before the platform puts it off, or no answer comes at all."""
    text = anew("演示数据：平台一时收不下")
    page.goto(f"{live_stack.base_url}/report/")
    [worker] = context.service_workers
    worker.evaluate(HURRIES)
    worker.evaluate(ANSWERED % answer)
    fill(page, live_stack, text)
    # The page itself sends it, past the worker.
    expect(item(page, "sent")).to_have_count(1, timeout=PATIENCE)
    assert arrived(live_stack, text) == [(1,)]


def test_what_somebody_signed_out_sends_waits_until_they_have_signed_in(
    page: Page, context: BrowserContext, live_stack: LiveStack
) -> None:
    text, user = anew("演示数据：登录过期后登记"), live_stack.credentials["users"]["grid_worker"]
    page.goto(f"{live_stack.base_url}/report/")
    context.clear_cookies(name="sessionid")
    fill(page, live_stack, text, leads_to=r"/accounts/login/\?next=/outbox/&kept=1$")
    expect(page.locator("main .notice")).to_contain_text("已存在这部手机里")
    assert arrived(live_stack, text) == []
    page.fill("input[name=username]", user["username"])
    page.fill("input[name=password]", user["password"])
    page.press("input[name=password]", "Enter")
    page.wait_for_url(re.compile(r"/outbox/$"))
    expect(item(page, "sent")).to_have_count(1, timeout=PATIENCE)
    assert arrived(live_stack, text) == [(1,)]


def test_what_the_phone_cannot_keep_says_that_there_is_no_net(
    page: Page, context: BrowserContext, live_stack: LiveStack
) -> None:
    """A number that is shown by the server alone, on a kept page; and another text size."""
    code = kept_matter(page, live_stack, anew("演示数据：没有网络时想打电话"), **CONTACT)
    show = page.locator("form[action*='/reveal/'] button")
    show.click()
    card = page.locator("#contact")
    expect(card).to_be_focused()
    expect(card.locator("a[href^='tel:']")).to_be_in_viewport()
    context.set_offline(True)
    page.goto(f"{live_stack.base_url}/i/{code}/")
    show.click(no_wait_after=True)
    expect(page.locator("#needs-net")).to_be_visible()
    page.locator("form.sizes button").last.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("没有网络")


def test_a_matter_of_today_is_there_though_one_left_the_list_at_once(
    context: BrowserContext, live_stack: LiveStack
) -> None:
    """Nor was it touched; and what the list brings while it stands open is kept, too."""
    page = phone_of("grid_worker", context, live_stack)
    matters = page.locator("#list a[data-keep]:not([data-keep=''])")
    paths = [urlsplit(one).path for one in matters.evaluate_all("all => all.map((one) => one.href)")]
    # The list has been told to the worker.
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.goto(f"{live_stack.base_url}/notices/")
    wait_for(lambda: page.evaluate(KEPT_PATHS, paths), "the pages of the list are kept")

    page.goto(f"{live_stack.base_url}/")
    page.evaluate(FORGET, paths[-1])
    page.evaluate(RENEWED)
    wait_for(lambda: page.evaluate(KEPT_PATHS, paths), "what is missing is kept again")
    context.set_offline(True)
    page.goto(f"{live_stack.base_url}{paths[-1]}")
    expect(page.locator("#kept-page")).to_be_visible()
    expect(page.locator("header.issue h1")).to_be_visible()


@pytest.mark.parametrize("says_online", [False, True])
def test_to_change_something_first_is_not_kept(
    page: Page, context: BrowserContext, live_stack: LiveStack, says_online: bool
) -> None:
    """It is a question to the server, which could only refuse it later: the page stays, and says what it waits for."""
    text = anew("演示数据：像是同一件的一件")
    if says_online:
        page.add_init_script(SAYS_ONLINE)
    for _time in range(2):
        page.goto(f"{live_stack.base_url}/report/")
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        form = page.locator("form[data-outbox]")
        form.locator("label.tile", has=page.locator(f"input[value='{small_matter(live_stack)}']")).click()
        form.locator("textarea[name=text]").fill(text)
        form.locator("button.wide").click()
        page.wait_for_load_state()
    back = page.locator("button[name=join][value=back]")
    expect(back).to_be_visible()
    context.set_offline(True)
    back.click(no_wait_after=True)
    expect(page.locator("#needs-net")).to_be_visible()
    assert page.evaluate("async () => (await Kept.all()).length") == 0
    context.set_offline(False)
    back.click()
    expect(page.locator("textarea[name=text]")).to_have_value(text)


def test_what_was_overtaken_is_shown_and_what_was_refused_is_corrected(
    page: Page, context: BrowserContext, live_stack: LiveStack
) -> None:
    text, stack = anew("演示数据：电话写错了的一件"), live_stack
    place = stack.credentials["users"]["grid_worker"]["unit_code"]
    told = {"place": place, "category": small_matter(stack), "text": "演示数据：两个人同时办理"}
    code = ask(stack, "grid_worker", "/issues/", **told)["code"]
    page.goto(f"{stack.base_url}/i/{code}/contact/")
    context.set_offline(True)
    form = page.locator("form[action$='/contact/']").first
    form.locator("[name=way]").first.check()
    form.locator("button").last.click()
    page.wait_for_url(re.compile(r"/outbox/$"))
    ask(stack, "grid_chief", f"/issues/{code}/sign/")
    page.goto(f"{stack.base_url}/report/")
    fill(page, stack, text, contact_name="演示居民", contact_phone="12")
    expect(item(page, "waiting")).to_have_count(2)

    context.set_offline(False)
    overtaken = item(page, "conflict")
    expect(overtaken).to_be_visible(timeout=PATIENCE)
    expect(overtaken).to_contain_text("办理中")
    expect(overtaken.locator("[data-open]")).to_have_attribute("href", f"/i/{code}/")
    happened = verbs_of(stack, code)
    assert "sign" in happened and "contact" not in happened

    refused = item(page, "refused")
    expect(refused).to_contain_text("电话", timeout=PATIENCE)
    assert arrived(stack, text) == []
    refused.locator("[data-correct]").click()
    form = page.locator("form[data-outbox]")
    expect(page.locator("#kept-again")).to_be_visible()
    expect(form.locator("textarea[name=text]")).to_have_value(text)
    expect(form.locator(".previews img")).to_have_count(1)
    phone = form.locator("[name=contact_phone]")
    expect(phone).to_have_attribute("aria-invalid", "true")
    phone.fill("13800001234")
    form.locator("button.wide").click()
    page.wait_for_url(re.compile(r"/outbox/$"))
    expect(item(page, "sent")).to_have_count(1, timeout=PATIENCE)
    expect(item(page, "refused")).to_have_count(0)
    assert arrived(stack, text) == [(1,)]

    page.once("dialog", lambda dialog: dialog.accept())
    item(page, "conflict").locator("[data-drop]").click()
    expect(item(page, "conflict")).to_have_count(0)


def kept_matter(page: Page, stack: LiveStack, text: str, **more: Any) -> str:
    """A matter that the worker has in hand, its page on the phone; the tracking code."""
    place = stack.credentials["users"]["grid_worker"]["unit_code"]
    told = {"place": place, "category": small_matter(stack), "text": text} | more
    code = ask(stack, "grid_worker", "/issues/", **told)["code"]
    ask(stack, "grid_worker", f"/issues/{code}/sign/")
    page.goto(f"{stack.base_url}/i/{code}/")
    wait_for(lambda: page.evaluate(KEPT_PATHS, [f"/i/{code}/"]), "its page is kept")
    return code


def step(page: Page, stack: LiveStack, code: str, verb: str, text: str, **answers: str) -> None:
    """One verb of the kept page, with a photo; it goes to the outbox."""
    page.goto(f"{stack.base_url}/i/{code}/")
    expect(page.locator("#kept-page")).to_be_visible()
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    form = page.locator(f"form[action$='/{verb}/']")
    for name, value in answers.items():
        form.locator(f"[name={name}]").select_option(value)
    form.locator("textarea[name=text]").fill(text)
    form.locator("input[name=photos]").set_input_files(picture())
    expect(form.locator(".previews img")).to_have_count(1)
    form.locator("> button").click()
    page.wait_for_url(re.compile(r"/outbox/$"))


def test_two_steps_of_one_matter_both_arrive(
    page: Page, context: BrowserContext, live_stack: LiveStack
) -> None:
    """Both stand on the kept page with the same version: nobody else was there."""
    code = kept_matter(page, live_stack, anew("演示数据：没有网络时办了两步"))
    context.set_offline(True)
    step(page, live_stack, code, "note", "先记一笔")
    step(page, live_stack, code, "submit_result", "已经办好", outcome="solved")
    expect(item(page, "waiting")).to_have_count(2)
    context.set_offline(False)
    expect(item(page, "sent")).to_have_count(2, timeout=PATIENCE)
    assert " ".join(verbs_of(live_stack, code)).startswith("report dispatch sign note submit_result")


def test_what_is_not_offered_any_more_is_shown_and_can_be_taken_out(
    page: Page, context: BrowserContext, live_stack: LiveStack
) -> None:
    """A single word in Latin letters, and the photo: with the name of the question."""
    code = kept_matter(page, live_stack, anew("演示数据：没有网络时被别人上交了"))
    context.set_offline(True)
    step(page, live_stack, code, "submit_result", "done", outcome="solved")
    ask(live_stack, "grid_chief", f"/issues/{code}/hand_up/", text="演示：请社区支持")
    context.set_offline(False)
    conflict = item(page, "conflict")
    expect(conflict).to_be_visible(timeout=PATIENCE)
    conflict.locator("[data-correct]").click()
    left = page.locator("#kept-stranded")
    expect(left).to_be_focused()
    expect(left.locator("p.words")).to_have_count(1)
    expect(left.locator("p.words")).to_contain_text("done")
    expect(left.locator("p.words strong")).not_to_be_empty()
    shown = left.locator(".previews img")
    wait_for(lambda: shown.evaluate("one => one.complete && one.naturalWidth > 0"), "the photo is shown")
    with page.expect_download() as download:
        left.locator(".previews a").click()
    assert download.value.path().stat().st_size > 0
    expect(left.locator(".previews a")).to_have_count(1)


def test_a_photo_that_is_gone_from_the_server_does_not_hold_the_rest_back(
    page: Page, context: BrowserContext, live_stack: LiveStack
) -> None:
    """Asked "is it one of these?" with a net, answered without one, sent when the photos that waited are swept."""
    text, stack = anew("演示数据：照片在服务器上等到没有了"), live_stack
    told = {"place": stack.credentials["users"]["grid_worker"]["unit_code"], "category": small_matter(stack)}
    ask(stack, "grid_worker", "/issues/", **told, text=text)
    page.goto(f"{stack.base_url}/report/")
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    form = page.locator("form[data-outbox]")
    form.locator("label.tile", has=page.locator(f"input[value='{told['category']}']")).click()
    form.locator("textarea[name=text]").fill(text)
    form.locator("input[name=photos]").set_input_files(picture())
    form.locator("button.wide").click()
    kept = page.locator("input[name=kept]").get_attribute("value") or ""
    context.set_offline(True)
    page.locator("button[name=join][value=new]").click()
    page.wait_for_url(re.compile(r"/outbox/$"))
    Path(stack.ready["media_root"], kept.partition(":")[0]).unlink()
    context.set_offline(False)
    refused = item(page, "refused")
    expect(refused).to_contain_text("照片", timeout=PATIENCE)
    refused.locator("[data-correct]").click()
    expect(page.locator("#kept-again [data-left-out]")).to_be_visible()
    expect(form.locator("textarea[name=text]")).to_have_value(text)
    expect(form.locator("input[name=kept]")).to_have_count(0)
    form.locator("input[name=photos]").set_input_files(picture())
    expect(form.locator(".previews img")).to_have_count(1)
    form.locator("button.wide").click()
    page.wait_for_url(re.compile(r"/outbox/$"))
    expect(item(page, "sent")).to_have_count(1, timeout=PATIENCE)
    assert sorted(arrived(stack, text)) == [(0,), (1,)]


def test_the_keyboard_stays_where_it_was_while_things_are_sent(
    page: Page, context: BrowserContext, live_stack: LiveStack
) -> None:
    context.set_offline(True)
    for number in range(3):
        page.goto(f"{live_stack.base_url}/report/")
        fill(page, live_stack, anew(f"演示数据：键盘停在第{number}件上"))
    rows = page.locator("#outbox > li")
    expect(rows).to_have_count(3)
    newest, middle = rows.nth(0), rows.nth(1)
    # A button that outlasts the sending, in the middle of what changes.
    middle.locator("[data-drop]").focus()
    page.evaluate("document.activeElement.closest('li').dataset.mark = 'same'")
    context.set_offline(False)
    expect(item(page, "sent")).to_have_count(3, timeout=PATIENCE)
    expect(middle.locator("[data-drop]")).to_be_focused()
    expect(middle).to_have_attribute("data-mark", "same")

    # Its row goes: then the one that comes to its place, from the last the one before, from the only one the notice.
    page.keyboard.press("Enter")
    expect(rows).to_have_count(2)
    expect(rows.nth(1)).to_be_focused()
    rows.nth(1).locator("[data-drop]").focus()
    page.keyboard.press("Enter")
    expect(rows).to_have_count(1)
    expect(newest).to_be_focused()
    newest.locator("[data-drop]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#outbox-empty")).to_be_focused()

    # A button that goes when it has done its work: then its row.
    context.set_offline(True)
    page.goto(f"{live_stack.base_url}/report/")
    fill(page, live_stack, anew("演示数据：键盘停在发送上"))
    send = newest.locator("[data-send]")
    send.focus()
    page.keyboard.press("Enter")
    expect(send).to_be_focused()
    context.set_offline(False)
    expect(item(page, "sent")).to_have_count(1, timeout=PATIENCE)
    expect(newest).to_be_focused()


def test_who_came_to_an_activity_is_ticked_without_a_net(
    context: BrowserContext, live_stack: LiveStack
) -> None:
    """One tap after the other, the list stays open; each counts from when it was ticked."""
    role = "community_secretary"
    user = live_stack.credentials["users"][role]
    told = {"code": user["unit_code"], "username": user["username"]}
    activity, first, second = live_stack.python(UNDER_WAY.format(**told))
    state = "SELECT state FROM volunteers_activity WHERE id = %s"
    wait_for(lambda: live_stack.query(state, (activity,)) == [("under_way",)], "it is under way")
    page, path = phone_of(role, context, live_stack), f"/volunteers/run/{activity}/"
    page.goto(f"{live_stack.base_url}{path}")
    wait_for(lambda: page.evaluate(KEPT_PATHS, [path]), "the list is kept")

    context.set_offline(True)
    page.goto(f"{live_stack.base_url}{path}")
    expect(page.locator("#kept-page")).to_be_visible()
    kept = page.get_by_text("已存在手机里，有网即发", exact=True)
    page.locator(f"form[action*='/sign-ups/{first}/check_in/'] button").click()
    expect(kept).to_have_count(1)
    expect(kept).to_be_focused()
    page.locator(f"form[action*='/sign-ups/{second}/no_show/'] button").click()
    expect(kept).to_have_count(2)
    # Shown again, it does not ask for what was ticked.
    page.reload()
    expect(kept).to_have_count(2)
    expect(page.locator("[data-outbox-count]")).to_have_text("2")

    context.set_offline(False)
    # Once all has gone, the list as it is now.
    expect(page.locator(f"form[action*='/sign-ups/{first}/check_out/']")).to_be_visible(timeout=PATIENCE)
    page.goto(f"{live_stack.base_url}/outbox/")
    expect(item(page, "sent")).to_have_count(2)
    rows = "SELECT state, checked_in_at = date_trunc('minute', checked_in_at) FROM volunteers_signup WHERE id = %s"
    # A phone says the minute.
    assert [live_stack.query(rows, (one,)) for one in (first, second)] == [
        [("in", True)],
        [("no_show", None)],
    ]


def test_what_waits_is_corrected_without_a_net(
    page: Page, context: BrowserContext, live_stack: LiveStack
) -> None:
    """Its form stands on the kept page of the matter; what is not there waits for a net, and for nothing else."""
    code = kept_matter(page, live_stack, anew("演示数据：没有网络时写错了"))
    context.set_offline(True)
    step(page, live_stack, code, "note", "写错的一笔")
    item(page, "waiting").locator("[data-correct]").click()
    form = page.locator("form[action$='/note/']")
    expect(form.locator("textarea[name=text]")).to_have_value("写错的一笔")
    form.locator("textarea[name=text]").fill("改好的一笔")
    form.locator("> button").click()
    page.wait_for_url(re.compile(r"/outbox/$"))
    expect(item(page, "waiting")).to_have_count(1)
    context.set_offline(False)
    expect(item(page, "sent")).to_have_count(1, timeout=PATIENCE)
    words = "SELECT n.text FROM issues_note n JOIN issues_issue i ON i.id = n.issue_id WHERE i.code = %s ORDER BY n.id"
    assert live_stack.query(words, (code,))[-1] == ("改好的一笔",)


def test_a_contact_without_a_net_stands_in_the_history_as_of_its_tap(
    page: Page, context: BrowserContext, live_stack: LiveStack
) -> None:
    seen = (datetime.now(UTC) - timedelta(hours=2)).isoformat()
    code = kept_matter(page, live_stack, anew("演示数据：没有网络时联系了居民"), occurred_at=seen)
    context.set_offline(True)
    page.goto(f"{live_stack.base_url}/i/{code}/")
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    form = page.locator("form[action$='/contact/']")
    form.locator("[name=way]").first.check()
    form.locator("textarea[name=text]").fill(
        "打了电话，说好明天上门看漏水的地方，请物业的师傅也一起到现场来看一看，约在九点，带上梯子和工具"
    )
    form.locator("> button").click()
    page.wait_for_url(re.compile(r"/outbox/$"))
    expect(item(page, "waiting").locator("[data-written]")).to_have_text(re.compile("^打了电话，.{35}…$"))
    context.set_offline(False)
    expect(item(page, "sent")).to_have_count(1, timeout=PATIENCE)
    # A phone says the minute.
    when = (
        "SELECT e.occurred_at = date_trunc('minute', e.occurred_at), e.occurred_at < e.recorded_at FROM trail_event e "
        "JOIN issues_issue i ON i.id = e.subject_id WHERE e.subject_type = 'issue' AND e.verb = 'contact' AND i.code = %s"
    )
    assert live_stack.query(when, (code,)) == [(True, True)]


def test_a_whistle_without_a_net_says_which_kind(
    page: Page, context: BrowserContext, live_stack: LiveStack
) -> None:
    """The button that was pressed goes along."""
    code = kept_matter(page, live_stack, anew("演示数据：没有网络时吹哨"))
    community = live_stack.credentials["users"]["grid_worker"]["unit_code"][:12]
    context.set_offline(True)
    page.goto(f"{live_stack.base_url}/i/{code}/")
    form = page.locator("form[action$='/whistle/']")
    page.locator("details", has=form).locator("> summary").click()
    form.locator("label.choice", has=page.locator(f"input[name=units][value='{community}']")).click()
    form.locator("button[name=kind][value=quick]").click()
    page.wait_for_url(re.compile(r"/outbox/$"))
    expect(item(page, "waiting")).to_have_count(1)
    context.set_offline(False)
    expect(item(page, "sent")).to_have_count(1, timeout=PATIENCE)
    kind = "SELECT w.kind FROM issues_whistle w JOIN issues_issue i ON i.id = w.issue_id WHERE i.code = %s"
    assert live_stack.query(kind, (code,)) == [("quick",)]


def pasted(text: str) -> str:
    """As it is copied out of a chat; the number is masked in the words that are registered."""
    return f"演示张 18:20\n{text}\n电话13800001234"


def from_chat(stack: LiveStack, text: str) -> list[tuple]:
    """(category, source, is there a contact) of each issue that begins with these words."""
    return stack.query(
        "SELECT c.key, i.source, EXISTS (SELECT FROM issues_reporter r WHERE r.issue_id = i.id) FROM issues_issue i "
        "JOIN issues_category c ON c.id = i.category_id WHERE i.text LIKE %s",
        (f"{text}%",),
    )


def test_a_message_pasted_without_a_net_comes_back_to_be_corrected_and_arrives_once(
    page: Page, context: BrowserContext, live_stack: LiveStack
) -> None:
    """The page can be read; its words do not say what it is about, so that its tile is asked for."""
    text, stack = anew("演示数据请到现场看一看"), live_stack
    page.reload()
    wait_for(lambda: page.evaluate(KEPT_PATHS, ["/report/chat/"]), "the page to paste at is kept")
    context.set_offline(True)
    page.goto(f"{stack.base_url}/report/chat/")
    expect(page.locator("#kept-page")).to_be_visible()
    form = page.locator("form[data-outbox]")
    form.locator("textarea[name=pasted]").fill(pasted(text))
    form.locator("button.wide").click()
    page.wait_for_url(re.compile(r"/outbox/$"))
    page.reload()
    expect(item(page, "waiting")).to_have_count(1)
    assert from_chat(stack, text) == []

    context.set_offline(False)
    refused = item(page, "refused")
    expect(refused).to_be_visible(timeout=PATIENCE)
    refused.locator("[data-correct]").click()
    expect(page.locator("#kept-again")).to_be_visible()
    expect(form.locator("textarea[name=pasted]")).to_have_value(pasted(text))
    expect(form.locator("fieldset.tiles .errors")).to_be_visible()
    key = small_matter(stack)
    form.locator("label.tile", has=page.locator(f"input[value='{key}']")).click()
    form.locator("button.wide").click()
    page.wait_for_url(re.compile(r"/outbox/$"))
    expect(item(page, "sent")).to_have_count(1, timeout=PATIENCE)
    page.evaluate("() => Kept.send({ force: true })")
    page.reload()
    expect(page.locator("#outbox > li")).to_have_count(1)
    assert from_chat(stack, text) == [(key, "chat", True)]


def test_what_was_read_out_of_a_message_is_kept_too(
    page: Page, context: BrowserContext, live_stack: LiveStack
) -> None:
    """Read with a net, sent without one; refused, it is filled in again with its place."""
    text, stack = anew("演示数据群里说的一件"), live_stack
    page.goto(f"{stack.base_url}/report/chat/")
    page.fill("textarea[name=pasted]", pasted(text))
    page.locator("form[data-outbox] button.wide").click()
    form = page.locator("form[data-outbox]")
    expect(form.locator("textarea[name=text]")).to_have_value(f"{text}\n电话138****1234")
    place = form.locator("input[name=place]:checked").input_value()
    form.locator("label.tile", has=page.locator(f"input[value='{small_matter(stack)}']")).click()
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    form.locator("[name=contact_phone]").fill("12")
    context.set_offline(True)
    form.locator("button.wide").click()
    page.wait_for_url(re.compile(r"/outbox/$"))
    context.set_offline(False)
    refused = item(page, "refused")
    expect(refused).to_contain_text("电话", timeout=PATIENCE)
    refused.locator("[data-correct]").click()
    expect(form.locator("textarea[name=text]")).to_have_value(f"{text}\n电话138****1234")
    expect(form.locator("input[name=place]:checked")).to_have_value(place)
    form.locator("[name=contact_phone]").fill("13800001234")
    form.locator("button.wide").click()
    page.wait_for_url(re.compile(r"/outbox/$"))
    expect(item(page, "sent")).to_have_count(1, timeout=PATIENCE)
    assert from_chat(stack, text) == [(small_matter(stack), "chat", True)]


def test_a_busy_server_keeps_the_order(page: Page, context: BrowserContext, live_stack: LiveStack) -> None:
    """The first step is asked for later; the second waits for it."""
    page.add_init_script(BUSY_ONCE)
    code = kept_matter(page, live_stack, anew("演示数据：平台繁忙时办了两步"))
    context.set_offline(True)
    step(page, live_stack, code, "note", "先记一笔")
    step(page, live_stack, code, "submit_result", "已经办好", outcome="solved")
    context.set_offline(False)
    wait_for(lambda: page.evaluate("sent") == ["note"], "the first was asked for alone")
    page.evaluate("() => Kept.send({ force: true })")
    expect(item(page, "sent")).to_have_count(2, timeout=PATIENCE)
    assert page.evaluate("sent") == ["note", "note", "submit_result"]
    assert " ".join(verbs_of(live_stack, code)).startswith("report dispatch sign note submit_result")
