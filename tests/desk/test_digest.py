"""Once a week those who look after the board are told what stands on it: each what they may see."""

from datetime import datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from desk.actions import write_digests
from desk.notices import _own_weeks
from grids.actions.posts import record_leave
from issues.actions import PERFORM
from issues.lifecycle import OPEN_STATES
from notices.actions import choose_notices, fan_out_once
from notices.models import Notice
from notices.wishes import Wishes
from tests.builders import Town
from trail.actions import record_event
from trail.models import Event

WEEK = timedelta(days=7)


@pytest.fixture
def monday(town: Town) -> datetime:
    """Ten o'clock on the Monday after the town's own moment."""
    assert town.now.weekday() < 5
    return (town.now + timedelta(days=7 - town.now.weekday())).replace(hour=2, minute=0)


def digests(now: datetime) -> dict[str, tuple[int, int]]:
    """Who is told of how many, and of how many new ones."""
    write_digests(now=now)
    event = Event.objects.filter(verb="board_digest").order_by("-pk").first()
    while fan_out_once(now=now):
        pass
    told = Notice.objects.filter(key="desk.board_digest", channel="inbox", event=event)
    return {row.recipient.username: (row.params["late"], row.params["new"]) for row in told}


def late(town: Town, days: int = 5, key: str = "litter") -> None:
    town.report(key, now=town.now - timedelta(days=days))


def test_each_is_told_what_they_may_see(town: Town, monday: datetime) -> None:
    late(town, days=0)
    late(town, days=40)
    town.report("litter", now=monday - timedelta(minutes=5))
    told = digests(monday)
    assert told["district_dispatcher"] == told["supervisor"] == (2, 1)
    assert not {"grid_worker", "community_secretary", "body_officer"} & set(told)
    words = Notice.objects.filter(key="desk.board_digest").latest("pk")
    assert words.link == "/admin/lists/board/" and "2" in words.words


def test_once_a_week_however_often_it_is_asked(town: Town, monday: datetime) -> None:
    late(town)
    asked = [monday, monday, monday + timedelta(days=2), monday + WEEK, monday + WEEK]
    assert [write_digests(now=now) for now in asked] == [1, 0, 0, 1, 0]


@pytest.mark.parametrize("hours", [-3, 10, -24])
def test_not_at_night_nor_at_the_weekend(town: Town, monday: datetime, hours: int) -> None:
    late(town)
    assert write_digests(now=monday + timedelta(hours=hours)) == 0


def test_nothing_late_nothing_told(town: Town, monday: datetime) -> None:
    town.report("litter", now=monday - timedelta(minutes=5))
    assert digests(monday) == {}


def test_what_is_done_is_not_late_any_more(town: Town, monday: datetime) -> None:
    issue = town.report("litter", now=town.now - timedelta(days=1))
    PERFORM["sign"](issue, by=town.people["grid_worker"], now=town.now)
    done = {"outcome": "solved", "text": "好了"}
    PERFORM["submit_result"](issue, by=town.people["grid_worker"], now=monday - timedelta(hours=1), **done)
    assert digests(monday) == {}


def test_who_is_on_leave_is_stood_in_for(town: Town, monday: datetime) -> None:
    late(town)
    post = town.posts["supervisor"]
    post.deputy = town.people["street_leader"]
    post.save()
    record_leave(post, starts_at=town.now, ends_at=monday + WEEK, by=None, now=town.now)
    told = digests(monday)
    assert "street_leader" in told and "supervisor" not in told


# --- each one's own week ------------------------------------------------------------------------------------
def own_weeks(now: datetime) -> dict[str, tuple[int, int]]:
    """Who is told of how much open and how much late."""
    digests(now)
    told = Notice.objects.filter(key="desk.own_week", channel="inbox")
    return {row.recipient.username: (row.params["open"], row.params["late"]) for row in told}


def test_each_hears_what_is_with_them_and_nobody_else(town: Town, monday: datetime) -> None:
    PERFORM["sign"](town.report("litter"), by=town.people["grid_worker"], now=town.now)
    told = own_weeks(town.now + WEEK)
    assert told["grid_worker"][0] == 1
    assert not {"body_officer", "far_worker"} & set(told)
    line = Notice.objects.filter(key="desk.own_week").first()
    assert line is not None and line.link == "/" and "1" in line.words


def test_who_hears_of_the_board_is_not_told_twice(town: Town, monday: datetime) -> None:
    late(town, days=40)
    told = own_weeks(monday)
    board = set(Notice.objects.filter(key="desk.board_digest").values_list("recipient__username", flat=True))
    assert board and not board & set(told)


def test_who_does_not_want_it_is_left_alone(town: Town, monday: datetime) -> None:
    town.report("litter", now=monday - timedelta(minutes=5))
    worker = town.people["grid_worker"]
    choose_notices(Wishes(weekly=False), by=worker, now=town.now)
    assert "grid_worker" not in own_weeks(monday)


def test_a_complaint_about_somebody_is_not_counted(town: Town, monday: datetime) -> None:
    before = own_weeks(monday)
    complaint = town.report("litter", now=monday + timedelta(minutes=5), about=town.community)
    assert complaint.state in OPEN_STATES
    assert own_weeks(monday + WEEK) == before


def test_however_many_have_something_it_costs_the_same(
    town: Town, monday: datetime, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _number in range(5):
        town.report("litter", now=monday - timedelta(minutes=5))
    event = record_event("unit", town.district.pk, "board_digest", by=None, now=monday)
    with django_assert_max_num_queries(3):
        _own_weeks(event, town.district, monday)
