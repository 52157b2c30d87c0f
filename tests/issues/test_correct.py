"""What was reported wrongly is put right, by the rules that hold where it really happened."""

from datetime import date, timedelta

import pytest

from grids.actions.policies import set_policy
from grids.models import Unit
from issues.forms import verb_form
from issues.lifecycle import VERB
from issues.models import Callee, Category, Decision, Issue
from issues.page import issue_page
from issues.why import why
from tests.builders import Town
from tests.issues.acting import Acting, events, last
from tests.issues.calling import own_clocks

OFF = {"active": "no"}


def switch_off(town: Town, unit: Unit, *keys: str) -> None:
    by = town.people["system_admin"]
    set_policy(unit, "categories", dict.fromkeys(keys, OFF), by=by, now=town.now, reason="演示:停用")


class TestCategoriesInUse:
    @pytest.mark.parametrize("level", ["district", "street"])
    def test_one_that_is_switched_off_here_is_refused(self, town: Town, act: Acting, level: str) -> None:
        issue = town.report("litter")
        switch_off(town, getattr(town, level), "noise")
        refused = act.refused("correct", issue, "grid_worker", category=town.categories["noise"])
        assert refused.code == "inactive_category"
        assert act("correct", issue, "grid_worker", category=town.categories["road"]).category.key == "road"

    def test_another_streets_rule_is_not_ours(self, town: Town, act: Acting) -> None:
        switch_off(town, town.other_street, "noise")
        issue = act("correct", town.report("litter"), "grid_worker", category=town.categories["noise"])
        assert issue.category.key == "noise"

    def test_where_it_really_happened_counts(self, town: Town, act: Acting) -> None:
        """Moved to a street that has switched its category off, it needs another one, in the same step."""
        switch_off(town, town.other_street, "litter")
        issue = town.report("litter")
        there = {"place": town.far_building}
        assert act.refused("correct", issue, "grid_worker", **there).code == "inactive_category"
        moved = act("correct", issue, "grid_worker", category=town.categories["noise"], **there)
        assert (moved.street, moved.category.key) == (town.other_street, "noise")

    def test_what_was_accepted_before_stays_within_its_street(self, town: Town, act: Acting) -> None:
        issue = town.report("litter")
        switch_off(town, town.district, "litter")
        act("correct", issue, "grid_worker", place=town.other_building)
        assert events(issue)[-1] == "correct"

    def test_the_form_offers_what_is_in_use(self, town: Town, act: Acting) -> None:
        switch_off(town, town.street, "noise")
        issue, worker = town.report("litter"), town.people["grid_worker"]
        assert VERB["correct"] in issue_page(issue, worker, act.now).verbs
        assert set(verb_form("correct", issue, worker, act.now).fields["category"].rows) == {
            "litter", "road", "permit", "other", "fire",
        }  # fmt: skip


