"""The three coordinate systems: published values, and there and back everywhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grids.coordinates import (
    BD09,
    GCJ02,
    SYSTEMS,
    WGS84,
    from_wgs84,
    geometry_from_wgs84,
    geometry_to_wgs84,
    metres,
    to_wgs84,
)

# WGS-84 and GCJ-02 (longitude, latitude) from the tests of googollee/eviltransform: Shanghai, Shenzhen, Beijing; and
# of wandergis/coordtransform (test/app.js).
TO_GCJ02 = (
    ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
    ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
    ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
    ((116.404, 39.915), (116.41024449916938, 39.91640428150164)),
)
# GCJ-02 and BD-09, from the latter.
TO_BD09 = ((116.404, 39.915), (116.41036949371029, 39.92133699351021))
# The same place in all three, from the tests of a command-line tool in Rust (geotool): WGS-84, GCJ-02, BD-09. It
# computes with fewer digits of the ellipsoid, which makes a centimetre.
SAME = (
    (121.0917077, 30.6107779),
    (121.09626935575027, 30.608604331756705),
    (121.10271732371203, 30.61484572185035),
)
# BD-09 and GCJ-02 of wandergis/coordtransform, by its approximate inverse.
BACK_FROM_BD09 = ((116.404, 39.915), (116.39762729119315, 39.90865673957631))
INSIDE = st.tuples(st.floats(73.5, 135.0), st.floats(3.8, 53.6))
OUTSIDE = ((2.35, 48.85), (-104.9903, 39.7392), (153.0251, -27.4698), (139.767125, 35.681236), (0.0, 0.0))


@pytest.mark.parametrize(("wgs", "gcj"), TO_GCJ02)
def test_published_values_of_gcj02(wgs, gcj) -> None:
    assert from_wgs84(*wgs, GCJ02) == pytest.approx(gcj, abs=1e-9)
    assert to_wgs84(*gcj, GCJ02) == pytest.approx(wgs, abs=1e-9)


def test_published_values_of_bd09() -> None:
    gcj, bd = TO_BD09
    assert from_wgs84(*to_wgs84(*gcj, GCJ02), BD09) == pytest.approx(bd, abs=1e-9)


def test_one_place_in_all_three() -> None:
    for here, one in zip(SYSTEMS, SAME, strict=True):
        for there, other in zip(SYSTEMS, SAME, strict=True):
            assert from_wgs84(*to_wgs84(*one, here), there) == pytest.approx(other, abs=2e-7), (here, there)


def test_the_usual_inverse_is_centimetres_off_and_ours_is_not() -> None:
    bd, gcj = BACK_FROM_BD09
    ours = from_wgs84(*to_wgs84(*bd, BD09), GCJ02)
    assert ours == pytest.approx(gcj, abs=1e-6) and ours != pytest.approx(gcj, abs=1e-7)
    assert from_wgs84(*to_wgs84(*ours, GCJ02), BD09) == pytest.approx(bd, abs=1e-9)


@given(INSIDE, st.sampled_from(SYSTEMS))
def test_there_and_back(point, system) -> None:
    assert to_wgs84(*from_wgs84(*point, system), system) == pytest.approx(point, abs=1e-7)
    assert from_wgs84(*to_wgs84(*point, system), system) == pytest.approx(point, abs=1e-7)


@given(INSIDE)
def test_the_systems_differ_by_hundreds_of_metres(point) -> None:
    assert 1 < metres(*point, *from_wgs84(*point, GCJ02)) < 1500
    assert 100 < metres(*point, *from_wgs84(*point, BD09)) < 2500


@pytest.mark.parametrize("point", OUTSIDE)
@pytest.mark.parametrize("system", SYSTEMS)
def test_outside_china_nothing_changes(point, system) -> None:
    assert from_wgs84(*point, system) == to_wgs84(*point, system) == point


@pytest.mark.parametrize("system", SYSTEMS)
def test_geometries_of_every_depth(system) -> None:
    ring = [[125.0, 43.0], [125.1, 43.0], [125.1, 43.1], [125.0, 43.0]]
    for kind, coordinates in (("Point", ring[0]), ("Polygon", [ring]), ("MultiPolygon", [[ring]])):
        there = geometry_from_wgs84({"type": kind, "coordinates": coordinates}, system)
        assert (there["coordinates"] == coordinates) is (system == WGS84)
        back = geometry_to_wgs84(there, system)
        assert _flat(back["coordinates"]) == pytest.approx(_flat(coordinates), abs=1e-7)


def _flat(value) -> list[float]:
    return [one for part in value for one in _flat(part)] if isinstance(value, list) else [value]
