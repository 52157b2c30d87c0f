"""即办: reported, signed for and submitted in one go, closed at once."""

from datetime import timedelta

import pytest
from django.utils.translation import override

from grids.actions.policies import set_policy
from issues.actions.photos import Photo
from issues.actions.settle import settle_at_once
from issues.kinds import BROUGHT, TOLD
from issues.models import Issue
from tests.faces import hidden, photo, signed_in, stop_clock
from tests.issues.acting import events
from tests.issues.invariants import check_invariants
from trail.models import Event
from trail.refusals import Refused


@pytest.fixture(autouse=True)
def clock(monkeypatch, town, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    stop_clock(monkeypatch, town.now)


def settle(town, who="grid_worker", category="litter", **given):
    told = {
        "place": town.building,
        "text": "演示:楼道堆物",
        "result": "演示:当场清走",
        "source": "patrol",
    } | given
    return settle_at_once(category=town.categories[category], by=town.people[who], now=town.now, **told)


def test_it_is_closed_at_once_and_says_so(town):
    file = photo()
    issue = settle(town, result_photos=[Photo(file, file.size)])
    issue = Issue.objects.get(pk=issue.pk)
    assert (issue.state, issue.at_once, issue.outcome, issue.due_at) == ("closed", True, "solved", None)
    assert events(issue) == ["report", "dispatch", "sign", "submit_result", "close"]
    assert issue.notes.get(internal=False).text == "演示:当场清走" and issue.attachments.count() == 1
    check_invariants(town.now)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"category": "fire"}, "settle_danger"),
        ({"on_behalf": True}, "settle_on_behalf"),
        *(({"source": source}, "settle_on_behalf") for source in sorted(TOLD)),
        ({"result": "  "}, "settle_result"),
        ({"category": "road"}, "settle_not_own"),
        ({"category": "other"}, "settle_not_own"),
        ({"who": "part_time_grid_worker"}, "settle_not_own"),
        ({"text": "x"}, "text_length"),
    ],
)
def test_what_somebody_else_must_see_is_refused_and_leaves_no_trace(town, given, code):
    before = Event.objects.count()
    with pytest.raises(Refused) as caught:
        settle(town, **given)
    assert caught.value.code == code
    assert not Issue.objects.exists() and Event.objects.count() == before


def post(client, place, **answers):
    address = f"/report/{place.code}/"
    form = client.get(address).context["form"]
    told = {"category": "litter", "text": "演示:楼道堆物", "source": "patrol"} | answers
    return client.post(address, hidden(form) | told)


def test_the_box_on_the_form(town):
    client = signed_in(town, "grid_worker")
    response = post(client, town.building, settled="on", result="演示:当场清走", result_photos=[photo()])
    issue = Issue.objects.get()
    assert response.status_code == 302 and issue.state == "closed" and issue.at_once
    assert issue.number in client.get(response.url).content.decode()


def test_what_came_in_later_was_still_settled_at_once(town):
    """Found and settled without a net, sent a day later."""
    issue = settle(town, occurred_at=town.now - timedelta(days=1))
    assert (issue.state, issue.at_once) == ("closed", True)


def test_where_it_is_to_be_looked_at_the_page_says_so(town):
    value = {"litter": {"check": "yes"}}
    set_policy(
        town.district, "categories", value, by=town.people["system_admin"], now=town.now, reason="演示"
    )
    client = signed_in(town, "grid_worker")
    response = post(client, town.building, settled="on", result="演示:当场清走")
    issue = Issue.objects.get()
    assert (issue.state, issue.at_once, issue.check_reason) == ("resolved", True, "category")
    with override("en"):
        assert "somebody else has looked at it" in client.get(response.url).content.decode()


@pytest.mark.parametrize("source", sorted(BROUGHT))
def test_what_somebody_brought_is_theirs_though_the_box_was_forgotten(town, source):
    post(signed_in(town, "grid_worker"), town.building, source=source)
    assert (Issue.objects.get().source, Issue.objects.get().on_behalf) == (source, True)


def test_without_the_box_the_result_is_not_sent(town):
    post(signed_in(town, "grid_worker"), town.building, result="演示:先写好的")
    assert Issue.objects.get().state == "assigned"


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({"result": ""}, "result"),
        ({"result": "演示:我们于（日期）修好了"}, "result"),
        ({"category": "road", "result": "演示:修好了"}, "settled"),
        ({"on_behalf": "on", "result": "演示:修好了"}, "settled"),
        ({"source": "phone", "result": "演示:修好了"}, "settled"),
    ],
)
def test_what_is_refused_stands_beside_its_question_and_nothing_is_lost(town, answers, field):
    response = post(signed_in(town, "grid_worker"), town.building, settled="on", **answers)
    form = response.context["form"]
    assert response.status_code == 409 and field in form.errors and not Issue.objects.exists()
    assert form["result"].value() == answers["result"] and form["text"].value() == "演示:楼道堆物"


def test_who_does_not_handle_is_not_offered_it(town):
    page = signed_in(town, "building_head").get(f"/report/{town.building.code}/")
    assert "settled" not in page.context["form"].fields
