"""Signing up, waiting, moving up, cancelling: the rules one by one."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.builders import Town, add_west
from tests.volunteers.hours_builders import (
    AHEAD,
    LONG,
    a_shift,
    draft,
    first_shift,
    join,
    last_event,
    many_volunteers,
    opened,
    some_team,
    some_volunteer,
    verbs,
)
from tests.volunteers.hours_invariants import check_hours_invariants
from trail.models import Event
from trail.refusals import NotAllowed, Refused
from volunteers.actions.activities import (
    NewShift,
    add_shift,
    cancel_activity,
    change_places,
    open_activity,
    remove_shift,
)
from volunteers.actions.attendance import check_in
from volunteers.actions.hours import confirm_hours, propose_hours
from volunteers.actions.sign_ups import cancel_sign_up, drop_sign_ups, sign_up
from volunteers.check_in import code_at
from volunteers.models import Activity, SignUp, Volunteer


@pytest.fixture(autouse=True)
def _all_holds_at_the_end(town: Town) -> Any:
    yield
    check_hours_invariants()


def refused(call: Any, *given: Any, **more: Any) -> str:
    """The code; and nothing has been written."""
    before = Event.objects.count()
    with pytest.raises(Refused) as caught:
        call(*given, **more)
    assert Event.objects.count() == before
    return caught.value.code


def states(activity: Activity) -> list[str]:
    """Of its sign-ups, in the order in which they came."""
    return list(SignUp.objects.filter(activity=activity).order_by("pk").values_list("state", flat=True))


def test_who_comes_first_is_in_and_the_others_wait_in_order(town: Town) -> None:
    activity, people = opened(town), [some_volunteer(town) for _one in range(4)]
    rows = [join(town, activity, one) for one in people]
    assert states(activity) == ["in", "in", "waiting", "waiting"]
    activity.refresh_from_db()
    assert activity.state == "full"
    told = last_event("activity", activity.pk)
    assert told.data == {
        "state": "full", "sign_up": rows[3].pk, "shift": rows[3].shift_id, "volunteer": people[3].pk,
        "as": "waiting",
    }  # fmt: skip


def test_whoever_waits_longest_moves_up_by_itself(town: Town) -> None:
    activity, people = opened(town), [some_volunteer(town) for _one in range(4)]
    rows = [join(town, activity, one) for one in people]
    cancel_sign_up(rows[0], by=people[0].user, now=town.now)
    assert states(activity) == ["cancelled", "in", "in", "waiting"]
    assert verbs("activity", activity.pk)[-2:] == ["cancel_sign_up", "move_up"]
    rows[2].refresh_from_db()
    assert rows[2].moved_up_at == town.now
    cancel_sign_up(rows[3], by=people[3].user, now=town.now)
    cancel_sign_up(rows[1], by=people[1].user, now=town.now)
    assert states(activity) == ["cancelled", "cancelled", "in", "cancelled"]
    activity.refresh_from_db()
    assert activity.state == "open"


def test_who_has_left_meanwhile_is_passed_over(town: Town) -> None:
    activity, people = opened(town), [some_volunteer(town) for _one in range(4)]
    rows = [join(town, activity, one) for one in people]
    Volunteer.objects.filter(pk=people[2].pk).update(state="left", left_at=town.now)
    cancel_sign_up(rows[0], by=people[0].user, now=town.now)
    assert states(activity) == ["cancelled", "in", "waiting", "in"]


def test_more_places_let_the_next_ones_in_and_there_are_never_fewer_than_people(town: Town) -> None:
    activity, worker = opened(town), town.people["community_worker"]
    for _one in range(5):
        join(town, activity, some_volunteer(town))
    shift = first_shift(activity)
    assert refused(change_places, shift, places=1, by=worker, now=town.now) == "taken"
    assert refused(change_places, shift, places=0, by=worker, now=town.now) == "places"
    assert change_places(shift, places=4, by=worker, now=town.now).taken == 4
    assert states(activity) == ["in"] * 4 + ["waiting"]
    change_places(first_shift(activity), places=9, by=worker, now=town.now)
    activity.refresh_from_db()
    assert (states(activity), activity.state) == (["in"] * 5, "open")


def test_many_move_up_in_as_many_statements_as_few(town: Town) -> None:
    worker, counted = town.people["community_worker"], []
    for number in (3, 8):
        activity = opened(town, a_shift(town, places=1))
        for one in many_volunteers(town, number):
            join(town, activity, one)
        shift = first_shift(activity)
        with CaptureQueriesContext(connection) as asked:
            change_places(shift, places=number - 1, by=worker, now=town.now)
        counted.append(len(asked))
        assert states(activity) == ["in"] * (number - 1) + ["waiting"]
        moved = [event.data for event in Event.objects.about("activity", activity.pk).filter(verb="move_up")]
        assert len({data["sign_up"] for data in moved}) == number - 2
        assert {(data["as"], data["state"]) for data in moved} == {("in", "full")}
    assert counted[0] == counted[1]


class TestLate:
    @pytest.mark.parametrize(
        ("later", "state"),
        [(timedelta(0), "cancelled"), (timedelta(seconds=1), "late_cancelled")],
    )
    def test_the_hours_before_the_shift(self, town: Town, later: timedelta, state: str) -> None:
        activity, who = opened(town, free_cancel_hours=3), some_volunteer(town)
        row = join(town, activity, who)
        now = town.now + AHEAD - timedelta(hours=3) + later
        assert cancel_sign_up(row, by=who.user, now=now).state == state

    def test_waiting_is_given_up_freely(self, town: Town) -> None:
        activity, people = opened(town, a_shift(town, places=1)), [some_volunteer(town) for _one in range(2)]
        _first, row = [join(town, activity, one) for one in people]
        now = town.now + AHEAD - timedelta(minutes=1)
        assert cancel_sign_up(row, by=people[1].user, now=now).state == "cancelled"

    def test_who_is_sent_away_is_not_late(self, town: Town) -> None:
        activity, who = opened(town), some_volunteer(town)
        row, now = join(town, activity, who), town.now + AHEAD - timedelta(minutes=1)
        assert cancel_sign_up(row, by=town.people["community_worker"], now=now).state == "cancelled"

    def test_the_leader_is_as_late_as_everybody(self, town: Town) -> None:
        leader = some_volunteer(town, "leader")
        activity = opened(town, team=some_team(town, leader))
        row, now = join(town, activity, leader), town.now + AHEAD - timedelta(minutes=1)
        assert cancel_sign_up(row, by=leader.user, now=now).state == "late_cancelled"

    def test_once_it_has_begun_nobody_cancels_alone(self, town: Town) -> None:
        activity, who = opened(town), some_volunteer(town)
        row, start = join(town, activity, who), town.now + AHEAD
        assert refused(cancel_sign_up, row, by=who.user, now=start) == "begun"
        check_in(row, by=town.people["community_worker"], now=start)
        for by in (who.user, town.people["community_worker"]):
            assert refused(cancel_sign_up, row, by=by, now=start) == "checked_in"


class TestConflicts:
    def test_at_the_same_time_is_refused_waiting_or_not(self, town: Town) -> None:
        who, other = some_volunteer(town), some_volunteer(town)
        full = opened(town, a_shift(town, places=1))
        join(town, full, other)
        waits = join(town, full, who)
        elsewhere = opened(town, a_shift(town, timedelta(minutes=119)))
        assert waits.state == "waiting"
        assert refused(join, town, elsewhere, who) == "overlap"
        assert refused(join, town, elsewhere, who, confirmed=True) == "overlap"
        cancel_sign_up(waits, by=who.user, now=town.now)
        assert join(town, elsewhere, who).state == "in"

    @pytest.mark.parametrize(("minutes", "code"), [(120, "close"), (149, "close"), (150, "")])
    def test_close_by_is_confirmed(self, town: Town, minutes: int, code: str) -> None:
        who = some_volunteer(town)
        join(town, opened(town), who)
        later = opened(town, a_shift(town, timedelta(minutes=minutes)))
        if code:
            assert refused(join, town, later, who) == code
        assert join(town, later, who, confirmed=bool(code)).state == "in"

    def test_not_twice_in_the_same_shift_but_again_after_cancelling(self, town: Town) -> None:
        who, activity = some_volunteer(town), opened(town)
        row = join(town, activity, who)
        assert refused(join, town, activity, who) == "again"
        cancel_sign_up(row, by=who.user, now=town.now)
        assert join(town, activity, who).state == "in"


class TestWho:
    def test_by_oneself_by_those_who_run_it_and_by_the_community_at_home(self, town: Town) -> None:
        activity = opened(
            town, a_shift(town, places=9), unit=town.other_community, by=town.people["other_secretary"]
        )
        alone = some_volunteer(town, account=False)
        shift = first_shift(activity)
        assert sign_up(shift, volunteer=alone, by=town.people["community_worker"], now=town.now).state == "in"
        by_organiser = some_volunteer(town, account=False)
        row = sign_up(shift, volunteer=by_organiser, by=town.people["other_secretary"], now=town.now)
        assert row.signed_up_by == town.people["other_secretary"]
        who = some_volunteer(town)
        for by in (town.people["far_secretary"], some_volunteer(town, "other").user, town.people["spotter"]):
            with pytest.raises(NotAllowed):
                sign_up(shift, volunteer=who, by=by, now=town.now)

    def test_who_has_left_does_not_sign_up(self, town: Town) -> None:
        who, activity = some_volunteer(town), opened(town)
        Volunteer.objects.filter(pk=who.pk).update(state="left", left_at=town.now)
        assert refused(join, town, activity, who) == "volunteer"

    def test_each_district_has_its_own(self, town: Town) -> None:
        stranger, activity = some_volunteer(town, home=add_west(town)), opened(town)
        assert refused(join, town, activity, stranger) == "district"

    def test_after_the_beginning_those_who_run_it_add_who_has_come(self, town: Town) -> None:
        activity, worker, start = opened(town), town.people["community_worker"], town.now + AHEAD
        who, other, third = (some_volunteer(town) for _one in range(3))
        assert refused(join, town, activity, who, now=start) == "begun"
        shift = first_shift(activity)
        for one in (who, other):
            assert sign_up(shift, volunteer=one, by=worker, now=start).state == "in"
        for now in (start, shift.ends_at):
            assert refused(sign_up, shift, volunteer=third, by=worker, now=now) == "full"

    def test_who_is_there_signs_up_with_the_code_on_the_screen(self, town: Town) -> None:
        activity, who, start = opened(town), some_volunteer(town), town.now + AHEAD
        shift, call = first_shift(activity), {"volunteer": who, "by": who.user}
        assert refused(sign_up, shift, **call, now=start, code="0" * 12) == "code"
        over = {"now": shift.ends_at, "code": code_at(activity.secret, shift.ends_at)}
        assert refused(sign_up, shift, **call, **over) == "begun"
        made = sign_up(shift, **call, now=start, code=code_at(activity.secret, start))
        assert (made.state, made.checked_in_at) == ("in", None)


class TestShifts:
    def test_full_is_when_every_shift_is(self, town: Town) -> None:
        day = timedelta(days=1)
        activity = opened(town, a_shift(town, places=1), a_shift(town, day, places=1))
        one, two = activity.shifts.order_by("starts_at")
        who, worker = some_volunteer(town), town.people["community_worker"]
        sign_up(one, volunteer=who, by=who.user, now=town.now)
        assert Activity.objects.get(pk=activity.pk).state == "open"
        sign_up(two, volunteer=who, by=who.user, now=town.now)
        assert Activity.objects.get(pk=activity.pk).state == "full"
        third = add_shift(activity, a_shift(town, 2 * day, places=3), by=worker, now=town.now)
        found = Activity.objects.get(pk=activity.pk)
        assert (found.state, found.ends_at) == ("open", third.ends_at)
        assert refused(remove_shift, one, by=worker, now=town.now) == "taken"
        remove_shift(third, by=worker, now=town.now)
        found = Activity.objects.get(pk=activity.pk)
        assert (found.state, found.ends_at) == ("full", two.ends_at)

    def test_what_no_shift_may_be(self, town: Town) -> None:
        start = town.now + AHEAD
        for shift, code in (
            (NewShift(start, start, 1), "shifts"),
            (NewShift(start, start + timedelta(hours=25), 1), "shifts"),
            (NewShift(start, start + timedelta(hours=1), 0), "places"),
            (NewShift(start, start + timedelta(hours=1), 5_001), "places"),
        ):
            assert refused(draft, town, shift) == code
        assert refused(draft, town, *[a_shift(town)] * 51) == "shifts"
        activity = draft(town)
        assert refused(
            remove_shift, first_shift(activity), by=town.people["community_worker"], now=town.now
        ) == ("shifts")

    def test_what_has_begun_is_not_opened(self, town: Town) -> None:
        activity, start = draft(town), town.now + AHEAD
        assert refused(open_activity, activity, by=town.people["community_worker"], now=start) == "past"

    def test_what_is_written_down_afterwards_goes_on_with_who_came(self, town: Town) -> None:
        worker, secretary = town.people["community_worker"], town.people["community_secretary"]
        who, now = some_volunteer(town), town.now + AHEAD + LONG
        activity = open_activity(draft(town), by=worker, now=now)
        assert (activity.state, activity.opened_at) == ("done", now)
        row = sign_up(first_shift(activity), volunteer=who, by=worker, now=now)
        check_in(row, by=worker, now=now)
        (record,) = propose_hours(activity, by=worker, now=now)
        assert record.minutes == LONG.seconds // 60
        confirm_hours(activity, by=secretary, now=now)
        assert refused(sign_up, first_shift(activity), volunteer=some_volunteer(town), by=who.user, now=now)


def test_a_cancelled_activity_lets_everybody_go(town: Town) -> None:
    activity, people = opened(town), [some_volunteer(town) for _one in range(3)]
    for one in people:
        join(town, activity, one)
    worker = town.people["community_worker"]
    assert refused(cancel_activity, activity, reason=" ", by=worker, now=town.now) == "text"
    assert cancel_activity(activity, reason="演示:大雪", by=worker, now=town.now).state == "cancelled"
    assert states(activity) == ["cancelled"] * 3
    assert last_event("activity", activity.pk).data == {"state": "cancelled", "dropped": 3}
    assert refused(join, town, activity, people[0]) == "state"
    again = opened(town)
    assert join(town, again, people[0]).state == "in", "what is cancelled is in nobody's way"


def test_who_leaves_gives_up_what_is_to_come_and_the_next_move_up(town: Town) -> None:
    gone, waits = some_volunteer(town), some_volunteer(town)
    one, two = opened(town, a_shift(town, places=1)), opened(town, a_shift(town, timedelta(days=1), places=1))
    for activity in (one, two):
        join(town, activity, gone)
        join(town, activity, waits)
    Volunteer.objects.filter(pk=gone.pk).update(state="left", left_at=town.now)
    assert drop_sign_ups(gone, now=town.now) == 2
    assert drop_sign_ups(gone, now=town.now) == 0
    assert [states(activity) for activity in (one, two)] == [["cancelled", "in"]] * 2
