"""What people write in the demo: our own words, filled in by chance, every report marked 演示数据."""

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parent.parent / "data"


@dataclass(frozen=True)
class Matter:
    """A sort of matter: what is said about it, and which bodies (by function) are called for it.

    `rural`: only in villages.
    """

    key: str
    category: str
    weight: int
    texts: tuple[str, ...]
    spots: tuple[str, ...]
    results: tuple[str, ...]
    bodies: tuple[str, ...]
    up: str
    rural: bool = False


@cache
def matters() -> dict[str, Matter]:
    """All sorts of matters by key."""
    rows = json.loads((DATA / "matters.json").read_text(encoding="utf-8"))
    lists = ("texts", "spots", "results", "bodies")
    made = (
        Matter(**{name: tuple(value) if name in lists else value for name, value in row.items()})
        for row in rows
    )
    return {matter.key: matter for matter in made}


@cache
def phrases() -> Mapping[str, Any]:
    """What is said about any matter: lists of sentences by occasion."""
    return json.loads((DATA / "phrases.json").read_text(encoding="utf-8"))


def fill(template: str, rng: random.Random, **more: str) -> str:
    """A sentence with its numbers filled in: {u} entrance, {f} floor, {n} and {d} small numbers."""
    numbers = {
        "u": rng.randint(1, 6),
        "f": rng.randint(2, 17),
        "n": rng.randint(2, 6),
        "d": rng.randint(2, 6),
    }
    return template.format(**(numbers | more))


def report_text(matter: Matter, rng: random.Random) -> tuple[str, str]:
    """(what is the matter, where exactly)."""
    spot = fill(rng.choice(matter.spots), rng)
    return fill(rng.choice(matter.texts), rng, spot=spot) + phrases()["mark"], spot


def say(occasion: str, rng: random.Random) -> Any:
    """One of the sentences for an occasion; "rated.good" reaches into a group."""
    found: Any = phrases()
    for part in occasion.split("."):
        found = found[part]
    return rng.choice(found)
