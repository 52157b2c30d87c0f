"""Nothing is ever addressed to nobody: holder, deputy on leave, else from above; in few queries."""

from datetime import timedelta

import pytest

from grids.actions.posts import end_post, record_leave, set_shift
from grids.actions.tree import close_unit, merge_units
from grids.addressing import (
    addressees,
    addressees_of_many,
    covered,
    covers,
    deputies_of_many,
    duty_addressees,
    rosters_among,
)
from grids.lineage import key_of
from grids.models import DutyShift, Unit
from grids.standing import standing_of
from tests.grids.conftest import NOW

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def away(post, days: int = 3) -> None:
    record_leave(post, starts_at=NOW - DAY, ends_at=NOW + days * DAY, by=None, now=NOW)


@pytest.fixture
def who(town):
    """who(town.g1): [(name, why)] of the addressees."""

    def ask(target, capability: str = "handle", now=NOW) -> list[tuple[str, str]]:
        return named(addressees(target, capability, now))

    return ask


def named(people) -> list[tuple[str, str]]:
    from accounts.models import User

    names = User.objects.in_bulk([person.user_id for person in people])
    return [(names[person.user_id].username, person.covering) for person in people]


def test_the_holders_in_the_order_of_the_table_of_roles(who, town, post) -> None:
    post("gong", "grid_worker", town.g1)
    post("li", "grid_chief", town.g1)
    post("qishou", "part_time_grid_worker", town.g1)
    assert who(town.g1) == [("li", "holder"), ("gong", "holder")]
    assert who(town.g1, "report") == [("li", "holder"), ("gong", "holder"), ("qishou", "holder")]


def test_the_deputy_while_the_holder_is_on_leave(who, town, post) -> None:
    away(post("li", "grid_chief", town.g1, deputy="zhang"))
    assert who(town.g1) == [("zhang", "deputy")]
    assert who(town.g1, now=NOW + 4 * DAY) == [("li", "holder")]


def test_from_above_where_neither_is_there(who, town, post) -> None:
    post("shu", "community_secretary", town.x)
    assert who(town.g1) == [("shu", "above")]
    away(post("li", "grid_chief", town.g1))
    assert who(town.g1) == [("shu", "above")], "on leave without a deputy"
    assert who(town.h) == [("shu", "above")], "a building is answered for by its grid, then above"


def test_a_deputy_who_is_away_too_or_signed_off_is_no_deputy(who, town, post, person) -> None:
    post("shu", "community_secretary", town.x)
    away(post("li", "grid_chief", town.g1, deputy="zhang"))
    away(post("zhang", "grid_chief", town.g2))
    assert who(town.g1) == [("shu", "above")]
    away(post("wu", "grid_chief", town.g3, deputy="sun"))
    sun = person("sun")
    sun.is_active = False
    sun.save()
    assert who(town.g3) == []


def test_a_closed_account_holds_nothing_up(who, town, post, person) -> None:
    post("shu", "community_secretary", town.x)
    post("li", "grid_chief", town.g1)
    li = person("li")
    li.is_active = False
    li.save()
    assert who(town.g1) == [("shu", "above")]


def test_a_body_is_covered_by_its_unit_and_then_above(who, town, post) -> None:
    post("diao", "district_dispatcher", town.district)
    assert who(town.office) == [("diao", "above")], "can dispatch, if not handle: somebody who can move it on"
    post("jie", "street_dispatcher", town.a)
    assert who(town.squad) == [("jie", "above")]
    post("jing", "body_officer", town.squad)
    assert who(town.squad) == [("jing", "holder")]


def test_whoever_has_the_capability_comes_before_whoever_can_only_move_it_on(who, town, post) -> None:
    post("diao", "district_dispatcher", town.district)
    post("jie", "street_dispatcher", town.a)
    assert who(town.g1, "lift") == [("jie", "above")]
    assert who(town.g4, "lift") == [("diao", "above")]
    assert who(town.g4, "rate_bodies") == [("diao", "above")], "nobody can, so who stands behind everything"


def test_a_root_whose_people_are_all_away_is_still_addressed(who, town, post) -> None:
    away(post("diao", "district_dispatcher", town.district))
    assert who(town.g4) == [("diao", "above")]
    assert who(town.district, "dispatch") == [("diao", "above")]


def test_administrators_and_reporters_stand_behind_nothing(who, town, post) -> None:
    for role in ("system_admin", "security_admin", "audit_admin", "supervisor", "spotter"):
        post(role, role, town.district)
    assert who(town.g1) == []


def test_past_and_future_posts_are_not_held(who, town, post) -> None:
    post("alt", "grid_chief", town.g1, ends_on=NOW.date(), starts_on=NOW.date() - DAY)
    post("neu", "grid_chief", town.g1, starts_on=NOW.date() + DAY)
    assert who(town.g1) == []
    assert who(town.g1, now=NOW - DAY) == [("alt", "holder")]
    assert who(town.g1, now=NOW + DAY) == [("neu", "holder")]


def test_closed_and_merged_units_are_covered_from_where_they_stood(who, town, post) -> None:
    post("jie", "street_dispatcher", town.a)
    post("shu", "community_secretary", town.y)
    close_unit(town.g2, by=None, now=NOW)
    merge_units(town.x, into=town.y, by=None, now=NOW)
    assert who(Unit.objects.get(pk=town.g2.pk)) == [("shu", "above")]
    assert who(Unit.objects.get(pk=town.x.pk)) == [("jie", "above")]


