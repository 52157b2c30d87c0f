"""A danger that is found later, and one that turns out to be none: whose clocks run how from then on."""

from datetime import timedelta

import pytest
from django.utils import timezone, translation

from grids.actions.policies import set_policy
from issues.actions.outside import settle_outside
from issues.models import Category, Deadline, Decision, Issue, OutsideTask, Task
from issues.timeline import timeline
from issues.why import why
from tests.builders import Town
from tests.issues.acting import Acting, events, last
from tests.issues.any_order.replay import _wrong_way, unexplained
from tests.issues.calling import asked, callee_of, clocks, own_clocks
from trail.models import Event
from trail.refusals import NotAllowed

MINUTES, HOURS = timedelta(minutes=1), timedelta(hours=1)


def found(town: Town, act: Acting, issue: Issue, who: str = "grid_worker") -> Issue:
    """It is a fire."""
    return act("correct", issue, who, category=town.categories["fire"])


def burning(town: Town, act: Acting) -> Issue:
    """A fire that the grid has signed for."""
    return act.handling("fire")


class TestFoundLater:
    def test_in_hand_the_result_is_due_in_two_hours_day_and_night(self, town: Town, act: Acting) -> None:
        issue = act.handling()
        act.later(hours=3)
        issue = found(town, act, issue)
        assert (issue.is_danger, issue.state, issue.owner) == (True, "handling", town.grid)
        assert own_clocks(issue) == {"submit": act.now + 2 * HOURS}
        assert issue.due_at == act.now + 2 * HOURS
        assert events(issue)[-2:] == ["correct", "alarm"]

    def test_the_three_levels_are_called(self, town: Town, act: Acting) -> None:
        issue = act.handling()
        act.heard()
        found(town, act, issue)
        heard = act.heard()
        for name in ("grid_chief", "community_secretary", "street_leader"):
            assert (name, "alarm.units") in heard

    def test_not_signed_for_yet_it_has_five_minutes(self, town: Town, act: Acting) -> None:
        issue = town.report()
        act.later(hours=1)
        issue = found(town, act, issue)
        assert (issue.state, own_clocks(issue)) == ("assigned", {"sign": act.now + 5 * MINUTES})
        act.later(minutes=5)
        act.sweep()
        assert Issue.objects.get(pk=issue.pk).owner == town.community
        # Whoever of the three levels is first takes it.
        assert act("sign", issue, "street_dispatcher").owner == town.street

    def test_what_waits_for_screening_waits_no_longer(self, town: Town, act: Acting) -> None:
        issue = found(town, act, town.report("other"), "community_worker")
        assert (issue.state, issue.owner) == ("assigned", town.community)
        assert own_clocks(issue) == {"sign": act.now + 5 * MINUTES}
        assert act("sign", issue, "street_leader").state == "handling"

    def test_late_it_calls_the_level_above_at_once(self, town: Town, act: Acting) -> None:
        issue = found(town, act, act.handling())
        act.later(hours=2)
        act.sweep()
        assert events(issue)[-1] == "call_above"

    def test_a_question_to_the_reporter_is_over(self, town: Town, act: Acting) -> None:
        issue = found(town, act, act("ask_info", act.handling(), "grid_worker"))
        assert (issue.asked_at, issue.submit_left) == (None, None)
        assert own_clocks(issue) == {"submit": act.now + 2 * HOURS}

    def test_what_only_a_calm_matter_is_asked_for_is_dropped(self, town: Town, act: Acting) -> None:
        issue = act("ask_extension", act.handling(), "grid_worker")
        issue = act("ask_suspension", issue, "grid_worker")
        assert found(town, act, issue).open_decisions == 0
        assert set(Decision.objects.values_list("state", flat=True)) == {"dropped"}

    def test_while_others_are_called_two_hours_are_left_afterwards(self, town: Town, act: Acting) -> None:
        issue = act.handling("noise", "community_worker")
        issue = act("whistle", issue, "community_worker", kind="quick", bodies=[town.office])
        called = clocks(callee_of(issue, town.office))
        act.later(minutes=1)
        issue = found(town, act, issue, "community_worker")
        assert (own_clocks(issue), issue.submit_left) == ({}, 2 * 3600)
        assert clocks(callee_of(issue, town.office)) == called
        # Late, they are not chased any more: it climbs at once.
        act.now = called["acknowledge"]
        act.sweep()
        assert callee_of(issue, town.office).raised_to == town.street

    def test_sub_tasks_have_the_times_of_danger_too(self, town: Town, act: Acting) -> None:
        issue = act.handling("road", "street_leader")
        issue = act("split", issue, "street_leader", units=[town.community], bodies=[town.office])
        act("take_task", Task.objects.get(body=town.office), "office_officer")
        issue = found(town, act, issue, "street_leader")
        given, taken = Task.objects.get(unit=town.community), Task.objects.get(body=town.office)
        assert (given.due_at, given.limit_at) == (act.now + 5 * MINUTES, act.now + 2 * HOURS)
        assert (taken.due_at, taken.limit_at) == (act.now + 2 * HOURS, act.now + 2 * HOURS)
        running = Deadline.objects.open().filter(task=taken)
        assert list(running.values_list("clock", flat=True)) == ["finish"]

    def test_another_danger_calls_again_but_gives_no_new_time(self, town: Town, act: Acting) -> None:
        issue = burning(town, act)
        due = issue.due_at
        act.later(hours=1)
        town.categories["gas"] = type(issue.category).objects.create(
            key="gas", name="演示燃气", name_en="gas", kind="hazard", handled_at="grid", is_danger=True
        )
        issue = act("correct", issue, "grid_worker", category=town.categories["gas"])
        assert (issue.due_at, events(issue)[-1]) == (due, "alarm")

    def test_a_complaint_about_somebody_is_no_alarm(self, town: Town, act: Acting) -> None:
        issue = act("sign", town.report("noise", about=town.grid), "community_worker")
        issue = found(town, act, issue, "community_worker")
        assert (issue.is_danger, events(issue)[-1]) == (False, "correct")


