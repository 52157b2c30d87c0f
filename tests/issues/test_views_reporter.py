"""What the reporter does by the follow link besides rating: answer, chase, withdraw, object."""

from dataclasses import replace
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from issues.lifecycle import STATES, VERB
from issues.models import Decision, Issue
from issues.views import follow
from issues.views.follow import REPORTERS, follow_link, steps_of
from issues.views.throttle import STEPS_PER_LINK
from tests.builders import Town
from tests.faces import hidden, photo, stop_clock, visitor
from tests.issues.acting import Acting, never_in_order
from trail.models import Tally


@pytest.fixture(autouse=True)
def clock(town: Town, monkeypatch):
    stop_clock(monkeypatch, town.now)


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def forms(page) -> dict:
    """Verb → its form on the reporter's page."""
    named = [page.context["verdict"], page.context["answer"], *page.context["others"]]
    return {form.verb.key: form for form in named if form}


def send(client, issue, verb, **answers):
    page = client.get(follow_link(issue))
    sent = hidden(forms(page)[verb]) if verb in forms(page) else {}
    return client.post(f"{follow_link(issue)}{verb}/", sent | answers)


def test_the_table_says_what_reporters_do() -> None:
    own = {"rate", "supply_info", "add_info", "withdraw", "object", "object_merge", "chase", "reopen"}
    assert own <= set(REPORTERS)
    assert all(VERB[verb].on == "issue" for verb in REPORTERS)


def test_what_is_asked_stands_first_and_is_answered(town, act: Acting):
    issue = act("ask_info", act.handling(), "grid_worker", text="演示:请问在几单元?")
    page = visitor().get(follow_link(issue))
    text = page.content.decode()
    assert "第一网格 asks you" in text
    assert "演示:请问在几单元?" in text
    assert "supply_info" in forms(page)
    empty = send(visitor(), issue, "supply_info", text="")
    assert empty.status_code == 422
    assert 'id="tried"' in empty.content.decode()
    answered = send(visitor(), issue, "supply_info", text="演示:二单元", photos=[photo()])
    assert answered.status_code == 302
    issue.refresh_from_db()
    assert issue.asked_at is None
    assert issue.attachments.count() == 1


def test_photos_of_a_refused_form_are_asked_for_once_more(town, act: Acting):
    """A browser does not keep them."""
    issue = act("ask_info", act.handling(), "grid_worker")
    refused = send(visitor(), issue, "supply_info", text="", photos=[photo()])
    assert refused.status_code == 422
    tried = refused.content.decode().partition('id="tried"')[2].partition("</form>")[0]
    assert "choose the photos once more" in tried
    for without in (send(visitor(), issue, "supply_info", text=""), visitor().get(follow_link(issue))):
        assert "choose the photos once more" not in without.content.decode()


def test_only_the_refused_form_asks_for_them(act: Acting):
    issue = act.handling()
    refused = send(visitor(), issue, "add_info", text="", photos=[photo()])
    text = refused.content.decode()
    assert refused.status_code == 422 and len(forms(refused)) > 1
    assert text.count("choose the photos once more") == 1


def test_chased_once_a_day(town, act):
    issue = act.handling()
    client = visitor()
    assert send(client, issue, "chase", text="演示:还没有人来").status_code == 302
    page = client.get(follow_link(issue))
    assert "chase" not in forms(page)
    again = client.post(f"{follow_link(issue)}chase/", {"text": "演示:急"})
    assert again.status_code == 409
    text = again.content.decode()
    assert "within the last day" in text
    assert "演示:急" in text


def test_withdrawing_is_asked_twice(town, act):
    issue, client = act.handling(), visitor()
    once = send(client, issue, "withdraw")
    assert (once.status_code, list(once.context["tried"].errors)) == (422, ["sure"])
    assert send(client, issue, "withdraw", sure="on").status_code == 302
    issue.refresh_from_db()
    assert (issue.state, issue.outcome) == ("closed", "withdrawn")
    assert forms(client.get(follow_link(issue))) == {}


def test_one_objection(town, act):
    issue = act("reject", town.report("other"), "community_secretary")
    client = visitor()
    assert send(client, issue, "object", text="演示:这是本街道的事").status_code == 302
    issue.refresh_from_db()
    assert (issue.state, issue.owner) == ("reported", town.street)
    again = act("reject", issue, "street_dispatcher")
    assert "object" not in forms(client.get(follow_link(again)))


@pytest.mark.parametrize("verb", ["sign", "note", "lift", "submit_result", "grant", "fly"])
def test_nothing_else_is_done_by_the_link(town, act, verb):
    issue = act.handling()
    assert visitor().post(f"{follow_link(issue)}{verb}/", {"text": "演示"}).status_code == 404
    issue.refresh_from_db()
    assert issue.state == "handling"