def test_one_person_is_addressed_once(who, town, post) -> None:
    post("li", "grid_chief", town.g1)
    post("li", "grid_worker", town.g1)
    assert who(town.g1) == [("li", "holder")]


def test_many_targets_cost_one_query(town, post, django_assert_num_queries) -> None:
    post("shu", "community_secretary", town.x)
    post("li", "grid_chief", town.g1)
    post("jing", "body_officer", town.squad)
    targets = [town.g1, town.g2, town.h, town.x, town.squad, town.office]
    with django_assert_num_queries(1):
        found = addressees_of_many(targets, "handle", NOW)
    assert {key: named(people) for key, people in found.items()} == {
        key_of(town.g1): [("li", "holder")],
        key_of(town.g2): [("shu", "above")],
        key_of(town.h): [("li", "above")],
        key_of(town.x): [("shu", "holder")],
        key_of(town.squad): [("jing", "holder")],
        key_of(town.office): [],
    }
    with django_assert_num_queries(1):
        assert found[key_of(town.g1)] == addressees(town.g1, "handle", NOW)


def test_deputies_are_named_whether_needed_or_not(town, post) -> None:
    post("li", "grid_chief", town.g1, deputy="zhang")
    post("gong", "grid_worker", town.g1)
    found = deputies_of_many([town.g1, town.g2], NOW)
    assert {key: named(people) for key, people in found.items()} == {key_of(town.g1): [("zhang", "deputy")]}


def test_the_duty_roster_by_rank_else_the_addressees(town, post) -> None:
    li, gong = post("li", "grid_chief", town.g1), post("gong", "grid_worker", town.g1)
    assert named(duty_addressees(town.g1, NOW)) == [("li", "holder"), ("gong", "holder")]
    for number, one in enumerate((gong, li), start=1):
        set_shift(one, starts_at=NOW - DAY, ends_at=NOW + DAY, rank=number, by=None, now=NOW)
    assert named(duty_addressees(town.g1, NOW)) == [("gong", "holder"), ("li", "holder")]
    away(gong)
    assert named(duty_addressees(town.g1, NOW)) == [("li", "holder")]
    end_post(li, by=None, now=NOW)
    assert duty_addressees(town.g1, NOW) == [], "nobody on duty, nobody there, nobody above"


def test_on_the_roster_only_who_can_do_what_is_asked(town, post) -> None:
    """What stood there before that was refused, or somebody's role, calls nobody alone who can do nothing."""
    helper, li = post("qishou", "part_time_grid_worker", town.g1), post("li", "grid_chief", town.g1)
    hours = {"starts_at": NOW - DAY, "ends_at": NOW + DAY}
    DutyShift.objects.create(post=helper, rank=1, **hours)
    assert named(duty_addressees(town.g1, NOW)) == [("li", "holder")]
    assert named(duty_addressees(town.g1, NOW, rank=0)) == [("li", "holder")]
    gong = post("gong", "grid_worker", town.g1)
    set_shift(gong, rank=2, by=None, now=NOW, **hours)
    assert named(duty_addressees(town.g1, NOW, rank=0)) == [("gong", "holder")]
    people = addressees_of_many([town.g1, town.g2], "handle", NOW)
    found = rosters_among(people, NOW)
    assert {key: named(one) for key, one in found.items()} == {key_of(town.g1): [("gong", "holder")]}
    end_post(gong, by=None, now=NOW), end_post(li, by=None, now=NOW)
    post("shu", "community_secretary", town.x)
    assert named(duty_addressees(town.g1, NOW)) == [("shu", "above")]


def test_on_the_roster_of_the_district_its_dispatchers(town, post) -> None:
    """They handle nothing, but nobody else stands there: they move on what comes."""
    first, second = (post(name, "district_dispatcher", town.district) for name in ("yi", "er"))
    hours = {"starts_at": NOW - DAY, "ends_at": NOW + DAY}
    for rank, one in enumerate((second, first), start=1):
        set_shift(one, rank=rank, by=None, now=NOW, **hours)
    assert [name for name, _why in named(duty_addressees(town.district, NOW))] == ["er", "yi"]


def test_covers_says_as_what_one_may_act(town, post, person) -> None:
    secretary = post("shu", "community_secretary", town.x).user
    chief = post("li", "grid_chief", town.g1, deputy="zhang")
    helper = person("zhang")

    def may(user, target, capability: str = "handle") -> str | None:
        return covers(standing_of(user, NOW), target, NOW, capability)

    assert (may(chief.user, town.g1), may(secretary, town.g1), may(helper, town.g1)) == ("holder", None, None)
    assert may(secretary, town.g2) == "above"
    assert may(secretary, town.g3) is None and may(chief.user, town.g2) is None
    away(chief)
    assert (may(helper, town.g1), may(secretary, town.g1)) == ("deputy", None)
    assert may(chief.user, town.g1) == "holder", "on leave, but signed in: still theirs"
    assert may(chief.user, town.g1, "dispatch") is None


def test_covers_asks_the_database_only_about_vacancies(town, post, django_assert_num_queries) -> None:
    secretary = standing_of(post("shu", "community_secretary", town.x).user, NOW)
    with django_assert_num_queries(0):
        assert covers(secretary, town.x, NOW) == "holder"
        assert covers(secretary, town.g4, NOW) is None
    with django_assert_num_queries(1):
        assert covered(secretary, [town.x, town.g1, town.g2, town.g4, town.office], NOW) == {
            key_of(town.x): "holder",
            key_of(town.g1): "above",
            key_of(town.g2): "above",
        }
