"""Stars at every boundary, on both bases, at the turn of the year in Shanghai; and the rule that a district sets."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grids.actions.policies import BadValue, set_policy
from grids.policies import WrongValue
from tests.builders import Town
from tests.volunteers.hours_builders import after, some_volunteer
from volunteers.actions.hours import confirm_service, propose_service
from volunteers.models import Service
from volunteers.star_rules import rule_of, stars_of_many, stars_of_volunteer
from volunteers.stars import (
    COLUMNS,
    HOURS,
    KIND,
    LIFETIME,
    SHIPPED,
    YEAR,
    StarRule,
    counted,
    missing,
    rule_from,
    stars_of,
)

RULES = st.builds(
    lambda hours, basis: StarRule(tuple(sorted(hours)), basis),
    st.sets(st.integers(1, 5_000), min_size=5, max_size=5),
    st.sampled_from([LIFETIME, YEAR]),
)
BY_YEAR = st.dictionaries(st.integers(2015, 2030), st.integers(0, 200_000), max_size=6)


def test_what_is_shipped_is_what_the_source_says() -> None:
    assert StarRule((100, 300, 600, 1000, 1500), LIFETIME) == SHIPPED
    assert rule_from(KIND.default) == SHIPPED and not KIND.is_sample


@pytest.mark.parametrize(("stars", "hours"), list(enumerate(HOURS, start=1)))
@pytest.mark.parametrize("basis", [LIFETIME, YEAR])
def test_a_star_comes_with_the_last_minute(stars: int, hours: int, basis: str) -> None:
    rule = StarRule(HOURS, basis)
    for minutes, expected in ((hours * 60 - 1, stars - 1), (hours * 60, stars), (hours * 60 + 1, stars)):
        assert stars_of(counted({2026: minutes}, rule, 2026), rule) == expected
    assert missing(hours * 60 - 1, rule) == 1


@given(RULES, st.integers(0, 400_000))
def test_more_minutes_are_never_fewer_stars(rule: StarRule, minutes: int) -> None:
    stars, left = stars_of(minutes, rule), missing(minutes, rule)
    assert 0 <= stars <= 5 and stars_of(minutes + 1, rule) - stars in {0, 1}
    assert (left is None) == (stars == 5)
    if left is not None:
        assert stars_of(minutes + left, rule) == stars + 1 and stars_of(minutes + left - 1, rule) == stars


@given(RULES, BY_YEAR, st.integers(2015, 2030))
def test_what_counts(rule: StarRule, by_year: dict[int, int], year: int) -> None:
    """Of a lifetime all years up to this one, so that no year takes a star away; of a year its own."""
    found = counted(by_year, rule, year)
    if rule.basis == YEAR:
        assert found == by_year.get(year, 0)
    else:
        assert found == sum(minutes for one, minutes in by_year.items() if one <= year)
        assert counted(by_year, rule, year + 1) >= found


@pytest.mark.parametrize(
    ("cells", "wrong"),
    [
        ({"two": 100}, "all.two"),
        ({"two": 99}, "all.two"),
        ({"one": 300}, "all.two"),
        ({"five": 1000}, "all.five"),
        ({"one": 0}, "all.one"),
        ({"one": 1.5}, "all.one"),
        ({"basis": "month"}, "all.basis"),
        ({"six": 2000}, "all.six"),
    ],
)
def test_thresholds_rise_strictly(cells: dict[str, Any], wrong: str) -> None:
    with pytest.raises(WrongValue) as caught:
        KIND.clean({"all": cells})
    assert set(caught.value.errors) == {wrong}
    assert KIND.clean({"all": {"one": 299}}) == {"all": {"one": 299}}


def test_a_district_sets_its_own(town: Town) -> None:
    admin, value = town.people["system_admin"], {"all": {"basis": YEAR, "five": 2000}}
    later = town.now + timedelta(days=1)
    set_policy(
        town.district, KIND.key, value, by=admin, now=town.now, reason="演示:按年", effective_from=later
    )
    assert rule_of(town.district.pk, town.now) == SHIPPED
    assert rule_of(town.district.pk, later) == StarRule((100, 300, 600, 1000, 2000), YEAR)
    with pytest.raises(BadValue):
        set_policy(town.district, KIND.key, {"all": {"one": 400}}, by=admin, now=town.now, reason="演示:倒退")


def serve(town: Town, who: Any, day: Any, minutes: int) -> Service:
    """Confirmed by somebody else than who handed it in."""
    now = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    made = propose_service(
        who,
        on=day,
        minutes=minutes,
        what="演示:值守",
        unit=town.community,
        by=town.people["community_worker"],
        now=now,
    )
    return confirm_service(made, by=town.people["community_secretary"], now=now)


@pytest.mark.parametrize("basis", [LIFETIME, YEAR])
def test_the_year_turns_in_shanghai(town: Town, basis: str) -> None:
    """16:00 UTC on 31 December is the next year there."""
    hours = dict(zip(COLUMNS, (1, 2, 3, 4, 5), strict=True))
    set_policy(
        town.district,
        KIND.key,
        {"all": hours | {"basis": basis}},
        by=town.people["system_admin"],
        now=town.now,
        reason="演示",
    )
    who = some_volunteer(town)
    serve(town, who, datetime(2026, 12, 31).date(), 60)
    before = datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC)
    assert stars_of_volunteer(who, before).stars == 1
    turned = stars_of_volunteer(who, before + timedelta(seconds=1))
    assert (turned.stars, turned.counted) == ((1, 60) if basis == LIFETIME else (0, 0))
    assert turned.minutes == 60
    serve(town, who, datetime(2027, 1, 1).date(), 59)
    in_2027 = datetime(2027, 1, 1, 13, tzinfo=UTC)
    assert stars_of_volunteer(who, in_2027).stars == (1 if basis == LIFETIME else 0)
    serve(town, who, datetime(2027, 1, 1).date(), 1)
    assert stars_of_volunteer(who, in_2027).stars == (2 if basis == LIFETIME else 1)


def test_one_query_for_many(town: Town, django_assert_num_queries: Any) -> None:
    people = [some_volunteer(town) for _one in range(4)]
    for number, who in enumerate(people[:3]):
        serve(town, who, town.now.date(), 60 * (number + 1))
    with django_assert_num_queries(1):
        found = stars_of_many(people, SHIPPED, after(town))
    assert [found[who.pk].minutes for who in people] == [60, 120, 180, 0]
    with django_assert_num_queries(1):
        assert Service.objects.filter(volunteer=people[2]).minutes() == 180
    with django_assert_num_queries(1):
        assert Service.objects.minutes_by_year(people[1]) == {2026: 120}
