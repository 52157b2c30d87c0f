"""What the five districts have decided for themselves: one rule each, and more where people are shown at work.

Every one is our own sample and says so; what no source names is never shown as anybody's real rule.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from grids.actions.policies import set_policy
from grids.models import Body, Unit
from issues.hotline.columns import USUAL
from issues.policies.matters import BODY, sample_duty_list
from issues.policies.times import ALL

# Its street gives stalls to the squad, and would like to give the roads to its grids: the duty list stops that.
HOME_RULES = {"road_surface": {"responsible": "grid"}}
# What the other streets have set, in turn.
STREET_RULES: Sequence[Mapping[str, Mapping[str, Any]]] = (
    {"clean_rubbish": {"photo": "wanted"}},
    {"road_parking": {"submit": [5, "working_days"]}},
    {"home_firm": {"check": "yes"}},
)
# A hotline that calls some columns otherwise; the two districts with orders use the usual headings.
HEADINGS = {
    meaning: {"heading": heading}
    for meaning, heading in (USUAL | {"number": "诉求编号", "caller": "诉求人", "phone": "联系电话"}).items()
}
BICYCLES = {
    "name": "共享单车乱停放",
    "name_en": "Shared bicycles in the way",
    "kind": "help",
    "handled_at": "grid",
    "for_residents": "yes",
    "hint": "占用人行道、盲道或消防通道",
    "hint_en": "On pavements, tactile paths or escape routes",
}
DISTRICT_RULES: Sequence[tuple[str, str, Mapping[str, Mapping[str, Any]], str]] = (
    ("220103", "categories", {"home_lift": {"check": "yes"}}, "演示样例：电梯故障办结后到现场核实"),
    ("220103", "sampling", {ALL: {"percent": 10}}, "演示样例：办结事项抽查一成"),
    ("621002", "ladder", {ALL: {"remind_percent": 70}}, "演示样例：时限过七成即提醒"),
    ("421002", "extension", {ALL: {"times": 1, "longest": [10, "working_days"]}}, "演示样例：只延期一次"),
    ("421002", "hotline_columns", HEADINGS, "演示样例：本市热线的表头"),
    (
        "621002",
        "rungs",
        {"chase": {"audience": ["above", "board", "owner"]}},
        "演示样例：催办同时告知督办人员",
    ),
    ("370102", "own_categories", {"own_1": BICYCLES}, "演示样例：本区增设的事项类别"),
    ("220802", "whistle_review", {"community": {"quick": True}}, "演示样例：社区快捷哨也先经街道审哨"),
)
DUTY_LISTS = {"220103": "演示样例：职责清单以外的事项不派给网格", "370102": "演示样例：13类42项职责清单"}


def set_policies(home: Unit, streets: Iterable[Unit], squads: Mapping[int, Body], *, now: datetime) -> None:
    """The rules of the five districts, and of each of these streets; `home` is the demo users' own."""
    districts = {unit.code: unit for unit in Unit.objects.at("district")}
    for code, key, value, why in DISTRICT_RULES:
        _set(districts[code], key, value, why, now)
    for code, why in DUTY_LISTS.items():
        _set(districts[code], "duty_list", sample_duty_list(), why, now)
    for number, street in enumerate(streets):
        if street == home:
            squad = {"order_stalls": {"responsible": BODY, "body": squads[street.pk].code}}
            _set(street, "categories", HOME_RULES | squad, "演示样例：占道经营由派驻中队承办", now)
        else:
            rule = STREET_RULES[number % len(STREET_RULES)]
            _set(street, "categories", rule, "演示样例：本街道的事项规则", now)


def _set(unit: Unit, key: str, value: Mapping[str, Any], why: str, now: datetime) -> None:
    set_policy(unit, key, value, by=None, now=now, reason=why, is_sample=True)
