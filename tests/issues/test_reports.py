"""Many reports at once: each as alone (tests/api/test_batch.py compares all rows), none hurts another."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from grids.actions.policies import set_policy
from grids.actions.tree import close_unit, merge_units
from grids.models import Unit
from issues.actions.places import held_line, held_lines
from issues.actions.report import Report
from issues.actions.reports import report_issues
from issues.models import Category, Concern, Issue
from tests.builders import Town
from tests.issues.invariants import check_invariants
from trail.refusals import NotAllowed, Refused


def reports(town: Town, *categories: str, **more: object) -> list[Report]:
    given = {"place": town.building, "text": "演示:垃圾没有清运"} | more
    return [Report(category=town.categories[key], **given) for key in categories]


def test_good_and_bad_ones_in_their_order(town: Town) -> None:
    close_unit(town.other_building, by=None, now=town.now)
    asked = [
        *reports(town, "litter"),
        *reports(town, "litter", text=" "),
        *reports(town, "litter", place=town.other_building),
        *reports(town, "fire", place=town.far_building),
    ]
    found = report_issues(asked, by=town.people["district_dispatcher"], now=town.now)
    assert [one.code if isinstance(one, Refused) else one.owner for one in found] == [
        *(town.grid, "text_length", "closed_place", town.far_grid)
    ]
    assert [one.pk for one in found if isinstance(one, Issue)] == list(
        Issue.objects.order_by("pk").values_list("pk", flat=True)
    )
    check_invariants(town.now)


def test_nothing_is_done_for_nobody(town: Town) -> None:
    assert report_issues([], by=None, now=town.now) == []
    with pytest.raises(NotAllowed):
        report_issues([], by=town.people["audit_admin"], now=town.now)


def test_what_rules_name_is_read_once_and_where_it_is_needed(town: Town) -> None:
    town.categories["staff"] = Category.objects.create(
        key="staff", name="演示", name_en="staff", kind="complaint", about_somebody=True
    )
    rule = {"noise": {"responsible": "body", "body": "department-1"}}
    set_policy(town.district, "categories", rule, by=town.people["system_admin"], now=town.now, reason="演示")

    def cost(count: int) -> int:
        asked = reports(town, *["noise", "noise"] * count)
        asked += reports(town, *["staff"] * count, about=town.grid)
        asked += reports(town, *["staff"] * count, about=town.community)
        with CaptureQueriesContext(connection) as found:
            made = report_issues(asked, by=None, now=town.now)
        assert [one.owner for one in made] == [
            *[town.bodies["department"]] * 2 * count,
            *[town.community] * count,
            *[town.street] * count,
        ]
        return len(found)

    cost(1)
    assert cost(1) == cost(5)
    assert Concern.objects.filter(body=town.bodies["department"]).count() == 14


def test_places_are_held_as_they_are_now(town: Town) -> None:
    merge_units(town.other_grid, into=town.grid, by=None, now=town.now)
    close_unit(town.far_building, by=None, now=town.now)
    places = [town.building, town.other_building, town.far_building, town.street]
    found = held_lines(places)
    assert set(found) == {place.pk for place in places}
    assert {level: unit.pk for level, unit in found[town.building.pk].items()} == {
        name.removesuffix("_id"): pk for name, pk in town.building.lineage().items() if pk
    }
    assert list(found[town.street.pk]) == ["district", "street"]
    # Of a building whose grid was merged away under its feet: the grid that it lies in now.
    assert found[town.other_building.pk]["grid"] == town.grid
    closed = found[town.far_building.pk]
    assert isinstance(closed, Refused) and closed.code == "closed_place"
    for place in places[:2]:
        assert held_line(Unit.objects.get(pk=place.pk)) == found[place.pk]
    with pytest.raises(Refused):
        held_line(town.far_building)
