"""What changes around the issues: people come and go, the calendar, the office hours, the district's rules."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.utils import timezone

from calendars.actions import load_calendar, set_office_hours
from calendars.hours import read_hours
from calendars.models import Calendar
from calendars.querysets import DEFAULT_NAME
from grids import powers
from grids.actions.policies import set_policy
from grids.actions.posts import appoint, end_leave, end_post, record_leave, set_deputy, set_shift
from grids.models import Leave, Post
from issues.notices.calendars import reckon_anew
from issues.policies import asking, calling, matters, times, words
from issues.worktimes import SETTLED_AFTER, forget_worktimes
from tests.builders import Town
from trail.job_actions import run_job_once
from trail.models import Event
from trail.refusals import Refused

HOURS = ("08:30-12:00,13:30-17:30", "09:00-12:00,14:00-18:00", "08:00-16:00")
ITEM = {"group": "演示组", "name": "演示项"}
# What a grid may be given; it binds once the district has set it.
DUTY_LISTS: tuple[dict[str, Any], ...] = (
    {
        "yes": ITEM | {"state": "admitted", "categories": ["litter", "other"]},
        "no": ITEM | {"state": "banned", "categories": ["noise", "road"]},
    },
    {"for_a_time": ITEM | {"state": "temporary", "until": "2026-03-13", "categories": ["litter", "noise"]}},
    {"nothing": ITEM | {"state": "banned", "categories": ["litter"]}},
)
_OWN = {"name": "演示占道", "name_en": "Stalls", "kind": "help", "for_residents": "yes"}
_ASKED = {"category": "litter", "type": "bool"}
# Of a kind, cells that a district might write; what it does not name holds as shipped.
VALUES: dict[str, tuple[dict[str, Any], ...]] = {
    times.LIMITS.key: (
        {"grid": {"answer": [1, "working_hours"], "submit": [4, "working_hours"]}},
        {"community": {"answer": [30, "minutes"], "submit": [10, "working_days"]}},
        {},
    ),
    times.LADDER.key: (
        {"all": {"remind_percent": 50, "grace_percent": 100}},
        {"all": {"chase_again": [2, "working_hours"], "board_again": [1, "working_days"]}},
    ),
    times.RUNGS.key: (
        {"remind": {"on": False}},
        {"call_deputy": {"on": False}, "call_next": {"on": False}},
        {"chase": {"audience": ["above", "board", "owner"]}, "climb": {"audience": ["owner"]}},
        {},
    ),
    powers.KIND.key: ({"command": {"granted": False}}, {"rate": {"granted": False}}, {}),
    times.WHISTLE_TIMES.key: (
        {"tough": {"acknowledge": [1, "working_hours"], "done": [20, "working_days"]}},
        {"quick": {"most": 3}},
        {},
    ),
    times.DECISIONS.key: ({"extension": {"within": [1, "working_hours"]}}, {}),
    times.WINDOW.key: (
        {"rating": {"within": [2, "working_days"]}, "return": {"within": [3, "working_days"]}},
    ),
    calling.REVIEW.key: ({"community": {"tough": False}}, {"grid": {"quick": True}}, {}),
    calling.TABLE.key: ({"grid:quick": {"department": True, "office": True}}, {}),
    matters.SAMPLING.key: ({"all": {"percent": 100}}, {"all": {"percent": 0}}),
    matters.CHECKED.key: ({"disputed": {"asked": False}, "suspended": {"asked": False}}, {}),
    matters.CATEGORIES.key: (
        {"noise": {"check": "yes", "submit": [2, "working_days"]}},
        {"road": {"responsible": "body", "body": "posted-1"}},
        {},
    ),
    matters.DUTY_LIST.key: (*DUTY_LISTS, {}),
    times.EXTENSION.key: (
        {"all": {"times": 1, "longest": [1, "working_days"]}},
        {"all": {"times": 0}},
        {"all": {"times": 5, "longest": [30, "working_days"]}},
    ),
    asking.OWN.key: (
        {"stalls": _OWN | {"handled_at": "grid"}},
        {"stalls": _OWN | {"handled_at": "screened"}},
        {},
    ),
    asking.QUESTIONS.key: (
        {"litter:burns": _ASKED | {"name": "起火了吗", "name_en": "Does it burn?", "danger": "yes"}},
        {"litter:since": _ASKED | {"name": "第一次吗", "name_en": "The first time?", "required": "yes"}},
        {},
    ),
    words.RATING_REASONS.key: (
        {"still_there": {"about": "solved", "name": "演示原因", "name_en": "Still there"}},
        {},
    ),
}
# Of these there is always somebody, so that every verb stays possible for somebody.
STAY = {"district_dispatcher", "second_dispatcher", "system_admin"}


class Surroundings:
    """Does one of these, as the system administrator, and says what."""

    def __init__(self, town: Town) -> None:
        self.town, self.admin, self.changes = town, town.people["system_admin"], 0

    def change(self, rng: Random, now: datetime) -> str:
        """One change of any kind; a rule may refuse it."""
        self.changes += 1
        what = rng.choice([self._leave, self._leave, self._back, self._vacancy, self._appointment])
        what = rng.choice([what, what, self._duty, self._calendar, self._hours, self._policy, self._policy])
        try:
            return what(rng, now)
        except Refused as refused:
            return f"{what.__name__} refused: {refused.code}"

    def _posts(self, now: datetime) -> list[Post]:
        posts = Post.objects.active(now).select_related("user", "unit", "body").order_by("pk")
        return [post for post in posts if post.user.username not in STAY]

    def _leave(self, rng: Random, now: datetime) -> str:
        post = rng.choice(self._posts(now))
        ends = now + timedelta(days=rng.choice([1, 3, 10]))
        record_leave(post, starts_at=now, ends_at=ends, by=rng.choice([post.user, self.admin]), now=now)
        return f"{post.user} on leave"

    def _back(self, rng: Random, now: datetime) -> str:
        leaves = list(Leave.objects.at(now).order_by("pk"))
        if not leaves:
            return "nobody is on leave"
        return f"back: {end_leave(rng.choice(leaves), by=self.admin, now=now)}"

    def _vacancy(self, rng: Random, now: datetime) -> str:
        post = rng.choice(self._posts(now))
        end_post(post, by=self.admin, now=now)
        return f"{post.user} leaves {post}"

    def _appointment(self, rng: Random, now: datetime) -> str:
        """Fill what is vacant, with a deputy this time, or name a deputy."""
        gone = list(Post.objects.filter(ends_on__lte=timezone.localdate(now)).order_by("pk"))
        people = list(self.town.people.values())
        if not gone:
            post = rng.choice(self._posts(now))
            set_deputy(post, deputy=rng.choice(people), by=self.admin, now=now)
            return f"a deputy for {post}"
        post = rng.choice(gone)
        where: dict[str, Any] = {post.place._meta.model_name: post.place}
        user = rng.choice([post.user, post.user, rng.choice(people)])
        appoint(user, role=post.role, by=self.admin, now=now, deputy=rng.choice([None, people[0]]), **where)
        return f"{user} appointed {post}"

    def _duty(self, rng: Random, now: datetime) -> str:
        post = rng.choice([post for post in self._posts(now) if post.body_id or post.unit.kind != "building"])
        ends, rank = now + timedelta(days=rng.choice([1, 10])), rng.choice([1, 2])
        set_shift(post, starts_at=now, ends_at=ends, by=self.admin, now=now, rank=rank)
        return f"{post.user} on duty at {post}"

    def _calendar(self, rng: Random, now: datetime) -> str:
        day = timezone.localdate(now) + timedelta(days=rng.choice([0, 1, 2, 5, 9]))
        row = {"date": day.isoformat(), "kind": rng.choice(["off", "off", "work"]), "name": ""}
        load_calendar(DEFAULT_NAME, [row], by=self.admin, now=now, years=[])
        self._reckon(rng, now)
        return f"calendar: {row}"

    def _hours(self, rng: Random, now: datetime) -> str:
        hours = rng.choice(HOURS)
        set_office_hours(Calendar.objects.default(), read_hours(hours), by=self.admin, now=now)
        self._reckon(rng, now)
        return f"office hours {hours}"

    def _reckon(self, rng: Random, now: datetime) -> None:
        """The job, now or (its hint was lost) with one of the next changes."""
        forget_worktimes()
        changed = Event.objects.filter(subject_type="calendar").order_by("pk").last()
        if changed is not None and changed.occurred_at == now:
            reckon_anew(changed, now)
        if rng.random() < 0.7:
            while run_job_once(now=now + SETTLED_AFTER):
                pass

    def _policy(self, rng: Random, now: datetime) -> str:
        key = rng.choice(sorted(VALUES))
        return self.set(key, rng.choice(VALUES[key]), now)

    def set(self, key: str, value: dict[str, Any], now: datetime) -> str:
        """The district decides so, from now on."""
        set_policy(self.town.district, key, value, by=self.admin, now=now, reason="演示:调整")
        return f"policy {key} {value}"
