"""Hours: handed in, confirmed by somebody else, not accepted, put right with both values kept, settled."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from grids.standing import forget_standings
from tests.builders import Town
from tests.volunteers.hours_builders import (
    AHEAD,
    a_shift,
    after,
    first_shift,
    handed_in,
    held,
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
from volunteers.actions.activities import end_activity
from volunteers.actions.attendance import check_in, check_out
from volunteers.actions.corrections import ask_correction, decide_correction
from volunteers.actions.hours import (
    confirm_hours,
    confirm_service,
    propose_again,
    propose_hours,
    propose_service,
    refuse_service,
)
from volunteers.actions.settling import settle_activity
from volunteers.models import Activity, Correction, Service, Volunteer


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


@pytest.fixture
def worker(town: Town) -> Any:
    return town.people["community_worker"]


@pytest.fixture
def secretary(town: Town) -> Any:
    return town.people["community_secretary"]


class TestHandingIn:
    def test_by_check_in_and_check_out_else_to_the_end(self, town: Town, worker: Any) -> None:
        activity, people = opened(town, a_shift(town, places=4)), [some_volunteer(town) for _one in range(4)]
        rows, start = [join(town, activity, one) for one in people], town.now + AHEAD
        check_in(rows[0], by=worker, now=start)
        check_in(rows[1], by=worker, now=start + timedelta(minutes=15))
        check_in(rows[2], by=worker, now=start)
        check_out(rows[2], by=worker, now=start + timedelta(minutes=30, seconds=59))
        end_activity(activity, by=worker, now=after(town))
        made = propose_hours(activity, by=worker, now=after(town))
        assert [(one.volunteer_id, one.minutes, one.source) for one in made] == [
            (people[0].pk, 120, "shift"), (people[1].pk, 105, "shift"), (people[2].pk, 30, "checked"),
        ]  # fmt: skip
        assert {one.on for one in made} == {date(2026, 3, 11)}
        assert {(one.community_id, one.district_id) for one in made} == {
            (town.community.pk, town.district.pk)
        }

    def test_the_day_is_that_of_shanghai(self, town: Town, worker: Any) -> None:
        """A shift from 23:00 to 1:00: all of it on the day on which it began there."""
        late = a_shift(town, timedelta(hours=14))
        activity, who = opened(town, late), some_volunteer(town)
        check_in(join(town, activity, who), by=worker, now=late.starts_at)
        end_activity(activity, by=worker, now=late.ends_at)
        (service,) = propose_hours(activity, by=worker, now=late.ends_at)
        assert (service.on, service.minutes) == (date(2026, 3, 11), 120)

    def test_again_only_what_is_said_otherwise(self, town: Town, worker: Any, secretary: Any) -> None:
        people = [some_volunteer(town) for _one in range(2)]
        first, second = handed_in(town, *people)
        activity, now = first.activity, after(town)
        assert propose_hours(activity, by=worker, now=now) == [first, second]
        assert verbs("service", first.pk) == ["propose"]
        propose_hours(activity, by=worker, now=now, minutes={first.sign_up_id: 90})
        first.refresh_from_db()
        assert (first.minutes, first.source) == (90, "set")
        assert verbs("service", first.pk) == ["propose", "propose"] and verbs("service", second.pk) == [
            "propose"
        ]
        confirm_service(first, by=secretary, now=now)
        assert (
            refused(propose_hours, activity, by=worker, now=now, minutes={first.sign_up_id: 80}) == "sign_up"
        )
        assert refused(propose_hours, activity, by=worker, now=now, minutes={0: 80}) == "sign_up"
        for wrong in (-1, 1441):
            minutes = {second.sign_up_id: wrong}
            assert refused(propose_hours, activity, by=worker, now=now, minutes=minutes) == "minutes"

    def test_as_many_statements_for_many_as_for_few(self, town: Town, worker: Any, secretary: Any) -> None:
        counted = []
        for number in (4, 9):
            activity = held(town, *many_volunteers(town, number))
            forget_standings()
            with CaptureQueriesContext(connection) as asked:
                propose_hours(activity, by=worker, now=after(town))
                confirm_hours(activity, by=secretary, now=after(town))
                settle_activity(activity, by=worker, now=after(town))
            counted.append(len(asked))
            assert activity.services.confirmed().count() == number
        assert counted[0] == counted[1]


class TestTwoSteps:
    def test_not_by_whoever_handed_it_in(self, town: Town, worker: Any, secretary: Any) -> None:
        (service,) = handed_in(town, some_volunteer(town))
        with pytest.raises(NotAllowed) as caught:
            confirm_service(service, by=worker, now=after(town))
        assert caught.value.code == "own_proposal"
        assert refused(confirm_hours, service.activity, by=worker, now=after(town)) == "own_proposal"
        done = confirm_service(service, by=secretary, now=after(town))
        assert (done.state, done.decided_by) == ("confirmed", secretary)
        told = last_event("service", service.pk)
        assert (told.verb, told.data) == (
            "confirm",
            {
                "volunteer": service.volunteer_id,
                "minutes": 120,
                "on": "2026-03-11",
                "activity": service.activity_id,
            },
        )
        assert refused(confirm_service, service, by=secretary, now=after(town)) == "decided"

    def test_nobody_confirms_their_own(self, town: Town, worker: Any, secretary: Any) -> None:
        """The secretary volunteers too: the others' hours they confirm, their own wait for the street."""
        mine, other = some_volunteer(town, "community_secretary"), some_volunteer(town)
        services = handed_in(town, mine, other)
        activity, now = services[0].activity, after(town)
        assert [one.volunteer for one in confirm_hours(activity, by=secretary, now=now)] == [other]
        assert refused(confirm_hours, activity, by=secretary, now=now) == "own_hours"
        assert refused(confirm_service, services[0], by=secretary, now=now) == "own_hours"
        assert refused(refuse_service, services[0], reason="演示:没来", by=secretary, now=now) == "own_hours"
        assert refused(settle_activity, activity, by=secretary, now=now) == "to_confirm"
        confirm_service(services[0], by=town.people["street_leader"], now=now)
        assert settle_activity(activity, by=secretary, now=now).state == "settled"

    def test_the_leader_hands_in_and_does_not_confirm(self, town: Town, secretary: Any) -> None:
        leader, now = some_volunteer(town, "leader"), after(town)
        activity = held(town, some_volunteer(town), leader, team=some_team(town, leader))
        propose_hours(activity, by=leader.user, now=now)
        assert refused(confirm_hours, activity, by=leader.user, now=now) == "not_yours"
        assert len(confirm_hours(activity, by=secretary, now=now)) == 2

    def test_the_database_holds_it_too(self, town: Town, worker: Any) -> None:
        (service,) = handed_in(town, some_volunteer(town))
        change = Service.objects.filter(pk=service.pk).update
        for wrong in (
            {"state": "confirmed", "decided_by": worker, "decided_at": town.now},
            {"state": "confirmed"},
            {"decided_by": worker},
            {"minutes": 1441},
        ):
            with pytest.raises(IntegrityError), transaction.atomic():
                change(**wrong)

    def test_only_some(self, town: Town, secretary: Any) -> None:
        first, second = handed_in(town, some_volunteer(town), some_volunteer(town))
        activity = first.activity
        assert confirm_hours(activity, by=secretary, now=after(town), only=[second.pk]) == [second]
        assert refused(confirm_hours, activity, by=secretary, now=after(town), only=[second.pk]) == "nothing"

    def test_what_is_not_accepted_does_not_count(self, town: Town, worker: Any, secretary: Any) -> None:
        who = some_volunteer(town)
        (service,) = handed_in(town, who)
        assert refused(refuse_service, service, reason="", by=secretary, now=after(town)) == "text"
        refuse_service(service, reason="演示:名字写错了", by=secretary, now=after(town))
        assert Service.objects.filter(volunteer=who).minutes() == 0
        assert settle_activity(service.activity, by=worker, now=after(town)).state == "settled"
        told = last_event("service", service.pk)
        assert told.verb == "refuse" and "演示" not in str(told.data)


