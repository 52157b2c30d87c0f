"""Many at the same moment, with real transactions: never more in than places, the order kept, nobody lost."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.builders import Town
from tests.parallel import at_once
from tests.towns import put_town
from tests.volunteers.hours_builders import (
    AHEAD,
    a_shift,
    after,
    first_shift,
    handed_in,
    held,
    many_volunteers,
    opened,
    some_volunteer,
)
from tests.volunteers.hours_invariants import check_hours_invariants
from trail.refusals import Refused
from volunteers.actions.activities import cancel_activity, change_places, move_by_clock
from volunteers.actions.attendance import check_in, mark_no_show
from volunteers.actions.corrections import ask_correction, decide_correction
from volunteers.actions.hours import confirm_hours, confirm_service, propose_hours
from volunteers.actions.series import make_next_of_series, repeat_activity
from volunteers.actions.shifts import cancel_shift
from volunteers.actions.sign_ups import cancel_sign_up, drop_sign_ups, sign_up
from volunteers.models import Activity, Correction, Service, Shift, SignUp, Volunteer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def place() -> Town:
    return put_town()


def refused(results: list[Any]) -> list[str]:
    """Codes of those that were refused; everything else must have worked."""
    wrong = [one for one in results if isinstance(one, Exception) and not isinstance(one, Refused)]
    assert not wrong, wrong
    return [one.code for one in results if isinstance(one, Refused)]


def until_quiet(tick: Callable[[], Any]) -> None:
    """Four at a time, again and again, until none of them has found anything."""
    for _round in range(50):
        results = at_once([tick] * 4)
        assert refused(results) == []
        if not any(results):
            return
    raise AssertionError("it never ends")


def joining(shift: Shift, who: Volunteer, place: Town) -> Callable[[], Any]:
    return partial(sign_up, shift, volunteer=who, by=who.user, now=place.now)


def cancelling(row: SignUp, place: Town) -> Callable[[], Any]:
    return partial(cancel_sign_up, row, by=row.volunteer.user, now=place.now)


def test_forty_for_ten_places(place: Town) -> None:
    """Exactly ten are in, thirty wait, and who waits moves up in the order in which the database took them."""
    activity = opened(place, a_shift(place, places=10))
    shift, people = first_shift(activity), many_volunteers(place, 40)
    assert refused(at_once([joining(shift, who, place) for who in people])) == []
    rows = list(SignUp.objects.select_related("volunteer__user").order_by("pk"))
    assert [row.state for row in rows] == ["in"] * 10 + ["waiting"] * 30
    check_hours_invariants()
    assert refused(at_once([cancelling(row, place) for row in rows[:10]])) == []
    states = list(SignUp.objects.order_by("pk").values_list("state", flat=True))
    assert states == ["cancelled"] * 10 + ["in"] * 10 + ["waiting"] * 20
    check_hours_invariants()


def test_nobody_gets_into_a_shift_that_is_called_off_meanwhile(place: Town) -> None:
    activity = opened(place, a_shift(place, places=3), a_shift(place, timedelta(hours=4)))
    shift, people = first_shift(activity), many_volunteers(place, 8)
    off = partial(cancel_shift, shift, reason="演示:大雪", by=place.people["community_worker"], now=place.now)
    calls = [joining(shift, who, place) for who in people]
    assert set(refused(at_once([*calls[:4], off, *calls[4:]]))) <= {"cancelled"}
    assert not SignUp.objects.live().exists() and first_shift(activity).taken == 0
    check_hours_invariants()


def test_two_add_who_was_missed_and_they_are_there_once(place: Town) -> None:
    activity, who = opened(place, a_shift(place, places=5)), some_volunteer(place)
    shift, worker, now = first_shift(activity), place.people["community_worker"], place.now + AHEAD
    row = sign_up(shift, volunteer=who, by=who.user, now=place.now)
    move_by_clock(now=now)
    mark_no_show(row, by=worker, now=now)
    adding = partial(sign_up, shift, volunteer=who, by=worker, now=now)
    assert refused(at_once([adding] * 4)) == ["again"] * 3
    assert [one.state for one in SignUp.objects.all()] == ["in"] and first_shift(activity).taken == 1
    check_hours_invariants()


@settings(
    max_examples=5,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate),
)
@given(
    places=st.integers(1, 6), people=st.integers(2, 12), leaving=st.integers(0, 12), more=st.integers(0, 3)
)
def test_any_number_for_any_number_of_places(
    place: Town, places: int, people: int, leaving: int, more: int
) -> None:
    """Some come while others go and the places change: in the end as many are in as there is room for."""
    activity, worker = opened(place, a_shift(place, places=places)), place.people["community_worker"]
    shift, early, late = first_shift(activity), many_volunteers(place, people), many_volunteers(place, 4)
    assert refused(at_once([joining(shift, who, place) for who in early])) == []
    rows = list(SignUp.objects.filter(shift=shift).select_related("volunteer__user").order_by("pk"))
    gone = rows[:leaving]
    calls = [cancelling(row, place) for row in gone] + [joining(shift, who, place) for who in late]
    calls.append(partial(change_places, shift, places=places + more, by=worker, now=place.now))
    assert refused(at_once(calls)) == []
    live = people - len(gone) + len(late)
    states = list(SignUp.objects.filter(shift=shift).order_by("pk").values_list("state", flat=True))
    assert states.count("in") == min(places + more, live)
    assert states.count("waiting") == live - states.count("in")
    claims = [state for state in states if state in {"in", "waiting"}]
    assert claims == sorted(claims), "nobody was passed over"
    check_hours_invariants()


def test_one_person_in_two_places_at_once(place: Town) -> None:
    """Of two activities at the same time one takes them, whichever was first."""
    one, other = opened(place), opened(place, a_shift(place, timedelta(hours=1)))
    for who in many_volunteers(place, 5):
        shifts = [first_shift(one), first_shift(other)]
        told = refused(at_once([joining(shift, who, place) for shift in (*shifts, *shifts)]))
        assert len(told) == 3 and set(told) <= {"overlap", "again"}
    check_hours_invariants()


def test_the_end_of_an_activity_meets_those_who_come(place: Town) -> None:
    """Whoever was in time is let go with all others; nobody stays behind with a claim."""
    for _round in range(4):
        activity, worker = opened(place), place.people["community_worker"]
        shift, people = first_shift(activity), many_volunteers(place, 6)
        ending = partial(cancel_activity, activity, reason="演示:大雪", by=worker, now=place.now)
        told = refused(at_once([*(joining(shift, who, place) for who in people), ending]))
        assert set(told) <= {"state"}
        assert not SignUp.objects.live().filter(activity=activity).exists()
        check_hours_invariants()


def test_who_leaves_meets_who_cancels(place: Town) -> None:
    """Each place that becomes free is given once."""
    first, second = (opened(place, a_shift(place, timedelta(days=day), places=2)) for day in (0, 1))
    people = many_volunteers(place, 6)
    for activity in (first, second):
        for who in people:
            joining(first_shift(activity), who, place)()
    Volunteer.objects.filter(pk=people[0].pk).update(state="left", left_at=place.now)
    rows = SignUp.objects.filter(volunteer=people[1]).select_related("volunteer__user")
    drop = partial(drop_sign_ups, people[0], now=place.now)
    assert refused(at_once([drop, drop, *(cancelling(row, place) for row in rows)])) == []
    for activity in (first, second):
        states = SignUp.objects.filter(activity=activity).order_by("pk").values_list("state", flat=True)
        assert list(states) == ["cancelled"] * 2 + ["in"] * 2 + ["waiting"] * 2
    check_hours_invariants()


def test_the_last_free_place_at_the_door(place: Town) -> None:
    """Two who waited and one who comes late: one of them gets the place of whoever did not come."""
    activity, worker = opened(place, a_shift(place, places=1)), place.people["community_worker"]
    shift, people = first_shift(activity), many_volunteers(place, 4)
    rows = [joining(shift, who, place)() for who in people[:3]]
    start = place.now + AHEAD
    move_by_clock(now=start)
    mark_no_show(rows[0], by=worker, now=start)
    calls = [partial(check_in, row, by=worker, now=start) for row in rows[1:]]
    calls.append(partial(sign_up, shift, volunteer=people[3], by=worker, now=start))
    assert sorted(refused(at_once(calls))) == ["full", "full"]
    assert SignUp.objects.filter(activity=activity, state="in").count() == 1
    check_hours_invariants()


def test_the_clock_ticks_many_times_and_moves_once(place: Town) -> None:
    activities = [opened(place, a_shift(place, timedelta(hours=3 * number))) for number in range(3)]
    now = after(place) + timedelta(days=1)
    until_quiet(partial(move_by_clock, now=now))
    assert set(Activity.objects.values_list("state", flat=True)) == {"done"}
    assert {Activity.objects.get(pk=one.pk).version for one in activities} == {4}
    check_hours_invariants()


def test_a_series_is_made_once_whoever_ticks(place: Town) -> None:
    activity, worker = opened(place), place.people["community_worker"]
    until = activity.starts_at.date() + timedelta(days=70)
    repeat_activity(activity, rhythm="weekly", until=until, by=worker, now=place.now)
    until_quiet(partial(make_next_of_series, now=place.now))
    days = list(
        Activity.objects.exclude(series=None).order_by("starts_at").values_list("series_on", flat=True)
    )
    # The day itself and those within four weeks.
    assert days == [activity.starts_at.date() + timedelta(days=7 * number) for number in range(4)]
    check_hours_invariants()


def test_hours_are_handed_in_and_confirmed_once(place: Town) -> None:
    people = many_volunteers(place, 5)
    activity = held(place, *people)
    worker, secretary, now = (
        place.people["community_worker"],
        place.people["community_secretary"],
        after(place),
    )
    calls = [partial(propose_hours, activity, by=worker, now=now)] * 4
    assert refused(at_once(calls)) == []
    assert Service.objects.count() == 5
    one = Service.objects.order_by("pk")[0]
    calls = [partial(confirm_hours, activity, by=secretary, now=now)] * 3
    calls += [partial(confirm_service, one, by=secretary, now=now)] * 3
    told = refused(at_once(calls))
    assert set(told) <= {"nothing", "decided"} and 4 <= len(told) <= 5
    assert Service.objects.confirmed().count() == 5
    check_hours_invariants()


def test_one_correction_is_asked_and_decided_once(place: Town) -> None:
    who = some_volunteer(place)
    (service,) = handed_in(place, who)
    secretary, worker, now = (
        place.people["community_secretary"],
        place.people["community_worker"],
        after(place),
    )
    confirm_service(service, by=secretary, now=now)
    asks = [
        partial(ask_correction, service, minutes=minutes, reason="演示:早走", by=who.user, now=now)
        for minutes in (60, 70, 80)
    ]
    assert refused(at_once(asks)) == ["asked", "asked"]
    asked = Correction.objects.get()
    decides = [
        partial(decide_correction, asked, granted=granted, by=by, now=now)
        for granted, by in ((True, worker), (False, secretary), (True, secretary))
    ]
    assert refused(at_once(decides)) == ["decided", "decided"]
    asked.refresh_from_db()
    service.refresh_from_db()
    assert service.minutes == (asked.minutes if asked.state == "granted" else 120)
    check_hours_invariants()
