"""What a day has room for: the rule, every door by which hours come in or change, and many doors at once."""

from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from tests.builders import Town
from tests.parallel import at_once
from tests.towns import put_town
from tests.volunteers.hours_builders import (
    AHEAD,
    LONG,
    a_shift,
    after,
    handed_in,
    held,
    many_volunteers,
    opened,
    some_volunteer,
)
from tests.volunteers.hours_invariants import check_hours_invariants
from tests.volunteers.test_sign_ups import refused
from volunteers.actions.activities import end_activity
from volunteers.actions.attendance import check_in
from volunteers.actions.corrections import ask_correction, decide_correction
from volunteers.actions.days import who_and_why
from volunteers.actions.hours import (
    confirm_hours,
    confirm_service,
    propose_again,
    propose_hours,
    propose_service,
    refuse_service,
)
from volunteers.actions.settling import settle_activity
from volunteers.actions.sign_ups import sign_up
from volunteers.hours import MOST_MINUTES, Worked, no_room
from volunteers.models import Activity, Service, Volunteer
from volunteers.shifts import Period

DAY = date(2026, 3, 11)
MINUTES = st.integers(0, MOST_MINUTES)


def worked(hour: int, minutes: int, long: int | None = None) -> Worked:
    """On the day, from this hour on (24: midnight), there for `long` minutes (as many as are said)."""
    start = datetime(2026, 3, 11, tzinfo=timezone.get_default_timezone()) + timedelta(hours=hour)
    there = Period(start, start + timedelta(minutes=minutes if long is None else long))
    return Worked(DAY, minutes, max((24 - hour) * 60, 0), there)


class TestRule:
    @given(st.lists(MINUTES, max_size=4), MINUTES)
    def test_a_day_holds_its_minutes_and_no_more(self, others: list[int], minutes: int) -> None:
        says = no_room(Worked(DAY, minutes), [Worked(DAY, one) for one in others])
        assert (says == "day_full") == (minutes > 0 and minutes + sum(others) > MOST_MINUTES)

    @given(MINUTES, MINUTES)
    def test_what_goes_beyond_midnight_is_the_next_days(self, minutes: int, rest: int) -> None:
        days = Worked(DAY, minutes, rest).by_day()
        assert sum(days.values()) == minutes and days[DAY] == min(minutes, rest)

    def test_a_night_shift_and_the_day_before_it(self) -> None:
        night = worked(22, 480)
        assert no_room(night, [Worked(DAY, 22 * 60)]) == ""
        assert no_room(night, [Worked(DAY, 22 * 60 + 1)]) == "day_full"
        assert no_room(night, [Worked(DAY + timedelta(days=1), 18 * 60)]) == ""
        assert no_room(night, [Worked(DAY + timedelta(days=1), 18 * 60 + 1)]) == "day_full"

    def test_nothing_fits_everywhere(self) -> None:
        assert no_room(worked(9, 0, 120), [worked(9, 1440)]) == ""

    def test_at_the_same_time_no_more_than_the_time_has(self) -> None:
        assert no_room(worked(9, 120), [worked(10, 120)]) == "overlap"
        assert no_room(worked(9, 60, 120), [worked(10, 120)]) == ""
        assert no_room(worked(9, 120), [worked(11, 120)]) == "", "one ends as the other begins"
        assert no_room(Worked(DAY, 120), [worked(10, 120)]) == "", "nobody knows when it was"


@pytest.fixture
def worker(town: Town) -> User:
    return town.people["community_worker"]


@pytest.fixture
def secretary(town: Town) -> User:
    return town.people["community_secretary"]


def beside(town: Town, who: Volunteer, minutes: int, by: User | None = None) -> Service:
    """Hours on the day of the shift, beside it."""
    told: dict[str, Any] = {
        "on": timezone.localdate(after(town)),
        "what": "演示:探望",
        "unit": town.community,
    }
    return propose_service(who, minutes=minutes, by=by or who.user, now=after(town), **told)


