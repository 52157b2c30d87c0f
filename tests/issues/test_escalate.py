"""Escalation, as it is lived: who is asked, when, and what becomes of it then. Times in Shanghai."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from calendars.models import CalendarDay
from calendars.worktime import working_hours
from grids.actions.policies import set_policy
from grids.actions.posts import end_post
from grids.models import Post
from issues.actions import PERFORM
from issues.actions.escalate import fire_due, note_vacancies, sweep_once
from issues.ladder import RUNGS
from issues.models import Callee, Concern, Deadline, Issue
from issues.worktimes import forget_worktimes
from tests.builders import Town
from tests.issues.acting import USUAL, Acting, events, last
from tests.issues.invariants import check_invariants
from trail.models import Event
from trail.refusals import NotAllowed

SHANGHAI = ZoneInfo("Asia/Shanghai")
RUNG_KEYS = {rung.key for rung in RUNGS}


def at(text: str) -> datetime:
    """«03-11 14:00» of 2026."""
    return datetime.fromisoformat(f"2026-{text}:00+08:00".replace(" ", "T"))


def ticks(act: Acting, issue: Issue, until: datetime) -> Iterator[tuple[str, str, str]]:
    """Sweep whenever something is due: (moment, what fired, who owns it then)."""
    while True:
        due = Deadline.objects.open().filter(issue=issue).order_by("due_at").first()
        if due is None or due.due_at > until:
            return
        act.now = max(act.now, due.due_at)
        seen, rungs = Issue.objects.get(pk=issue.pk).version, Deadline.objects.due(act.now).count()
        assert act.sweep() == rungs
        issue.refresh_from_db()
        assert issue.version == seen + rungs, "one rung, one event"
        for verb in events(issue)[-rungs:]:
            yield f"{act.now.astimezone(SHANGHAI):%m-%d %H:%M}", verb, issue.owner.name


def test_nobody_answers_and_it_climbs_rung_by_rung_to_the_district(town: Town, act: Acting) -> None:
    """A resident reports in a building on Tuesday at ten, and nobody ever answers."""
    issue = town.report()
    assert list(ticks(act, issue, at("03-28 00:00"))) == [
        ("03-10 12:00", "call_deputy", "第一网格"),
        ("03-10 14:30", "climb", "天光社区"),
        ("03-10 16:30", "call_deputy", "天光社区"),
        ("03-10 17:30", "climb", "新发街道"),
        ("03-11 11:42", "remind", "新发街道"),
        ("03-11 14:00", "call_deputy", "新发街道"),
        ("03-11 16:00", "climb", "宽城区"),
        ("03-12 15:42", "remind", "宽城区"),
        ("03-12 17:30", "call_deputy", "宽城区"),
        ("03-13 13:45", "board", "宽城区"),
        ("03-20 17:30", "board", "宽城区"),
        ("03-27 17:30", "board", "宽城区"),
    ]
    assert issue.state == "assigned"
    # Whoever takes it at last can still bring it to an end.
    assert (
        act("submit_result", act("sign", issue, "district_dispatcher"), "second_dispatcher").state
        == "resolved"
    )


def test_each_rung_says_who_was_asked_and_who_stands_above(town: Town, act: Acting) -> None:
    issue = town.report()
    list(ticks(act, issue, at("03-10 17:30")))
    told = [
        (event.verb, event.data["asked"], event.data["above"], event.data["clock"])
        for event in Event.objects.about("issue", issue.pk).filter(verb__in=RUNG_KEYS)
    ]
    grid, community, street = ({"unit": town.units[level].pk} for level in ("grid", "community", "street"))
    assert told == [
        ("call_deputy", grid, community["unit"], "sign"),
        ("climb", grid, community["unit"], "sign"),
        ("call_deputy", community, street["unit"], "sign"),
        ("climb", community, street["unit"], "sign"),
    ]
    assert not Event.objects.about("issue", issue.pk).filter(verb__in=RUNG_KEYS).exclude(actor=None).exists()


def test_unscreened_it_climbs_too_and_the_level_above_screens(town: Town, act: Acting) -> None:
    issue = town.report("other")
    assert [verb for _at, verb, _who in ticks(act, issue, at("03-10 14:30"))] == ["call_deputy", "climb"]
    assert (issue.state, issue.owner) == ("reported", town.street)
    screened = act("screen", issue, "street_dispatcher", category=town.categories["litter"])
    assert screened.owner == town.grid


def test_the_promised_date_moves_when_it_climbs_and_the_event_says_so(town: Town, act: Acting) -> None:
    issue = town.report()
    promised = issue.promised_at
    list(ticks(act, issue, at("03-10 14:30")))
    assert issue.promised_at > promised
    assert last(issue).data["promised_at"] == issue.promised_at.isoformat()
    signed = act("sign", issue, "community_worker")
    assert signed.due_at == signed.promised_at == issue.promised_at


class TestDeputy:
    def test_called_before_anybody_above_and_may_act_from_then_on(self, town: Town, act: Acting) -> None:
        issue, deputy = town.report(), town.people["grid_worker_deputy"]
        assert not Issue.objects.visible_to(deputy, act.now).exists()
        assert isinstance(act.refused("sign", issue, "grid_worker_deputy"), NotAllowed)
        list(ticks(act, issue, at("03-10 12:00")))
        assert list(Issue.objects.visible_to(deputy, act.now)) == [issue]
        assert act("sign", issue, "grid_worker_deputy").state == "handling"

    def test_not_any_more_once_it_has_climbed(self, town: Town, act: Acting) -> None:
        issue = town.report()
        list(ticks(act, issue, at("03-10 14:30")))
        assert isinstance(act.refused("sign", issue, "grid_worker_deputy"), NotAllowed)

    def test_only_those_of_the_place_asked(self, town: Town, act: Acting) -> None:
        issue = town.report()
        list(ticks(act, issue, at("03-10 12:00")))
        called = Concern.objects.filter(issue=issue).values_list("user", flat=True)
        assert list(called) == [town.people["grid_worker_deputy"].pk]

    def test_of_a_silent_body(self, town: Town, act: Acting) -> None:
        issue = act("dispatch", town.report("permit"), "district_dispatcher", body=town.department)
        list(ticks(act, issue, issue.due_at))
        assert act("sign", issue, "body_officer_deputy").state == "handling"


class TestVacancies:
    def test_a_vacant_grid_is_asked_through_the_community_and_climbs_all_the_same(
        self, town: Town, act: Acting
    ) -> None:
        for name in ("grid_worker", "grid_chief"):
            end_post(town.posts[name], by=None, now=act.now)
        issue = town.report()
        assert [verb for _at, verb, _who in ticks(act, issue, at("03-10 14:30"))] == ["call_deputy", "climb"]
        assert issue.owner == town.community

    def test_a_district_behind_which_nobody_stands_is_recorded_hourly(self, town: Town, act: Acting) -> None:
        assert note_vacancies(now=act.now) == 0
        # No action lets it come to this; accounts may be closed all the same.
        User.objects.filter(pk__in=Post.objects.filter(unit=town.district).values("user")).update(
            is_active=False
        )
        assert note_vacancies(now=act.now) == 0, "nothing is open there"
        town.report()
        assert note_vacancies(now=act.now) == 1
        event = Event.objects.filter(verb="vacant_root").get()
        assert (event.subject_type, event.subject_id) == ("unit", town.district.pk)


class TestSignedButLate:
    def test_is_reminded_then_chased_every_working_day_and_never_climbs(
        self, town: Town, act: Acting
    ) -> None:
        issue = act.handling("noise", "community_worker")
        # Until Friday's close it is 28.5 working hours; four fifths of them are over on Friday at 10:18.
        told = list(ticks(act, issue, at("03-18 17:30")))
        assert told == [
            ("03-13 10:18", "remind", "天光社区"),
            ("03-13 17:30", "chase", "天光社区"),
            ("03-16 17:30", "chase", "天光社区"),
            ("03-17 17:30", "chase", "天光社区"),
            ("03-18 17:30", "chase", "天光社区"),
        ]
        assert (issue.state, issue.owner) == ("handling", town.community)
        assert last(issue).data["above"] == town.street.pk

    def test_the_level_above_sees_it_as_late(self, town: Town, act: Acting) -> None:
        issue = act.handling("noise", "community_worker")
        act.now = issue.due_at + timedelta(minutes=1)
        for name, sees in (("street_leader", True), ("district_dispatcher", True), ("far_dispatcher", False)):
            late = Issue.objects.visible_to(town.people[name], act.now).overdue(act.now)
            assert late.exists() is sees, name

    def test_sitting_it_out_is_not_rewarded(self, town: Town, act: Acting) -> None:
        issue = act.handling()
        list(ticks(act, issue, at("03-20 17:30")))
        assert isinstance(act.refused("submit_result", issue, "community_worker"), NotAllowed)
        assert act("submit_result", issue, "grid_worker").state == "resolved"

    def test_late_at_the_district_it_is_on_the_board(self, town: Town, act: Acting) -> None:
        issue = act.handling("permit", "district_dispatcher")
        act.now = issue.due_at
        told = [verb for _at, verb, _who in ticks(act, issue, issue.due_at + timedelta(days=10))]
        assert told == ["remind", "chase", "board", "board"]

    def test_signed_late_there_is_no_reminder_that_has_passed_already(self, town: Town, act: Acting) -> None:
        issue = town.report("permit")
        list(ticks(act, issue, issue.due_at))
        act.now = issue.promised_at - timedelta(hours=1)
        while act.sweep():
            act.later(seconds=1)
        issue = act("sign", issue, "district_dispatcher")
        assert Deadline.objects.open().get(issue=issue).rung == "chase"


class TestDanger:
    def test_climbs_at_once_day_and_night(self, town: Town, act: Acting) -> None:
        act.now = at("03-14 23:50")  # a Saturday
        issue = town.report("fire", now=act.now)
        assert list(ticks(act, issue, at("03-15 01:10"))) == [
            ("03-14 23:55", "climb", "天光社区"),
            ("03-15 00:00", "climb", "新发街道"),
            ("03-15 00:05", "climb", "宽城区"),
            ("03-15 00:10", "board", "宽城区"),
            ("03-15 00:40", "board", "宽城区"),
            ("03-15 01:10", "board", "宽城区"),
        ]
        assert act("sign", issue, "district_dispatcher").state == "handling"

    def test_signed_but_late_calls_one_level_after_the_other(self, town: Town, act: Acting) -> None:
        issue = act.handling("fire")
        told = list(ticks(act, issue, at("03-10 15:30")))
        assert told == [
            ("03-10 12:00", "call_above", "第一网格"),
            ("03-10 13:00", "call_above", "第一网格"),
            ("03-10 14:00", "call_above", "第一网格"),
            ("03-10 15:00", "board", "第一网格"),
            ("03-10 15:30", "board", "第一网格"),
        ]
        above = Event.objects.about("issue", issue.pk).filter(verb="call_above")
        assert [event.data["above"] for event in above] == [
            town.community.pk,
            town.street.pk,
            town.district.pk,
        ]


class TestCallees:
    def blown(self, town: Town, act: Acting, kind: str, **called: object) -> tuple[Issue, Callee]:
        issue = act.handling("noise", "community_worker")
        issue = act("whistle", issue, "community_worker", kind=kind, **called)
        return issue, Callee.objects.get(issue=issue)

    def test_a_silent_one_climbs(self, town: Town, act: Acting) -> None:
        issue, callee = self.blown(town, act, "quick", bodies=[town.office])
        told = [(when, verb) for when, verb, _who in ticks(act, issue, at("03-11 11:00"))]
        assert told[:2] == [("03-10 12:00", "call_deputy"), ("03-10 14:30", "climb")]
        callee.refresh_from_db()
        assert callee.raised_to == town.district
        assert ("03-10 16:30", "call_deputy") in told
        assert ("03-10 17:30", "climb") in told
        assert issue.owner == town.community, "the caller keeps the matter"
        # The district may answer for it now.
        act("acknowledge", callee, "district_dispatcher")
        callee.refresh_from_db()
        assert callee.state == "acknowledged"

    def test_the_level_it_was_raised_to_may_answer_and_so_may_the_callee(
        self, town: Town, act: Acting
    ) -> None:
        issue, callee = self.blown(town, act, "quick", bodies=[town.office])
        list(ticks(act, issue, at("03-10 14:30")))
        callee.refresh_from_db()
        assert callee.raised_to == town.street
        assert isinstance(act.refused("acknowledge", callee, "district_dispatcher"), NotAllowed)
        act("acknowledge", callee, "street_leader")
        act("report_in", callee, "office_officer")

    def test_one_who_acknowledged_but_does_not_come_is_chased(self, town: Town, act: Acting) -> None:
        issue, callee = self.blown(town, act, "quick", bodies=[town.office])
        act("acknowledge", callee, "office_officer")
        told = [(when, verb) for when, verb, _who in ticks(act, issue, at("03-12 17:30"))]
        assert told[:2] == [("03-11 14:48", "remind"), ("03-11 17:30", "chase")]
        assert {verb for _when, verb in told} == {"remind", "chase"}
        assert last(issue).data["callee"] == callee.pk
        assert last(issue).data["asked"] == {"body": town.office.pk}

    def test_an_emergency_climbs_within_minutes_and_calls_who_stands_above(
        self, town: Town, act: Acting
    ) -> None:
        issue = act.handling()
        issue = act("whistle", issue, "grid_worker", kind="emergency", bodies=[town.property])
        told = [(when, verb) for when, verb, _who in ticks(act, issue, at("03-10 10:40"))]
        assert told == [
            ("03-10 10:05", "climb"),
            ("03-10 10:10", "climb"),
            ("03-10 10:15", "board"),
            ("03-10 10:30", "call_above"),
        ]
        assert Callee.objects.get(issue=issue).raised_to == town.district

    def test_the_callers_own_clock_is_silent_meanwhile(self, town: Town, act: Acting) -> None:
        issue, callee = self.blown(town, act, "quick", bodies=[town.office])
        act("report_in", callee, "office_officer")
        told = [verb for _when, verb, _who in ticks(act, issue, at("03-20 17:30"))]
        asked = Event.objects.about("issue", issue.pk).filter(verb__in=told).values_list("data", flat=True)
        # The date that was promised is another matter (tests/issues/test_promise.py).
        assert all(data["clock"] == "promise" or data["callee"] == callee.pk for data in asked)
        assert "submit" not in {data["clock"] for data in asked}


class TestOneRungAtATime:
    def test_after_an_outage_the_next_clock_starts_when_the_last_rung_really_fired(
        self, town: Town, act: Acting
    ) -> None:
        """Ten days nobody swept. A sweep fires one rung; the deputy still has the grace that is due."""
        issue = town.report()
        act.now = at("03-20 09:00")
        assert act.sweep() == 1
        assert events(issue)[-1] == "call_deputy"
        assert act.sweep() == 0
        assert list(ticks(act, issue, at("03-20 10:00"))) == [("03-20 10:00", "climb", "天光社区")]
        # The community is given its whole time, not what was left of another's.
        issue.refresh_from_db()
        assert issue.due_at == at("03-20 12:00")

    def test_a_reminder_that_comes_after_the_deadline_brings_the_next_rung_a_second_later(
        self, town: Town, act: Acting
    ) -> None:
        issue = act.handling()
        act.now = at("03-20 09:00")
        assert act.sweep() == 1
        assert act.sweep() == 0
        act.later(seconds=1)
        assert act.sweep() == 1
        assert events(issue)[-2:] == ["remind", "chase"]

    def test_sweeping_twice_is_sweeping_once(self, town: Town, act: Acting) -> None:
        issue = town.report()
        act.now = issue.due_at
        assert act.sweep() == 1
        before = list(Deadline.objects.order_by("pk").values()), list(Event.objects.values())
        for _again in range(3):
            assert act.sweep() == 0
        assert (list(Deadline.objects.order_by("pk").values()), list(Event.objects.values())) == before

    def test_nothing_fires_a_moment_too_early(self, town: Town, act: Acting) -> None:
        issue = town.report()
        act.now = issue.due_at - timedelta(microseconds=1)
        assert act.sweep() == 0

    def test_what_was_answered_in_time_is_left_alone(self, town: Town, act: Acting) -> None:
        issue = act.handling()
        act.now = at("03-10 17:00")
        assert act.sweep() == 0
        assert not set(events(issue)) & RUNG_KEYS


class TestActionsThatComeTooLate:
    """The due time has passed, the sweep has not come: what is due fires first, then the rule is asked."""

    def test_the_deputy_is_called_although_the_holder_signs_after_all(self, town: Town, act: Acting) -> None:
        issue = town.report()
        act.now = issue.due_at + timedelta(minutes=1)
        signed = act("sign", issue, "grid_worker")
        assert events(signed)[-2:] == ["call_deputy", "sign"]
        assert act.sweep() == 0

    def test_who_lost_it_a_moment_ago_cannot_sign_any_more(self, town: Town, act: Acting) -> None:
        issue = town.report()
        list(ticks(act, issue, at("03-10 12:00")))
        act.now = at("03-10 14:31")
        refused = act.refused("sign", issue, "grid_worker")
        assert isinstance(refused, NotAllowed)
        assert act.sweep() == 1, "the refusal undid nothing but itself"
        assert act("sign", issue, "community_worker").owner == town.community

    def test_the_level_above_signs_what_has_just_climbed(self, town: Town, act: Acting) -> None:
        issue = town.report()
        list(ticks(act, issue, at("03-10 12:00")))
        act.now = at("03-10 14:31")
        signed = act("sign", issue, "community_worker")
        assert events(signed)[-2:] == ["climb", "sign"]

    def test_a_late_result_is_chased_first(self, town: Town, act: Acting) -> None:
        issue = act.handling()
        list(ticks(act, issue, at("03-11 17:00")))
        act.now = at("03-11 18:00")
        done = act("submit_result", issue, "grid_worker")
        assert events(done)[-3:] == ["remind", "chase", "submit_result"]


class TestReview:
    def test_an_unreviewed_dispute_climbs(self, town: Town, act: Acting) -> None:
        issue = act("submit_result", act.handling(), "grid_worker")
        issue = act("rate", issue, None, answered=True, solved=False, satisfied=False)
        told = list(ticks(act, issue, at("03-10 14:30")))
        assert told == [("03-10 12:00", "call_deputy", "天光社区"), ("03-10 14:30", "climb", "新发街道")]
        assert (issue.state, issue.disputed) == ("resolved", True)
        assert act("redo", issue, "street_leader").owner == town.grid

    def test_that_of_a_danger_is_read_in_the_ordinary_time_at_every_level(
        self, town: Town, act: Acting
    ) -> None:
        issue = act("submit_result", act.handling("fire"), "grid_worker")
        issue = act("verify", issue, "community_worker", passed=True)
        issue = act("rate", issue, None, answered=True, solved=False, satisfied=False)
        told = list(ticks(act, issue, at("03-10 12:00")))
        assert told[-1] == ("03-10 12:00", "climb", "新发街道")
        assert Deadline.objects.open().filter(issue=issue).latest("pk").span == working_hours(4)

    def test_a_check_climbs_past_whoever_submitted_the_result(self, town: Town, act: Acting) -> None:
        by = town.people["system_admin"]
        set_policy(
            town.district, "categories", {"road": {"check": "yes"}}, by=by, now=act.now, reason="演示:试行"
        )
        issue = act.handling("road", "street_dispatcher")
        issue = act("submit_result", issue, "street_dispatcher")
        assert (issue.lead_unit, issue.check_unit) == (town.street, town.community)
        while "climb" not in events(issue):
            act.later(hours=8)
            act.sweep()
        issue.refresh_from_db()
        assert (issue.check_unit, last(issue).data["above"]) == (town.district, town.district.pk)
        assert act("verify", issue, "district_dispatcher").checked_at == act.now


class TestTheSweepItself:
    def test_takes_many_at_once_with_few_statements(self, town: Town, act: Acting) -> None:
        def cost(count: int) -> int:
            for _unused in range(count):
                town.report("litter")
                town.report("fire")
            forget_worktimes()
            with CaptureQueriesContext(connection) as asked:
                fired = sweep_once(now=act.now + timedelta(hours=2))
            assert fired == 2 * count
            return len(asked)

        few, many = cost(1), cost(12)
        assert many <= few, f"{few} statements for 2 issues, {many} for 24"

    def test_the_rungs_of_many_kinds_cost_the_same_however_many(self, town: Town, act: Acting) -> None:
        def costs(count: int) -> list[int]:
            with transaction.atomic():
                for _unused in range(count):
                    issue = act.handling("fire")
                    called = {"bodies": [town.property], "units": [town.street]}
                    act("whistle", issue, "grid_worker", kind="emergency", **called)
                    act.handling("road", "street_dispatcher")
                found = []
                for hours in (0.1, 0.2, 0.6, 1, 2, 30, 300):
                    with CaptureQueriesContext(connection) as asked:
                        sweep_once(now=act.now + timedelta(hours=hours))
                    found.append(len(asked))
                transaction.set_rollback(True)
            return found

        few, many = costs(1), costs(5)
        assert [m <= f for f, m in zip(few, many, strict=True)] == [True] * 7, (few, many)

    def test_checks_and_questions_that_lapse_cost_the_same_however_many(
        self, town: Town, act: Acting
    ) -> None:
        """Those who check on the spot, and the spans that run on, are read for all of them at once."""
        worker = {"by": town.people["grid_worker"], "now": act.now}
        hours = (30, 60, 75, 80, 100, 200)

        def costs(count: int) -> tuple[list[int], set[str]]:
            with transaction.atomic():
                for category in ["fire", "litter"] * count:
                    issue = PERFORM["sign"](town.report(category), **worker)
                    verb = "submit_result" if category == "fire" else "ask_info"
                    PERFORM[verb](issue, **worker, **USUAL[verb])
                found = []
                for later in hours:
                    with CaptureQueriesContext(connection) as asked:
                        sweep_once(now=act.now + timedelta(hours=later))
                    found.append(len(asked))
                fired = Event.objects.filter(actor_id=None).values_list("verb", "data__clock")
                told = {f"{verb} {clock or ''}".strip() for verb, clock in fired}
                transaction.set_rollback(True)
            return found, told

        (few, told), (many, _told) = costs(3), costs(30)
        assert {"climb check", "go_on"} <= told
        assert [m <= f for f, m in zip(few, many, strict=True)] == [True] * len(hours), (few, many)

    def test_at_most_so_many_the_rest_waits(self, town: Town, act: Acting) -> None:
        for _unused in range(5):
            town.report()
        act.now += timedelta(hours=3)
        assert sweep_once(now=act.now, limit=2) == 2
        assert sweep_once(now=act.now, limit=2) == 2
        assert sweep_once(now=act.now, limit=2) == 1
        check_invariants(act.now)

    def test_nothing_to_do_costs_one_look(self, town: Town, act: Acting) -> None:
        town.report()
        with CaptureQueriesContext(connection) as asked:
            assert sweep_once(now=act.now) == 0
        assert len([one for one in asked if "SAVEPOINT" not in one["sql"]]) == 1

    def test_issues_that_are_not_given_are_left_alone(self, town: Town, act: Acting) -> None:
        one, other = town.report(), town.report()
        assert fire_due([one], now=act.now + timedelta(hours=3)) == 1
        assert (events(one)[-1], events(other)[-1]) == ("call_deputy", "dispatch")


class TestTheCalendar:
    def test_make_up_days_and_holidays_count(self, town: Town, act: Acting) -> None:
        """Fifteen working days after 24 September 2026 is 22 October."""
        act.now = datetime.fromisoformat("2026-09-24T10:00+08:00")
        issue = town.report("permit", now=act.now)
        assert issue.promised_at == datetime.fromisoformat("2026-10-22T17:30+08:00")
        assert not issue.due_provisional

    def test_a_year_without_its_notice_is_provisional_never_an_error(self, town: Town, act: Acting) -> None:
        act.now = datetime.fromisoformat("2026-12-31T16:00+08:00")
        issue = town.report("permit", now=act.now)
        assert issue.due_provisional
        assert Deadline.objects.get(issue=issue).provisional

    def test_the_districts_own_calendar(self, town: Town, act: Acting) -> None:
        CalendarDay.objects.filter(date="2026-03-11").delete()
        CalendarDay.objects.create(
            calendar_id=CalendarDay.objects.first().calendar_id, date="2026-03-11", kind="off"
        )
        forget_worktimes()
        assert town.report().promised_at == at("03-12 17:30")
