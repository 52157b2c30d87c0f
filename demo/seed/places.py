"""Where: the real districts from the packaged list; grids, buildings and their numbers are made up."""

import csv
import io
import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from demo.seed.maps import Box, divide, share_out
from demo.seed.size import Size
from grids.actions.importer import DIVISIONS, import_units
from grids.levels import RURAL
from grids.models import Unit
from grids.sheets import decode, read_sheet

COLUMNS = ("code", "kind", "name", "parent_code", "households", "phone", "boundary", "lon", "lat")
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Shown:
    """A district that is shown at work: its streets (all, or those named), and where they lie on the map.

    The demo's users serve in `street`, in its `community`-th community.
    """

    code: str
    street: str
    streets: tuple[str, ...]
    box: Box
    prefix: str = ""
    community: int = 0

    def covers(self, code: str) -> bool:
        """Is the unit with this code in a street that gets grids and people?"""
        return code.startswith(self.code) and (not self.streets or code[:9] in self.streets)


# Around the real place (125.32 E 43.94 N); the lines on the map are fictional.
KUANCHENG = Shown("220103", "220103006", (), Box(125.17, 43.86, 125.47, 44.03))
XIFENG = Shown("621002", "621002001", ("621002001",), Box(107.61, 35.72, 107.66, 35.76), prefix="xf_")
XIFENG_GRIDS_PER_COMMUNITY = 3


def import_divisions(*, now: datetime) -> None:
    """The five districts with their streets and communities, as the packaged list has them."""
    import_units(read_sheet(decode(DIVISIONS.read_bytes())), by=None, now=now)


def import_grids(shown: Shown, size: Size, rng: random.Random, *, now: datetime, progress: Progress) -> None:
    """Grids and buildings of a district, by the same import as a district's own sheet."""
    within = Unit.objects.at("community").filter(district__code=shown.code)
    communities = [unit for unit in within if shown.covers(unit.code)]
    total = size.grids if shown is KUANCHENG else XIFENG_GRIDS_PER_COMMUNITY * len(communities)
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS)
    writer.writeheader()
    writer.writerows(_rows(communities, total, shown.box, size, rng))
    import_units(read_sheet(out.getvalue()), by=None, now=now, progress=progress)


def _rows(
    communities: Sequence[Unit], total: int, box: Box, size: Size, rng: random.Random
) -> Iterator[dict[str, object]]:
    """Streets share the map, communities their street, grids their community."""
    weights = [rng.uniform(0.5, 1.5) * (0.4 if unit.line == RURAL else 1.0) for unit in communities]
    shares = share_out(total, weights)
    streets = [
        list(group) for _key, group in groupby(range(len(communities)), lambda n: communities[n].code[:9])
    ]
    boxes = divide(box, [sum(shares[n] for n in street) for street in streets])
    for street, street_box in zip(streets, boxes, strict=True):
        parts = divide(street_box, [shares[n] for n in street])
        for number, part in zip(street, parts, strict=True):
            yield from _community(communities[number], divide(part, [1.0] * shares[number]), size, rng)


def _community(
    unit: Unit, boxes: Sequence[Box], size: Size, rng: random.Random
) -> Iterator[dict[str, object]]:
    """Its grids, each followed by its buildings. In town every eighth is a tower's, a park's or a market's."""
    first = 1
    for number, box in enumerate(boxes, start=1):
        dedicated = unit.line != RURAL and number > 1 and rng.random() < 0.125
        count = rng.randint(1, 2) if dedicated else rng.randint(*size.buildings)
        households = [] if dedicated else _households(count, unit.line == RURAL, rng)
        lon, lat = box.centre
        yield {
            "code": f"{unit.code}{number:03d}",
            "kind": "dedicated" if dedicated else "basic",
            "name": _grid_name(number, dedicated, rng),
            "parent_code": unit.code,
            "households": sum(households),
            # Nobody's: no area code is 000.
            "phone": f"000 {unit.code[-4:]} {number:04d}",
            "boundary": json.dumps(box.polygon()),
            "lon": lon,
            "lat": lat,
        }
        yield from _buildings(unit, number, range(first, first + count), households, box, rng)
        first += count


def _grid_name(number: int, dedicated: bool, rng: random.Random) -> str:
    return f"第{number}网格" + (f"（{rng.choice(('商务楼宇', '园区', '市场'))}专属）" if dedicated else "")


def _households(buildings: int, rural: bool, rng: random.Random) -> list[int]:
    """About 400 households (S0:31), fewer in villages, over the buildings."""
    total = max(round(rng.gauss(330, 50) if rural else rng.gauss(400, 40)), 150)
    return share_out(total, [rng.uniform(0.6, 1.4) for _unused in range(buildings)])


def _buildings(
    unit: Unit, grid: int, numbers: range, households: Sequence[int], box: Box, rng: random.Random
) -> Iterator[dict[str, object]]:
    for place, number in enumerate(numbers):
        lon, lat = box.at(rng.uniform(0.1, 0.9), rng.uniform(0.1, 0.9))
        yield {
            "code": f"{unit.code}{number:05d}",
            "kind": "building",
            "name": f"第{number}片" if unit.line == RURAL else f"{number}号楼",
            "parent_code": f"{unit.code}{grid:03d}",
            "households": households[place] if households else 0,
            "lon": lon,
            "lat": lat,
        }
