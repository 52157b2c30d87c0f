"""Which results are looked at on the spot, by whom, and what the district switches."""

from typing import Any

import pytest

from grids.actions.policies import set_policy
from issues import sampling
from issues.kinds import CHECKS
from issues.models import Category, Deadline, Decision, Issue
from issues.policies import SHIPPED
from issues.policies.matters import CHECKED
from issues.sampling import lot
from tests.builders import Town
from tests.issues.acting import Acting, last

SOLVED = {"answered": True, "solved": True, "satisfied": True}


def decide(town: Town, key: str, value: dict[str, Any]) -> None:
    set_policy(town.district, key, value, by=town.people["system_admin"], now=town.now, reason="演示:调整")


@pytest.fixture
def hazard(town: Town) -> Category:
    """Cables from a window: a hazard, nothing has happened yet."""
    made = Category.objects.create(
        key="wire", name="演示飞线", name_en="wire", kind="hazard", handled_at="grid"
    )
    town.categories["wire"] = made
    return made


def submitted(act: Acting, category: str, **given: Any) -> Issue:
    return act("submit_result", act.handling(category, **given), "grid_worker")


def redone(act: Acting, category: str) -> Issue:
    issue = act("rate", submitted(act, category), None, **(SOLVED | {"solved": False}))
    issue = act("sign", act("redo", issue, "community_worker"), "grid_worker")
    return act("submit_result", issue, "grid_worker")


def parked(act: Acting, category: str) -> Issue:
    issue = act("ask_suspension", act.handling(category), "grid_worker")
    act("grant", Decision.objects.get(issue=issue), "community_secretary")
    return act("submit_result", act("resume", issue, "grid_worker"), "grid_worker")


# Reason → how such a result comes about.
WAYS: dict[str, Any] = {
    "danger": lambda act: submitted(act, "fire"),
    "hazard": lambda act: submitted(act, "wire"),
    "disputed": lambda act: redone(act, "litter"),
    "suspended": lambda act: parked(act, "litter"),
}


def test_every_reason_is_switched_by_a_rule_or_drawn_or_a_categorys_own() -> None:
    assert {word.key for word in CHECKS} == {*WAYS, "category", "sample"}
    assert {key for key, _label in CHECKED.rows or ()} == set(WAYS)
    assert set(WAYS) == SHIPPED.checked


@pytest.mark.parametrize("reason", WAYS)
@pytest.mark.usefixtures("hazard")
class TestReasons:
    def test_somebody_else_looks_at_it(self, town: Town, act: Acting, reason: str) -> None:
        issue = WAYS[reason](act)
        assert (issue.check_reason, issue.check_unit) == (reason, town.community)
        assert set(Deadline.objects.open().filter(issue=issue).values_list("clock", flat=True)) == {
            "rate",
            "check",
        }
        assert last(issue).data["check"] == reason

    def test_the_rating_alone_does_not_close_it(self, act: Acting, reason: str) -> None:
        issue = act("rate", WAYS[reason](act), None, **SOLVED)
        assert (issue.state, issue.waits_for_check) == ("resolved", True)
        assert act("verify", issue, "community_secretary").state == "closed"

    def test_nor_does_the_window_that_passes(self, act: Acting, reason: str) -> None:
        issue = WAYS[reason](act)
        act.now = Deadline.objects.open().get(issue=issue, clock="rate").due_at
        while act.sweep():
            act.later(seconds=2)
        issue.refresh_from_db()
        assert issue.state == "resolved"

    def test_the_district_switches_it_off(self, town: Town, act: Acting, reason: str) -> None:
        decide(town, "checks", {reason: {"asked": False}})
        issue = WAYS[reason](act)
        others = {"danger": "hazard"}
        assert issue.check_reason == others.get(reason, "")

    def test_what_was_only_explained_has_no_spot(self, act: Acting, reason: str) -> None:
        issue = WAYS[reason](act)
        act("verify", issue, "community_secretary", passed=False)
        issue = act("sign", issue, "grid_worker")
        assert act("submit_result", issue, "grid_worker", outcome="explained").check_reason == ""


def test_who_finds_and_settles_a_hazard_at_once_closes_it(town: Town, act: Acting, hazard: Category) -> None:
    own = {"by": town.people["grid_worker"], "source": "patrol"}
    assert submitted(act, "wire", **own).state == "closed"


class TestSample:
    def test_the_share_that_is_set_is_drawn(self) -> None:
        names = [f"issue {number}" for number in range(4000)]
        for percent in (0, 5, 50, 100):
            share = sum(lot(name) < percent for name in names) / len(names)
            assert abs(share - percent / 100) < 0.02

    def test_the_same_one_is_drawn_again(self) -> None:
        assert lot("one") == lot("one")

    def test_drawn_it_is_looked_at(self, act: Acting, monkeypatch: pytest.MonkeyPatch) -> None:
        assert submitted(act, "litter").check_reason == ""
        monkeypatch.setattr(sampling, "lot", lambda name: SHIPPED.sample_percent - 1)
        assert submitted(act, "litter").check_reason == "sample"

    def test_at_none_nothing_is(self, town: Town, act: Acting, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sampling, "lot", lambda name: 0)
        decide(town, "sampling", {"all": {"percent": 0}})
        assert submitted(act, "litter").check_reason == ""
