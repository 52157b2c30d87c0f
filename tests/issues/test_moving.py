"""The ways to another owner besides dispatching: return, recall, lift, back to the hotline. Times in Shanghai."""

from datetime import timedelta

import pytest

from grids.actions.policies import set_policy
from issues.models import Deadline, Decision, Issue, Note, Task, Whistle
from issues.timeline import timeline
from tests.builders import Town
from tests.issues.acting import Acting, events, last
from tests.issues.calling import callee_of, clocks, own_clocks
from tests.issues.test_escalate import at, ticks
from trail.models import Event
from trail.refusals import NotAllowed


def given(town: Town, act: Acting) -> Issue:
    """Noise at the community, which gives it to a grid."""
    return act("dispatch", town.report("noise", now=act.now), "community_secretary", unit=town.grid)


def saying(issue: Issue, key: str) -> list[Event]:
    """Those of its events that say this."""
    return [one for one in Event.objects.about("issue", issue.pk) if key in one.data]


class TestReturn:
    def test_it_goes_back_to_whoever_gave_it_and_the_promised_date_stays(
        self, town: Town, act: Acting
    ) -> None:
        issue = act("sign", given(town, act), "grid_worker")
        promised = issue.promised_at
        act.later(hours=5)
        back = act("return", issue, "grid_worker", why="other_unit", unit=town.other_grid)
        assert (back.state, back.owner, back.promised_at) == ("assigned", town.community, promised)
        assert (back.keeper_unit, back.sender_unit, back.signed_by) == (None, None, None)
        data = last(back).data
        assert data["from"] == {"unit": town.grid.pk}
        assert data["to"] == {"unit": town.community.pk}
        assert data["proposed"] == {"unit": town.other_grid.pk}
        assert (data["why"], data["ruling"]) == ("other_unit", False)
        assert "promised_at" not in data
        assert Deadline.objects.open().get(issue=back).clock == "sign"
        assert Note.objects.get(issue=back, seq=back.version).internal

    def test_a_wrong_dispatch_costs_the_resident_no_time(self, town: Town, act: Acting) -> None:
        """However often: whoever has it next has what is left until the promised date."""
        issue = town.report("litter", now=act.now)
        promised = issue.promised_at
        assert promised == at("03-11 17:30")
        act.now = at("03-10 16:30")
        issue = act("return", issue, "grid_worker", why="other_unit", unit=town.other_grid)
        act.now = at("03-11 09:00")
        issue = act("give_proposed", issue, "community_secretary")
        assert (issue.owner, issue.promised_at) == (town.other_grid, promised)
        issue = act("sign", issue, "other_worker")
        assert (issue.promised_at, issue.due_at) == (promised, promised)
        issue = act("return", issue, "other_worker", why="other_unit", unit=town.grid)
        issue = act("dispatch", issue, "community_secretary", unit=town.grid)
        act.now = at("03-11 10:00")
        issue = act("sign", issue, "grid_worker")
        assert (issue.promised_at, issue.due_at) == (promised, promised)
        assert all(one.seq == 2 for one in saying(issue, "promised_at"))

    def test_whoever_keeps_what_came_back_has_their_own_level_from_the_start(
        self, town: Town, act: Acting
    ) -> None:
        issue = act.handling("litter")
        act.now = at("03-11 09:00")
        back = act("return", issue, "grid_worker", why="other_unit", unit=town.other_grid)
        signed = act("sign", back, "community_secretary")
        assert signed.promised_at == signed.due_at == at("03-13 17:30"), "three working days from 03-10"
        assert last(signed).data["promised_at"] == signed.promised_at.isoformat()

    def test_another_level_has_its_own_time_from_the_start(self, town: Town, act: Acting) -> None:
        issue = act("sign", town.report("litter", place=town.street), "street_dispatcher")
        act.now = at("03-11 09:00")
        back = act("return", issue, "street_dispatcher", why="other_unit", body=town.department)
        given = act("dispatch", back, "district_dispatcher", body=town.department)
        assert given.promised_at == at("03-31 17:30"), "fifteen working days from 03-10"

    def test_with_time_left_the_next_one_has_the_whole_of_theirs(self, town: Town, act: Acting) -> None:
        """The community's three days are promised; a grid has one of them."""
        back = act("return", given(town, act), "grid_worker", why="other_unit", unit=town.other_grid)
        act.later(hours=1)
        issue = act("give_proposed", back, "community_secretary")
        issue = act("sign", issue, "other_worker")
        assert (issue.promised_at, issue.due_at) == (at("03-13 17:30"), at("03-11 17:30"))

    def test_handed_up_it_has_the_time_of_the_level_above(self, town: Town, act: Acting) -> None:
        issue = act("sign", given(town, act), "grid_worker")
        act.now = at("03-11 09:00")
        back = act("return", issue, "grid_worker", why="other_unit", unit=town.other_grid)
        up = act("hand_up", back, "community_secretary")
        assert (up.counted_from, up.promised_at) == (None, at("03-20 17:30")), "seven working days from 03-11"
        assert act("sign", up, "street_dispatcher").due_at == up.promised_at

    def test_what_a_rule_gave_goes_to_the_level_above(self, town: Town, act: Acting) -> None:
        assert act("return", town.report(), "grid_worker").owner == town.community
        litter = town.report("litter", place=town.street)
        assert act("return", litter, "street_dispatcher").owner == town.district

    def test_what_was_handed_up_is_returned_upwards(self, town: Town, act: Acting) -> None:
        """Not to the grid that could not solve it; the community's own grids get it by a dispatch alone."""
        up = act("hand_up", act.handling(), "grid_worker")
        assert (up.owner, up.sender_unit) == (town.community, town.grid)
        back = act("return", up, "community_secretary", why="other_unit", unit=town.grid)
        assert (back.owner, back.proposed) == (town.street, town.grid)
        assert last(back).data["to"] == {"unit": town.street.pk}
        up = act("hand_up", act("sign", back, "street_leader"), "street_leader")
        refused = act.refused("return", up, "district_dispatcher")
        assert refused.code == "returnable" and "dispatch" in refused.allowed

    def test_what_a_body_handed_up_is_too(self, town: Town, act: Acting) -> None:
        issue = act("dispatch", town.report("road"), "street_dispatcher", body=town.office)
        up = act("hand_up", issue, "office_officer")
        assert act("return", up, "street_leader").owner == town.district

    def test_what_was_taken_over_is_too(self, town: Town, act: Acting) -> None:
        lifted = act("lift", act.handling(), "street_leader")
        assert act("return", lifted, "street_leader").owner == town.district

    def test_what_the_district_gave_by_its_centre_goes_back_there(self, town: Town, act: Acting) -> None:
        issue = act("dispatch", town.report("permit"), "district_dispatcher", body=town.centre)
        issue = act("dispatch", issue, "centre_dispatcher", unit=town.street)
        assert act("return", issue, "street_leader").owner == town.centre

    def test_past_the_duty_list_nothing_comes_back_to_a_grid(self, town: Town, act: Acting) -> None:
        """Handed up while it was on the list; taken off meanwhile, it is not recalled either (S4:9)."""
        up = act("hand_up", act.handling(), "grid_worker")
        off = {"a": {"group": "演示组", "name": "演示项", "state": "banned", "categories": ["litter"]}}
        set_policy(town.district, "duty_list", off, by=None, now=act.now, reason="演示:移出清单")
        assert act.refused("recall", up, "grid_worker").code == "not_on_duty_list"

    def test_a_department_returns_to_the_district(self, town: Town, act: Acting) -> None:
        permit = act("dispatch", town.report("permit"), "district_dispatcher", body=town.department)
        assert act("return", permit, "body_officer").owner == town.district

    def test_within_one_working_day(self, town: Town, act: Acting) -> None:
        issue = act("sign", given(town, act), "grid_worker")
        act.now = at("03-11 17:30")
        assert act.refused("return", issue, "grid_worker", why="never").code == "word"
        act.now = at("03-11 17:31")
        assert act.refused("return", issue, "grid_worker").code == "returnable"

    def test_over_a_weekend_the_day_is_a_working_day(self, town: Town, act: Acting) -> None:
        act.now = at("03-13 17:00")
        issue = act("sign", given(town, act), "grid_worker")
        act.now = at("03-16 17:00")
        assert act("return", issue, "grid_worker").owner == town.community

    def test_not_a_hotline_order(self, town: Town, act: Acting) -> None:
        issue = town.report(source="hotline")
        assert act.refused("return", issue, "grid_worker").code == "not_hotline"

    def test_either_a_unit_or_a_body_is_proposed(self, town: Town, act: Acting) -> None:
        both = {"unit": town.other_grid, "body": town.office}
        assert act.refused("return", given(town, act), "grid_worker", **both).code == "target"

    def test_not_while_somebody_is_called(self, town: Town, act: Acting) -> None:
        issue = act.handling()
        act("whistle", issue, "grid_worker", kind="quick", units=[town.community])
        assert act.refused("return", issue, "grid_worker").code == "no_open_whistle"

    @pytest.mark.parametrize("name", ["community_secretary", "street_leader", "other_worker", "supervisor"])
    def test_only_who_has_it(self, town: Town, act: Acting, name: str) -> None:
        assert isinstance(act.refused("return", given(town, act), name), NotAllowed)

    def test_what_was_asked_for_is_gone(self, town: Town, act: Acting) -> None:
        issue = act("ask_extension", act("sign", given(town, act), "grid_worker"), "grid_worker")
        assert act("return", issue, "grid_worker").open_decisions == 0
        assert Decision.objects.get(issue=issue).state == "dropped"

    def test_notices(self, town: Town, act: Acting) -> None:
        issue = given(town, act)
        act.heard()
        act("return", issue, "grid_worker")
        heard = act.heard()
        assert ("community_secretary", "return.to") in heard
        assert "grid_worker" not in {name for name, _word in heard}