@pytest.mark.usefixtures("town")
class TestDoors:
    @pytest.fixture(autouse=True)
    def _all_holds_at_the_end(self, town: Town) -> Any:
        yield
        check_hours_invariants()

    def test_beside_any_activity(self, town: Town) -> None:
        who = some_volunteer(town)
        beside(town, who, 1000)
        other = some_volunteer(town)
        again = partial(beside, town)
        assert refused(again, who, 441) == "day_full"
        assert again(who, 440).minutes == 440 and again(other, 1440).minutes == 1440

    def test_what_was_not_accepted_takes_no_room(self, town: Town, secretary: User) -> None:
        who = some_volunteer(town)
        refuse_service(beside(town, who, 1440), reason="演示:没来", by=secretary, now=after(town))
        assert beside(town, who, 1440).state == "proposed"

    def test_one_is_left_out_and_the_others_are_handed_in(self, town: Town, worker: User) -> None:
        full, free = some_volunteer(town), some_volunteer(town)
        activity = held(town, full, free)
        beside(town, full, 1400)
        done = propose_hours(activity, by=worker, now=after(town))
        assert [one.volunteer for one in done] == [free]
        (left,) = done.left_out
        assert (left.service.volunteer, left.why.code, left.service.pk) == (full, "day_full", None)
        assert who_and_why(done.left_out).startswith(full.shown_name)
        assert refused(propose_hours, activity, by=worker, now=after(town)) == "day_full"
        sign_up_id = left.service.sign_up_id or 0
        done = propose_hours(activity, by=worker, now=after(town), minutes={sign_up_id: 40})
        assert {one.volunteer: one.minutes for one in done} == {free: 120, full: 40} and not done.left_out

    def test_it_is_settled_for_all_that(self, town: Town, worker: User, secretary: User) -> None:
        """Whoever has no room has nothing, as those say who run it."""
        full, free = some_volunteer(town), some_volunteer(town)
        activity = held(town, full, free)
        beside(town, full, 1440)
        (left,) = propose_hours(activity, by=worker, now=after(town)).left_out
        assert refused(settle_activity, activity, by=worker, now=after(town)) == "not_handed_in"
        sign_up_id = left.service.sign_up_id or 0
        propose_hours(activity, by=worker, now=after(town), minutes={sign_up_id: 0})
        confirm_hours(activity, by=secretary, now=after(town))
        assert settle_activity(activity, by=worker, now=after(town)).state == "settled"

    def test_changed_before_they_are_decided(self, town: Town, worker: User) -> None:
        who = some_volunteer(town)
        activity = held(town, who)
        (one,) = propose_hours(activity, by=worker, now=after(town))
        beside(town, who, 1300)
        told = {"by": worker, "now": after(town)}
        assert refused(propose_hours, activity, minutes={one.sign_up_id: 141}, **told) == "day_full"
        one.refresh_from_db()
        assert one.minutes == 120
        assert propose_hours(activity, minutes={one.sign_up_id: 140}, **told)[0].minutes == 140

    def test_handed_in_anew(self, town: Town, worker: User, secretary: User) -> None:
        who = some_volunteer(town)
        (one,) = handed_in(town, who)
        refuse_service(one, reason="演示:太多", by=secretary, now=after(town))
        beside(town, who, 1400)
        assert refused(propose_again, one, minutes=120, by=worker, now=after(town)) == "day_full"
        assert propose_again(one, minutes=40, by=worker, now=after(town)).minutes == 40

    def test_a_correction(self, town: Town, worker: User, secretary: User) -> None:
        who, now = some_volunteer(town), after(town)
        (one,) = handed_in(town, who)
        confirm_service(one, by=secretary, now=now)
        waits = beside(town, who, 1200)
        ask = partial(ask_correction, one, reason="演示:更久", by=who.user, now=now)
        assert refused(ask, minutes=241) == "day_full"
        asked = ask(minutes=240)
        one.refresh_from_db()
        assert (asked.was, asked.minutes, one.minutes) == (120, 240, 120)
        # As it may stand from before.
        Service.objects.filter(pk=waits.pk).update(minutes=1300)
        confirm_service(waits, by=secretary, now=now)
        assert refused(decide_correction, asked, granted=True, by=secretary, now=now) == "day_full"
        decide_correction(asked, granted=False, by=secretary, now=now)

    def test_confirming_leaves_out_what_has_no_room(self, town: Town, secretary: User) -> None:
        full, free = some_volunteer(town), some_volunteer(town)
        services = handed_in(town, full, free)
        extra = beside(town, full, 1000)
        confirm_service(extra, by=secretary, now=after(town))
        # From before the rule.
        Service.objects.filter(pk=services[0].pk).update(minutes=441)
        activity = services[0].activity
        done = confirm_hours(activity, by=secretary, now=after(town))
        assert [one.volunteer for one in done] == [free]
        assert [(one.service.volunteer, one.why.code) for one in done.left_out] == [(full, "day_full")]
        assert refused(confirm_hours, activity, by=secretary, now=after(town)) == "day_full"
        refuse_service(services[0], reason="演示:太多", by=secretary, now=after(town))

    def test_as_many_statements_for_many_as_for_few(self, town: Town, worker: User, secretary: User) -> None:
        counted = []
        for number in (2, 2, 6):
            people = many_volunteers(town, number)
            for one in people:
                beside(town, one, 600)
            activity = held(town, *people)
            with CaptureQueriesContext(connection) as caught:
                propose_hours(activity, by=worker, now=after(town))
                confirm_hours(activity, by=secretary, now=after(town))
            counted.append(len(caught))
        assert counted[1] == counted[2]