class TestAgain:
    """Hours that were not accepted, by mistake or since they were wrong."""

    def test_handed_in_anew_and_confirmed_by_somebody_else(
        self, town: Town, worker: Any, secretary: Any
    ) -> None:
        who, now = some_volunteer(town), after(town)
        (service,) = handed_in(town, who)
        refuse_service(service, reason="演示:记错了人", by=secretary, now=now)
        again = propose_again(service, minutes=90, by=worker, now=now)
        assert (again.state, again.minutes, again.source, again.version) == ("proposed", 90, "set", 3)
        assert (again.decided_by, again.decided_at, again.reason) == (None, None, "")
        assert verbs("service", service.pk) == ["propose", "refuse", "propose"]
        told = last_event("activity", service.activity_id)
        assert (told.verb, told.data["count"], told.data["minutes"]) == ("propose", 1, 90)
        assert refused(settle_activity, service.activity, by=worker, now=now) == "to_confirm"
        assert refused(confirm_service, again, by=worker, now=now) == "own_proposal"
        confirm_service(again, by=secretary, now=now)
        assert Service.objects.filter(volunteer=who).minutes() == 90

    def test_by_those_alone_who_hand_them_in(self, town: Town, secretary: Any) -> None:
        leader, who, now = some_volunteer(town, "leader"), some_volunteer(town), after(town)
        activity = held(town, who, team=some_team(town, leader))
        (service,) = propose_hours(activity, by=leader.user, now=now)
        call = {"minutes": 60, "now": now}
        assert refused(propose_again, service, by=leader.user, **call) == "state"
        refuse_service(service, reason="演示:记错了", by=secretary, now=now)
        for by in (who.user, town.people["far_secretary"]):
            assert refused(propose_again, service, by=by, **call) == "not_yours"
        for wrong in (-1, 1441):
            assert refused(propose_again, service, by=leader.user, minutes=wrong, now=now) == "minutes"
        # Handing in the rest leaves it as it is.
        assert propose_hours(activity, by=leader.user, now=now) == []
        assert propose_again(service, by=leader.user, **call).proposed_by == leader.user

    def test_not_once_it_is_settled_nor_beside_any_activity(
        self, town: Town, worker: Any, secretary: Any
    ) -> None:
        who, now = some_volunteer(town), after(town)
        (service,) = handed_in(town, who)
        refuse_service(service, reason="演示:没来", by=secretary, now=now)
        settle_activity(service.activity, by=worker, now=now)
        assert refused(propose_again, service, minutes=60, by=worker, now=now) == "state"
        beside = propose_service(
            who, on=town.now.date(), minutes=5, what="演示:值守", unit=town.community, by=worker, now=now
        )
        refuse_service(beside, reason="演示:没来", by=secretary, now=now)
        assert refused(propose_again, beside, minutes=60, by=worker, now=now) == "state"


