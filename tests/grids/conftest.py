"""A small district to work in: two streets, three communities, grids and a building, and people."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from accounts.models import User
from grids.actions.bodies import add_body
from grids.actions.posts import appoint
from grids.actions.tree import add_unit

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)  # a Friday, 10:00 in the district


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def person(db):
    """person("a"): an account by its sign-in name, made on first use."""

    def make(name: str) -> User:
        return User.objects.get_or_create(username=name, defaults={"display_name": name})[0]

    return make


@pytest.fixture
def town(db, now) -> SimpleNamespace:
    """district > streets a, b; a > communities x, y; b > z; x > grids g1 (building h), g2; y > g3; z > g4."""

    def unit(parent, code, name, **facts):
        return add_unit(parent, code=code, name=name, by=None, now=now, **facts)

    district = unit(None, "990101", "试一区")
    a = unit(district, "990101001", "甲街道")
    b = unit(district, "990101002", "乙街道")
    x = unit(a, "990101001001", "一号社区")
    y = unit(a, "990101001002", "二号社区")
    z = unit(b, "990101002001", "三号社区")
    g1 = unit(x, "990101001001001", "第一网格")
    g2 = unit(x, "990101001001002", "第二网格")
    g3 = unit(y, "990101001002001", "第一网格")
    g4 = unit(z, "990101002001001", "第一网格")
    h = unit(g1, "99010100100100001", "1号楼", households=60)
    office = add_body(district, kind="department", code="D-CG", name="试一区城管局", by=None, now=now)
    squad = add_body(a, kind="posted", code="A-SQ", name="甲街道执法中队", by=None, now=now)
    heat = add_body(district, kind="utility", code="D-HEAT", name="试一热力公司", by=None, now=now)
    return SimpleNamespace(
        district=district,
        a=a,
        b=b,
        x=x,
        y=y,
        z=z,
        g1=g1,
        g2=g2,
        g3=g3,
        g4=g4,
        h=h,
        office=office,
        squad=squad,
        heat=heat,
    )


@pytest.fixture
def post(town, person, now):
    """post("li", "grid_worker", town.g1, deputy="wang"): appoint by names."""

    def make(name, role, place, *, deputy=None, **more):
        where = {place._meta.model_name: place}
        helper = person(deputy) if deputy else None
        return appoint(person(name), role=role, by=None, now=now, deputy=helper, **where, **more)

    return make


@pytest.fixture
def sign_in(client, post, person):
    """sign_in("guan", "system_admin", town.district): a client of somebody of the staff with this post."""

    def enter(name: str, role: str, place):
        held = post(name, role, place)
        User.objects.filter(pk=held.user_id).update(is_staff=True)
        client.force_login(person(name))
        return client

    return enter


@pytest.fixture
def manager(sign_in, town):
    """A client of the district's system administrator."""
    return sign_in("guan", "system_admin", town.district)
