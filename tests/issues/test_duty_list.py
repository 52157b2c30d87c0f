"""Routing by the district's own rules, and nothing outside the duty list pushed onto a grid (S4:9)."""

from datetime import timedelta

import pytest

from grids.actions.policies import set_policy
from issues.actions import PERFORM, report_issue
from issues.models import Concern, Issue
from tests.builders import Town
from tests.issues.acting import Acting, last
from trail.models import Event
from trail.refusals import Refused

ITEM = {"group": "演示组", "name": "演示项"}


def decide(town: Town, key: str, value: dict, *, unit=None, **more) -> int:
    usual = {"by": town.people["system_admin"], "now": town.now, "reason": "演示:试行"}
    return set_policy(unit or town.district, key, value, **(usual | more)).pk


def dispatched(issue: Issue) -> dict:
    return Event.objects.about("issue", issue.pk).get(verb="dispatch").data


class TestRoute:
    def test_to_another_level(self, town) -> None:
        version = decide(town, "categories", {"litter": {"responsible": "street"}})
        issue = town.report("litter")
        assert issue.owner == town.street
        assert dispatched(issue)["rule"] == "policy"
        assert dispatched(issue)["policy"] == version

    def test_a_street_has_its_own(self, town) -> None:
        decide(town, "categories", {"litter": {"responsible": "street"}}, unit=town.other_street)
        assert town.report("litter").owner == town.grid
        assert town.report("litter", place=town.far_building).owner == town.other_street

    def test_to_a_body(self, town) -> None:
        decide(town, "categories", {"litter": {"responsible": "body", "body": town.utility.code}})
        issue = Issue.objects.get(pk=town.report("litter").pk)
        assert (issue.owner, issue.state, issue.owner_unit) == (town.utility, "assigned", None)
        assert Concern.objects.filter(issue=issue, body=town.utility.pk).exists()
        assert Issue.objects.visible_to(town.people["utility_officer"], town.now).get() == issue
        assert dispatched(issue)["to"] == {"body": town.utility.pk}
        PERFORM["sign"](issue, by=town.people["utility_officer"], now=town.now)

    def test_a_body_that_has_closed_leaves_it_to_the_community(self, town) -> None:
        from grids.actions.bodies import close_body

        decide(
            town,
            "categories",
            {"litter": {"responsible": "body", "body": town.owners.code}},
            unit=town.street,
        )
        close_body(town.owners, by=None, now=town.now)
        issue = town.report("litter")
        assert (issue.state, issue.owner) == ("reported", town.community)

    def test_to_nobody(self, town) -> None:
        decide(town, "categories", {"litter": {"responsible": "screened"}})
        issue = town.report("litter")
        assert (issue.state, issue.owner) == ("reported", town.community)

    def test_danger_stays_danger(self, town) -> None:
        decide(town, "categories", {"fire": {"responsible": "district"}})
        decide(town, "duty_list", {"no": ITEM | {"state": "banned", "categories": ["fire"]}})
        assert town.report("fire").owner == town.grid

    def test_only_what_comes_from_then_on(self, town) -> None:
        before = town.report("litter")
        start = town.now + timedelta(hours=1)
        decide(town, "categories", {"litter": {"responsible": "street"}}, effective_from=start)
        assert town.report("litter").owner == town.grid
        assert town.report("litter", now=start).owner == town.street
        assert Issue.objects.get(pk=before.pk).owner == town.grid

    def test_screening_follows_it_too(self, town, act: Acting) -> None:
        issue = town.report("other")
        decide(town, "categories", {"noise": {"responsible": "street"}})
        issue = act("screen", issue, "community_worker", category=town.categories["noise"])
        assert issue.owner == town.street
        assert last(issue).data["rule"] == "policy"

    def test_out_of_use_here(self, town) -> None:
        decide(town, "categories", {"litter": {"active": "no"}}, unit=town.street)
        with pytest.raises(Refused) as caught:
            town.report("litter")
        assert caught.value.code == "inactive_category"
        assert town.report("litter", place=town.far_building)

    @pytest.mark.parametrize(("source", "needed"), [("resident", True), ("patrol", True), ("phone", False)])
    def test_a_photo_is_demanded_of_whoever_stands_there(self, town, source, needed) -> None:
        decide(town, "categories", {"litter": {"photo": "required"}})
        if not needed:
            assert town.report("litter", source=source)
            return
        with pytest.raises(Refused) as caught:
            town.report("litter", source=source)
        assert caught.value.code == "photo_needed"


