"""Small houses to try the checks on."""

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from tests.architecture.source import House, Violation

Plant = Callable[[dict[str, str]], House]


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    """Build a house from {path: text} and hand it back, parsed."""

    def build(files: dict[str, str]) -> House:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(text), encoding="utf-8")
        return House(tmp_path)

    return build


@pytest.fixture
def found_in(plant: Plant) -> Callable[..., list[str]]:
    """Run a check over one planted file (and others beside it): the violations as «path:line what»."""

    def run(check: Callable[[House], object], path: str, text: str, **others: str) -> list[str]:
        files = {name.replace("__", "/"): content for name, content in others.items()} | {path: text}
        violations: list[Violation] = sorted(check(plant(files)))  # type: ignore[call-overload]
        return [f"{each.path}:{each.line} {each.what}" for each in violations]

    return run
