"""Scheduled tasks in the staff admin: a look at the next dates, a task, rest and start."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from issues.actions.schedules import run_next_schedule
from issues.models import Category, Schedule
from tests.faces import hidden, stop_clock
from tests.issues.test_admin_hotline import desk

LIST = "/admin/issues/schedule/"


@pytest.fixture(autouse=True)
def clock(monkeypatch, town):
    stop_clock(monkeypatch, town.now)


def post(client, town, **answers):
    form = client.get(f"{LIST}add/").context["form"]
    told = {
        "place": town.grid.code,
        "category": "litter",
        "text": "演示:清理楼道",
        "at": "11:00",
        "only_working_days": "on",
    }
    return client.post(f"{LIST}add/", hidden(form) | told | answers)


def test_no_category_is_preset_and_no_danger_offered(town):
    form = desk(town, "community_secretary").get(f"{LIST}add/").context["form"]
    choices = form.fields["category"].choices
    offered = {key for _label, group in choices[1:] for key, _name in group}
    assert choices[0] == ("", "—") and "litter" in offered
    assert not offered & set(Category.objects.filter(is_danger=True).values_list("key", flat=True))


def test_a_look_shows_the_next_five_and_writes_nothing(town):
    response = post(desk(town, "community_secretary"), town, look="1", weekdays=["0", "3"])
    assert response.context["dates"][:2] == ["2026-03-12 Thu 11:00", "2026-03-16 Mon 11:00"]
    assert len(response.context["dates"]) == 5 and not Schedule.objects.exists()


def test_saved_it_stands_in_the_list_and_on_its_page(town):
    client = desk(town, "community_secretary")
    response = post(client, town, month_days="1, 15, last")
    schedule = Schedule.objects.get()
    assert schedule.month_days == [-1, 1, 15] and response.url == f"{LIST}{schedule.pk}/change/"
    run_next_schedule(now=schedule.next_at)
    page = client.get(response.url).content.decode()
    assert "day 1, day 15, last day" in page and schedule.occurrences.get().issue.number in page
    assert "演示:清理楼道" in client.get(LIST).content.decode()


def test_a_place_by_its_name_if_it_is_the_only_one(town):
    client = desk(town, "community_secretary")
    post(client, town, place="第一网格")
    assert Schedule.objects.get().place == town.grid


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({"place": "远网格"}, "place"),
        ({"place": ""}, "place"),
        ({"month_days": "0"}, "month_days"),
        ({"month_days": "tomorrow"}, "month_days"),
        ({"month_days": "1, ²"}, "month_days"),
        ({"month_days": "32"}, "month_days"),
        ({"at": "noon"}, "at"),
        ({"text": ""}, "text"),
    ],
)
@pytest.mark.parametrize("look", [{}, {"look": "1"}])
def test_what_is_wrong_is_said_beside_it(town, answers, field, look):
    response = post(desk(town, "community_secretary"), town, **answers, **look)
    assert response.status_code == 422 and field in response.context["form"].errors
    assert not Schedule.objects.exists()


def test_a_rule_that_never_comes_is_said_in_both_ways(town):
    client = desk(town, "community_secretary")
    look = post(client, town, until="2026-03-09", look="1")
    assert look.context["dates"] == [] and "never come" in look.content.decode()
    saved = post(client, town, until="2026-03-09")
    assert saved.status_code == 409 and "never come" in saved.content.decode()


def test_rest_and_start_again(town):
    client = desk(town, "community_secretary")
    post(client, town)
    pk = Schedule.objects.get().pk
    for key, running in (("stop", False), ("start", True)):
        assert client.post(f"{LIST}{pk}/do/{key}/").status_code == 302
        assert Schedule.objects.get().is_active is running
    assert client.post(f"{LIST}{pk}/do/start/").status_code == 404


@pytest.mark.parametrize("name", ["grid_worker", "supervisor"])
def test_who_does_not_dispatch_reads_only(town, name):
    post(desk(town, "community_secretary"), town)
    client, pk = desk(town, name), Schedule.objects.get().pk
    assert client.get(f"{LIST}add/").status_code == 403
    assert client.get(f"{LIST}{pk}/change/").status_code == 200
    assert client.post(f"{LIST}{pk}/do/stop/").status_code == 404
    assert Schedule.objects.get().is_active


def test_a_foreign_one_does_not_exist(town):
    post(desk(town, "community_secretary"), town)
    client, pk = desk(town, "far_secretary"), Schedule.objects.get().pk
    assert client.get(f"{LIST}{pk}/change/").status_code == 404
    assert client.post(f"{LIST}{pk}/do/stop/").status_code == 404


def test_what_list_and_page_cost(town):
    client = desk(town, "community_secretary")

    def cost(address):
        with CaptureQueriesContext(connection) as found:
            client.get(address)
        return len(found)

    post(client, town)
    schedule = Schedule.objects.get()
    run_next_schedule(now=schedule.next_at)
    page = f"{LIST}{schedule.pk}/change/"
    one = cost(LIST), cost(page)
    post(client, town)
    while run_next_schedule(now=town.now + timedelta(days=9)):
        pass
    assert (cost(LIST), cost(page)) == one and max(one) <= 16
