"""Find a Chromium for the tests, or install one: the system's, Debian's package, Playwright's download.

Run as a script it makes sure that there is one, and stops with an error where that is not possible: browser
tests are never skipped silently. Imported, it only finds. Found is what starts: a stub that asks for a snap, or a
download without its libraries, is none.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
START_SECONDS = 60
HELP = """\
No Chromium for the browser tests, and none could be installed. Do one of these and run again:
  - Debian, Ubuntu (as root):  apt-get install chromium fonts-noto-cjk
  - any system:                {python} -m playwright install --with-deps chromium
  - an existing one:           GEZHI_CHROMIUM=/path/to/chromium make test
`make test-quick` runs everything that needs no browser."""
NAMED = "GEZHI_CHROMIUM={named} does not start headless. Name one that does, or unset it."


@cache
def find() -> str | None:
    """Path of the first Chromium that starts; None if none does. GEZHI_CHROMIUM goes before all others."""
    return next(filter(starts, _candidates()), None)


def _candidates() -> Iterator[str]:
    """The system's by name, then the one that Playwright downloaded earlier; or the named one alone."""
    if named := os.environ.get("GEZHI_CHROMIUM"):
        yield shutil.which(named) or named
        return
    yield from filter(None, map(shutil.which, NAMES))
    code = (
        "from playwright.sync_api import sync_playwright as p\n"
        "with p() as playwright: print(playwright.chromium.executable_path)"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    if (path := answer.stdout.strip()) and Path(path).exists():
        yield path


def starts(program: str) -> bool:
    """Does it start and show a page? In a profile of its own, beside whatever else runs."""
    with tempfile.TemporaryDirectory(prefix="gezhi-chromium-", ignore_cleanup_errors=True) as profile:
        options = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}"]
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            answer = subprocess.run(
                [program, *options, "--dump-dom", "data:text/html,<p>it-starts</p>"],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=START_SECONDS,
            )
            return answer.returncode == 0 and "it-starts" in answer.stdout
    return False


def _may_install() -> bool:
    return os.geteuid() == 0 and bool(shutil.which("apt-get"))


def _apt_install(*packages: str) -> bool:
    """Install Debian packages where we may; did it work?"""
    if not _may_install():
        return False
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        if subprocess.run(["apt-get", "-qq", *command], env=env, stdin=subprocess.DEVNULL).returncode:
            return False
    return True


def _download() -> None:
    """Playwright's own build; with the libraries that it needs where we may install them."""
    ways = (["--with-deps"], []) if _may_install() else ([],)
    for more in ways:
        command = [sys.executable, "-m", "playwright", "install", *more, "chromium"]
        if subprocess.run(command, stdin=subprocess.DEVNULL).returncode == 0:
            return


def _has_chinese_font() -> bool:
    """Can the system draw Chinese? Asked of fontconfig."""
    if not shutil.which("fc-list"):
        return False
    return bool(subprocess.run(["fc-list", ":lang=zh"], capture_output=True, text=True).stdout.strip())


def ensure() -> str:
    """A Chromium's path, installed if need be. Stops with an error that says what to install."""
    found = find()
    if not found and (named := os.environ.get("GEZHI_CHROMIUM")):
        sys.exit(NAMED.format(named=named))
    for install in (lambda: _apt_install("chromium", "fonts-noto-cjk"), _download):
        if not found:
            install()
            find.cache_clear()
            found = find()
    if not found:
        sys.exit(HELP.format(python=sys.executable))
    if not _has_chinese_font() and not _apt_install("fonts-noto-cjk"):
        print("  ! no Chinese font (package fonts-noto-cjk): pictures will show boxes", file=sys.stderr)
    return found


if __name__ == "__main__":
    print(f"  ✓ Chromium: {ensure()}", file=sys.stderr)