class TestBeside:
    def test_by_the_person_or_for_them(self, town: Town, worker: Any, secretary: Any) -> None:
        who, today = some_volunteer(town), town.now.date()
        given = {
            "on": today,
            "minutes": 45,
            "what": "演示:陪老人看病",
            "unit": town.community,
            "now": town.now,
        }
        own = propose_service(who, by=who.user, **given)
        assert refused(confirm_service, own, by=who.user, now=town.now) == "not_allowed"
        confirm_service(own, by=worker, now=town.now)
        for_them = propose_service(who, by=secretary, **given)
        assert refused(confirm_service, for_them, by=secretary, now=town.now) == "own_proposal"
        assert refused(propose_service, who, by=some_volunteer(town).user, **given) == "not_allowed"
        assert Service.objects.filter(volunteer=who).minutes() == 45
        for wrong, code in (
            ({"on": today + timedelta(days=1)}, "on"),
            ({"on": today - timedelta(days=367)}, "on"),
            ({"minutes": 0}, "minutes"),
            ({"minutes": 1441}, "minutes"),
            ({"what": " "}, "text"),
        ):
            assert refused(propose_service, who, by=who.user, **(given | wrong)) == code
        Volunteer.objects.filter(pk=who.pk).update(state="left", left_at=town.now)
        assert refused(propose_service, who, by=who.user, **given) == "volunteer"

    def test_a_visitor_is_not_whoever_has_no_account(self, town: Town) -> None:
        old = some_volunteer(town, account=False)
        given = {"on": town.now.date(), "minutes": 5, "what": "演示:值守", "unit": town.community}
        nobody = User(username="nobody")
        assert refused(propose_service, old, by=nobody, now=town.now, **given) == "not_allowed"

    def test_a_worker_who_volunteers_does_not_confirm_their_own(self, town: Town, worker: Any) -> None:
        me = some_volunteer(town, "community_worker")
        service = propose_service(
            me, on=town.now.date(), minutes=10, what="演示:值班", unit=town.community, by=worker, now=town.now
        )
        assert refused(confirm_service, service, by=worker, now=town.now) == "own_hours"


