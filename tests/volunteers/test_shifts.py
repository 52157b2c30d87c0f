"""What still lies ahead of an activity: a shift called off, the rest called off, a shift moved; what has begun stays."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import User
from tests.builders import Town
from tests.volunteers.hours_builders import (
    AHEAD,
    LONG,
    a_shift,
    draft,
    join,
    last_event,
    opened,
    some_team,
    some_volunteer,
    verbs,
)
from tests.volunteers.hours_invariants import check_hours_invariants
from tests.volunteers.test_hours_notices import Hearing
from tests.volunteers.test_sign_ups import refused
from trail.refusals import NotAllowed
from volunteers.actions.activities import (
    add_shift,
    change_activity,
    change_places,
    end_activity,
    move_by_clock,
    remove_shift,
)
from volunteers.actions.attendance import check_in, mark_absent
from volunteers.actions.hours import confirm_hours, propose_hours
from volunteers.actions.series import make_next_of_series, repeat_activity
from volunteers.actions.settling import settle_activity
from volunteers.actions.shifts import cancel_rest, cancel_shift, move_shift
from volunteers.actions.sign_ups import cancel_sign_up, sign_up
from volunteers.models import Activity, Service, Shift, SignUp

WHY = "演示:暴雪预警"
LATER = timedelta(hours=4)


@pytest.fixture(autouse=True)
def _all_holds_at_the_end(town: Town) -> Any:
    yield
    check_hours_invariants()


@pytest.fixture
def worker(town: Town) -> User:
    return town.people["community_worker"]


@pytest.fixture
def heard() -> Hearing:
    return Hearing()


def three(town: Town, **more: Any) -> tuple[Activity, list[Shift]]:
    """Open, with three shifts of one place: at 9, 13 and 17 o'clock."""
    activity = opened(town, *(a_shift(town, LATER * step, places=1) for step in range(3)), **more)
    return activity, list(activity.shifts.all())


def goes_to(shift: Shift, town: Town, name: str, now: datetime | None = None) -> SignUp:
    who = some_volunteer(town, name)
    return sign_up(shift, volunteer=who, by=who.user, now=now or town.now, confirmed=True)


def begun(town: Town) -> datetime:
    """When the first shift has begun; the clock has moved what it moves."""
    now = town.now + AHEAD
    while move_by_clock(now=now):
        pass
    return now


def states(shift: Shift) -> list[str]:
    return list(SignUp.objects.filter(shift=shift).order_by("pk").values_list("state", flat=True))


