"""Take docs/picture.png from a running demo: the staff desk, a worker's phone, a resident's report page side by side.

make demo                          # in one terminal
.venv/bin/python scripts/picture.py
"""

import base64
import json
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts.browser import find  # noqa: E402

FRAME = """<body style="margin:0;padding:24px;display:flex;gap:24px;align-items:flex-start;background:#dfe5ec">
{}</body>"""
SHOT = (
    '<img src="data:image/png;base64,{}" style="height:720px;border-radius:10px;box-shadow:0 4px 18px #0003">'
)


def sign_in(page: Page, base: str, user: dict, after: str) -> None:
    page.goto(f"{base}/accounts/login/?next={after}")
    page.fill("input[name=username]", user["username"])
    page.fill("input[name=password]", user["password"])
    page.press("input[name=password]", "Enter")
    page.wait_for_load_state("networkidle")


def shot(browser: Browser, width: int, show: object) -> str:
    context = browser.new_context(
        locale="zh-CN", viewport={"width": width, "height": 844 if width < 500 else 900}
    )
    page = context.new_page()
    show(page)
    picture = base64.b64encode(page.screenshot()).decode()
    context.close()
    return SHOT.format(picture)


def main() -> None:
    demo = json.loads((ROOT / ".demo" / "credentials.json").read_text())
    base, users = demo["base_url"], demo["users"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(), args=["--no-sandbox"])
        shots = [
            shot(browser, 1440, lambda page: sign_in(page, base, users["street_dispatcher"], "/admin/")),
            shot(browser, 390, lambda page: sign_in(page, base, users["grid_worker"], "/")),
            shot(browser, 390, lambda page: page.goto(demo["resident_url"])),
        ]
        page = browser.new_page(viewport={"width": 1900, "height": 768})
        page.set_content(FRAME.format("".join(shots)))
        page.screenshot(path=ROOT / "docs" / "picture.png", full_page=True)
        browser.close()


if __name__ == "__main__":
    main()