class TestRuling:
    def twice(self, town: Town, act: Acting) -> Issue:
        """Returned by the grid, given to it again, returned again."""
        once = act("return", given(town, act), "grid_worker")
        again = act("dispatch", once, "community_secretary", unit=town.grid)
        return act("return", again, "grid_worker")

    def test_a_second_return_between_the_same_two_goes_to_the_level_above_both(
        self, town: Town, act: Acting
    ) -> None:
        issue = self.twice(town, act)
        assert (issue.state, issue.owner, issue.ruling) == ("assigned", town.street, "asked")
        assert last(issue).data["ruling"] is True

    def test_the_ruling_is_final(self, town: Town, act: Acting) -> None:
        ruled = act("dispatch", self.twice(town, act), "street_dispatcher", unit=town.grid)
        assert ruled.ruling == "given"
        assert last(ruled).data["ruling"] is True
        refused = act.refused("return", ruled, "grid_worker")
        assert refused.code == "not_ruled"
        assert "hand_up" in refused.allowed

    def test_it_binds_the_two_and_nobody_else(self, town: Town, act: Acting) -> None:
        """The ruler gives it to a third one, who may return it; each of the two still may not."""
        other = act("dispatch", self.twice(town, act), "street_dispatcher", unit=town.other_grid)
        back = act("return", other, "other_worker")
        assert (back.owner, back.ruling) == (town.street, "given")
        again = act("dispatch", back, "street_dispatcher", unit=town.community)
        assert act.refused("return", again, "community_secretary").code == "not_ruled"
        below = act("dispatch", again, "community_secretary", unit=town.grid)
        assert act.refused("return", below, "grid_worker").code == "not_ruled"

    def test_until_the_next_ruling(self, town: Town, act: Acting) -> None:
        """Then it is the new two who are bound."""
        issue = self.twice(town, act)
        for _round in range(2):
            issue = act("dispatch", issue, "street_dispatcher", body=town.office)
            issue = act("return", issue, "office_officer")
        assert (issue.owner, issue.ruling) == (town.district, "asked")
        issue = act("dispatch", issue, "district_dispatcher", unit=town.street)
        assert act.refused("return", issue, "street_dispatcher").code == "not_ruled"
        issue = act("dispatch", issue, "street_dispatcher", unit=town.grid)
        assert act("return", issue, "grid_worker").owner == town.street

    def test_two_different_ones_may_each_return_it_once(self, town: Town, act: Acting) -> None:
        once = act("return", given(town, act), "grid_worker")
        other = act("dispatch", once, "community_secretary", unit=town.other_grid)
        back = act("return", other, "other_worker")
        assert (back.owner, back.ruling) == (town.community, "")

    def test_it_is_never_returned_down(self, town: Town, act: Acting) -> None:
        """The community that got it back returns it upwards, not to the grid once more."""
        back = act("return", given(town, act), "grid_worker")
        assert act("return", back, "community_secretary").owner == town.street

    def test_the_district_rules_itself(self, town: Town, act: Acting) -> None:
        issue = town.report("permit")
        for _round in range(2):
            issue = act("dispatch", issue, "district_dispatcher", body=town.department)
            issue = act("return", issue, "body_officer")
        assert (issue.owner, issue.ruling) == (town.district, "asked")
        assert act("dispatch", issue, "district_dispatcher", body=town.department).ruling == "given"


