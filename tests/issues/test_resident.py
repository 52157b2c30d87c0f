"""What the reporter is asked, and how often: the handler's clock stands still meanwhile, so not without end."""

from datetime import date

import pytest

from issues.models import Decision, Issue
from tests.builders import CONTACT, Town
from tests.issues.acting import Acting
from tests.issues.calling import callee_of, clocks, own_clocks
from trail.refusals import NotAllowed


def asked_and_answered(act: Acting, issue: Issue, who: str) -> Issue:
    return act("supply_info", act("ask_info", issue, who), None)


class TestHowOften:
    def test_twice_by_the_same_owner(self, act: Acting) -> None:
        issue = asked_and_answered(act, act.handling(), "grid_worker")
        issue = asked_and_answered(act, issue, "grid_chief")
        refused = act.refused("ask_info", issue, "grid_worker")
        assert (refused.code, "contact" in refused.allowed) == ("questions_left", True)

    def test_an_unanswered_one_counts(self, act: Acting) -> None:
        issue = act.handling()
        for _again in range(2):
            issue = act("ask_info", issue, "grid_worker")
            act.now = issue.due_at
            act.sweep()
        assert act.refused("ask_info", issue, "grid_worker").code == "questions_left"

    def test_whoever_has_it_next_may_ask_too(self, town: Town, act: Acting) -> None:
        issue = act.handling()
        for _again in range(2):
            issue = asked_and_answered(act, issue, "grid_worker")
        issue = act("sign", act("hand_up", issue, "grid_worker"), "community_worker")
        assert act("ask_info", issue, "community_worker").asked_at == act.now

    def test_so_may_a_level_that_takes_it_over(self, town: Town, act: Acting) -> None:
        issue = act.handling()
        for _again in range(2):
            issue = asked_and_answered(act, issue, "grid_worker")
        lifted = act("lift", issue, "street_leader")
        assert act("ask_info", lifted, "street_leader").asked_at == act.now

    def test_to_have_it_again_is_not_to_ask_anew(self, town: Town, act: Acting) -> None:
        issue = act.handling("noise", "community_worker")
        for _again in range(2):
            issue = asked_and_answered(act, issue, "community_worker")
        issue = act("dispatch", issue, "community_worker", unit=town.grid)
        issue = act("sign", act("recall", issue, "community_worker"), "community_worker")
        assert act.refused("ask_info", issue, "community_worker").code == "questions_left"


class TestWhom:
    @pytest.mark.parametrize(
        ("given", "reachable"),
        [
            ({}, True),
            ({"by": "spotter", "source": "spotter"}, True),
            ({"by": "community_worker", "source": "phone", "on_behalf": True, "contact": CONTACT}, True),
            ({"by": "community_worker", "source": "phone", "on_behalf": True}, False),
            ({"by": "grid_worker", "source": "patrol"}, False),
            ({"source": "schedule"}, False),
            ({"source": "alert", "by": "district_dispatcher", "on_behalf": True}, False),
        ],
    )
    def test_only_where_somebody_can_be_reached(
        self, town: Town, act: Acting, given: dict, reachable: bool
    ) -> None:
        by = town.people[given["by"]] if "by" in given else None
        issue = act.handling(**(given | {"by": by}))
        if reachable:
            assert act("ask_info", issue, "grid_worker").asked_at == act.now
        else:
            refused = act.refused("ask_info", issue, "grid_worker")
            assert refused.code == "somebody_to_ask"
            assert not isinstance(refused, NotAllowed)

    def test_a_colleague_may_ask_who_found_it(self, town: Town, act: Acting) -> None:
        issue = act.handling(by=town.people["grid_worker"], source="patrol")
        assert act("ask_info", issue, "grid_chief").asked_at == act.now


class TestBesideAWhistle:
    @pytest.fixture
    def called(self, town: Town, act: Acting) -> Issue:
        """The reporter has been asked, and then the office called."""
        issue = act("ask_info", act.handling("noise", "community_worker"), "community_worker")
        return act("whistle", issue, "community_worker", kind="quick", bodies=[town.office])

    def test_the_answer_is_welcome_while_they_are_called(
        self, town: Town, act: Acting, called: Issue
    ) -> None:
        assert called.asked_at == act.now
        running = clocks(callee_of(called, town.office))
        issue = act("supply_info", called, None)
        assert (issue.asked_at, own_clocks(issue)) == (None, {})
        assert clocks(callee_of(issue, town.office)) == running

    def test_and_after_it_when_nothing_waits_for_it(self, town: Town, act: Acting, called: Issue) -> None:
        for verb in ("report_in", "done"):
            act(verb, callee_of(called, town.office), "office_officer")
        issue = Issue.objects.get(pk=called.pk)
        issue = act("ask_extension", issue, "community_worker", until=date(2026, 3, 20))
        running = own_clocks(issue)
        assert list(running) == ["submit"]
        issue = act("supply_info", issue, None)
        assert (issue.asked_at, own_clocks(issue)) == (None, running)
        assert act.refused("supply_info", issue, None).code == "asked"


class TestSuspendedMeanwhile:
    @pytest.fixture
    def parked(self, act: Acting) -> Issue:
        """The reporter has been asked, and then it was suspended."""
        issue = act("ask_suspension", act("ask_info", act.handling(), "grid_worker"), "grid_worker")
        return act("grant", Decision.objects.get(issue=issue), "community_secretary")

    def test_the_answer_is_read_and_no_clock_moves(self, act: Acting, parked: Issue) -> None:
        running, left = own_clocks(parked), parked.submit_left
        assert (parked.state, parked.asked_at, list(running)) == ("suspended", act.now, ["suspension"])
        issue = act("supply_info", parked, None)
        assert (issue.state, issue.asked_at, issue.submit_left) == ("suspended", None, left)
        assert own_clocks(issue) == running
        assert ("grid_worker", "supply_info.owner") in act.heard()
        assert act("add_info", issue, None).state == "suspended"
        assert list(own_clocks(act("resume", issue, "grid_worker"))) == ["submit"]

    def test_it_is_welcome_after_it_too(self, act: Acting, parked: Issue) -> None:
        issue = act("resume", parked, "grid_worker")
        running = own_clocks(issue)
        issue = act("supply_info", issue, None)
        assert (issue.asked_at, own_clocks(issue)) == (None, running)
