"""One process that plants and asks, in an empty database; a line of JSON per figure. Started by bench.tree."""

import json
import sys
import time
from pathlib import Path

import django

django.setup()

from django.db import connection  # noqa: E402

from bench import grove  # noqa: E402
from grids.models import Unit  # noqa: E402
from trail.querysets import database_now  # noqa: E402


def tell(name: str, seconds: float, **more: float) -> None:
    print(json.dumps({"name": name, "seconds": seconds, **more}), flush=True)


def taken(name: str, data: bytes) -> None:
    """An import, with the CPU of this process."""
    used = time.process_time()
    seconds, report = grove.timed(lambda: grove.taken_in(data, database_now()))
    units = report.added + report.unchanged
    tell(f"{name} ({units:,} units)", seconds, cpu=time.process_time() - used)


def main(path: Path) -> None:
    data = path.read_bytes()
    taken("import", data)
    taken("the same again, nothing written", data)
    now = database_now()
    grove.people(now)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE grids_unit, grids_post")
    whole = Unit.objects.count()
    for name, seconds in grove.read(now).items():
        tell(f"{name}, of {whole:,} units", seconds)
    one = Unit.objects.within(Unit.objects.get(code=str(grove.FIRST_DISTRICT))).count()
    for name, seconds in grove.write(now).items():
        tell(f"{name} of {one:,} units", seconds)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
