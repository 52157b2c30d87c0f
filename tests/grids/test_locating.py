"""Where a position lies, and how sure that is; the index is right whoever writes a boundary."""

import pytest
from django.db import connection

from grids.actions.boundaries import BadBoundaries, check_boundaries, give_back_boundary, set_boundaries
from grids.actions.importer import import_units
from grids.actions.tree import change_unit, close_unit
from grids.boundary_files import read_boundaries
from grids.coordinates import WGS84
from grids.locating import locate
from grids.models import FormerBoundary, Unit
from grids.sheets import read_sheet
from tests.grids.test_boundaries import METRE, box, collection, feature
from trail.models import Event
from trail.refusals import NotAllowed, Refused

pytestmark = pytest.mark.django_db
LEFT, RIGHT = box(125.0, 43.0, 125.01, 43.01), box(125.01, 43.0, 125.02, 43.01)


def found(lon, lat, units=None, **more):
    there = locate(lon, lat, Unit.objects.all() if units is None else units, **more)
    return there and (there.unit.code, there.match, there.metres)


def give(unit, boundary, now):
    return set_boundaries(read_boundaries(boundary, WGS84, unit.code), by=None, now=now)


@pytest.fixture
def mapped(town, now):
    """x with its grids g1 (left; building h in it) and g2 (right)."""
    give(town.x, box(125.0, 43.0, 125.02, 43.01), now)
    give(town.g1, LEFT, now)
    give(town.g2, RIGHT, now)
    change_unit(town.h, by=None, now=now, lon=125.005, lat=43.005)
    return town


class TestLocate:
    def test_a_building_that_stands_there(self, mapped) -> None:
        assert found(125.005, 43.005 + 20 * METRE) == (mapped.h.code, "building", 20)

    def test_else_the_grid_around_it(self, mapped) -> None:
        assert found(125.005, 43.005 + 40 * METRE)[:2] == (mapped.g1.code, "boundary")
        assert found(125.015, 43.005)[:2] == (mapped.g2.code, "boundary")

    def test_a_building_of_the_grid_beside_it_is_another_place(self, mapped, now) -> None:
        change_unit(mapped.h, by=None, now=now, lon=125.01 - 5 * METRE, lat=43.005)
        assert found(125.01 + 5 * METRE, 43.005)[:2] == (mapped.g2.code, "boundary")

    def test_else_the_nearest_in_the_community_around_it(self, mapped, now) -> None:
        give_back_boundary(FormerBoundary.objects.get(unit=mapped.g2), by=None, now=now)
        assert found(125.015, 43.005)[:2] == (mapped.x.code, "boundary")
        assert found(125.015, 43.005, kinds=("grid",))[:2] == (mapped.g2.code, "nearest")

    def test_else_the_nearest_of_all_but_no_building(self, mapped) -> None:
        assert found(125.021, 43.005)[1] == "nearest"
        assert found(125.0, 43.02)[:2] == (mapped.g1.code, "nearest")
        assert found(125.5, 43.5) is None

    def test_among_those_that_are_asked_alone(self, mapped, post, now) -> None:
        worker = post("li", "grid_worker", mapped.g1).user
        seen = Unit.objects.visible_to(worker, now)
        assert found(125.015, 43.005, seen)[0] in {mapped.g1.code, mapped.x.code}

    def test_closed_ones_are_nowhere(self, mapped, now) -> None:
        close_unit(mapped.g2, by=None, now=now)
        assert found(125.015, 43.005)[:2] == (mapped.x.code, "boundary")

    def test_questions(self, mapped, django_assert_max_num_queries) -> None:
        with django_assert_max_num_queries(2):
            found(125.005, 43.005)
        with django_assert_max_num_queries(3):
            found(125.021, 43.005)


class TestFresh:
    """The index over the extents is made of the boundary itself: every way of writing one is seen at once."""

    def codes(self, *extent) -> set[str]:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
        return set(Unit.objects.extending_over(*extent).values_list("code", flat=True))

    def test_by_every_writer(self, town, now) -> None:
        at = (125.005, 43.005, 125.005, 43.005)
        assert self.codes(*at) == set()
        change_unit(town.g1, by=None, now=now, boundary=LEFT)
        assert self.codes(*at) == {town.g1.code}
        line = f'990101001001009,grid,九,,400,"{str(LEFT).replace(chr(39), chr(34) * 2)}"\n'
        import_units(read_sheet("code,kind,name,parent_code,households,boundary\n" + line), by=None, now=now)
        assert self.codes(*at) == {town.g1.code, "990101001001009"}
        Unit.objects.filter(code="990101001001009").update(boundary=RIGHT)
        assert self.codes(*at) == {town.g1.code}
        parts = {
            "type": "MultiPolygon",
            "coordinates": [RIGHT["coordinates"], box(125.5, 43, 125.6, 43.1)["coordinates"]],
        }
        change_unit(town.g1, by=None, now=now, boundary=parts)
        assert self.codes(125.55, 43.05, 125.55, 43.05) == {town.g1.code} and self.codes(*at) == set()


