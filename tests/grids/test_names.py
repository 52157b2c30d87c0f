"""Official names, read as residents say them."""

import csv

import pytest

from grids.actions.importer import DIVISIONS
from grids.names import clean_name, split_city


@pytest.mark.parametrize(
    ("raw", "level", "clean"),
    [
        ("北街办事处街道", "street", "北街街道"),
        ("泉城路街道办事处", "street", "泉城路街道"),
        ("兰家镇人民政府", "street", "兰家镇"),
        ("（工业园区）城南街道", "street", "城南街道"),
        ("（白城市生态新区）官银号街道", "street", "官银号街道"),
        ("上台子村委会", "community", "上台子村"),
        ("良种场村委会", "community", "良种场村"),
        ("张沟村村民委员会", "community", "张沟村"),
        ("朱家园子村委会（合隆经济开发区）（省级）", "community", "朱家园子村"),
        ("合隆居委会（合隆经济开发区）（省级）", "community", "合隆社区"),
        ("历山路社区居民委员会", "community", "历山路社区"),
        ("文化东路居民委员会", "community", "文化东路社区"),
        ("和苑社区居民居民委员会", "community", "和苑社区"),
        ("长江路社区", "community", "长江路社区"),
        ("长江路省级电脑科技商品经营开发区（特殊社区）", "community", "长江路省级电脑科技商品经营开发区"),
        ("镇南种羊场虚拟生活区", "community", "镇南种羊场生活区"),
        (" 站 前　街道 ", "street", "站前街道"),
        ("1号楼(东)", "building", "1号楼"),
        ("（省级）", "community", ""),
        ("村委会", "community", ""),
        ("", "grid", ""),
    ],
)
def test_clean_name(raw: str, level: str, clean: str) -> None:
    assert clean_name(raw, level) == clean
    assert clean_name(clean, level) == clean, "cleaning a clean name changes nothing"


@pytest.mark.parametrize(
    ("raw", "city", "name"),
    [
        ("长春市宽城区", "长春市", "宽城区"),
        ("荆州市沙市区", "荆州市", "沙市区"),
        ("白城市洮北区", "白城市", "洮北区"),
        ("济南市市中区", "济南市", "市中区"),
        ("沙市区", "", "沙市区"),
        ("市中区", "", "市中区"),
        ("延边朝鲜族自治州延吉市", "延边朝鲜族自治州", "延吉市"),
    ],
)
def test_split_city(raw: str, city: str, name: str) -> None:
    assert split_city(raw) == (city, name)


def test_no_name_of_the_official_list_stays_dirty() -> None:
    with DIVISIONS.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    levels = {6: "district", 9: "street", 12: "community"}
    for row in rows:
        name = clean_name(row["name"], levels[len(row["code"])])
        assert name and not any(
            word in name for word in ("委员会", "居委", "村委", "办事处", "（", "(", "虚拟")
        )
