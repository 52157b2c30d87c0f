"""The rules of a district, read and kept."""

from datetime import timedelta

import pytest

from calendars.worktime import hours
from grids.actions.policies import BadValue, set_policy
from issues.districts import forget_rules, read_rules, rules_of
from issues.policies import SHIPPED


@pytest.fixture(autouse=True)
def _fresh() -> None:
    forget_rules()


def put(town, key, value, *, unit=None, **more):
    usual = {"by": town.people["system_admin"], "now": town.now, "reason": "演示:试行"}
    return set_policy(unit or town.district, key, value, **(usual | more))


def test_as_shipped_until_something_is_set(town, django_assert_num_queries) -> None:
    assert rules_of(None, town.now) is SHIPPED
    with django_assert_num_queries(1):
        assert rules_of(town.district.pk, town.now) is SHIPPED
    with django_assert_num_queries(0):
        rules_of(town.district.pk, town.now)


def test_a_change_is_seen_at_once_where_it_was_made(town) -> None:
    rules_of(town.district.pk, town.now)
    put(town, "limits", {"grid": {"submit": [5, "hours"]}})
    assert rules_of(town.district.pk, town.now).limits_for("grid", danger=False).submit == hours(5)


def test_it_holds_from_its_moment_on(town) -> None:
    start = town.now + timedelta(days=1)
    put(town, "limits", {"grid": {"submit": [5, "hours"]}}, effective_from=start)
    assert rules_of(town.district.pk, start - timedelta(seconds=1)) is SHIPPED
    assert rules_of(town.district.pk, start).limits_for("grid", danger=False).submit == hours(5)
    assert rules_of(town.district.pk, start + timedelta(days=300)).versions


def test_a_street_has_its_own(town, django_assert_num_queries) -> None:
    put(town, "categories", {"litter": {"photo": "wanted"}})
    put(town, "categories", {"litter": {"check": "yes"}}, unit=town.street)
    with django_assert_num_queries(1):
        rules = read_rules(town.district.pk, town.now)
    assert rules.check_for("litter", town.street.pk)
    assert not rules.check_for("litter", town.other_street.pk)
    assert rules.photo_for("litter", town.street.pk) == "wanted"


def test_what_is_proposed_holds_only_in_the_answer(town) -> None:
    proposed = (town.district.pk, "limits", {"grid": {"submit": [5, "hours"]}})
    found = read_rules(town.district.pk, town.now, proposed)
    assert found.limits_for("grid", danger=False).submit == hours(5)
    assert read_rules(town.district.pk, town.now) is SHIPPED


@pytest.mark.parametrize(
    ("key", "value", "where"),
    [
        ("categories", {"nothing": {"check": "yes"}}, "nothing"),
        ("categories", {"litter": {"responsible": "body", "body": "nobody-1"}}, "litter.body"),
        (
            "duty_list",
            {"a": {"group": "组", "name": "项", "state": "admitted", "categories": ["nothing"]}},
            "a.categories",
        ),
    ],
)
def test_what_is_named_must_exist(town, key, value, where) -> None:
    with pytest.raises(BadValue) as caught:
        put(town, key, value)
    assert set(caught.value.errors) == {where}


def test_a_body_must_serve_the_unit(town) -> None:
    value = {"litter": {"responsible": "body", "body": town.far_office.code}}
    with pytest.raises(BadValue):
        put(town, "categories", value, unit=town.street)
    put(town, "categories", value, unit=town.other_street)
