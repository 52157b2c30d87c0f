"""Words for reading: who sees what, and what stands below what (from which index: tests/test_explain.py)."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from grids.actions.posts import end_post
from grids.actions.tree import change_unit, close_unit
from grids.lineage import within_any
from grids.models import Body, DutyShift, Post, Unit
from grids.standing import standing_of

pytestmark = pytest.mark.django_db


def seen(model, user, now) -> set:
    return set(model.objects.visible_to(user, now))


def test_subtrees_children_and_ancestors(town) -> None:
    assert set(Unit.objects.within(town.x)) == {town.x, town.g1, town.g2, town.h}
    assert set(Unit.objects.within(town.h)) == {town.h}
    assert list(Unit.objects.children_of(town.a)) == [town.x, town.y]
    assert list(Unit.objects.children_of(None)) == [town.district]
    assert list(Unit.objects.ancestors_of(town.h)) == [town.district, town.a, town.x, town.g1]
    assert list(Unit.objects.ancestors_of(town.district)) == []
    assert list(Unit.objects.at("street")) == [town.a, town.b]
    for unit in Unit.objects.all():
        assert set(Unit.objects.within(unit)) == set(unit.get_descendants(include_self=True))
        assert list(Unit.objects.ancestors_of(unit)) == list(unit.get_ancestors())


def test_closed_units_are_not_open(town, now) -> None:
    close_unit(town.g2, by=None, now=now)
    assert set(Unit.objects.open().children_of(town.x)) == {town.g1}


def test_one_sees_what_is_below_ones_posts_and_the_way_up(town, post, now) -> None:
    chief = post("li", "grid_chief", town.g1).user
    assert seen(Unit, chief, now) == {town.g1, town.h, town.x, town.a, town.district}
    street = post("jie", "street_dispatcher", town.a).user
    assert seen(Unit, street, now) == set(Unit.objects.within(town.a)) | {town.district}
    assert not seen(Unit, street, now) & {town.b, town.z, town.g4}, "nothing of the other street"
    head = post("lou", "building_head", town.h).user
    assert seen(Unit, head, now) == {town.h, town.g1, town.x, town.a, town.district}
    officer = post("jing", "body_officer", town.squad).user
    assert seen(Unit, officer, now) == {town.a, town.district}


def test_nobody_sees_nothing_and_a_superuser_sets_up(town, person, now) -> None:
    assert seen(Unit, AnonymousUser(), now) == seen(Body, AnonymousUser(), now) == set()
    assert seen(Unit, person("nobody"), now) == seen(Post, person("nobody"), now) == set()
    root = User.objects.create_superuser("root", display_name="root")
    assert len(seen(Unit, root, now)) == Unit.objects.count() and len(seen(Body, root, now)) == 3


def test_bodies_of_ones_own_street_and_district(town, post, now) -> None:
    assert seen(Body, post("jie", "street_dispatcher", town.a).user, now) == {
        town.office,
        town.squad,
        town.heat,
    }
    assert seen(Body, post("li", "grid_chief", town.g4).user, now) == {town.office, town.heat}
    assert seen(Body, post("diao", "district_dispatcher", town.district).user, now) == set(Body.objects.all())
    assert seen(Body, post("jing", "body_officer", town.squad).user, now) == {
        town.office,
        town.squad,
        town.heat,
    }
    assert seen(Body, post("re", "body_officer", town.heat).user, now) == {town.heat}, (
        "a firm sees itself alone"
    )


def test_posts_of_what_one_sees(town, post, now) -> None:
    mine, theirs = post("li", "grid_chief", town.g1), post("wang", "grid_chief", town.g4)
    below = post("lou", "building_head", town.h)
    assert seen(Post, mine.user, now) == {mine, below}
    assert seen(Post, theirs.user, now) == {theirs}


def test_visibility_costs_one_query_for_the_standing(town, post, now, django_assert_num_queries) -> None:
    user = User.objects.get(pk=post("li", "grid_chief", town.g1).user_id)
    with django_assert_num_queries(2):
        list(Unit.objects.visible_to(user, now))
    with django_assert_num_queries(1):
        list(Body.objects.visible_to(user, now))


def test_a_basic_grid_without_its_worker_is_a_vacancy(town, post, now) -> None:
    worker = post("gong", "grid_worker", town.g1)
    change_unit(town.g3, grid_kind="dedicated", by=None, now=now)
    assert set(Unit.objects.vacancies(now)) == {town.g2, town.g4}
    end_post(worker, by=None, now=now)
    assert set(Unit.objects.vacancies(now)) == {town.g1, town.g2, town.g4}
    assert set(Unit.objects.at("street").lacking("street_dispatcher", now)) == {town.a, town.b}


def test_the_last_day_of_a_post_is_the_day_before_it_ends(town, post, now) -> None:
    today = now.date()
    held = post("li", "grid_chief", town.g1, starts_on=today, ends_on=today + timedelta(days=2))
    assert [Post.objects.active(now + timedelta(days=n)).count() for n in (-1, 0, 1, 2)] == [0, 1, 1, 0]
    assert Post.objects.at_place(town.g1).get() == held
    assert not DutyShift.objects.roster(now).exists()


def test_days_are_those_of_the_district(town, post, now) -> None:
    post("li", "grid_chief", town.g1, starts_on=now.date())
    midnight = now.replace(hour=16, minute=0) - timedelta(days=1)  # 00:00 in Shanghai is 16:00 UTC
    assert Post.objects.active(midnight).exists()
    assert not Post.objects.active(midnight - timedelta(seconds=1)).exists()


def test_below_ones_posts_is_what_the_lineage_says(town, post, now) -> None:
    user = post("li", "street_dispatcher", town.a).user
    assert within_any({}).children and not Unit.objects.filter(within_any({})).exists()
    assert set(Unit.objects.filter(within_any(standing_of(user, now).territory()))) == set(
        Unit.objects.within(town.a)
    )
