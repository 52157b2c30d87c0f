"""Which stories are told: when and where each begins, about what, and in which way it comes in. Dice only."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from demo.seed.hours import report_moments
from demo.seed.scripts import SCRIPTS
from demo.seed.texts import Matter, matters
from grids.levels import RURAL
from grids.models import Unit
from issues.alerts import ABOUT_PERSONS, THING_KINDS
from issues.models import Category

# Where things happen more often: people live closer in town, and the demo's users have enough to look at.
HOME_COMMUNITY, HOME_STREET, TOWN = 12.0, 3.0, 0.5
SOURCES = {
    "resident": 47,
    "patrol": 14,
    "hotline": 10,
    "phone": 8,
    "chat": 7,
    "visit": 4,
    "spotter": 4,
    "reception": 2,
    "alert": 2,
    "api": 1,
}
BY_STAFF = frozenset({"patrol", "alert", "spotter"})
FROM_OUTSIDE = ("resident", "hotline", "phone")
WORDS = frozenset({"question", "suggestion"})
# Residents who say "something else" although there is a category for it.
UNCLEAR = 0.2
MANY = 2 * len(SCRIPTS)


@dataclass(frozen=True)
class Cue:
    """One story to tell; `number` gives it dice of its own, whoever tells it."""

    number: int
    at: datetime
    place: Unit
    matter: Matter
    script: str
    source: str
    unclear: bool


def sorts_of(categories: Mapping[str, Category]) -> dict[str, list[Matter]]:
    """Matters by what is done with them: any, local (not the district's), grid (handed to it), words, danger,
    complaint (about those in charge)."""
    found: dict[str, list[Matter]] = {
        sort: [] for sort in ("any", "local", "grid", "words", "danger", "complaint")
    }
    for matter in matters().values():
        category = categories[matter.category]
        if category.is_danger or category.about_somebody:
            found["danger" if category.is_danger else "complaint"].append(matter)
            continue
        found["any"].append(matter)
        if category.handled_at != "district":
            found["local"].append(matter)
        if category.handled_at == "grid":
            found["grid"].append(matter)
        if category.kind in WORDS:
            found["words"].append(matter)
    return found


def plan_stories(
    count: int,
    places: Sequence[Unit],
    home: Unit,
    categories: Mapping[str, Category],
    *,
    start: datetime,
    end: datetime,
    seed: str,
) -> list[Cue]:
    """`count` cues in order of time; where they are many, every script is among them, early enough to end."""
    rng = random.Random(seed)
    moments = report_moments(rng, start, end, count)
    weights = [_busy(place, home) for place in places]
    scripts, sorts = _scripts(rng, count), sorts_of(categories)
    cues = []
    for number, (at, place) in enumerate(zip(moments, rng.choices(places, weights, k=count), strict=True)):
        matter = _matter(rng, scripts[number], sorts, categories, place)
        staffs = not categories[matter.category].for_residents
        source = "patrol" if staffs else _source(rng, scripts[number], categories[matter.category])
        place = place if rng.random() < 0.9 or place.grid is None else place.grid
        cues.append(
            Cue(number, at, place, matter, scripts[number], source, _unclear(rng, scripts[number], source))
        )
    return cues


def _scripts(rng: random.Random, count: int) -> list[str]:
    """By weight; but of many, each script stands somewhere in the first half, so that its end is seen."""
    found = rng.choices(list(SCRIPTS), [script.weight for script in SCRIPTS.values()], k=count)
    if count >= MANY:
        for number, script in zip(rng.sample(range(count // 2), len(SCRIPTS)), SCRIPTS, strict=True):
            found[number] = script
    return found


def _busy(place: Unit, home: Unit) -> float:
    if place.community_id == home.community_id:
        return HOME_COMMUNITY
    street = HOME_STREET if place.street_id == home.street_id else 1.0
    return street * (TOWN if place.line == RURAL else 1.0)


def _matter(
    rng: random.Random,
    script: str,
    sorts: Mapping[str, Sequence[Matter]],
    categories: Mapping[str, Category],
    place: Unit,
) -> Matter:
    """One that fits the script and the place; what only staff register is found by staff."""
    able = [
        matter
        for matter in sorts[SCRIPTS[script].of]
        if (not matter.rural or place.line == RURAL)
        and (SCRIPTS[script].found or categories[matter.category].for_residents)
    ]
    return rng.choices(able, [matter.weight for matter in able])[0]


def may_be_alerted(category: Category) -> bool:
    """Is it about a thing or a place, and no danger (which takes its own course)?"""
    keys = {category.key, category.parent.key if category.parent else ""}
    return category.kind in THING_KINDS and not category.is_danger and not keys & ABOUT_PERSONS


def _unclear(rng: random.Random, script: str, source: str) -> bool:
    fixed = SCRIPTS[script].unclear
    return (source in FROM_OUTSIDE and rng.random() < UNCLEAR) if fixed is None else fixed


def _source(rng: random.Random, script: str, category: Category) -> str:
    told = SCRIPTS[script]
    names = list(told.sources or SOURCES)
    if not told.found:
        names = [name for name in names if name not in BY_STAFF]
    if not may_be_alerted(category):
        names = [name for name in names if name != "alert"]
    return rng.choices(names, [SOURCES[name] for name in names])[0]


def share_out_streets(cues: Sequence[Cue], shares: int) -> list[list[Cue]]:
    """About equal shares, each street whole in one of them: no two processes meet in a street."""
    of_street: dict[int | None, list[Cue]] = {}
    for cue in cues:
        of_street.setdefault(cue.place.street_id, []).append(cue)
    parts: list[list[Cue]] = [[] for _unused in range(shares)]
    for street in sorted(of_street.values(), key=len, reverse=True):
        min(parts, key=len).extend(street)
    return parts
