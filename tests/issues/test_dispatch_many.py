"""Several issues dispatched at once: what the preview says comes true, and each is as if it were done alone."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from issues.actions import PERFORM
from issues.admin.dispatching import MOST
from issues.models import Deadline, Issue
from notices.models import Notice
from tests.faces import hidden, signed_in, stop_clock
from trail.models import Delivery, Event

PAGE = "/admin/issues/issue/dispatch/"
WHO = "community_worker"


@pytest.fixture(autouse=True)
def clock(monkeypatch, town):
    stop_clock(monkeypatch, town.now)
    User.objects.update(is_staff=True)


def ask(client, issues, **given):
    """The page, then a POST of its form with these answers."""
    page = client.get(PAGE, {"ids": ",".join(str(one.pk) for one in issues)})
    sent = hidden(page.context["form"]) | {"ids": page.context["ids"]} | given
    return client.post(PAGE, sent), sent


def by_hand():
    """How many dispatches a person did; a rule does them too."""
    return Event.objects.filter(verb="dispatch", subject_type="issue", actor__isnull=False).count()


def confirm(client, response, sent):
    looked = {name: response.context[name] for name in ("chosen", "looked_at")}
    return client.post(PAGE, sent | {"confirm": "1"} | looked)


def told_of(issue):
    """Everything that a dispatch leaves, without what two issues never have in common."""
    issue = Issue.objects.get(pk=issue.pk)
    events = [
        (one.verb, one.seq, one.data, one.actor_id, one.actor_label, one.occurred_at)
        for one in Event.objects.about("issue", issue.pk).order_by("seq")
    ]
    clocks = Deadline.objects.filter(issue=issue).order_by("pk")
    columns = ("clock", "rung", "due_at", "limit_at", "round", "cancelled_at")
    handlers = Delivery.objects.filter(event__subject_id=issue.pk, event__subject_type="issue")
    return (
        (
            issue.state,
            issue.owner_unit_id,
            issue.sender_unit_id,
            issue.due_at,
            issue.promised_at,
            issue.version,
        ),
        events,
        list(clocks.values_list(*columns)),
        sorted(handlers.values_list("event__verb", "handler")),
    )


def test_each_is_as_if_it_were_dispatched_alone(town):
    alone, *several = [town.report("noise") for _number in range(3)]
    client = signed_in(town, WHO)
    PERFORM["dispatch"](
        alone, by=town.people[WHO], now=town.now, unit=town.grid, internal_text="演示：一并处理"
    )
    answers = {"unit": town.grid.code, "internal_text": "演示：一并处理"}
    before = Event.objects.count()
    looked, sent = ask(client, several, **answers)
    promised = [(line.issue.pk, line.due.at) for line in looked.context["lines"]]
    assert all(line.possible and line.issue.owner == town.community for line in looked.context["lines"])
    assert Event.objects.count() == before and Notice.objects.filter(event__verb="dispatch").count() == 0
    done = confirm(client, looked, sent)
    assert "2 issues dispatched" in done.content.decode()
    for one in several:
        assert told_of(one) == told_of(alone)
    assert sorted(promised) == sorted(
        Issue.objects.filter(pk__in=[one.pk for one in several]).values_list("pk", "due_at")
    )


def test_a_centre_hands_several_out_as_its_district_would(town):
    several = [town.report("permit") for _number in range(2)]
    for one in several:
        PERFORM["dispatch"](one, by=town.people["district_dispatcher"], now=town.now, body=town.centre)
    client, before = signed_in(town, "centre_dispatcher"), by_hand()
    looked, sent = ask(client, several, body=town.department.code)
    assert looked.context["possible"] == 2
    assert confirm(client, looked, sent).context["done"] and by_hand() == before + 2
    owners = Issue.objects.filter(pk__in=[one.pk for one in several]).values_list("owner_body", flat=True)
    assert set(owners) == {town.department.pk}


def test_another_target_than_the_one_looked_at_is_looked_at_first(town):
    issue = town.report("noise")
    client = signed_in(town, WHO)
    looked, sent = ask(client, [issue], unit=town.grid.code)
    other = confirm(client, looked, sent | {"unit": "", "body": town.office.code})
    assert not other.context["done"] and by_hand() == 0
    assert confirm(client, looked, sent).context["done"] and by_hand() == 1


def test_sent_twice_it_is_done_once(town):
    several = [town.report("noise") for _number in range(2)]
    client = signed_in(town, WHO)
    looked, sent = ask(client, several, unit=town.grid.code)
    first, again = confirm(client, looked, sent), confirm(client, looked, sent)
    assert [(line.done, line.due) for line in first.context["lines"]] == [
        (line.done, line.due) for line in again.context["lines"]
    ]
    assert by_hand() == 2


def test_the_preview_says_of_each_why_not(town):
    fits, elsewhere, ended = town.report("noise"), town.report("litter"), town.report("noise")
    PERFORM["answer"](ended, by=town.people[WHO], now=town.now, text="已答复")
    client = signed_in(town, WHO)
    looked, sent = ask(client, [fits, elsewhere, ended], unit=town.grid.code)
    said = {line.issue.pk: line.why_not for line in looked.context["lines"]}
    assert said[fits.pk] == "" and said[elsewhere.pk] and said[ended.pk]
    assert looked.context["possible"] == 1
    confirm(client, looked, sent)
    assert Issue.objects.get(pk=fits.pk).owner_unit == town.grid
    assert by_hand() == 1


def test_what_changed_meanwhile_is_left_and_the_others_are_done(town):
    changed, kept = town.report("noise"), town.report("noise")
    client = signed_in(town, WHO)
    looked, sent = ask(client, [changed, kept], unit=town.grid.code)
    PERFORM["sign"](changed, by=town.people["community_secretary"], now=town.now)
    done = confirm(client, looked, sent)
    said = {line.issue.pk: (line.done, line.why_not) for line in done.context["lines"]}
    assert said[kept.pk] == (True, "") and not said[changed.pk][0] and "has changed" in said[changed.pk][1]
    assert "1 not: see why below" in done.content.decode()


def test_what_one_does_not_see_is_not_there(town):
    foreign = town.report("noise")
    client = signed_in(town, "far_secretary")
    response = client.get(PAGE, {"ids": f"{foreign.pk},999999"})
    assert response.status_code == 302 and response.url == reverse("admin:issues_issue_changelist")


def test_who_does_not_dispatch_has_neither_action_nor_page(town):
    town.report("litter")
    client = signed_in(town, "supervisor")
    assert client.get(PAGE).status_code == 403
    assert "dispatch_several" not in client.get("/admin/issues/issue/").content.decode()


def test_the_action_of_the_list_leads_to_the_page(town):
    issue = town.report("noise")
    client = signed_in(town, WHO)
    assert "dispatch_several" in client.get("/admin/issues/issue/").content.decode()
    chosen = {"action": "dispatch_several", "_selected_action": [issue.pk], "index": "0"}
    response = client.post("/admin/issues/issue/", chosen)
    assert (response.status_code, response.url) == (302, f"{PAGE}?ids={issue.pk}")


@pytest.mark.parametrize("ids", ["", "x", "1:2:3", "-1", "9" * 30, "1," * 500])
def test_nonsense_leads_back(town, ids):
    assert signed_in(town, WHO).get(PAGE, {"ids": ids}).status_code == 302


def test_one_says_to_whom(town):
    issue = town.report("noise")
    looked, _sent = ask(signed_in(town, WHO), [issue])
    assert looked.status_code == 422 and "either a unit or a body" in looked.content.decode()


def test_asking_to_whom_costs_the_same_for_many(town):
    issues = [town.report("noise", now=town.now - timedelta(minutes=n)) for n in range(4)]
    client = signed_in(town, WHO)
    counts = []
    for several in (issues[:1], issues):
        with CaptureQueriesContext(connection) as asked:
            client.get(PAGE, {"ids": ",".join(str(one.pk) for one in several)})
        counts.append(len(asked))
    assert counts[0] == counts[1] and MOST == 100