class TestRecall:
    def test_in_one_tap_until_it_is_signed_for(self, town: Town, act: Acting) -> None:
        issue = given(town, act)
        promised = issue.promised_at
        act.heard()
        back = act("recall", issue, "community_worker")
        assert (back.state, back.owner, back.promised_at) == ("assigned", town.community, promised)
        assert last(back).data["from"] == {"unit": town.grid.pk}
        assert {("grid_worker", "recall.left_by"), ("grid_chief", "recall.left_by")} <= act.heard()
        assert act("sign", back, "community_secretary").state == "handling"

    def test_a_wrong_dispatch_taken_back_costs_the_resident_no_time(self, town: Town, act: Acting) -> None:
        issue = town.report("road", now=act.now)
        promised = issue.promised_at
        assert promised == at("03-19 17:30"), "seven working days"
        for moment in ("03-10 16:30", "03-11 09:00", "03-11 09:30"):
            act.now = at(moment)
            issue = act("dispatch", issue, "street_dispatcher", body=town.office)
            issue = act("recall", issue, "street_dispatcher")
        issue = act("sign", issue, "street_dispatcher")
        assert (issue.promised_at, issue.due_at) == (promised, promised)

    def test_not_once_it_is_signed_for(self, town: Town, act: Acting) -> None:
        issue = act("sign", given(town, act), "grid_worker")
        assert act.refused("recall", issue, "community_secretary").code == "wrong_state"

    def test_nobody_recalls_a_recall(self, town: Town, act: Acting) -> None:
        back = act("recall", given(town, act), "community_secretary")
        assert isinstance(act.refused("recall", back, "grid_worker"), NotAllowed)

    @pytest.mark.parametrize("name", ["grid_worker", "street_dispatcher", "far_dispatcher", "spotter"])
    def test_only_who_gave_it(self, town: Town, act: Acting, name: str) -> None:
        assert isinstance(act.refused("recall", given(town, act), name), NotAllowed)

    def test_what_climbed_by_itself_is_nobodys_to_recall(self, town: Town, act: Acting) -> None:
        issue = given(town, act)
        list(ticks(act, issue, at("03-10 15:00")))
        assert issue.owner == town.community
        assert isinstance(act.refused("recall", issue, "community_secretary"), NotAllowed)


