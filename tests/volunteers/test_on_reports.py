"""Points for accepted reports are for volunteers: a spotter who is none reads so beside the report, and how to become
one."""

import pytest
from django.urls import reverse

from grids.actions.policies import set_policy
from issues import sections
from issues.sections import add_hint
from tests.builders import Town
from tests.faces import signed_in, stop_clock
from tests.volunteers.points_builders import volunteer
from volunteers.models import Volunteer
from volunteers.tariff import KEY
from volunteers.views.on_reports import about_points


@pytest.fixture(autouse=True)
def clock(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    stop_clock(monkeypatch, town.now)


def links(town: Town, code: str, name: str = "spotter") -> list[str]:
    """Where the hints beside this person's report lead."""
    answer = signed_in(town, name).get(f"/report/{code}/")
    hints = answer.context["hints"]
    assert all(f'href="{hint.link.address}"' in answer.content.decode() for hint in hints)
    return [hint.link.address for hint in hints]


def test_whoever_is_no_volunteer_reads_how_to_become_one(town: Town) -> None:
    there = reverse("volunteers:join", args=[town.community.code])
    assert links(town, town.grid.code) == links(town, town.community.code) == [there]
    assert links(town, town.street.code) == [reverse("volunteers:choose")]


def test_a_volunteer_reads_nothing_and_one_who_has_left_how_to_come_back(town: Town) -> None:
    who = volunteer(town, "spotter")
    assert links(town, town.grid.code) == []
    Volunteer.objects.filter(pk=who.pk).update(state="left", left_at=town.now)
    assert links(town, town.grid.code) == [reverse("volunteers:mine")]


def test_nothing_where_the_district_gives_no_points_for_it(town: Town) -> None:
    none = {"spotter_report": {"points": 0}}
    set_policy(town.district, KEY, none, by=None, now=town.now, reason="演示:会议纪要")
    assert links(town, town.grid.code) == []


def test_those_on_duty_are_asked_as_before(town: Town) -> None:
    assert links(town, town.grid.code, "grid_worker") == []


def test_said_once_however_often_it_is_added(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sections, "HINTS", [])
    assert add_hint(add_hint(about_points)) is about_points
    assert [about_points] == sections.HINTS
