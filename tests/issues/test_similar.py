"""How alike two reports are: pairs as people write them, and places."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grids.coordinates import metres
from issues.similar import NEAR_METRES, SIMILAR, Spot, box, nearness, score, similarity, tokens

ALIKE = [
    ("楼道灯坏了", "我们楼道的灯坏了好几天,没人来修"),
    ("楼道灯坏了", "二单元楼道里的灯坏了"),
    ("电梯停运,老人下不了楼", "1号楼电梯又停运了,老人没法下楼"),
    ("垃圾没有清运", "垃圾桶满了,垃圾好几天没有清运"),
    ("暖气不热,室内只有15度", "家里暖气不热才15度"),
    ("井盖松动,车压过去响", "路口井盖松动了,很危险"),
    ("下水道堵了,污水往外冒", "污水冒出来了,下水道堵塞"),
    ("噪音扰民,晚上施工", "工地晚上施工噪音太大"),
    ("消防通道被车堵住", "有车堵住消防通道"),
    ("The lift is out of order", "lift out of order again"),
    ("12345工单:路灯不亮", "路灯不亮 12345"),
]
APART = [
    ("楼道灯坏了", "电梯停运"),
    ("垃圾没有清运", "暖气不热"),
    ("井盖松动", "路灯不亮"),
    ("请问怎么办理居住证", "下水道堵了"),
    ("我想咨询一下医保", "我要投诉物业收费"),
    ("有人在楼道堆放杂物", "小区停车位不够,请增加"),
    ("的了吗呢", "的了吗呢"),
    ("", "楼道灯坏了"),
    ("!!!", "???"),
]
HERE = Spot(building=1, grid=7, lon=125.32, lat=43.88)


@pytest.mark.parametrize(("one", "two"), ALIKE)
def test_the_same_thing_in_other_words(one: str, two: str) -> None:
    assert similarity(one, two) >= SIMILAR


@pytest.mark.parametrize(("one", "two"), APART)
def test_another_thing(one: str, two: str) -> None:
    assert similarity(one, two) < SIMILAR


def test_numbers_and_latin_words_count_whole_whatever_their_width() -> None:
    assert tokens("3号楼ABC") == {"3", "号楼", "abc"} == tokens("３号楼ＡＢＣ")
    assert not tokens("12号") & tokens("2号") - tokens("号")


def test_what_is_in_every_report_says_nothing() -> None:
    assert tokens("我们的灯坏了呀") == tokens("灯坏")


@given(st.text(max_size=60), st.text(max_size=60))
def test_alike_both_ways_and_never_beyond_the_same(one: str, two: str) -> None:
    assert similarity(one, two) == similarity(two, one)
    assert 0 <= similarity(one, two) <= 1
    assert similarity(one, one) in (0.0, 1.0)


# Degrees between points whose distance is known: a minute of latitude is a nautical mile.
def test_metres() -> None:
    assert metres(125.0, 43.0, 125.0, 43.0 + 1 / 60) == pytest.approx(1852, rel=0.002)
    assert metres(125.32, 43.88, 125.32, 43.88) == 0
    assert metres(179.9999, 0, -179.9999, 0) == pytest.approx(22.2, rel=0.01)


@given(st.floats(73, 135), st.floats(18, 54), st.floats(-0.003, 0.003), st.floats(-0.003, 0.003))
def test_the_box_holds_everything_near(lon: float, lat: float, east: float, north: float) -> None:
    if metres(lon, lat, lon + east, lat + north) <= NEAR_METRES:
        west_edge, south_edge, east_edge, north_edge = box(lon, lat)
        assert west_edge <= lon + east <= east_edge and south_edge <= lat + north <= north_edge


@pytest.mark.parametrize(
    ("other", "near"),
    [
        (Spot(building=1), 1.0),
        (Spot(building=2, grid=8, lon=125.32, lat=43.88), 1.0),
        (Spot(building=2, grid=7, lon=125.32, lat=43.8804), 0.78),
        (Spot(building=2, grid=7, lon=125.32, lat=43.882), 0.0),
        (Spot(grid=7), 0.3),
        (Spot(building=2, grid=7), 0.3),
        (Spot(building=2, grid=8), 0.0),
        (Spot(), 0.0),
    ],
)
def test_nearness(other: Spot, near: float) -> None:
    assert nearness(HERE, other) == pytest.approx(near, abs=0.01)
    assert nearness(other, HERE) == pytest.approx(near, abs=0.01)


@pytest.mark.parametrize(
    ("near", "alike", "same", "shown"),
    [
        (1.0, 0.0, True, True),
        (0.5, 0.0, True, True),
        (1.0, 0.3, False, True),
        (1.0, 0.2, False, False),
        (0.3, 0.2, True, False),
        (0.3, 0.3, True, True),
        (0.0, 1.0, True, False),
    ],
)
def test_what_is_worth_showing(near: float, alike: float, same: bool, shown: bool) -> None:
    assert (score(near, alike, same_category=same) > 0) == shown


def test_the_best_stands_first() -> None:
    exact = score(1.0, 1.0, same_category=True)
    assert exact > score(1.0, 0.4, same_category=True) > score(1.0, 0.4, same_category=False)
    assert score(1.0, 0.4, same_category=True) > score(0.3, 0.4, same_category=True)
