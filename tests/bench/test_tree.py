"""What the bench plants is a sound tree of the size it says, and each thing that it measures is really done."""

from datetime import UTC, datetime

import pytest

from bench import grove
from bench.tree import told
from grids.actions.repair import find_faults
from grids.addressing import addressees
from grids.models import Unit
from trail.models import Event

NOW = datetime(2026, 3, 10, 2, tzinfo=UTC)
SMALL = grove.SIZES[True]


def units_of(size: grove.Size) -> int:
    streets, communities, grids, buildings = size.shape
    return size.districts * (1 + streets * (1 + communities * (1 + grids * (1 + buildings))))


def test_the_large_one_is_as_large_as_it_says() -> None:
    assert sum(1 for _line in grove.sheet(grove.SIZES[False])) - 1 == units_of(grove.SIZES[False]) > 200_000
    assert units_of(grove.Size(1, grove.LARGE)) > 20_000


@pytest.mark.django_db
def test_what_is_measured_is_done() -> None:
    data = "".join(grove.sheet(SMALL)).encode()
    assert grove.taken_in(data, NOW).added == units_of(SMALL) == Unit.objects.count()
    again = grove.taken_in(data, NOW)
    assert (again.added, again.changed, again.unchanged) == (0, 0, units_of(SMALL))
    grove.people(NOW)
    building = Unit.objects.filter(kind="building").order_by("code").first()
    assert len(addressees(building, "handle", NOW)) == 1
    assert all(seconds > 0 for seconds in grove.read(NOW).values())
    assert all(seconds > 0 for seconds in grove.write(NOW).values())
    runs = grove.RUNS + 1
    assert Event.objects.filter(verb="add", data__code__endswith="990").count() == 1
    assert Event.objects.filter(verb="move").count() == runs
    assert Unit.objects.count() == units_of(SMALL) + runs
    assert not find_faults()


def test_a_figure_says_its_load() -> None:
    figure = told({"name": "import", "seconds": 2.25, "cpu": 1.5, "database": 0.75})
    assert figure.startswith("import: 2.2 s, of CPU 1.5 s in Python and 0.8 s in the database (load ")
    assert "move: 12.5 ms (load" in told({"name": "move", "seconds": 0.0125, "database": 1})
