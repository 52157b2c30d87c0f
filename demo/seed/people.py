"""Who serves where. Nobody is real: every name says 演示, nobody has a telephone, most cannot sign in."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from accounts.actions import NewAccount, open_accounts
from demo.seed.bodies import Bodies
from demo.seed.passwords import Password
from demo.seed.places import Shown
from grids.actions.appointments import Appointment, appoint_many
from grids.models import Body, Post, Unit
from grids.roles import ROLES

SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
SYSTEM, CIVIC = "sensors", "open311"
SYSTEMS = {SYSTEM: "演示·物联感知平台", CIVIC: "演示·市民应用"}
# Roles whose work is done in the staff admin.
AT_A_DESK = frozenset(
    {
        "district_dispatcher",
        "street_dispatcher",
        "street_leader",
        "community_secretary",
        "community_worker",
        "body_head",
        "supervisor",
        "system_admin",
        "security_admin",
        "audit_admin",
    }
)


@dataclass(frozen=True)
class Seat:
    """A role at a place, held by the person with this number; `deputy` is another person's number."""

    role: str
    place: Unit | Body
    person: int
    deputy: int | None = None


@dataclass
class Roll:
    """Everybody who is wanted, before any account is opened."""

    prefix: str
    passwords: dict[str, Password]
    accounts: list[NewAccount] = field(default_factory=list)
    seats: list[Seat] = field(default_factory=list)

    def person(self, role: str, *, shown: bool = False) -> int:
        """Another person's number. The one shown for a role signs in under the role's own name."""
        number = len(self.accounts)
        secret = self.passwords[role] if shown else None
        self.accounts.append(
            NewAccount(
                username=f"{self.prefix}{role}" if shown else f"{self.prefix}{role}_{number:04d}",
                display_name=f"演示·{SURNAMES[number % len(SURNAMES)]}{number:04d}",
                is_staff=role in AT_A_DESK,
                password_hash=secret.hash if secret else "",
            )
        )
        return number

    def system(self, name: str) -> int:
        """The service account by which another system reports: sensors, a civic app."""
        shown = SYSTEMS[name]
        self.accounts.append(NewAccount(username=f"{self.prefix}{name}", display_name=shown, is_service=True))
        return len(self.accounts) - 1

    def seat(self, role: str, place: Unit | Body, person: int, deputy: int | None = None) -> None:
        """Give a person a role at a place."""
        self.seats.append(Seat(role, place, person, deputy))

    def pair(self, place: Unit | Body, first: str, second: str, *, shown: bool = False) -> tuple[int, int]:
        """Two persons at one place who stand in for each other (A/B角)."""
        one, other = self.person(first, shown=shown), self.person(second, shown=shown)
        self.seat(first, place, one, other)
        self.seat(second, place, other, one)
        return one, other


@dataclass(frozen=True)
class Home:
    """Where the demo's users serve, one inside the other; and the department that their community calls."""

    district: Unit
    street: Unit
    community: Unit
    grid: Unit
    building: Unit
    department: Body

    def places(self) -> dict[str, Unit | Body]:
        """Role → where its demo user serves."""
        units = {
            name: getattr(self, name) for name in ("district", "street", "community", "grid", "building")
        }
        at = {role.key: next((name for name in units if name in role.at), None) for role in ROLES.values()}
        found = {role: units[name] if name else self.department for role, name in at.items()}
        return found | {"spotter": self.street, "supervisor": self.district}


def home_of(shown: Shown, bodies: Bodies) -> Home:
    """The first basic grid with buildings of the community where the demo's users serve."""
    within = Unit.objects.open()
    community = within.at("community").filter(street__code=shown.street)[shown.community]
    grid = within.at("grid").filter(community=community, grid_kind="basic")[0]
    building = within.at("building").filter(grid=grid)[0]
    return Home(community.district, community.street, community, grid, building, bodies.district["city"])