class TestLift:
    def test_the_level_above_takes_it_over_and_has_signed(self, town: Town, act: Acting) -> None:
        issue = act.handling()
        act.heard()
        lifted = act("lift", issue, "street_leader", text="演示:街道直接办")
        assert (lifted.state, lifted.owner) == ("handling", town.street)
        assert lifted.signed_by == town.people["street_leader"]
        clock = Deadline.objects.open().get(issue=lifted)
        assert (clock.clock, clock.span_amount) == ("submit", 7)
        assert lifted.promised_at == clock.limit_at > issue.promised_at
        assert last(lifted).data["promised_at"] == lifted.promised_at.isoformat()
        assert ("grid_worker", "lift.left_by") in act.heard()
        assert isinstance(act.refused("submit_result", lifted, "grid_worker"), NotAllowed)
        assert act("submit_result", lifted, "street_dispatcher").state == "resolved"

    def test_the_nearest_of_several_levels(self, town: Town, act: Acting) -> None:
        issue = town.report()
        town.appoint("street_leader", "district_dispatcher", town.district)
        assert act("lift", issue, "street_leader").owner == town.street

    @pytest.mark.parametrize("marked", [False, True])
    def test_the_resident_reads_why_if_it_is_marked_for_them(
        self, town: Town, act: Acting, marked: bool
    ) -> None:
        issue = act("lift", town.report(), "street_leader", text="演示:街道统一组织", for_resident=marked)
        (mine,), (staff,) = (timeline(issue, resident=who)[-1:] for who in (True, False))
        assert mine.verb == staff.verb == "lift"
        assert [note.text for note in mine.notes] == (["演示:街道统一组织"] if marked else [])
        assert [note.internal for note in staff.notes] == [not marked]

    def test_the_district_lifts_from_a_department(self, town: Town, act: Acting) -> None:
        permit = act("dispatch", town.report("permit"), "district_dispatcher", body=town.department)
        assert act("lift", permit, "second_dispatcher").owner == town.district

    @pytest.mark.parametrize("name", ["community_secretary", "grid_chief", "supervisor", "far_dispatcher"])
    def test_only_who_may_lift_and_stands_above(self, town: Town, act: Acting, name: str) -> None:
        assert isinstance(act.refused("lift", town.report(), name), NotAllowed)

    def test_what_was_suspended_goes_on_with_the_whole_time(self, town: Town, act: Acting) -> None:
        issue = act("ask_suspension", act.handling(), "grid_worker")
        parked = act("grant", Decision.objects.get(issue=issue), "community_secretary")
        lifted = act("lift", parked, "street_dispatcher")
        assert (lifted.state, lifted.cause, lifted.submit_left) == ("handling", "", None)
        assert [one.clock for one in Deadline.objects.open().filter(issue=lifted)] == ["submit"]

    def test_what_was_asked_for_is_gone_but_a_letter_stays(self, town: Town, act: Acting) -> None:
        issue = act("ask_extension", act.handling(), "grid_worker")
        issue = act("supervise", issue, "supervisor")
        lifted = act("lift", issue, "street_dispatcher")
        states = dict(Decision.objects.filter(issue=issue).values_list("kind", "state"))
        assert states == {"extension": "dropped", "supervision": "open"}
        assert lifted.open_decisions == 1


