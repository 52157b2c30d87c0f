"""Where it belongs, as somebody said: whoever returned it, or the rule of the category that it was corrected to."""

from datetime import timedelta

import pytest

from grids.actions.policies import set_policy
from issues.models import Decision, Issue
from tests.builders import Town
from tests.faces import signed_in, stop_clock
from tests.issues.acting import Acting, events, last
from tests.issues.calling import at, own_clocks
from trail.refusals import NotAllowed


def given(town: Town, act: Acting) -> Issue:
    """Noise at the community, which gives it to a grid."""
    return act("dispatch", town.report("noise", now=act.now), "community_secretary", unit=town.grid)


def returned(town: Town, act: Acting, **proposed: object) -> Issue:
    return act("return", given(town, act), "grid_worker", why="other_unit", **proposed)


class TestReturn:
    @pytest.mark.parametrize(
        ("why", "asked"), [("other_unit", True), ("other_place", True), ("unclear", False)]
    )
    def test_who_says_it_belongs_elsewhere_says_where(
        self, town: Town, act: Acting, why: str, asked: bool
    ) -> None:
        issue = given(town, act)
        if asked:
            assert act.refused("return", issue, "grid_worker", why=why).code == "proposal"
        assert act("return", issue, "grid_worker", why=why, unit=town.other_grid).owner == town.community
        if not asked:
            assert act("return", given(town, act), "grid_worker", why=why).proposed is None

    def test_oneself_is_no_proposal(self, town: Town, act: Acting) -> None:
        refused = act.refused("return", given(town, act), "grid_worker", why="other_unit", unit=town.grid)
        assert refused.code == "proposal"

    def test_the_page_asks_for_it_beside_the_question(self, town: Town, act: Acting, monkeypatch) -> None:
        stop_clock(monkeypatch, act.now)
        issue, client = given(town, act), signed_in(town, "grid_worker")
        answer = client.post(f"/i/{issue.code}/return/", {"why": "other_unit", "text": "演示:不归我格"})
        assert answer.status_code == 409
        assert "unit" in answer.context["tried"].form.errors


class TestGiveThere:
    def test_in_one_tap(self, town: Town, act: Acting) -> None:
        issue = returned(town, act, unit=town.other_grid)
        assert issue.proposed == town.other_grid
        act.heard()
        there = act("give_proposed", issue, "community_secretary")
        assert (there.owner, there.state, there.proposed) == (town.other_grid, "assigned", None)
        assert last(there).data["to"] == {"unit": town.other_grid.pk}
        assert ("other_worker", "give_proposed.to") in act.heard()
        assert act("recall", there, "community_worker").owner == town.community

    def test_a_body_too(self, town: Town, act: Acting) -> None:
        issue = act("dispatch", town.report("road"), "street_dispatcher", unit=town.community)
        issue = act("return", issue, "community_worker", why="other_unit", body=town.office)
        assert act("give_proposed", issue, "street_leader").owner == town.office

    def test_only_to_one_s_own(self, town: Town, act: Acting) -> None:
        issue = returned(town, act, body=town.office)
        assert issue.proposed == town.office
        assert act.refused("give_proposed", issue, "community_secretary").code == "proposed"
        up = act("hand_up", issue, "community_secretary")
        assert act("give_proposed", up, "street_dispatcher").owner == town.office

    def test_nothing_was_proposed(self, town: Town, act: Acting) -> None:
        assert act.refused("give_proposed", given(town, act), "community_secretary").code == "not_yours"
        issue = act("sign", town.report("noise"), "community_worker")
        assert act.refused("give_proposed", issue, "community_worker").code == "proposed"

    def test_not_by_others(self, town: Town, act: Acting) -> None:
        issue = returned(town, act, unit=town.other_grid)
        for name in ("grid_worker", "other_worker", "street_leader"):
            assert isinstance(act.refused("give_proposed", issue, name), NotAllowed)

    def test_it_is_the_ruling_where_one_was_asked_for(self, town: Town, act: Acting) -> None:
        again = act(
            "dispatch", returned(town, act, unit=town.other_grid), "community_secretary", unit=town.grid
        )
        issue = act("return", again, "grid_worker", why="other_unit", unit=town.other_grid)
        assert (issue.owner, issue.ruling) == (town.street, "asked")
        assert act("give_proposed", issue, "street_leader").ruling == "given"

    @pytest.mark.parametrize("path", ["/i/{code}/", "/admin/issues/issue/{pk}/change/"])
    def test_the_button_says_where(self, town: Town, act: Acting, monkeypatch, path: str) -> None:
        stop_clock(monkeypatch, act.now)
        issue = returned(town, act, unit=town.other_grid)
        town.people["community_secretary"].is_staff = True
        town.people["community_secretary"].save()
        page = signed_in(town, "community_secretary").get(path.format(code=issue.code, pk=issue.pk))
        assert "Give it to 第二网格" in page.content.decode()


