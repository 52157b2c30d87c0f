"""Planted paths of one machine, foreign files and foreign hosts."""

import subprocess
from pathlib import Path

import pytest

from tests.architecture import repository


@pytest.fixture(autouse=True)
def _repository(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)


def _check(plant, path: str, text: str) -> list[str]:
    return [f"{each.path}:{each.line} {each.what}" for each in repository.check(plant({path: text}).root)]


@pytest.mark.parametrize(
    "place", ["/work/gezhi/issues", "/root/.cache", "/home/li/gezhi/", "/Users/li/gezhi/", r"C:\Users\li"]
)
@pytest.mark.parametrize("path", ["docs/deploy.md", "issues/views.py", "Makefile", "requirements.txt"])
def test_a_path_of_one_machine_is_found(plant, path: str, place: str) -> None:
    (found,) = _check(plant, path, f"first\nsecond {place}\n")
    assert found.startswith(f"{path}:2 a path that exists on one machine only")


@pytest.mark.parametrize(
    "text",
    [
        "path('work/')",
        "https://example.com/work/12",
        "../root/a",
        "FROM python:3.11\nWORKDIR /app",
        "/var/lib/postgresql",
        "{{root}}/work/x",
    ],
)
def test_paths_that_mean_the_same_everywhere_pass(plant, text: str) -> None:
    assert _check(plant, "docs/deploy.md", text) == []


@pytest.mark.parametrize(
    "path",
    [
        "static/htmx.min.js",
        "static/desk/app.min.css",
        "static/fonts/song.woff2",
        "static/vendor/map.js",
        "node_modules/a/index.js",
        "package.json",
        "static/htmx.js",
        "static/echarts-5.4.js",
        "static/jquery-3.7.1.js",
    ],
)
def test_a_foreign_file_is_found_by_name(plant, path: str) -> None:
    (found,) = _check(plant, path, "x")
    assert "somebody else's file" in found


@pytest.mark.parametrize(
    "path", ["static/desk/today.js", "static/issues/offline.css", "static/grids/grid-map.js", "docs/htmx.md"]
)
def test_own_assets_pass(plant, path: str) -> None:
    assert _check(plant, path, "/* our own */\n") == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("templates/base.html", "<script src='https://cdn.example.com/a.js'></script>"),
        ("templates/base.html", '<link rel="stylesheet" href="//fonts.example.com/a.css">'),
        ("templates/base.html", '<img alt=""\n  src="http://example.com/a.png">'),
        ("static/desk/a.css", "@import url('https://example.com/a.css');"),
        ("static/desk/a.css", "a { background: url(https://example.com/a.png) }"),
    ],
)
def test_another_host_is_found(plant, path: str, text: str) -> None:
    (found,) = _check(plant, path, text)
    assert "loaded from another host" in found


def test_links_and_own_files_pass(plant) -> None:
    text = """
        <a href="https://example.com/">x</a>
        <script src="{% static 'desk/a.js' %}"></script><img alt="" src="/photos/1/">
    """
    assert _check(plant, "templates/base.html", text) == []


@pytest.mark.parametrize(
    "banner",
    ["/*! lib v1 */", "/* @license MIT */", "// Copyright (c) 2019 Somebody", "//# sourceMappingURL=a.map"],
)
def test_a_foreign_banner_is_found(plant, banner: str) -> None:
    (found,) = _check(plant, "static/desk/a.js", f"{banner}\nlet a = 1\n")
    assert "somebody else's banner" in found


@pytest.mark.parametrize(
    "line",
    ["--index-url https://example.com/simple", "--extra-index-url x", "django @ https://example.com/d.whl"],
)
def test_a_package_address_is_found(plant, line: str) -> None:
    (found,) = _check(plant, "requirements.txt", f"django==5.2\n{line}\n")
    assert found.startswith("requirements.txt:2 a package address")


def test_what_git_ignores_is_not_read(plant) -> None:
    files = {
        ".gitignore": ".venv/\n",
        ".venv/a.min.js": "x",
        "docs/a.md": "in /root/x\n",
        "docs/gone.md": "/root/x",
    }
    house = plant(files)
    subprocess.run(["git", "-C", str(house.root), "add", "docs"], check=True)
    (house.root / "docs/gone.md").unlink()
    assert repository.files(house.root) == [".gitignore", "docs/a.md"]
    assert [each.path for each in repository.check(house.root)] == ["docs/a.md"]


def test_pictures_are_not_read(plant) -> None:
    house = plant({"docs/a.txt": "x"})
    (house.root / "docs/a.png").write_bytes(b"\x89PNG\0/root/x")
    assert list(repository.check(house.root)) == []
