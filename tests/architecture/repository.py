"""What may not lie in the repository: paths of one machine, other people's assets, addresses of a CDN."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.source import Violation

SELF = "tests/architecture/"  # names what it forbids
MOST_BYTES = 2_000_000

# A path into somebody's home or work folder; "/srv", "/var", "/tmp" mean the same everywhere.
MACHINE_PATH = re.compile(
    r"(?<![\w.\-/}])(/(?:work|root)/[\w.][\w./-]*|/(?:home|Users)/[a-z]\w*/[\w./-]*|[A-Z]:\\Users\\\w+)"
)
CDN = re.compile(
    r"""(<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)\s*=\s*["']?(?:https?:)?//[^"'\s>{]+"""
    r"""|@import\s+(?:url\()?["']?(?:https?:)?//[^"')\s]+|url\(\s*["']?(?:https?:)?//[^"')\s]+)""",
    re.IGNORECASE,
)
FOREIGN_NAME = re.compile(
    r"(^|/)(node_modules|bower_components|vendor|third[_-]?party)/|[.-]min\.(js|css)$|\.(woff2?|ttf|otf|eot)$"
    r"|(^|/)(package(-lock)?\.json|yarn\.lock|pnpm-lock\.yaml)$"
    r"|(^|/)(jquery|htmx|alpine|bootstrap|tailwind|leaflet|echarts|chart|d3|vue|react)([.-]\d[\w.]*)?\.(js|css|mjs)$",
    re.IGNORECASE,
)
FOREIGN_BANNER = re.compile(
    r"/\*!|@license|@preserve|sourceMappingURL=|\(c\)\s*\d{4}|Copyright\s+(\(c\)\s*)?\d{4}", re.IGNORECASE
)
REGISTRY = re.compile(
    r"^\s*(--(extra-)?index-url|-i\s|--find-links|--trusted-host)|@\s*(https?|file):", re.MULTILINE
)
PAGES = {".html", ".css", ".js", ".svg"}


def files(root: Path) -> list[str]:
    """Paths of what git keeps or would keep. Raises CalledProcessError where there is no repository."""
    asked = ["git", "-c", "safe.directory=*", "-C", str(root)]
    asked += ["ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    answer = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    return sorted({name for name in answer.split("\0") if name and (root / name).is_file()})


def check(root: Path) -> Iterator[Violation]:
    """Every file that git keeps: its name, then its text."""
    for name in files(root):
        if FOREIGN_NAME.search(name):
            what = "looks like somebody else's file: assets come inside wheels."
            yield Violation(name, 1, what, "Install the wheel that ships it and link to its static file.")
        text = _text(root / name)
        if text is not None and not name.startswith(SELF):
            yield from _inside(name, text)


def _text(path: Path) -> str | None:
    """The file's text; None for pictures and other bytes, and for what is too big to read."""
    if path.stat().st_size > MOST_BYTES:
        return None
    data = path.read_bytes()
    return None if b"\0" in data[:8000] else data.decode("utf-8", errors="replace")


def _inside(name: str, text: str) -> Iterator[Violation]:
    suffix = Path(name).suffix
    for wanted, applies, what, instead in (
        (
            MACHINE_PATH,
            True,
            "a path that exists on one machine only",
            "Build it from BASE_DIR, or read it from a setting.",
        ),
        (
            CDN,
            suffix in PAGES,
            "loaded from another host",
            "Take it from a wheel with {% static %}: the CSP forbids the rest.",
        ),
        (
            FOREIGN_BANNER,
            suffix in PAGES - {".html"},
            "somebody else's banner",
            "Install the wheel that ships it.",
        ),
        (
            REGISTRY,
            Path(name).match("requirements*.txt"),
            "a package address",
            "Name package and version only.",
        ),
    ):
        found = wanted.search(text) if applies else None
        if found:
            line = text.count("\n", 0, found.start()) + 1
            yield Violation(name, line, f"{what}: {found[0].strip()!r}.", instead)