class TestDanger:
    @pytest.mark.parametrize("category", ["litter", "other"])
    def test_whoever_has_not_answered_has_minutes_from_now_on(
        self, town: Town, act: Acting, category: str
    ) -> None:
        who = {"litter": "grid_worker", "other": "community_worker"}[category]
        issue = town.report(category)  # one that waited for screening is theirs to sign for now
        act.later(minutes=30)
        found = act("correct", issue, who, category=town.categories["fire"])
        assert found.is_danger and events(found)[-2:] == ["correct", "alarm"]
        assert own_clocks(found) == {"sign": act.now + timedelta(minutes=5)}
        assert found.promised_at == (issue.promised_at or act.now + timedelta(hours=2))
        act.now = found.due_at
        act.sweep()
        assert events(found)[-1] == "climb"

    def test_whoever_has_it_in_hand_has_the_time_of_a_danger(self, town: Town, act: Acting) -> None:
        """What was asked for meanwhile is gone: a dangerous matter never waits."""
        issue = act("ask_extension", act.handling(), "grid_worker")
        act("ask_suspension", issue, "grid_worker")
        act("supervise", issue, "supervisor")
        act.later(minutes=30)
        found = act("correct", issue, "grid_worker", category=town.categories["fire"])
        assert own_clocks(found) == {"submit": act.now + timedelta(hours=2)}
        assert [one.kind for one in Decision.objects.waiting()] == ["supervision"]

    def test_no_answer_of_the_reporter_is_waited_for(self, town: Town, act: Acting) -> None:
        issue = act("ask_info", act.handling(), "grid_worker")
        found = act("correct", issue, "grid_worker", category=town.categories["fire"])
        assert (found.asked_at, found.submit_left) == (None, None)
        assert own_clocks(found) == {"submit": act.now + timedelta(hours=2)}
        assert act.refused("ask_info", found, "grid_worker").code == "not_danger"

    def test_those_who_are_called_are_still_waited_for(self, town: Town, act: Acting) -> None:
        issue = act("whistle", act.handling(), "grid_worker", kind="quick", units=[town.community])
        found = act("correct", issue, "grid_worker", category=town.categories["fire"])
        assert own_clocks(found) == {} and found.due_at == issue.due_at

    def test_from_one_danger_to_another_no_time_is_won(self, town: Town, act: Acting) -> None:
        issue = town.report("fire")
        gas = Category.objects.create(key="gas", name="演示gas", kind="hazard", is_danger=True, order=99)
        act.later(minutes=4)
        assert act("correct", issue, "grid_worker", category=gas).due_at == issue.due_at

    def test_a_complaint_about_somebody_calls_nobody(self, town: Town, act: Acting) -> None:
        issue = town.report("noise", about=town.grid)
        found = act("correct", issue, "community_worker", category=town.categories["fire"])
        assert not found.is_danger and events(found)[-1] == "correct"

    def test_nor_does_screening_it(self, town: Town, act: Acting) -> None:
        """Whoever stands above those it is about keeps it, and is told."""
        issue = act("reject", town.report("noise", about=town.grid), "community_worker")
        issue = act("object", issue, None)
        act.heard()
        screened = act("screen", issue, "street_dispatcher", category=town.categories["fire"])
        assert (screened.is_danger, screened.owner, screened.state) == (False, town.street, "assigned")
        assert why(screened).reason == "complaint"
        assert ("street_leader", "screen.to") in act.heard()

    def test_a_danger_elsewhere_calls_those_who_are_on_duty_there(self, town: Town, act: Acting) -> None:
        issue = town.report("fire")
        within = act("correct", issue, "grid_worker", place=town.grid)
        assert events(within)[-1] == "correct", "the same three levels were called already"
        act.heard()
        elsewhere = act("correct", issue, "grid_worker", place=town.other_building)
        assert last(elsewhere).verb == "alarm" and elsewhere.owner == town.grid
        assert last(elsewhere).data["units"] == [town.other_grid.pk, town.community.pk, town.street.pk]
        assert ("other_worker", "alarm.units") in act.heard()


class TestWhoeverHasAPart:
    def sees(self, act: Acting, name: str, issue: Issue) -> bool:
        return Issue.objects.visible_to(act.town.people[name], act.now).filter(pk=issue.pk).exists()

    def test_still_sees_it_when_it_happened_elsewhere(self, town: Town, act: Acting) -> None:
        """Asked to decide, given a part, or whoever gave it: the place was theirs, and no longer is."""
        issue = act.handling("road", "street_dispatcher")
        issue = act("dispatch", issue, "street_dispatcher", unit=town.community)
        issue = act("sign", issue, "community_worker")
        issue = act("ask_extension", issue, "community_worker", until=date(2026, 3, 16))
        issue = act("split", issue, "community_worker", units=[town.grid])
        moved = act("correct", issue, "community_worker", place=town.far_building)
        for name in ("community_worker", "street_leader", "grid_worker", "far_worker"):
            assert self.sees(act, name, moved), name
        assert not self.sees(act, "other_worker", moved)
        act("take_task", moved.tasks.get(), "grid_worker")
        assert act("grant", moved.decisions.get(), "street_leader").extension_count == 1

    def test_those_of_a_whistle_still_assess_each_other(self, town: Town, act: Acting) -> None:
        """It is over, the matter is with somebody else, and it happened in neither's place."""
        issue = act.handling("road", "street_leader")
        issue = act("whistle", issue, "street_leader", kind="emergency", units=[town.community])
        callee = Callee.objects.get(issue=issue)
        act("report_in", callee, "community_secretary")
        act("done", callee, "community_secretary")
        issue = act("hand_up", issue, "street_leader")
        moved = act("correct", issue, "district_dispatcher", place=town.far_building)
        assert self.sees(act, "street_leader", moved) and self.sees(act, "community_secretary", moved)
        assert not self.sees(act, "other_secretary", moved)
        act("rate_callee", callee, "street_leader")
        act("judge", callee, "community_secretary")