class TestOneShift:
    def test_its_people_go_and_are_told_and_the_rest_stays(
        self, town: Town, worker: User, heard: Hearing
    ) -> None:
        activity, (first, second, _third) = three(town)
        goes_to(first, town, "early")
        for name in ("in", "waits"):
            goes_to(second, town, name)
        heard(town.now)
        cancel_shift(second, reason=f" {WHY} ", by=worker, now=town.now)
        assert (states(first), states(second)) == (["in"], ["cancelled", "cancelled"])
        second.refresh_from_db()
        assert (second.cancelled_at, second.reason, second.taken) == (town.now, WHY, 0)
        assert heard(town.now) == {("in", "shift_off"), ("waits", "shift_off")}
        assert last_event("activity", activity.pk).data == {"state": "open", "shift": second.pk}

    def test_times_and_places_are_those_of_what_stays(self, town: Town, worker: User) -> None:
        activity, shifts = three(town)
        for shift, name in zip(shifts[:2], ("one", "two"), strict=True):
            goes_to(shift, town, name)
        cancel_shift(shifts[2], reason=WHY, by=worker, now=town.now)
        cancel_shift(shifts[0], reason=WHY, by=worker, now=town.now)
        activity.refresh_from_db()
        assert (activity.starts_at, activity.ends_at) == (shifts[1].starts_at, shifts[1].ends_at)
        assert activity.state == "full"
        found = Activity.objects.with_places().with_free(town.now).get(pk=activity.pk)
        assert (found.places, found.taken, found.free) == (1, 1, 0)

    def test_also_once_another_has_begun_or_is_over(self, town: Town, worker: User) -> None:
        activity, (first, second, third) = three(town)
        goes_to(first, town, "came")
        now = begun(town)
        cancel_shift(second, reason=WHY, by=worker, now=now)
        cancel_shift(third, reason=WHY, by=worker, now=first.ends_at + timedelta(minutes=1))
        activity.refresh_from_db()
        assert (activity.state, activity.ends_at, states(first)) == ("under_way", first.ends_at, ["in"])
        begun(town)
        move_by_clock(now=first.ends_at + timedelta(minutes=2))
        activity.refresh_from_db()
        assert activity.state == "done", "what is left of it is over"

    def test_not_what_has_begun_nor_twice_nor_the_last_nor_without_a_reason(
        self, town: Town, worker: User
    ) -> None:
        _activity, (first, second, third) = three(town)
        said: dict[str, Any] = {"by": worker, "now": town.now, "reason": WHY}
        assert refused(cancel_shift, first, **said | {"reason": " "}) == "text"
        cancel_shift(first, **said)
        assert refused(cancel_shift, first, **said) == "cancelled"
        cancel_shift(second, **said)
        assert refused(cancel_shift, third, **said) == "shifts"
        _other, shifts = three(town)
        assert refused(cancel_shift, shifts[0], **said | {"now": begun(town)}) == "begun"

    def test_nobody_signs_up_for_it_moves_into_it_or_changes_it(self, town: Town, worker: User) -> None:
        _activity, (_first, second, _third) = three(town)
        cancel_shift(second, reason=WHY, by=worker, now=town.now)
        who, now = some_volunteer(town), town.now
        assert refused(sign_up, second, volunteer=who, by=who.user, now=now) == "cancelled"
        assert refused(sign_up, second, volunteer=who, by=worker, now=second.starts_at) == "cancelled"
        assert refused(change_places, second, places=9, by=worker, now=now) == "cancelled"
        assert refused(remove_shift, second, by=worker, now=now) == "cancelled"
        assert refused(move_shift, second, **hours_later(second), by=worker, now=now) == "cancelled"

    def test_who_had_it_may_be_elsewhere_at_that_time(self, town: Town, worker: User) -> None:
        _activity, (_first, second, _third) = three(town)
        row, other = goes_to(second, town, "one"), opened(town, a_shift(town, LATER))
        cancel_shift(second, reason=WHY, by=worker, now=town.now)
        assert join(town, other, row.volunteer).state == "in"

    def test_by_those_alone_who_run_it_and_not_as_a_draft(self, town: Town, worker: User) -> None:
        leader, who = some_volunteer(town, "leader"), some_volunteer(town)
        _activity, (first, _second, _third) = three(town, team=some_team(town, leader))
        for by in (who.user, town.people["far_secretary"]):
            with pytest.raises(NotAllowed):
                cancel_shift(first, reason=WHY, by=by, now=town.now)
        cancel_shift(first, reason=WHY, by=leader.user, now=town.now)
        made = draft(town, a_shift(town), a_shift(town, LATER))
        assert refused(cancel_shift, made.shifts.first(), reason=WHY, by=worker, now=town.now) == "state"

    def test_who_was_early_has_not_served(self, town: Town, worker: User) -> None:
        activity, (first, second, third) = three(town)
        row = goes_to(first, town, "early")
        check_in(row, by=worker, now=first.starts_at - timedelta(minutes=30))
        cancel_shift(first, reason=WHY, by=worker, now=first.starts_at - timedelta(minutes=10))
        row.refresh_from_db()
        assert (row.state, row.checked_in_at) == ("cancelled", None)
        end_activity(activity, by=worker, now=third.ends_at)
        assert propose_hours(activity, by=worker, now=third.ends_at) == []
        assert states(second) == []

    def test_what_repeats_has_it_again(self, town: Town, worker: User) -> None:
        activity, (first, _second, third) = three(town)
        cancel_shift(first, reason=WHY, by=worker, now=town.now)
        until = (town.now + timedelta(days=10)).date()
        repeat_activity(activity, rhythm="weekly", until=until, by=worker, now=town.now)
        assert make_next_of_series(now=town.now)
        copy = Activity.objects.exclude(pk=activity.pk).get()
        week = timedelta(days=7)
        assert (copy.starts_at, copy.ends_at) == (first.starts_at + week, third.ends_at + week)
        assert [one.cancelled_at for one in copy.shifts.all()] == [None] * 3


