"""The points of a district by month: the same on its page and in the figures of volunteering, and the lines of the ledger,
after corrections, expiry, redemptions and what was taken back; nothing that would tell of one or two people."""

from datetime import date, datetime, timedelta

import pytest
from django.db.models import Sum
from django.utils import timezone

from grids.actions.policies import set_policy
from tests.builders import Town
from tests.faces import stop_clock
from tests.volunteers.points_builders import (
    balance,
    corrected,
    days,
    earn,
    fulfilled,
    good,
    in_order,
    owed,
    served,
    station,
    volunteers,
)
from volunteers.actions.points import book_event, expire_points, reverse_booking
from volunteers.actions.redeem import collect_good, reserve_good, return_good
from volunteers.figures import figure_rows
from volunteers.models import PointEntry, PointTransfer, Volunteer
from volunteers.points_figures import WHERE, Month, Sums, months_of, sums_of
from volunteers.small_groups import too_few
from volunteers.tariff import KEY, add_months

FEBRUARY, MARCH = date(2026, 2, 1), date(2026, 3, 1)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch, town: Town) -> None:
    stop_clock(monkeypatch, town.now)


@pytest.fixture
def people(town: Town) -> list[Volunteer]:
    return volunteers(town, 3)


def in_february(town: Town) -> datetime:
    return town.now - days(28)


def months(town: Town) -> dict[date, Month]:
    """By month; each is what the ledger and the other page say of it, and together they are all that there is."""
    found = {one.first: one for one in months_of(town.district.pk, timezone.localdate(town.now))}
    for first, month in found.items():
        last = add_months(first, 1) - timedelta(days=1)
        lines = PointEntry.objects.filter(account__kind="issued", transfer__day__range=(first, last))
        assert month.issued == -lines.aggregate(all=Sum("amount"))["all"], first
        assert None in month.points.values() or sum(filter(None, month.points.values())) == month.issued, (
            first
        )
        assert figure_rows(town.district, first, last, town.now)[-1].values["issued"] == month.issued, first
    assert sum(month.issued or 0 for month in found.values()) == sums_of(town.district.pk).issued
    in_order()
    return found


def spend(town: Town, people: list[Volunteer], price: int, at: datetime) -> None:
    shop = station(town, name=f"演示{price}分站")
    wanted = good(town, shop, price=price)
    for one in people:
        kept = reserve_good(wanted, volunteer=one, by=one.user, now=at)
        collect_good(shop, code=kept.code, by=None, now=at)


