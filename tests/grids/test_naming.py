"""Somebody is named in a form as everybody calls them; whom one may not name is as if nobody."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from accounts.actions.people import open_own_account
from accounts.models import User
from grids.actions.posts import appoint
from grids.actions.tree import add_unit
from grids.admin.pages import CONFIRMED
from grids.models import Post
from grids.naming import MOST_NAMESAKES, MOST_OFFERED
from trail.idempotency import FIELD

pytestmark = pytest.mark.django_db
PHONE = "13800001234"


@pytest.fixture
def called(person):
    """called("wang", "王芳"): the account "wang" of somebody who is shown as 王芳, with a telephone."""

    def make(username: str, shown: str) -> User:
        user = person(username)
        user.display_name, user.phone = shown, PHONE
        user.save()
        return user

    return make


def page(subject) -> str:
    return reverse(f"admin:grids_{subject._meta.model_name}_change", args=[subject.pk])


def do(client, subject, key: str, **data):
    url = reverse(f"admin:grids_{subject._meta.model_name}_do", args=[subject.pk, key])
    told = {f"{key}-{name}": value for name, value in data.items()}
    return client.post(url, {FIELD: "", CONFIRMED: "1"} | told)


def deputy_of(held: Post) -> str | None:
    held.refresh_from_db()
    return held.deputy.username if held.deputy else None


def test_the_only_one_of_a_name_is_appointed_by_it(manager, town, called) -> None:
    called("wang", "王芳"), called("li", "李雷")
    answer = do(manager, town.g1, "appoint", role="grid_chief", person=" 王芳 ", deputy="李雷")
    assert answer.status_code == 302
    held = Post.objects.get(unit=town.g1)
    assert (held.user.username, deputy_of(held)) == ("wang", "li")


def test_a_sign_in_name_goes_before_the_name_of_somebody_else(manager, town, called) -> None:
    called("王芳", "李雷"), called("wang", "王芳")
    do(manager, town.g1, "appoint", role="grid_chief", person="王芳")
    assert Post.objects.get(unit=town.g1).user.display_name == "李雷"


def test_of_several_one_reads_who_they_are_and_where_they_serve(manager, town, called, post) -> None:
    for name, place in (("wang.a", town.g1), ("wang.b", town.g4)):
        called(name, "王芳")
        post(name, "grid_chief", place)
    called("wang.c", "王芳")
    answer = do(manager, town.g2, "appoint", role="grid_chief", person="王芳")
    text = answer.content.decode()
    assert answer.status_code == 422 and "有几个人都叫这个名字" in text
    for line in (f"wang.a · {Post.objects.get(unit=town.g1)}", f"wang.b · {Post.objects.get(unit=town.g4)}"):
        assert line in text
    assert "wang.c · 在此没有岗位" in text
    assert PHONE not in text and PHONE[-4:] not in text
    assert not Post.objects.filter(unit=town.g2).exists()
    assert do(manager, town.g2, "appoint", role="grid_chief", person="wang.b").status_code == 302


def test_of_very_many_some_are_listed(manager, town, called) -> None:
    for number in range(MOST_NAMESAKES + 2):
        called(f"wang{number}", "王芳")
    text = do(manager, town.g1, "appoint", role="grid_chief", person="王芳").content.decode()
    assert text.count("在此没有岗位") == MOST_NAMESAKES and "<li>…</li>" in text


def test_who_is_not_in_sight_is_as_if_nobody(sign_in, town, called, post) -> None:
    client = sign_in("li", "grid_chief", town.g1)
    own = Post.objects.get(user__username="li")
    for name, shown, place in (
        ("far", "赵远", town.g4),
        ("beside", "钱邻", town.g2),
        ("near", "孙近", town.x),
    ):
        called(name, shown)
        post(name, "grid_chief" if place.kind == "grid" else "community_worker", place)
    called("idle", "周闲")
    nobody = do(client, own, "deputy", deputy="没有的人")
    assert nobody.status_code == 422 and "没有您可以指定的人叫这个名字" in nobody.content.decode()
    for shown in ("赵远", "钱邻", "周闲"):
        answer = do(client, own, "deputy", deputy=shown)
        assert _without_token(answer).replace(shown, "没有的人") == _without_token(nobody)
    assert deputy_of(own) is None
    assert do(client, own, "deputy", deputy="孙近").status_code == 302
    assert deputy_of(own) == "near"


def _without_token(answer) -> str:
    """The errors on the page, and nothing that is another one each time."""
    form = next(step["form"] for step in answer.context["steps"] if step["form"].errors)
    return f"{answer.status_code} {form.errors}"


def test_another_district_has_nobody_here(manager, town, called, now) -> None:
    west = add_unit(None, code="990102", name="试二区", by=None, now=now)
    appoint(called("west", "吴西"), role="district_dispatcher", unit=west, by=None, now=now)
    assert do(manager, town.g1, "appoint", role="grid_chief", person="吴西").status_code == 422
    assert not Post.objects.filter(unit=town.g1).exists()


def test_what_people_open_for_themselves_is_no_staff(manager, town) -> None:
    """Nobody tries out by the names of residents which accounts they have."""
    own = {"display_name": "郑愿", "password": "Long-enough-77", "now": timezone.now()}
    open_own_account("volunteer", district_id=town.district.pk, **own)
    assert do(manager, town.g1, "appoint", role="grid_chief", person="郑愿").status_code == 422
    assert do(manager, town.g1, "appoint", role="grid_chief", person="volunteer").status_code == 302


@pytest.mark.parametrize("facts", [{"is_active": False}, {"is_service": True}, {"is_superuser": True}])
def test_who_is_no_person_at_work_is_not_found_by_name(manager, town, called, facts) -> None:
    user = called("wang", "王芳")
    User.objects.filter(pk=user.pk).update(phone_hash="", **facts)
    assert do(manager, town.g1, "appoint", role="grid_chief", person="王芳").status_code == 422


def options(text: str, field: str) -> str:
    """The suggestions of a line."""
    list_id = f'<datalist id="id_{field}-offered">'
    return text.partition(list_id)[2].partition("</datalist>")[0] if list_id in text else ""


def test_those_around_the_place_are_offered_and_a_line_is_a_line_without_them(
    manager, town, called, post
) -> None:
    for name, shown, role, place in (
        ("here", "王<芳>", "grid_chief", town.g1),
        ("above", "李雷", "community_worker", town.x),
        ("far", "赵远", "grid_chief", town.g4),
    ):
        called(name, shown)
        post(name, role, place)
    text = manager.get(page(town.g1)).content.decode()
    for field in ("appoint-person", "appoint-deputy"):
        assert f'list="id_{field}-offered"' in text
        assert f'<option value="here">{escape("王<芳>")} · 网格长 · 第一网格</option>' in options(text, field)
        assert "李雷" in options(text, field) and "赵远" not in options(text, field)
    assert PHONE not in text
    held = Post.objects.get(user__username="here")
    assert "李雷" in options(manager.get(page(held)).content.decode(), "deputy-deputy")


def test_nobody_is_offered_whom_one_does_not_see(sign_in, town, called, post) -> None:
    called("fitter", "冯热"), called("clerk", "陈管")
    post("fitter", "body_officer", town.heat)
    post("clerk", "body_officer", town.office)
    client = sign_in("second", "body_officer", town.heat)
    own = Post.objects.get(user__username="second")
    offered = options(client.get(page(own)).content.decode(), "deputy-deputy")
    assert "冯热" in offered and "陈管" not in offered


def test_naming_costs_the_same_for_one_and_for_many(manager, town, called, post) -> None:
    def cost(call) -> int:
        with CaptureQueriesContext(connection) as queries:
            call()
        return len(queries)

    def ask():
        return do(manager, town.g2, "appoint", role="grid_chief", person="王芳")

    for number in range(2):
        called(f"wang{number}", "王芳")
        post(f"wang{number}", "part_time_grid_worker", town.g1)
    manager.get(page(town.g1))
    few = cost(lambda: manager.get(page(town.g1))), cost(ask)
    for number in range(2, 7):
        called(f"wang{number}", "王芳")
        post(f"wang{number}", "part_time_grid_worker", town.g1)
    assert (cost(lambda: manager.get(page(town.g1))), cost(ask)) == few


def test_a_page_offers_so_many_and_no_more(manager, town, called, post) -> None:
    for number in range(MOST_OFFERED + 3):
        called(f"wang{number}", f"王{number}")
        post(f"wang{number}", "part_time_grid_worker", town.g1)
    text = options(manager.get(page(town.g1)).content.decode(), "appoint-person")
    assert text.count("<option") == MOST_OFFERED
