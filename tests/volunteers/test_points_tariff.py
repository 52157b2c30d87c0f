"""The tariff as a rule: floors, caps, months, and what a district may write; and the arithmetic of expiry."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grids.policies import KINDS, WrongValue
from volunteers.ledger import BOOKINGS, EARNED, LOTS, SYSTEM, expired_of
from volunteers.tariff import ALL, KIND, RULES, SHIPPED, add_months, tariff_from

USED = st.dictionaries(st.sampled_from([*RULES]), st.integers(0, 300))


@pytest.mark.parametrize(
    ("minutes", "points"), [(0, 0), (5, 0), (6, 1), (11, 1), (59, 9), (60, 10), (61, 10), (90, 15), (-30, 0)]
)
def test_hours_are_worth_whole_points_floored(minutes: int, points: int) -> None:
    assert SHIPPED.worth("hours", minutes) == points


def test_everything_else_is_worth_what_stands_there() -> None:
    assert [SHIPPED.worth(rule, 600) for rule in RULES] == [100, 5, 5, 5, 20]
    assert SHIPPED.worth("unknown") == 0


@pytest.mark.parametrize(
    ("rule", "points", "used", "allowed"),
    [
        ("hours", 50, {}, 50),
        ("hours", 100, {}, 80),
        ("hours", 50, {"hours": 40}, 40),
        ("hours", 50, {"hours": 90}, 0),
        ("hours", 50, {"wish": 180}, 20),
        ("wish", 20, {"hours": 80, "wish": 100}, 20),
        ("wish", 20, {"hours": 80, "wish": 110}, 10),
        ("spotter_report", 5, {"closed_issue": 25}, 5),
    ],
)
def test_a_day_allows_so_much_of_a_rule_and_so_much_of_all(
    rule: str, points: int, used: dict[str, int], allowed: int
) -> None:
    assert SHIPPED.allowed(rule, points, used) == allowed


@given(st.sampled_from([*RULES]), st.integers(0, 1000), USED)
def test_no_bound_is_ever_passed_and_nothing_is_taken(rule: str, points: int, used: dict[str, int]) -> None:
    got = SHIPPED.allowed(rule, points, used)
    assert 0 <= got <= points
    for bound, taken in (
        (SHIPPED.per_day[rule], used.get(rule, 0)),
        (SHIPPED.per_day[ALL], sum(used.values())),
    ):
        if bound and got:
            assert got + taken <= bound


def test_zero_is_no_bound() -> None:
    free = tariff_from({"hours": {"per_day": 0}, ALL: {"per_day": 0}})
    assert free.allowed("hours", 10_000, {"hours": 10_000}) == 10_000


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 3, 10), 24, date(2028, 3, 10)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
    ],
)
def test_months(day: date, months: int, then: date) -> None:
    assert add_months(day, months) == then


def test_zero_months_never_expire() -> None:
    assert tariff_from({ALL: {"months": 0}}).expires_on(date(2026, 3, 10)) is None
    assert SHIPPED.expires_on(date(2026, 3, 10)) == date(2028, 3, 10)


class TestPolicy:
    def test_it_is_registered_and_complete(self) -> None:
        assert KINDS["volunteer_points"] is KIND
        assert {row for row, _label in KIND.rows or ()} == {*RULES, ALL} == set(KIND.default)
        assert KIND.over(KIND.clean(KIND.default)) == KIND.over(KIND.default)

    def test_a_district_overrides_single_numbers(self) -> None:
        own = tariff_from(KIND.clean({"hours": {"points": 12}, ALL: {"months": 6}}))
        assert (own.points["hours"], own.per_day["hours"], own.months, own.hold_days) == (12, 80, 6, 7)
        assert own.points["wish"] == SHIPPED.points["wish"]

    @pytest.mark.parametrize(
        ("value", "wrong"),
        [
            ({"hours": {"points": -1}}, "hours.points"),
            ({"hours": {"points": 1.5}}, "hours.points"),
            ({"hours": {"months": 3}}, "hours.months"),
            ({"wish": {"hold_days": 3}}, "wish.hold_days"),
            ({ALL: {"points": 3}}, "all.points"),
            ({ALL: {"hold_days": 0}}, "all.hold_days"),
            ({"praise": {"points": 3}}, "praise"),
        ],
    )
    def test_what_makes_no_sense_is_named(self, value: dict, wrong: str) -> None:
        with pytest.raises(WrongValue) as caught:
            KIND.clean(value)
        assert set(caught.value.errors) == {wrong}


def test_bookings_are_between_known_accounts() -> None:
    for row in BOOKINGS.values():
        assert row.other in SYSTEM and row.of_system in ("", *SYSTEM)
        assert str(row.label)
    assert {*EARNED, *LOTS} <= set(BOOKINGS)


@given(st.lists(st.integers(1, 50), max_size=12), st.data())
def test_expiry_by_sums_is_expiry_lot_by_lot(lots: list[int], data: st.DataObject) -> None:
    """First in, first out: the same as walking the lots in the order in which they expire."""
    spent = data.draw(st.integers(0, sum(lots)))
    old = data.draw(st.integers(0, len(lots)))
    left, walked = spent, 0
    for place, lot in enumerate(lots):
        taken = min(left, lot)
        left -= taken
        walked += lot - taken if place < old else 0
    assert expired_of(sum(lots) - spent, sum(lots), sum(lots[:old])) == walked
