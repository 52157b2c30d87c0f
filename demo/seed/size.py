"""How much is seeded. The demo takes FULL; tests take less of the same."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """`grids` of the district (宽城区 has 996, S0:31); `buildings` per grid, least and most; `issues` are spread
    over the last `days`; those that wait for the demo's users come on top, about a hundred."""

    grids: int = 996
    buildings: tuple[int, int] = (5, 9)
    issues: int = 1900
    days: int = 60
    processes: int = 2


FULL = Size()
SMALL = Size(grids=180, buildings=(2, 3), issues=120, days=60, processes=1)