def test_a_forged_link_does_nothing(town, act):
    issue = act.handling()
    assert visitor().post(f"/f/{issue.code}/withdraw/", {"sure": "on"}).status_code == 404
    issue.refresh_from_db()
    assert issue.state == "handling"


def test_a_flood_is_stopped_and_nothing_is_lost(town, act, monkeypatch):
    monkeypatch.setattr(follow, "STEPS_PER_LINK", replace(STEPS_PER_LINK, most=1))
    issue = act("ask_info", act.handling(), "grid_worker")
    assert send(visitor(), issue, "supply_info", text="演示:二单元").status_code == 302
    issue.refresh_from_db()
    issue = act("ask_info", issue, "grid_worker")
    stopped = send(visitor(), issue, "supply_info", text="演示:再来")
    assert stopped.status_code == 429
    assert "演示:再来" in stopped.content.decode()


def test_only_the_link_is_counted_and_not_the_network_it_comes_from(town, act):
    """Else the verdicts of one network would close the page to everybody else there."""
    assert send(visitor(), act.handling(), "chase", text="演示:还没有人来").status_code == 302
    assert [row.key.partition(":")[0] for row in Tally.objects.all()] == [STEPS_PER_LINK.key]


def test_a_suspended_one_says_why_and_until_when(town, act):
    issue = act("ask_suspension", act.handling(), "grid_worker")
    issue = act("grant", Decision.objects.get(issue=issue), "community_secretary")
    text = visitor().get(follow_link(issue)).content.decode()
    assert "Has to wait" in text
    assert "Waits for the season" in text
    assert "It is looked at again on May 6, 2026" in text


def test_what_was_asked_is_answered_while_it_is_suspended_too(town, act):
    issue = act("ask_info", act.handling(), "grid_worker", text="演示:请问在几单元?")
    issue = act("ask_suspension", issue, "grid_worker")
    issue = act("grant", Decision.objects.get(issue=issue), "community_secretary")
    text = visitor().get(follow_link(issue)).content.decode()
    assert "第一网格 asks you" in text and "演示:请问在几单元?" in text
    assert send(visitor(), issue, "supply_info", text="演示:二单元").status_code == 302
    issue.refresh_from_db()
    assert (issue.state, issue.asked_at) == ("suspended", None)
    assert "add_info" in forms(visitor().get(follow_link(issue)))


RATED = {"answered": True, "solved": True, "satisfied": True}


def resolved(act):
    return act("submit_result", act.handling(), "grid_worker")


# How it comes to be reviewed → did its reporter say that it is not solved.
REVIEWED = {
    "rated": (lambda act: act("rate", resolved(act), None, **(RATED | {"solved": False})), True),
    "opened again": (lambda act: act("reopen", act("rate", resolved(act), None, **RATED), None), True),
    "checked": (never_in_order, False),
}


@pytest.mark.parametrize("how", REVIEWED)
def test_only_who_has_said_so_reads_that_they_said_it(town, act, how):
    review, said = REVIEWED[how]
    issue = review(act)
    text = visitor().get(follow_link(issue)).content.decode()
    assert "Being looked at again" in text
    assert ("You said that it is not solved: 天光社区 looks at it again." in text) is said
    assert ("天光社区 looks at the result again." in text) is not said
    act("close", issue, "community_secretary")
    text = visitor().get(follow_link(issue)).content.decode()
    assert "Ended" in text and "Being looked at again" not in text


def test_a_merged_one_says_who_has_it(town, act):
    main = act("hand_up", act.handling(), "grid_worker")
    issue = act("merge", act.handling(), "grid_worker", main=main)
    text = visitor().get(follow_link(issue)).content.decode()
    assert "天光社区 deals with it together with another report" in text
    assert main.number not in text


@pytest.mark.parametrize("state", [state.key for state in STATES])
def test_every_state_has_its_place_on_the_way(town, state):
    issue = town.report()
    issue.state = state
    steps = steps_of(issue)
    assert [step.place for step in steps].count("now") <= 1
    assert any(step.place in {"now", "done"} for step in steps)


def test_the_cost_does_not_grow(town, act):
    """Letters and extensions behind the scenes cost the reporter's page next to nothing."""
    one, three = act.handling(), act.handling()
    for issue, times in ((one, 1), (three, 3)):
        for _unused in range(times):
            act("supervise", issue, "street_leader", until=date(2026, 3, 20))

    def cost(issue: Issue) -> int:
        client = visitor()
        client.get(follow_link(issue))
        with CaptureQueriesContext(connection) as captured:
            client.get(follow_link(issue))
        return len(captured)

    assert cost(one) == cost(three)