def appoint_all(
    shown: Shown,
    home: Home,
    bodies: Bodies,
    passwords: dict[str, Password],
    rng: random.Random,
    *,
    now: datetime,
) -> list[Post]:
    """Open an account for everybody and give them their posts, two statements a thousand."""
    roll = Roll(shown.prefix, passwords)
    units = [unit for unit in Unit.objects.within(home.district).order_by("code") if shown.covers(unit.code)]
    _district(roll, home, len(bodies.streets))
    for street in [unit for unit in units if unit.kind == "street"]:
        roll.pair(street, "street_leader", "street_dispatcher", shown=street == home.street)
    workers = _communities(roll, [unit for unit in units if unit.kind == "community"], home)
    _grids(roll, [unit for unit in units if unit.kind == "grid"], home, workers, rng)
    _buildings(roll, [unit for unit in units if unit.kind == "building"], home)
    for body in bodies.all():
        if body.kind == "centre" and body.street_id is None:
            roll.pair(body, "district_dispatcher", "district_dispatcher")
        roll.pair(body, "body_head", "body_officer", shown=body == home.department)
    _outsiders(roll, home, [unit for unit in units if unit.kind == "street"])
    return _write(roll, now)


def stand_behind(districts: Iterable[Unit], *, now: datetime) -> None:
    """One dispatcher for each district that is not shown at work: nothing may ever be addressed to nobody."""
    for district in districts:
        roll = Roll(f"{district.code}_", {})
        roll.seat("district_dispatcher", district, roll.person("district_dispatcher"))
        _write(roll, now)


def _district(roll: Roll, home: Home, streets: int) -> None:
    first, second = roll.person("district_dispatcher", shown=True), roll.person("district_dispatcher")
    roll.seat("district_dispatcher", home.district, first, second)
    roll.seat("district_dispatcher", home.district, second, first)
    for role in ("supervisor", "system_admin", "security_admin", "audit_admin"):
        roll.seat(role, home.district, roll.person(role, shown=True))


def _communities(roll: Roll, communities: Sequence[Unit], home: Home) -> dict[int, int]:
    """A secretary and two workers each; community id → the worker who is posted to its grids as well."""
    posted = {}
    for community in communities:
        _one, worker = roll.pair(
            community, "community_secretary", "community_worker", shown=community == home.community
        )
        second = roll.person("community_worker")
        roll.seat("community_worker", community, second, worker)
        posted[community.pk] = second
    return posted


def _grids(roll: Roll, grids: Sequence[Unit], home: Home, posted: dict[int, int], rng: random.Random) -> None:
    """Two chiefs, one full-time worker and part-timers (2+1+N+X, S4:10): most grids, not all."""
    for grid in grids:
        is_home = grid == home.grid
        chief = roll.person("grid_chief", shown=is_home)
        worker = None
        if is_home or rng.random() < (0.95 if grid.grid_kind == "basic" else 0.5):
            worker = roll.person("grid_worker", shown=is_home)
            roll.seat("grid_worker", grid, worker, chief)
        roll.seat("grid_chief", grid, chief, worker)
        if rng.random() < 0.3:
            roll.seat("grid_chief", grid, posted[grid.community_id], chief)
        if is_home or rng.random() < 0.25:
            roll.seat("part_time_grid_worker", grid, roll.person("part_time_grid_worker", shown=is_home))


def _buildings(roll: Roll, buildings: Sequence[Unit], home: Home) -> None:
    """A head and a Party group leader in the home building; elsewhere a head in the first of each grid."""
    seen: set[int | None] = set()
    for building in buildings:
        is_home = building == home.building
        if not is_home and (building.grid_id in seen or building.grid_id == home.grid.pk):
            continue
        seen.add(building.grid_id)
        roll.seat("building_head", building, roll.person("building_head", shown=is_home))
        if is_home:
            roll.seat("building_party_leader", building, roll.person("building_party_leader", shown=True))


def _outsiders(roll: Roll, home: Home, streets: Sequence[Unit]) -> None:
    """Riders and couriers who report what they see (S2:49); and the accounts by which other systems report."""
    for street in streets:
        roll.seat("spotter", street, roll.person("spotter", shown=street == home.street))
    for name in SYSTEMS:
        roll.seat("spotter", home.district, roll.system(name))


def _write(roll: Roll, now: datetime) -> list[Post]:
    users: list[Any] = list(open_accounts(roll.accounts, by=None, now=now))
    return appoint_many(
        (
            Appointment(
                users[seat.person], seat.role, seat.place, None if seat.deputy is None else users[seat.deputy]
            )
            for seat in roll.seats
        ),
        by=None,
        now=now,
    )
