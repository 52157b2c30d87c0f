"""What the reporter says without being asked: something more, and that what has ended does not hold."""

from datetime import timedelta

import pytest

from issues.models import Issue
from tests.builders import Town
from tests.faces import photo
from tests.issues.acting import Acting
from trail.refusals import NotAllowed

SOLVED = {"answered": True, "solved": True, "satisfied": True}
UNSOLVED = SOLVED | {"solved": False}
MONTH = timedelta(days=30)


@pytest.fixture
def closed(act: Acting) -> Issue:
    """Closed by its reporter's own verdict."""
    return act("rate", act("submit_result", act.handling(), "grid_worker", outcome="solved"), None, **SOLVED)


class TestSomethingMore:
    def test_whoever_has_it_hears_and_no_clock_moves(self, act: Acting) -> None:
        issue = act.handling()
        due = issue.due_at
        for _again in range(2):
            issue = act("add_info", issue, None, text="演示:三单元也有", photos=[photo()])
        assert (issue.state, issue.due_at, issue.attachments.count()) == ("handling", due, 2)
        assert ("grid_worker", "add_info.owner") in act.heard()

    def test_what_is_asked_is_answered_first(self, act: Acting) -> None:
        issue = act("ask_info", act.handling(), "grid_worker")
        refused = act.refused("add_info", issue, None)
        assert (refused.code, "supply_info" in refused.allowed) == ("not_asked", True)

    def test_nobody_else(self, act: Acting) -> None:
        issue = act.handling()
        for name in ("grid_worker", "district_dispatcher"):
            assert isinstance(act.refused("add_info", issue, name), NotAllowed)


class TestOpenedAgain:
    def test_the_level_above_reviews_it(self, town: Town, act: Acting, closed: Issue) -> None:
        issue = act("reopen", closed, None)
        assert (issue.state, issue.disputed, issue.closed_at) == ("resolved", True, None)
        assert issue.owner == town.community and issue.due_at is not None
        assert ("community_secretary", "reopen.owner") in act.heard()
        again = act("redo", issue, "community_secretary")
        assert (again.state, again.owner, again.redo_count) == ("assigned", town.grid, 1)

    def test_unrated_too(self, town: Town, act: Acting) -> None:
        issue = act("submit_result", act.handling(), "grid_worker", outcome="solved")
        act.now = issue.due_at + timedelta(minutes=1)
        act.sweep()
        issue.refresh_from_db()
        assert issue.state == "closed"
        assert act("reopen", issue, None).owner == town.community

    def test_within_thirty_days(self, act: Acting, closed: Issue) -> None:
        act.now = closed.closed_at + MONTH
        assert act.refused("reopen", closed, None).code == "reopenable"
        act.now -= timedelta(seconds=1)
        assert act("reopen", closed, None).state == "resolved"

    def test_not_what_was_reviewed(self, act: Acting) -> None:
        issue = act("submit_result", act.handling(), "grid_worker", outcome="solved")
        issue = act("close", act("rate", issue, None, **UNSOLVED), "community_secretary")
        assert act.refused("reopen", issue, None).code == "reopenable"

    def test_not_what_was_withdrawn(self, act: Acting) -> None:
        assert act.refused("reopen", act("withdraw", act.handling(), None), None).code == "reopenable"

    def test_after_a_review_no_more(self, act: Acting, closed: Issue) -> None:
        issue = act("close", act("reopen", closed, None), "community_secretary")
        assert act.refused("reopen", issue, None).code == "reopenable"

    def test_nobody_else(self, act: Acting, closed: Issue) -> None:
        for name in ("grid_worker", "community_secretary", "district_dispatcher"):
            assert isinstance(act.refused("reopen", closed, name), NotAllowed)