def _two_at_once(town: Town, who: Volunteer, worker: User) -> list[Activity]:
    """Activities from nine to eleven and from ten to twelve, to both of which they came."""
    found = []
    for hours, signed_up in ((0, 0), (1, 2)):
        activity = opened(town, a_shift(town, timedelta(hours=signed_up)))
        shift = activity.shifts.get()
        row = sign_up(shift, volunteer=who, by=worker, now=town.now, confirmed=True)
        start = town.now + AHEAD + timedelta(hours=hours)
        for rows in (activity.shifts.all(), Activity.objects.filter(pk=activity.pk)):
            rows.update(starts_at=start, ends_at=start + LONG)
        check_in(row, by=worker, now=start)
        found.append(end_activity(activity, by=worker, now=start + LONG))
    return found


def test_two_places_at_the_same_time(town: Town, worker: User) -> None:
    """Whatever made them so."""
    who = some_volunteer(town)
    one, two = _two_at_once(town, who, worker)
    propose_hours(one, by=worker, now=after(town))
    late = after(town) + LONG
    assert refused(propose_hours, two, by=worker, now=late) == "overlap"
    row = two.sign_ups.get()
    assert propose_hours(two, by=worker, now=late, minutes={row.pk: 60})[0].minutes == 60


def test_fewer_minutes_always_fit(town: Town, secretary: User, worker: User) -> None:
    who, now = some_volunteer(town), after(town)
    (one,) = handed_in(town, who)
    confirm_service(one, by=secretary, now=now)
    other = beside(town, who, 1000)
    # From before the rule.
    Service.objects.filter(pk=one.pk).update(minutes=1000)
    asked = ask_correction(one, minutes=900, reason="演示:少些", by=who.user, now=now)
    assert decide_correction(asked, granted=True, by=worker, now=now).state == "granted"
    assert refused(confirm_service, other, by=secretary, now=now) == "day_full"
    refuse_service(other, reason="演示:太多", by=secretary, now=now)


@pytest.mark.django_db(transaction=True)
def test_many_doors_at_once_fill_a_day_once() -> None:
    """Handed in by the person from several phones while those who run an activity hand in theirs."""
    place = put_town()
    who = some_volunteer(place)
    activity = held(place, who)
    worker = place.people["community_worker"]
    calls = [partial(beside, place, who, 600, by) for by in (who.user, worker, who.user, worker)]
    calls.append(partial(propose_hours, activity, by=worker, now=after(place)))
    results = at_once(calls)
    codes = sorted(getattr(one, "code", "") for one in results)
    assert codes == ["", "", "", "day_full", "day_full"], results
    assert sum(Service.objects.values_list("minutes", flat=True)) == 1320, "two hours and twice ten fit"
    check_hours_invariants()
