"""Check-in by code and by list, check-out, both undone, who came without a sign-up, and who did not come."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.builders import Town
from tests.volunteers.hours_builders import (
    AHEAD,
    LONG,
    a_shift,
    after,
    first_shift,
    handed_in,
    join,
    last_event,
    opened,
    some_team,
    some_volunteer,
    verbs,
)
from tests.volunteers.hours_invariants import check_hours_invariants
from trail.models import Event
from trail.refusals import NotAllowed, Refused
from volunteers.actions.activities import begin_activity, end_activity, move_by_clock
from volunteers.actions.attendance import (
    check_in,
    check_out,
    come_along,
    mark_absent,
    mark_no_show,
    undo_check,
)
from volunteers.actions.hours import propose_hours
from volunteers.actions.sign_ups import cancel_sign_up, sign_up
from volunteers.check_in import code_at
from volunteers.models import Activity, SignUp


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


def code_of(activity: Activity, now: Any) -> str:
    return code_at(activity.secret, now)


class TestByCode:
    def test_with_the_code_of_the_moment(self, town: Town) -> None:
        activity, who = opened(town), some_volunteer(town)
        row, now = join(town, activity, who), town.now + AHEAD - timedelta(minutes=5)
        for code in ("", "0" * 12, code_of(activity, now - timedelta(minutes=3)), code_of(opened(town), now)):
            assert refused(check_in, row, by=who.user, now=now, code=code) == "code"
        done = check_in(row, by=who.user, now=now, code=code_of(activity, now - timedelta(minutes=1)))
        assert (done.checked_in_at, done.checked_in_by) == (now, None)
        activity.refresh_from_db()
        assert activity.state == "under_way"
        assert last_event("activity", activity.pk).data["way"] == "code"
        assert refused(check_in, row, by=who.user, now=now, code=code_of(activity, now)) == "checked_in"

    @pytest.mark.parametrize(
        ("now", "code"),
        [(-timedelta(minutes=61), "early"), (LONG, "closed"), (LONG - timedelta(minutes=1), "")],
    )
    def test_when(self, town: Town, now: timedelta, code: str) -> None:
        activity, who = opened(town), some_volunteer(town)
        row, at = join(town, activity, who), town.now + AHEAD + now
        call = {"by": who.user, "now": at, "code": code_of(activity, at)}
        if code:
            assert refused(check_in, row, **call) == code
        else:
            assert check_in(row, **call).checked_in_at == at

    def test_not_for_others_and_not_without_a_place(self, town: Town) -> None:
        activity, people = opened(town, a_shift(town, places=1)), [some_volunteer(town) for _one in range(3)]
        first, second = (join(town, activity, one) for one in people[:2])
        now = town.now + AHEAD
        code = code_of(activity, now)
        assert refused(check_in, second, by=people[1].user, now=now, code=code) == "waiting"
        with pytest.raises(NotAllowed):
            check_in(first, by=people[2].user, now=now, code=code)


class TestByList:
    def test_the_leader_ticks_them(self, town: Town) -> None:
        leader, who = some_volunteer(town, "leader"), some_volunteer(town)
        activity = opened(town, team=some_team(town, leader))
        row, now = join(town, activity, who), town.now + AHEAD + timedelta(minutes=10)
        assert check_in(row, by=leader.user, now=now).checked_in_by == leader.user

    @pytest.mark.parametrize(
        ("ticked", "sent", "noted"),
        [
            (10, 40, 10),
            # A telephone's clock was wrong: before the time for checking in, and ahead.
            (-300, 40, -60),
            (50, 40, 40),
            # After the shift, what was ticked in it counts; what was ticked later says "from the beginning".
            (10, 600, 10),
            (300, 600, 0),
        ],
    )
    def test_what_was_ticked_without_a_net_counts_from_then(
        self, town: Town, ticked: int, sent: int, noted: int
    ) -> None:
        leader, who = some_volunteer(town, "leader"), some_volunteer(town)
        activity = opened(town, team=some_team(town, leader))
        row, start = join(town, activity, who), town.now + AHEAD
        minutes = {
            name: start + timedelta(minutes=given) for name, given in (("ticked", ticked), ("sent", sent))
        }
        done = check_in(row, by=leader.user, now=minutes["sent"], occurred_at=minutes["ticked"])
        assert done.checked_in_at == start + timedelta(minutes=noted)

    def test_nor_does_anybody_leave_before_they_came(self, town: Town) -> None:
        activity, who, worker = opened(town), some_volunteer(town), town.people["community_worker"]
        row, start = join(town, activity, who), town.now + AHEAD
        check_in(row, by=worker, now=start + timedelta(minutes=5))
        later = start + timedelta(minutes=50)
        told = {"by": worker, "now": later, "occurred_at": start}
        assert check_out(row, **told).checked_out_at == start + timedelta(minutes=5)
        undo_check(row, by=worker, now=later)
        told["occurred_at"] = start + timedelta(minutes=20)
        assert check_out(row, **told).checked_out_at == told["occurred_at"]

    def test_nobody_says_for_themselves_when_it_was(self, town: Town) -> None:
        activity, who = opened(town), some_volunteer(town)
        row, now = join(town, activity, who), town.now + AHEAD
        told = {"by": who.user, "now": now, "code": code_of(activity, now), "occurred_at": now}
        assert refused(check_in, row, **told) == "occurred_at"
        check_in(row, by=who.user, now=now, code=told["code"])
        assert refused(check_out, row, **told) == "occurred_at"

    def test_afterwards_it_says_that_they_were_there_from_the_beginning(self, town: Town) -> None:
        activity, who = opened(town), some_volunteer(town)
        row = join(town, activity, who)
        while move_by_clock(now=after(town)):
            pass
        worker = town.people["community_worker"]
        later = after(town) + timedelta(days=2)
        assert check_in(row, by=worker, now=later).checked_in_at == first_shift(activity).starts_at
        assert Activity.objects.get(pk=activity.pk).state == "done"

    def test_who_was_missed_comes_after_all(self, town: Town) -> None:
        activity, who, worker = opened(town), some_volunteer(town), town.people["community_worker"]
        row, start = join(town, activity, who), town.now + AHEAD
        begin_activity(activity, by=worker, now=start)
        assert mark_no_show(row, by=worker, now=start).state == "no_show"
        assert first_shift(activity).taken == 0
        assert check_in(row, by=worker, now=start).state == "in"
        assert first_shift(activity).taken == 1

    def test_who_was_missed_and_went_elsewhere_does_not_come_here(self, town: Town) -> None:
        activity, other = opened(town), opened(town, a_shift(town, timedelta(hours=1)))
        who, worker, start = some_volunteer(town), town.people["community_worker"], town.now + AHEAD
        row = join(town, activity, who)
        begin_activity(activity, by=worker, now=start)
        mark_no_show(row, by=worker, now=start)
        sign_up(first_shift(other), volunteer=who, by=who.user, now=start)
        assert refused(check_in, row, by=worker, now=start) == "overlap"

    def test_who_waited_gets_a_free_place_once_it_has_begun(self, town: Town) -> None:
        activity, worker = opened(town, a_shift(town, places=1)), town.people["community_worker"]
        first, second = (join(town, activity, some_volunteer(town)) for _one in range(2))
        start = town.now + AHEAD
        assert refused(check_in, second, by=worker, now=start - timedelta(minutes=1)) == "waiting"
        assert refused(check_in, second, by=worker, now=start) == "full"
        move_by_clock(now=start)
        mark_no_show(first, by=worker, now=start)
        assert check_in(second, by=worker, now=start).state == "in"


class TestLeaving:
    def test_the_earlier_end_counts_and_never_more_than_the_shift(self, town: Town) -> None:
        activity, people = opened(town), [some_volunteer(town) for _one in range(2)]
        rows = [join(town, activity, one) for one in people]
        worker, start = town.people["community_worker"], town.now + AHEAD
        for row in rows:
            check_in(row, by=worker, now=start)
        at = start + timedelta(minutes=50)
        assert refused(check_out, rows[0], by=people[0].user, now=at) == "code"
        out = check_out(rows[0], by=people[0].user, now=at, code=code_of(activity, at))
        assert out.checked_out_at == at
        assert refused(check_out, rows[0], by=worker, now=at) == "checked_out"
        late = check_out(rows[1], by=worker, now=start + LONG + timedelta(hours=3))
        assert late.checked_out_at == start + LONG

    def test_not_without_coming_nor_once_the_hours_are_handed_in(self, town: Town) -> None:
        who = some_volunteer(town)
        (service,) = handed_in(town, who)
        worker = town.people["community_worker"]
        assert refused(check_out, service.sign_up, by=worker, now=after(town)) == "handed_in"
        activity = opened(town, a_shift(town, timedelta(days=1)))
        row, start = join(town, activity, who), town.now + AHEAD + timedelta(days=1)
        begin_activity(activity, by=worker, now=start)
        assert refused(check_out, row, by=worker, now=start) == "not_there"


class TestUndone:
    """One wrong tap on a list of "演*, 演*"."""

    def test_the_check_out_goes_first_and_then_the_check_in(self, town: Town) -> None:
        activity, who, worker = opened(town), some_volunteer(town), town.people["community_worker"]
        row, start = join(town, activity, who), town.now + AHEAD
        check_in(row, by=worker, now=start)
        check_out(row, by=worker, now=start + timedelta(minutes=5))
        undone = undo_check(row, by=worker, now=start + timedelta(minutes=6))
        assert (undone.checked_in_at, undone.checked_out_at) == (start, None)
        assert last_event("activity", activity.pk).data["of"] == "check_out"
        undone = undo_check(row, by=worker, now=start + timedelta(minutes=7))
        assert (undone.state, undone.checked_in_at, undone.checked_in_by) == ("in", None, None)
        told = last_event("activity", activity.pk)
        assert (told.verb, told.data["of"], told.actor_id) == ("undo_check", "check_in", worker.pk)
        assert refused(undo_check, row, by=worker, now=start) == "not_there"
        assert first_shift(activity).taken == 1

    def test_two_who_take_back_the_same_do_not_take_back_both(self, town: Town) -> None:
        activity, who, worker = opened(town), some_volunteer(town), town.people["community_worker"]
        row, start = join(town, activity, who), town.now + AHEAD
        check_in(row, by=worker, now=start)
        check_out(row, by=worker, now=start)
        assert undo_check(row, by=worker, now=start, of="check_out").checked_in_at == start
        assert refused(undo_check, row, by=worker, now=start, of="check_out") == "stale"
        assert undo_check(row, by=worker, now=start, of="check_in").checked_in_at is None

    def test_then_they_are_missed_or_cancelled_or_come_after_all(self, town: Town) -> None:
        activity, worker = opened(town, a_shift(town, places=3)), town.people["community_worker"]
        rows, start = [join(town, activity, some_volunteer(town)) for _one in range(3)], town.now + AHEAD
        for row in rows:
            check_in(row, by=worker, now=start)
            undo_check(row, by=worker, now=start)
        assert mark_no_show(rows[0], by=worker, now=start).state == "no_show"
        assert cancel_sign_up(rows[1], by=worker, now=start).state == "cancelled"
        assert check_in(rows[2], by=worker, now=start).checked_in_at == start
        assert first_shift(activity).taken == 1

    def test_up_to_the_hours_and_by_those_alone_who_run_it(self, town: Town) -> None:
        leader, who = some_volunteer(town, "leader"), some_volunteer(town)
        activity = opened(town, team=some_team(town, leader))
        row, now = join(town, activity, who), after(town)
        check_in(row, by=leader.user, now=town.now + AHEAD)
        end_activity(activity, by=leader.user, now=now)
        for by in (who.user, town.people["far_secretary"]):
            assert refused(undo_check, row, by=by, now=now) == "not_yours"
        assert undo_check(row, by=leader.user, now=now).checked_in_at is None
        check_in(row, by=leader.user, now=now)
        propose_hours(activity, by=leader.user, now=now)
        assert refused(undo_check, row, by=leader.user, now=now) == "handed_in"


class TestComing:
    """Who has not signed up."""

    def test_with_the_code_of_the_moment_and_a_free_place(self, town: Town) -> None:
        activity, people = opened(town, a_shift(town, places=1)), [some_volunteer(town) for _one in range(2)]
        shift, now = first_shift(activity), town.now + AHEAD + timedelta(minutes=20)
        call = {"volunteer": people[0], "by": people[0].user, "now": now}
        for code, said in (("", "begun"), ("0" * 12, "code"), (code_of(opened(town), now), "code")):
            assert refused(come_along, shift, **call, code=code) == said
        done = come_along(shift, **call, code=code_of(activity, now))
        assert (done.state, done.checked_in_at, done.checked_in_by) == ("in", now, None)
        assert verbs("activity", activity.pk)[-2:] == ["sign_up", "check_in"]
        other = {"volunteer": people[1], "by": people[1].user, "now": now}
        assert refused(come_along, shift, **other, code=code_of(activity, now)) == "full"
        with pytest.raises(NotAllowed):
            come_along(shift, **(other | {"by": people[0].user}), code=code_of(activity, now))

    @pytest.mark.parametrize(
        ("later", "said"),
        [
            (-timedelta(minutes=61), "early"),
            (-timedelta(minutes=60), ""),
            (LONG - timedelta(minutes=1), ""),
            (LONG, "begun"),
        ],
    )
    def test_when(self, town: Town, later: timedelta, said: str) -> None:
        """Where the check-in is refused nobody has signed up either."""
        activity, who = opened(town), some_volunteer(town)
        now = town.now + AHEAD + later
        call = {"volunteer": who, "by": who.user, "now": now, "code": code_of(activity, now)}
        if said:
            assert refused(come_along, first_shift(activity), **call) == said
            assert not SignUp.objects.exists()
        else:
            assert come_along(first_shift(activity), **call).checked_in_at == now

    def test_who_is_elsewhere_at_that_time_is_not_here(self, town: Town) -> None:
        activity, other, who = opened(town), opened(town), some_volunteer(town)
        join(town, other, who)
        now = town.now + AHEAD
        call = {"volunteer": who, "by": who.user, "now": now, "code": code_of(activity, now)}
        assert refused(come_along, first_shift(activity), **call) == "overlap"

    def test_the_paper_list_of_the_evening_is_entered(self, town: Town) -> None:
        """Until hours are handed in, and never beyond the places."""
        activity, worker = opened(town, a_shift(town, places=2)), town.people["community_worker"]
        people = [some_volunteer(town, account=False) for _one in range(4)]
        shift, late = first_shift(activity), after(town) + timedelta(hours=9)
        while move_by_clock(now=late):
            pass
        done = come_along(shift, volunteer=people[0], by=worker, now=late)
        assert (done.checked_in_at, done.checked_in_by) == (shift.starts_at, worker)
        wrong = come_along(shift, volunteer=people[1], by=worker, now=late)
        assert refused(come_along, shift, volunteer=people[2], by=worker, now=late) == "full"
        undo_check(wrong, by=worker, now=late)
        cancel_sign_up(wrong, by=worker, now=late)
        assert come_along(shift, volunteer=people[2], by=worker, now=late).state == "in"
        assert len(propose_hours(activity, by=worker, now=late)) == 2
        assert refused(come_along, shift, volunteer=people[3], by=worker, now=late) == "handed_in"

    def test_afterwards_nobody_writes_themself_down(self, town: Town) -> None:
        activity, who = opened(town), some_volunteer(town)
        late = after(town)
        while move_by_clock(now=late):
            pass
        call = {"volunteer": who, "by": who.user, "now": late, "code": code_of(activity, late)}
        assert refused(come_along, first_shift(activity), **call) == "state"


class TestMissing:
    def test_only_by_those_who_run_it_and_not_before(self, town: Town) -> None:
        activity, who, worker = opened(town), some_volunteer(town), town.people["community_worker"]
        row, start = join(town, activity, who), town.now + AHEAD
        begin_activity(activity, by=worker, now=start - timedelta(minutes=30))
        assert refused(mark_no_show, row, by=worker, now=start - timedelta(seconds=1)) == "early"
        assert refused(mark_no_show, row, by=who.user, now=start) == "not_yours"
        check_in(row, by=worker, now=start)
        assert refused(mark_no_show, row, by=worker, now=start) == "checked_in"

    def test_all_others_at_once(self, town: Town) -> None:
        """As many statements for three as for one."""
        worker, start = town.people["community_worker"], town.now + AHEAD
        counted = []
        for number in (1, 3):
            activity = opened(town, a_shift(town, places=9))
            came = join(town, activity, some_volunteer(town))
            for _one in range(number):
                join(town, activity, some_volunteer(town))
            check_in(came, by=worker, now=start)
            with CaptureQueriesContext(connection) as asked:
                assert mark_absent(activity, by=worker, now=start) == number
            counted.append(len(asked))
            assert SignUp.objects.filter(activity=activity).figures() == {"in": 1, "no_show": number}
            assert mark_absent(activity, by=worker, now=start) == 0
        assert counted[0] == counted[1]


class TestTheClock:
    def test_begins_and_ends_at_the_minute(self, town: Town) -> None:
        activity, start, end = opened(town), town.now + AHEAD, after(town)
        waiting = [join(town, activity, some_volunteer(town)) for _one in range(3)][-1]
        second = timedelta(seconds=1)
        assert not move_by_clock(now=start - second)
        assert move_by_clock(now=start) and not move_by_clock(now=end - second)
        activity.refresh_from_db()
        assert activity.state == "under_way"
        assert move_by_clock(now=end) and not move_by_clock(now=end)
        activity.refresh_from_db()
        waiting.refresh_from_db()
        assert (activity.state, waiting.state) == ("done", "cancelled")

    def test_not_too_early_by_hand(self, town: Town) -> None:
        day = timedelta(days=1)
        activity = opened(town, a_shift(town), a_shift(town, day))
        worker, start = town.people["community_worker"], town.now + AHEAD
        assert refused(begin_activity, activity, by=worker, now=start - timedelta(minutes=61)) == "early"
        begin_activity(activity, by=worker, now=start - timedelta(minutes=60))
        assert refused(end_activity, activity, by=worker, now=start + day - timedelta(seconds=1)) == "early"
        assert end_activity(activity, by=worker, now=start + day).state == "done"
