"""A unit's page says who is missing, and how even a community's grids are; what a step means is shown before it."""

import pytest
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext

from accounts.models import User
from grids.actions.posts import appoint
from grids.actions.tree import change_unit
from grids.admin.pages import CONFIRMED
from grids.models import Post, Unit
from grids.staffing import staffing_facts
from trail.idempotency import FIELD
from trail.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(client, town, person):
    user = person("guan")
    User.objects.filter(pk=user.pk).update(is_staff=True)
    appoint(user, role="system_admin", unit=town.district, by=None, now=timezone.now())
    client.force_login(User.objects.get(pk=user.pk), backend="grids.backends.PostBackend")
    return client


def said(unit: Unit, now) -> dict[str, str]:
    with translation.override("zh-hans"):
        return {str(label): str(value) for label, value in staffing_facts(unit, now)}


def test_two_one_n_and_what_nobody_holds(town, person, now) -> None:
    for name, role in (("a", "grid_chief"), ("b", "part_time_grid_worker"), ("c", "part_time_grid_worker")):
        appoint(person(name), role=role, unit=town.g1, by=None, now=now)
    of_grid = said(town.g1, now)
    assert [word for word in of_grid["人员配备（2+1+N）"] if word.isdigit()] == ["1", "2", "0", "1", "2"]
    assert of_grid["空缺岗位"] == "专职网格员"
    change_unit(town.g1, grid_kind="dedicated", by=None, now=now)
    assert "空缺岗位" not in said(Unit.objects.get(pk=town.g1.pk), now)


def test_the_balance_of_a_communitys_grids(town, now) -> None:
    change_unit(town.g1, households=300, by=None, now=now)
    change_unit(town.g2, households=500, by=None, now=now)
    of_community = said(town.x, now)
    assert of_community["缺专职网格员的基础网格"] == "2个（共2个）"
    for number in ("300", "500", "400", "25%"):
        assert number in of_community["每网格户数"]


def do(client, unit: Unit, key: str, **data):
    given = {FIELD: "k"} | {
        name if name == CONFIRMED else f"{key}-{name}": value for name, value in data.items()
    }
    return client.post(reverse("admin:grids_unit_do", args=[unit.pk, key]), given)


def standing() -> list[list]:
    """What a step could leave behind."""
    units = Unit.objects.order_by("pk").values_list(
        "pk", "parent", "grid", "tree_id", "lft", "rght", "closed_at", "merged_into"
    )
    posts = Post.objects.order_by("pk").values_list("pk", "ends_on")
    return [list(units), list(posts), list(Event.objects.order_by("pk").values_list("pk", flat=True))]


@pytest.mark.parametrize(
    ("key", "unit", "data", "told"),
    [
        ("move", "h", {"near": "g2"}, "现属"),
        ("merge", "g1", {"near": "g2"}, "随之结束的任职"),
        ("close", "g3", {"sure": "on"}, "那里未办结的诉求"),
    ],
)
def test_what_it_means_is_shown_before_it_is_done(manager, town, key, unit, data, told) -> None:
    subject = getattr(town, unit)
    given = {name: getattr(town, value).pk if name == "near" else value for name, value in data.items()}
    before = standing()
    shown = do(manager, subject, key, **given)
    assert shown.status_code == 200 and told in shown.content.decode()
    assert standing() == before
    again = dict(shown.context["typed"])
    assert again[FIELD] == "k" and CONFIRMED not in again
    address = reverse("admin:grids_unit_do", args=[subject.pk, key])
    assert manager.post(address, again | {CONFIRMED: "1"}).status_code == 302
    assert Event.objects.about("unit", subject.pk).filter(verb=key).exists()


@pytest.mark.parametrize(
    ("key", "unit", "data", "why"),
    [
        ("close", "x", {"sure": "on"}, "Move or merge its units and bodies first."),
        ("move", "h", {"code": "x"}, "A unit moves only to a unit of the level right above it."),
    ],
)
def test_what_would_be_refused_is_not_offered(manager, town, key, unit, data, why) -> None:
    """The page says why, has no button for it and a way back; nothing was left behind by finding out."""
    subject = getattr(town, unit)
    given = {name: getattr(town, value).code if name == "code" else value for name, value in data.items()}
    before = standing()
    shown = do(manager, subject, key, **given)
    content = shown.content.decode()
    with translation.override("zh-hans"):
        assert shown.status_code == 200 and gettext(why) in content
    assert standing() == before and f'name="{CONFIRMED}"' not in content
    assert f'class="gz-button" href="{reverse("admin:grids_unit_change", args=[subject.pk])}"' in content
    assert do(manager, subject, key, **given, **{CONFIRMED: "1"}).status_code == 422


def test_a_preview_is_refused_like_the_step(manager, town) -> None:
    assert do(manager, town.h, "move", code="404").status_code == 422


def test_the_page_has_the_facts(manager, town) -> None:
    content = manager.get(reverse("admin:grids_unit_change", args=[town.x.pk])).content.decode()
    assert "缺专职网格员的基础网格" in content and "空缺岗位" in content
