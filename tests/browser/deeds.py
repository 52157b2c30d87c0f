"""What somebody does on a page to come to the next one."""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from django.utils import translation
from django.utils.translation import gettext as _
from playwright.sync_api import Page, expect

from tests.browser.watch import OPEN_ALL
from tests.faces import photo

Deed = Callable[[Page], Any]
PICTURE = {"name": "lamp.jpg", "mimeType": "image/jpeg"}


def press(selector: str) -> Deed:
    """Send a form as it stands, past the browser's own questions."""

    def go(page: Page) -> None:
        page.evaluate("document.querySelectorAll('form').forEach((one) => { one.noValidate = true; })")
        page.evaluate(OPEN_ALL)
        page.locator(selector).last.click()

    return go


def open_account(page: Page) -> None:
    """Another name each time: the first password stands on the answer."""
    page.fill("[name=open-username]", f"new.{uuid4().hex[:8]}")
    page.fill("[name=open-display_name]", "演示·新人")
    page.locator("form[action$='?open'] button").click()


def unsigned(selector: str) -> Deed:
    """Send a form without its token, as a page that was open too long does."""

    def go(page: Page) -> None:
        page.evaluate(
            "document.querySelectorAll('[name=csrfmiddlewaretoken]').forEach((one) => one.remove())"
        )
        press(selector)(page)

    return go


def fill(selector: str, **answers: str) -> Deed:
    """Answer these fields by name (a list of words ticks or chooses), then send."""

    def go(page: Page) -> None:
        page.evaluate(OPEN_ALL)
        for name, value in answers.items():
            page.locator(f"[name='{name}']").first.fill(value)
        press(selector)(page)

    return go


def agree(selector: str, name: str) -> Deed:
    """Tick the box of this name, then send."""

    def go(page: Page) -> None:
        page.evaluate(OPEN_ALL)
        page.check(f"[name='{name}']")
        press(selector)(page)

    return go


def give(selector: str, name: str, data: bytes) -> Deed:
    """Choose a file of this name, then send."""

    def go(page: Page) -> None:
        page.set_input_files("input[type=file]", {"name": name, "mimeType": "", "buffer": data})
        press(selector)(page)

    return go


def report(category: str, *, join: str = "") -> Deed:
    """Report something with a photo; it is like what was reported here already. `join`: answer to that."""

    def go(page: Page) -> None:
        page.evaluate(OPEN_ALL)
        page.check(f"input[value='{category}']")
        page.fill("textarea[name=text]", "演示数据：楼道灯坏了，晚上看不清台阶")
        page.set_input_files("input[type=file]", PICTURE | {"buffer": photo().read()})
        press("form[data-once] button.wide")(page)
        page.wait_for_selector("button[name=join]")
        if join:
            press(f"button[name=join][value={join}]")(page)
            page.wait_for_url(re.compile(r"/sent/$"))

    return go


def wrong_passwords(page: Page) -> None:
    """Until one is locked out."""
    for _try in range(11):
        if not page.locator("input[name=password]").count():
            return
        page.fill("input[name=username]", "nobody-at-all")
        page.fill("input[name=password]", "not-the-password")
        page.press("input[name=password]", "Enter")
        page.wait_for_load_state()


def refused_with_photo(page: Page) -> None:
    """A report with nothing but a photo: refused, and the photo is kept meanwhile."""
    page.set_input_files("input[type=file]", PICTURE | {"buffer": photo().read()})
    press("form[data-once] button.wide")(page)
    page.wait_for_selector("input[name=kept]", state="attached")


SAY_EVERYTHING = """() => {
  document.querySelectorAll('main > [id|=kept], [data-left-out]').forEach((one) => { one.hidden = false; });
  document.querySelector('#kept-page time').append('12:00');
}"""


def say_everything(page: Page) -> None:
    """What a phone says when there is no net, when it cannot keep something, when it is corrected: all at once."""
    page.evaluate(SAY_EVERYTHING)


# Rows as the phone keeps them (static/js/kept.js), on this page alone; nothing of it is sent or stays.
SHOW_ROWS = """async (rows) => {
  const me = document.documentElement.dataset.person;
  const since = Date.now(), mine = rows.map((row, place) => (
    { photos: 0, ...row, id: `row-${place}`, person: me, at: since - place * 3600000 }));
  Kept.all = async () => mine;
  Kept.get = async (id) => mine.find((one) => one.id === id);
  Kept.send = async () => {};
  await Kept.changed();
  return Array.from(document.querySelectorAll('#outbox-words [data-word]'), (one) => one.dataset.word);
}"""


def every_fate(page: Page) -> None:
    """The outbox with something of every fate in it, in the page's language; "send now" finds no net."""
    with translation.override(page.locator("html").get_attribute("lang")):
        rows = _kept_rows()
    assert set(page.evaluate(SHOW_ROWS, rows)) == {row["fate"] for row in rows} | {"busy"}
    page.locator("#outbox > [data-fate=waiting] [data-send]").first.click()
    expect(page.locator("#outbox > [data-fate=waiting] [data-said]").first).not_to_be_empty()


def _kept_rows() -> list[dict[str, Any]]:
    """Of each fate what looks different: with and without photos, reasons, an address."""
    written = [
        ["text", "演示数据：楼道灯坏了，晚上看不清台阶，三楼到五楼都是黑的，老人下楼不方便，请尽快修好"]
    ]
    report = {"action": "/report/1/", "label": f"{_('Report')} · 演示·长山花园1号楼", "fields": written}
    note = {"action": "/i/demo/note/", "label": f"{_('Note')} · 20261201-000001"}
    tick = {"action": "/volunteers/sign-ups/1/check_in/", "label": f"{_('Has come')} · 演示·小志"}
    wrong = {
        "contact_phone": [_("This is not a telephone number. Example: 138 0000 0000.")],
        "": [_("It cannot be sent like this. Open it, look at it again and send it.")],
    }
    stands = _("It is “%(state)s” now, with %(owner)s.") % {"state": _("In hand"), "owner": "演示·长山社区"}
    other = {"": [_("Possible now: %(verbs)s") % {"verbs": _("Note")}]}
    done = {"said": [_("Registered: %(number)s.") % {"number": "20261201-000002"}], "address": "/i/demo/"}
    return [
        report | {"fate": "waiting", "photos": 3},
        # It may be under way already: it is not corrected any more.
        note | {"fate": "waiting", "attempted": 1},
        report | {"fate": "waiting", "busy": 3},
        note | {"fate": "sending"},
        report | {"fate": "held", "photos": 1},
        tick | {"fate": "unsure"},
        report | {"fate": "sign_in"},
        report | {"fate": "refused", "problems": wrong, "labels": {"contact_phone": _("Telephone")}},
        # By somebody before the platform: too large.
        report | {"fate": "refused", "problems": {}, "labels": {}, "photos": 9},
        note | {"fate": "conflict", "problems": other, "labels": {}, "stands": stands},
        tick | {"fate": "conflict", "problems": other, "labels": {}, "stands": ""},
        report | {"fate": "sent", "photos": 2} | done,
        tick | {"fate": "sent"},
    ]
