"""Photos of a form: a camera gives one at a time, so the next one comes beside it, and each can be taken out again. Where
and with what it was taken stays behind on the phone."""

import io
import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import ExifTags, Image
from playwright.sync_api import Locator, Page, expect

from issues.actions.photos import MOST_PHOTOS
from tests.browser.people import KEPT_PATHS, People, anew, picture, send_report
from tests.browser.watch import AA
from tests.live import wait_for

pytestmark = [pytest.mark.live, pytest.mark.browser]
WIDTHS = "(one) => Promise.all(Array.from(one.files, async (file) => (await createImageBitmap(file)).width))"
BYTES = "async (one) => Array.from(new Uint8Array(await one.arrayBuffer()))"
CHOSEN = f"(field) => ({BYTES})(field.files[0])"
KEPT = f"async () => ({BYTES})((await Kept.all())[0].files[0][1])"
CHOSE_NOTHING = "(one) => { one.value = ''; one.dispatchEvent(new Event('change', { bubbles: true })); }"


def opened(people: People, text: str = "standard") -> tuple[Page, Locator]:
    """The resident's page in this size of text, and what belongs to its photos."""
    page = people.page("resident")
    page.context.add_cookies([{"name": "gezhi_text", "value": text, "url": people.stack.base_url}])
    page.goto(people.stack.credentials["resident_url"])
    return page, page.locator("form[data-once] [data-photos]").first


def choose(box: Locator, *widths: int) -> None:
    """As from the camera or the album; a photo is known again by its width."""
    box.locator("input[type=file]").set_input_files([picture(width) for width in widths])


def has(box: Locator, *widths: int) -> None:
    """These photos are shown, said and sent, in this order."""
    expect(box.locator(".previews img")).to_have_count(len(widths))
    field: Any = box.locator("input[type=file]")
    wait_for(lambda: field.evaluate(WIDTHS) == list(widths), f"{widths} are sent")
    expect(box.locator("[role=status]")).to_contain_text(str(len(widths)))


def test_one_after_the_other(people: People) -> None:
    page, box = opened(people)
    for number, width in enumerate((40, 50, 60), 1):
        choose(box, width)
        has(box, *(40, 50, 60)[:number])
    box.locator("input[type=file]").evaluate(CHOSE_NOTHING)
    has(box, 40, 50, 60)
    box.locator(".previews button").nth(1).click()
    has(box, 40, 60)
    choose(box, 70, 80)
    has(box, 40, 60, 70, 80)
    text = anew("演示数据：分两次拍的照片")
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    page.locator("label.tile", has=page.locator("input[value=home_stairs]")).click()
    page.fill("textarea[name=text]", text)
    send_report(page)
    photos = (
        "SELECT a.width FROM issues_attachment a JOIN issues_issue i ON i.id = a.issue_id "
        "WHERE i.text = %s ORDER BY a.id"
    )
    assert people.stack.query(photos, (text,)) == [(40,), (60,), (70,), (80,)]
    assert people.problems == people.strangers == []


def test_no_more_than_go_and_it_is_said(people: People) -> None:
    _page, box = opened(people)
    choose(box, 40)
    has(box, 40)
    more = [50 + number for number in range(MOST_PHOTOS)]
    choose(box, *more)
    has(box, 40, *more[: MOST_PHOTOS - 1])
    full = box.get_attribute("data-full") or ""
    expect(box.locator("[role=status]")).to_have_text(full.replace("{number}", str(MOST_PHOTOS)))


@pytest.mark.parametrize(("text", "least"), [("standard", 44), ("large", 60), ("larger", 60)])
def test_taken_out_with_the_keys(people: People, text: str, least: int) -> None:
    page, box = opened(people, text)
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    choose(box, 40, 50, 60)
    has(box, 40, 50, 60)
    buttons = box.locator(".previews button")
    for number in range(3):
        expect(buttons.nth(number)).to_have_attribute("aria-label", re.compile(str(number + 1)))
        size = buttons.nth(number).bounding_box()
        assert size and min(size["height"], size["width"]) >= least
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": AA}, "resultTypes": ["violations"]})
    assert found.response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0

    # From the field with the Tab key; then the next one has come to its place, at the end the one before, then the field.
    box.locator("input[type=file]").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(buttons.nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    has(box, 40, 60)
    expect(buttons.nth(1)).to_be_focused()
    page.keyboard.press("Space")
    has(box, 40)
    expect(buttons.nth(0)).to_be_focused()
    page.keyboard.press("Enter")
    has(box)
    expect(box.locator("input[type=file]")).to_be_focused()
    assert people.problems == []


def taken_somewhere() -> Any:
    """A photo as a telephone takes it: lying on its side, and saying where that was and with what."""
    exif, out = Image.Exif(), io.BytesIO()
    exif[ExifTags.Base.Orientation], exif[ExifTags.Base.Make] = 6, "Phone Maker"
    exif[ExifTags.IFD.GPSInfo] = {1: "N", 2: (43.0, 52.0, 30.0), 3: "E", 4: (125.0, 20.0, 0.0)}
    Image.new("RGB", (40, 30), "green").save(out, "JPEG", exif=exif)
    return {"name": "IMG_20260310.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def tells(photo: list[int] | bytes) -> tuple[dict, tuple[int, int]]:
    """What a picture says besides what is to be seen on it, and its size."""
    found = Image.open(io.BytesIO(bytes(photo)))
    told = dict(found.getexif()) | found.getexif().get_ifd(ExifTags.IFD.GPSInfo)
    return told | {
        key: found.info[key] for key in ("exif", "xmp", "comment") if key in found.info
    }, found.size


def test_where_it_was_taken_does_not_leave_the_phone(people: People) -> None:
    """Neither in the form nor in what waits in the outbox, which is sent byte by byte; and it stands upright."""
    taken = taken_somewhere()
    assert tells(taken["buffer"])[0][2] == (43.0, 52.0, 30.0)
    page = people.page("grid_worker")
    wait_for(lambda: page.evaluate("navigator.serviceWorker.controller !== null"), "the worker is there")
    page.goto(f"{people.stack.base_url}/report/")
    form = page.locator("form[data-outbox]")
    form.locator("input[name=photos]").set_input_files(taken)
    expect(form.locator(".previews img")).to_have_count(1)
    chosen = form.locator("input[name=photos]").evaluate(CHOSEN)
    assert tells(chosen) == ({}, (30, 40))
    assert form.locator("input[name=photos]").evaluate("(field) => field.files[0].name") == "photo.jpg"
    form.locator("label.tile", has=page.locator("input[value=clean_rubbish]")).click()
    wait_for(lambda: page.evaluate(KEPT_PATHS, ["/outbox/"]), "the outbox is kept")
    people.contexts["grid_worker"].set_offline(True)
    form.locator("button.wide").click()
    page.wait_for_url(re.compile(r"/outbox/$"))
    expect(page.locator("#outbox > li")).to_have_count(1)
    assert page.evaluate(KEPT) == chosen
    page.once("dialog", lambda dialog: dialog.accept())
    page.locator("#outbox > li [data-drop]").click()
    expect(page.locator("#outbox > li")).to_have_count(0)
    people.contexts["grid_worker"].set_offline(False)
    assert people.strangers == []