class TestTheRest:
    def test_what_has_begun_goes_on_to_its_settlement(self, town: Town, worker: User, heard: Hearing) -> None:
        activity, (first, second, third) = three(town)
        came = goes_to(first, town, "came")
        for shift, name in ((second, "two"), (third, "three"), (third, "waits")):
            goes_to(shift, town, name)
        now = begun(town)
        check_in(came, by=worker, now=now)
        heard(now)
        cancel_rest(activity, reason=WHY, by=worker, now=now)
        assert heard(now) == {(name, "shift_off") for name in ("two", "three", "waits")}
        assert verbs("activity", activity.pk)[-2:] == ["cancel_rest", "cancel_rest"]
        done = end_activity(activity, by=worker, now=first.ends_at)
        (service,) = propose_hours(done, by=worker, now=first.ends_at)
        assert (service.volunteer, service.minutes) == (came.volunteer, 120)
        confirm_hours(done, by=town.people["community_secretary"], now=first.ends_at)
        assert settle_activity(done, by=worker, now=first.ends_at).state == "settled"

    def test_where_none_has_begun_all_of_it(self, town: Town, worker: User, heard: Hearing) -> None:
        activity, (first, _second, third) = three(town)
        row = goes_to(first, town, "early")
        goes_to(third, town, "late")
        now = first.starts_at - timedelta(minutes=20)
        check_in(row, by=worker, now=now)
        heard(now)
        assert cancel_rest(activity, reason=WHY, by=worker, now=now).state == "cancelled"
        assert heard(now) == {("early", "called_off"), ("late", "called_off")}
        activity.refresh_from_db()
        assert activity.result == WHY

    def test_not_before_nor_when_nothing_is_left(self, town: Town, worker: User) -> None:
        activity, (_first, _second, third) = three(town)
        assert refused(cancel_rest, activity, reason=WHY, by=worker, now=town.now) == "state"
        begun(town)
        assert refused(cancel_rest, activity, reason="-", by=worker, now=town.now + AHEAD) == "text"
        assert refused(cancel_rest, activity, reason=WHY, by=worker, now=third.starts_at) == "begun"


def hours_later(shift: Shift, hours: int = 1) -> dict[str, datetime]:
    later = timedelta(hours=hours)
    return {"starts_at": shift.starts_at + later, "ends_at": shift.ends_at + later}


class TestMoving:
    def test_its_people_stay_and_are_told(self, town: Town, worker: User, heard: Hearing) -> None:
        activity, (first, second, _third) = three(town)
        goes_to(first, town, "first")
        for name in ("in", "waits"):
            goes_to(second, town, name)
        now = begun(town)
        heard(now)
        move_shift(second, **hours_later(second), by=worker, now=now)
        assert states(second) == ["in", "waiting"]
        assert heard(now) == {("in", "retimed"), ("waits", "retimed")}
        assert last_event("activity", activity.pk).data["was"] == second.starts_at.isoformat()

    def test_who_is_elsewhere_then_lets_it_go_and_the_next_move_up(
        self, town: Town, worker: User, heard: Hearing
    ) -> None:
        _activity, (_first, second, third) = three(town)
        both = goes_to(second, town, "both")
        waits = goes_to(second, town, "waits")
        sign_up(third, volunteer=both.volunteer, by=worker, now=town.now)
        heard(town.now)
        move_shift(second, **hours_later(second, 3), by=worker, now=town.now)
        assert states(second) == ["cancelled", "in"] and states(third) == ["in"]
        second.refresh_from_db()
        assert second.taken == 1
        found = heard(town.now)
        assert ("both", "clashes") in found and ("waits", "moved_up") in found
        assert ("both", "retimed") not in found and waits.volunteer != both.volunteer

    def test_the_activity_follows(self, town: Town, worker: User) -> None:
        activity, (_first, _second, third) = three(town)
        move_shift(third, **hours_later(third, 2), by=worker, now=town.now)
        activity.refresh_from_db()
        assert activity.ends_at == third.ends_at + timedelta(hours=2)

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            (lambda start, now: (start, start + LONG), "nothing"),
            (lambda start, now: (start, start), "shifts"),
            (lambda start, now: (start, start + timedelta(hours=25)), "shifts"),
            (lambda start, now: (now, now + LONG), "past"),
            (lambda start, now: (start + timedelta(days=1), start + timedelta(days=1) + LONG), "other_day"),
        ],
    )
    def test_what_is_no_move(self, town: Town, worker: User, change: Callable[..., Any], code: str) -> None:
        _activity, (first, second, _third) = three(town)
        now = begun(town)
        starts_at, ends_at = change(second.starts_at, now)
        told = {"starts_at": starts_at, "ends_at": ends_at, "by": worker, "now": now}
        assert refused(move_shift, second, **told) == code
        assert refused(move_shift, first, **told | hours_later(first)) == "begun"

    def test_a_draft_goes_to_any_day_and_nobody_is_told(
        self, town: Town, worker: User, heard: Hearing
    ) -> None:
        activity = draft(town)
        shift = activity.shifts.get()
        move_shift(shift, **hours_later(shift, 48), by=worker, now=town.now)
        shift.refresh_from_db()
        assert shift.moved_at is None and heard(town.now) == set()


