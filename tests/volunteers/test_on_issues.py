"""Volunteers on an issue's page, on the phone and at a desk: asked from there, by those who may; what came of it stands
there, whatever becomes of the issue."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from issues import sections
from issues.models import Issue, Note
from issues.sections import Section
from tests.builders import Town
from tests.faces import hidden, signed_in, stop_clock
from tests.volunteers.at_desk import desk, page_of
from tests.volunteers.hours_builders import (
    a_shift,
    after,
    first_shift,
    join,
    opened,
    some_team,
    some_volunteer,
)
from tests.volunteers.people_builders import station, team
from tests.volunteers.test_admin_activities import told
from tests.volunteers.test_views_activities import cost, main_of
from tests.volunteers.test_views_running import PLAN
from volunteers.actions.activities import ask_volunteers, cancel_activity, end_activity, open_activity
from volunteers.actions.attendance import check_in
from volunteers.actions.hours import confirm_hours, propose_hours
from volunteers.actions.settling import settle_activity
from volunteers.models import Activity, Service, Volunteer
from volunteers.views import on_issues

PAGES: Mapping[str, Callable[[Issue], str]] = {
    "phone": lambda issue: f"/i/{issue.code}/",
    "desk": lambda issue: reverse("admin:issues_issue_change", args=[issue.pk]),
}
FACES = tuple(PAGES)
NEW = "/admin/volunteers/activity/add/"


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch, town: Town) -> None:
    stop_clock(monkeypatch, town.now)


@pytest.fixture
def issue(town: Town) -> Issue:
    """With the grid's worker."""
    return town.report("litter")


def form_of(issue: Issue) -> str:
    return f"/volunteers/ask/{issue.code}/"


def section(client: Client, issue: Issue, face: str) -> Section | None:
    answer = client.get(PAGES[face](issue))
    assert answer.status_code == 200
    return next((one for one in answer.context["sections"] if one.key == "volunteers"), None)


def links(client: Client, issue: Issue, face: str) -> list[str]:
    found = section(client, issue, face)
    return [link.address for link in found.links] if found else []


def rows(client: Client, issue: Issue, face: str) -> list[sections.Row]:
    found = section(client, issue, face)
    return list(found.rows) if found else []


def asked(town: Town, issue: Issue, **more: Any) -> Activity:
    """A draft of the community worker's that helps with the issue."""
    texts = {"title": "演示:劝导", "what": "演示:楼道劝导"} | more
    by = town.people["community_worker"]
    return ask_volunteers(issue, shifts=[a_shift(town, places=5)], by=by, now=town.now, **texts)


def helped(town: Town, issue: Issue, *people: Volunteer) -> Activity:
    """Held and settled: all these have come, for two hours each."""
    activity, worker, then = asked(town, issue), town.people["community_worker"], after(town)
    open_activity(activity, by=worker, now=town.now)
    for one in people:
        check_in(join(town, activity, one), by=worker, now=first_shift(activity).starts_at)
    end_activity(activity, by=worker, now=then)
    propose_hours(activity, by=worker, now=then)
    confirm_hours(activity, by=town.people["community_secretary"], now=then)
    return settle_activity(activity, by=worker, now=then, result="演示:已劝导")


def ended(issue: Issue) -> None:
    Issue.objects.filter(pk=issue.pk).update(state="closed", due_at=None)


def leading(town: Town, name: str) -> Volunteer:
    """Somebody with a post who leads a team of the community, too."""
    made = some_volunteer(town, name)
    some_team(town, made)
    return made


