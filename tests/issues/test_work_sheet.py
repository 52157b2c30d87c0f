"""The work sheet: what stands on paper, and what never does."""

import re

import pytest
from django.urls import reverse

from grids.qr_codes import qr_svg
from issues.actions import PERFORM
from tests.builders import CONTACT, town
from trail.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def place():
    return town()


@pytest.fixture(autouse=True)
def _now(monkeypatch, place):
    monkeypatch.setattr("django.utils.timezone.now", lambda: place.now)


@pytest.fixture
def issue(place):
    issue = place.report(contact=CONTACT, text="演示：垃圾满了", spot="3单元门口")
    worker = {"by": place.people["grid_worker"], "now": place.now}
    PERFORM["sign"](issue, **worker)
    PERFORM["note"](issue, text="演示：内部的话", internal=True, **worker)
    PERFORM["note"](issue, text="演示：已联系清运", internal=False, **worker)
    return issue


def enter(client, place, name):
    user = place.people[name]
    user.is_staff = True
    user.save(update_fields=["is_staff"])
    client.force_login(user)


def sheet(issue):
    return reverse("admin:issues_issue_print", args=[issue.pk])


def test_it_says_what_where_by_when_and_leaves_room_to_write(client, place, issue, settings):
    settings.BASE_URL = "https://city.example"
    enter(client, place, "street_dispatcher")
    answer = client.get(sheet(issue))
    text = answer.content.decode()
    assert answer.status_code == 200
    for words in (
        issue.number,
        issue.category.label,
        issue.place_label,
        "3单元门口",
        "演示：垃圾满了",
        "演示：已联系清运",
    ):
        assert words in text, words
    assert qr_svg(f"https://city.example/i/{issue.code}/") in text
    assert "css/print.css" in text and " style=" not in text
    assert text.count('class="by-hand"') == 1
    change = client.get(reverse("admin:issues_issue_change", args=[issue.pk])).content.decode()
    assert sheet(issue) in change


def test_the_number_is_masked_and_nothing_internal_is_printed(client, place, issue):
    enter(client, place, "street_dispatcher")
    events = Event.objects.count()
    text = client.get(sheet(issue)).content.decode()
    assert CONTACT.phone not in text and CONTACT.name not in text and "内部的话" not in text
    assert re.search(r"\d{3}\*{4}\d{4}", text)
    assert place.people["grid_worker"].display_name not in text
    assert Event.objects.count() == events, "what takes nothing of anybody out of the house is no export"


def test_a_foreign_one_is_as_unknown_as_none(client, place, issue):
    foreign = place.report(place=place.far_building)
    enter(client, place, "street_dispatcher")
    assert client.get(sheet(foreign)).status_code == 404
    assert client.get(reverse("admin:issues_issue_print", args=[10**9])).status_code == 404
    assert client.post(sheet(issue)).status_code == 405


def test_the_cost_does_not_grow_with_what_happened(client, place, issue, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    enter(client, place, "street_dispatcher")
    client.get(sheet(issue))
    with CaptureQueriesContext(connection) as one:
        client.get(sheet(issue))
    for number in range(15):
        PERFORM["note"](
            issue, text=f"演示：第{number}次", internal=False, by=place.people["grid_worker"], now=place.now
        )
    with django_assert_num_queries(len(one)):
        text = client.get(sheet(issue)).content.decode()
    assert "演示：第14次" in text and "演示：第1次" not in text
