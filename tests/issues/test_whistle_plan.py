"""A tough whistle: the joint meeting, the plan with a date for each stage, and the stages one by one."""

from datetime import date, timedelta

import pytest
from django.utils import translation

from issues.models import Issue, Stage, Whistle
from issues.timeline import timeline
from notices.models import Notice
from tests.builders import Town
from tests.issues.acting import Acting, events, last
from tests.issues.calling import at, callee_of, clocks
from trail.models import Event

STAGES = "2026-03-20 演示:查清原因\n2026-04-03 演示:修复\n2026-04-20 演示:复查"


@pytest.fixture
def called(town: Town, act: Acting) -> Issue:
    """A street has whistled for its squad, which leads and has acknowledged, and an office."""
    issue = act.handling("road", "street_dispatcher")
    issue = act("whistle", issue, "street_dispatcher", kind="tough", bodies=[town.posted, town.office])
    issue = act("acknowledge", callee_of(issue, town.posted), "posted_officer")
    act.heard()
    return issue


class TestTheClocks:
    def test_of_the_lead_and_of_the_others(self, town: Town, act: Acting, called: Issue) -> None:
        assert clocks(callee_of(called, town.posted)) == {
            "arrive": at("03-13 17:30"), "plan": at("03-19 17:30"), "done": at("03-31 17:30"),
        }  # fmt: skip
        assert set(clocks(callee_of(called, town.office))) == {"acknowledge", "arrive", "done"}

    def test_a_plan_that_does_not_come_is_chased(self, town: Town, act: Acting, called: Issue) -> None:
        act("report_in", callee_of(called, town.posted), "posted_officer")
        act("report_in", callee_of(called, town.office), "office_officer")
        act.now = at("03-19 17:30")
        while act.sweep():
            act.later(seconds=1)
        assert last(called).verb == "chase"
        assert last(called).data["clock"] == "plan"


class TestMeeting:
    def test_all_have_come(self, town: Town, act: Acting, called: Issue) -> None:
        act.later(hours=1)
        issue = act("meet", callee_of(called, town.posted), "posted_officer", on=date(2026, 3, 10))
        assert Whistle.objects.get().met_at == act.now
        for party in (town.posted, town.office):
            assert "arrive" not in clocks(callee_of(issue, party))
        assert last(issue).data["on"] == "2026-03-10"
        callers = {(name, "meet.caller") for name in ("street_dispatcher", "street_leader")}
        assert act.heard() == callers | {("office_officer", "meet.met")}
        assert act.refused("meet", callee_of(issue, town.posted), "posted_officer").code == "not_met"

    @pytest.mark.parametrize("day", [date(2026, 3, 9), date(2026, 3, 12)])
    def test_neither_to_come_nor_before_the_whistle(
        self, town: Town, act: Acting, called: Issue, day: date
    ) -> None:
        act.later(days=1)
        refused = act.refused("meet", callee_of(called, town.posted), "posted_officer", on=day)
        assert refused.code == "on"

    def test_only_the_lead_of_a_tough_one(self, town: Town, act: Acting, called: Issue) -> None:
        act("acknowledge", callee_of(called, town.office), "office_officer")
        for verb in ("meet", "plan"):
            assert act.refused(verb, callee_of(called, town.office), "office_officer").code == "lead"
        quick = act("whistle", act.handling(), "grid_worker", kind="quick", bodies=[town.property])
        act("acknowledge", callee_of(quick, town.property), "property_officer")
        assert act.refused("plan", callee_of(quick, town.property), "property_officer").code == "tough"


class TestPlan:
    def test_the_next_stage_runs_for_the_lead_and_the_last_for_all(
        self, town: Town, act: Acting, called: Issue
    ) -> None:
        issue = act("plan", callee_of(called, town.posted), "posted_officer", stages=STAGES)
        lead, office = callee_of(issue, town.posted), callee_of(issue, town.office)
        assert clocks(lead) == {"arrive": at("03-13 17:30"), "stage": at("03-20 17:30")}
        assert clocks(office)["done"] == at("04-20 17:30")
        assert list(Stage.objects.values_list("number", "due_at")) == [
            (1, at("03-20 17:30")), (2, at("04-03 17:30")), (3, at("04-20 17:30")),
        ]  # fmt: skip
        assert issue.promised_at > at("04-20 17:30")
        data = last(issue).data
        assert (data["count"], data["until"], data["moved"]) == (3, "2026-04-20", [office.pk])
        heard = {(name, "plan.caller") for name in ("street_dispatcher", "street_leader")}
        assert act.heard() == heard | {("office_officer", "plan.moved")}
        assert act.refused("plan", lead, "posted_officer", stages=STAGES).code == "not_planned"

    def test_whose_date_it_moves_is_told(self, town: Town, act: Acting) -> None:
        """The office has until the last stage now; the firm, called in later, has longer already."""
        issue = act.handling("road", "street_dispatcher")
        bodies = [town.posted, town.office]
        issue = act("whistle", issue, "street_dispatcher", kind="tough", bodies=bodies)
        act("acknowledge", callee_of(issue, town.posted), "posted_officer")
        act.now = at("03-13 10:00")
        act("join", issue, "street_leader", bodies=[town.property])
        before = {one: clocks(callee_of(issue, one))["done"] for one in (town.office, town.property)}
        assert (before[town.office], before[town.property]) == (at("03-31 17:30"), at("04-03 17:30"))
        act.heard()
        plan = "2026-03-20 演示:查清原因\n2026-04-02 演示:修复"
        issue = act("plan", callee_of(issue, town.posted), "posted_officer", stages=plan)
        assert clocks(callee_of(issue, town.office))["done"] == at("04-02 17:30")
        assert clocks(callee_of(issue, town.property))["done"] == before[town.property]
        told = {name for name, word in act.heard() if word == "plan.moved"}
        assert told == {"office_officer"}
        with translation.override("en"):
            words = Notice.objects.get(key="issues.plan.moved").words
        assert town.office.name in words and town.posted.name in words and "4-2" in words

    @pytest.mark.parametrize(
        "stages",
        [
            "演示:没有日期",
            "2026-03-09 演示:已经过去",
            "2026-04-10 演示:超过十五个工作日",
            "2026-03-20 演示:可以\n2026-05-29 演示:第二步太长",
        ],
    )
    def test_refused(self, town: Town, act: Acting, called: Issue, stages: str) -> None:
        refused = act.refused("plan", callee_of(called, town.posted), "posted_officer", stages=stages)
        assert refused.code == "stages"
        assert not Stage.objects.exists()

    def test_a_day_off_means_the_next_working_day(self, town: Town, act: Acting, called: Issue) -> None:
        act("plan", callee_of(called, town.posted), "posted_officer", stages="2026-03-21 演示:周六")
        assert Stage.objects.get().due_at == at("03-23 17:30")

    def test_who_joins_later_has_until_the_last_stage(self, town: Town, act: Acting, called: Issue) -> None:
        act("plan", callee_of(called, town.posted), "posted_officer", stages=STAGES)
        issue = act("join", called, "street_leader", bodies=[town.department])
        assert clocks(callee_of(issue, town.department))["done"] == at("04-20 17:30")


