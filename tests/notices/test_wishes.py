"""What leaves the inbox, and when: every urgency, and every minute of a day."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notices.wishes import CHOOSABLE, USUAL, Wishes, is_quiet, leaves_the_inbox, not_before, quiet_hours
from notices.words import URGENCIES

CHINA = ZoneInfo("Asia/Shanghai")
moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))
clocks = st.integers(0, 24 * 60 - 1).map(lambda minutes: time(*divmod(minutes, 60)))


def at(hour: int, minute: int = 0) -> datetime:
    """On a day, by the clock of the house."""
    return datetime(2026, 3, 10, hour, minute, tzinfo=CHINA)


@pytest.mark.parametrize("urgency", [row.key for row in URGENCIES])
def test_without_a_choice_only_danger_rings(urgency: str) -> None:
    assert leaves_the_inbox(urgency, USUAL) is (urgency == "danger")


def test_what_is_for_information_never_rings_even_if_it_was_chosen_somehow() -> None:
    everything = Wishes(frozenset(row.key for row in URGENCIES))
    rings = {row.key for row in URGENCIES if leaves_the_inbox(row.key, everything)}
    assert rings == {"danger", *CHOOSABLE}


@pytest.mark.parametrize(
    ("now", "then"),
    [
        (at(21, 59), at(21, 59)),
        (at(22), at(7) + timedelta(days=1)),
        (at(23, 30), at(7) + timedelta(days=1)),
        (at(0), at(7)),
        (at(6, 59), at(7)),
        (at(7), at(7)),
        (at(12), at(12)),
    ],
)
def test_the_night_is_waited_out(now: datetime, then: datetime) -> None:
    assert not_before("late", USUAL, now.astimezone(UTC), CHINA) == then


def test_hours_within_a_day() -> None:
    noon = Wishes(quiet_from=time(12), quiet_until=time(14))
    assert not_before("action", noon, at(13), CHINA) == at(14)
    assert not_before("action", noon, at(14), CHINA) == at(14)
    assert not_before("action", noon, at(11), CHINA) == at(11)


@given(moments, clocks, clocks)
def test_danger_never_waits_and_nothing_waits_longer_than_the_quiet_hours(
    now: datetime, begin: time, end: time
) -> None:
    wishes = Wishes(frozenset(CHOOSABLE), begin, end)
    assert not_before("danger", wishes, now, CHINA) == now
    then = not_before("late", wishes, now, CHINA)
    assert timedelta(0) <= then - now <= quiet_hours(wishes)
    assert not is_quiet(wishes, then.astimezone(CHINA).time())
    assert (then == now) is not is_quiet(wishes, now.astimezone(CHINA).time())


def test_the_same_time_twice_means_no_quiet_hours() -> None:
    none = Wishes(quiet_from=time(8), quiet_until=time(8))
    assert quiet_hours(none) == timedelta(0)
    assert not any(is_quiet(none, time(hour)) for hour in range(24))
