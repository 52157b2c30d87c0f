"""What a boundary may be by itself and beside others, what a file of them says, and how they are drawn."""

import json

import pytest
from django.utils import translation
from shapely.geometry import shape

from grids.boundaries import MOST_POSITIONS, boundary_problem, centre_of, covers, tidy
from grids.boundary_files import MOST_FEATURES, read_boundaries, read_text, sound
from grids.coordinates import BD09, WGS84, geometry_from_wgs84
from grids.drawing import draw
from grids.plots import Plot, faults_between, hectares

# About a metre, in degrees of latitude.
METRE = 1 / 111_320


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def box(west, south, east, north) -> dict:
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def feature(code, geometry) -> dict:
    return {"type": "Feature", "properties": {"code": code}, "geometry": geometry}


def collection(*features) -> dict:
    return {"type": "FeatureCollection", "features": list(features)}


SQUARE = box(125.0, 43.0, 125.1, 43.1)
BOW_TIE = {"type": "Polygon", "coordinates": [[[125, 43], [126, 44], [126, 43], [125, 44], [125, 43]]]}


@pytest.mark.parametrize(
    ("geometry", "said"),
    [
        ({"type": "Point", "coordinates": [125, 43]}, "Polygon"),
        ({"type": ["Polygon"], "coordinates": []}, "Polygon"),
        ({"type": "Polygon", "coordinates": [[[125, 43], [126, 43], [126, 44]]]}, "ends where it begins"),
        ({"type": "Polygon", "coordinates": [[[43, 125], [43, 126], [44, 126], [43, 125]]]}, "degrees"),
        (BOW_TIE, "crosses or touches itself at 125.5, 43.5"),
        (box(2.0, 48.0, 2.1, 48.1), "outside China"),
        (
            {
                "type": "Polygon",
                "coordinates": [SQUARE["coordinates"][0], box(126, 43, 126.1, 43.1)["coordinates"][0]],
            },
            "wrongly in each other",
        ),
        (
            {"type": "Polygon", "coordinates": [[[125, 43]] * (MOST_POSITIONS + 1)]},
            f"at most {MOST_POSITIONS}",
        ),
    ],
)
def test_what_is_no_boundary(geometry, said) -> None:
    assert said in str(boundary_problem(geometry))


def test_what_is_one() -> None:
    hole = box(125.02, 43.02, 125.04, 43.04)["coordinates"][0]
    ring = {"type": "Polygon", "coordinates": [SQUARE["coordinates"][0], hole]}
    assert boundary_problem(None) is boundary_problem(SQUARE) is boundary_problem(ring) is None
    assert covers(ring, 125.05, 43.05) and not covers(ring, 125.03, 43.03)
    assert covers(ring, 125.0, 43.0), "the line belongs to it"
    assert centre_of(SQUARE) == pytest.approx((125.05, 43.05))


@pytest.mark.parametrize("number", [10**400, float("inf"), float("nan"), True, "125", None])
def test_what_is_no_number(number) -> None:
    ring = [[125, 43], [125.1, 43], [number, 43.1], [125, 43]]
    assert boundary_problem({"type": "Polygon", "coordinates": [ring]})


def test_some_with_a_height_and_some_without() -> None:
    ring = {"type": "Polygon", "coordinates": [[[125, 43], [125.1, 43, 9], [125.1, 43.1, 9, 1], [125, 43]]]}
    assert boundary_problem(ring) is None and covers(ring, 125.05, 43.01)
    assert all(len(one) == 2 for one in tidy(ring)["coordinates"][0])


def test_tidy_is_rfc_7946() -> None:
    clockwise = {
        "type": "Polygon",
        "coordinates": [[[125, 43, 9], [125, 43.1, 9], [125.1, 43.1, 9], [125, 43, 9]]],
        "crs": {"type": "name"},
    }
    neat = tidy(clockwise)
    assert set(neat) == {"type", "coordinates"} and all(len(one) == 2 for one in neat["coordinates"][0])
    assert shape(neat).exterior.is_ccw
    assert tidy(neat) == neat and json.loads(json.dumps(neat)) == neat


