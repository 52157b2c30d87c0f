"""The check on the spot: somebody else looks at the result where the rules ask for it, and is told that they must."""

import pytest

from grids.actions.policies import set_policy
from grids.actions.posts import end_post
from grids.models import Post
from issues.answering import Answering
from issues.models import Issue
from tests.builders import Town
from tests.issues.acting import Acting, events
from tests.issues.calling import own_clocks
from tests.issues.test_escalate import ticks
from trail.refusals import NotAllowed


@pytest.fixture
def fire(town: Town, act: Acting) -> Issue:
    """A danger, over as the grid says: the community looks at it."""
    issue = act.handling("fire", by=town.people["street_leader"], on_behalf=True)
    act.heard()
    return act("submit_result", issue, "grid_worker")


class TestAsked:
    def test_whoever_checks_is_told_with_their_deadline(self, town: Town, act: Acting, fire: Issue) -> None:
        assert (fire.check_reason, fire.check_unit, fire.checked_at) == ("danger", town.community, None)
        assert set(own_clocks(fire)) == {"check", "rate"}
        assert fire.due_at == own_clocks(fire)["check"]
        assert act.heard() == {
            ("community_secretary", "submit_result.checker"),
            ("community_worker", "submit_result.checker"),
            ("street_leader", "submit_result.on_behalf"),
        }

    def test_what_needs_no_check_is_nobodys_to_check(self, act: Acting) -> None:
        issue = act.handling()
        act.heard()
        assert act("submit_result", issue, "grid_worker").check_unit is None
        assert act.heard() == set()

    def test_nobody_checks_their_own_result(self, town: Town, act: Acting) -> None:
        issue = act.handling("fire", "community_worker")
        done = act("submit_result", issue, "community_worker")
        assert done.check_unit == town.street
        assert isinstance(act.refused("verify", done, "community_secretary"), NotAllowed)

    def test_where_the_category_asks_for_it(self, town: Town, act: Acting) -> None:
        value = {"litter": {"check": "yes"}}
        by = town.people["system_admin"]
        set_policy(town.district, "categories", value, by=by, now=act.now, reason="演示:试行")
        done = act("submit_result", act.handling(), "grid_worker")
        assert (done.check_reason, done.check_unit) == ("category", town.community)


def test_the_deputy_who_is_called_instead_of_the_silent_looks_at_it(town: Town, act: Acting) -> None:
    by, deputy = town.people["system_admin"], "community_secretary_deputy"
    set_policy(
        town.district, "categories", {"litter": {"check": "yes"}}, by=by, now=act.now, reason="演示:试行"
    )
    done = act("submit_result", act.handling(), "grid_worker")
    asked = Issue.objects.filter(pk=done.pk)
    assert isinstance(act.refused("verify", done, deputy), NotAllowed)
    assert not asked.asking(Answering(town.people[deputy], act.now))
    list(ticks(act, done, own_clocks(done)["check"]))
    assert events(done)[-1] == "call_deputy"
    assert asked.asking(Answering(town.people[deputy], act.now))
    assert act("verify", done, deputy).checked_at == act.now


def test_where_nobody_is_the_level_above_is_asked_to_look_at_it(town: Town, act: Acting, fire: Issue) -> None:
    asked, leader = Issue.objects.filter(pk=fire.pk), town.people["street_leader"]
    assert fire.check_unit == town.community
    assert not asked.asking(Answering(leader, act.now))
    for post in Post.objects.filter(unit=town.community):
        end_post(post, by=None, now=act.now)
    assert asked.asking(Answering(leader, act.now))
    assert act("verify", fire, "street_leader").checked_at == act.now
    assert not asked.asking(Answering(leader, act.now))


class TestPassed:
    def test_with_the_reporters_yes_it_is_closed(self, act: Acting, fire: Issue) -> None:
        rated = act("rate", fire, None, answered=True, solved=True, satisfied=True)
        assert rated.state == "resolved" and set(own_clocks(rated)) == {"check"}
        act.heard()
        assert act("verify", fire, "community_secretary").state == "closed"
        assert act.heard() == {("street_leader", "verify.registrar")}

    def test_without_it_the_window_decides(self, act: Acting, fire: Issue) -> None:
        window = own_clocks(fire)["rate"]
        act.heard()
        checked = act("verify", fire, "community_secretary")
        assert (checked.state, checked.due_at, checked.checked_at) == ("resolved", window, act.now)
        assert act.heard() == set()
        assert isinstance(act.refused("verify", checked, "community_worker"), NotAllowed)


def test_what_is_not_as_said_goes_back_and_they_are_told(town: Town, act: Acting, fire: Issue) -> None:
    act.heard()
    again = act("verify", fire, "community_secretary", passed=False)
    assert (again.state, again.owner, again.redo_count, again.outcome) == ("assigned", town.grid, 1, "")
    assert set(own_clocks(again)) == {"sign"}
    assert act.heard() == {("grid_worker", "verify.failed"), ("grid_chief", "verify.failed")}