def test_its_history_can_be_read(town: Town, act: Acting) -> None:
    """Whatever the category was: a corrected one once broke every page of its issue."""
    issue = found(town, act, act.handling())
    issue = act("all_clear", issue, "street_leader", category=town.categories["noise"])
    with translation.override("en"):
        said = [line.words for line in timeline(issue)]
    assert "Corrected: fire" in said
    assert said[-1] == "Danger dropped, it is noise from now on"


class TestDropping:
    def test_who_has_it_cannot_do_it_alone(self, town: Town, act: Acting) -> None:
        issue = burning(town, act)
        refused = act.refused("correct", issue, "grid_worker", category=town.categories["litter"])
        assert refused.code == "danger_stays"
        assert isinstance(
            act.refused("all_clear", issue, "grid_worker", category=town.categories["litter"]), NotAllowed
        )

    def test_place_and_kind_may_still_be_corrected(self, town: Town, act: Acting) -> None:
        issue = act("correct", burning(town, act), "grid_worker", kind="help")
        assert (issue.kind, issue.is_danger) == ("help", True)

    def test_it_asks_the_level_above(self, town: Town, act: Acting) -> None:
        issue = burning(town, act)
        act.heard()
        issue = act("ask_all_clear", issue, "grid_worker", category=town.categories["litter"])
        decision = asked(issue, "all_clear")
        assert (decision.party, decision.category) == (town.community, town.categories["litter"])
        assert (issue.is_danger, decision.due_at) == (True, act.now + 30 * MINUTES)
        assert ("community_secretary", "ask_all_clear.asked") in act.heard()
        again = act.refused("ask_all_clear", issue, "grid_worker", category=town.categories["litter"])
        assert again.code == "not_asked_all_clear"

    def test_granted_the_ordinary_time_runs_from_now(self, town: Town, act: Acting) -> None:
        issue = burning(town, act)
        act.later(hours=1)
        issue = act("ask_all_clear", issue, "grid_worker", category=town.categories["litter"])
        act.heard()
        issue = act("grant", asked(issue, "all_clear"), "community_secretary")
        assert (issue.is_danger, issue.category) == (False, town.categories["litter"])
        assert list(own_clocks(issue)) == ["submit"]
        # Tuesday, eleven o'clock: the grid's one working day.
        assert issue.due_at == issue.promised_at == town.report(now=act.now).promised_at
        assert last(issue).data["category"] == "litter"
        heard = act.heard()
        assert {("grid_worker", "grant.asker"), ("street_leader", "grant.calmed")} <= heard

    def test_refused_it_stays_a_danger(self, town: Town, act: Acting) -> None:
        issue = act("ask_all_clear", burning(town, act), "grid_worker", category=town.categories["litter"])
        due = issue.due_at
        issue = act("refuse", asked(issue, "all_clear"), "community_secretary")
        assert (issue.is_danger, issue.due_at) == (True, due)

    def test_whoever_stands_above_drops_it_at_once(self, town: Town, act: Acting) -> None:
        issue = act("ask_all_clear", burning(town, act), "grid_worker", category=town.categories["litter"])
        act.heard()
        issue = act(
            "all_clear", issue, "street_leader", category=town.categories["noise"], text="演示:烧饭的烟"
        )
        assert (issue.is_danger, issue.category.key, issue.open_decisions) == (False, "noise", 0)
        assert (issue.owner, issue.state) == (town.grid, "handling")
        assert {
            ("grid_worker", "all_clear.owner"),
            ("community_secretary", "all_clear.calmed"),
        } <= act.heard()

    def test_not_signed_for_it_has_the_ordinary_time_to_sign(self, town: Town, act: Acting) -> None:
        issue = act(
            "all_clear",
            town.report("fire"),
            "community_worker",
            category=town.categories["litter"],
            text="演示",
        )
        assert issue.state == "assigned"
        # Two working hours, from ten on.
        assert own_clocks(issue) == {"sign": act.now + 2 * HOURS}

    def test_not_into_another_danger(self, town: Town, act: Acting) -> None:
        issue, fire = burning(town, act), town.categories["fire"]
        for verb, who in (("all_clear", "street_leader"), ("ask_all_clear", "grid_worker")):
            assert act.refused(verb, issue, who, category=fire, text="演示").code == "still_danger"

    def test_not_what_is_none(self, town: Town, act: Acting) -> None:
        noise = town.categories["noise"]
        assert act.refused("all_clear", act.handling(), "street_leader", category=noise).code == "in_danger"

    def test_the_request_is_gone_with_a_new_owner(self, town: Town, act: Acting) -> None:
        issue = act("ask_all_clear", burning(town, act), "grid_worker", category=town.categories["litter"])
        assert act("lift", issue, "street_leader").open_decisions == 0

    def test_of_a_body_the_unit_it_belongs_to_decides(self, town: Town, act: Acting) -> None:
        issue = act("dispatch", act.handling("fire", "street_leader"), "street_leader", body=town.office)
        issue = act("sign", issue, "office_officer")
        issue = act("ask_all_clear", issue, "office_officer", category=town.categories["road"])
        assert act("grant", asked(issue, "all_clear"), "street_dispatcher").is_danger is False

    def kept_from_grids(self, town: Town, act: Acting) -> Category:
        """What turns out not to be a danger stands outside the duty list."""
        row = {"group": "组", "name": "项", "state": "banned", "categories": ["litter"]}
        own = row | {"state": "admitted", "categories": ["noise"]}
        set_policy(town.district, "duty_list", {"a": row, "b": own}, by=None, now=act.now, reason="演示:清单")
        return town.categories["litter"]

    def test_outside_the_duty_list_it_does_not_stay_with_the_grid(self, town: Town, act: Acting) -> None:
        litter = self.kept_from_grids(town, act)
        issue = burning(town, act)
        act.heard()
        issue = act("all_clear", issue, "street_leader", category=litter)
        assert (issue.owner, issue.state, issue.keeper_unit) == (town.community, "assigned", None)
        # It has the community's own time, from now on.
        assert own_clocks(issue) == {"sign": act.now + 2 * HOURS}
        assert issue.promised_at == town.report("noise", now=act.now).promised_at
        said = last(issue).data
        assert (said["from"], said["to"]) == ({"unit": town.grid.pk}, {"unit": town.community.pk})
        assert {
            ("community_secretary", "calm.to_sign"),
            ("grid_worker", "calm.left_by"),
            ("street_dispatcher", "all_clear.calmed"),
        } <= act.heard()
        assert not list(unexplained([issue])) and why(issue).moved
        with translation.override("en"):
            staff, resident = timeline(issue)[-1].words, timeline(issue, resident=True)[-1].words
        assert staff.endswith(f"it goes from {town.grid.name} to {town.community.name}")
        assert resident == f"No danger any more: litter. Passed on to {town.community.name}"

    def test_granted_it_does_not_stay_either(self, town: Town, act: Acting) -> None:
        issue = act(
            "ask_all_clear", burning(town, act), "grid_worker", category=self.kept_from_grids(town, act)
        )
        act.heard()
        issue = act("grant", asked(issue, "all_clear"), "community_secretary")
        assert (issue.owner, issue.state, issue.open_decisions) == (town.community, "assigned", 0)
        assert {("grid_chief", "calm.left_by"), ("community_worker", "calm.to_sign")} <= act.heard()
        assert not list(unexplained([issue]))
        with translation.override("en"):
            assert "Passed on to" in timeline(issue, resident=True)[-1].words

    def test_nothing_else_that_is_granted_leads_there(self, town: Town, act: Acting) -> None:
        """What events alone say would not be found wrong otherwise."""
        issue = act(
            "grant",
            asked(act("ask_extension", act.handling(), "grid_worker"), "extension"),
            "community_secretary",
        )
        assert not list(unexplained([issue]))
        event, state = last(issue), "handling"
        event.data["state"] = "assigned"
        assert _wrong_way(event, state) == "from handling to assigned"
        event.data["relieved"] = "to_sign"
        assert not _wrong_way(event, state)
        event.verb = "all_clear"
        assert not _wrong_way(event, state)
        del event.data["relieved"]
        assert _wrong_way(event, state)

    def test_while_somebody_is_called_the_level_above_takes_it_over(self, town: Town, act: Acting) -> None:
        issue = burning(town, act)
        issue = act("whistle", issue, "grid_worker", kind="quick", bodies=[town.property])
        callee = callee_of(issue, town.property)
        act.heard()
        issue = act("all_clear", issue, "street_leader", category=self.kept_from_grids(town, act))
        assert (issue.owner, issue.state, issue.open_whistles) == (town.community, "handling", 1)
        callee.refresh_from_db()
        assert callee.whistle.caller == town.community
        assert {("community_worker", "calm.in_hand"), ("property_officer", "relieved.callees")} <= act.heard()
        assert not list(unexplained([issue]))
        # Late, it climbs no more: that was for the danger.
        rungs = Deadline.objects.open().filter(callee=callee, clock="acknowledge")
        assert set(rungs.values_list("rung", flat=True)) <= {"remind", "call_deputy"}

    @pytest.mark.parametrize("granted", [False, True], ids=["dropped", "granted"])
    def test_nor_does_the_sub_task_of_a_grid(self, town: Town, act: Acting, granted: bool) -> None:
        litter = self.kept_from_grids(town, act)
        issue = act.handling("fire", "community_secretary")
        issue = act("split", issue, "community_secretary", units=[town.grid, town.other_grid])
        mine, other = Task.objects.order_by("pk")
        act("take_task", other, "other_worker")
        issue = act("finish_task", other, "other_worker")
        act("take_task", mine, "grid_worker")
        act.heard()
        if granted:
            issue = act("ask_all_clear", issue, "community_secretary", category=litter)
            issue = act("grant", asked(issue, "all_clear"), "street_leader")
        else:
            issue = act("all_clear", issue, "street_leader", category=litter)
        assert (issue.owner, issue.state, issue.open_tasks) == (town.community, "handling", 0)
        mine.refresh_from_db()
        assert (mine.state, mine.due_at) == ("called_off", None)
        assert not Deadline.objects.open().filter(task=mine).exists()
        assert last(issue).data["ended"] == {"tasks": [mine.pk]}
        heard = act.heard()
        assert ("grid_worker", "call_off.tasks") in heard and ("other_worker", "call_off.tasks") not in heard

    def test_on_the_list_the_sub_task_goes_on(self, town: Town, act: Acting) -> None:
        self.kept_from_grids(town, act)
        issue = act.handling("fire", "community_secretary")
        act("split", issue, "community_secretary", units=[town.grid])
        issue = act("all_clear", issue, "street_leader", category=town.categories["noise"])
        assert (issue.open_tasks, "ended" in last(issue).data) == (1, False)

    @pytest.mark.parametrize(
        ("state", "days", "stays"),
        [("allowed", 0, True), ("allowed", 3, False), ("on_list", 3, True), ("taken_back", 0, False)],
    )
    def test_what_the_district_has_left_with_the_grid_stays(
        self, town: Town, act: Acting, state: str, days: int, stays: bool
    ) -> None:
        """Allowed until the day after tomorrow, or on the list after all."""
        litter, issue = self.kept_from_grids(town, act), burning(town, act)
        until = timezone.localdate(act.now) + timedelta(days=2) if state == "allowed" else None
        by, given = town.people["district_dispatcher"], {"given_unit": town.community, "issue": issue}
        task = OutsideTask.objects.create(
            district=town.district,
            grid=town.grid,
            given_on=act.now,
            text="演示",
            reported_at=act.now,
            **given,
        )
        settle_outside(task, state=state, until=until, by=by, now=act.now)
        act.later(days=days)
        issue = act("all_clear", issue, "street_leader", category=litter)
        assert issue.owner == (town.grid if stays else town.community)

    def test_on_the_list_it_stays(self, town: Town, act: Acting) -> None:
        self.kept_from_grids(town, act)
        issue = act("all_clear", burning(town, act), "street_leader", category=town.categories["noise"])
        assert (issue.owner, issue.state) == (town.grid, "handling")
        assert "relieved" not in last(issue).data

    def test_with_a_community_it_stays_whatever_the_list_says(self, town: Town, act: Acting) -> None:
        litter = self.kept_from_grids(town, act)
        issue = act("sign", town.report("fire"), "community_worker")
        assert act("all_clear", issue, "street_leader", category=litter).owner == town.community
        assert Issue.objects.get(pk=issue.pk).state == "handling"

    def test_nobody_answers_and_it_climbs_at_once(self, town: Town, act: Acting) -> None:
        issue = act("ask_all_clear", burning(town, act), "grid_worker", category=town.categories["litter"])
        act.later(minutes=30)
        act.sweep()
        decision = asked(issue, "all_clear")
        assert decision.raised_to == town.street
        assert Event.objects.about("issue", issue.pk).last().verb == "climb"
