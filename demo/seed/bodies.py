"""Who besides the units can be given work: departments, offices, posted squads, utilities, firms, residents'
bodies. Kinds of functions, no real one of them; every name says 演示."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from grids.actions.bodies import add_body
from grids.levels import RURAL
from grids.models import Body, Unit


class Wanted(NamedTuple):
    """A body to be made: `key` names its function, within the district or within a street."""

    key: str
    kind: str
    name: str


OF_DISTRICT = (
    Wanted("command", "centre", "城市运行指挥中心"),
    Wanted("grid_centre", "centre", "网格化服务中心"),
    Wanted("housing", "department", "住房和城乡建设局"),
    Wanted("city", "department", "城市管理局"),
    Wanted("police", "department", "公安分局"),
    Wanted("market", "department", "市场监督管理局"),
    Wanted("emergency", "department", "应急管理局"),
    Wanted("fire", "department", "消防救援大队"),
    Wanted("environment", "department", "生态环境分局"),
    Wanted("civil", "department", "民政局"),
    Wanted("health", "department", "卫生健康局"),
    Wanted("labour", "department", "人力资源和社会保障局"),
    Wanted("transport", "department", "交通运输局"),
    Wanted("rivers", "department", "水务局"),
    Wanted("farming", "department", "农业农村局"),
    Wanted("justice", "department", "司法局"),
    Wanted("business", "department", "商务和企业服务局"),
    Wanted("heat", "utility", "供热企业"),
    Wanted("water", "utility", "供水企业"),
    Wanted("power", "utility", "供电企业"),
    Wanted("gas", "utility", "燃气企业"),
)
# Four offices and one centre (4办+1中心), squads posted from departments, firms and residents' bodies.
OF_STREET = (
    Wanted("party_office", "office", "党建工作办公室"),
    Wanted("safety_office", "office", "平安建设办公室"),
    Wanted("works_office", "office", "城乡建设管理办公室"),
    Wanted("people_office", "office", "民生服务办公室"),
    Wanted("service", "centre", "网格化服务中心"),
    Wanted("squad", "posted", "综合执法派驻中队"),
    Wanted("market_post", "posted", "市场监管派驻所"),
    Wanted("police_post", "posted", "派出所联络组"),
    Wanted("property", "property", "甲物业服务企业"),
    Wanted("property2", "property", "乙物业服务企业"),
    Wanted("owners", "owners", "业主委员会联络点"),
)
NOT_IN_TOWNS = {"property2", "owners"}
# Its head reads every reply before it goes out; the demo signs in there.
APPROVES = {"city"}


@dataclass(frozen=True)
class Bodies:
    """The bodies of a district by function, and those of each street by its id."""

    district: Mapping[str, Body]
    streets: Mapping[int, Mapping[str, Body]]

    def all(self) -> list[Body]:
        """Every one of them."""
        return [*self.district.values(), *(body for part in self.streets.values() for body in part.values())]

    def find(self, key: str, street_id: int) -> Body | None:
        """By function: the street's own, else the district's; None where there is none (towns have fewer)."""
        return self.streets.get(street_id, {}).get(key) or self.district.get(key)


def add_bodies(district: Unit, streets: Iterable[Unit], *, now: datetime) -> Bodies:
    """Make all bodies of a district and of these streets."""
    of_streets = {}
    for street in streets:
        rows = [row for row in OF_STREET if street.line != RURAL or row.key not in NOT_IN_TOWNS]
        of_streets[street.pk] = {row.key: _add(street, row, now) for row in rows}
    return Bodies({row.key: _add(district, row, now) for row in OF_DISTRICT}, of_streets)


def _add(unit: Unit, row: Wanted, now: datetime) -> Body:
    code = f"{unit.code}-{row.key.replace('_', '-')}"
    return add_body(
        unit,
        kind=row.kind,
        code=code,
        name=f"{unit.name}{row.name}（演示）",
        by=None,
        now=now,
        approves_replies=row.key in APPROVES,
    )