class TestSet:
    def test_many_at_once_with_their_trail_and_what_was_before(self, town, now) -> None:
        found = read_boundaries(collection(feature(town.g1.code, LEFT), feature(town.g2.code, RIGHT)), WGS84)
        report = set_boundaries(found, by=None, now=now)
        assert [unit.code for unit in report.changed] == [town.g1.code, town.g2.code]
        grid = Unit.objects.get(pk=town.g1.pk)
        assert (grid.lon, grid.lat) == pytest.approx((125.005, 43.005))
        event = Event.objects.about("unit", grid.pk).latest("pk")
        assert (event.verb, event.data["fields"]) == ("change", ["boundary"])
        assert FormerBoundary.objects.get(unit=grid).boundary is None
        events = Event.objects.count()
        again = set_boundaries(found, by=None, now=now)
        assert (again.changed, again.unchanged, Event.objects.count()) == ([], 2, events)

    def test_one_fault_and_nothing_is_saved(self, mapped, now) -> None:
        before = {unit.code: unit.boundary for unit in Unit.objects.all()}
        wrong = collection(
            feature(mapped.g1.code, box(125.0, 43.0, 125.005, 43.01)),
            feature(mapped.g2.code, box(125.004, 43.0, 125.03, 43.01)),
            feature("999", LEFT),
        )
        found = read_boundaries(wrong, WGS84)
        with pytest.raises(BadBoundaries) as caught:
            set_boundaries(found, by=None, now=now)
        said = [(fault.number, fault.code) for fault in caught.value.report.faults]
        assert said == [(2, mapped.g2.code), (2, mapped.g2.code), (3, "999")]
        assert before == {unit.code: unit.boundary for unit in Unit.objects.all()}
        assert check_boundaries(found, by=None, now=now).faults == caught.value.report.faults

    def test_a_swap_is_judged_as_it_will_be(self, mapped, now) -> None:
        swapped = collection(feature(mapped.g1.code, RIGHT), feature(mapped.g2.code, LEFT))
        assert len(set_boundaries(read_boundaries(swapped, WGS84), by=None, now=now).changed) == 2

    def test_who_may(self, mapped, post, now) -> None:
        worker = post("li", "grid_worker", mapped.g1).user
        own = read_boundaries(LEFT, WGS84, mapped.g1.code)
        with pytest.raises(NotAllowed):
            set_boundaries(own, by=worker, now=now)
        foreign = read_boundaries(LEFT, WGS84, mapped.g4.code)
        nothing = read_boundaries(LEFT, WGS84, "990101002001999")
        said = [
            check_boundaries(each, by=worker, now=now).faults[0].reason.replace(*code)
            for each, code in ((foreign, (mapped.g4.code, "")), (nothing, ("990101002001999", "")))
        ]
        assert said[0] == said[1], "a foreign unit is as unknown as none"

    def test_the_earlier_one_is_given_back(self, mapped, now) -> None:
        give(mapped.g1, box(125.0, 43.0, 125.005, 43.01), now)
        former = FormerBoundary.objects.filter(unit=mapped.g1).latest("pk")
        give_back_boundary(former, by=None, now=now)
        assert Unit.objects.get(pk=mapped.g1.pk).boundary == former.boundary
        give(mapped.g1, box(125.0, 43.0, 125.005, 43.01), now)
        give(mapped.g2, box(125.005, 43.0, 125.02, 43.01), now)
        with pytest.raises(BadBoundaries):
            give_back_boundary(former, by=None, now=now)

    def test_not_to_a_closed_one(self, mapped, now) -> None:
        close_unit(mapped.g2, by=None, now=now)
        with pytest.raises(Refused) as caught:
            give_back_boundary(FormerBoundary.objects.get(unit=mapped.g2), by=None, now=now)
        assert caught.value.code == "closed"
