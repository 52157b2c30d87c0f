"""What the volunteers of the demo's community do: held and settled, held and to be confirmed, under way, coming, coming
again every week, and still a draft. Everybody in them is signed up by the community: they volunteer without a telephone."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from demo.seed.people import Home
from demo.seed.texts import phrases
from demo.seed.volunteers import LED
from volunteers.actions.activities import NewShift, add_activity, end_activity, open_activity
from volunteers.actions.attendance import check_in, mark_absent
from volunteers.actions.corrections import ask_correction
from volunteers.actions.hours import confirm_hours, propose_hours, propose_service
from volunteers.actions.series import repeat_activity
from volunteers.actions.settling import settle_activity
from volunteers.actions.sign_ups import sign_up
from volunteers.models import Activity, Service, SignUp, Station, Team, Volunteer

# So long before its day an activity is made.
BEFORE = timedelta(days=5)


@dataclass(frozen=True)
class Wanted:
    """Days from today, the hour it begins, hours it lasts, places, how many sign up, what it is."""

    day: int
    hour: int
    lasts: int
    places: int
    people: int
    topic: str
    title: str
    what: str


HELD = Wanted(-9, 9, 2, 6, 6, "environment", "楼道杂物清理", "清理两栋楼的楼道，把占道的旧家具搬到临时堆放点")
TO_CONFIRM = Wanted(-1, 14, 3, 5, 4, "repair", "便民维修日", "在党群服务中心修小家电、磨剪刀、配钥匙")
# Since the hour that it is: somebody waits, for the case that somebody does not come.
TODAY = Wanted(0, 0, 4, 6, 7, LED, "小区平安巡逻", "两人一组在小区里走一走，看看楼道、车棚和消防通道")
COMING = Wanted(3, 9, 2, 3, 5, "elders", "探望独居老人", "两人一组，送菜上门，顺便看看水电是否正常")
WEEKLY = Wanted(5, 15, 2, 12, 2, "reading", "周末读书会", "带孩子们读一本书，讲一个故事")
DRAFT = Wanted(12, 18, 2, 8, 0, "order", "飞线充电劝导", "在小区里走一走，请居民把电动车停到车棚充电")


def seed_activities(home: Home, secretary: Any, confirmer: Any, *, now: datetime) -> None:
    """All by the community's secretary; hours are confirmed by the street (`confirmer`)."""
    people = list(Volunteer.objects.active().filter(community=home.community).order_by("pk"))
    _settle(_held(home, HELD, people, secretary, now), secretary, confirmer, now)
    last = _held(home, TO_CONFIRM, people[3:], secretary, now)
    propose_hours(last, by=secretary, now=min(now, last.ends_at + timedelta(minutes=20)))
    _opened(home, COMING, people[5:], secretary, now)
    weekly = _opened(home, WEEKLY, people[8:], secretary, now)
    until = timezone.localdate(now) + timedelta(days=90)
    repeat_activity(weekly, rhythm="weekly", until=until, by=secretary, now=now)
    _made(home, DRAFT, secretary, now)
    propose_service(
        people[2],
        on=timezone.localdate(now) - timedelta(days=1),
        minutes=90,
        what="演示：陪邻居老人去医院取药",
        unit=home.community,
        by=secretary,
        now=now,
    )


def seed_today(home: Home, leader: Volunteer, secretary: Any, *, now: datetime) -> Activity:
    """What the leader who can sign in has to do: one has come, the others are to be ticked."""
    people = Volunteer.objects.active().filter(community=home.community, user=None).order_by("pk")
    since = replace(TODAY, hour=timezone.localtime(now).hour)
    activity = _opened(home, since, list(people), secretary, now)
    first = SignUp.objects.live().filter(activity=activity).order_by("pk")[0]
    return check_in(first, by=leader.user, now=now).activity


def _made(home: Home, wanted: Wanted, by: Any, now: datetime) -> Activity:
    start = timezone.localtime(now).replace(hour=wanted.hour, minute=0, second=0) + timedelta(days=wanted.day)
    shift = NewShift(start, start + timedelta(hours=wanted.lasts), wanted.places)
    return add_activity(
        unit=home.community,
        title=f"演示·{wanted.title}",
        what=wanted.what + phrases()["mark"],
        shifts=[shift],
        station=Station.objects.open().filter(unit=home.community).first(),
        team=Team.objects.open().filter(unit=home.community, topic=wanted.topic).first(),
        by=by,
        now=min(now, start - BEFORE),
    )


def _opened(home: Home, wanted: Wanted, people: list[Volunteer], by: Any, now: datetime) -> Activity:
    """With more who would like to come than there are places, where `wanted` says so."""
    activity = _made(home, wanted, by, now)
    told = {"by": by, "now": activity.created_at}
    activity = open_activity(activity, **told)
    shift = activity.shifts.get()
    for one in people[: wanted.people]:
        sign_up(shift, volunteer=one, **told)
    return activity


def _held(home: Home, wanted: Wanted, people: list[Volunteer], by: Any, now: datetime) -> Activity:
    """All came but the last one of them."""
    activity = _opened(home, wanted, people, by, now)
    came = list(SignUp.objects.live().filter(activity=activity).order_by("pk"))[:-1]
    for one in came:
        check_in(one, by=by, now=activity.starts_at)
    mark_absent(activity, by=by, now=activity.ends_at)
    return end_activity(activity, by=by, now=activity.ends_at)


def _settle(activity: Activity, by: Any, confirmer: Any, now: datetime) -> None:
    """And one of those who came says that it took longer."""
    later = activity.ends_at + timedelta(hours=1)
    propose_hours(activity, by=by, now=later)
    confirm_hours(activity, by=confirmer, now=later)
    result = "演示：清出两车杂物，三处占道已腾空"
    settle_activity(activity, result=result, by=by, now=later + timedelta(minutes=10))
    service = Service.objects.filter(activity=activity).order_by("pk")[0]
    told = {"by": by, "now": later + timedelta(days=1)}
    ask_correction(service, minutes=service.minutes + 30, reason="演示：收尾多用了半小时", **told)
