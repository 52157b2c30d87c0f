"""How alike two reports are: in words, and in place. Pure.

Chinese is not split into words: pairs of neighbouring characters do (Dice's coefficient), once the characters
are gone that say nothing. Numbers and Latin words count whole.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise
from math import cos, radians

from grids.coordinates import METRES_PER_DEGREE, metres

# From here on two texts are about the same thing; found on pairs of real length (tests/issues/test_similar.py).
SIMILAR = 0.25
NEAR_METRES = 100.0
# Particles, pronouns, courtesies: in every report, whatever it is about.
STOP = frozenset(
    "的了呢吗啊吧呀哦嘛着过得地在是有和与及或就也都还很太又再给把被让向从到对于我你您他她它们这那请谢个"
)
_PIECE = re.compile(r"[0-9a-z]+|[\u3400-\u9fff]+")


@dataclass(frozen=True)
class Spot:
    """Where something is, as far as it is known: ids of building and grid, degrees in WGS-84; the community where no
    more than that is known."""

    building: int | None = None
    grid: int | None = None
    lon: float | None = None
    lat: float | None = None
    community: int | None = None


def tokens(text: str) -> frozenset[str]:
    """What a text is compared by: pairs of characters, and numbers and Latin words as they are."""
    found: set[str] = set()
    for piece in _PIECE.findall(unicodedata.normalize("NFKC", text).lower()):
        if piece[0].isascii():
            found.add(piece)
            continue
        said = [one for one in piece if one not in STOP]
        found |= {one + two for one, two in pairwise(said)} or set(said)
    return frozenset(found)


def similarity(one: str, two: str) -> float:
    """0 for nothing in common to 1 for the same words, in whatever order they were asked."""
    first, second = tokens(one), tokens(two)
    if not first or not second:
        return 0.0
    return 2 * len(first & second) / (len(first) + len(second))


def box(lon: float, lat: float, within: float = NEAR_METRES) -> tuple[float, float, float, float]:
    """(west, south, east, north) of a box that holds everything within so many metres, and a little more."""
    high = within / METRES_PER_DEGREE * 1.01
    wide = high / max(cos(radians(lat)), 0.01)
    return lon - wide, lat - high, lon + wide, lat + high


def nearness(one: Spot, two: Spot) -> float:
    """1 in the same building, falling to 0.5 at a hundred metres; 0.3 in the same grid and 0.2 in the
    same community where no more is known; 0 elsewhere."""
    if one.building and one.building == two.building:
        return 1.0
    if None not in (one.lon, one.lat, two.lon, two.lat):
        away = metres(one.lon, one.lat, two.lon, two.lat)  # type: ignore[arg-type]
        return 1 - away / NEAR_METRES / 2 if away <= NEAR_METRES else 0.0
    if one.grid:
        return 0.3 if one.grid == two.grid else 0.0
    return 0.2 if one.community and one.community == two.community else 0.0


def score(near: float, alike: float, *, same_category: bool) -> float:
    """How likely two reports are about one matter; 0 where they are not worth showing.

    At the same spot the category alone is enough; where only the grid or the community is known the words must agree.
    """
    if not near or (alike < SIMILAR and (near < 0.5 or not same_category)):
        return 0.0
    return near + 1.5 * alike + (0.5 if same_category else 0.0)
