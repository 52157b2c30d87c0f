"""Take the pictures of both READMEs from a running demo, in both languages: docs/pictures/<name>.<language>.png.

make demo RESET=1    # in one terminal; freshly seeded, whistles are still running
make pictures        # in another

It signs in by role. As a resident it reports one matter for each language, which the grid then settles, so that the page
on which one follows a matter has something to tell. Nothing that opens anything may stand in a picture: that is looked at.
"""

import argparse
import json
import sys
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts.browser import find  # noqa: E402

PLACE = ROOT / "docs" / "pictures"
# Bytes; and with how many colours it is tried, the most first.
MOST, COLOURS = 200_000, (256, 128, 64, 32)
# Language of a file's name → of the browser, of the platform, and the resident's and the grid's words.
LANGUAGES = {
    "zh": ("zh-CN", "zh-hans", "演示数据：三楼楼道的灯坏了，晚上看不清台阶", "灯已换好，三楼到四楼都亮了"),
    "en": (
        *("en-GB", "en", "Demo data: the light on the third floor is out, one cannot see the steps"),
        "The light is replaced, third and fourth floor are lit again.",
    ),
}
CATEGORY = "home_stairs"


@dataclass(frozen=True)
class Shot:
    """Who looks at which page ("" is the resident on the page of their matter), on a screen of this size; `scale` is
    how many dots of it make one of the page's."""

    role: str
    path: str
    width: int
    height: int
    scale: int = 1


SHOTS = {
    "staff": Shot("street_dispatcher", "/admin/", 1440, 900),
    "phone": Shot("grid_worker", "/", 390, 844, 2),
    "resident": Shot("", "", 390, 844, 2),
    "screen": Shot("supervisor", "/screen/", 1920, 1080),
}


def packed(picture: bytes) -> bytes:
    """The same picture in as many colours as fit into MOST bytes. Raises ValueError where even few do not."""
    image = Image.open(BytesIO(picture)).convert("RGB")
    for colours in COLOURS:
        out = BytesIO()
        image.quantize(colours, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
        if out.tell() <= MOST:
            return out.getvalue()
    raise ValueError(f"more than {MOST} bytes even with {COLOURS[-1]} colours")


def secrets_in(text: str, demo: dict[str, Any]) -> list[str]:
    """Whose passwords, tokens and keys of the demo stand in this text, by where the sign-ins have them."""
    users = [(role, user[name]) for role, user in demo["users"].items() for name in ("password", "token")]
    others = [("service", demo["service"]["token"]), ("open311_key", demo["open311_key"])]
    others.append(("resident_url", demo["resident_url"].rstrip("/").rpartition("/")[2]))
    return sorted({name for name, secret in users + others if secret in text})


def report(browser: Browser, demo: dict[str, Any], language: str) -> str:
    """Report and settle one matter; the link by which the resident follows it."""
    _browser, _platform, text, result = LANGUAGES[language]
    page = browser.new_page(locale="zh-CN")
    page.goto(demo["resident_url"])
    page.check(f"input[value='{CATEGORY}']")
    page.fill("textarea[name=text]", text)
    page.locator("form[data-once] button.wide").click()
    new = page.locator("button[name=join][value=new]")
    new.or_(page.locator("#link")).first.wait_for()
    if new.count():
        new.click()
    link = page.locator("#link").input_value()
    # The link is the tracking code and its signature.
    code = unquote(link.rstrip("/").rpartition("/")[2]).partition(":")[0]
    api, worker = f"{demo['base_url']}/api/v1/issues", demo["users"]["grid_worker"]
    headers = {"Authorization": f"Token {worker['token']}"}
    for verb, told in (("sign", {}), ("submit_result", {"outcome": "solved", "text": result})):
        answer = page.request.post(f"{api}/{code}/{verb}/", headers=headers, data=told)
        assert answer.ok, answer.text()
    page.close()
    return link


def sign_in(page: Page, base: str, user: dict[str, str]) -> None:
    page.goto(f"{base}/accounts/login/")
    page.fill("input[name=username]", user["username"])
    page.fill("input[name=password]", user["password"])
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda url: "/login/" not in url)


def take(browser: Browser, demo: dict[str, Any], shot: Shot, language: str, address: str) -> bytes:
    """The page as this person sees it in this language, with all its letters. Stops where a secret stands in it."""
    locale, platform, *_words = LANGUAGES[language]
    context = browser.new_context(
        locale=locale,
        timezone_id="Asia/Shanghai",
        viewport={"width": shot.width, "height": shot.height},
        device_scale_factor=shot.scale,
        color_scheme="light",
        reduced_motion="reduce",
    )
    context.add_cookies([{"name": "django_language", "value": platform, "url": demo["base_url"]}])
    page = context.new_page()
    if shot.role:
        sign_in(page, demo["base_url"], demo["users"][shot.role])
    page.goto(address, wait_until="load")
    page.evaluate("document.fonts.ready.then(() => true)")
    fields = page.locator("input:not([type=hidden]), textarea")
    typed: list[str] = fields.evaluate_all("fields => fields.map(one => one.value)")
    if found := secrets_in("\n".join([page.locator("body").inner_text(), *typed]), demo):
        sys.exit(f"{address} shows what opens something: {', '.join(found)}")
    picture = page.screenshot()
    context.close()
    return picture


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--credentials", type=Path, default=ROOT / ".demo" / "credentials.json")
    demo = json.loads(parser.parse_args().credentials.read_text(encoding="utf-8"))
    PLACE.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(), args=["--no-sandbox"])
        for language in LANGUAGES:
            followed = report(browser, demo, language)
            for name, shot in SHOTS.items():
                address = f"{demo['base_url']}{shot.path}" if shot.role else followed
                picture = packed(take(browser, demo, shot, language, address))
                (PLACE / f"{name}.{language}.png").write_bytes(picture)
                print(f"  ✓ {name}.{language}.png  {len(picture) // 1000} kB", file=sys.stderr)
        browser.close()


if __name__ == "__main__":
    main()
