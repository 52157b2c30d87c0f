"""Who sees which issues. `visible_to` is the one door; what is not visible does not exist."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import CaptureQueriesContext

from grids.actions.bodies import add_body
from grids.actions.posts import end_post, record_leave
from issues.models import Callee, Category, Issue
from tests.builders import LONG_AGO, Town
from tests.issues.acting import Acting


def sees(town: Town, name: str, now: object = None) -> set[Issue]:
    return set(Issue.objects.visible_to(town.person(name), now or town.now))


@pytest.fixture
def everywhere(town: Town) -> dict[str, Issue]:
    """One issue in each place of the tree."""
    places = (
        "district",
        "street",
        "community",
        "grid",
        "building",
        "other_grid",
        "other_building",
        "far_building",
    )
    return {place: town.report("litter", place=town.units[place]) for place in places}


STREET_A = {"street", "community", "grid", "building", "other_grid", "other_building"}
SEES = {
    "district_dispatcher": STREET_A | {"district", "far_building"},
    "street_dispatcher": STREET_A,
    "street_leader": STREET_A,
    "supervisor": STREET_A,
    "community_secretary": STREET_A - {"street"},
    "grid_chief": {"grid", "building"},
    "grid_worker": {"grid", "building"},
    "building_head": {"building"},
    "building_party_leader": {"building"},
    "part_time_grid_worker": set(),
    "spotter": set(),
    "body_officer": set(),
    "office_officer": set(),
    "property_officer": set(),
    # A body, but the district dispatches there (domain.md §1).
    "centre_dispatcher": STREET_A | {"district", "far_building"},
    "system_admin": set(),
    "security_admin": set(),
    "audit_admin": set(),
    "other_secretary": set(),
    "far_dispatcher": {"far_building"},
    "far_worker": {"far_building"},
    "grid_worker_deputy": set(),
    "stranger": set(),
}


@pytest.mark.parametrize("name", SEES)
def test_by_post(town: Town, everywhere: dict[str, Issue], name: str) -> None:
    found = {place for place, issue in everywhere.items() if issue in sees(town, name)}
    assert found == SEES[name]


def test_street_a_sees_nothing_of_street_b_whatever_happens_there(town: Town, act: Acting) -> None:
    issue = act.handling("noise", "far_secretary", place=town.far_building)
    act("whistle", issue, "far_secretary", kind="quick", bodies=[town.far_office])
    for name in ("street_dispatcher", "community_secretary", "grid_worker", "office_officer", "supervisor"):
        assert not sees(town, name), name
        assert not Callee.objects.visible_to(town.people[name], town.now).exists(), name
    assert sees(town, "far_dispatcher") == sees(town, "far_officer") == {issue}
    assert Callee.objects.visible_to(town.people["far_officer"], town.now).count() == 1


def test_a_streets_centre_sees_its_street_and_no_other_body_does(
    town: Town, everywhere: dict[str, Issue]
) -> None:
    centre = add_body(town.street, kind="centre", code="centre-2", name="街道指挥中心", by=None, now=LONG_AGO)
    town.appoint("at_the_centre", "district_dispatcher", centre)
    town.appoint("at_the_office", "district_dispatcher", town.office)
    town.appoint("reads_at_centre", "supervisor", centre)
    found = {place for place, issue in everywhere.items() if issue in sees(town, "at_the_centre")}
    assert found == STREET_A
    assert not sees(town, "at_the_office") and not sees(town, "reads_at_centre")


def test_nobody_without_signing_in(everywhere: dict[str, Issue], town: Town) -> None:
    assert not Issue.objects.visible_to(AnonymousUser(), town.now).exists()


@pytest.mark.parametrize("name", ["spotter", "part_time_grid_worker", "building_head", "grid_worker"])
def test_ones_own_reports_wherever_they_are(town: Town, name: str) -> None:
    issue = town.report(place=town.far_building, by=town.people[name], source="spotter")
    town.report(place=town.far_building)
    assert sees(town, name) == {issue}


class TestConcerned:
    def test_a_body_from_when_it_is_given_something_and_for_good(self, town: Town, act: Acting) -> None:
        issue = town.report("road")
        assert not sees(town, "office_officer")
        issue = act("dispatch", issue, "street_dispatcher", body=town.office)
        town.report("road")
        assert sees(town, "office_officer") == {issue}
        act("hand_up", issue, "office_officer")
        assert sees(town, "office_officer") == {issue}
        assert not sees(town, "posted_officer")

    def test_those_called_by_a_whistle(self, town: Town, act: Acting) -> None:
        issue = act.handling()
        issue = act("whistle", issue, "grid_worker", kind="quick", bodies=[town.property])
        assert sees(town, "property_officer") == {issue}
        assert not sees(town, "owners_officer")

    def test_a_unit_given_an_issue_of_another_place_and_the_levels_above_it(
        self, town: Town, act: Acting
    ) -> None:
        issue = act("dispatch", town.report("permit"), "district_dispatcher", unit=town.far_grid)
        assert [
            name for name in ("far_worker", "far_secretary", "far_dispatcher") if sees(town, name) == {issue}
        ] == [
            "far_worker",
            "far_secretary",
            "far_dispatcher",
        ]
        assert issue in sees(town, "grid_worker"), "it still is the place's own"

    def test_where_it_climbs_to(self, town: Town, act: Acting) -> None:
        issue = act("dispatch", town.report("permit"), "district_dispatcher", unit=town.far_grid)
        act.now = issue.due_at
        for _rung in range(2):
            act.sweep()
            act.later(hours=3)
        issue.refresh_from_db()
        assert issue.owner == town.far_community
        assert act("sign", issue, "far_secretary").state == "handling"

    def test_part_time_workers_of_a_concerned_unit_are_not(self, town: Town, act: Acting) -> None:
        town.appoint("rider", "part_time_grid_worker", town.far_grid)
        act("dispatch", town.report("permit"), "district_dispatcher", unit=town.far_grid)
        assert not sees(town, "rider")


class TestDeputiesAndLeavers:
    def test_while_the_holder_is_on_leave(self, town: Town, everywhere: dict[str, Issue]) -> None:
        record_leave(
            town.posts["grid_worker"],
            starts_at=town.now - timedelta(hours=1),
            ends_at=town.now + timedelta(days=1),
            by=None,
            now=town.now,
        )
        assert sees(town, "grid_worker_deputy") == {everywhere["grid"], everywhere["building"]}
        town.people["grid_worker_deputy"].__dict__.pop("_standing", None)
        assert not sees(town, "grid_worker_deputy", town.now + timedelta(days=2))

    def test_not_after_the_post_has_ended(self, town: Town, everywhere: dict[str, Issue]) -> None:
        end_post(town.posts["grid_worker"], by=None, now=town.now)
        assert not sees(town, "grid_worker")


class TestWords:
    def test_open_overdue_within(self, town: Town, act: Acting) -> None:
        closed = act("reject", town.report("other"), "community_worker")
        late, fresh = town.report(), town.report("road", place=town.far_building)
        act.now = late.due_at + timedelta(minutes=1)
        issues = Issue.objects
        assert set(issues.visible_to(town.people["district_dispatcher"], act.now).open()) == {late, fresh}
        assert set(issues.all().overdue(act.now)) == {late}
        assert set(issues.all().within(town.street)) == {closed, late}
        assert set(issues.all().within(town.far_building)) == {fresh}
        assert list(issues.all().due_first()) == [late, fresh, closed]

    @pytest.mark.parametrize("count", [1, 3])
    def test_a_list_costs_the_same_however_long(self, town: Town, count: int) -> None:
        for _unused in range(count):
            town.report()
        user = town.people["street_dispatcher"]
        with CaptureQueriesContext(connection) as asked:
            rows = list(Issue.objects.visible_to(user, town.now).shown().due_first())
            assert [(str(row.category), str(row.owner), row.number) for row in rows]
        # Standing, what lies outside one's own territory, the list.
        assert len(asked) == 3

    def test_categories_in_use_and_for_residents(self, town: Town) -> None:
        town.categories["noise"].is_active = False
        town.categories["noise"].save()
        group = Category.objects.create(key="group", name="组", name_en="group", kind="help")
        Category.objects.filter(key="fire").update(parent=group, for_residents=False)
        in_use = {category.key for category in Category.objects.all().in_use()}
        assert in_use == {"litter", "road", "permit", "other", "fire"}
        assert {one.key for one in Category.objects.all().for_residents()} == in_use - {"fire"}
