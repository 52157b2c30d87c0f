"""Who volunteers in the demo's community: written down by it, without telephones; five teams, a station, activities of
the coming days, and somebody of the community beside it who would like to move there."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

from django.utils import timezone

from demo.seed.people import SURNAMES, Home
from demo.seed.texts import phrases
from grids.models import Unit
from volunteers.actions.activities import NewShift, add_activity, open_activity
from volunteers.actions.facts import Person
from volunteers.actions.people import sign_up_for
from volunteers.actions.sign_ups import sign_up
from volunteers.actions.stations import open_station
from volunteers.actions.teams import join_team, open_team, set_leader
from volunteers.actions.transfers import ask_transfer
from volunteers.models import Station, Team, Volunteer

# Topic, name, what it does; each is led by one of those written down.
TEAMS = (
    ("elders", "演示·邻里敬老队", "每周探望独居老人，帮忙买菜取药"),
    ("environment", "演示·绿色家园队", "清理楼道杂物，宣传垃圾分类"),
    ("order", "演示·平安巡逻队", "傍晚在小区里走一走，劝导飞线充电"),
    ("repair", "演示·巧手维修队", "修水龙头、换灯泡，小修小补"),
    ("reading", "演示·红帆读书会", "周末带孩子们读书"),
)
SKILLS = ("care", "green", "guard", "repair", "teaching", "first_aid", "culture", "it")
TIMES = ("weekday_day", "weekend_day", "weekday_evening", "emergency")
PEOPLE, MEMBERS = 15, 4
# Number of the team, title, what is done; in so many days, at which hours, with how many places. For the second one more
# people have signed up than there are places.
ACTIVITIES = (
    (1, "演示·清洁日", "清理楼道和绿地，请自带手套、穿旧衣服", 1, (9, 14), 6),
    (0, "演示·陪老人聊天", "上门陪独居老人聊天、读报，请穿红马甲", 3, (14,), 2),
    (2, "演示·傍晚巡逻", "在小区里走一走，劝导飞线充电，请带手电", 7, (18,), 10),
)
SIGNED_UP, HOURS_LONG = 4, 2


def seed_volunteers(home: Home, secretary: Any, *, now: datetime, today: datetime) -> None:
    """All of them, by the community's secretary; the neighbour by the platform. `today`: when the demo begins."""
    by = {"by": secretary, "now": now}
    people = [sign_up_for(home.community, _person(number), **by) for number in range(PEOPLE)]
    teams = []
    for number, (topic, name, about) in enumerate(TEAMS):
        team = open_team(home.community, name=name, topic=topic, about=about + phrases()["mark"], **by)
        set_leader(team, leader=people[number], **by)
        for step in range(1, MEMBERS):
            join_team(team, people[(number + step * len(TEAMS) // 2) % PEOPLE], **by)
        teams.append(team)
    station = open_station(
        home.community,
        name="演示·志愿服务站",
        place=f"{home.community.name}党群服务中心一楼" + phrases()["mark"],
        hours="周一至周六 9:00–17:00",
        **by,
    )
    _activities(home, teams, station, people, by, today)
    _neighbour(home, now)


def _activities(
    home: Home,
    teams: Sequence[Team],
    station: Station,
    people: Sequence[Volunteer],
    by: dict[str, Any],
    today: datetime,
) -> None:
    """Open for sign-up, each with some who have signed up for the first shift."""
    for number, title, what, days, hours, places in ACTIVITIES:
        day = timezone.localdate(today) + timedelta(days=days)
        starts = [timezone.make_aware(datetime.combine(day, time(hour))) for hour in hours]
        activity = add_activity(
            unit=home.community,
            title=title,
            what=what + phrases()["mark"],
            shifts=[NewShift(at, at + timedelta(hours=HOURS_LONG), places) for at in starts],
            team=teams[number],
            station=station,
            **by,
        )
        open_activity(activity, **by)
        first = activity.shifts.order_by("starts_at")[0]
        for one in people[number : number + SIGNED_UP]:
            sign_up(first, volunteer=one, **by)


def _person(number: int) -> Person:
    """Nobody who is: the name says so, and so does the one that others see."""
    surname = SURNAMES[number % len(SURNAMES)]
    return Person(
        name=f"演示·{surname}{number:02d}",
        alias=f"演示·{surname}师傅{number:02d}",
        skills=(SKILLS[number % len(SKILLS)],),
        languages=("zh",),
        availability=(TIMES[number % len(TIMES)],),
    )


def _neighbour(home: Home, now: datetime) -> Volunteer:
    others = Unit.objects.open().at("community").filter(street=home.street).exclude(pk=home.community.pk)
    neighbour = sign_up_for(others[0], _person(PEOPLE), by=None, now=now)
    return ask_transfer(neighbour, home=home.community, by=None, now=now).volunteer
