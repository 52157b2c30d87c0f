"""Finding or installing a Chromium: the order, who may install, what counts as found, and the last word."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts import browser

SYSTEM, DOWNLOADED = "/usr/bin/chromium", "/cache/chrome-linux/chrome"
STUB, OWN = "/usr/bin/chromium-browser", "/opt/chrome"


class Machine:
    """A computer as these functions see it. What it can install is installed when it is asked to."""

    def __init__(self, *, root: bool = True, apt: bool = True) -> None:
        self.root, self.has_apt = root, apt
        self.programs: dict[str, bool] = {}  # path -> does it start
        self.downloaded: bool | None = None  # does Playwright's start; None: not there
        self.apt_has: dict[str, bool] = {}
        self.download: bool | None = None
        self.download_with_libraries: bool | None = None
        self.font = True
        self.asked: list[str] = []

    def which(self, name: str) -> str | None:
        if name in ("apt-get", "fc-list"):
            return f"/usr/bin/{name}" if name == "fc-list" or self.has_apt else None
        return next((path for path in self.programs if name in (path, Path(path).name)), None)

    def run(self, command: list[Any], **_options: Any) -> subprocess.CompletedProcess[str]:
        words = [str(word) for word in command]
        if words[0] == "fc-list":
            return done(out="Noto Sans CJK" if self.font else "")
        if words[0] == "apt-get":
            return self.apt(words[2:])
        if words[:3] == [sys.executable, "-m", "playwright"]:
            return self.playwright(words[4:])
        if words[:2] == [sys.executable, "-c"]:
            return done(out="" if self.downloaded is None else f"{DOWNLOADED}\n")
        works = self.downloaded if words[0] == DOWNLOADED else self.programs[words[0]]
        return done(out="<p>it-starts</p>") if works else done(1, "requires the chromium snap")

    def apt(self, words: list[str]) -> subprocess.CompletedProcess[str]:
        if words[0] == "update":
            return done()
        packages = [word for word in words[1:] if not word.startswith("-")]
        self.asked.append(f"apt {' '.join(packages)}")
        if any(package == "chromium" and not self.apt_has.get(package) for package in packages):
            return done(100)
        self.font = True
        if "chromium" in packages:
            self.programs[SYSTEM] = True
        return done()

    def playwright(self, words: list[str]) -> subprocess.CompletedProcess[str]:
        self.asked.append(f"playwright {' '.join(words)}")
        got = self.download_with_libraries if "--with-deps" in words else self.download
        if got is None:
            return done(1)
        self.downloaded = got
        return done()


def done(code: int = 0, out: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.CompletedProcess([], code, out, "")


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    made = Machine()
    monkeypatch.delenv("GEZHI_CHROMIUM", raising=False)
    monkeypatch.setattr(browser.shutil, "which", made.which)
    monkeypatch.setattr(browser.subprocess, "run", made.run)
    monkeypatch.setattr(browser.os, "geteuid", lambda: 0 if made.root else 1000)
    monkeypatch.setattr(browser.Path, "exists", lambda path: True)
    browser.find.cache_clear()
    yield made
    browser.find.cache_clear()


def test_the_systems_own_is_taken_and_nothing_installed(machine: Machine) -> None:
    machine.programs[SYSTEM], machine.downloaded = True, True
    assert browser.ensure() == SYSTEM
    assert machine.asked == []


def test_a_stub_is_passed_over_for_one_that_starts(machine: Machine) -> None:
    machine.programs = {STUB: False, "/usr/bin/google-chrome": True}
    assert browser.ensure() == "/usr/bin/google-chrome"


def test_an_earlier_download_comes_before_installing(machine: Machine) -> None:
    machine.programs[STUB], machine.downloaded = False, True
    assert browser.ensure() == DOWNLOADED
    assert machine.asked == []


def test_then_debians_package(machine: Machine) -> None:
    machine.apt_has["chromium"] = True
    assert browser.ensure() == SYSTEM
    assert machine.asked == ["apt chromium fonts-noto-cjk"]


def test_then_playwrights_download_with_its_libraries(machine: Machine) -> None:
    """As on Ubuntu, whose package is a stub."""
    machine.programs[STUB] = False
    machine.download, machine.download_with_libraries = False, True
    assert browser.ensure() == DOWNLOADED
    assert machine.asked == ["apt chromium fonts-noto-cjk", "playwright --with-deps chromium"]


def test_a_system_that_playwright_does_not_know_gets_the_download_alone(machine: Machine) -> None:
    machine.download = True
    assert browser.ensure() == DOWNLOADED
    assert machine.asked[-1] == "playwright chromium"


@pytest.mark.parametrize("root,apt", [(False, True), (True, False)], ids=["nobody special", "no Debian"])
def test_who_may_not_install_only_downloads(machine: Machine, root: bool, apt: bool) -> None:
    machine.root, machine.has_apt = root, apt
    machine.apt_has["chromium"], machine.download = True, True
    assert browser.ensure() == DOWNLOADED
    assert machine.asked == ["playwright chromium"]


@pytest.mark.parametrize("download", [None, False], ids=["no download", "a download without its libraries"])
def test_when_all_fail_it_stops_and_says_what_to_install(machine: Machine, download: bool | None) -> None:
    machine.download = machine.download_with_libraries = download
    with pytest.raises(SystemExit) as stopped:
        browser.ensure()
    assert "apt-get install chromium" in str(stopped.value)
    assert f"{sys.executable} -m playwright install --with-deps chromium" in str(stopped.value)


def test_the_named_one_goes_before_all(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.programs = {SYSTEM: True, OWN: True}
    monkeypatch.setenv("GEZHI_CHROMIUM", OWN)
    assert browser.ensure() == OWN


def test_a_named_one_that_does_not_start_is_said_not_replaced(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.programs = {SYSTEM: True, OWN: False}
    monkeypatch.setenv("GEZHI_CHROMIUM", OWN)
    with pytest.raises(SystemExit, match="GEZHI_CHROMIUM=/opt/chrome does not start"):
        browser.ensure()
    assert machine.asked == []


@pytest.mark.parametrize("root,asked", [(True, ["apt fonts-noto-cjk"]), (False, [])])
def test_a_missing_chinese_font_is_installed_or_said(
    machine: Machine, root: bool, asked: list[str], capsys: pytest.CaptureFixture
) -> None:
    machine.programs[SYSTEM], machine.font, machine.root = True, False, root
    assert browser.ensure() == SYSTEM
    assert machine.asked == asked
    assert ("no Chinese font" in capsys.readouterr().err) is not root


# --- real processes ---------------------------------------------------------------------------------------


@pytest.fixture
def program(tmp_path: Path) -> Callable[[str], str]:
    def write(text: str) -> str:
        path = tmp_path / "chromium"
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
        return str(path)

    return write


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('echo "<html><body><p>it-starts</p></body></html>"', True),
        ('echo "requires the chromium snap to be installed" >&2; exit 1', False),
        ("echo error while loading shared libraries: libnss3.so >&2; exit 127", False),
        ("exit 0", False),
        ("exec sleep 30", False),
    ],
)
def test_found_is_what_starts(
    program: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, text: str, wanted: bool
) -> None:
    monkeypatch.setattr(browser, "START_SECONDS", 3)
    assert browser.starts(program(text)) is wanted


def test_what_is_no_program_does_not_start(tmp_path: Path) -> None:
    assert not browser.starts(str(tmp_path / "none"))
    assert not browser.starts(str(tmp_path))


@pytest.mark.browser
def test_this_machine_has_one() -> None:
    browser.find.cache_clear()
    found = browser.find()
    assert found and shutil.which(found) and os.access(found, os.X_OK), browser.HELP
