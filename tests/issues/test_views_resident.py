"""A resident without an account: finds the place, reports, and is stopped only by a flood."""

import re

import pytest

from grids.actions.tokens import issue_token, revoke_token
from grids.actions.tree import change_unit, close_unit, merge_units
from grids.models import Body
from issues.models import Issue, Reporter
from issues.views import throttle
from tests.faces import hidden, photo, signed_in, stop_clock, visitor


@pytest.fixture(autouse=True)
def clock(monkeypatch, town, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    stop_clock(monkeypatch, town.now)


@pytest.fixture
def token(town):
    return issue_token(town.building, by=None, now=town.now)


def report(client, address, *, key=True, **answers):
    """Open the form and send it; whatever may be the same, it is a new one."""
    page = client.get(address)
    sent = {"category": "litter", "text": "演示:垃圾满了", "join": "new"} | answers
    return client.post(address, (hidden(page.context["form"]) if key else {}) | sent)


# --- finding the place ---
def test_level_by_level_down_to_the_building(town):
    client = visitor()
    page = client.get("/r/")
    for code in (town.street.code, town.community.code, town.grid.code, town.building.code):
        address = f"/r/at/{code}/"
        assert address in page.content.decode()
        page = client.get(address)
    assert page.status_code == 302 and page.url == f"/r/at/{town.building.code}/report/"


@pytest.mark.parametrize(("place", "offered"), [("street", False), ("community", True), ("grid", True)])
def test_where_one_may_stop(town, place, offered):
    code = getattr(town, place).code
    content = visitor().get(f"/r/at/{code}/").content.decode()
    assert (f"/r/at/{code}/report/" in content) is offered


def test_a_street_is_no_place_to_report_at(town):
    response = visitor().get(f"/r/at/{town.street.code}/report/")
    assert response.status_code == 302 and response.url == f"/r/at/{town.street.code}/"


def test_several_districts_are_offered(town):
    from grids.actions.tree import add_unit

    add_unit(None, code="370102", name="历下区", by=None, now=town.now)
    content = visitor().get("/r/").content.decode()
    assert "历下区" in content and "宽城区" in content


def test_by_name(town):
    content = visitor().get("/r/", {"q": "1号"}).content.decode()
    assert f"/r/at/{town.building.code}/" in content and "新发街道 · 天光社区" in content
    assert "Nothing is called so" in visitor().get("/r/", {"q": "没有这里"}).content.decode()
    assert "Nothing is called so" in visitor().get("/r/", {"q": "1"}).content.decode()


def test_by_position_nearest_first(town):
    change_unit(town.building, by=None, now=town.now, lon=125.320, lat=43.900)
    change_unit(town.community, by=None, now=town.now, lon=125.325, lat=43.902)
    change_unit(town.far_building, by=None, now=town.now, lon=126.0, lat=44.5)
    content = visitor().get("/r/", {"lat": "43.9001", "lon": "125.3201"}).content.decode()
    near, further = (
        content.index(f"/r/at/{town.building.code}/"),
        content.index(f"/r/at/{town.community.code}/"),
    )
    assert near < further and f"/r/at/{town.far_building.code}/" not in content


@pytest.mark.parametrize("where", [("0", "0"), ("x", "1"), ("95", "10"), ("nan", "nan"), ("43.9", "")])
def test_a_position_without_places(town, where):
    response = visitor().get("/r/", {"lat": where[0], "lon": where[1]})
    assert response.status_code == 200 and "No place of ours is near" in response.content.decode()


def test_a_closed_place_is_not_offered(town):
    close_unit(town.other_building, by=None, now=town.now)
    assert town.other_building.code not in visitor().get(f"/r/at/{town.other_grid.code}/").content.decode()
    assert visitor().get(f"/r/at/{town.other_building.code}/report/").status_code == 404


def test_the_code_of_a_merged_place_leads_on(town):
    merge_units(town.other_grid, into=town.grid, by=None, now=town.now)
    content = visitor().get(f"/r/at/{town.other_grid.code}/").content.decode()
    assert town.grid.name in content and f"/r/at/{town.grid.code}/report/" in content


# --- the code on the door ---
@pytest.mark.parametrize("slash", ["", "/"])
def test_scan_and_report(town, token, slash):
    client = visitor()
    response = report(client, f"/r/{token.token}{slash}", spot="3单元", photos=[photo()])
    issue = Issue.objects.get()
    assert response.status_code == 302 and response.url.startswith("/f/")
    assert (issue.building, issue.source, issue.registered_by) == (town.building, "resident", None)
    assert issue.spot == "3单元" and issue.attachments.count() == 1
    page = client.get(response.url)
    assert issue.number in page.content.decode() and "http://testserver/f/" in page.content.decode()


def test_the_place_is_known(town, token):
    content = visitor().get(f"/r/{token.token}/").content.decode()
    assert "1号楼" in content and "天光社区" in content


@pytest.mark.parametrize("words", ["revoked", "unknown", "short"])
def test_a_code_that_leads_nowhere_says_where_to_go(town, token, words):
    if words == "revoked":
        revoke_token(token, by=None, now=town.now)
    address = (
        f"/r/{token.token}/"
        if words == "revoked"
        else "/r/0123456789abcdef/"
        if words == "unknown"
        else "/r/x"
    )
    for send in (visitor().get, visitor().post):
        response = send(address)
        assert response.status_code == 404
        assert 'href="/r/"' in response.content.decode() and "no longer valid" in response.content.decode()
    assert not Issue.objects.exists()


def test_danger_is_told_to_call_first(town, token):
    content = visitor().get(f"/r/{token.token}/").content.decode()
    for number in ("tel:119", "tel:110", "tel:120", "tel:12345"):
        assert number in content
    sent = visitor().get(report(visitor(), f"/r/{token.token}/", category="fire").url).content.decode()
    assert "tel:119" in sent and "Everybody on duty" in sent


def test_the_duty_telephone_is_on_the_page(town, token):
    Body.objects.filter(code="centre-1").update(phone="0431-8250000")
    assert "tel:0431-8250000" in visitor().get(f"/r/{token.token}/").content.decode()


def test_the_service_telephones_stand_nearest_first(town, token):
    from issues.views.follow import follow_link

    for unit, number in ((town.community, "000 0000 0002"), (town.grid, "000 0000 0001")):
        change_unit(unit, phone=number, by=None, now=town.now)
    link = follow_link(town.report())
    for page in (f"/r/{token.token}/", link, f"{link}sent/"):
        content = visitor().get(page).content.decode()
        assert 0 < content.index(f"{town.grid.name} 000 0000 0001") < content.index("000 0000 0002")
    assert "000 0000 0001" not in visitor().get(f"/r/at/{town.far_grid.code}/report/").content.decode()


@pytest.mark.parametrize(
    "page", ["/r/", "/f/", "/r/no-such-code/", "/nowhere/", "solved", "report", "follow", "sent"]
)
def test_the_hotline_stands_wherever_somebody_may_be_lost(town, page):
    from issues.views.follow import follow_link

    Body.objects.filter(code="centre-1").update(phone="0431-8250000")
    link = follow_link(town.report())
    known = {
        "solved": f"/r/at/{town.community.code}/solved/",
        "report": f"/r/at/{town.grid.code}/report/",
        "follow": link,
        "sent": f"{link}sent/",
    }
    content = visitor().get(known.get(page, page)).content.decode()
    assert 'href="tel:12345"' in content
    assert ("tel:0431-8250000" in content) is (page in {"report", "follow", "sent"})


def test_no_telephone_of_a_worker_is_on_any_page_of_residents(town, token):
    from accounts.models import User
    from issues.views.follow import follow_link

    worker = User.objects.get(pk=town.people["grid_worker"].pk)
    worker.phone = "13900009999"
    worker.save(update_fields=["phone"])
    link = follow_link(town.report())
    for page in (f"/r/{token.token}/", link, f"{link}sent/", f"/r/at/{town.grid.code}/"):
        assert "13900009999" not in visitor().get(page).content.decode()


def test_staff_are_offered_their_own_form(town, token):
    link = f"/report/{town.building.code}/"
    assert link in signed_in(town, "grid_worker").get(f"/r/{token.token}/").content.decode()
    assert link not in signed_in(town, "body_officer").get(f"/r/{token.token}/").content.decode()


# --- reporting ---
def test_not_sure_of_the_building(town):
    report(visitor(), f"/r/at/{town.community.code}/report/", category="other")
    issue = Issue.objects.get()
    assert (issue.community, issue.building, issue.state) == (town.community, None, "reported")


def test_contact_is_optional_encrypted_and_its_purpose_stated(town, token):
    client = visitor()
    content = client.get(f"/r/{token.token}/").content.decode()
    assert "used for this matter alone" in content and "erased 180 days after" in content
    report(client, f"/r/{token.token}/", contact_name="王", contact_phone="138 0000 1234")
    assert Reporter.objects.get().masked_phone == "138****1234"


def test_without_contact_nothing_is_kept(town, token):
    report(visitor(), f"/r/{token.token}/")
    assert not Reporter.objects.exists()


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": "x"}, "text"),
        ({"category": ""}, "category"),
        ({"category": "nothing"}, "category"),
        ({"contact_phone": "ring me"}, "contact_phone"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(town, token, answers, field):
    response = report(visitor(), f"/r/{token.token}/", **{"spot": "门口", **answers})
    assert response.status_code in {409, 422} and field in response.context["form"].errors
    assert response.context["form"]["spot"].value() == "门口"
    assert not Issue.objects.exists()


def test_what_is_no_photo_is_refused_and_nothing_is_half_sent(town, token):
    from django.core.files.uploadedfile import SimpleUploadedFile

    paper = SimpleUploadedFile("a.pdf", b"%PDF-1.4", content_type="application/pdf")
    response = report(visitor(), f"/r/{token.token}/", photos=[paper])
    assert response.status_code == 409 and "photos" in response.context["form"].errors
    assert "choose the photos once more" in response.content.decode()
    assert not Issue.objects.exists()


@pytest.mark.parametrize(("wrong", "right"), [("contact_phone", ""), ("category", "litter")])
def test_photos_of_a_refused_report_wait_while_it_is_corrected(town, token, wrong, right):
    client, address = visitor(), f"/r/{token.token}/"
    refused = report(client, address, photos=[photo()], **{wrong: "nothing"})
    page = refused.content.decode()
    assert "choose the photos once more" not in page and "1 photo is kept." in page
    kept = re.findall(r'name="kept" value="([^"]+)"', page)
    sent = hidden(refused.context["form"]) | {
        "category": "litter",
        "text": "演示",
        wrong: right,
        "kept": kept,
    }
    # Refused once more, with another photo: both are there.
    again = client.post(address, sent | {"text": "", "photos": [photo()]}).content.decode()
    both = re.findall(r'name="kept" value="([^"]+)"', again)
    assert len(both) == 2 and both[0] == kept[0]
    assert client.post(address, sent | {"kept": both}).status_code == 302
    assert Issue.objects.get().attachments.count() == 2


def test_a_double_tap_reports_once(town, token):
    client = visitor()
    page = client.get(f"/r/{token.token}/")
    sent = hidden(page.context["form"]) | {"category": "litter", "text": "演示:满了"}
    answers = [client.post(f"/r/{token.token}/", sent) for _tap in range(2)]
    assert answers[0].url == answers[1].url and Issue.objects.count() == 1


def test_a_refused_report_can_be_corrected_and_sent(town, token):
    client, address = visitor(), f"/r/{token.token}/"
    refused = report(client, address, contact_phone="ring me")
    sent = hidden(refused.context["form"]) | {"category": "litter", "text": "演示", "contact_phone": ""}
    assert client.post(address, sent).status_code == 302
    assert Issue.objects.count() == 1


# --- a flood ---
def flood(client, address, times, **answers):
    return [report(client, address, key=False, **answers).status_code for _time in range(times)]


def phone(address="10.0.0.1"):
    """Another phone behind this address."""
    client = visitor()
    client.defaults["REMOTE_ADDR"] = address
    return client


def allow(monkeypatch, name, most):
    """At most so many of this limit."""
    limit = getattr(throttle, name)
    monkeypatch.setattr(throttle, name, throttle.Limit(limit.key, most, limit.every))


def test_a_flood_from_one_phone_stops_that_phone_and_its_danger_not(town):
    client, address = phone(), f"/r/at/{town.grid.code}/report/"
    assert set(flood(client, address, throttle.REPORTS_PER_PHONE.most)) == {302}
    stopped = report(client, address)
    assert stopped.status_code == 429 and "Too many reports" in stopped.content.decode()
    assert stopped.context["form"]["text"].value() == "演示:垃圾满了"
    assert report(client, address, category="fire").status_code == 302


def test_one_phone_behind_a_carriers_address_stops_nobody_else(town, token):
    """All phones of a neighbourhood may come from one address, and all scan the code of the same door."""
    address = f"/r/{token.token}/"
    loud = phone()
    flood(loud, address, throttle.REPORTS_PER_PHONE.most + 5)
    assert report(loud, address).status_code == 429
    for _neighbour in range(3):
        assert report(phone(), address).status_code == 302
        assert report(phone(), f"/r/at/{town.grid.code}/report/").status_code == 302


def test_one_phone_cannot_use_up_the_address_or_the_door():
    one = throttle.REPORTS_PER_PHONE.most
    assert one * 3 <= throttle.REPORTS_PER_ADDRESS.most and one * 6 <= throttle.REPORTS_PER_TOKEN.most
    assert throttle.DANGER_PER_PHONE.most * 2 <= throttle.DANGER_IN_ALL.most


def test_a_flood_of_many_phones_from_one_address_is_stopped(town, monkeypatch):
    allow(monkeypatch, "REPORTS_PER_ADDRESS", 3)
    allow(monkeypatch, "REPORTS_PER_PLACE", 3)
    address = f"/r/at/{town.grid.code}/report/"
    assert [report(phone(), address).status_code for _phone in range(4)] == [302, 302, 302, 429]
    assert report(phone("10.0.0.2"), address).status_code == 302


def test_an_address_used_up_by_others_is_open_to_who_comes_to_another_place(town, token, monkeypatch):
    """Phones that throw their cookies away flood from the address of a whole district: doors stay open, each a little,
    and so do places that are chosen by hand."""
    allow(monkeypatch, "REPORTS_PER_ADDRESS", 1)
    allow(monkeypatch, "REPORTS_PER_PLACE", 2)
    by_hand = f"/r/at/{town.grid.code}/report/"
    assert [report(phone(), by_hand).status_code for _phone in range(3)] == [302, 302, 429]
    elsewhere = f"/r/at/{town.other_grid.code}/report/"
    assert [report(phone(), elsewhere).status_code for _phone in range(3)] == [302, 302, 429]
    door = f"/r/{token.token}/"
    assert [report(phone(), door).status_code for _phone in range(3)] == [302, 302, 429]
    other = issue_token(town.other_building, by=None, now=town.now)
    assert report(phone(), f"/r/{other.token}/").status_code == 302


def test_a_door_used_up_by_others_is_open_to_who_comes_anew(town, token, monkeypatch):
    allow(monkeypatch, "REPORTS_PER_TOKEN", 2)
    allow(monkeypatch, "REPORTS_PER_PLACE", 2)
    address = f"/r/{token.token}/"
    assert [report(phone(), address).status_code for _phone in range(3)] == [302, 302, 429]
    assert report(phone("10.0.0.9"), address).status_code == 302
    assert report(phone(), f"/r/at/{town.grid.code}/report/").status_code == 302


def test_danger_has_an_allowance_of_its_own(town, token, monkeypatch):
    allow(monkeypatch, "REPORTS_PER_ADDRESS", 1)
    allow(monkeypatch, "REPORTS_PER_PLACE", 1)
    allow(monkeypatch, "DANGER_IN_ALL", 2)
    client, address = phone(), f"/r/at/{town.grid.code}/report/"
    assert [report(client, address).status_code for _time in range(2)] == [302, 429]
    assert report(client, address, category="fire").status_code == 302
    assert report(phone(), f"/r/{token.token}/", category="fire").status_code == 302
    assert report(phone(), address, category="fire").status_code == 429


def test_only_what_was_taken_in_counts(town, token):
    client = visitor()
    flood(client, f"/r/{token.token}/", throttle.REPORTS_PER_PHONE.most + 1, text="")
    assert report(client, f"/r/{token.token}/").status_code == 302


# --- the pages themselves ---
@pytest.mark.parametrize("path", ["/r/", "/f/", "/r/at/220103001001/"])
def test_pages_load_nothing_from_elsewhere_and_have_no_inline_code(town, path):
    content = visitor().get(path).content.decode()
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', content)
    assert "<script>" not in content and " style=" not in content
    assert '<html lang="en">' in content and 'class="skip"' in content


def test_the_cost_does_not_grow_with_the_place(town, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from grids.actions.tree import add_unit

    client, address = visitor(), f"/r/at/{town.grid.code}/"
    client.get(address)
    with CaptureQueriesContext(connection) as one:
        client.get(address)
    for number in (3, 4):
        add_unit(town.grid, code=f"2201030010010000{number}", name=f"{number}号楼", by=None, now=town.now)
    with django_assert_num_queries(len(one)):
        client.get(address)