class TestBothPages:
    def test_a_correction_counts_for_the_month_of_its_deed(self, town: Town, people: list[Volunteer]) -> None:
        told = [earn(one, 60, at=in_february(town)) for one in people]
        for event in told:
            book_event(corrected(event, 120, at=town.now), now=town.now)
        assert months(town).keys() == {FEBRUARY}
        assert months(town)[FEBRUARY].points["hours"] == 60

    def test_what_was_spent_before_is_settled_in_the_month_in_which_it_comes(
        self, town: Town, people: list[Volunteer]
    ) -> None:
        told = [earn(one, 60, at=in_february(town)) for one in people]
        spend(town, people, 50, in_february(town))
        for event in told:
            book_event(corrected(event, 0, at=town.now), now=town.now)
        assert {owed(one) for one in people} == {50}
        # Ten were left to be taken; fifty went over the counter and are still issued.
        assert months(town)[FEBRUARY].points["hours"] == months(town)[FEBRUARY].issued == 150
        for one in people:
            earn(one, 30, at=town.now)
        march = months(town)[MARCH]
        assert (march.points["hours"], march.points["owed"], march.issued) == (90, -90, 0)
        assert months(town)[FEBRUARY].issued == 150

    def test_taken_back_and_given_back(self, town: Town, people: list[Volunteer]) -> None:
        for one in people:
            earn(one, 60, at=in_february(town))
        spend(town, people[:1], 40, town.now)
        worker = town.people["community_worker"]
        taken = [
            reverse_booking(booking, by=worker, now=town.now, why="mistake")
            for booking in PointTransfer.objects.filter(kind="earn").order_by("pk")
        ]
        assert months(town)[FEBRUARY].issued == 40
        for booking in taken:
            reverse_booking(booking, by=worker, now=town.now, why="mistake")
        # What one of them still owes is settled from what was given back; by itself it would tell of them.
        found = months(town)[FEBRUARY]
        assert (found.issued, found.points["hours"], found.points["owed"]) == (180, None, None)

    def test_expiry_and_redemptions_change_nothing_that_was_issued(
        self, town: Town, people: list[Volunteer]
    ) -> None:
        short, since = {"all": {"months": 1}}, in_february(town) - days(30)
        set_policy(town.district, KEY, short, by=None, now=since, reason="演示:会议纪要")
        for one in people:
            earn(one, 60, at=in_february(town) - days(3))
        before = months(town)[FEBRUARY]
        spend(town, people, 10, in_february(town))
        expire_points(now=town.now)
        assert {balance(one) for one in people} == {0}
        assert months(town)[FEBRUARY] == before and before.issued == 180
        row = figure_rows(town.district, MARCH, date(2026, 3, 31), town.now)[-1].values
        assert (row["issued"], row["spent"], row["expired"]) == (0, 0, 150)

    def test_what_comes_back_over_the_counter_is_not_spent(self, town: Town, people: list[Volunteer]) -> None:
        for one in people:
            earn(one, 60, at=town.now)
        shop = station(town)
        towel = good(town, shop, price=20)
        for one in people:
            kept = reserve_good(towel, volunteer=one, by=one.user, now=town.now)
            done = collect_good(shop, code=kept.code, by=None, now=town.now)
        return_good(done, by=town.people["community_worker"], now=town.now)
        row = figure_rows(town.district, MARCH, date(2026, 3, 31), town.now)[-1].values
        assert (row["issued"], row["spent"]) == (180, 40)
        assert months(town)[MARCH].issued == 180


class TestFewPeople:
    def test_what_is_left_of_a_month_is_of_three_at_least(self, town: Town) -> None:
        people = volunteers(town, 5)
        for one in people:
            earn(one, 30, at=town.now)
        for one in people[:3]:
            event = served(one, 60, at=town.now, activity=7)
            book_event(event, now=town.now)
        book_event(fulfilled(people[0], at=town.now), now=town.now)
        (month,) = months_of(town.district.pk, timezone.localdate(town.now))
        # One fulfilled a wish: that is hidden, and what three did besides, or it could be reckoned.
        assert month.points["wish"] is None and month.points["activity"] is None
        assert month.points["hours"] is not None and month.issued is not None

    def test_the_same_two_people_twice_are_two(self) -> None:
        assert too_few({"a": 2, "b": 2, "c": 5}) == {"a", "b"}
        assert too_few({"a": 2, "b": 2, "c": 5}, apart=False) == {"a", "b", "c"}
        assert too_few({"a": 3, "b": 4}, apart=False) == frozenset()

    def test_a_month_of_two_says_nothing_by_rule_either(self, town: Town, people: list[Volunteer]) -> None:
        for one in people[:2]:
            earn(one, 30, at=town.now)
        (month,) = months_of(town.district.pk, timezone.localdate(town.now))
        assert month.issued is None and month.points["hours"] is None

    def test_sums_of_what_fewer_than_three_have_spent(self, town: Town, people: list[Volunteer]) -> None:
        for one in people:
            earn(one, 60, at=town.now)
        spend(town, people[:1], 10, town.now)
        sums = sums_of(town.district.pk)
        assert sums.people == {"held": 3, "reserved": 0, "spent": 1, "expired": 0}
        # With the others shown it would be what is left.
        assert sums.shown == {"held": None, "reserved": 0, "spent": None, "expired": 0}
        spend(town, people[1:], 15, town.now)
        assert sums_of(town.district.pk).shown == {"held": 140, "reserved": 0, "spent": 40, "expired": 0}

    def test_of_nobody_there_is_nothing_to_hide(self) -> None:
        nobody = Sums(0, 0, 0, 0, 0, dict.fromkeys(WHERE, 0))
        assert not nobody.are_shown and nobody.difference == 0
