"""Leaves and the duty roster around now: so that deputies are seen to stand in, and somebody is on call."""

import random
from collections.abc import Sequence
from datetime import datetime, time, timedelta

from calendars.worktime import SHANGHAI
from demo.seed.people import Home
from grids.actions.posts import record_leave, set_shift
from grids.models import Post, Unit

LEAVES = {"community_secretary": 3, "grid_worker": 6, "street_leader": 1, "body_officer": 3}
ON_CALL = {
    "street": ("street_dispatcher", "street_leader"),
    "community": ("community_worker", "community_secretary"),
}
SHIFT_BEGINS = time(8, 30)
WEEK = timedelta(days=7)


def record_leaves(
    posts: Sequence[Post], home: Home, rng: random.Random, *, start: datetime, now: datetime
) -> None:
    """A few people away for some days, half of them right now; never those whom the demo signs in as."""
    theirs = {
        place for place in home.places().values() if not isinstance(place, Unit) or place.kind != "district"
    }
    for role, count in LEAVES.items():
        able = [post for post in posts if post.role == role and post.deputy_id and post.place not in theirs]
        for number, post in enumerate(rng.sample(able, min(count, len(able)))):
            begins = now - timedelta(days=1) if number % 2 == 0 else _some_day(rng, start, now)
            ends = begins + timedelta(days=rng.randint(3, 6))
            record_leave(post, starts_at=begins, ends_at=ends, by=None, now=start)


def _some_day(rng: random.Random, start: datetime, now: datetime) -> datetime:
    return start + (now - start) * rng.uniform(0.1, 0.8)


def set_roster(posts: Sequence[Post], home: Home, *, now: datetime) -> None:
    """Weekly shifts of all streets and of the home community, last week's, this week's and the next; the two on
    call change ranks every week."""
    local = now.astimezone(SHANGHAI)
    monday = datetime.combine(local.date() - timedelta(days=local.weekday()), SHIFT_BEGINS, SHANGHAI)
    for kind, roles in ON_CALL.items():
        for post in posts:
            unit = post.unit
            if unit is None or unit.kind != kind or post.role not in roles:
                continue
            if kind == "community" and unit != home.community:
                continue
            for week in range(-1, 2):
                begins = monday + week * WEEK
                rank = 1 + (roles.index(post.role) + week) % len(roles)
                set_shift(post, starts_at=begins, ends_at=begins + WEEK, by=None, now=now, rank=rank)
