"""What the documents name: files, links, commands and names must be there, and the floors as in house.py."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.house import FLOORS
from tests.architecture.source import House, Violation

FIRST = "docs/architecture.md"
QUOTED = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")
PATH = re.compile(r"[\w.-]+(?:/[\w.-]+)+/?|[\w-]+/")
FILE = re.compile(r"[\w-]+\.py|[\w-]+/")
NAME = re.compile(r"[A-Za-z_]\w*")
DOTTED = re.compile(r"[a-z_]+(?:\.[a-z_]+)+\.([A-Za-z_]\w*)")
FLOOR = re.compile(r"\| (\d) \| `(\w+)` \|")
TARGET = re.compile(r"^([a-z][\w-]*):", re.MULTILINE)
OF_DJANGO = {"migrate", "collectstatic", "createsuperuser", "dbshell", "shell"}
INSTEAD = "Name what is there now, or take the sentence out."


def check(house: House) -> Iterator[Violation]:
    """Every document at the top and in docs/; more is asked of the one that newcomers read first."""
    for path in sorted([*house.root.glob("*.md"), *house.root.glob("docs/**/*.md")]):
        name, text = path.relative_to(house.root).as_posix(), path.read_text(encoding="utf-8")
        for number, line in enumerate(text.splitlines(), start=1):
            for what in _wrong_in(line, path, house):
                yield Violation(name, number, what, INSTEAD)
    if (house.root / FIRST).exists():
        yield from _first(house, (house.root / FIRST).read_text(encoding="utf-8"))


def _wrong_in(line: str, path: Path, house: House) -> Iterator[str]:
    for link in LINK.findall(line):
        if not (path.parent / link).exists():
            yield f"leads to {link}, which is not there."
    for words in QUOTED.findall(line):
        command, _blank, rest = words.partition(" ")
        named = rest.partition(" ")[0]
        if command == "make" and named not in _targets(house.root):
            yield f"`make {named}` is no target of the Makefile."
        if command == "manage.py" and named not in OF_DJANGO and not _commands(house.root, named):
            yield f"`manage.py {named}` is no command of ours."
        if PATH.fullmatch(words) and "/" in words.rstrip("/") and not _is_there(house.root, words):
            yield f"there is no {words}."


def _is_there(root: Path, path: str) -> bool:
    """Only what begins like a folder of ours is taken for a path; `req/s` is none."""
    return not (root / path.partition("/")[0]).is_dir() or (root / path).exists()


def _targets(root: Path) -> set[str]:
    makefile = root / "Makefile"
    return set(TARGET.findall(makefile.read_text(encoding="utf-8"))) if makefile.exists() else set()


def _commands(root: Path, name: str) -> bool:
    return any(root.glob(f"*/management/commands/{name}.py"))


def _first(house: House, text: str) -> Iterator[Violation]:
    """The tables of docs/architecture.md: floors, rooms, and who knows what."""
    told = {app: int(floor) for floor, app in FLOOR.findall(text)}
    built = {app: FLOORS[app] for app in house.apps}
    for app in sorted(told.keys() | built.keys()):
        if told.get(app) != built.get(app):
            what = f"{app} stands on floor {told.get(app)} here, on {built.get(app)} in house.py."
            yield Violation(FIRST, 1, what, "Let the table of floors say what house.py says.")
    for number, line in enumerate(text.splitlines(), start=1):
        for what in _wrong_in_table(line, house) if line.startswith("|") else ():
            yield Violation(FIRST, number, what, INSTEAD)
        for words in QUOTED.findall(line):
            if (match := DOTTED.fullmatch(words)) and not _defines(house, words, match[1]):
                yield Violation(FIRST, number, f"there is no {words}.", INSTEAD)


def _defines(house: House, words: str, name: str) -> bool:
    module = house.by_name.get(words.rpartition(".")[0])
    return words.partition(".")[0] not in house.apps or bool(module and _definition(name).search(module.text))


def _definition(name: str) -> re.Pattern[str]:
    return re.compile(rf"^\s*(?:class|def) {name}\b|^{name}\b[^=\n]*=", re.MULTILINE)


def _wrong_in_table(line: str, house: House) -> Iterator[str]:
    """A room that no app has; a name beside a file that the file does not define."""
    words = QUOTED.findall(line)
    for room in (one for one in words if FILE.fullmatch(one)):
        if not any(house.root.glob(f"*/{room}")) and not (house.root / room).exists():
            yield f"no app has a {room}."
    paths = [house.root / one for one in words if PATH.fullmatch(one) and "/" in one.rstrip("/")]
    files = [file for path in paths for file in (path.glob("**/*.py") if path.is_dir() else [path])]
    texts = [file.read_text(encoding="utf-8") for file in files if file.is_file()]
    for name in (one for one in words if texts and NAME.fullmatch(one) and one not in house.apps):
        defined = _definition(name)
        classes = {one.name for module in house.modules for one in module.classes}
        if name not in classes and not any(defined.search(text) for text in texts):
            yield f"{name} is defined in none of the files beside it."