class TestLiftOverAWhistle:
    @pytest.fixture
    def called(self, town: Town, act: Acting) -> Issue:
        """A community sits on a tough whistle for the street, its office and a department's posted squad."""
        issue = act.handling("noise", "community_worker")
        called = {"kind": "tough", "units": [town.street], "bodies": [town.office, town.posted]}
        issue = act("whistle", issue, "community_worker", **called, lead=town.street.code)
        issue = act("grant", Decision.objects.get(issue=issue), "street_leader")
        act.heard()
        return issue

    def test_the_new_owner_is_the_caller_and_those_called_are_told(
        self, town: Town, act: Acting, called: Issue
    ) -> None:
        act("acknowledge", callee_of(called, town.office), "office_officer")
        act.later(hours=1)
        act.heard()
        lifted = act("lift", called, "district_dispatcher")
        assert (lifted.state, lifted.owner, lifted.open_whistles) == ("handling", town.district, 1)
        assert Whistle.objects.get().caller == town.district
        assert own_clocks(lifted) == {}
        assert lifted.due_at == callee_of(lifted, town.posted).due_at
        assert {("office_officer", "lift.callees"), ("posted_officer", "lift.callees")} <= act.heard()
        assert isinstance(
            act.refused("release_callee", callee_of(lifted, town.posted), "community_worker"), NotAllowed
        )
        act("release_callee", callee_of(lifted, town.posted), "district_dispatcher")
        assert act("rate_callee", callee_of(lifted, town.posted), "district_dispatcher").state == "handling"

    def test_the_whole_time_of_the_new_owner_is_left_when_all_are_done(
        self, town: Town, act: Acting, called: Issue
    ) -> None:
        act.later(days=1)
        lifted = act("lift", called, "district_dispatcher")
        # Fifteen working days of seven and a half hours, and what is left of today.
        assert lifted.submit_left == int((15 + 1) * 7.5 * 3600 - 1.5 * 3600)
        assert lifted.promised_at > max(clocks(callee_of(lifted, town.office)).values())
        act.later(days=2)
        for party in (town.street, town.office, town.posted):
            lifted = act("release_callee", callee_of(lifted, party), "second_dispatcher")
        assert set(own_clocks(lifted)) == {"submit"}
        assert (lifted.submit_left, lifted.open_whistles) == (None, 0)

    def test_whoever_takes_it_over_is_not_called_to_it_any_more(
        self, town: Town, act: Acting, called: Issue
    ) -> None:
        lifted = act("lift", called, "street_leader")
        assert callee_of(lifted, town.street).state == "released"
        assert (callee_of(lifted, town.office).is_lead, lifted.open_whistles) == (True, 1)
        assert "plan" in clocks(callee_of(lifted, town.office))
        assert ("office_officer", "lift.new_lead") in act.heard()

    def test_if_nobody_else_was_called_its_own_clock_runs(self, town: Town, act: Acting) -> None:
        issue = act.handling("noise", "community_worker")
        issue = act("whistle", issue, "community_worker", kind="quick", units=[town.street])
        lifted = act("lift", issue, "street_leader")
        assert (lifted.open_whistles, lifted.submit_left) == (0, None)
        assert set(own_clocks(lifted)) == {"submit"}
        assert Whistle.objects.get().finished_at == act.now

    def test_what_the_street_has_not_agreed_to_is_dropped(self, town: Town, act: Acting) -> None:
        issue = act.handling("noise", "community_worker")
        issue = act("whistle", issue, "community_worker", kind="tough", bodies=[town.office])
        lifted = act("lift", issue, "street_leader")
        assert (lifted.open_whistles, lifted.open_decisions) == (0, 0)
        assert Decision.objects.get(issue=issue).state == "dropped"
        assert callee_of(lifted, town.office).state == "not_called"
        assert set(own_clocks(lifted)) == {"submit"}
        assert ("office_officer", "lift.callees") not in act.heard()

    def test_sub_tasks_go_on_below_the_new_owner(self, town: Town, act: Acting) -> None:
        issue = act("split", act.handling("road", "street_leader"), "street_leader", bodies=[town.office])
        act.heard()
        lifted = act("lift", issue, "district_dispatcher")
        assert (lifted.owner, lifted.open_tasks) == (town.district, 1)
        assert ("office_officer", "lift.tasks") in act.heard()
        task = Task.objects.get(issue=issue)
        assert act("call_off", task, "second_dispatcher").open_tasks == 0


