"""The pure rules of shifts, codes, series and minutes, by properties."""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from trail.refusals import NotAllowed
from volunteers import check_in
from volunteers.hours import MOST_MINUTES, minutes_of, refusal_to_confirm
from volunteers.series import day_of, next_day
from volunteers.shifts import (
    CHECK_IN_EARLY,
    GRACE,
    Period,
    cancels_late,
    conflict,
    gap,
    overlap,
    takes_check_in,
    wrong_with,
)

START = datetime(2026, 3, 11, 1, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PERIODS = st.builds(
    lambda start, long: Period(START + start * MINUTE, START + (start + long) * MINUTE),
    st.integers(0, 600),
    st.integers(1, 300),
)
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))


def period(start: int, end: int) -> Period:
    """In minutes after START."""
    return Period(START + start * MINUTE, START + end * MINUTE)


class TestConflicts:
    @given(PERIODS, PERIODS)
    def test_they_overlap_where_they_share_a_minute(self, one: Period, other: Period) -> None:
        def minutes(shift: Period) -> set[datetime]:
            long = int((shift.ends_at - shift.starts_at) / MINUTE)
            return {shift.starts_at + number * MINUTE for number in range(long)}

        shared = bool(minutes(one) & minutes(other))
        assert overlap(one, other) == overlap(other, one) == shared
        if not shared:
            assert gap(one, other) == gap(other, one) >= timedelta(0)

    @given(PERIODS, st.lists(PERIODS, max_size=5))
    def test_hard_goes_before_soft(self, wanted: Period, taken: list[Period]) -> None:
        found = conflict(wanted, taken)
        assert conflict(wanted, taken[::-1]) == found, "in whatever order"
        if any(overlap(wanted, one) for one in taken):
            assert found == "hard"
        else:
            assert found == ("soft" if any(gap(wanted, one) < GRACE for one in taken) else "")

    @pytest.mark.parametrize(
        ("start", "says"),
        [(59, "hard"), (60, "soft"), (89, "soft"), (90, ""), (-90, ""), (-89, "soft"), (-59, "hard")],
    )
    def test_at_every_boundary(self, start: int, says: str) -> None:
        """An hour that somebody has, and one more hour that begins so many minutes after it began."""
        assert conflict(period(start, start + 60), [period(0, 60)]) == says

    def test_another_grace(self) -> None:
        assert conflict(period(60, 90), [period(0, 60)], timedelta(0)) == ""
        assert conflict(period(119, 130), [period(0, 60)], timedelta(hours=1)) == "soft"


class TestCancelling:
    @given(MOMENTS, st.integers(0, 240), st.integers(-10_000, 10_000))
    def test_free_up_to_the_moment_itself(self, start: datetime, hours: int, seconds: int) -> None:
        now = start - timedelta(hours=hours) + timedelta(seconds=seconds)
        assert cancels_late(start, hours, now) == (seconds > 0)


class TestCodes:
    @given(MOMENTS, st.integers(-600, 600))
    def test_it_holds_for_its_minute_and_the_next(self, shown: datetime, later: int) -> None:
        code, now = check_in.code_at("secret", shown), shown + timedelta(seconds=later)
        steps = check_in.step_of(now) - check_in.step_of(shown)
        assert check_in.is_valid("secret", code, now) == (steps in {0, 1})

    @given(MOMENTS)
    def test_each_minute_and_each_activity_has_its_own(self, now: datetime) -> None:
        code = check_in.code_at("one", now)
        assert code != check_in.code_at("other", now)
        assert code != check_in.code_at("one", now + timedelta(seconds=check_in.STEP_SECONDS))
        assert not check_in.is_valid("other", code, now)
        left = timedelta(seconds=check_in.seconds_left(now))
        assert check_in.step_of(now.replace(microsecond=0) + left) == check_in.step_of(now) + 1

    @pytest.mark.parametrize("given_code", ["", " ", "0" * 12, "é" * 12, "x" * 5_000, "\x00"])
    def test_nonsense_is_no_code(self, given_code: str) -> None:
        assert not check_in.is_valid("secret", given_code, START)

    def test_as_a_person_types_it(self) -> None:
        code = check_in.code_at("secret", START)
        assert len(code) == check_in.LENGTH and check_in.is_valid("secret", f" {code.upper()} ", START)

    def test_no_secret_no_code(self) -> None:
        with pytest.raises(ValueError, match="secret"):
            check_in.code_at("", START)

    def test_when_one_checks_in_by_oneself(self) -> None:
        shift = period(0, 60)
        for moment, may in (
            (START - CHECK_IN_EARLY - timedelta(seconds=1), False),
            (START - CHECK_IN_EARLY, True),
            (shift.ends_at - timedelta(seconds=1), True),
            (shift.ends_at, False),
        ):
            assert takes_check_in(shift, moment) is may


