"""Find a Chromium for the tests, or install one: the system's, Debian's package, Playwright's download.

Run as a script it makes sure that there is one, and stops with an error where that is not possible: browser
tests are never skipped silently. Imported, it only finds.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HELP = """\
No Chromium for the browser tests, and none could be installed. Do one of these and run again:
  - Debian, Ubuntu (as root):  apt-get install chromium fonts-noto-cjk
  - any system:                {python} -m playwright install --with-deps chromium
  - an existing one:           GEZHI_CHROMIUM=/path/to/chromium make test
`make test-quick` runs everything that needs no browser."""


def system_chromium() -> str | None:
    """Path of a Chromium that the system has (or GEZHI_CHROMIUM names); None if there is none."""
    named = os.environ.get("GEZHI_CHROMIUM")
    return shutil.which(named) if named else next(filter(None, map(shutil.which, NAMES)), None)


def playwright_chromium() -> str | None:
    """Path of the Chromium that Playwright downloaded earlier, if it is there."""
    code = (
        "from playwright.sync_api import sync_playwright as p\n"
        "with p() as playwright: print(playwright.chromium.executable_path)"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    path = answer.stdout.strip()
    return path if path and Path(path).exists() else None


def apt_install(*packages: str) -> bool:
    """Install Debian packages where we may; did it work?"""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        if subprocess.run(["apt-get", "-qq", *command], env=env, stdin=subprocess.DEVNULL).returncode:
            return False
    return True


def has_chinese_font() -> bool:
    """Can the system draw Chinese? Asked of fontconfig."""
    if not shutil.which("fc-list"):
        return False
    return bool(subprocess.run(["fc-list", ":lang=zh"], capture_output=True, text=True).stdout.strip())


def ensure() -> str:
    """A Chromium's path, installed if need be. Stops with an error that says what to install."""
    found = system_chromium() or playwright_chromium()
    if not found and apt_install("chromium", "fonts-noto-cjk"):
        found = system_chromium()
    if not found:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"])
        found = playwright_chromium()
    if not found:
        sys.exit(HELP.format(python=sys.executable))
    if not has_chinese_font() and not apt_install("fonts-noto-cjk"):
        print("  ! no Chinese font (package fonts-noto-cjk): pictures will show boxes", file=sys.stderr)
    return found


if __name__ == "__main__":
    print(f"  ✓ Chromium: {ensure()}", file=sys.stderr)
