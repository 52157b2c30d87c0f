"""Points for deeds: each once, by the tariff of its moment, within its day; corrected, taken back, expired."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from random import Random
from typing import Any

import pytest
from django.db.models import Sum
from django.utils import translation

from grids.actions.policies import set_policy
from issues.actions import PERFORM
from issues.models import Issue
from notices.models import Notice
from notices.words import say
from tests.builders import Town, add_west
from tests.issues.acting import USUAL
from tests.volunteers.points_builders import (
    balance,
    corrected,
    days,
    earn,
    fulfilled,
    good,
    heard,
    in_order,
    lines,
    owed,
    served,
    volunteer,
    volunteers,
)
from trail.actions import record_event
from trail.models import Delivery, Event
from trail.refusals import NotAllowed, Refused
from trail.words import SUBJECTS
from volunteers.actions.points import (
    book_event,
    choose_ranking,
    expire_account,
    expire_points,
    reverse_booking,
)
from volunteers.actions.redeem import release_redemption, reserve_good
from volunteers.models import PointAccount, PointEntry, PointTransfer, Team, Volunteer
from volunteers.models.people import Membership
from volunteers.points_sums import Place
from volunteers.rankings import ranked_places

pytestmark = pytest.mark.django_db


@pytest.fixture
def who(town: Town) -> Volunteer:
    return volunteer(town)


def tariff(town: Town, value: dict[str, Any], now: datetime, **more: Any) -> None:
    set_policy(town.district, "volunteer_points", value, by=None, now=now, reason="演示:会议纪要", **more)


def earned(who: Volunteer, rule: str = "hours") -> PointTransfer:
    return PointTransfer.objects.get(account__volunteer=who, kind="earn", rule=rule)


def value_of(who: Volunteer, **of: Any) -> int:
    """What these lines were worth, whether or not all of it could be taken back."""
    lines = PointEntry.objects.filter(account__volunteer=who, **of)
    return lines.aggregate(value=Sum("amount") - Sum("owed"))["value"]


class TestHours:
    def test_confirmed_hours_bring_points(self, town: Town, who: Volunteer) -> None:
        event = served(who, 95, at=town.now)
        heard(town.now)
        assert (balance(who), lines(who)) == (15, [("earn", 15)])
        done = earned(who)
        assert (done.event_id, done.about_id, done.day) == (event.pk, event.subject_id, date(2026, 3, 10))
        assert (done.district_id, done.expires_on) == (town.district.pk, date(2028, 3, 10))
        in_order()

    def test_the_same_event_again_changes_nothing(self, town: Town, who: Volunteer) -> None:
        event = served(who, 60, at=town.now, activity=7)
        assert len(book_event(event, now=town.now)) == 2
        for _again in range(3):
            assert book_event(event, now=town.now + days(1)) == []
        assert balance(who) == 15
        in_order()

    def test_an_activity_counts_once_whatever_its_shifts(self, town: Town, who: Volunteer) -> None:
        for activity in (7, 7, 8, None):
            book_event(served(who, 60, at=town.now, activity=activity), now=town.now)
        activities = PointTransfer.objects.filter(kind="earn", rule="activity")
        assert sorted(activities.values_list("about_id", flat=True)) == [7, 8]
        assert balance(who) == 50

    def test_too_short_for_a_point_is_noted_and_stays_so(self, town: Town, who: Volunteer) -> None:
        short, full = served(who, 5, at=town.now), served(who, 480, at=town.now)
        full_day = served(who, 60, at=town.now)
        for event in (short, full, full_day):
            book_event(event, now=town.now)
        assert lines(who) == [("earn", 80)]
        kinds = PointTransfer.objects.order_by("pk").values_list("kind", "about_id")
        assert list(kinds) == [
            ("nothing", short.subject_id), ("earn", full.subject_id), ("nothing", full_day.subject_id),
        ]  # fmt: skip
        # Whatever room there is later: what was heard is not weighed anew.
        book_event(corrected(full, 0, at=town.now), now=town.now)
        for event in (short, full_day):
            assert book_event(event, now=town.now) == []
        assert balance(who) == 0
        in_order()

    @pytest.mark.parametrize(
        ("value", "points", "left"),
        [(90, 15, 15), (120, 20, 20), (30, 5, 5), (0, 0, 0), (61, 10, 10)],
    )
    def test_a_correction_books_the_difference(
        self, town: Town, who: Volunteer, value: int, points: int, left: int
    ) -> None:
        event = served(who, 60, at=town.now)
        book_event(event, now=town.now)
        change = corrected(event, value, at=town.now + days(3))
        for _again in range(2):
            book_event(change, now=town.now + days(3))
        assert balance(who) == left
        assert value_of(who) == points
        assert len(lines(who)) == (1 if points == 10 else 2)
        in_order()

    @pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)])
    def test_in_any_order_they_come_to_the_same(
        self, town: Town, who: Volunteer, order: tuple[int, ...]
    ) -> None:
        event = served(who, 60, at=town.now, activity=7)
        told = [
            event,
            corrected(event, 300, at=town.now + days(1)),
            corrected(event, 120, at=town.now + days(2)),
        ]
        for place in order:
            book_event(told[place], now=town.now + days(3))
        assert balance(who) == 25
        in_order()

    def test_corrected_to_nothing_the_activity_is_gone_too(self, town: Town, who: Volunteer) -> None:
        first, second = served(who, 60, at=town.now, activity=7), served(who, 60, at=town.now, activity=7)
        for event in (first, second):
            book_event(event, now=town.now)
        book_event(corrected(second, 0, at=town.now), now=town.now)
        assert balance(who) == 15, "the other shift had brought it"
        book_event(corrected(first, 0, at=town.now), now=town.now)
        assert balance(who) == 0
        in_order()

    def test_an_activity_counts_while_one_of_its_services_has_minutes(
        self, town: Town, who: Volunteer
    ) -> None:
        """Whichever of them had brought it."""
        first, second = served(who, 60, at=town.now, activity=7), served(who, 60, at=town.now, activity=7)
        for event, left in ((first, 15), (second, 25)):
            book_event(event, now=town.now)
            assert balance(who) == left
        for event, minutes, left in (
            (first, 0, 15), (second, 0, 0), (first, 30, 10), (second, 60, 20), (first, 0, 15),
        ):  # fmt: skip
            book_event(corrected(event, minutes, at=town.now), now=town.now)
            assert balance(who) == left
        in_order()

    def test_what_another_person_did_at_the_activity_is_theirs(self, town: Town, who: Volunteer) -> None:
        own, other = served(who, 60, at=town.now, activity=7), volunteer(town, "other")
        for event in (own, served(other, 60, at=town.now, activity=7)):
            book_event(event, now=town.now)
        book_event(corrected(own, 0, at=town.now), now=town.now)
        assert (balance(who), balance(other)) == (0, 15)

    @pytest.mark.parametrize("order", [(0, 1), (1, 0)])
    def test_an_activity_goes_by_the_tariff_of_its_first_service(
        self, town: Town, who: Volunteer, order: tuple[int, ...]
    ) -> None:
        later = town.now + days(2)
        first = served(who, 60, at=town.now, activity=7)
        tariff(town, {"activity": {"points": 9}}, town.now + days(1))
        told = [first, served(who, 60, at=later, activity=7)]
        for place in order:
            book_event(told[place], now=later)
        assert value_of(who, transfer__rule="activity") == 5
        assert balance(who) == 25
        in_order()

    def test_what_is_spent_already_is_owed_and_settled_from_what_comes_in(
        self, town: Town, who: Volunteer
    ) -> None:
        event = earn(who, 60, at=town.now)
        reserve_good(good(town, price=55), volunteer=who, by=who.user, now=town.now)
        book_event(corrected(event, 60, at=town.now), now=town.now)
        assert (balance(who), owed(who)) == (0, 45)
        in_order()
        earn(who, 20, at=town.now + days(1))
        assert (balance(who), owed(who)) == (0, 25)
        earn(who, 40, at=town.now + days(2))
        assert (balance(who), owed(who)) == (15, 0)
        assert lines(who)[-4:] == [("earn", 20), ("owe", -20), ("earn", 40), ("owe", -25)]
        in_order()

    def test_a_correction_up_again_settles_first(self, town: Town, who: Volunteer) -> None:
        event = earn(who, 60, at=town.now)
        reserve_good(good(town, price=60), volunteer=who, by=who.user, now=town.now)
        for minutes in (0, 360):
            book_event(corrected(event, minutes, at=town.now), now=town.now)
        assert (balance(who), owed(who)) == (0, 0)
        in_order()

    def test_nobody_and_the_erased_get_none(self, town: Town) -> None:
        gone = volunteer(town, "gone", state="erased", left_at=town.now)
        left = volunteer(town, "left", state="left", left_at=town.now)
        for one in (gone, left):
            book_event(served(one, 60, at=town.now), now=town.now)
        assert (balance(gone), balance(left)) == (0, 10)


class TestTariff:
    def test_a_change_in_mid_month_holds_for_what_happens_from_then_on(
        self, town: Town, who: Volunteer
    ) -> None:
        change = town.now + days(5)
        tariff(town, {"hours": {"points": 20}}, town.now, effective_from=change)
        before, after = change - timedelta(seconds=1), change
        told = [served(who, 60, at=at, on=at.date()) for at in (before, after)]
        # Both are heard long afterwards, the later one first.
        for event in reversed(told):
            book_event(event, now=town.now + days(20))
        assert sorted(points for _kind, points in lines(who)) == [10, 20]

    def test_a_correction_goes_by_the_tariff_of_the_deed(self, town: Town, who: Volunteer) -> None:
        event = served(who, 60, at=town.now)
        book_event(event, now=town.now)
        tariff(town, {"hours": {"points": 50}}, town.now + days(1))
        book_event(corrected(event, 120, at=town.now + days(2)), now=town.now + days(2))
        assert balance(who) == 20

    def test_a_withdrawn_version_never_held(self, town: Town, who: Volunteer) -> None:
        from grids.actions.policies import withdraw_policy

        later = town.now + days(2)
        version = set_policy(
            town.district, "volunteer_points", {"hours": {"points": 99}},
            by=None, now=town.now, effective_from=later, reason="演示",
        )  # fmt: skip
        withdraw_policy(version, by=None, now=town.now + days(1))
        book_event(served(who, 60, at=later), now=later)
        assert balance(who) == 10

    def test_each_district_has_its_own(self, town: Town, who: Volunteer) -> None:
        west = add_west(town)
        other = volunteer(town, "western", west)
        set_policy(west, "volunteer_points", {"wish": {"points": 1}}, by=None, now=town.now, reason="演示")
        for one in (who, other):
            book_event(fulfilled(one, at=town.now), now=town.now)
        assert (balance(who), balance(other)) == (20, 1)
        assert PointAccount.objects.filter(kind="issued").count() == 2
        in_order()


class TestCaps:
    def test_hours_of_one_day(self, town: Town, who: Volunteer) -> None:
        for minutes, then in ((300, 50), (240, 80), (60, 80)):
            book_event(served(who, minutes, at=town.now), now=town.now)
            assert balance(who) == then

    def test_hours_count_for_the_day_on_which_they_were_served(self, town: Town, who: Volunteer) -> None:
        """A leader who confirms a week at once takes nothing from anybody."""
        for back in range(7):
            event = served(who, 480, at=town.now, on=(town.now - days(back)).date())
            book_event(event, now=town.now)
        assert balance(who) == 7 * 80

    @pytest.mark.parametrize(
        ("moments", "points"),
        [
            # 23:59:59 and midnight in Shanghai; then the border of a UTC day, which is none.
            ((datetime(2026, 3, 10, 15, 59, 59, tzinfo=UTC), datetime(2026, 3, 10, 16, 0, tzinfo=UTC)), 50),
            ((datetime(2026, 3, 10, 23, 59, 59, tzinfo=UTC), datetime(2026, 3, 11, 0, 0, tzinfo=UTC)), 25),
        ],
    )
    def test_the_day_begins_at_midnight_here(
        self, town: Town, who: Volunteer, moments: tuple[datetime, datetime], points: int
    ) -> None:
        tariff(town, {"wish": {"points": 25, "per_day": 25}}, town.now)
        for moment in moments:
            book_event(fulfilled(who, at=moment), now=moment)
        assert balance(who) == points
        in_order()

    def test_everything_together_has_a_bound(self, town: Town, who: Volunteer) -> None:
        for _wish in range(12):
            book_event(fulfilled(who, at=town.now), now=town.now)
        assert balance(who) == 200

    def test_a_correction_stays_within_the_day(self, town: Town, who: Volunteer) -> None:
        long = served(who, 900, at=town.now)
        book_event(long, now=town.now)
        assert balance(who) == 80
        book_event(corrected(long, 600, at=town.now), now=town.now)
        assert balance(who) == 80, "600 minutes still fill the day"
        book_event(corrected(long, 60, at=town.now), now=town.now)
        assert balance(who) == 10
        book_event(served(who, 480, at=town.now), now=town.now)
        assert balance(who) == 80, "the room that it left is free again"


class TestWishes:
    def test_fulfilled_by_a_volunteer(self, town: Town, who: Volunteer) -> None:
        event = fulfilled(who, at=town.now)
        heard(town.now)
        assert (balance(who), earned(who, "wish").about_id) == (20, event.subject_id)

    def test_fulfilled_by_an_organisation_nobody_is_even_asked(self, town: Town) -> None:
        fulfilled(None, at=town.now)
        assert not Delivery.objects.filter(handler="volunteers.points").exists()


def do(town: Town, verb: str, issue: Issue, who: str | None, **inputs: Any) -> Issue:
    by = town.people[who] if who else None
    PERFORM[verb](issue, by=by, now=town.now, **(USUAL.get(verb, {}) | inputs))
    return Issue.objects.get(pk=issue.pk)


class TestIssues:
    @pytest.fixture
    def solved(self, town: Town) -> Callable[..., Issue]:
        def make(reporter: str, **given: Any) -> Issue:
            issue = town.report(by=town.people[reporter], **given)
            do(town, "sign", issue, "grid_worker")
            return do(town, "submit_result", issue, "grid_worker", outcome=given.get("outcome", "solved"))

        return make

    def test_solved_as_the_reporter_says(self, town: Town, solved: Callable) -> None:
        head = volunteer(town, "building_head")
        issue = solved("building_head")
        heard(town.now)
        assert balance(head) == 0
        do(town, "rate", issue, None, answered=True, solved=True, satisfied=True)
        heard(town.now)
        assert (balance(head), earned(head, "closed_issue").about_id) == (5, issue.pk)
        in_order()

    def test_closed_unrated_counts_too_and_only_once(self, town: Town, solved: Callable) -> None:
        from issues.actions.escalate import sweep_once

        head = volunteer(town, "building_head")
        issue = solved("building_head")
        later = town.now + days(30)
        while sweep_once(now=later):
            pass
        assert Issue.objects.get(pk=issue.pk).state == "closed"
        heard(later)
        ends = Event.objects.filter(subject_type="issue", subject_id=issue.pk, data__state="closed")
        for event in ends:
            book_event(event, now=later)
        assert balance(head) == 5

    def test_called_unsolved_it_brings_none(self, town: Town, solved: Callable) -> None:
        head = volunteer(town, "building_head")
        issue = solved("building_head")
        do(town, "rate", issue, None, answered=True, solved=False, satisfied=False)
        do(town, "close", issue, "community_worker")
        heard(town.now)
        assert balance(head) == 0

    @pytest.mark.parametrize(
        "given",
        [{"on_behalf": True}, {"source": "patrol"}, {"source": "visit"}],
        ids=["behalf", "patrol", "visit"],
    )
    def test_what_is_ones_work_brings_none(self, town: Town, solved: Callable, given: dict) -> None:
        head = volunteer(town, "building_head")
        issue = solved("building_head", **given)
        do(town, "rate", issue, None, answered=True, solved=True, satisfied=True)
        heard(town.now)
        assert balance(head) == 0

    def test_nobody_is_paid_for_their_own_result(self, town: Town, solved: Callable) -> None:
        worker = volunteer(town, "grid_worker")
        issue = solved("grid_worker")
        issue = do(town, "rate", issue, None, answered=True, solved=True, satisfied=True)
        assert issue.state == "closed" and issue.outcome == "solved"
        heard(town.now)
        assert balance(worker) == 0

    @pytest.mark.parametrize(
        ("outcome", "points"), [("solved", 5), ("explained", 5), ("not_substantiated", 0)]
    )
    def test_a_spotters_report_counts_when_it_was_accepted(
        self, town: Town, outcome: str, points: int
    ) -> None:
        spotter = volunteer(town, "spotter")
        issue = town.report(by=town.people["spotter"], source="spotter")
        do(town, "sign", issue, "grid_worker")
        do(town, "submit_result", issue, "grid_worker", outcome=outcome)
        do(town, "rate", issue, None, answered=True, solved=True, satisfied=True)
        heard(town.now)
        assert balance(spotter) == points
        assert not PointTransfer.objects.filter(rule="closed_issue").exists()

    def test_who_is_no_volunteer_gets_none(self, town: Town, solved: Callable) -> None:
        issue = solved("building_head")
        do(town, "rate", issue, None, answered=True, solved=True, satisfied=True)
        heard(town.now)
        assert not PointAccount.objects.exists()


class TestReversal:
    def test_by_counter_entry_and_back_again(self, town: Town, who: Volunteer) -> None:
        earn(who, 40, at=town.now)
        by = town.people["community_worker"]
        back = reverse_booking(earned(who), by=by, now=town.now, why="twice")
        assert (balance(who), back.reverses_id, back.kind) == (0, earned(who).pk, "reverse")
        again = reverse_booking(back, by=by, now=town.now, why="mistake")
        assert (balance(who), again.kind) == (40, "restore")
        for done in (earned(who), back, again):
            with pytest.raises(Refused) as no:
                reverse_booking(done, by=by, now=town.now, why="mistake")
            assert no.value.code in {"reversed", "kind"}
        assert lines(who) == [("earn", 40), ("reverse", -40), ("restore", 40)]
        in_order()

    def test_with_what_was_corrected_since(self, town: Town, who: Volunteer) -> None:
        event = earn(who, 40, at=town.now)
        book_event(corrected(event, 60, at=town.now), now=town.now)
        reverse_booking(earned(who), by=None, now=town.now, why="not_done")
        assert (balance(who), owed(who)) == (0, 0)
        book_event(corrected(event, 240, at=town.now), now=town.now)
        assert balance(who) == 0, "what was taken back stays so, whatever the hours are corrected to"
        in_order()

    @pytest.mark.parametrize(("minutes", "left"), [(60, 10), (240, 40), (480, 80), (900, 80)])
    def test_given_back_is_what_the_hours_are_worth_by_then(
        self, town: Town, who: Volunteer, minutes: int, left: int
    ) -> None:
        event = earn(who, 40, at=town.now)
        back = reverse_booking(earned(who), by=None, now=town.now, why="mistake")
        tariff(town, {"hours": {"points": 50}}, town.now + days(1))
        book_event(corrected(event, minutes, at=town.now + days(2)), now=town.now + days(2))
        assert balance(who) == 0
        again = reverse_booking(back, by=None, now=town.now + days(3), why="mistake")
        assert (again.kind, balance(who)) == ("restore", left)
        book_event(corrected(event, 120, at=town.now + days(4)), now=town.now + days(4))
        assert balance(who) == 20, "from then on it is corrected as ever"
        in_order()

    @pytest.mark.parametrize(("rule", "left"), [("hours", 5), ("activity", 20)])
    def test_what_is_worth_nothing_by_then_is_not_given_back(
        self, town: Town, who: Volunteer, rule: str, left: int
    ) -> None:
        event = served(who, 60, at=town.now, activity=7)
        book_event(event, now=town.now)
        back = reverse_booking(earned(who, rule), by=None, now=town.now, why="mistake")
        book_event(corrected(event, 0, at=town.now), now=town.now)
        with pytest.raises(Refused) as no:
            reverse_booking(back, by=None, now=town.now, why="mistake")
        assert (no.value.code, balance(who)) == ("nothing", 0)
        book_event(corrected(event, 120, at=town.now), now=town.now)
        assert balance(who) == left
        reverse_booking(back, by=None, now=town.now, why="mistake")
        assert balance(who) == 25
        in_order()

    def test_a_day_allows_no_more_of_what_is_given_back(self, town: Town, who: Volunteer) -> None:
        earn(who, 40, at=town.now)
        back = reverse_booking(earned(who), by=None, now=town.now, why="mistake")
        earn(who, 60, at=town.now)
        reverse_booking(back, by=None, now=town.now, why="mistake")
        assert balance(who) == 80
        in_order()

    def test_a_wish_that_was_taken_back_is_given_back(self, town: Town, who: Volunteer) -> None:
        book_event(fulfilled(who, at=town.now), now=town.now)
        back = reverse_booking(earned(who, "wish"), by=None, now=town.now, why="mistake")
        reverse_booking(back, by=None, now=town.now, why="mistake")
        assert lines(who) == [("earn", 20), ("reverse", -20), ("restore", 20)]

    def test_what_is_spent_is_owed(self, town: Town, who: Volunteer) -> None:
        earn(who, 40, at=town.now)
        wait = reserve_good(good(town, price=30), volunteer=who, by=who.user, now=town.now)
        back = reverse_booking(earned(who), by=None, now=town.now, why="mistake")
        assert (balance(who), owed(who)) == (0, 30)
        in_order()
        release_redemption(wait, by=who.user, now=town.now)
        assert (balance(who), owed(who)) == (0, 0), "no way round by putting aside and giving up"
        reverse_booking(back, by=None, now=town.now, why="mistake")
        assert balance(who) == 40
        in_order()

    def test_given_back_it_settles_what_is_owed(self, town: Town, who: Volunteer) -> None:
        earn(who, 40, at=town.now)
        reserve_good(good(town, price=30), volunteer=who, by=who.user, now=town.now)
        back = reverse_booking(earned(who), by=None, now=town.now, why="mistake")
        reverse_booking(back, by=None, now=town.now, why="mistake")
        assert (balance(who), owed(who)) == (10, 0)
        in_order()

    @pytest.mark.parametrize(
        ("name", "code"),
        [("far_secretary", "not_allowed"), ("grid_worker", "not_allowed"), ("helper", "own")],
    )
    def test_by_whoever_runs_volunteering_there_and_never_for_oneself(
        self, town: Town, who: Volunteer, name: str, code: str
    ) -> None:
        earn(who, 40, at=town.now)
        if code == "own":
            town.appoint("helper", "community_worker", town.community)
        with pytest.raises(NotAllowed) as no:
            reverse_booking(earned(who), by=town.people[name], now=town.now, why="mistake")
        assert no.value.code == code

    def test_only_deeds_and_only_with_a_reason(self, town: Town, who: Volunteer) -> None:
        earn(who, 40, at=town.now)
        reserve_good(good(town, price=30), volunteer=who, by=who.user, now=town.now)
        for done, why, code in (
            (PointTransfer.objects.get(kind="reserve"), "mistake", "kind"),
            (earned(who), "because", "why"),
        ):
            with pytest.raises(Refused) as no:
                reverse_booking(done, by=None, now=town.now, why=why)
            assert no.value.code == code

    def test_the_person_is_told_why(self, town: Town, who: Volunteer) -> None:
        earn(who, 40, at=town.now)
        reverse_booking(earned(who), by=town.people["community_worker"], now=town.now, why="twice")
        heard(town.now)
        notice = Notice.objects.get(recipient=who.user, key="points.reverse")
        with translation.override("en"):
            said = say(notice.key, notice.params)
        assert said == "40 points were taken back: The same deed was booked twice"
        event = notice.event
        assert set(event.data) == {"rule", "volunteer", "why"}, "how many is told to nobody else"
        assert (event.unit_id, event.district_id) == (who.home_id, town.district.pk)


class TestExpiry:
    @pytest.fixture
    def short(self, town: Town) -> None:
        tariff(town, {"all": {"months": 1}}, town.now - days(20))

    def test_on_the_day_and_once(self, town: Town, who: Volunteer, short: None) -> None:
        earn(who, 40, at=town.now)
        for day, left in ((30, 40), (31, 0), (31, 0), (60, 0)):
            expire_points(now=town.now + days(day))
            assert balance(who) == left, day
        assert lines(who) == [("earn", 40), ("expire", -40)]
        assert PointAccount.objects.get(volunteer=who).expires_next is None
        in_order()

    def test_what_was_spent_was_the_oldest(self, town: Town, who: Volunteer, short: None) -> None:
        earn(who, 40, at=town.now)
        earn(who, 40, at=town.now + days(10))
        reserve_good(good(town, price=50), volunteer=who, by=who.user, now=town.now + days(11))
        expire_points(now=town.now + days(31))
        assert balance(who) == 30
        expire_points(now=town.now + days(41))
        assert balance(who) == 0
        in_order()

    def test_as_shipped_nothing_expires_for_two_years_and_with_zero_never(
        self, town: Town, who: Volunteer
    ) -> None:
        earn(who, 40, at=town.now)
        expire_points(now=town.now + days(729))
        assert balance(who) == 40
        tariff(town, {"all": {"months": 0}}, town.now + days(730))
        earn(who, 30, at=town.now + days(730))
        for _run in range(2):
            expire_points(now=town.now + days(800))
        assert balance(who) == 30
        expire_points(now=town.now + days(5000))
        assert balance(who) == 30

    def test_what_comes_back_too_late_expires_with_the_next_run(
        self, town: Town, who: Volunteer, short: None
    ) -> None:
        earn(who, 40, at=town.now)
        wait = reserve_good(good(town, price=30), volunteer=who, by=who.user, now=town.now + days(29))
        expire_points(now=town.now + days(31))
        assert balance(who) == 0
        release_redemption(wait, by=who.user, now=town.now + days(32))
        assert balance(who) == 30
        expire_points(now=town.now + days(32))
        assert balance(who) == 0
        in_order()

    def test_a_changed_term_does_not_touch_what_came_in_before(self, town: Town, who: Volunteer) -> None:
        earn(who, 40, at=town.now)
        tariff(town, {"all": {"months": 1}}, town.now + days(1))
        earn(who, 30, at=town.now + days(2))
        expire_points(now=town.now + days(40))
        assert balance(who) == 40
        in_order()

    def test_any_history_is_the_same_as_walking_the_lots(
        self, town: Town, who: Volunteer, short: None
    ) -> None:
        """What came in first goes first, and nothing expires twice or on another day."""
        rng, now, offered = Random(7), town.now, good(town, price=7, stock=500)
        lots: list[list[int]] = []
        for _step in range(60):
            now += days(rng.choice([0, 1, 5, 12]))
            what = rng.choice(["earn", "earn", "spend", "run"])
            if what == "earn":
                before = balance(who)
                event = earn(who, rng.randint(1, 30), at=now)
                done = PointTransfer.objects.filter(event=event, kind="earn").first()
                if done:
                    lots.append([done.expires_on.toordinal(), balance(who) - before])
            elif what == "spend" and balance(who) >= 7:
                reserve_good(offered, volunteer=who, by=who.user, now=now)
                left = 7
                for lot in sorted(lots):
                    taken = min(left, lot[1])
                    lot[1], left = lot[1] - taken, left - taken
            else:
                expire_account(who.points.pk, now=now) if lots else None
                today = (now + timedelta(hours=8)).date().toordinal()
                lots = [lot for lot in lots if lot[0] > today]
            assert balance(who) == sum(left for _day, left in lots)
        in_order()

    def test_where_the_term_was_shortened_nothing_expires_before_its_day(
        self, town: Town, who: Volunteer
    ) -> None:
        """What was spent when it was all there was lets a later lot live as long, at most."""
        tariff(town, {"all": {"months": 3}}, town.now)
        earn(who, 30, at=town.now)
        reserve_good(good(town, price=30), volunteer=who, by=who.user, now=town.now)
        tariff(town, {"all": {"months": 1}}, town.now + days(1))
        earn(who, 20, at=town.now + days(1))
        left = {}
        for day in (31, 32, 91, 92, 93):
            expire_points(now=town.now + days(day))
            left[day] = balance(who)
        assert left == {31: 20, 32: 20, 91: 20, 92: 0, 93: 0}
        in_order()

    def test_one_account_in_disorder_does_not_hold_up_the_others(
        self, town: Town, short: None, monkeypatch: pytest.MonkeyPatch, caplog: Any
    ) -> None:
        from volunteers.actions import points

        first, second = volunteers(town, 2)
        for one in (first, second):
            earn(one, 40, at=town.now)
        real, broken = points.expire_account, first.points.pk

        def sometimes(pk: int, *, now: datetime) -> PointTransfer | None:
            if pk == broken:
                raise ArithmeticError("in disorder")
            return real(pk, now=now)

        monkeypatch.setattr(points, "expire_account", sometimes)
        assert points.expire_points(now=town.now + days(31)) == 2
        assert (balance(first), balance(second)) == (40, 0)
        assert f"account {broken}" in caplog.text

    def test_the_tick_gets_past_one_in_disorder(
        self, town: Town, short: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from volunteers import tasks
        from volunteers.actions import points

        people = volunteers(town, 3)
        for one in people:
            earn(one, 40, at=town.now)
        real, tried = points.expire_account, list[int]()

        def sometimes(pk: int, *, now: datetime) -> PointTransfer | None:
            tried.append(pk)
            if pk == people[0].points.pk:
                raise ArithmeticError("in disorder")
            return real(pk, now=now)

        monkeypatch.setattr(points, "expire_account", sometimes)
        monkeypatch.setattr(tasks, "ACCOUNTS", 1)
        tasks.settle_points()
        assert tried == [one.points.pk for one in people]
        assert [balance(one) for one in people] == [40, 0, 0]

    def test_the_person_is_told(self, town: Town, who: Volunteer, short: None) -> None:
        earn(who, 40, at=town.now)
        expire_points(now=town.now + days(31))
        heard(town.now + days(31))
        notice = Notice.objects.get(recipient=who.user)
        with translation.override("en"):
            assert say(notice.key, notice.params) == "40 points have expired"


class TestReading:
    def test_points_are_their_owners_alone(self, town: Town, who: Volunteer) -> None:
        from django.contrib.auth.models import AnonymousUser

        nobody = volunteer(town, "kept", user=None)
        for one in (who, nobody):
            earn(one, 40, at=town.now)
        root = town.person("root")
        root.is_superuser = True
        root.save()
        for model in (PointAccount, PointTransfer, PointEntry):
            assert model.objects.visible_to(who.user, town.now).count() == 1
            others = (AnonymousUser(), root, *(town.people[name] for name in town.people if name != "helper"))
            for other in others:
                assert not model.objects.visible_to(other, town.now).exists(), other

    def test_the_passbook(self, town: Town, who: Volunteer, django_assert_num_queries: Any) -> None:
        for points in (10, 20):
            earn(who, points, at=town.now)
        account = PointAccount.objects.get(volunteer=who)
        with django_assert_num_queries(1):
            passbook = PointEntry.objects.passbook(account)
            rows = [(row.transfer.rule, row.amount, row.balance) for row in passbook]
        assert rows == [("hours", 20, 30), ("hours", 10, 10)]

    def test_sums_of_communities_and_teams_never_of_few(self, town: Town) -> None:
        near = volunteers(town, 6, "near")
        far = volunteers(town, 3, "far_away", town.far_grid)
        for one in (*near, *far):
            earn(one, 30, at=town.now)
        team = Team.objects.create(
            name="演示队", topic="other", unit=town.community, opened_at=town.now, **_lineage(town.community)
        )
        for number, one in enumerate(near):
            left = town.now if number > 2 else None
            Membership.objects.create(team=team, volunteer=one, joined_at=town.now, left_at=left)
        first = last = town.now.date()
        at_home = Place(town.community.pk, town.street.pk, 180, 6)
        far_away = Place(town.far_community.pk, town.far_community.street_id, 90, 3)
        of_team = Place(team.pk, town.community.pk, 90, 3)
        ranked = partial(ranked_places, town.district.pk)
        assert ranked(first, last) == ([at_home, far_away], [of_team])
        assert ranked(first + days(1), last + days(1)) == ([], [])
        reverse_booking(earned(near[0]), by=None, now=town.now, why="mistake")
        assert ranked(first, last)[0][0].points == 150

    def test_nor_what_is_left_of_the_others(self, town: Town) -> None:
        """Two are hidden, and so are the four: the district's sum less theirs would be the two's; five of a community less
        the four of a team would be one."""
        people = volunteers(town, 5, "near")
        first = last = town.now.date()
        team = Team.objects.create(
            name="演示队", topic="other", unit=town.community, opened_at=town.now, **_lineage(town.community)
        )
        for one in people:
            earn(one, 30, at=town.now)
        for one in people[:4]:
            Membership.objects.create(team=team, volunteer=one, joined_at=town.now)
        communities, teams = ranked_places(town.district.pk, first, last)
        assert (len(communities), teams) == (1, [])
        for one in volunteers(town, 2, "far_away", town.far_grid):
            earn(one, 30, at=town.now)
        assert ranked_places(town.district.pk, first, last)[0] == []

    def test_who_is_in_two_teams_counts_once_in_each_and_in_none_that_they_left(self, town: Town) -> None:
        people = volunteers(town, 6)
        for one in people:
            earn(one, 20, at=town.now)
            earn(one, 10, at=town.now)
        where = {"topic": "other", "unit": town.community, "opened_at": town.now} | _lineage(town.community)
        all_of_them, three, over = (
            Team.objects.create(name=name, **where, **more)
            for name, more in (("演示大队", {}), ("演示小队", {}), ("演示旧队", {"closed_at": town.now}))
        )
        for number, one in enumerate(people):
            left = town.now if number > 2 else None
            for team, until in ((all_of_them, None), (three, left), (three, town.now), (over, None)):
                Membership.objects.create(team=team, volunteer=one, joined_at=town.now, left_at=until)
        day = town.now.date()
        assert ranked_places(town.district.pk, day, day)[1] == [
            Place(all_of_them.pk, town.community.pk, 180, 6),
            Place(three.pk, town.community.pk, 90, 3),
        ]

    def test_rankings_show_who_chose_it_under_an_alias(self, town: Town, who: Volunteer) -> None:
        other = volunteer(town, "other", alias="向日葵")
        for one, points in ((who, 30), (other, 20)):
            earn(one, points, at=town.now)
        day = town.now.date()
        ranked = partial(PointAccount.objects.ranked, town.district.pk, day, day)
        assert ranked() == []
        choose_ranking(other, shown=True, by=other.user, now=town.now)
        assert ranked() == [("向日葵", 20)]
        with pytest.raises(Refused) as no:
            choose_ranking(who, shown=True, by=who.user, now=town.now)
        assert no.value.code == "alias"
        with pytest.raises(NotAllowed):
            choose_ranking(other, shown=False, by=who.user, now=town.now)
        choose_ranking(other, shown=False, by=other.user, now=town.now)
        assert ranked() == []


def _lineage(unit: Any) -> dict[str, Any]:
    lineage = unit.lineage()
    return {key: lineage[key] for key in ("district_id", "street_id", "community_id")}


def test_what_else_happens_is_heard_by_nobody(town: Town, who: Volunteer) -> None:
    event = record_event("service", 5, "propose", by=None, now=town.now, data={"volunteer": who.pk})
    assert book_event(event, now=town.now) == []
    assert not Delivery.objects.filter(event=event, handler="volunteers.points").exists()


def test_every_verb_has_words(town: Town, who: Volunteer) -> None:
    from volunteers.notices.points import STEPS, TOLD

    assert set(TOLD) == set(SUBJECTS["points"].verbs)
    assert set(STEPS) | {"reserve"} == set(SUBJECTS["redemption"].verbs)