class TestCorrectedCategory:
    def test_the_limits_are_those_of_the_new_one(self, town: Town, act: Acting) -> None:
        """Noise is the community's: three working days. Heat is put right within a day, day and night."""
        set_policy(
            town.district, "categories", {"litter": {"submit": [24, "hours"]}},
            by=town.people["system_admin"], now=act.now, reason="演示",
        )  # fmt: skip
        issue = act.handling("noise", "community_worker")
        started = act.now
        act.later(hours=5)
        issue = act("correct", issue, "community_worker", category=town.categories["litter"])
        assert own_clocks(issue) == {"submit": started + timedelta(hours=24)}
        assert (issue.due_at, issue.owner) == (started + timedelta(hours=24), town.community)
        assert last(issue).data["clock"] == "submit"

    def test_nobody_is_late_by_the_correction_alone(self, town: Town, act: Acting) -> None:
        set_policy(
            town.district, "categories", {"litter": {"submit": [2, "hours"]}},
            by=town.people["system_admin"], now=act.now, reason="演示",
        )  # fmt: skip
        issue = act.handling("noise", "community_worker")
        act.now = at("03-10 14:00")
        issue = act("correct", issue, "community_worker", category=town.categories["litter"])
        assert issue.due_at == at("03-10 16:00")

    def test_what_is_late_stays_late(self, town: Town, act: Acting) -> None:
        set_policy(
            town.district, "categories", {"litter": {"submit": [30, "working_days"]}},
            by=town.people["system_admin"], now=act.now, reason="演示",
        )  # fmt: skip
        issue = act.handling("noise", "community_worker")
        due = act.now = issue.due_at
        act.later(hours=16)
        while act.sweep():
            pass
        issue = act("correct", issue, "community_worker", category=town.categories["litter"])
        assert issue.due_at == due

    def test_a_date_that_was_given_stays(self, town: Town, act: Acting) -> None:
        set_policy(
            town.district, "categories", {"noise": {"submit": [30, "working_days"]}},
            by=town.people["system_admin"], now=act.now, reason="演示",
        )  # fmt: skip
        issue = act("ask_extension", act.handling(), "grid_worker")
        issue = act("grant", Decision.objects.get(issue=issue), "community_worker")
        corrected = act("correct", issue, "grid_worker", category=town.categories["noise"])
        assert corrected.due_at == issue.due_at

    def test_where_its_rule_leads_is_proposed_and_who_has_it_stays(self, town: Town, act: Acting) -> None:
        issue = act.handling("noise", "community_worker")
        issue = act("correct", issue, "community_worker", category=town.categories["litter"])
        assert (issue.owner, issue.proposed) == (town.community, town.grid)
        assert last(issue).data["proposed"] == {"unit": town.grid.pk}
        there = act("give_proposed", issue, "community_worker")
        assert (there.owner, there.keeper_unit) == (town.grid, town.community)

    def test_a_place_that_was_wrong_too(self, town: Town, act: Acting) -> None:
        issue = act.handling()
        issue = act("correct", issue, "grid_worker", place=town.other_building)
        assert (issue.owner, issue.proposed) == (town.grid, town.other_grid)
        # Not the grid's to give: it is returned, or handed up, and whoever gets it gives it there.
        assert act.refused("give_proposed", issue, "grid_worker").code == "not_yours"

    def test_where_it_is_right_already_nothing_is_proposed(self, town: Town, act: Acting) -> None:
        issue = act.handling("noise", "community_worker")
        issue = act("correct", issue, "community_worker", category=town.categories["litter"])
        issue = act("correct", issue, "community_worker", category=town.categories["noise"])
        assert issue.proposed is None
        assert events(issue)[-2:] == ["correct", "correct"]

    def test_a_complaint_is_proposed_to_nobody(self, town: Town, act: Acting) -> None:
        issue = act("sign", town.report("noise", about=town.grid), "community_worker")
        issue = act("correct", issue, "community_worker", category=town.categories["litter"])
        assert issue.proposed is None

    def test_the_form_says_so(self, town: Town, act: Acting, monkeypatch) -> None:
        stop_clock(monkeypatch, act.now)
        page = signed_in(town, "grid_worker").get(f"/i/{act.handling().code}/correct/").content.decode()
        assert "Who has it stays" in page
