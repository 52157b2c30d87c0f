"""Which results are looked at on the spot, by whom, and what the district switches."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from calendars.worktime import SHANGHAI
from grids.actions.policies import set_policy
from issues import sampling
from issues.kinds import BROUGHT, CHECKS, RESULTS, TOLD
from issues.models import Category, Deadline, Decision, Issue
from issues.policies import SHIPPED
from issues.policies.matters import CHECKED
from issues.sampling import lot
from tests.builders import Town
from tests.issues.acting import Acting, last
from tests.issues.calling import own_clocks

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


def result(act: Acting, issue: Issue, outcome: str) -> Issue:
    case = {"case_number": "演示1号", "feedback_on": date(2026, 4, 1)} if outcome == "legal" else {}
    return act("submit_result", issue, "grid_worker", outcome=outcome, **case)


def submitted(act: Acting, category: str, *, outcome: str = "solved", **given: Any) -> Issue:
    return result(act, act.handling(category, **given), outcome)


def redone(act: Acting, category: str, *, outcome: str = "solved", **given: Any) -> Issue:
    issue = act("rate", submitted(act, category, **given), None, **(SOLVED | {"solved": False}))
    return result(act, act("sign", act("redo", issue, "community_worker"), "grid_worker"), outcome)


def parked(act: Acting, category: str, *, outcome: str = "solved", **given: Any) -> Issue:
    issue = act("ask_suspension", act.handling(category, **given), "grid_worker")
    act("grant", Decision.objects.get(issue=issue), "community_secretary")
    return result(act, act("resume", issue, "grid_worker"), outcome)


# Reason → how such a result comes about.
WAYS: dict[str, Any] = {
    "danger": lambda act, **how: submitted(act, "fire", **how),
    "hazard": lambda act, **how: submitted(act, "wire", **how),
    "disputed": lambda act, **how: redone(act, "litter", **how),
    "suspended": lambda act, **how: parked(act, "litter", **how),
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

    @pytest.mark.parametrize("outcome", [word.key for word in RESULTS])
    def test_whatever_is_said_to_have_come_of_it(self, act: Acting, reason: str, outcome: str) -> None:
        issue = WAYS[reason](act, outcome=outcome)
        assert (issue.check_reason, issue.state) == (reason, "resolved")


class TestInWords:
    """A look on the spot shows nothing of an answer to a question."""

    @pytest.mark.parametrize(("kind", "reason"), [("question", ""), ("help", "disputed")])
    def test_a_question_has_no_spot(self, act: Acting, kind: str, reason: str) -> None:
        assert redone(act, "litter", outcome="answered", kind=kind).check_reason == reason

    def test_but_no_danger_is_called_one(self, act: Acting) -> None:
        assert submitted(act, "fire", outcome="legal", kind="question").check_reason == "danger"

    @pytest.mark.parametrize(
        ("outcome", "reason"),
        [("not_substantiated", "category"), ("unreachable", "category"), ("answered", ""), ("legal", "")],
    )
    def test_what_a_category_asks_for_is_what_can_be_seen(
        self, town: Town, act: Acting, outcome: str, reason: str
    ) -> None:
        decide(town, "categories", {"litter": {"check": "yes"}})
        assert submitted(act, "litter", outcome=outcome).check_reason == reason


class TestDanger:
    def test_it_is_looked_at_within_a_day_and_a_night(self, act: Acting) -> None:
        """Friday evening: not on Tuesday."""
        act.now = datetime(2026, 3, 13, 20, 0, tzinfo=SHANGHAI)
        issue = submitted(act, "fire")
        assert own_clocks(issue)["check"] == act.now + timedelta(hours=24)

    @pytest.mark.parametrize(("verb", "who"), [("answer", "grid_worker"), ("reject", "grid_chief")])
    def test_nobody_ends_it_alone(self, town: Town, act: Acting, verb: str, who: str) -> None:
        refused = act.refused(verb, town.report("fire"), who)
        assert (refused.code, "sign" in refused.allowed) == ("danger_first", True)

    def test_once_it_is_none_it_is_answered_like_anything(self, town: Town, act: Acting) -> None:
        issue = act("all_clear", act.handling("fire"), "street_leader", category=town.categories["litter"])
        assert act("answer", issue, "grid_worker").outcome == "answered"


class TestFoundAndSettled:
    @pytest.fixture
    def own(self, town: Town) -> dict[str, Any]:
        return {"by": town.people["grid_worker"], "source": "patrol"}

    @pytest.mark.usefixtures("hazard")
    def test_a_hazard_is_looked_at_all_the_same(self, act: Acting, own: dict[str, Any]) -> None:
        """Nobody rates it: with the check it ends, outside the three rates as if there had been none."""
        issue = submitted(act, "wire", **own)
        assert (issue.state, issue.check_reason, issue.at_once) == ("resolved", "hazard", True)
        assert set(own_clocks(issue)) == {"check"}
        assert act("verify", issue, "community_secretary").state == "closed"

    @pytest.mark.usefixtures("hazard")
    def test_what_was_not_in_order_was_not_settled_at_once(self, act: Acting, own: dict[str, Any]) -> None:
        issue = act("verify", submitted(act, "wire", **own), "community_secretary", passed=False)
        assert issue.at_once is False
        issue = act("submit_result", act("sign", issue, "grid_worker"), "grid_worker")
        assert (issue.at_once, set(own_clocks(issue))) == (False, {"rate", "check"})

    def test_so_is_what_a_category_asks_to_be_looked_at(
        self, town: Town, act: Acting, own: dict[str, Any]
    ) -> None:
        decide(town, "categories", {"litter": {"check": "yes"}})
        assert submitted(act, "litter", **own).state == "resolved"

    def test_what_was_suspended_is_an_ordinary_result(self, act: Acting, own: dict[str, Any]) -> None:
        issue = parked(act, "litter", **own)
        assert (issue.state, issue.at_once, issue.check_reason) == ("resolved", False, "suspended")
        assert set(own_clocks(issue)) == {"rate", "check"}

    @pytest.mark.parametrize(("hours", "at_once"), [(12, True), (24, False)])
    def test_at_once_is_on_the_same_day(
        self, act: Acting, own: dict[str, Any], hours: int, at_once: bool
    ) -> None:
        issue = act.handling("litter", **own)
        act.later(hours=hours)
        issue = act("submit_result", issue, "grid_worker")
        assert (issue.at_once, issue.state == "closed") == (at_once, at_once)

    @pytest.mark.parametrize("source", sorted(TOLD))
    def test_what_somebody_told_is_not_ones_own_finding(
        self, act: Acting, own: dict[str, Any], source: str
    ) -> None:
        issue = submitted(act, "litter", **(own | {"source": source}))
        assert (issue.at_once, issue.state) == (False, "resolved")
        assert issue.on_behalf is (source in BROUGHT)


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
