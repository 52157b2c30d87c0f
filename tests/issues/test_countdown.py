"""How a deadline stands, in working terms."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils.translation import override

from calendars.worktime import Worktime
from issues.countdown import MOST_DAYS_COUNTED, countdown, group_of, working_days_between
from issues.templatetags.phone import due_text, moment

# Off on Thursday 12 and Friday 13 March 2026, worked on Saturday 14.
WORKTIME = Worktime(
    {date(2026, 3, 12): "off", date(2026, 3, 13): "off", date(2026, 3, 14): "work"}, frozenset({2026})
)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of March 2026 in Shanghai."""
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC) - timedelta(hours=8)


NOW = at(11, 10)


@pytest.mark.parametrize(
    ("due", "kind", "amount", "words"),
    [
        (at(11, 9, 30), "late", 0, "overdue since today 09:30"),
        (at(10, 17, 30), "late", 1, "overdue since yesterday 17:30, 1 working day"),
        (at(6, 17, 30), "late", 3, "overdue since March 6 17:30, 3 working days"),
        (at(11, 10, 1), "minutes", 1, "1 minute left (10:01)"),
        (at(11, 11, 29), "minutes", 89, "89 minutes left (11:29)"),
        (at(11, 17, 30), "today", 0, "due today 17:30"),
        (at(12, 9), "tomorrow", 0, "due tomorrow 09:00"),
        (at(14, 17, 30), "later", 1, "due March 14 17:30, 1 working day left"),
        (at(17, 17, 30), "later", 3, "due March 17 17:30, 3 working days left"),
    ],
)
def test_words(due: datetime, kind: str, amount: int, words: str) -> None:
    standing = countdown(due, NOW, WORKTIME)
    assert (standing.kind, standing.amount) == (kind, amount)
    assert standing.late == (kind == "late")
    with override("en"):
        assert due_text(standing) == words


def test_days_are_those_of_the_place_not_of_utc() -> None:
    # 00:30 on the 12th in Shanghai is still the 11th in UTC.
    assert countdown(at(12, 0, 30) + timedelta(hours=3), NOW, WORKTIME).kind == "tomorrow"


def test_a_holiday_is_no_working_day_and_a_make_up_day_is() -> None:
    assert working_days_between(date(2026, 3, 11), date(2026, 3, 13), WORKTIME) == 0
    assert working_days_between(date(2026, 3, 13), date(2026, 3, 14), WORKTIME) == 1


def test_nobody_counts_for_ever() -> None:
    far = working_days_between(date(2026, 1, 1), date(2300, 1, 1), WORKTIME)
    assert 0 < far <= MOST_DAYS_COUNTED


def test_a_provisional_date_says_so() -> None:
    assert countdown(at(17, 17, 30), NOW, WORKTIME, provisional=True).provisional


@pytest.mark.parametrize(
    ("state", "disputed", "due", "group"),
    [
        ("assigned", False, at(11, 9), "late"),
        ("assigned", False, at(11, 23), "today"),
        ("handling", False, at(12, 9), "later"),
        ("resolved", False, at(11, 9), "resident"),
        ("resolved", True, at(11, 9), "late"),
        ("closed", False, None, "over"),
    ],
)
def test_groups_of_the_day(state: str, disputed: bool, due: datetime | None, group: str) -> None:
    assert group_of(state, disputed, due, NOW) == group


def test_nothing_reads_as_nothing() -> None:
    assert due_text(None) == "" and moment(None) == ""
