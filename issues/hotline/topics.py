"""Which of our categories a hotline's classification A->B->C means. Guesses are screened by a person."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import NamedTuple

FALLBACK = "other"
_ARROW = re.compile(r"\s*(?:-+>|=+>|→|>|/|\\|\|)\s*")
# Sample: words of usual hotline classifications → our own keys. A district's own table (issues/policies/hotline.py) goes
# before it.
WORDS: tuple[tuple[str, str], ...] = (
    ("建筑垃圾", "clean_builders"),
    ("装修垃圾", "clean_builders"),
    ("垃圾", "clean_rubbish"),
    ("公厕", "clean_toilet"),
    ("河道", "clean_river"),
    ("黑臭水体", "clean_river"),
    ("鼠患", "clean_pests"),
    ("流浪", "clean_pests"),
    ("下水", "home_leak"),
    ("漏水", "home_leak"),
    ("电梯", "home_lift"),
    ("楼道", "home_stairs"),
    ("外墙", "home_roof"),
    ("物业", "home_firm"),
    ("老旧小区", "home_old"),
    ("供暖", "supply_heat"),
    ("供热", "supply_heat"),
    ("供水", "supply_water"),
    ("停水", "supply_water"),
    ("供电", "supply_power"),
    ("停电", "supply_power"),
    ("燃气", "supply_gas"),
    ("路灯", "road_light"),
    ("停车", "road_parking"),
    ("井盖", "road_surface"),
    ("路面", "road_surface"),
    ("道路破损", "road_surface"),
    ("噪声", "order_noise"),
    ("噪音", "order_noise"),
    ("油烟", "order_noise"),
    ("违建", "order_building"),
    ("违章建筑", "order_building"),
    ("违法建设", "order_building"),
    ("占道经营", "order_stalls"),
    ("邻里纠纷", "order_dispute"),
    ("飞线", "hazard_ebike"),
    ("电动车充电", "hazard_ebike"),
    ("消防", "hazard_fire"),
    ("养老", "care_old"),
    ("低保", "care_need"),
    ("救助", "care_need"),
    ("残疾", "care_disabled"),
    ("户籍", "policy_papers"),
    ("医保", "policy_insurance"),
    ("社保", "policy_insurance"),
    ("就业", "policy_insurance"),
    ("消费", "firm_market"),
    ("预付卡", "firm_market"),
)
KINDS = {
    "求助": "help",
    "投诉": "complaint",
    "举报": "complaint",
    "建议": "suggestion",
    "意见": "suggestion",
    "表扬": "suggestion",
    "咨询": "question",
    "企业诉求": "enterprise",
}


class Topic(NamedTuple):
    """A category's key; `known`: the table or the words say so; else it is the fallback, to be screened."""

    key: str
    known: bool


def parts_of(path: str) -> list[str]:
    """A->B->C taken apart, whichever arrow the hotline writes."""
    return [part for part in _ARROW.split(path.strip()) if part]


def bare_path(path: str) -> str:
    """A path, or a part of one, as it is compared."""
    return "->".join(parts_of(unicodedata.normalize("NFKC", path)))


def topic_of(path: str, names: Mapping[str, str], chosen: Mapping[str, str]) -> Topic:
    """The category of A->B->C among `names` (name → key of those in use).

    `chosen` (the path or a piece of it, as `bare_path` writes it → key) goes first, the longest piece before the shorter
    ones and the last of equal length first; then what is called exactly like one of the parts, the last part first; then
    the sample words; else the fallback.
    """
    parts, keys = parts_of(path), set(names.values())
    for piece in _pieces(parts_of(unicodedata.normalize("NFKC", path))):
        if (key := chosen.get(piece, "")) in keys:
            return Topic(key, True)
    for part in reversed(parts):
        if part in names:
            return Topic(names[part], True)
    for part in reversed(parts):
        found = next((key for word, key in WORDS if word in part and key in keys), None)
        if found:
            return Topic(found, True)
    return Topic(FALLBACK, False)


def _pieces(parts: list[str]) -> Iterator[str]:
    """Of A, B, C: A->B->C, B->C, A->B, C, B, A."""
    for length in range(len(parts), 0, -1):
        for start in range(len(parts) - length, -1, -1):
            yield "->".join(parts[start : start + length])


def kind_of(type_: str) -> str:
    """The kind that an order's type means; "" for an unknown one: the category's then."""
    return next((kind for word, kind in KINDS.items() if word in type_), "")