class TestWhoIsOffered:
    @pytest.mark.parametrize(
        "name", ["community_worker", "community_secretary", "street_leader", "district_dispatcher"]
    )
    def test_those_who_run_volunteering_there(self, town: Town, issue: Issue, name: str) -> None:
        client = desk(town, name)
        assert links(client, issue, "phone") == [form_of(issue)]
        assert links(client, issue, "desk") == [f"{NEW}?issue={issue.number}"]
        assert client.get(form_of(issue)).status_code == client.get(NEW).status_code == 200

    @pytest.mark.parametrize("name", ["grid_worker", "grid_chief", "supervisor"])
    def test_nobody_who_only_sees_it(self, town: Town, issue: Issue, name: str) -> None:
        client = desk(town, name)
        assert section(client, issue, "phone") is section(client, issue, "desk") is None
        assert client.get(form_of(issue)).status_code == 404
        assert client.post(form_of(issue), PLAN | {"team": ""}).status_code == 404
        assert not Activity.objects.exists()

    def test_a_leader_of_a_team_on_the_phone_with_that_team(self, town: Town, issue: Issue) -> None:
        leading(town, "grid_worker")
        others = team(town)
        client = desk(town, "grid_worker")
        assert links(client, issue, "phone") == [form_of(issue)]
        assert section(client, issue, "desk") is None
        form = client.get(form_of(issue)).context["form"]
        assert [name for _key, name in form.fields["team"].choices] == ["演示队"]
        for wrong in ("", str(others.pk)):
            refused = client.post(form_of(issue), hidden(form) | PLAN | {"team": wrong})
            assert refused.status_code == 422 and refused.context["form"].errors["team"]
        mine = form.fields["team"].choices[0][0]
        assert client.post(form_of(issue), hidden(form) | PLAN | {"team": mine}).status_code == 302
        made = Activity.objects.get()
        assert (made.issue, made.team.leader.user) == (issue, town.people["grid_worker"])

    def test_no_leader_who_has_left_or_whose_team_is_elsewhere(self, town: Town, issue: Issue) -> None:
        leader = leading(town, "grid_worker")
        client = signed_in(town, "grid_worker")
        Volunteer.objects.filter(pk=leader.pk).update(state="left", left_at=town.now)
        assert section(client, issue, "phone") is None
        Volunteer.objects.filter(pk=leader.pk).update(state="active", left_at=None)
        elsewhere = {"unit": town.other_community, "community": town.other_community}
        leader.leads.update(**elsewhere)
        assert section(client, issue, "phone") is None
        assert client.get(form_of(issue)).status_code == 404

    def test_strangers_see_nothing_at_all(self, town: Town, issue: Issue) -> None:
        helped(town, issue, some_volunteer(town))
        for name in ("far_worker", "far_secretary", "other_secretary"):
            client = desk(town, name)
            for address in (*(page(issue) for page in PAGES.values()), form_of(issue)):
                answer = client.get(address)
                assert answer.status_code == 404 and "演示:劝导" not in answer.content.decode()

    @pytest.mark.parametrize("face", FACES)
    def test_not_for_an_issue_that_has_ended(self, town: Town, issue: Issue, face: str) -> None:
        client = desk(town)
        form = client.get(form_of(issue)).context["form"]
        ended(issue)
        assert section(client, issue, face) is None
        content = main_of(client.get(form_of(issue)))
        assert "This issue has ended." in content and "<form" not in content
        assert client.post(form_of(issue), hidden(form) | PLAN | {"team": ""}).status_code == 409
        assert not Activity.objects.exists()

    @pytest.mark.parametrize("face", FACES)
    def test_not_for_a_complaint_about_somebody(self, town: Town, face: str) -> None:
        complaint, client = town.report("litter", about=town.grid), desk(town, "street_leader")
        assert section(client, complaint, face) is None
        content = main_of(client.get(form_of(complaint)))
        assert "is no matter for volunteers" in content and "<form" not in content
        assert client.post(form_of(complaint), PLAN | {"team": ""}).status_code == 409
        assert not Activity.objects.exists()