class TestDutyList:
    def test_outside_the_list_goes_to_the_community(self, town) -> None:
        version = decide(town, "duty_list", {"a": ITEM | {"state": "admitted", "categories": ["road"]}})
        issue = town.report("litter")
        assert (issue.state, issue.owner) == ("assigned", town.community)
        assert (dispatched(issue)["rule"], dispatched(issue)["policy"]) == ("duty_list", version)

    @pytest.mark.parametrize(
        ("state", "until", "goes_to"),
        [
            ("admitted", None, "grid"),
            ("banned", None, "community"),
            ("temporary", "2026-03-10", "grid"),
            ("temporary", "2026-03-09", "community"),
        ],
    )
    def test_what_it_says(self, town, state, until, goes_to) -> None:
        item = ITEM | {"state": state, "categories": ["litter"]} | ({"until": until} if until else {})
        decide(town, "duty_list", {"a": item})
        assert town.report("litter").owner == getattr(town, goes_to)

    def test_a_dispatch_to_a_grid_is_refused(self, town, act: Acting) -> None:
        decide(town, "duty_list", {"a": ITEM | {"state": "banned", "categories": ["noise"]}})
        issue = act("sign", town.report("noise"), "community_worker")
        assert act.refused("dispatch", issue, "community_worker", unit=town.grid).code == "not_on_duty_list"
        decide(
            town,
            "duty_list",
            {"a": ITEM | {"state": "temporary", "until": "2026-03-31", "categories": ["noise"]}},
        )
        assert act("dispatch", issue, "community_worker", unit=town.grid).owner == town.grid

    def test_nothing_is_refused_until_the_district_has_a_list(self, town, act: Acting) -> None:
        issue = act("sign", town.report("noise"), "community_worker")
        assert act("dispatch", issue, "community_worker", unit=town.grid).owner == town.grid

    def test_the_sample_can_be_taken_on(self, town) -> None:
        from issues.models import Category
        from issues.policies.matters import sample_duty_list

        for row in sample_duty_list().values():
            for key in row.get("categories", ()):
                Category.objects.get_or_create(
                    key=key, defaults={"name": key, "name_en": key, "kind": "help"}
                )
        decide(town, "duty_list", sample_duty_list(), is_sample=True)
        rubbish = Category.objects.get(key="clean_rubbish")
        Category.objects.filter(pk=rubbish.pk).update(handled_at="grid")
        rubbish.refresh_from_db()
        issue = report_issue(place=town.building, category=rubbish, text="演示:垃圾", by=None, now=town.now)
        assert issue.owner == town.grid


class TestWhatComesBackByItself:
    """Nobody is there to be told to choose another: it goes to the level above the grid."""

    @pytest.fixture
    def both(self, town: Town, act: Acting) -> tuple[Issue, Issue]:
        """A grid's own, and one that follows it and is kept from grids."""
        own = {"state": "admitted", "categories": ["litter"]}
        decide(town, "duty_list", {"a": ITEM | own, "b": ITEM | {"state": "banned", "categories": ["noise"]}})
        main = act.handling()
        return main, act("merge", town.report("noise"), "community_worker", main=main)

    def test_the_main_issue_is_withdrawn(self, town: Town, act: Acting, both: tuple[Issue, Issue]) -> None:
        main, other = both
        assert act("withdraw", main, None).owner == town.grid
        other.refresh_from_db()
        assert (other.state, other.owner) == ("assigned", town.community)
        assert last(other).data["to"] == {"unit": town.community.pk}

    def test_the_result_of_the_main_issue_does_not_hold_for_it(
        self, town: Town, act: Acting, both: tuple[Issue, Issue]
    ) -> None:
        main, other = both
        act("submit_result", main, "grid_worker")
        redone = {}
        # Once the main issue is done anew, what nobody has rated follows it again.
        for issue in (other, main):
            issue = act("rate", issue, None, answered=True, solved=False, satisfied=False)
            redone[issue.pk] = act("redo", issue, "community_secretary").owner
        assert redone == {main.pk: town.grid, other.pk: town.community}

    def test_it_is_taken_out_again(self, town: Town, act: Acting) -> None:
        """The list has changed since it was the grid's."""
        main, other = act.handling(), town.report()
        other = act("merge", other, "grid_worker", main=main)
        decide(town, "duty_list", {"a": ITEM | {"state": "banned", "categories": ["litter"]}})
        assert act("unmerge", other, "grid_worker").owner == town.community