class TestNeighbours:
    def faults(self, *plots: Plot) -> list[str]:
        numbers = {plot.code: number for number, plot in enumerate(plots, start=1) if plot.new}
        return [f"{fault.number} {fault.code}: {fault.reason}" for fault in faults_between(plots, numbers)]

    def test_siblings_may_share_a_strip_and_no_more(self) -> None:
        left = Plot("1", "左", "p", box(125.0, 43.0, 125.01, 43.01))
        narrow = Plot("2", "右", "p", box(125.01 - 5 * METRE, 43.0, 125.02, 43.01), new=True)
        deep = Plot("2", "右", "p", box(125.01 - 50 * METRE, 43.0, 125.02, 43.01), new=True)
        assert self.faults(left, narrow) == []
        (said,) = self.faults(left, deep)
        assert said.startswith("2 2: This overlaps 左 (1) by 4.06 hectares") or "overlaps 左 (1)" in said
        other = Plot("1", "左", "elsewhere", left.geometry)
        assert self.faults(other, deep) == [], "no sibling"

    def test_of_two_new_ones_it_is_told_once(self) -> None:
        one = Plot("1", "甲", "p", box(125.0, 43.0, 125.01, 43.01), new=True)
        two = Plot("2", "乙", "p", box(125.0, 43.0, 125.02, 43.01), new=True)
        (said,) = self.faults(one, two)
        assert said.startswith("2 2: ")

    def test_inside_the_parent_and_around_the_children(self) -> None:
        parent = Plot("p", "社区", "", box(125.0, 43.0, 125.02, 43.02))
        inside = Plot("1", "格", "p", box(125.0, 43.0, 125.02 + 5 * METRE, 43.02), new=True)
        beyond = Plot("1", "格", "p", box(125.0, 43.0, 125.03, 43.02), new=True)
        assert self.faults(parent, inside) == []
        (said,) = self.faults(parent, beyond)
        assert "not wholly inside 社区 (p)" in said
        smaller = Plot("p", "社区", "", box(125.0, 43.0, 125.01, 43.02), new=True)
        (said,) = self.faults(smaller, Plot("1", "格", "p", inside.geometry))
        assert said.startswith("1 p: ") and "leaves out a part of 格 (1)" in said

    def test_what_stood_wrongly_before_is_not_told(self) -> None:
        old = [Plot(code, code, "p", box(125.0, 43.0, 125.01, 43.01)) for code in "12"]
        assert self.faults(*old, Plot("3", "3", "p", box(125.1, 43.0, 125.11, 43.01), new=True)) == []

    def test_a_neighbour_that_crosses_itself_stops_nothing(self) -> None:
        old = Plot("1", "旧", "p", BOW_TIE)
        (said,) = self.faults(old, Plot("2", "新", "p", box(125.0, 43.4, 125.1, 43.6), new=True))
        assert "overlaps 旧 (1)" in said

    def test_the_mark_shows_where(self) -> None:
        one = Plot("1", "甲", "p", box(125.0, 43.0, 125.01, 43.01))
        two = Plot("2", "乙", "p", box(125.005, 43.0, 125.02, 43.01), new=True)
        (fault,) = faults_between([one, two], {"2": 1})
        assert shape(fault.mark).bounds == pytest.approx((125.005, 43.0, 125.01, 43.01), abs=1e-6)
        assert hectares(fault.mark) == pytest.approx(45.3, rel=0.02)


class TestFiles:
    def test_features_by_code(self) -> None:
        found = read_boundaries(collection(feature("1", SQUARE), {**feature(None, SQUARE), "id": 2}), WGS84)
        assert (list(found.shapes), found.numbers, found.faults) == (["1", "2"], {"1": 1, "2": 2}, [])

    def test_in_another_system(self) -> None:
        found = read_boundaries(geometry_from_wgs84(SQUARE, BD09), BD09, "1")
        assert found.shapes == {"1": tidy(SQUARE)}

    @pytest.mark.parametrize(
        "document",
        [
            None,
            7,
            [],
            {},
            {"type": "FeatureCollection"},
            collection(),
            {"type": "FeatureCollection", "features": {}},
        ],
    )
    def test_what_is_no_collection(self, document) -> None:
        (fault,) = read_boundaries(document, WGS84).faults
        assert "FeatureCollection" in fault.reason

    def test_every_fault_with_its_feature(self) -> None:
        document = collection(
            feature("1", SQUARE),
            feature("1", SQUARE),
            feature("", SQUARE),
            7,
            feature("5", BOW_TIE),
            feature("6", None),
            feature("7\0", SQUARE),
            feature("8", box(2, 48, 3, 49)),
        )
        found = read_boundaries(document, WGS84)
        assert [fault.number for fault in found.faults] == [2, 3, 4, 5, 6, 7, 8]
        assert found.faults[3].mark["coordinates"] == (125.5, 43.5)
        assert str(found.faults[5]).startswith("Feature 7 (—)")
        assert list(sound(found)) == [], "the first feature of a code that comes twice is in doubt too"

    @pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"type": NaN}'])
    def test_what_is_no_json(self, data) -> None:
        (fault,) = read_text(data, WGS84).faults
        assert "JSON" in fault.reason

    def test_too_many(self) -> None:
        (fault,) = read_boundaries(collection(*[{}] * (MOST_FEATURES + 1)), WGS84).faults
        assert str(MOST_FEATURES) in fault.reason or "2000" in fault.reason
        (fault,) = read_boundaries(collection(feature("1", SQUARE), feature("2", SQUARE)), WGS84, "1").faults
        assert "At most 1 " in fault.reason


def test_a_drawing_has_everything_north_up() -> None:
    parent = Plot("p", "社区", "", box(125.0, 43.0, 125.02, 43.02))
    beside = Plot("1", "左", "p", box(125.0, 43.0, 125.01, 43.02))
    new = Plot("2", "右", "p", box(125.005, 43.01, 125.02, 43.02), new=True)
    faults = faults_between([parent, beside, new], {"2": 1})
    drawing = draw([parent, beside, new], faults)
    assert drawing is not None
    assert [path.role for path in drawing.paths] == ["above", "beside", "new", "fault"]
    assert drawing.paths[0].label == "社区 p" and drawing.paths[2].label == "右 2"
    ys = [float(pair.split()[1]) for pair in drawing.paths[2].d.strip("MZ").split("L")]
    assert max(ys) < drawing.height * 0.55, "what lies north is above"
    assert draw([], []) is None
