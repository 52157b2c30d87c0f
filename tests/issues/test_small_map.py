"""The small map: the grid, its community and the place on a raster; nothing of what no map may show."""

import pytest

from accounts.models import User
from grids.actions.tree import change_unit
from issues.models import Issue
from issues.small_map import small_map
from tests.faces import signed_in, stop_clock


def square(west, south, size):
    east, north = west + size, south + size
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


@pytest.fixture
def drawn(town):
    facts = {"by": None, "now": town.now}
    change_unit(town.community, boundary=square(125.3, 43.9, 0.02), lon=125.31, lat=43.91, **facts)
    change_unit(town.grid, boundary=square(125.305, 43.905, 0.005), lon=125.3075, lat=43.9075, **facts)
    return town


def at(issue, lon, lat):
    Issue.objects.filter(pk=issue.pk).update(lon=lon, lat=lat)
    return Issue.objects.get(pk=issue.pk)


def roles(drawing):
    return [path.role for path in drawing.paths]


def test_the_grid_its_community_and_the_place(drawn):
    issue = at(drawn.report(), 125.30712345, 43.90712345)
    drawing = small_map(issue)
    assert roles(drawing) == ["above", "new", "fault"]
    # Both of a hundred metres: as exactly as a map may show it.
    assert small_map(at(issue, 125.30699, 43.90699)) == drawing


def test_without_a_position_no_place_is_marked(drawn):
    assert roles(small_map(at(drawn.report(), None, None))) == ["above", "new"]


def test_a_shape_alone_says_nothing(drawn):
    issue = at(drawn.report(), None, None)
    change_unit(drawn.community, boundary=None, by=None, now=drawn.now)
    assert small_map(issue) is None
    assert roles(small_map(at(issue, 125.307, 43.907))) == ["new", "fault"]


def test_no_map_without_boundaries_and_none_of_a_dispute(town, drawn):
    issue = at(town.report(), 125.307, 43.907)
    Issue.objects.filter(pk=issue.pk).update(kind="dispute")
    assert small_map(issue) is None
    change_unit(town.grid, boundary=None, by=None, now=town.now)
    Issue.objects.filter(pk=issue.pk).update(kind="help")
    assert small_map(issue) is None


def test_the_page_has_it(drawn, monkeypatch):
    stop_clock(monkeypatch, drawn.now)
    User.objects.update(is_staff=True)
    issue = at(drawn.report("noise"), 125.307, 43.907)
    content = (
        signed_in(drawn, "community_worker").get(f"/admin/issues/issue/{issue.pk}/change/").content.decode()
    )
    assert 'class="gz-map' in content and "gz-map-fault" in content
