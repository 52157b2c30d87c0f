"""Volunteers with points, goods to redeem them for, and the events by which points come; for tests."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from django.db import connection
from django.utils import timezone

from grids.models import Unit
from issues.actions import PERFORM
from issues.models import Issue
from notices.actions import fan_out_once
from tests.builders import LONG_AGO, Town
from tests.issues.acting import USUAL
from trail.actions import record_event
from trail.models import Delivery, Event
from volunteers.actions.goods import add_good
from volunteers.actions.points import book_event, book_events
from volunteers.models import Good, PointAccount, PointEntry, Station, Volunteer
from volunteers.points_check import faults

COLUMNS = ("district_id", "street_id", "community_id")
# Of services that no other test uses.
_numbers = count(1_000_000)


def volunteer(town: Town, name: str = "helper", home: Unit | None = None, **more: Any) -> Volunteer:
    """Somebody who helps, with an account of this name; `user=None` for one without."""
    home = home or town.grid
    given = {"user": town.person(name), "alias": "", **more}
    return Volunteer.objects.create(
        home=home,
        **{key: value for key, value in home.lineage().items() if key != "building_id"},
        consented_at=LONG_AGO,
        joined_at=LONG_AGO,
        **given,
    )


def volunteers(town: Town, number: int, prefix: str = "helper", home: Unit | None = None) -> list[Volunteer]:
    return [volunteer(town, f"{prefix}{one}", home) for one in range(number)]


def station(town: Town, unit: Unit | None = None, name: str = "演示服务站") -> Station:
    unit = unit or town.community
    lineage = unit.lineage()
    return Station.objects.create(
        name=name, unit=unit, opened_at=LONG_AGO, **{key: lineage[key] for key in COLUMNS}
    )


def good(town: Town, at: Station | None = None, **more: Any) -> Good:
    given = {"name": "演示毛巾", "price": 50, "stock": 10, **more}
    return add_good(at or station(town), by=None, now=town.now, **given)


def served(
    who: Volunteer,
    minutes: int,
    *,
    at: datetime,
    on: date | None = None,
    activity: int | None = None,
    service: int | None = None,
) -> Event:
    """Hours of this person were confirmed at this moment, as the hours' action records it."""
    data = {
        "volunteer": who.pk,
        "minutes": minutes,
        "on": (on or timezone.localdate(at)).isoformat(),
        "activity": activity,
    }
    return record_event("service", service or next(_numbers), "confirm", by=None, now=at, data=data)


def corrected(event: Event, minutes: int, *, at: datetime) -> Event:
    """The hours of that service are others."""
    newest = Event.objects.about("service", event.subject_id).last()
    data = {
        "volunteer": newest.data["volunteer"],
        "minutes": minutes,
        "was": newest.data["minutes"],
        "on": newest.data["on"],
    }
    return record_event("service", event.subject_id, "correct", by=None, now=at, data=data)


def fulfilled(who: Volunteer | None, *, at: datetime, wish: int | None = None) -> Event:
    """A wish that this person fulfilled was confirmed."""
    data = {"volunteer": who.pk if who else None, "unit": who.home_id if who else 0}
    return record_event("wish", wish or next(_numbers), "confirm", by=None, now=at, data=data)


def reported(town: Town, who: Volunteer, *, worker: str = "grid_worker", **given: Any) -> Issue:
    """Something that this volunteer, who has a post that may report, reported was solved, and their points are booked."""
    issue = town.report(by=who.user, **given)
    told: dict[str, dict[str, Any]] = {"sign": {}, "submit_result": USUAL["submit_result"]}
    for verb, inputs in told.items():
        PERFORM[verb](issue, by=town.people[worker], now=town.now, **inputs)
    PERFORM["rate"](issue, by=None, now=town.now, answered=True, solved=True, satisfied=True)
    book_events(list(Event.objects.about("issue", issue.pk)), now=town.now)
    return Issue.objects.get(pk=issue.pk)


def earn(who: Volunteer, points: int, *, at: datetime) -> Event:
    """So many points by hours, as far as a day allows (80 as shipped)."""
    event = served(who, points * 6, at=at)
    book_event(event, now=at)
    return event


def endow(people: Iterable[Volunteer], points: int, *, at: datetime) -> None:
    for who in people:
        earn(who, points, at=at)


def heard(now: datetime) -> None:
    """Every handler has heard of everything, and none has failed but those of hours and wishes: there are none here."""
    while fan_out_once(now=now):
        pass
    left = Delivery.objects.filter(done_at=None).exclude(
        handler__in=("volunteers.hours", "volunteers.wishes")
    )
    assert not left.exists(), "a handler has failed"


def balance(who: Volunteer) -> int:
    account = PointAccount.objects.filter(volunteer=who).first()
    return account.balance if account else 0


def owed(who: Volunteer) -> int:
    return PointAccount.objects.get(volunteer=who).owed


def lines(who: Volunteer) -> list[tuple[str, int]]:
    """(kind, amount) of the passbook, oldest first."""
    rows = PointEntry.objects.filter(account__volunteer=who).order_by("pk")
    return list(rows.values_list("transfer__kind", "amount"))


def in_order() -> None:
    """Every invariant of the ledger and the stock, those of the database that wait for the commit among them."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    assert list(faults()) == []


def days(number: float) -> timedelta:
    return timedelta(days=number)