class TestBackToTheHotline:
    def test_only_there(self, town: Town, act: Acting) -> None:
        issue = town.report("other", source="hotline", by=town.people["street_dispatcher"], on_behalf=True)
        act.heard()
        gone = act("return_to_hotline", issue, "community_secretary")
        assert (gone.state, gone.due_at) == ("rejected", None)
        assert last(gone).data["channel"] == "12345"
        assert ("street_dispatcher", "return_to_hotline.registrar") in act.heard()
        assert act.refused("object", gone, None).code == "not_hotline"

    def test_nothing_else_goes_there(self, town: Town, act: Acting) -> None:
        assert act.refused("return_to_hotline", town.report("other"), "community_secretary").code == "hotline"

    def test_nobody_is_left_called_upon_but_that_a_letter_is_answered(self, town: Town, act: Acting) -> None:
        issue = act("sign", town.report(source="hotline"), "grid_worker")
        issue = act("ask_extension", issue, "grid_worker")
        issue = act("supervise", issue, "supervisor")
        assert act("return_to_hotline", issue, "grid_worker").open_decisions == 1
        assert [one.kind for one in Decision.objects.waiting().filter(issue=issue)] == ["supervision"]


def test_a_move_and_its_clock_are_one(town: Town, act: Acting) -> None:
    """After each way the new owner has the time that its level has, from now on."""
    issue = given(town, act)
    act.later(hours=1)
    back = act("return", issue, "grid_worker")
    assert back.due_at == act.now + timedelta(hours=2) + timedelta(hours=1.5)  # over noon
    assert events(back)[-2:] == ["dispatch", "return"]
