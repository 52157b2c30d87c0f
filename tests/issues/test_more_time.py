"""Whoever was called, or has a sub-task, asks for more time of whoever gave it; and no part ends after the whole."""

from datetime import date, timedelta

import pytest

from grids.actions.policies import set_policy
from issues.models import Callee, Deadline, Decision, Issue, Stage, Task
from tests.builders import Town
from tests.issues.acting import Acting, events, last
from tests.issues.any_order.openings import Opening, from_the_hotline
from tests.issues.calling import asked, at, callee_of, clocks, own_clocks
from tests.issues.test_escalate import ticks
from trail.refusals import NotAllowed


@pytest.fixture
def called(town: Town, act: Acting) -> Callee:
    """An office that a community has whistled for, Tuesday at ten: done by Friday's close."""
    issue = act.handling("noise", "community_worker")
    issue = act("whistle", issue, "community_worker", kind="quick", bodies=[town.office])
    act("acknowledge", callee_of(issue, town.office), "office_officer")
    act.heard()
    return callee_of(issue, town.office)


@pytest.fixture
def task(town: Town, act: Acting) -> Task:
    """An office does a part for its street until Friday; the whole is due on the 19th."""
    issue = act.handling("road", "street_leader")
    act("split", issue, "street_leader", bodies=[town.office], until=date(2026, 3, 13))
    act("take_task", Task.objects.get(), "office_officer")
    act.heard()
    return Task.objects.get()


def ask(act: Acting, part: Callee | Task, day: date, who: str = "office_officer") -> Decision:
    verb = "ask_more_time" if isinstance(part, Callee) else "ask_task_time"
    return asked(act(verb, part, who, until=day), "more_time")


