"""Many at the same moment, with real transactions: no point and no good is booked twice, lost or overdrawn."""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest

from notices.actions import fan_out_once
from tests.builders import Town
from tests.parallel import at_once, meet
from tests.towns import put_town
from tests.volunteers.points_builders import (
    balance,
    corrected,
    days,
    earn,
    endow,
    good,
    in_order,
    lines,
    served,
    volunteer,
    volunteers,
)
from trail.models import Delivery, Event
from trail.refusals import Refused
from volunteers.actions import points
from volunteers.actions.points import book_event, expire_points, reverse_booking
from volunteers.actions.redeem import (
    collect_good,
    release_overdue,
    release_redemption,
    reserve_good,
    return_good,
)
from volunteers.actions.stations import close_station
from volunteers.models import Good, PointAccount, PointEntry, PointTransfer, Redemption, StockMove

pytestmark = pytest.mark.django_db(transaction=True)

# As many connections as a test server has room for beside the others; each does its share one after the other.
AT_ONCE = 40


@pytest.fixture
def place() -> Town:
    return put_town()


def told(results: Sequence[Any]) -> Counter[str]:
    """How many ended how: a refusal by its code, everything else by its kind."""
    return Counter(one.code if isinstance(one, Refused) else type(one).__name__ for one in results)