class TestCorrections:
    def confirmed(self, town: Town, who: Volunteer) -> Service:
        (service,) = handed_in(town, who)
        return confirm_service(service, by=town.people["community_secretary"], now=after(town))

    def test_both_values_are_kept(self, town: Town, secretary: Any) -> None:
        who = some_volunteer(town)
        service, now = self.confirmed(town, who), after(town)
        asked = ask_correction(service, minutes=150, reason="演示:多做了半小时", by=who.user, now=now)
        assert Service.objects.filter(volunteer=who).minutes() == 120, "asking changes nothing"
        decide_correction(asked, granted=True, by=secretary, now=now)
        row = Correction.objects.get()
        assert (row.was, row.minutes, row.state, row.asked_by, row.decided_by) == (
            120, 150, "granted", who.user, secretary,
        )  # fmt: skip
        assert Service.objects.filter(volunteer=who).minutes() == 150
        told = last_event("service", service.pk)
        assert (told.verb, told.data) == (
            "correct", {"volunteer": who.pk, "minutes": 150, "was": 120, "on": "2026-03-11"},
        )  # fmt: skip
        again = ask_correction(service, minutes=0, reason="演示:没有来", by=secretary, now=now)
        decide_correction(again, granted=True, by=town.people["community_worker"], now=now)
        assert [(one.was, one.minutes) for one in Correction.objects.order_by("pk")] == [(120, 150), (150, 0)]
        assert Service.objects.filter(volunteer=who).minutes() == 0

    def test_not_granted_everything_stays(self, town: Town, secretary: Any) -> None:
        who = some_volunteer(town)
        service = self.confirmed(town, who)
        asked = ask_correction(service, minutes=600, reason="演示:更久", by=who.user, now=after(town))
        decide_correction(asked, granted=False, by=secretary, now=after(town))
        assert Service.objects.filter(volunteer=who).minutes() == 120
        assert refused(decide_correction, asked, granted=True, by=secretary, now=after(town)) == "decided"
        assert verbs("service", service.pk)[-2:] == ["ask_correction", "refuse_correction"]

    def test_who_may_ask_and_who_decides(self, town: Town, worker: Any, secretary: Any) -> None:
        who, now = some_volunteer(town), after(town)
        service = self.confirmed(town, who)
        call = {"minutes": 60, "reason": "演示:早走", "now": now}
        assert refused(ask_correction, service, by=some_volunteer(town).user, **call) == "not_allowed"
        assert refused(ask_correction, service, by=town.people["far_secretary"], **call) == "not_allowed"
        asked = ask_correction(service, by=worker, **call)
        assert refused(ask_correction, service, by=who.user, **call) == "asked"
        assert refused(decide_correction, asked, granted=True, by=worker, now=now) == "own_proposal"
        assert refused(decide_correction, asked, granted=True, by=who.user, now=now) == "not_allowed"
        decide_correction(asked, granted=True, by=secretary, now=now)

    def test_nobody_decides_on_their_own_time(self, town: Town, worker: Any) -> None:
        me = some_volunteer(town, "community_worker")
        service = propose_service(
            me,
            on=town.now.date(),
            minutes=10,
            what="演示:值班",
            unit=town.community,
            by=town.people["community_secretary"],
            now=town.now,
        )
        confirm_service(service, by=town.people["street_leader"], now=town.now)
        asked = ask_correction(
            service, minutes=99, reason="演示:记错了", by=town.people["community_secretary"], now=town.now
        )
        assert refused(decide_correction, asked, granted=True, by=worker, now=town.now) == "own_hours"

    def test_what_is_no_correction(self, town: Town, secretary: Any) -> None:
        who, now = some_volunteer(town), after(town)
        (service,) = handed_in(town, who)
        call = {"by": who.user, "now": now, "reason": "演示:记错了"}
        assert refused(ask_correction, service, minutes=60, **call) == "state"
        confirm_service(service, by=secretary, now=now)
        assert refused(ask_correction, service, minutes=120, **call) == "same"
        assert refused(ask_correction, service, minutes=-1, **call) == "minutes"
        assert refused(ask_correction, service, minutes=1441, **call) == "minutes"
        assert refused(ask_correction, service, minutes=60, **(call | {"reason": "x"})) == "text"


