"""Once a week those who look after the board are told what stands on it: each what they may see."""

from datetime import datetime, timedelta

import pytest

from desk.actions import write_digests
from grids.actions.posts import record_leave
from issues.actions import PERFORM
from notices.actions import fan_out_once
from notices.models import Notice
from tests.builders import Town
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
