"""Somebody on duty reports, for themselves or on somebody's behalf."""

import pytest

from grids.actions.tokens import issue_token
from issues.models import Issue, Reporter
from tests.faces import hidden, photo, signed_in, stop_clock


@pytest.fixture(autouse=True)
def clock(monkeypatch, town, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    stop_clock(monkeypatch, town.now)


def report(client, place, **answers):
    address = f"/report/{place.code}/"
    page = client.get(address)
    told = {"category": "litter", "text": "演示:巡查发现", "source": "patrol"} | answers
    return client.post(address, hidden(page.context["form"]) | told)


def test_one_starts_where_one_stands(town):
    response = signed_in(town, "grid_worker").get("/report/")
    assert response.status_code == 302 and response.url == f"/report/{town.grid.code}/"


def test_with_several_posts_one_chooses(town):
    town.appoint("grid_worker", "grid_chief", town.other_grid)
    content = signed_in(town, "grid_worker").get("/report/").content.decode()
    assert f"/report/{town.grid.code}/" in content and f"/report/{town.other_grid.code}/" in content


def test_at_a_body_one_starts_at_its_street(town):
    town.appoint("rider", "spotter", town.office)
    response = signed_in(town, "rider").get("/report/")
    assert response.url == f"/report/{town.street.code}/"


@pytest.mark.parametrize("name", ["body_officer", "supervisor", "system_admin"])
@pytest.mark.parametrize("path", ["", "220103001001001/"])
def test_whose_post_does_not_report(town, name, path):
    client = signed_in(town, name)
    response = client.get(f"/report/{path}")
    assert response.status_code == 403 and "does not include reporting" in response.content.decode()
    assert 'href="/report/"' not in response.content.decode()


def test_more_exactly_by_links(town):
    content = signed_in(town, "grid_worker").get(f"/report/{town.grid.code}/").content.decode()
    assert f"/report/{town.building.code}/" in content and f"/report/{town.community.code}/" in content


@pytest.mark.parametrize("place", ["far_grid", "other_grid"])
def test_a_foreign_place_does_not_exist(town, place):
    code = getattr(town, place).code
    client = signed_in(town, "grid_worker")
    assert client.get(f"/report/{code}/").status_code == 404
    assert client.post(f"/report/{code}/", {"category": "litter", "text": "演示"}).status_code == 404


def test_by_the_code_on_the_door(town):
    token = issue_token(town.building, by=None, now=town.now)
    far = issue_token(town.far_building, by=None, now=town.now)
    client = signed_in(town, "grid_worker")
    assert client.get("/report/", {"token": token.token}).url == f"/report/{town.building.code}/"
    assert client.get("/report/", {"token": far.token}).url == f"/report/{town.grid.code}/"


def test_found_on_patrol(town):
    client = signed_in(town, "grid_worker")
    response = report(client, town.building, photos=[photo()])
    issue = Issue.objects.get()
    assert response.status_code == 302 and response.url == f"/i/{issue.code}/"
    assert (issue.source, issue.registered_by, issue.on_behalf) == (
        "patrol",
        town.people["grid_worker"],
        False,
    )
    assert issue.attachments.count() == 1 and issue.number in client.get(response.url).content.decode()


def test_a_tile_and_a_photo_are_enough_for_what_one_has_found(town):
    client, address = signed_in(town, "grid_worker"), f"/report/{town.building.code}/"
    form = client.get(address).context["form"]
    assert not form["text"].field.required
    sent = client.post(
        address, hidden(form) | {"category": "litter", "source": "patrol", "photos": [photo()]}
    )
    issue = Issue.objects.get()
    assert sent.url == f"/i/{issue.code}/" and (issue.text, issue.source) == ("演示litter", "patrol")
    assert issue.attachments.count() == 1


@pytest.mark.parametrize(
    "answers",
    [
        {"on_behalf": "on"},
        {"source": "phone"},
        {"source": "chat"},
        {"settled": "on", "result": "演示:已清运"},
    ],
)
def test_what_others_told_and_what_is_over_needs_words(town, answers):
    refused = report(signed_in(town, "grid_worker"), town.building, text="", **answers)
    assert refused.status_code == 422 and not Issue.objects.exists()
    assert refused.context["form"].errors == {
        "text": ["Say in words what it is: it was told by somebody else, or is settled already."]
    }


def test_where_somebody_else_told_it_the_page_asks_for_words(town):
    page = signed_in(town, "grid_worker").get(f"/report/{town.building.code}/?source=visit")
    assert page.context["form"]["text"].field.required


def test_without_words_it_is_asked_all_the_same_whether_it_is_one_of_these(town):
    client, other = signed_in(town, "grid_worker"), town.report("litter", now=town.now)
    asked = report(client, town.building, text="", photos=[photo()])
    assert [one.issue for one, _signed, _state in asked.context["found"]] == [other]
    typed = {name: value for name, value, *_asked in asked.context["typed"]}
    typed |= {"kept": asked.context["kept"], "join": "new"}
    assert client.post(asked.wsgi_request.path, typed).status_code == 302
    mine = Issue.objects.latest("pk")
    assert (mine.text, mine.main, mine.attachments.count()) == ("演示litter", None, 1)


def test_after_the_code_on_the_door_those_on_duty_find_their_own_form_first(town):
    doors = {
        name: issue_token(getattr(town, name), by=None, now=town.now) for name in ("building", "far_building")
    }
    own = f'<a class="button wide" href="/report/{town.building.code}/">'
    for name in ("grid_worker", "spotter"):
        page = signed_in(town, name).get(f"/r/{doors['building'].token}/").content.decode()
        assert own in page and page.index(own) < page.index("<form method"), name
    # Nobody is led to what would not be found, nor to what they may not do.
    for name, door in (("grid_worker", "far_building"), ("body_officer", "building")):
        page = signed_in(town, name).get(f"/r/{doors[door].token}/").content.decode()
        assert 'href="/report/' not in page and "You are signed in." not in page, name


def test_on_behalf_with_contact_and_an_earlier_time(town):
    told = {"on_behalf": "on", "source": "phone", "contact_name": "张", "contact_phone": "13911112222"}
    report(signed_in(town, "grid_worker"), town.building, occurred_at="2026-03-09T16:00", kind="help", **told)
    issue = Issue.objects.get()
    assert issue.on_behalf and issue.source == "phone" and issue.reported_at < town.now
    assert Reporter.objects.get(issue=issue).masked_phone == "139****2222"


@pytest.mark.parametrize(
    ("answers", "field"),
    [({"text": "短"}, "text"), ({"source": "api"}, "source"), ({"contact_phone": "x"}, "contact_phone")],
)
def test_what_is_wrong_is_said(town, answers, field):
    response = report(signed_in(town, "grid_worker"), town.building, spot="南门", **answers)
    assert response.status_code in {409, 422} and field in response.context["form"].errors
    assert response.context["form"]["spot"].value() == "南门" and not Issue.objects.exists()


def test_a_double_tap_registers_once(town):
    client, address = signed_in(town, "grid_worker"), f"/report/{town.building.code}/"
    told = hidden(client.get(address).context["form"]) | {
        "category": "litter",
        "text": "演示",
        "source": "patrol",
    }
    assert client.post(address, told).url == client.post(address, told).url
    assert Issue.objects.count() == 1
