"""One process that settles an activity and reads figures, as the faces call them; a line of JSON for each. Started by
bench.volunteers, which gives the names of those who act."""

import json
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import django

django.setup()

from django.db import connection, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import User  # noqa: E402
from grids.models import Unit  # noqa: E402
from grids.workbook import xlsx_file  # noqa: E402
from notices.actions import fan_out_once  # noqa: E402
from notices.models import Notice  # noqa: E402
from trail.models import Event  # noqa: E402
from volunteers.actions.activities import (  # noqa: E402
    NewShift,
    add_activity,
    cancel_activity,
    end_activity,
    open_activity,
)
from volunteers.actions.hours import confirm_hours, propose_hours  # noqa: E402
from volunteers.actions.points import book_events, expire_points  # noqa: E402
from volunteers.actions.redeem import collect_good, reserve_good  # noqa: E402
from volunteers.actions.settling import settle_activity  # noqa: E402
from volunteers.export import service_sheet  # noqa: E402
from volunteers.figures import figure_rows  # noqa: E402
from volunteers.models import (  # noqa: E402
    Activity,
    Good,
    PointTransfer,
    Redemption,
    Service,
    SignUp,
    Volunteer,
)
from volunteers.points_figures import months_of, sums_of  # noqa: E402
from volunteers.rankings import PERIODS, ranking_of  # noqa: E402

RUNS = 5


class Counter:
    """How many statements were asked."""

    def __init__(self) -> None:
        self.number = 0

    def __call__(self, execute: Any, *given: Any) -> Any:
        self.number += 1
        return execute(*given)


