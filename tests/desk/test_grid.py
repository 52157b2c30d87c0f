"""My grid: its buildings, what is open there, and who stands around it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from grids.actions.tree import add_unit
from tests.faces import signed_in, stop_clock, visitor


@pytest.fixture(autouse=True)
def clock(monkeypatch, town):
    stop_clock(monkeypatch, town.now)


def page(town, name="grid_worker", **query):
    return signed_in(town, name).get("/grid/", query)


def test_buildings_with_what_is_open_there(town):
    add_unit(town.grid, code="22010300100100003", name="3号楼", by=None, now=town.now)
    for category in ("litter", "noise"):
        town.report(category)
    town.report(place=town.other_building)
    answer = page(town)
    found = [(one.unit.name, one.open) for one in answer.context["buildings"]]
    assert found == [("1号楼", 2), ("3号楼", 0)] and answer.context["open"] == 2
    content = answer.content.decode()
    assert (
        f'href="/report/{town.building.code}/"' in content and "2 open" in content and "2号楼" not in content
    )


def test_the_open_ones_of_a_building(town):
    issue = town.report()
    content = page(town, building=town.building.code)
    assert [row.issue for row in content.context["rows"]] == [issue]
    assert f"/i/{issue.code}/" in content.content.decode()


@pytest.mark.parametrize("code", ["22010300100100002", "22010300200100001", "nonsense"])
def test_a_building_of_another_grid_does_not_exist(town, code):
    assert page(town, building=code).status_code == 404


def test_who_stands_around(town):
    content = page(town).content.decode()
    for name in ("grid_chief", "grid_worker_deputy", "community_secretary", "building_head"):
        assert name in content, name
    for name in ("far_worker", "other_worker", "street_dispatcher", "138"):
        assert name not in content, name


def test_of_several_grids_the_one_that_is_named(town):
    town.appoint("grid_worker", "grid_chief", town.other_grid)
    assert page(town).context["grid"] == town.grid
    named = page(town, grid=town.other_grid.code)
    assert named.context["grid"] == town.other_grid and "?grid=" in named.content.decode()
    assert page(town, grid=town.far_grid.code).context["grid"] == town.grid


@pytest.mark.parametrize(
    "name", ["community_worker", "body_officer", "spotter", "building_head", "audit_admin"]
)
def test_who_works_in_no_grid_has_none(town, name):
    client = signed_in(town, name)
    assert client.get("/grid/").status_code == 403
    assert 'href="/grid/"' not in client.get("/").content.decode()


def test_the_tab_is_for_those_who_do(town):
    assert 'href="/grid/"' in signed_in(town, "grid_worker").get("/").content.decode()
    assert visitor().get("/grid/").status_code == 302


def test_the_cost_does_not_grow_with_the_grid(town):
    client = signed_in(town, "grid_worker")

    def cost(**query):
        client.get("/grid/", query)
        with CaptureQueriesContext(connection) as captured:
            client.get("/grid/", query)
        return len(captured)

    town.report()
    before = cost(), cost(building=town.building.code)
    for number in range(4, 9):
        made = add_unit(
            town.grid, code=f"2201030010010000{number}", name=f"{number}号楼", by=None, now=town.now
        )
        town.appoint(f"head{number}", "building_head", made)
        town.report(place=made)
        town.report()
    assert (cost(), cost(building=town.building.code)) == before
