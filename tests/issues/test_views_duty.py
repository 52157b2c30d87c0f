"""Reporting on duty: what one was told, spotters in three taps, pasted chat messages."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from grids.actions.tokens import issue_token
from issues.kinds import OWN_WAYS
from issues.models import Issue, Reporter
from issues.views.report import TOLD
from tests.faces import hidden, photo, signed_in, stop_clock

PASTED = "演示张 3/9 18:20\n天光社区1号楼垃圾没人管\n电话13800001234"


@pytest.fixture(autouse=True)
def clock(monkeypatch, town, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    stop_clock(monkeypatch, town.now)


# --- told by somebody ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("source", TOLD)
def test_what_one_was_told_is_preset_and_the_other_rates(town, source):
    client = signed_in(town, "community_worker")
    start = client.get("/report/", {"source": source})
    assert start.url.endswith(f"/report/{town.community.code}/?source={source}")
    page = client.get(start.url)
    form = page.context["form"]
    assert (form["source"].value(), form["on_behalf"].value()) == (source, True)
    told = {"category": "litter", "text": "演示:来人反映", "source": source, "on_behalf": "on"}
    client.post(start.url, hidden(form) | told | {"contact_phone": "13911112222"})
    issue = Issue.objects.get()
    assert issue.source == source and issue.on_behalf and Reporter.objects.get(issue=issue).phone


def test_an_unknown_way_is_passed_over(town):
    page = signed_in(town, "community_worker").get(f"/report/{town.community.code}/?source=hotline")
    assert page.context["form"]["source"].value() == "patrol"


@pytest.mark.parametrize("source", sorted(OWN_WAYS))
def test_what_comes_by_itself_is_not_typed(town, source):
    client, address = signed_in(town, "community_worker"), f"/report/{town.community.code}/"
    form = client.get(address).context["form"]
    response = client.post(address, hidden(form) | {"category": "litter", "text": "演示", "source": source})
    assert response.status_code == 422 and not Issue.objects.exists()


# --- spotters -----------------------------------------------------------------------------------------------
def test_a_spotter_needs_a_tile_a_photo_and_send(town):
    client = signed_in(town, "spotter")
    address = client.get("/report/").url
    page = client.get(address)
    assert {name for name, field in page.context["form"].fields.items() if field.required} == {"category"}
    response = client.post(
        address, hidden(page.context["form"]) | {"category": "litter", "photos": [photo()]}
    )
    issue = Issue.objects.get()
    assert response.status_code == 302 and (issue.source, issue.text) == ("spotter", "演示litter")
    assert issue.attachments.count() == 1


def test_the_place_is_the_last_one_or_that_of_the_door(town):
    client = signed_in(town, "spotter")
    assert client.get("/report/").url == f"/report/{town.street.code}/"
    town.report(place=town.grid, by=town.people["spotter"], source="spotter")
    assert client.get("/report/").url == f"/report/{town.grid.code}/"
    token = issue_token(town.building, by=None, now=town.now)
    assert client.get("/report/", {"token": token.token}).url == f"/report/{town.building.code}/"


def test_what_a_spotter_says_more_is_kept(town):
    client, address = signed_in(town, "spotter"), f"/report/{town.grid.code}/"
    form = client.get(address).context["form"]
    client.post(address, hidden(form) | {"category": "litter", "text": "演示:两袋", "spot": "南门"})
    issue = Issue.objects.get()
    assert (issue.text, issue.spot) == ("演示:两袋", "南门")


# --- pasted messages ----------------------------------------------------------------------------------------
def paste(client, pasted=PASTED):
    return client.post("/report/chat/", {"pasted": pasted})


def test_the_second_screen_is_filled_in_and_nothing_is_written(town):
    page = paste(signed_in(town, "community_worker"))
    form = page.context["form"]
    said = {name: form[name].value() for name in ("source", "on_behalf", "text", "contact_phone", "place")}
    assert said == {
        "source": "chat",
        "on_behalf": True,
        "text": "天光社区1号楼垃圾没人管\n电话138****1234",
        "contact_phone": "13800001234",
        "place": town.building.code,
    }
    assert form["contact_name"].value() == "演示张" and "2026-03-09T18:20" in page.content.decode()
    assert not Issue.objects.exists()


def test_two_screens_and_it_is_registered(town):
    client = signed_in(town, "community_worker")
    page = paste(client)
    form = page.context["form"]
    preset = {
        name: form[name].value() for name in ("text", "source", "contact_name", "contact_phone", "place")
    }
    told = preset | {"occurred_at": "2026-03-09T18:20", "on_behalf": "on", "category": "litter"}
    response = client.post("/report/chat/", hidden(form) | told | {"offered": list(form.places)})
    issue = Issue.objects.get()
    assert response.status_code == 302 and issue.source == "chat" and issue.on_behalf
    assert issue.place_code == town.building.code and issue.reported_at < town.now
    assert Reporter.objects.get(issue=issue).phone == "13800001234" and "13800001234" not in issue.text


def test_what_is_missing_is_said_and_nothing_is_lost(town):
    client = signed_in(town, "community_worker")
    form = paste(client).context["form"]
    told = {"text": "演示:改过", "source": "chat", "place": town.building.code, "offered": list(form.places)}
    response = client.post("/report/chat/", hidden(form) | told)
    again = response.context["form"]
    assert response.status_code == 422 and "category" in again.errors and not Issue.objects.exists()
    assert (again["text"].value(), again["place"].value()) == ("演示:改过", town.building.code)


def test_a_foreign_place_cannot_be_offered(town):
    client = signed_in(town, "community_worker")
    form = paste(client, "远网格9号楼漏水").context["form"]
    assert list(form.places) == [town.community.code]
    told = {"category": "litter", "text": "演示", "source": "chat", "place": town.far_building.code}
    response = client.post("/report/chat/", hidden(form) | told | {"offered": [town.far_building.code]})
    assert response.status_code == 422 and not Issue.objects.exists()


def test_nothing_pasted(town):
    assert paste(signed_in(town, "community_worker"), " ").status_code == 422


# --- pasted without a net -------------------------------------------------------------------------------------
KEPT = {"X-Outbox": "1"}


def kept(client, **told):
    """What the phone sends when there is a net again, and what it is told."""
    page = client.get("/report/chat/").context
    data = hidden(page["form"]) | {"pasted": PASTED, "occurred_at": "2026-03-09T21:00"} | told
    return data, client.post("/report/chat/", data, headers=KEPT).json()


def test_pasted_without_a_net_it_is_registered_once_as_the_message_says(town):
    client = signed_in(town, "community_worker")
    data, told = kept(client, category="litter")
    issue = Issue.objects.get()
    assert (told["fate"], told["address"]) == ("done", f"/i/{issue.code}/")
    assert issue.number in " ".join(told["said"]) and "read out of the messages" in " ".join(told["said"])
    assert (issue.source, issue.on_behalf, issue.place_code) == ("chat", True, town.building.code)
    assert (issue.text, issue.category.key) == ("天光社区1号楼垃圾没人管\n电话138****1234", "litter")
    assert f"{timezone.localtime(issue.reported_at):%m-%d %H:%M}" == "03-09 18:20"
    assert Reporter.objects.get(issue=issue).phone == "13800001234"
    for _again in range(2):
        assert client.post("/report/chat/", data, headers=KEPT).json()["address"] == told["address"]
    assert Issue.objects.count() == 1


def test_yesterday_is_the_day_before_it_was_pasted_and_without_a_time_it_is_then(town):
    client = signed_in(town, "community_worker")
    for number, (pasted, at) in enumerate(
        (("演示张 昨天 18:20\n1号楼垃圾没人管", "03-08 18:20"), ("1号楼又有垃圾了", "03-09 21:00")), 1
    ):
        assert kept(client, category="litter", pasted=pasted)[1]["fate"] == "done"
        newest = Issue.objects.latest("pk")
        assert f"{timezone.localtime(newest.reported_at):%m-%d %H:%M}" == at
        assert Issue.objects.count() == number


def test_what_was_said_beside_the_messages_holds(town):
    client = signed_in(town, "community_worker")
    told = kept(client, category="noise", place=town.community.code)[1]
    issue = Issue.objects.get()
    assert (issue.category.key, issue.place_code) == ("noise", town.community.code)
    assert "read out of the messages" not in " ".join(told["said"])


def test_what_can_be_read_nowhere_comes_back_under_the_names_of_the_page(town):
    client = signed_in(town, "community_worker")
    data, told = kept(client)
    assert told["fate"] == "refused" and set(told["problems"]) == {"category"} and not Issue.objects.exists()
    assert 'name="category"' in client.get("/report/chat/").content.decode()
    again = client.post("/report/chat/", data | {"category": "litter"}, headers=KEPT).json()
    assert again["fate"] == "done" and Issue.objects.count() == 1


def test_nothing_pasted_without_a_net_comes_back(town):
    told = kept(signed_in(town, "community_worker"), pasted=" ", category="litter")[1]
    assert told["fate"] == "refused" and "text" in told["problems"] and not Issue.objects.exists()


def test_of_several_places_none_is_guessed(town):
    """Somebody who works in two communities, and a message that names neither."""
    town.appoint("community_worker", "community_secretary", town.far_community)
    client = signed_in(town, "community_worker")
    told = kept(client, pasted="演示:垃圾没人管", category="litter")[1]
    assert told["fate"] == "refused" and set(told["problems"]) == {"place"}


def test_the_second_screen_stands_empty_for_what_was_kept_of_it(town):
    client = signed_in(town, "community_worker")
    first = paste(client).context["form"]
    page = client.get(first.again)
    form = page.context["form"]
    assert list(form.places) == list(first.places) and not form["text"].value()
    assert 'name="pasted"' not in page.content.decode() and 'data-again="' in page.content.decode()
    foreign = client.get("/report/chat/", {"at": town.far_building.code}).context["form"]
    assert list(foreign.places) == [town.community.code]


def test_what_was_said_beside_the_messages_stands_on_the_second_screen(town):
    client = signed_in(town, "community_worker")
    told = {"pasted": PASTED, "category": "noise", "place": town.community.code}
    form = client.post("/report/chat/", told).context["form"]
    assert (form["category"].value(), form["place"].value()) == ("noise", town.community.code)


@pytest.mark.parametrize("name", ["body_officer", "supervisor"])
def test_whose_post_does_not_report(town, name):
    client = signed_in(town, name)
    assert client.get("/report/chat/").status_code == 403 and paste(client).status_code == 403


def test_reading_a_message_costs_the_same_for_many_places(town):
    client = signed_in(town, "community_worker")

    def cost(pasted):
        with CaptureQueriesContext(connection) as found:
            paste(client, pasted)
        return len(found)

    cost("在1号楼")  # The rules of the district are read once.
    assert cost("在1号楼") == cost("天光社区第一网格1号楼2号楼") <= 14