def told(name: str, act: Callable[[], Any], runs: int = 1) -> Any:
    """The median of so many runs."""
    times = []
    for _run in range(runs):
        counter, began = Counter(), time.perf_counter()
        with connection.execute_wrapper(counter):
            result = act()
        times.append(time.perf_counter() - began)
    seconds = sorted(times)[len(times) // 2]
    print(json.dumps({"name": name, "seconds": seconds, "statements": counter.number}), flush=True)
    return result


def helpers(community: Unit, people: int) -> list[Volunteer]:
    """So many who have accounts: they are told of what they did. Made past the actions, as those without are."""
    found = Volunteer.objects.active().filter(alias__startswith="压测", district=community.district_id)
    chosen = list(found.order_by("pk")[:people])
    accounts = [User(username=f"bench.{one.pk}", display_name=one.alias) for one in chosen]
    for account in accounts:
        account.set_unusable_password()
    for one, account in zip(chosen, User.objects.bulk_create(accounts), strict=True):
        one.user = account
    Volunteer.objects.bulk_update(chosen, ["user"])
    return chosen


def signed_up(
    community: Unit, start: datetime, people: list[Volunteer], by: User, now: datetime, **came: Any
) -> Activity:
    """An activity of two hours, opened now, for which all of them have a place."""
    shift = NewShift(start, start + timedelta(hours=2), len(people))
    texts = {"title": "演示数据：压测结算", "what": "演示数据"}
    made = add_activity(unit=community, shifts=[shift], by=by, now=now, **texts)
    open_activity(made, by=by, now=now)
    row = made.shifts.get()
    SignUp.objects.bulk_create(
        SignUp(activity=made, shift=row, volunteer=one, state="in", signed_up_at=now, **came)
        for one in people
    )
    made.shifts.update(taken=len(people))
    return made


def over(community: Unit, people: list[Volunteer], by: User) -> Activity:
    """One that has just ended, to which all of them came."""
    start = timezone.now() - timedelta(hours=3)
    # In one transaction: the ticks see all of it or nothing.
    with transaction.atomic():
        came = {"checked_in_at": start, "checked_in_by": by}
        made = signed_up(community, start, people, by, start - timedelta(days=1), **came)
        Activity.objects.filter(pk=made.pk).update(state="under_way")
        return end_activity(made, by=by, now=start + timedelta(hours=2))


def settled(came: list[Volunteer], secretary: User, leader: User, community: Unit) -> None:
    activity, now, people = over(community, came, secretary), timezone.now(), len(came)
    # In one transaction: else the workers of the stack would book before it is measured here.
    with transaction.atomic():
        told(f"hours of {people} handed in", lambda: propose_hours(activity, by=secretary, now=now))
        told(f"hours of {people} confirmed", lambda: confirm_hours(activity, by=leader, now=now))
        records = Service.objects.filter(activity=activity).values("pk")
        events = list(Event.objects.filter(subject_type="service", verb="confirm", subject_id__in=records))
        booked = told(f"points of {people} booked", lambda: _booked(events))
        assert booked, "they have earned something"
        told(f"{people} told that their hours are confirmed", heard)
        print(json.dumps({"name": "notices of that", "count": notices_of(events)}), flush=True)
    told(f"activity of {people} settled", lambda: settle_activity(activity, by=leader, now=now))


def _booked(events: list[Event]) -> list[PointTransfer]:
    """As the worker does that hears of them all at once; with what the ledger's triggers ask at the commit."""
    booked = book_events(events, now=timezone.now())
    connection.check_constraints()
    return booked


def called_off(people: list[Volunteer], by: User, community: Unit) -> None:
    """One that is to come does not take place."""
    number, now = len(people), timezone.now()
    with transaction.atomic():
        activity = signed_up(community, now + timedelta(days=3), people, by, now)
        why = "演示数据：下雨"
        told(
            f"activity of {number} called off", lambda: cancel_activity(activity, reason=why, by=by, now=now)
        )
        told(f"{number} told that it does not take place", heard)
        events = list(Event.objects.about("activity", activity.pk).filter(verb="cancel"))
        print(json.dumps({"name": "notices of that", "count": notices_of(events)}), flush=True)


def heard() -> None:
    """All handlers hear of all that has happened, as the worker does that fans out; others do what was there before."""
    while fan_out_once(now=timezone.now()):
        pass
    connection.check_constraints()


def notices_of(events: list[Event]) -> int:
    return Notice.objects.filter(event_id__in=[event.pk for event in events]).count()


def over_the_counter(community: Unit, by: User) -> None:
    """Goods put aside and handed out, by one person after the other; what has expired booked for many."""
    now = timezone.now()
    good = Good.objects.open().filter(community=community, name="压测毛巾").get()
    rich = Volunteer.objects.active().filter(
        user=None, points__balance__gte=good.price, alias__startswith="压测"
    )
    people = iter(rich.filter(district=community.district_id).order_by("pk")[: 2 * RUNS])

    def put_aside() -> Redemption:
        # The community's own volunteers without an account have it done for them; here by the platform.
        return reserve_good(good, volunteer=next(people), by=None, now=now)

    def hand_out() -> None:
        collect_good(good.station, code=put_aside().code, by=by, now=now)

    told("good put aside", put_aside, RUNS)
    told("good put aside and handed out", hand_out, RUNS)
    told("500 accounts looked at for what has expired", lambda: expire_points(now=now, limit=500))


def read(community: Unit, team_leader: User, secretary: User) -> None:
    """What is asked of all that there is."""
    now = timezone.now()
    today = timezone.localdate(now)
    month, year = (today - timedelta(days=29), today), (today - timedelta(days=364), today)
    district, street = Unit.objects.get(pk=community.district_id), Unit.objects.get(pk=community.street_id)
    for name, days in (("thirty days", month), ("a year", year)):
        for unit in (district, street, community):
            told(
                f"figures of a {unit.kind}, {name}",
                lambda unit=unit, days=days: figure_rows(unit, *days, now),
                RUNS,
            )
    for unit in (street, district):
        hours = Service.objects.within(unit).between(*month)
        sheet = told(f"sheet of a {unit.kind}, thirty days", lambda hours=hours: service_sheet(hours))
        print(json.dumps({"name": "rows of that sheet", "count": len(sheet.rows)}), flush=True)
        told("that sheet as a workbook", lambda sheet=sheet: xlsx_file(sheet))
    told("points of a district, by month", lambda: months_of(district.pk, today), RUNS)
    told("points of a district, sums", lambda: sums_of(district.pk), RUNS)
    for period in PERIODS:
        told(f"ranking, {period}", lambda period=period: ranking_of(district.pk, period, None, today), RUNS)
    for name, who in (("the leader of a team", team_leader), ("a community's secretary", secretary)):
        seen = Service.objects.visible_to(who, now)
        told(f"newest hours that {name} sees", lambda seen=seen: list(seen.order_by("-pk")[:21]), RUNS)
        told(f"all hours that {name} sees, counted", lambda seen=seen: seen.count(), RUNS)


def main(people: int, secretary: str, leader: str, team_leader: str, community: str) -> None:
    users = {name: User.objects.get(username=name) for name in (secretary, leader, team_leader)}
    here = Unit.objects.get(code=community)
    came = helpers(here, people)
    settled(came, users[secretary], users[leader], here)
    called_off(came, users[secretary], here)
    over_the_counter(here, users[secretary])
    read(here, users[team_leader], users[secretary])


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
