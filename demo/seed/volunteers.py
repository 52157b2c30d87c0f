"""Who volunteers in the demo's community: written down by it, without telephones; five teams, a station, somebody of the
community beside it who would like to move there, and a team leader who signs in."""

from datetime import datetime
from typing import Any

from demo.seed.hotline import FICTIONAL
from demo.seed.people import SURNAMES, Home
from demo.seed.texts import phrases
from grids.models import Unit
from volunteers.actions.facts import Person
from volunteers.actions.people import sign_up_for, sign_up_with_account
from volunteers.actions.stations import open_station
from volunteers.actions.teams import join_team, open_team, set_leader
from volunteers.actions.transfers import ask_transfer
from volunteers.models import Team, Volunteer

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
# The sign-in of somebody without a post, and the topic of the team that they lead.
LEADER, LED = "team_leader", "order"


def seed_volunteers(home: Home, secretary: Any, *, now: datetime) -> None:
    """All of them, by the community's secretary; the neighbour by the platform."""
    by = {"by": secretary, "now": now}
    people = [sign_up_for(home.community, _person(number), **by) for number in range(PEOPLE)]
    for number, (topic, name, about) in enumerate(TEAMS):
        team = open_team(home.community, name=name, topic=topic, about=about + phrases()["mark"], **by)
        set_leader(team, leader=people[number], **by)
        for step in range(1, MEMBERS):
            join_team(team, people[(number + step * len(TEAMS) // 2) % PEOPLE], **by)
    open_station(
        home.community,
        name="演示·志愿服务站",
        place=f"{home.community.name}党群服务中心一楼" + phrases()["mark"],
        hours="周一至周六 9:00–17:00",
        **by,
    )
    _neighbour(home, now)


def seed_leader(home: Home, username: str, password: str, secretary: Any, *, now: datetime) -> Volunteer:
    """Signed up by themselves, with an account for this alone; the community lets them lead the team."""
    told = {"skills": ("guard",), "languages": ("zh",), "availability": ("weekday_evening",)}
    person = Person(name="演示·巡逻队长", phone=FICTIONAL.format(2), alias="演示·巡逻队长", **told)
    me = sign_up_with_account(home.community, person, username=username, password=password, now=now)
    team = Team.objects.open().get(unit=home.community, topic=LED)
    set_leader(team, leader=me, by=secretary, now=now)
    return me


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
