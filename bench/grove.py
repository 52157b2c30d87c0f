"""Trees for the bench, and what is asked of them: each figure as name → seconds."""

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from statistics import median
from typing import Any, NamedTuple

from accounts.models import User
from grids.actions.importer import ImportReport, import_units
from grids.actions.posts import appoint
from grids.actions.tree import add_unit, move_unit
from grids.addressing import addressees_of_many
from grids.models import Unit
from grids.sheets import decode, read_sheet

# Of one district: streets, communities in each, grids in each, buildings in each.
LARGE, SMALL = (10, 10, 10, 19), (2, 2, 2, 2)
FIRST_DISTRICT = 990_001
RUNS = 5
MANY = 500


class Size(NamedTuple):
    """So many districts, each of this shape."""

    districts: int
    shape: tuple[int, int, int, int]


SIZES = {False: Size(10, LARGE), True: Size(2, SMALL)}


def sheet(size: Size) -> Iterator[str]:
    """A CSV of fictional districts, parents first."""
    streets, communities, grids, buildings = size.shape
    yield "code,kind,name,parent_code,households\n"
    for district in range(FIRST_DISTRICT, FIRST_DISTRICT + size.districts):
        yield f"{district},county,演示{district}区,,\n"
        for street in (f"{district}{n:03d}" for n in range(1, streets + 1)):
            yield f"{street},street,演示{street[-3:]}街道,{district},\n"
            for community in (f"{street}{n:03d}" for n in range(1, communities + 1)):
                yield f"{community},community,演示{community[-6:]}社区,{street},\n"
                for number in range(1, grids + 1):
                    grid = f"{community}{number:03d}"
                    yield f"{grid},grid,第{number}网格,{community},400\n"
                    for house in range(1, buildings + 1):
                        code = f"{community}{number * 100 + house:05d}"
                        yield f"{code},building,{number}-{house}号楼,{grid},21\n"


def taken_in(data: bytes, now: datetime) -> ImportReport:
    """What `import_units FILE` does."""
    return import_units(read_sheet(decode(data)), by=None, now=now)


def timed(act: Callable[[], Any]) -> tuple[float, Any]:
    """(seconds, what it returned)."""
    began = time.perf_counter()
    result = act()
    return time.perf_counter() - began, result


def usual(act: Callable[[], Any]) -> float:
    """Seconds of the median run; one that warms up comes first."""
    act()
    return median(timed(act)[0] for _run in range(RUNS))


def people(now: datetime) -> None:
    """In the first district: a dispatcher, one per street, and a worker in every other grid."""
    district = Unit.objects.get(code=str(FIRST_DISTRICT))
    within = Unit.objects.within(district)
    stands = [("district_dispatcher", district)]
    stands += [("street_dispatcher", street) for street in within.filter(kind="street")]
    stands += [("grid_worker", grid) for grid in within.filter(kind="grid").order_by("code")[::2]]
    for number, (role, unit) in enumerate(stands):
        user = User.objects.create_user(f"bench{number}", display_name=f"演示{number}")
        appoint(user, role=role, unit=unit, by=None, now=now)


def read(now: datetime) -> dict[str, float]:
    """Who is addressed, and a subtree."""
    district = Unit.objects.get(code=str(FIRST_DISTRICT))
    buildings = list(Unit.objects.within(district).filter(kind="building").order_by("code")[:MANY])
    street = Unit.objects.within(district).filter(kind="street").order_by("code").first()
    return {
        "who is addressed, for one building": usual(lambda: addressees_of_many(buildings[:1], "handle", now)),
        f"who is addressed, for {len(buildings)} buildings": usual(
            lambda: addressees_of_many(buildings, "handle", now)
        ),
        "subtree of a street, by lineage": usual(
            lambda: list(Unit.objects.within(street).order_by().values_list("pk", flat=True))
        ),
    }


def write(now: datetime) -> dict[str, float]:
    """Insert at the front of a tree, and move a grid to and fro in it, by the actions."""
    district = Unit.objects.get(code=str(FIRST_DISTRICT))
    front = Unit.objects.within(district).filter(kind="community").order_by("code").first()
    back = Unit.objects.within(district).filter(kind="community").order_by("code").last()
    codes = iter(range(990, 999))
    grid = Unit.objects.within(front).filter(kind="grid").order_by("code").first()
    places = [front, back] * RUNS

    def insert() -> None:
        add_unit(front, code=f"{front.code}{next(codes)}", name="演示", by=None, now=now)

    return {
        "insert at the front of the tree": usual(insert),
        "move of a grid there": usual(lambda: move_unit(grid, to=places.pop(), by=None, now=now)),
    }
