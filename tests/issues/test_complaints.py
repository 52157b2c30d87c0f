"""A complaint about those in charge goes one level up, and they never see it, on any face, nor hear of it."""

import pytest
from django.test import Client
from django.utils import timezone

from grids.actions.tree import merge_units
from grids.notices import follow_unit as lineage_follows
from issues.actions import PERFORM
from issues.actions.follow import follow_unit
from issues.actions.rates import count_rates
from issues.models import Issue, RateDay
from issues.rate_table import rated_figures
from issues.rates import Figures
from issues.rehearsal import rehearse
from issues.verdicts import differences
from notices.actions import fan_out_once
from notices.models import Notice
from tests.builders import Town
from tests.issues.acting import Acting, events
from trail.models import Event
from trail.refusals import Refused

ABOUT = {
    "grid": ("community", ["grid_worker", "grid_chief", "building_head"]),
    "community": ("street", ["community_secretary", "community_worker", "grid_worker", "other_worker"]),
    "street": ("district", ["street_dispatcher", "street_leader", "community_secretary", "office_officer"]),
    "office": ("street", ["office_officer"]),
}


@pytest.mark.parametrize("about", ABOUT)
def test_it_goes_one_level_up_and_its_subject_never_sees_it(town: Town, about: str) -> None:
    above, hidden_from = ABOUT[about]
    issue = town.report("litter", about=getattr(town, about))
    assert (issue.owner, issue.kind, issue.state) == (getattr(town, above), "complaint", "assigned")
    for name in hidden_from:
        assert not Issue.objects.visible_to(town.people[name], town.now).filter(pk=issue.pk).exists(), name
    assert Issue.objects.visible_to(town.people["district_dispatcher"], town.now).filter(pk=issue.pk).exists()


def test_pages_and_api_know_nothing_of_it(town: Town) -> None:
    issue = town.report("litter", about=town.community)
    client = Client()
    client.force_login(town.people["community_secretary"])
    assert client.get(f"/i/{issue.code}/").status_code == 404
    assert client.post(f"/i/{issue.code}/sign/", {}).status_code == 404


def test_whoever_holds_a_post_above_as_well_is_still_its_subject(town: Town) -> None:
    town.appoint("community_secretary", "street_leader", town.street)
    issue = town.report("litter", about=town.community)
    person = town.people["community_secretary"]
    assert not Issue.objects.visible_to(person, town.now).filter(pk=issue.pk).exists()


def test_whoever_registered_it_still_sees_it(town: Town) -> None:
    person = town.people["community_worker"]
    issue = town.report("litter", about=town.community, by=person, source="visit", on_behalf=True)
    assert Issue.objects.visible_to(person, town.now).filter(pk=issue.pk).exists()


def test_it_is_never_given_to_its_subject(town: Town, act: Acting) -> None:
    issue = town.report("litter", about=town.community)
    for target in ({"unit": town.community}, {"unit": town.grid}):
        assert act.refused("dispatch", issue, "street_dispatcher", **target).code == "about_them"


def test_nobody_of_them_hears_of_it_while_it_climbs(town: Town, act: Acting) -> None:
    issue = town.report("litter", about=town.street)
    hidden = {town.people[name].pk for name in ("street_leader", "supervisor", "community_secretary")}
    for _day in range(12):
        act.later(hours=8)
        act.sweep()
        while fan_out_once(now=act.now):
            pass
    assert Event.objects.about("issue", issue.pk).filter(verb="board").exists()
    told = set(Notice.objects.filter(event__subject_id=issue.pk).values_list("recipient", flat=True))
    assert told
    assert not told & hidden


def test_only_those_in_charge_of_the_place_can_be_named(town: Town) -> None:
    for wrong in (town.district, town.building, town.other_street, town.far_office):
        with pytest.raises(Refused) as caught:
            town.report("litter", about=wrong)
        assert caught.value.code == "about"


def test_screening_does_not_lead_back_to_them(town: Town, act: Acting) -> None:
    issue = town.report("litter", about=town.grid)
    PERFORM["correct"](
        issue, by=town.people["community_worker"], now=act.now, category=town.categories["noise"]
    )
    issue.refresh_from_db()
    assert issue.owner == town.community