class TestCallee:
    def test_the_caller_is_asked_and_the_clocks_run_on(self, town: Town, act: Acting, called: Callee) -> None:
        before = clocks(called)
        decision = ask(act, called, date(2026, 3, 18))
        assert (decision.party, decision.asker, decision.callee) == (town.community, town.office, called)
        assert decision.until == at("03-18 17:30")
        assert clocks(called) == before
        assert ("community_secretary", "ask_more_time.asked") in act.heard()

    def test_granted_it_is_done_later_and_the_promise_says_so(
        self, town: Town, act: Acting, called: Callee
    ) -> None:
        promised = called.issue.promised_at
        issue = act("grant", ask(act, called, date(2026, 3, 18)), "community_worker")
        assert clocks(called)["done"] == at("03-18 17:30")
        called.refresh_from_db()
        assert called.extension_count == 1
        assert issue.promised_at > promised
        assert last(issue).data["promised_at"] == issue.promised_at.isoformat()
        assert ("office_officer", "grant.asker") in act.heard()

    def test_refused_it_stays(self, act: Acting, called: Callee) -> None:
        before = clocks(called)
        issue = act("refuse", ask(act, called, date(2026, 3, 18)), "community_worker")
        assert (clocks(called), issue.open_decisions) == (before, 0)

    @pytest.mark.parametrize(
        ("day", "fits"),
        [(date(2026, 3, 13), False), (date(2026, 3, 16), True), (date(2026, 4, 3), True),
         (date(2026, 4, 7), False)],
    )  # fmt: skip
    def test_later_than_its_date_and_not_by_more_than_the_district_allows(
        self, act: Acting, called: Callee, day: date, fits: bool
    ) -> None:
        """Until the 13th; shipped are at most 15 working days more."""
        if fits:
            assert ask(act, called, day)
        else:
            assert act.refused("ask_more_time", called, "office_officer", until=day).code == "until"

    def test_one_at_a_time_and_as_often_as_the_district_allows(
        self, town: Town, act: Acting, called: Callee
    ) -> None:
        for day in (16, 17):
            decision = ask(act, called, date(2026, 3, day))
            again = act.refused("ask_more_time", called, "office_officer", until=date(2026, 3, 20))
            assert again.code == "not_asked_time"
            act("grant", decision, "community_worker")
        third = act.refused("ask_more_time", called, "office_officer", until=date(2026, 3, 20))
        assert third.code == "extension_left"

    def test_each_of_those_called_for_itself(self, town: Town, act: Acting) -> None:
        issue = act.handling("road", "street_leader")
        called = {"kind": "tough", "bodies": [town.department, town.office]}
        issue = act("whistle", issue, "street_leader", **called)
        for party, who in ((town.department, "body_officer"), (town.office, "office_officer")):
            act("acknowledge", callee_of(issue, party), who)
            issue = act("ask_more_time", callee_of(issue, party), who, until=date(2026, 4, 8))
        assert issue.open_decisions == 2

    def test_before_it_is_late(self, act: Acting, called: Callee) -> None:
        act.now = clocks(called)["arrive"]
        late = act.refused("ask_more_time", called, "office_officer", until=date(2026, 3, 18))
        assert late.code == "in_time"

    def test_not_before_it_acknowledges(self, town: Town, act: Acting) -> None:
        issue = act.handling("noise", "community_worker")
        issue = act("whistle", issue, "community_worker", kind="quick", bodies=[town.office])
        refused = act.refused(
            "ask_more_time", callee_of(issue, town.office), "office_officer", until=date(2026, 3, 18)
        )
        assert refused.code == "wrong_state"

    def test_an_emergency_never_waits(self, town: Town, act: Acting) -> None:
        issue = act.handling("noise", "community_worker")
        issue = act("whistle", issue, "community_worker", kind="emergency", bodies=[town.office])
        act("acknowledge", callee_of(issue, town.office), "office_officer")
        refused = act.refused(
            "ask_more_time", callee_of(issue, town.office), "office_officer", until=date(2026, 3, 18)
        )
        assert refused.code == "not_urgent"

    def test_who_is_done_asks_nothing_any_more(self, act: Acting, called: Callee) -> None:
        decision = ask(act, called, date(2026, 3, 18))
        act("report_in", called, "office_officer")
        issue = act("done", called, "office_officer")
        decision.refresh_from_db()
        assert (decision.state, issue.open_decisions) == ("dropped", 0)

    def test_nor_does_who_was_called_off(self, act: Acting, called: Callee) -> None:
        decision = ask(act, called, date(2026, 3, 18))
        issue = act("call_off_whistle", called.issue, "community_worker")
        decision.refresh_from_db()
        assert (decision.state, issue.open_decisions) == ("dropped", 0)

    def test_whoever_takes_the_matter_over_decides(self, town: Town, act: Acting, called: Callee) -> None:
        decision = ask(act, called, date(2026, 3, 18))
        act("lift", called.issue, "street_leader")
        assert isinstance(act.refused("grant", decision, "community_worker"), NotAllowed)
        act("grant", decision, "street_dispatcher")
        assert clocks(called)["done"] == at("03-18 17:30")

    def test_a_silent_caller_is_followed_by_the_level_above(
        self, town: Town, act: Acting, called: Callee
    ) -> None:
        decision = ask(act, called, date(2026, 3, 18))
        list(ticks(act, called.issue, at("03-10 17:30")))
        decision.refresh_from_db()
        assert decision.raised_to == town.street
        act("lift", called.issue, "district_dispatcher")
        decision.refresh_from_db()
        assert (decision.party, decision.raised_to) == (town.district, None)
        assert isinstance(act.refused("grant", decision, "street_dispatcher"), NotAllowed)
        act("grant", decision, "district_dispatcher")
        assert clocks(called)["done"] == at("03-18 17:30")

    @pytest.mark.parametrize("name", ["community_worker", "posted_officer", "grid_worker"])
    def test_nobody_else_asks(self, act: Acting, called: Callee, name: str) -> None:
        assert isinstance(act.refused("ask_more_time", called, name, until=date(2026, 3, 18)), NotAllowed)


class TestStage:
    def lead(self, town: Town, act: Acting) -> Callee:
        issue = act.handling("road", "street_leader")
        issue = act("whistle", issue, "street_leader", kind="tough", bodies=[town.office])
        lead = callee_of(issue, town.office)
        act("acknowledge", lead, "office_officer")
        act("report_in", lead, "office_officer")
        act("plan", lead, "office_officer")
        return lead

    def test_the_next_stage_of_a_plan_moves(self, town: Town, act: Acting) -> None:
        lead = self.lead(town, act)
        act("grant", ask(act, lead, date(2026, 3, 27)), "street_leader")
        assert clocks(lead) == {"stage": at("03-27 17:30")}
        assert list(Stage.objects.values_list("due_at", flat=True)) == [at("03-27 17:30"), at("04-03 17:30")]

    def test_but_not_behind_the_one_after_it(self, town: Town, act: Acting) -> None:
        refused = act.refused("ask_more_time", self.lead(town, act), "office_officer", until=date(2026, 4, 3))
        assert refused.code == "until"