class TestSight:
    def test_ones_own_and_those_that_one_runs(self, town: Town, worker: Any) -> None:
        leader, who, now = some_volunteer(town, "leader"), some_volunteer(town), after(town)
        activity = held(town, who, team=some_team(town, leader))
        (service,) = propose_hours(activity, by=leader.user, now=now)
        ask = Service.objects
        for user in (who.user, leader.user, worker, town.people["street_leader"]):
            assert list(ask.visible_to(user, now)) == [service]
        nobody = (
            town.people["far_secretary"],
            town.people["spotter"],
            some_volunteer(town).user,
            AnonymousUser(),
        )
        for user in nobody:
            assert not ask.visible_to(user, now).exists()
            assert not activity.sign_ups.visible_to(user, now).exists()
        assert activity.sign_ups.visible_to(who.user, now).count() == 1
        assert activity.sign_ups.visible_to(leader.user, now).count() == 1

    def test_a_draft_is_for_those_who_run_it(self, town: Town, worker: Any) -> None:
        leader, now = some_volunteer(town, "leader"), town.now
        made = opened(town, team=some_team(town, leader))
        found = Activity.objects.visible_to
        everybody = (AnonymousUser(), town.people["far_secretary"], some_volunteer(town).user)
        assert all(found(user, now).filter(pk=made.pk).exists() for user in everybody)
        Activity.objects.filter(pk=made.pk).update(state="draft", opened_at=None)
        assert not any(found(user, now).exists() for user in everybody)
        assert all(found(user, now).exists() for user in (leader.user, worker))
        Activity.objects.filter(pk=made.pk).update(state="open", opened_at=now)

    def test_served_between_two_days(self, town: Town, secretary: Any) -> None:
        who = some_volunteer(town)
        (service,) = handed_in(town, who)
        confirm_service(service, by=secretary, now=after(town))
        served = Service.objects.served
        assert served(who.pk, date(2026, 3, 11), date(2026, 3, 11)) == (120, 1)
        assert served(who.pk, date(2026, 3, 12), date(2026, 12, 31)) == (0, 0)

    def test_what_came_to_nothing_is_served_nowhere(self, town: Town, worker: Any, secretary: Any) -> None:
        """Nor do such people count when the activity is settled."""
        who, other = some_volunteer(town), some_volunteer(town)
        activity = held(town, who, other)
        first, _second = activity.sign_ups.order_by("pk")
        propose_hours(activity, by=worker, now=after(town), minutes={first.pk: 0})
        confirm_hours(activity, by=secretary, now=after(town))
        served = Service.objects.served
        days = date(2026, 3, 1), date(2026, 3, 31)
        assert (served(who.pk, *days), served(other.pk, *days)) == ((0, 0), (120, 1))
        settle_activity(activity, by=worker, now=after(town))
        assert last_event("activity", activity.pk).data["people"] == 1


class TestBackToTheIssue:
    def test_whoever_has_it_gets_a_line_and_others_a_notice(self, town: Town) -> None:
        from issues.models import Note
        from volunteers.actions.activities import NewShift, ask_volunteers, open_activity

        worker, now = town.people["community_worker"], town.now
        for category, noted in (("noise", True), ("road", False)):
            issue = town.report(category)
            shift = NewShift(now + AHEAD, after(town), 3)
            activity = ask_volunteers(
                issue, title="演示:劝导", what="演示:楼道劝导", shifts=[shift], by=worker, now=now
            )
            assert (activity.issue_id, activity.community_id) == (issue.pk, town.community.pk)
            open_activity(activity, by=worker, now=now)
            row = join(town, activity, some_volunteer(town))
            check_in(row, by=worker, now=first_shift(activity).starts_at)
            end_activity(activity, by=worker, now=after(town))
            propose_hours(activity, by=worker, now=after(town))
            confirm_hours(activity, by=town.people["community_secretary"], now=after(town))
            settle_activity(activity, by=worker, now=after(town), result="演示:已劝导")
            told = last_event("activity", activity.pk)
            assert told.verb == "report"
            assert told.data == {
                "state": "settled", "issue": issue.pk, "noted": noted, "minutes": 120, "people": 1,
            }  # fmt: skip
            assert Note.objects.filter(issue=issue, text="演示:劝导: 演示:已劝导").exists() is noted

    def test_not_for_an_issue_that_one_does_not_see_nor_for_one_that_has_ended(self, town: Town) -> None:
        from volunteers.actions.activities import ask_volunteers

        issue, complaint = town.report("noise"), town.report("noise", about=town.grid)
        given = {"title": "演示", "what": "演示:帮忙", "shifts": [a_shift(town)], "now": town.now}
        assert refused(ask_volunteers, issue, by=town.people["far_secretary"], **given) == "not_yours"
        code = refused(ask_volunteers, complaint, by=town.people["community_worker"], **given)
        assert code in {"person", "not_yours"}
        type(issue).objects.filter(pk=issue.pk).update(state="closed", owner_unit=None, due_at=None)
        assert refused(ask_volunteers, issue, by=town.people["community_worker"], **given) == "issue_ended"
