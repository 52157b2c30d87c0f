"""The staff admin's start page: every number is that of the list behind it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from grids.actions.posts import end_post
from grids.models import Post
from issues.actions import PERFORM
from issues.actions.escalate import sweep_once
from issues.models import Callee, Issue
from tests.faces import signed_in, stop_clock
from tests.volunteers import wishes_builders
from volunteers.actions.corrections import ask_correction
from volunteers.actions.hours import confirm_service, propose_service
from volunteers.actions.transfers import ask_transfer


@pytest.fixture(autouse=True)
def clock(monkeypatch, town):
    stop_clock(monkeypatch, town.now)
    User.objects.update(is_staff=True)


@pytest.fixture
def busy(town):
    """Something for every figure: late, supervised, done and rated today; and something of yesterday."""
    worker = {"by": town.people["grid_worker"], "now": town.now}
    town.report(now=town.now - timedelta(days=5))
    town.report("noise")
    done = town.report()
    PERFORM["sign"](done, **worker)
    PERFORM["submit_result"](done, **worker, outcome="solved", text="好了")
    verdict = {"answered": True, "solved": True, "satisfied": True}
    PERFORM["rate"](done, by=None, now=town.now, **verdict)
    supervised = town.report("noise", now=town.now - timedelta(days=1))
    until = (town.now + timedelta(days=3)).date()
    leader = town.people["street_leader"]
    PERFORM["supervise"](supervised, by=leader, now=town.now, until=until, text="请督促")
    return town


def figures(client):
    context = client.get("/admin/").context
    return [*context["figures"], *context["today"]]


@pytest.mark.parametrize("name", ["street_dispatcher", "grid_worker", "far_dispatcher", "body_officer"])
def test_every_number_is_that_of_the_list_behind_it(busy, name):
    client = signed_in(busy, name)
    for label, number, link in figures(client):
        assert client.get(link).context["cl"].result_count == number, label


def test_what_waits_in_volunteering_is_that_of_the_lists_behind_it(town):
    """Of each kind another number, so that none stands for another; elsewhere more, which is not counted here."""
    worker, secretary = town.people["community_worker"], town.people["community_secretary"]
    helper, now = wishes_builders.volunteer(town), town.now
    wishes_builders.proposed(town)
    wishes_builders.proposed(town, unit=town.far_community)
    for number in range(2):
        wishes_builders.fulfilled(town, helper, alias=f"演示{number}")
    told = {"on": timezone.localdate(now), "minutes": 60, "what": "演示", "unit": town.community}
    records = [propose_service(helper, by=worker, now=now, **told) for _number in range(3)]
    kept = confirm_service(propose_service(helper, by=worker, now=now, **told), by=secretary, now=now)
    ask_correction(kept, minutes=30, reason="演示:早走", by=worker, now=now)
    mover = wishes_builders.volunteer(town, "mover", home=town.other_community)
    ask_transfer(mover, home=town.community, by=mover.user, now=now)
    client = signed_in(town, "community_worker")
    found = client.get("/admin/").context["volunteering"]
    assert [number for _label, number, _link in found] == [1, 2, len(records), 1, 1]
    for label, number, link in found:
        assert client.get(link).context["cl"].result_count == number, label
    assert "What waits in volunteering" not in signed_in(town, "grid_worker").get("/admin/").content.decode()


def whistled(town, **given):
    """A whistle of the community, for the department unless said otherwise."""
    issue = town.report("noise")
    by = {"by": town.people["community_worker"], "now": town.now}
    PERFORM["sign"](issue, **by)
    PERFORM["whistle"](issue, **{"kind": "quick", "text": "来", "bodies": [town.department]} | given, **by)
    return issue


def asked_for_time(town):
    """An extension that the community must grant."""
    issue, by = town.report(), {"by": town.people["grid_worker"], "now": town.now}
    PERFORM["sign"](issue, **by)
    PERFORM["ask_extension"](issue, until=(town.now + timedelta(days=6)).date(), text="演示:缺件", **by)
    return issue


def deserted(town, *names):
    """Nobody is there any more."""
    for name in names:
        end_post(town.posts[name], by=None, now=town.now)


def said(client, whose):
    """(the number on the start page, the same to a program, rows behind its link, to a program)."""
    labels = {"mine": "With me now", "called": "I am called to", "asked": "Asked of me"}
    number, link = {label: rest for label, *rest in figures(client)}[labels[whose]]
    told = client.get("/api/v1/statistics/day/").json()[whose]
    rows = client.get("/api/v1/issues/", {whose: "true"}).json()["results"]
    assert number == told
    assert {row["code"] for row in rows} == {
        issue.code for issue in client.get(link).context["cl"].result_list
    }
    return number, {row["code"] for row in rows}


def test_whoever_covers_a_vacancy_finds_it_behind_the_numbers(town):
    mine, called, asked = town.report(), whistled(town), asked_for_time(town)
    deserted(town, "grid_worker", "grid_chief")
    secretary = signed_in(town, "community_secretary")
    assert mine.code in said(secretary, "mine")[1]
    deserted(town, "community_secretary", "community_worker", "body_officer", "body_head")
    assert said(signed_in(town, "street_dispatcher"), "asked") == (1, {asked.code})
    assert said(signed_in(town, "district_dispatcher"), "called") == (1, {called.code})


def test_a_deputy_finds_what_nobody_took_behind_the_numbers(town, monkeypatch):
    """One who works in another grid, so that the desk is theirs to open."""
    deputy = town.people["other_worker"]
    Post.objects.filter(pk=town.posts["grid_worker"].pk).update(deputy=deputy)
    mine = town.report()
    late = town.now + timedelta(hours=4, minutes=1)
    assert said(signed_in(town, "other_worker"), "mine") == (0, set())
    sweep_once(now=late)
    stop_clock(monkeypatch, late)
    assert said(signed_in(town, "other_worker"), "mine") == (1, {mine.code})


def test_called_twice_to_one_issue_is_one_row_and_one_in_the_number(town):
    town.appoint("street_dispatcher", "body_officer", town.office)
    issue = whistled(town, kind="emergency", bodies=[town.office], units=[town.street])
    assert Callee.objects.filter(issue=issue).count() == 2
    assert said(signed_in(town, "street_dispatcher"), "called") == (1, {issue.code})


def test_the_phone_and_the_desk_have_the_same(town):
    mine, asked = town.report(), asked_for_time(town)
    deserted(town, "grid_worker", "grid_chief", "community_secretary", "community_worker")
    client = signed_in(town, "street_dispatcher")
    groups = client.get("/", {"tab": "mine"}).context["groups"]
    assert {row.issue.code for _label, _key, rows in groups for row in rows} == said(client, "mine")[1]
    assert mine.code in said(client, "mine")[1]
    assert client.get("/").context["asked"] == said(client, "asked")[0] == 1
    assert asked.code in said(client, "asked")[1]


def test_what_is_counted(busy):
    found = {label: number for label, number, _link in figures(signed_in(busy, "street_dispatcher"))}
    told = ("Supervised by letter", "Reported today", "Result submitted today", "Rated today")
    assert [found[label] for label in told] == [1, 2, 1, 1]
    assert found["Overdue in my area"] >= 1
    assert Issue.objects.count() == 4