class TestTask:
    def test_whoever_gave_it_is_asked(self, town: Town, act: Acting, task: Task) -> None:
        decision = ask(act, task, date(2026, 3, 17))
        assert (decision.party, decision.asker, decision.task) == (town.street, town.office, task)
        assert ("street_leader", "ask_task_time.asked") in act.heard()
        act("grant", decision, "street_dispatcher")
        task.refresh_from_db()
        assert (task.limit_at, task.due_at, task.extension_count) == (
            at("03-17 17:30"), at("03-17 17:30"), 1,
        )  # fmt: skip
        assert Deadline.objects.open().get(task=task).limit_at == at("03-17 17:30")
        assert ("office_officer", "grant.asker") in act.heard()

    def test_not_beyond_the_whole(self, act: Acting, task: Task) -> None:
        assert act.refused("ask_task_time", task, "office_officer", until=date(2026, 3, 20)).code == "until"
        assert ask(act, task, date(2026, 3, 19))

    def test_what_is_finished_or_called_off_asks_nothing(self, act: Acting, task: Task) -> None:
        ask(act, task, date(2026, 3, 17))
        assert act("finish_task", task, "office_officer").open_decisions == 0

    def test_two_sub_tasks_each_for_itself(self, town: Town, act: Acting, task: Task) -> None:
        issue = act("split", task.issue, "street_leader", units=[town.community], until=date(2026, 3, 13))
        other = Task.objects.get(unit=town.community)
        act("take_task", other, "community_worker")
        ask(act, task, date(2026, 3, 17))
        issue = act("ask_task_time", other, "community_worker", until=date(2026, 3, 17))
        assert issue.open_decisions == 2


class TestNoPartEndsAfterTheWhole:
    def test_a_day_after_it_is_refused(self, town: Town, act: Acting) -> None:
        issue = act.handling("road", "street_leader")
        given = {"bodies": [town.office]}
        late = act.refused("split", issue, "street_leader", until=date(2026, 3, 20), **given)
        assert late.code == "until"
        act("split", issue, "street_leader", until=date(2026, 3, 19), **given)
        assert Task.objects.get().limit_at == issue.due_at == at("03-19 17:30")

    def test_without_a_day_it_ends_with_the_whole_at_the_latest(self, town: Town, act: Acting) -> None:
        issue = act.handling("road", "street_leader")
        act.now = at("03-18 10:00")
        act("split", issue, "street_leader", units=[town.community])
        assert Task.objects.get().limit_at == at("03-19 17:30")

    def test_while_others_are_called_the_whole_ends_later(self, town: Town, act: Acting) -> None:
        issue = act.handling("road", "street_leader")
        act("whistle", issue, "street_leader", kind="quick", bodies=[town.department])
        act("split", issue, "street_leader", bodies=[town.office], until=date(2026, 3, 20))
        assert Task.objects.get().limit_at == at("03-20 17:30")

    def test_the_hotlines_own_hour_counts(self, town: Town, act: Acting) -> None:
        from_the_hotline(Opening(town))
        issue = act("screen", Issue.objects.get(), "community_worker", category=town.categories["noise"])
        issue = act("sign", issue, "community_worker")
        limit = own_clocks(issue)["submit"]
        assert limit - act.now == timedelta(days=5)
        act("split", issue, "community_worker", units=[town.grid], until=date(2026, 3, 15))
        assert Task.objects.get().limit_at <= limit

    def test_where_the_whole_is_late_a_part_may_still_be_given(self, town: Town, act: Acting) -> None:
        issue = act.handling("road", "street_leader")
        act.now = at("03-20 10:00")
        while act.sweep():
            act.later(seconds=1)
        act("split", issue, "street_leader", bodies=[town.office])
        assert Task.objects.get().limit_at > act.now

    def test_a_part_grows_with_the_whole(self, town: Town, act: Acting, task: Task) -> None:
        issue = act("ask_extension", task.issue, "street_leader", until=date(2026, 3, 26))
        act("grant", asked(issue, "extension"), "district_dispatcher")
        assert ask(act, task, date(2026, 3, 25))


def test_how_often_and_how_long_is_the_districts(town: Town, act: Acting, called: Callee) -> None:
    value = {"all": {"times": 0}}
    set_policy(town.district, "extension", value, by=town.people["system_admin"], now=act.now, reason="演示")
    refused = act.refused("ask_more_time", called, "office_officer", until=date(2026, 3, 16))
    assert refused.code == "extension_left"
    assert events(called.issue)[-1] == "acknowledge"
