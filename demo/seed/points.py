"""Points and goods in the demo's community: three goods at its station, of which one is out; what has been collected, and
what waits. One of those who can sign in volunteers too and has points; everybody else has none but by the community."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from demo.seed.hotline import FICTIONAL
from demo.seed.people import Home
from demo.seed.texts import phrases
from trail.models import Event
from volunteers.actions.facts import Person
from volunteers.actions.goods import add_good
from volunteers.actions.hours import confirm_service, propose_service
from volunteers.actions.people import sign_up
from volunteers.actions.points import book_events
from volunteers.actions.redeem import collect_good, reserve_good
from volunteers.models import PointAccount, Station, Volunteer


@dataclass(frozen=True)
class Offer:
    """Name, price, how many there are, how many each may have, what it is."""

    name: str
    price: int
    stock: int
    per_person: int
    about: str


TOWEL = Offer("毛巾", 20, 30, 2, "一条，颜色随机")
SOAP = Offer("洗衣液", 50, 12, 0, "一瓶，一升装")
UMBRELLA = Offer("雨伞", 80, 0, 1, "折叠伞，到货后上架")
# Who can sign in and volunteers: so long ago, so many minutes a day, on so many days.
SERVED, MINUTES, TIMES = 12, 90, 3


def seed_points(home: Home, secretary: Any, confirmer: Any, helper: Any, *, now: datetime) -> None:
    """Goods by the community's secretary, who hands out; hours are confirmed by the street (`confirmer`). `helper` is the
    account that volunteers."""
    me = _helper(home, secretary, confirmer, helper, now)
    told = Event.objects.filter(subject_type="service", verb="confirm", district_id=home.district.pk)
    # Now and not when the events are told of: something is to be had for these points. Heard again they change nothing.
    book_events(list(told.order_by("pk")), now=now)
    station = Station.objects.open().filter(unit=home.community)[0]
    towel, _soap, _umbrella = [_offered(station, offer, secretary, now) for offer in (TOWEL, SOAP, UMBRELLA)]
    rich = PointAccount.objects.filter(volunteer__user=None, volunteer__community=home.community)
    other = rich.filter(balance__gte=TOWEL.price).order_by("pk").select_related("volunteer")[0].volunteer
    before = now - timedelta(days=2)
    taken = reserve_good(towel, volunteer=other, by=secretary, now=before)
    collect_good(station, code=taken.code, by=secretary, now=before + timedelta(hours=5))
    reserve_good(towel, volunteer=me, by=helper, now=now - timedelta(hours=3))


def _helper(home: Home, secretary: Any, confirmer: Any, user: Any, now: datetime) -> Volunteer:
    """Signed up by themselves; their hours were confirmed, and one day's still wait."""
    since = now - timedelta(days=SERVED)
    person = Person(name="演示·楼栋长", phone=FICTIONAL.format(1), alias="演示·热心楼长", languages=("zh",))
    me = sign_up(home.community, person, by=user, now=since)
    for number in range(TIMES):
        done = since + timedelta(days=3 * number, hours=4)
        service = propose_service(
            me,
            on=timezone.localdate(done),
            minutes=MINUTES,
            what="演示：帮邻居代收快递、送菜上楼",
            unit=home.community,
            by=secretary,
            now=done,
        )
        if number < TIMES - 1:
            confirm_service(service, by=confirmer, now=done + timedelta(hours=2))
    return me


def _offered(station: Station, offer: Offer, by: Any, now: datetime) -> Any:
    return add_good(
        station,
        name=f"演示·{offer.name}",
        about=offer.about + phrases()["mark"],
        price=offer.price,
        stock=offer.stock,
        per_person=offer.per_person,
        by=by,
        now=now - timedelta(days=SERVED),
    )