class TestStages:
    def test_one_after_the_other(self, town: Town, act: Acting, called: Issue) -> None:
        lead = callee_of(called, town.posted)
        act("plan", lead, "posted_officer", stages=STAGES)
        act("report_in", lead, "posted_officer")
        act.heard()
        for number, (day, following) in enumerate(
            (("03-18", {"stage": at("04-03 17:30")}), ("04-02", {"stage": at("04-20 17:30")})), start=1
        ):
            act.now = at(f"{day} 10:00")
            issue = act("stage_done", lead, "posted_officer")
            assert clocks(lead) == following
            assert last(issue).data["stage"] == number
            assert act.refused("done", lead, "posted_officer").code == "no_stage_left"
        act.now = at("04-17 10:00")
        issue = act("stage_done", lead, "posted_officer")
        assert clocks(lead) == {"done": at("04-20 17:30")}
        assert act.refused("stage_done", lead, "posted_officer").code == "stage_left"
        issue = act("done", lead, "posted_officer")
        assert callee_of(issue, town.posted).state == "done"
        assert ("street_leader", "stage_done.caller") in act.heard()

    def test_after_a_late_last_stage_a_day_is_left_to_wind_up(
        self, town: Town, act: Acting, called: Issue
    ) -> None:
        lead = callee_of(called, town.posted)
        act("plan", lead, "posted_officer", stages="2026-03-20 演示:唯一一步")
        act.now = at("03-25 10:00")
        while act.sweep():
            act.later(seconds=1)
        chased = Event.objects.about("issue", called.pk).filter(verb="chase")
        assert "stage" in chased.values_list("data__clock", flat=True)
        act("stage_done", lead, "posted_officer")
        assert clocks(lead)["done"] == at("03-26 17:30")

    def test_a_stage_of_the_plan_that_is_late_is_chased_at_its_own_date(
        self, town: Town, act: Acting, called: Issue
    ) -> None:
        lead = callee_of(called, town.posted)
        act("plan", lead, "posted_officer", stages=STAGES)
        for party, name in ((town.posted, "posted_officer"), (town.office, "office_officer")):
            act("report_in", callee_of(called, party), name)
        act.now = at("03-20 17:29")
        while act.sweep():
            act.later(seconds=1)
        assert set(events(called)[-1:]) == {"remind"}
        act.now = at("03-20 17:30")
        act.sweep()
        assert last(called).verb == "chase"

    def test_without_a_plan_there_is_no_stage(self, town: Town, act: Acting, called: Issue) -> None:
        assert (
            act.refused("stage_done", callee_of(called, town.posted), "posted_officer").code == "stage_left"
        )

    def test_a_lead_that_gives_up_passes_the_next_stage_on(
        self, town: Town, act: Acting, called: Issue
    ) -> None:
        lead = callee_of(called, town.posted)
        act("plan", lead, "posted_officer", stages=STAGES)
        act("stage_done", lead, "posted_officer")
        issue = act("release_callee", lead, "street_leader")
        office = callee_of(issue, town.office)
        assert office.is_lead
        assert clocks(office)["stage"] == at("04-03 17:30")
        assert "done" not in clocks(office)


def test_what_is_read(town: Town, act: Acting, called: Issue) -> None:
    lead = callee_of(called, town.posted)
    act("meet", lead, "posted_officer", on=date(2026, 3, 10))
    act("plan", lead, "posted_officer", stages=STAGES)
    issue = act("stage_done", lead, "posted_officer")
    for resident in (False, True):
        found = {line.verb: line.words for line in timeline(issue, resident=resident)}
        assert {"meet", "plan", "stage_done"} <= set(found)
        assert "3" in found["plan"]
        assert "1" in found["stage_done"]


def test_time_is_the_issues_own(town: Town, act: Acting, called: Issue) -> None:
    """What the issue shows is the earliest of all who are called."""
    act("plan", callee_of(called, town.posted), "posted_officer", stages=STAGES)
    called.refresh_from_db()
    assert called.due_at == min(callee_of(called, party).due_at for party in (town.posted, town.office))
    assert called.due_at - act.now < timedelta(days=1)
