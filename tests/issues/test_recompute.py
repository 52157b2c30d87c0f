"""A calendar changes: open deadlines follow, what has fired stays, and a job says what has moved."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import User
from calendars.actions import copy_calendar, load_calendar, set_office_hours
from calendars.hours import OFFICE_HOURS, read_hours
from calendars.models import Calendar
from calendars.querysets import DEFAULT_NAME
from calendars.worktime import Span, Worktime, working_days, working_hours
from grids.actions.tree import change_unit
from issues.actions import PERFORM, recompute
from issues.actions.escalate import sweep_once
from issues.actions.recompute import KIND, count_deadlines, reckon, recompute_issues
from issues.models import Callee, Deadline, Decision, Issue, Task
from issues.models.clock import OF_ISSUE
from issues.recomputed import show_recomputed
from issues.timeline import timeline
from issues.worktimes import SETTLED_AFTER, forget_worktimes
from notices.actions import fan_out_once
from tests.builders import Town
from tests.issues.acting import Acting, events, last
from tests.issues.invariants import check_invariants
from trail.job_actions import run_job_once
from trail.models import Delivery, Event, Job

WEDNESDAY, SATURDAY = "2026-03-11", "2026-03-14"


def at(text: str) -> datetime:
    """A moment in Shanghai, 2026 unless said otherwise."""
    return datetime.fromisoformat(f"{text if len(text) > 12 else f'2026-{text}'}+08:00")


def day(at: str, kind: str = "off", name: str = "") -> dict[str, str]:
    return {"date": at, "kind": kind, "name": name}


def work_off(now: datetime) -> list[Job]:
    """Fan out what has happened, then let the workers finish; all jobs there are."""
    while fan_out_once(now=now):
        pass
    assert not Delivery.objects.filter(done_at=None, handler="issues.recompute").exists(), "it has failed"
    while run_job_once(now=now + SETTLED_AFTER):
        pass
    check_invariants(now)
    return list(Job.objects.order_by("pk"))


def change(act: Acting, *rows: dict[str, str]) -> Job:
    """Load these days and let everything follow."""
    load_calendar(DEFAULT_NAME, rows, by=act.town.people["system_admin"], now=act.now, years=[])
    job = work_off(act.now)[-1]
    assert (job.state, job.kind, job.last_error) == ("done", KIND, "")
    return job


def own_clock(issue: Issue) -> Deadline:
    return Deadline.objects.open().exclude(clock="promise").get(OF_ISSUE, issue=issue)


def fresh(issue: Issue) -> Issue:
    return Issue.objects.get(pk=issue.pk)


@pytest.fixture(autouse=True)
def nothing_pending(town: Town) -> None:
    """What the town itself has told is heard."""
    Delivery.objects.update(done_at=town.now)


class TestDeadlines:
    def test_a_holiday_moves_the_deadline_and_the_promised_date_later(self, town: Town, act: Acting) -> None:
        issue = act.handling()
        assert issue.due_at == issue.promised_at == at("03-11 17:30")
        job = change(act, day(WEDNESDAY))
        moved = fresh(issue)
        assert moved.due_at == moved.promised_at == own_clock(issue).limit_at == at("03-12 17:30")
        event = last(issue)
        assert (event.verb, event.actor_id, event.data["clock"]) == ("recompute", None, "submit")
        assert datetime.fromisoformat(event.data["was"]) == at("03-11 17:30")
        assert datetime.fromisoformat(event.data["due"]) == at("03-12 17:30")
        assert (job.report["later"], job.report["promised"], job.report["most_later"]) == (1, 1, 86400)
        assert job.report["moved"][0][:2] == [issue.pk, "submit"]

    def test_the_reminder_follows(self, town: Town, act: Acting) -> None:
        issue = act.handling("road", "street_dispatcher")
        before = own_clock(issue)
        change(act, day(WEDNESDAY))
        after = own_clock(issue)
        assert (before.pk, before.rung) == (after.pk, "remind")
        assert before.due_at < after.due_at < after.limit_at

    def test_a_make_up_day_moves_it_earlier_but_never_what_was_promised(
        self, town: Town, act: Acting
    ) -> None:
        issue = act.handling("road", "street_dispatcher")
        assert issue.due_at == at("03-19 17:30")
        job = change(act, day(SATURDAY, "work"))
        moved = fresh(issue)
        assert (moved.due_at, moved.promised_at) == (at("03-18 17:30"), at("03-19 17:30"))
        assert (job.report["earlier"], job.report["promised"]) == (1, 0)

    def test_the_resident_reads_of_it_only_when_the_promised_date_moves(
        self, town: Town, act: Acting
    ) -> None:
        earlier, later = act.handling("road", "street_dispatcher"), act.handling()
        change(act, day(SATURDAY, "work"))
        assert "recompute" not in [line.verb for line in timeline(fresh(earlier), resident=True)]
        assert "recompute" in [line.verb for line in timeline(fresh(earlier))]
        change(act, day(WEDNESDAY))
        line = timeline(fresh(later), resident=True)[-1]
        assert (line.verb, line.promised) == ("recompute", at("03-12 17:30"))

    def test_what_nobody_has_signed_for_keeps_a_promise_that_can_be_kept(
        self, town: Town, act: Acting
    ) -> None:
        issue = town.report("permit")
        assert (issue.state, issue.promised_at) == ("assigned", at("03-31 17:30"))
        change(act, day("2026-03-20"))
        moved = fresh(issue)
        assert moved.promised_at == at("04-01 17:30")
        assert moved.due_at == issue.due_at
        assert last(issue).data["was"] == issue.promised_at.isoformat()
        assert timeline(moved)[-1].words.count("2026-") == 2

    def test_around_the_clock_there_is_no_calendar(self, town: Town, act: Acting) -> None:
        issue = town.report("fire")
        before = Deadline.objects.filter(issue=issue).values().get()
        job = change(act, day("2026-03-10"), day(WEDNESDAY))
        assert Deadline.objects.filter(issue=issue).values().get() == before
        assert (job.report["looked_at"], job.report["moved"]) == (1, [])
        assert "recompute" not in events(issue)

    def test_a_date_that_was_given_stays(self, town: Town, act: Acting) -> None:
        issue = act.handling()
        Deadline.objects.filter(issue=issue).update(fixed=True)
        job = change(act, day(WEDNESDAY))
        assert (fresh(issue).due_at, fresh(issue).promised_at) == (at("03-11 17:30"), at("03-11 17:30"))
        assert job.report["moved"] == []

    def test_other_office_hours(self, town: Town, act: Acting) -> None:
        issue = town.report()
        assert issue.due_at == at("03-10 12:00")
        hours = read_hours("08:30-11:30,14:00-17:30")
        set_office_hours(Calendar.objects.default(), hours, by=None, now=act.now)
        (job,) = work_off(act.now)
        assert (job.state, fresh(issue).due_at) == ("done", at("03-10 14:30"))

    def test_whoever_would_be_late_by_the_change_alone_has_two_hours(self, town: Town, act: Acting) -> None:
        issue = act.handling("road", "street_dispatcher")
        act.now = at("03-19 09:00")
        act.sweep()
        job = change(act, day(SATURDAY, "work"))
        assert own_clock(issue).limit_at == fresh(issue).due_at == at("03-19 11:00") + SETTLED_AFTER
        assert job.report["held"] == 1
        assert act.sweep() == 0


class TestWhatHasFired:
    def test_it_stays_and_only_the_next_rung_moves(self, town: Town, act: Acting) -> None:
        issue = act.handling()
        for moment in ("03-11 17:00", "03-11 17:31"):
            act.now = at(moment)
            act.sweep()
        assert events(issue)[-2:] == ["remind", "chase"]
        fired = list(Deadline.objects.exclude(fired_at=None).order_by("pk").values())
        assert own_clock(issue).due_at == at("03-12 17:30")
        job = change(act, day(WEDNESDAY), day("2026-03-12"))
        assert list(Deadline.objects.exclude(fired_at=None).order_by("pk").values()) == fired
        clock = own_clock(issue)
        assert (clock.rung, clock.limit_at, clock.due_at) == ("chase", at("03-11 17:30"), at("03-13 17:30"))
        assert (fresh(issue).due_at, job.report["moved"]) == (at("03-11 17:30"), [])
        assert events(issue)[-1] == "chase"

    def test_what_is_due_fires_first(self, town: Town, act: Acting) -> None:
        issue = town.report()
        act.now = at("03-10 12:01")
        change(act, day("2026-03-10"))
        assert events(issue)[-1] == "call_deputy"
        # Half of two working hours, from Wednesday's opening.
        assert own_clock(issue).due_at == at("03-11 09:30")

    def test_the_grace_of_a_climb_follows(self, town: Town, act: Acting) -> None:
        issue = town.report()
        act.now = at("03-10 12:01")
        act.sweep()
        clock = own_clock(issue)
        assert (clock.rung, clock.waits_from, clock.due_at) == ("climb", act.now, at("03-10 14:30"))
        change(act, day("2026-03-10"))
        assert own_clock(issue).due_at == at("03-11 09:30")


class TestPausedAndCalled:
    def whistled(self, town: Town, act: Acting) -> tuple[Issue, Callee]:
        """Two of seven working days have passed when somebody is called."""
        issue = act.handling("road", "street_dispatcher")
        act.now = at("03-12 10:00")
        act("whistle", issue, "street_dispatcher", kind="quick", bodies=[town.property])
        return fresh(issue), Callee.objects.get(issue=issue)

    def test_clocks_of_the_called_follow_and_the_issue_shows_them(self, town: Town, act: Acting) -> None:
        issue, callee = self.whistled(town, act)
        act("acknowledge", callee, "property_officer")
        promised = fresh(issue).promised_at
        assert fresh(issue).due_at == at("03-13 17:30")
        change(act, day("2026-03-13"))
        callee.refresh_from_db()
        assert callee.due_at == fresh(issue).due_at == at("03-16 17:30")
        assert fresh(issue).promised_at == promised + timedelta(days=1)

    def test_what_was_left_of_a_stopped_clock_runs_on_by_the_new_calendar(
        self, town: Town, act: Acting
    ) -> None:
        issue, callee = self.whistled(town, act)
        for verb in ("acknowledge", "report_in", "done"):
            act(verb, callee, "property_officer")
        clock = own_clock(issue)
        assert (clock.started_at, clock.limit_at) == (act.now, at("03-19 17:30"))
        assert clock.left_seconds is not None
        change(act, day("2026-03-16"))
        assert own_clock(issue).limit_at == fresh(issue).due_at == at("03-20 17:30")

    def test_a_suspended_one_is_promised_for_later(self, town: Town, act: Acting) -> None:
        issue = act.handling("road", "street_dispatcher")
        by = {"by": town.people["street_dispatcher"], "now": act.now}
        asked = PERFORM["ask_suspension"](issue, until=date(2026, 3, 20), cause="season", text="演示", **by)
        PERFORM["grant"](asked, by=town.people["second_dispatcher"], now=act.now)
        promised = fresh(issue).promised_at
        change(act, day("2026-03-24"))
        moved = fresh(issue)
        assert (moved.state, moved.promised_at) == ("suspended", promised + timedelta(days=1))
        assert moved.due_at == at("03-20 17:30"), "the review date was given"

    def test_sub_tasks_follow(self, town: Town, act: Acting) -> None:
        issue = act.handling("road", "street_dispatcher")
        by = {"by": town.people["street_dispatcher"], "now": act.now, "text": "演示"}
        PERFORM["split"](issue, units=[town.community, town.other_community], **by)
        before = Task.objects.filter(issue=issue).first()
        change(act, day(WEDNESDAY))
        after = Task.objects.get(pk=before.pk)
        assert (before.limit_at, after.limit_at) == (at("03-13 17:30"), at("03-16 17:30"))
        assert after.due_at == before.due_at

    def test_a_sub_task_that_ends_with_the_matter_follows_it(self, town: Town, act: Acting) -> None:
        issue = self.split(town, act)
        assert Task.objects.get().limit_at == fresh(issue).due_at == at("03-19 17:30"), "not three days"
        change(act, day("2026-03-18"))
        assert Task.objects.get().limit_at == fresh(issue).due_at == at("03-20 17:30")

    def test_no_sub_task_ends_after_the_matter_though_its_date_was_given(
        self, town: Town, act: Acting
    ) -> None:
        issue = self.split(town, act, until=date(2026, 3, 19))
        change(act, day(SATURDAY, "work"), day("2026-03-18"))
        assert Task.objects.get().limit_at == fresh(issue).due_at == at("03-19 17:30")
        change(act, day("2026-03-18", "work"))
        assert Task.objects.get().limit_at == fresh(issue).due_at == at("03-18 17:30")

    def test_a_date_that_was_given_comes_back_when_the_matter_does(self, town: Town, act: Acting) -> None:
        issue = self.split(town, act, until=date(2026, 3, 19))
        rows = Deadline.objects.open().filter(task__isnull=False).order_by("pk")
        first = [list(rows.values()), Task.objects.values().get()]
        short = read_hours("08:30-12:00,13:30-17:00")
        for office, ends in ((short, "03-19 17:00"), (OFFICE_HOURS, "03-19 17:30")):
            set_office_hours(Calendar.objects.default(), office, by=None, now=act.now)
            work_off(act.now)
            assert Task.objects.get().limit_at == fresh(issue).due_at == at(ends)
        change(act, day(SATURDAY, "work"))
        assert Task.objects.get().limit_at == fresh(issue).due_at == at("03-18 17:30")
        assert rows.get(clock="finish").given_at == at("03-19 17:30")
        change(act, day(SATURDAY))
        assert [list(rows.values()), Task.objects.values().get()] == first
        change(act, day("2026-03-18"))
        assert fresh(issue).due_at == at("03-20 17:30")
        assert Task.objects.get().limit_at == at("03-19 17:30"), "never later than it was given"

    def test_a_date_that_was_cut_stays_so_while_the_matter_waits(self, town: Town, act: Acting) -> None:
        issue = self.split(town, act, until=date(2026, 3, 19))
        change(act, day(SATURDAY, "work"))
        act("whistle", fresh(issue), "street_dispatcher", kind="quick", bodies=[town.property])
        change(act, day(SATURDAY))
        assert Task.objects.get().limit_at == at("03-18 17:30")

    def split(self, town: Town, act: Acting, **more: Any) -> Issue:
        """Two working days before the end one community is asked, which would have three."""
        issue = act.handling("road", "street_dispatcher")
        act.now = at("03-17 10:00")
        act.sweep()
        by = {"by": town.people["street_dispatcher"], "now": act.now, "text": "演示"}
        return PERFORM["split"](issue, units=[town.community], **by, **more)

    def test_what_came_back_follows_as_what_never_did(self, town: Town, act: Acting) -> None:
        issue = town.report()
        act.now = at("03-10 16:30")
        issue = act("return", issue, "grid_worker", why="other_unit", unit=town.other_grid)
        act.now = at("03-11 09:00")
        issue = act("sign", act("give_proposed", issue, "community_secretary"), "other_worker")
        assert issue.due_at == issue.promised_at == at("03-11 17:30")
        change(act, day(WEDNESDAY))
        moved = fresh(issue)
        assert moved.due_at == moved.promised_at == at("03-12 17:00"), "seven working hours were left"

    def test_a_clock_that_stands_still_is_not_touched(self, town: Town, act: Acting) -> None:
        issue, _callee = self.whistled(town, act)
        left = issue.submit_left
        change(act, day("2026-03-13"))
        assert fresh(issue).submit_left == left


class TestTheNoticeOfNextYear:
    NOTICE = (day("2027-01-01", name="New Year's Day"), day("2027-01-04"), day("2027-10-01"))

    def load(self, act: Acting, *rows: dict[str, str]) -> Job:
        load_calendar(DEFAULT_NAME, rows, by=None, now=act.now)
        return work_off(act.now)[-1]

    def test_provisional_deadlines_become_certain(self, town: Town, act: Acting) -> None:
        act.now = at("12-30 10:00")
        issue = act("sign", town.report("permit", now=act.now), "second_dispatcher")
        assert issue.due_provisional and issue.due_at == at("2027-01-21 17:30")
        job = self.load(act, *self.NOTICE)
        moved = fresh(issue)
        assert (moved.due_at, moved.due_provisional) == (at("2027-01-22 17:30"), False)
        assert (job.report["certain"], job.report["later"]) == (1, 1)

    def test_one_that_turns_out_right_is_certain_without_an_event(self, town: Town, act: Acting) -> None:
        act.now = at("12-30 10:00")
        issue = act("sign", town.report("permit", now=act.now), "second_dispatcher")
        version = fresh(issue).version
        self.load(act, *(self.NOTICE[n] for n in (0, 2)))
        moved = fresh(issue)
        assert (moved.due_at, moved.due_provisional) == (issue.due_at, False)
        assert moved.version == version
        assert not own_clock(issue).provisional

    def test_the_wait_of_a_rung_is_provisional_by_itself(self, town: Town, act: Acting) -> None:
        act.now = at("12-30 10:00")
        issue = act("sign", town.report(now=act.now), "grid_worker")
        assert not fresh(issue).due_provisional
        for moment in ("12-31 17:00", "12-31 17:31"):
            act.now = at(moment)
            act.sweep()
        clock = own_clock(issue)
        assert (clock.rung, clock.provisional) == ("chase", True)
        assert not fresh(issue).due_provisional


@settings(max_examples=200, deadline=None)
@given(
    given=st.integers(1, 60 * 24 * 30),
    ends=st.lists(st.integers(1, 60 * 24 * 40), min_size=1, max_size=6),
    span=st.sampled_from([working_days(3), working_hours(7), Span(24, "hours")]),
    rung=st.sampled_from(["remind", "chase"]),
)
def test_a_given_date_is_never_lost_nor_passed(given: int, ends: list[int], span: Span, rung: str) -> None:
    """However often its matter moves, a sub-task ends with it or at its own date; and as at first when it is back."""
    began, worktime = at("03-10 10:00"), Worktime(exceptions={}, known_years=range(1, 10000))
    limit = began + timedelta(minutes=given)
    due = worktime.point(began, limit, span, 80) if rung == "remind" else limit
    row = Deadline(clock="finish", rung=rung, started_at=began, limit_at=limit, due_at=due, fixed=True)
    row.span_amount, row.span_unit = int(span.amount), span.unit
    first = (row.limit_at, row.due_at, row.given_at)
    for end in ends:
        ended = began + timedelta(minutes=end)
        took = reckon(row, worktime, began, 80, ended)
        row.limit_at, row.due_at, row.given_at = took.limit_at, took.due_at, took.given_at
        assert row.limit_at == min(limit, ended)
        assert reckon(row, worktime, began, 80, None).limit_at == row.limit_at
    back = reckon(row, worktime, began, 80, limit)
    assert (back.limit_at, back.due_at, back.given_at) == first


class TestNothingChanges:
    def everything(self) -> Any:
        models = (Issue, Deadline, Callee, Task, Decision)
        return [list(model.objects.order_by("pk").values()) for model in models], Event.objects.count()

    def test_by_the_same_calendar_nothing_moves_whatever_has_happened(self, town: Town, act: Acting) -> None:
        """The arithmetic of the engine and that of the job are one: asked at many moments of many lives."""
        for category, who in (
            ("litter", "grid_worker"),
            ("road", "street_leader"),
            ("noise", "community_worker"),
        ):
            town.report(category)
            act.handling(category, who)
            act("submit_result", act.handling(category, who), who)
        whistled = act.handling("road", "street_dispatcher")
        act("whistle", whistled, "street_dispatcher", kind="tough", bodies=[town.property, town.office])
        paused = act.handling("road", "street_dispatcher")
        act("whistle", paused, "street_dispatcher", kind="quick", bodies=[town.property])
        callee = Callee.objects.get(issue=paused)
        for verb in ("report_in", "done"):
            act(verb, callee, "property_officer")
        town.report("fire")
        town.report("other")
        self.more_lives(town, act)
        for hours in (0, 1.9, 2.1, 3, 7, 20, 30, 31.6, 55, 80, 200, 400):
            act.now = town.now + timedelta(hours=hours)
            while sweep_once(now=act.now):
                pass
            before = self.everything()
            moves = recompute_issues(list(Issue.objects.open().order_by("pk")), now=act.now)
            assert (moves.moved, moves.changed, moves.promised) == ([], [], 0)
            assert self.everything() == before

    def more_lives(self, town: Town, act: Acting) -> None:
        """Suspended, extended, asked, split, supervised, returned."""
        people, now = town.people, act.now
        suspended, extended, asked, divided = (
            act.handling("road", "street_dispatcher") for _unused in range(4)
        )
        by: dict[str, Any] = {"by": people["street_dispatcher"], "now": now}
        why = {"text": "演示:等待材料"}
        decisions = [
            PERFORM["ask_suspension"](suspended, until=date(2026, 4, 7), cause="season", **why, **by),
            PERFORM["ask_extension"](extended, until=date(2026, 3, 25), **why, **by),
        ]
        for decision in decisions:
            PERFORM["grant"](decision, by=people["second_dispatcher"], now=now)
        PERFORM["ask_info"](asked, **why, **by)
        PERFORM["split"](divided, units=[town.community, town.other_community], **why, **by)
        letter = {"by": people["supervisor"], "now": now, "until": date(2026, 3, 16)}
        PERFORM["supervise"](divided, **why, **letter)
        returned, again = town.report(), town.report()
        PERFORM["return"](returned, by=people["grid_worker"], now=now, why="unclear", **why)
        other = {"why": "other_unit", "unit": town.other_grid}
        PERFORM["return"](again, by=people["grid_worker"], now=now, **other, **why)
        day_later, by = now + timedelta(days=1, microseconds=7), {"by": people["community_secretary"]}
        again = PERFORM["give_proposed"](again, now=day_later, **by)
        PERFORM["sign"](again, by=people["other_worker"], now=day_later)
        late = act.handling("road", "street_dispatcher")
        nearly, by = now + timedelta(days=7, microseconds=7), {"by": people["street_dispatcher"]}
        PERFORM["split"](late, units=[town.community], **why, now=nearly, **by)

    def test_twice_is_once(self, town: Town, act: Acting) -> None:
        act.handling()
        change(act, day(WEDNESDAY))
        before = self.everything()
        recompute_issues(list(Issue.objects.open()), now=act.now)
        assert self.everything() == before


class TestTheJob:
    def test_two_changes_in_a_row_are_one_job_by_whoever_came_first(self, town: Town, act: Acting) -> None:
        issue, admin = act.handling(), town.people["system_admin"]
        for off in (WEDNESDAY, "2026-03-12"):
            load_calendar(DEFAULT_NAME, [day(off)], by=admin, now=act.now, years=[])
        (job,) = work_off(act.now)
        assert (job.created_by, job.params) == (admin, {"calendar": Calendar.objects.default().pk})
        assert fresh(issue).due_at == at("03-13 17:30")

    def test_it_does_not_begin_while_somebody_may_still_reckon_with_the_old_one(
        self, town: Town, act: Acting
    ) -> None:
        act.handling()
        load_calendar(DEFAULT_NAME, [day(WEDNESDAY)], by=None, now=act.now, years=[])
        fan_out_once(now=act.now)
        assert run_job_once(now=act.now + SETTLED_AFTER / 2) is False
        assert run_job_once(now=act.now + SETTLED_AFTER) is True

    def test_a_district_that_goes_by_another_calendar(self, town: Town, act: Acting) -> None:
        issue, admin = act.handling(), town.people["system_admin"]
        own = copy_calendar(Calendar.objects.default(), "演示日历", by=admin, now=act.now)
        load_calendar(own, [day(WEDNESDAY)], by=admin, now=act.now, years=[])
        assert work_off(act.now) == [], "nobody goes by it yet"
        change_unit(town.district, calendar=own, by=admin, now=act.now)
        (job,) = work_off(act.now)
        assert (job.params, fresh(issue).due_at) == ({"district": town.district.pk}, at("03-12 17:30"))
        change_unit(town.district, households=9, by=admin, now=act.now)
        assert len(work_off(act.now)) == 1

    def test_in_chunks_with_sums_over_all_of_them(self, town: Town, act: Acting, monkeypatch: Any) -> None:
        monkeypatch.setattr(recompute, "CHUNK", 2)
        monkeypatch.setattr(recompute, "MOST_LISTED", 3)
        issues = [act.handling() for _unused in range(5)]
        job = change(act, day(WEDNESDAY))
        assert (job.done, job.total) == (5, 5)
        assert (job.report["looked_at"], job.report["later"], job.report["promised"]) == (5, 5, 5)
        assert [row[0] for row in job.report["moved"]] == [issue.pk for issue in issues[:3]]
        assert job.report["more"] == 2
        assert {fresh(issue).due_at for issue in issues} == {at("03-12 17:30")}

    def test_ended_ones_and_other_districts_are_left_alone(self, town: Town, act: Acting) -> None:
        done = act("submit_result", act.handling(), "grid_worker")
        act("rate", done, None, answered=True, solved=True, satisfied=True)
        job = change(act, day(WEDNESDAY))
        assert (job.total, job.report) == (0, {})

    def test_how_many_go_by_a_calendar(self, town: Town, act: Acting) -> None:
        act.handling()
        town.report("fire")
        calendar = Calendar.objects.default()
        assert count_deadlines(calendar) == count_deadlines(calendar, {town.district.pk}) == 1
        assert count_deadlines(calendar, frozenset()) == 0

    def test_many_issues_cost_as_many_statements_as_few(self, town: Town, act: Acting) -> None:
        def cost(count: int) -> int:
            for _unused in range(count):
                act.handling()
                act("whistle", act.handling(), "grid_worker", kind="quick", bodies=[town.property])
            load_calendar(DEFAULT_NAME, [day(f"2026-03-1{count}")], by=None, now=act.now, years=[])
            forget_worktimes()
            near = ("category", "owner_unit__parent", "owner_body__unit")
            issues = list(Issue.objects.open().select_related(*near).order_by("pk"))
            with CaptureQueriesContext(connection) as asked:
                assert recompute_issues(issues, now=act.now).moved
            return len(asked)

        few, many = cost(1), cost(3)
        assert many <= few, f"{few} statements for 2 issues, {many} for 8"


class TestItsPage:
    @pytest.fixture
    def job(self, town: Town, act: Acting) -> Job:
        act.handling()
        act.handling("road", "street_dispatcher")
        return change(act, day(WEDNESDAY))

    def links(self, job: Job, who: User, act: Acting) -> list[str]:
        return [row[0].link for row in show_recomputed(job, who, act.now).rows]

    def test_who_sees_the_issues_has_links_to_them(self, job: Job, town: Town, act: Acting) -> None:
        issues = Issue.objects.order_by("pk")
        wanted = [reverse("admin:issues_issue_change", args=[issue.pk]) for issue in issues]
        assert self.links(job, town.people["supervisor"], act) == wanted
        assert self.links(job, town.people["system_admin"], act) == ["", ""]

    def test_the_page_costs_the_same_however_much_has_moved(self, job: Job, town: Town, act: Acting) -> None:
        with CaptureQueriesContext(connection) as asked:
            report = show_recomputed(job, town.people["supervisor"], act.now)
        assert len(asked) <= 5
        assert len(report.rows) == 2

    def test_the_system_administrator_opens_it(self, job: Job, town: Town, client: Any) -> None:
        admin = town.people["system_admin"]
        User.objects.filter(pk=admin.pk).update(is_staff=True)
        client.force_login(admin)
        shown = client.get(reverse("admin:trail_job_change", args=[job.pk])).content.decode()
        assert Issue.objects.order_by("pk").first().number in shown
        assert "2026-03-12 17:30" in shown