class TestAsking:
    def test_on_the_phone_by_a_form_that_knows_the_issue(self, town: Town, issue: Issue) -> None:
        here, elders, client = station(town), team(town), signed_in(town, "community_worker")
        page = client.get(form_of(issue))
        assert issue.number in main_of(page) and PAGES["phone"](issue) in main_of(page)
        answers = hidden(page.context["form"]) | PLAN | {"team": elders.pk, "station": here.pk}
        answer = client.post(form_of(issue), answers)
        made = Activity.objects.get()
        assert answer.url == f"/volunteers/run/{made.pk}/" == client.post(form_of(issue), answers).url
        assert (made.issue, made.unit, made.team, made.station) == (issue, town.community, elders, here)
        assert (made.state, made.title) == ("draft", "演示:扫雪") and made.shifts.count() == 1

    def test_without_a_team_and_what_is_wrong_is_said(self, town: Town, issue: Issue) -> None:
        client = signed_in(town, "community_worker")
        form = client.get(form_of(issue)).context["form"]
        for wrong, field in (({"title": ""}, "title"), ({"ends": "08:00"}, "ends")):
            refused = client.post(form_of(issue), hidden(form) | PLAN | {"team": ""} | wrong)
            assert refused.status_code in {409, 422} and refused.context["form"].errors[field]
            assert "演示:自带手套" in main_of(refused) and not Activity.objects.exists()
            form = refused.context["form"]
        assert client.post(form_of(issue), hidden(form) | PLAN | {"team": ""}).status_code == 302
        assert Activity.objects.get().team is None

    @pytest.mark.parametrize("name", ["community_worker", "street_leader"])
    def test_at_a_desk_by_the_form_that_is_there(self, town: Town, issue: Issue, name: str) -> None:
        client = desk(town, name)
        (address,) = links(client, issue, "desk")
        form = client.get(address).context["steps"][0]["form"]
        assert form["issue"].value() == issue.number
        assert form["unit"].value() == town.community.code
        wanted = told(town, issue=form["issue"].value(), unit=form["unit"].value())
        answers = hidden(form) | {f"new-{key}": value for key, value in wanted.items()}
        made = client.post(NEW, answers)
        assert made.status_code == 302 and Activity.objects.get().issue == issue

    def test_the_desk_says_nothing_of_an_issue_that_one_does_not_see(self, town: Town, issue: Issue) -> None:
        client = desk(town, "other_secretary")
        for number in (issue.number, "20200101-000001", "x"):
            form = client.get(NEW, {"issue": number}).context["steps"][0]["form"]
            assert form["issue"].value() is None
            assert form["unit"].value() == town.other_community.code


