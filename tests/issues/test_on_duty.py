"""Of a danger staff read at once whom to call: the emergency numbers, and who is on duty on the three levels."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from grids.actions.posts import end_post, record_leave, set_shift
from grids.models import Body, DutyShift
from issues.models import Issue
from issues.on_duty import on_duty
from tests.builders import Town
from tests.faces import signed_in, stop_clock


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch, town: Town) -> None:
    stop_clock(monkeypatch, town.now)


@pytest.fixture
def client(town: Town) -> Client:
    """A secretary who may open the admin too."""
    secretary = town.people["community_secretary"]
    secretary.is_staff = True
    secretary.save(update_fields=["is_staff"])
    return signed_in(town, "community_secretary")


def addresses(issue: Issue) -> tuple[str, str]:
    return f"/i/{issue.code}/", reverse("admin:issues_issue_change", args=[issue.pk])


def test_both_pages_say_whom_to_call(town: Town, client: Client) -> None:
    issue = town.report("fire")
    for address in addresses(issue):
        page = client.get(address).content.decode()
        assert all(f'href="tel:{number}"' in page for number in (119, 110, 120)), address
        for name in ("grid_worker", "community_secretary", "street_dispatcher"):
            assert str(town.people[name]) in page
        assert "On duty now" in page and "13800" not in page


def test_the_centres_telephone_is_one_tap_away(town: Town, client: Client) -> None:
    """Of this street and district; that of another street is not."""
    danger, plain = town.report("fire"), town.report()
    Body.objects.filter(pk=town.centre.pk).update(phone="0431-00000000")
    other = {"kind": "centre", "district": town.district, "phone": "0431-00000001", "name": "演示别处"}
    Body.objects.create(
        code="demo-other", street=town.far_community.street, unit=town.far_community.street, **other
    )
    for address in addresses(danger):
        page = client.get(address).content.decode()
        assert 'href="tel:0431-00000000"' in page and "0431-00000001" not in page
    for address in addresses(plain):
        assert "0431-00000000" not in client.get(address).content.decode()


def test_not_of_what_is_no_danger_or_is_over(town: Town, client: Client) -> None:
    plain, ended = town.report(), town.report("fire")
    Issue.objects.filter(pk=ended.pk).update(state="closed", due_at=None, closed_at=town.now)
    for issue in (plain, ended):
        for address in addresses(issue):
            assert "tel:119" not in client.get(address).content.decode()
        issue.refresh_from_db()
        assert on_duty(issue, town.now) == []


def test_the_roster_goes_before_the_posts(town: Town) -> None:
    issue = town.report("fire")
    start, end = town.now - timedelta(hours=1), town.now + timedelta(hours=1)
    set_shift(town.posts["street_leader"], starts_at=start, ends_at=end, rank=1, by=None, now=town.now)
    found = [one.name for one in on_duty(issue, town.now) if one.unit == town.street]
    assert found == [str(town.people["street_leader"])]


def test_who_is_on_the_roster_and_cannot_act_does_not_hide_those_who_can(town: Town) -> None:
    issue = town.report("fire")
    start, end = town.now - timedelta(hours=1), town.now + timedelta(hours=1)
    DutyShift.objects.create(post=town.posts["part_time_grid_worker"], starts_at=start, ends_at=end)
    found = [one.name for one in on_duty(issue, town.now) if one.unit == town.grid]
    assert found == [str(town.people[name]) for name in ("grid_chief", "grid_worker")]


def test_the_deputy_is_named_as_such_and_who_stands_in_from_above_once(town: Town) -> None:
    issue = town.report("fire")
    start, end = town.now - timedelta(hours=1), town.now + timedelta(days=2)
    record_leave(town.posts["grid_worker"], starts_at=start, ends_at=end, by=None, now=town.now)
    grid = {one.name: one.covering for one in on_duty(issue, town.now) if one.unit == town.grid}
    assert grid[str(town.people["grid_worker_deputy"])] == "deputy"
    for name in ("grid_worker", "grid_chief"):
        end_post(town.posts[name], by=None, now=town.now)
    later = on_duty(issue, town.now + timedelta(minutes=1))
    assert town.grid not in [one.unit for one in later] and town.community in [one.unit for one in later]


def test_more_people_cost_no_more(town: Town) -> None:
    issue = town.report("fire")

    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            on_duty(issue, town.now)
        return len(captured)

    one = cost()
    for name in ("first", "second"):
        town.appoint(name, "community_worker", town.community)
    assert cost() == one <= 4