def shared_out(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """All of them, AT_ONCE at any moment."""

    def share(start: int) -> list[Any]:
        found: list[Any] = []
        for call in calls[start::AT_ONCE]:
            try:
                found.append(call())
            except Refused as refused:
                found.append(refused)
        return found

    results = at_once([partial(share, start) for start in range(AT_ONCE)])
    for one in results:
        assert isinstance(one, list), repr(one)
    return [found for one in results for found in one]


def test_of_200_who_want_50_goods_50_get_one(place: Town) -> None:
    people = volunteers(place, 200)
    endow(people, 80, at=place.now)
    towels = good(place, price=50, stock=50)
    calls = [
        partial(reserve_good, towels, volunteer=one, by=one.user, now=place.now, key="form") for one in people
    ]
    results = shared_out(calls)
    assert told(results) == {"Redemption": 50, "out_of_stock": 150}
    # In the language of a thread that nobody has set one for.
    said = {str(one) for one in results if isinstance(one, Refused)}
    assert said == {"该物品已兑完，请到货后再来看看。"}
    all_is_right(place, towels)
    # Everybody tries once more, as a phone does that has heard no answer: nothing changes.
    again = shared_out(calls)
    assert told(again) == {"Redemption": 50, "out_of_stock": 150}
    assert {one.pk for one in again if isinstance(one, Redemption)} == {
        one.pk for one in results if isinstance(one, Redemption)
    }
    all_is_right(place, towels)
    # All of them are handed out, each by two at once.
    codes = [one.code for one in results if isinstance(one, Redemption)]
    handing = [partial(collect_good, towels.station, code=code, by=None, now=place.now) for code in codes]
    assert told(shared_out(handing * 2)) == {"Redemption": 50, "code": 50}
    in_order()
    assert Redemption.objects.filter(state="collected").count() == 50


def all_is_right(place: Town, towels: Good) -> None:
    in_order()
    towels.refresh_from_db()
    assert (towels.stock, Redemption.objects.count()) == (0, 50)
    assert StockMove.objects.filter(good=towels, kind="reserve").count() == 50
    balances = Counter(PointAccount.objects.of_volunteers().values_list("balance", flat=True))
    assert balances == {30: 50, 80: 150}
    reserved = PointAccount.objects.get(kind="reserved")
    assert sum(PointEntry.objects.filter(account=reserved).values_list("amount", flat=True)) == 2500
    assert sum(PointEntry.objects.values_list("amount", flat=True)) == 0


def test_one_persons_points_are_spent_once(place: Town) -> None:
    who = volunteer(place)
    earn(who, 80, at=place.now)
    towels = good(place, price=50, stock=100)
    wish = partial(reserve_good, towels, volunteer=who, by=who.user, now=place.now)
    assert told(at_once([wish] * 20)) == {"Redemption": 1, "points": 19}
    assert balance(who) == 30
    in_order()


def test_a_limit_per_person_holds(place: Town) -> None:
    who = volunteer(place)
    earn(who, 80, at=place.now)
    soap = good(place, price=1, stock=100, per_person=3)
    wish = partial(reserve_good, soap, volunteer=who, by=who.user, now=place.now)
    assert told(at_once([wish] * 20)) == {"Redemption": 3, "limit": 17}
    in_order()


def test_handlers_of_the_same_event_book_once(place: Town) -> None:
    who = volunteer(place)
    event = served(who, 60, at=place.now, activity=7)
    results = at_once([partial(book_event, event, now=place.now)] * 8)
    assert sorted(len(one) for one in results) == [0] * 7 + [2], results
    assert balance(who) == 15 and PointAccount.objects.of_volunteers().count() == 1
    in_order()


def test_two_who_hear_of_the_same_people_the_other_way_round_do_not_wait_for_each_other(
    place: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = volunteers(place, 2)
    for who in (first, second, second, first):
        served(who, 60, at=place.now)
    Delivery.objects.exclude(handler="volunteers.points").delete()
    begun, book = Barrier(2), points._book_claim

    def both_have_begun(*given: Any) -> Any:
        """Where locks allow it; then each would go on to the person whom the other has locked."""
        with suppress(BrokenBarrierError):
            begun.wait(timeout=2)
        return book(*given)

    monkeypatch.setattr(points, "_book_claim", both_have_begun)
    assert at_once([partial(fan_out_once, now=place.now, limit=2)] * 2) == [2, 2]
    assert not Delivery.objects.filter(done_at=None).exists()
    assert (balance(first), balance(second)) == (20, 20)
    in_order()


def test_a_days_bound_holds_for_many_at_once(place: Town) -> None:
    """And the account, which nobody has opened yet, is opened once; so are those of the district."""
    who = volunteer(place)
    told_of = [served(who, 60, at=place.now) for _service in range(20)]
    results = at_once([partial(book_event, event, now=place.now) for event in told_of])
    assert sorted(map(len, results)) == [0] * 12 + [1] * 8, results
    assert balance(who) == 80
    assert PointAccount.objects.count() == 5
    in_order()


def test_a_correction_and_a_wish_meet(place: Town) -> None:
    """Whoever comes first: nothing goes below zero, and what is owed is what was spent too much."""
    towels = good(place, price=50, stock=5)
    for number in range(5):
        who = volunteer(place, f"helper{number}")
        event = earn(who, 60, at=place.now)
        change = corrected(event, 120, at=place.now)
        results = at_once(
            [
                partial(book_event, change, now=place.now),
                partial(reserve_good, towels, volunteer=who, by=who.user, now=place.now),
            ]
        )
        account = PointAccount.objects.get(volunteer=who)
        got = isinstance(results[1], Redemption)
        assert (account.balance, account.owed) == ((0, 30) if got else (20, 0)), results
        if got:
            release_redemption(results[1], by=who.user, now=place.now)
        assert balance(who) == 20
    in_order()


@pytest.mark.parametrize("late", [False, True])
def test_of_those_who_end_a_redemption_one_wins(place: Town, late: bool) -> None:
    people = volunteers(place, 6)
    endow(people, 80, at=place.now)
    towels = good(place, price=50, stock=6)
    waiting = [reserve_good(towels, volunteer=one, by=one.user, now=place.now) for one in people]
    now = waiting[0].until if late else place.now
    calls: list[Callable[[], Any]] = []
    for one in waiting:
        calls += [
            partial(collect_good, towels.station, code=one.code, by=None, now=now),
            partial(release_redemption, one, by=one.account.volunteer.user, now=now),
            partial(release_redemption, one, by=place.people["community_worker"], now=now),
        ]
    results = at_once([*calls, *[partial(release_overdue, now=now)] * 2])
    won = [one for one in results if isinstance(one, Redemption)]
    lost = {one.code for one in results if isinstance(one, Refused)}
    assert lost <= {"code", "late", "ended"} and len({one.pk for one in won}) == len(won), results
    assert not [one for one in results if isinstance(one, Exception) and not isinstance(one, Refused)]
    assert not Redemption.objects.waiting().exists()
    collected = Redemption.objects.filter(state="collected").count()
    towels.refresh_from_db()
    assert towels.stock == 6 - collected and (not late or collected == 0)
    assert sum(balance(one) for one in people) == 6 * 80 - 50 * collected
    in_order()


@pytest.mark.parametrize("first", ["close", "reserve"])
def test_a_station_that_closes_meets_whoever_puts_something_aside(place: Town, first: str) -> None:
    who = volunteer(place)
    earn(who, 80, at=place.now)
    towels = good(place, price=50)
    closes = partial(close_station, towels.station, by=None, now=place.now)
    reserves = partial(reserve_good, towels, volunteer=who, by=who.user, now=place.now)
    met = meet(closes, reserves) if first == "close" else meet(reserves, closes)
    assert met.waited
    if first == "close":
        assert isinstance(met.second, Refused) and met.second.code == "closed"
        assert balance(who) == 80
    else:
        assert isinstance(met.first, Redemption) and not isinstance(met.second, Exception)
        collect_good(towels.station, code=met.first.code, by=None, now=place.now)
        assert balance(who) == 30
    in_order()


def test_expiry_and_a_reversal_are_booked_once(place: Town) -> None:
    people = volunteers(place, 5)
    endow(people, 40, at=place.now)
    long_after = place.now + days(800)
    results = at_once([partial(expire_points, now=long_after, limit=3)] * 6)
    assert not [one for one in results if isinstance(one, Exception)], results
    while expire_points(now=long_after):
        pass
    assert all(lines(one) == [("earn", 40), ("expire", -40)] for one in people)
    earned = PointTransfer.objects.filter(kind="earn").order_by("pk")[0]
    back = partial(reverse_booking, earned, by=None, now=place.now, why="mistake")
    assert told(at_once([back] * 8)) == {"PointTransfer": 1, "reversed": 7}
    in_order()


def test_a_good_is_returned_once(place: Town) -> None:
    who = volunteer(place)
    earn(who, 80, at=place.now)
    towels = good(place, price=50, stock=1)
    wait = reserve_good(towels, volunteer=who, by=who.user, now=place.now)
    collect_good(towels.station, code=wait.code, by=None, now=place.now)
    back = partial(return_good, wait, by=place.people["community_worker"], now=place.now)
    assert told(at_once([back] * 8)) == {"Redemption": 1, "not_collected": 7}
    assert balance(who) == 80 and Event.objects.filter(verb="return").count() == 1
    in_order()