class TestMerging:
    """What would follow it, or what it would follow, has reporters and handlers of its own."""

    def test_nothing_is_merged_into_it(self, town: Town, act: Acting) -> None:
        complaint = town.report("litter", about=town.community)
        other = act("sign", town.report("road"), "street_dispatcher")
        assert act.refused("merge", other, "street_dispatcher", main=complaint).code == "main"

    def test_it_follows_nothing(self, town: Town, act: Acting) -> None:
        main = act.handling("litter")
        complaint = act("sign", town.report("litter", about=town.community), "street_dispatcher")
        assert act.refused("merge", complaint, "street_dispatcher", main=main).code == "main"


def test_a_dry_run_leaves_it_out(town: Town) -> None:
    """It goes by no rule, and whoever reads the run may be whom it is about."""
    issue = town.report("noise", about=town.street)
    plain = town.report("noise")
    value = {"noise": {"responsible": "street"}}
    found = rehearse("categories", town.street, value, town.people["street_leader"], town.now)
    told = [number for one in found.findings for number, _address, _how in one.rows]
    assert found.looked_at == 1 and set(told) == {plain.number} != {issue.number}


class TestDanger:
    """A danger calls those nearby; a complaint about them must not."""

    def test_correcting_it_to_a_danger_calls_nobody(self, town: Town, act: Acting) -> None:
        issue = act("sign", town.report("litter", about=town.community), "street_dispatcher")
        issue = act("correct", issue, "street_dispatcher", category=town.categories["fire"])
        assert not issue.is_danger and "alarm" not in events(issue)

    def test_screening_it_as_a_danger_calls_nobody(self, town: Town, act: Acting) -> None:
        issue = town.report("other")
        Issue.objects.filter(pk=issue.pk).update(about_unit=town.grid)
        issue = act("screen", issue, "community_worker", category=town.categories["fire"])
        assert not issue.is_danger and "alarm" not in events(issue)


def test_it_stays_hidden_when_the_unit_becomes_part_of_another(town: Town, act: Acting) -> None:
    ended = act("sign", town.report("litter", about=town.grid), "community_worker")
    ended = act("submit_result", ended, "community_worker")
    ended = act("rate", ended, None, answered=True, solved=True, satisfied=True)
    running = town.report("litter", about=town.grid)
    merge_units(town.grid, into=town.other_grid, by=None, now=act.now)
    follow_unit(town.grid, now=act.now)
    for issue in (ended, running):
        issue.refresh_from_db()
        assert issue.about_unit == town.other_grid
        assert not Issue.objects.visible_to(town.people["other_worker"], act.now).filter(pk=issue.pk).exists()


class TestRates:
    """A figure of one is as good as the case."""

    def counted(self, town: Town, act: Acting, about: str) -> Issue:
        owner = {"grid": "community_worker", "community": "street_dispatcher", "office": "street_dispatcher"}
        issue = act("sign", town.report("litter", about=getattr(town, about)), owner[about])
        issue = act("submit_result", issue, owner[about])
        issue = act("rate", issue, None, answered=True, solved=True, satisfied=False)
        today = timezone.localdate(act.now)
        count_rates(today, today, now=act.now)
        return issue

    def figures(self, town: Town, act: Acting, name: str) -> Figures:
        today = timezone.localdate(act.now)
        return rated_figures(town.people[name], act.now, first=today, last=today).total()

    @pytest.mark.parametrize(
        ("about", "subject", "above"),
        [
            ("grid", "grid_worker", "community_worker"),
            ("community", "community_secretary", "street_leader"),
            ("office", "office_officer", "street_leader"),
        ],
    )
    def test_the_level_above_counts_it_and_the_subject_does_not(
        self, town: Town, act: Acting, about: str, subject: str, above: str
    ) -> None:
        self.counted(town, act, about)
        assert self.figures(town, act, above) == Figures(1, 1, 1, 1, 0)
        assert self.figures(town, act, subject) == Figures()

    def test_not_even_with_a_post_above(self, town: Town, act: Acting) -> None:
        town.appoint("community_secretary", "street_leader", town.street)
        self.counted(town, act, "community")
        assert self.figures(town, act, "community_secretary") == Figures()

    def test_nor_when_the_unit_has_become_part_of_another(self, town: Town, act: Acting) -> None:
        self.counted(town, act, "grid")
        merge_units(town.grid, into=town.other_grid, by=None, now=act.now)
        lineage_follows(Event.objects.get(subject_type="unit", verb="merge"), act.now)
        follow_unit(town.grid, now=act.now)
        assert self.figures(town, act, "other_worker") == Figures()
        today = timezone.localdate(act.now)
        assert list(differences(today, today, RateDay.objects.all())) == []
