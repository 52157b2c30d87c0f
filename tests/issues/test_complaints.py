"""A complaint about those in charge goes one level up, and they never see it, on any face, nor hear of it."""

import pytest
from django.test import Client

from issues.actions import PERFORM
from issues.models import Issue
from notices.actions import fan_out_once
from notices.models import Notice
from tests.builders import Town
from tests.issues.acting import Acting
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