class TestWhatCameOfIt:
    @pytest.mark.parametrize("face", FACES)
    def test_a_draft_is_read_by_those_who_run_it(self, town: Town, issue: Issue, face: str) -> None:
        made = asked(town, issue)
        (row,) = rows(desk(town), issue, face)
        assert (row.label, row.badge, len(row.facts)) == ("演示:劝导", "secondary", 1)
        reader = desk(town, "grid_worker")
        assert section(reader, issue, face) is None
        open_activity(made, by=town.people["community_worker"], now=town.now)
        found = section(reader, issue, face)
        assert found is not None and len(found.rows) == 1 and not found.links

    @pytest.mark.parametrize("face", FACES)
    @pytest.mark.parametrize("category", ["noise", "road"])
    def test_the_result_stands_there_whoever_has_the_issue(
        self, town: Town, category: str, face: str
    ) -> None:
        """Of the road, which the street has, nothing was noted in the timeline."""
        issue = town.report(category)
        helped(town, issue, some_volunteer(town), some_volunteer(town))
        assert Note.objects.filter(issue=issue).exists() is (category == "noise")
        for name in ("community_worker", "street_dispatcher", "grid_worker"):
            (row,) = rows(desk(town, name), issue, face)
            assert row.facts[1:] == ["2 volunteers have helped, 4 hours in all", "演示:已劝导"]

    @pytest.mark.parametrize("face", FACES)
    def test_who_helped_for_no_time_is_counted_no_more_than_in_the_result(
        self, town: Town, issue: Issue, face: str
    ) -> None:
        settled = helped(town, issue, some_volunteer(town), some_volunteer(town))
        one = Service.objects.filter(activity=settled).earliest("pk")
        Service.objects.filter(pk=one.pk).update(minutes=0)
        (row,) = rows(desk(town, "community_worker"), issue, face)
        assert row.facts[1] == "1 volunteer has helped, 2 hours in all"

    @pytest.mark.parametrize("face", FACES)
    def test_and_when_it_is_closed(self, town: Town, issue: Issue, face: str) -> None:
        helped(town, issue, some_volunteer(town))
        ended(issue)
        content = desk(town, "grid_worker").get(PAGES[face](issue)).content.decode()
        for words in ("演示:劝导", "Settled", "1 volunteer has helped, 2 hours in all", "演示:已劝导"):
            assert words in content, words

    @pytest.mark.parametrize("face", FACES)
    def test_nothing_is_counted_before_the_settlement(self, town: Town, issue: Issue, face: str) -> None:
        made = asked(town, issue)
        open_activity(made, by=town.people["community_worker"], now=town.now)
        join(town, made, some_volunteer(town))
        (row,) = rows(desk(town), issue, face)
        assert (row.badge, len(row.facts)) == ("success", 1)

    @pytest.mark.parametrize("face", FACES)
    def test_why_it_was_called_off(self, town: Town, issue: Issue, face: str) -> None:
        made, worker = asked(town, issue), town.people["community_worker"]
        open_activity(made, by=worker, now=town.now)
        cancel_activity(made, reason="演示:大风", by=worker, now=town.now)
        (row,) = rows(desk(town), issue, face)
        assert (row.badge, row.facts[-1]) == ("muted", "演示:大风")

    def test_it_leads_to_a_page_that_the_reader_may_open(self, town: Town, issue: Issue) -> None:
        made = asked(town, issue)
        open_activity(made, by=town.people["community_worker"], now=town.now)
        public = f"/volunteers/activities/{made.pk}/"
        wanted = {
            ("community_worker", "phone"): public,
            ("community_worker", "desk"): page_of(made),
            ("grid_worker", "phone"): public,
            ("grid_worker", "desk"): public,
        }
        for (name, face), address in wanted.items():
            client = desk(town, name)
            (row,) = rows(client, issue, face)
            assert row.address == address and client.get(address).status_code == 200, (name, face)

    @pytest.mark.parametrize("face", FACES)
    def test_nothing_of_other_issues_and_the_latest_first(
        self, town: Town, issue: Issue, face: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked(town, town.report("litter"), title="演示:别处")
        opened(town)
        for title in ("演示:一", "演示:二", "演示:三"):
            asked(town, issue, title=title)
        client = desk(town)
        assert [row.label for row in rows(client, issue, face)] == ["演示:三", "演示:二", "演示:一"]
        monkeypatch.setattr(on_issues, "MOST", 2)
        assert [row.label for row in rows(client, issue, face)] == ["演示:三", "演示:二"]


class TestCost:
    @pytest.mark.parametrize(
        ("name", "face", "more"),
        [
            ("community_worker", "phone", 1),
            ("community_worker", "desk", 1),
            # Whether they lead a team is looked up.
            ("grid_worker", "phone", 2),
            ("grid_worker", "desk", 1),
        ],
    )
    def test_as_many_queries_however_many_there_are(
        self, town: Town, issue: Issue, monkeypatch: pytest.MonkeyPatch, name: str, face: str, more: int
    ) -> None:
        client, address = desk(town, name), PAGES[face](issue)
        client.get(address)
        with monkeypatch.context() as without:
            without.setattr(sections, "SECTIONS", [])
            bare = cost(client, address)
        assert cost(client, address) == bare + more
        for _number in range(3):
            made = asked(town, issue)
            open_activity(made, by=town.people["community_worker"], now=town.now)
            assert cost(client, address) == bare + more
        ended(issue)
        client.get(address)
        assert len(rows(client, issue, face)) == 3