class TestChangingWhatLiesAhead:
    def test_words_and_place_are_told_to_whom_they_concern(
        self, town: Town, worker: User, heard: Hearing
    ) -> None:
        activity, (first, second, _third) = three(town)
        goes_to(first, town, "gone")
        goes_to(second, town, "comes")
        now = begun(town)
        heard(now)
        change_activity(activity, place="演示:东门", by=worker, now=now)
        assert heard(now) == {("comes", "moved")}
        change_activity(activity, what="演示:自带手套", by=worker, now=now)
        assert heard(now) == {("comes", "changed")}

    def test_more_places_and_more_shifts(self, town: Town, worker: User) -> None:
        activity, (first, second, third) = three(town)
        for name in ("in", "waits"):
            goes_to(second, town, name)
        now = begun(town)
        assert refused(change_places, first, places=9, by=worker, now=now) == "begun"
        change_places(second, places=2, by=worker, now=now)
        assert states(second) == ["in", "in"]
        assert refused(change_places, second, places=1, by=worker, now=now) == "taken"
        add_shift(activity, a_shift(town, LATER * 3), by=worker, now=now)
        remove_shift(third, by=worker, now=now)
        assert refused(remove_shift, first, by=worker, now=now) == "begun"

    def test_nothing_once_all_have_begun(self, town: Town, worker: User) -> None:
        activity, (_first, _second, third) = three(town)
        begun(town)
        told = {"by": worker, "now": third.starts_at}
        assert refused(change_activity, activity, place="演示:东门", **told) == "begun"


class TestLateCancels:
    """Only of a place that one had, at these times, before the limit."""

    def test_who_moves_up_late_may_say_no(self, town: Town) -> None:
        _activity, (first, _second, _third) = three(town)
        one, two = goes_to(first, town, "one"), goes_to(first, town, "two")
        limit = first.starts_at - timedelta(hours=12)
        cancel_sign_up(one, by=one.volunteer.user, now=limit + timedelta(hours=1))
        two.refresh_from_db()
        assert two.state == "in"
        later = limit + timedelta(hours=11)
        assert cancel_sign_up(two, by=two.volunteer.user, now=later).state == "cancelled"

    def test_who_moves_up_in_time_is_as_late_as_everybody(self, town: Town) -> None:
        _activity, (first, _second, _third) = three(town)
        one, two = goes_to(first, town, "one"), goes_to(first, town, "two")
        limit = first.starts_at - timedelta(hours=12)
        cancel_sign_up(one, by=one.volunteer.user, now=limit)
        later = limit + timedelta(seconds=1)
        assert cancel_sign_up(two, by=two.volunteer.user, now=later).state == "late_cancelled"

    def test_nor_is_who_signed_up_at_the_last_minute(self, town: Town) -> None:
        _activity, (first, _second, _third) = three(town)
        now = first.starts_at - timedelta(hours=2)
        row = goes_to(first, town, "one", now)
        assert cancel_sign_up(row, by=row.volunteer.user, now=now).state == "cancelled"

    def test_nor_whose_shift_was_moved_late(self, town: Town, worker: User) -> None:
        _activity, (first, _second, _third) = three(town)
        row, now = goes_to(first, town, "one"), first.starts_at - timedelta(hours=3)
        move_shift(first, **hours_later(first), by=worker, now=now)
        assert cancel_sign_up(row, by=row.volunteer.user, now=now).state == "cancelled"


class TestAbsenceTurned:
    """Whoever was marked absent and is then added anew is there, once."""

    def test_added_by_hand(self, town: Town, worker: User) -> None:
        activity, (first, second, third) = three(town)
        row, now = goes_to(first, town, "late"), begun(town)
        cancel_shift(second, reason=WHY, by=worker, now=now)
        cancel_shift(third, reason=WHY, by=worker, now=now)
        assert mark_absent(activity, by=worker, now=now) == 1
        again = sign_up(first, volunteer=row.volunteer, by=worker, now=now + timedelta(minutes=20))
        assert (again.pk, again.state, again.ended_at) == (row.pk, "in", None)
        assert again.signed_up_at == row.signed_up_at
        check_in(again, by=worker, now=now + timedelta(minutes=20))
        assert activity.sign_ups.figures() == {"in": 1}
        first.refresh_from_db()
        assert first.taken == 1
        done = end_activity(activity, by=worker, now=first.ends_at)
        (service,) = propose_hours(done, by=worker, now=first.ends_at)
        assert service.minutes == 100 and Service.objects.count() == 1

    def test_not_where_the_place_is_gone(self, town: Town, worker: User) -> None:
        activity, (first, _second, _third) = three(town)
        row, now = goes_to(first, town, "late"), begun(town)
        mark_absent(activity, by=worker, now=now)
        sign_up(first, volunteer=some_volunteer(town), by=worker, now=now)
        assert refused(sign_up, first, volunteer=row.volunteer, by=worker, now=now) == "full"
        assert states(first) == ["no_show", "in"]