class TestMinutes:
    @given(PERIODS, st.integers(-300, 900), st.none() | st.integers(0, 900))
    def test_never_more_than_the_shift(self, shift: Period, came: int, stayed: int | None) -> None:
        came_at = START + came * MINUTE
        left_at = None if stayed is None else came_at + stayed * MINUTE
        found = minutes_of(shift, came_at, left_at)
        most = int((shift.ends_at - shift.starts_at) / MINUTE)
        assert 0 <= found <= most <= MOST_MINUTES
        if stayed is not None:
            assert found <= stayed
        assert minutes_of(shift, None, left_at) == 0

    @pytest.mark.parametrize(
        ("came", "left", "minutes"),
        [(-30, None, 120), (0, 120, 120), (0, 119, 119), (10, None, 110), (0, 300, 120), (120, None, 0)],
    )
    def test_as_a_person_would_count(self, came: int, left: int | None, minutes: int) -> None:
        left_at = None if left is None else START + left * MINUTE
        assert minutes_of(period(0, 120), START + came * MINUTE, left_at) == minutes

    def test_a_minute_begun_does_not_count(self) -> None:
        assert minutes_of(period(0, 120), START + timedelta(seconds=1)) == 119


class TestTwoSteps:
    @given(st.none() | st.integers(1, 4), st.none() | st.integers(1, 4), st.none() | st.integers(1, 4))
    def test_neither_the_person_nor_who_handed_it_in(
        self, by: int | None, volunteer: int | None, proposer: int | None
    ) -> None:
        no = refusal_to_confirm(by, volunteer=volunteer, proposer=proposer)
        assert (no is None) == (by is not None and by not in {volunteer, proposer})
        assert no is None or isinstance(no, NotAllowed)


class TestSeries:
    @given(st.dates(date(2024, 1, 1), date(2027, 12, 31)), st.integers(0, 30))
    def test_every_month_once(self, first: date, number: int) -> None:
        day = day_of("monthly", first, number)
        assert (day.year * 12 + day.month) - (first.year * 12 + first.month) == number
        assert day.day == min(first.day, monthrange(day.year, day.month)[1])

    @given(
        st.sampled_from(["weekly", "monthly"]),
        st.dates(date(2024, 1, 1), date(2027, 12, 31)),
        st.integers(0, 400),
        st.integers(0, 400),
    )
    def test_day_after_day_without_a_gap(self, rhythm: str, first: date, after: int, until: int) -> None:
        last, all_days = first + timedelta(days=until), []
        day: date | None = first
        while day is not None and (day := next_day(rhythm, first, day, last)):
            all_days.append(day)
        behind = first + timedelta(days=after)
        assert next_day(rhythm, first, behind, last) == next((one for one in all_days if one > behind), None)
        assert all(one <= last for one in all_days)
        if rhythm == "weekly":
            assert len(all_days) == until // 7

    def test_the_31st_in_a_short_month(self) -> None:
        days = [day_of("monthly", date(2026, 1, 31), number) for number in (1, 2, 3)]
        assert days == [date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)]

    def test_nothing_else_is_known(self) -> None:
        with pytest.raises(KeyError):
            day_of("daily", date(2026, 1, 1), 1)


@given(PERIODS, st.integers(1, 100))
def test_an_ordinary_shift_is_right(shift: Period, places: int) -> None:
    assume(shift.ends_at - shift.starts_at <= timedelta(hours=24))
    assert wrong_with(shift, places) == ""
    assert wrong_with(Period(shift.ends_at, shift.starts_at), places) == "order"
    assert wrong_with(Period(shift.starts_at, shift.starts_at), places) == "order"
    assert wrong_with(shift, 0) == "places"
    assert wrong_with(Period(shift.starts_at, shift.starts_at + timedelta(hours=25)), places) == "long"
