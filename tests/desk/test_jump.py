"""Quick jump: what a few letters lead to, for whom, and at what cost."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from desk.jump import MOST_UNITS, meant_by
from grids.actions.tree import add_unit, close_unit
from tests.faces import signed_in, stop_clock


@pytest.fixture(autouse=True)
def clock(monkeypatch, town):
    stop_clock(monkeypatch, town.now)
    User.objects.update(is_staff=True)


def jump(town, name, words, **more):
    return signed_in(town, name).get("/admin/jump/", {"q": words} | more)


def names(town, name, words):
    found = meant_by(words, town.people[name], town.now)
    return [one.name for one in (*found.units, *found.bodies)]


def test_a_unit_by_initials_of_any_reading_by_code_and_by_a_part_of_its_name(town):
    garden = add_unit(
        town.community, code="220103001001009", name="长山花园", by=town.people["system_admin"], now=town.now
    )
    for words in ("cshy", "zshy", "CS", "220103001001009", "山花"):
        assert names(town, "street_dispatcher", words) == ["长山花园"], words
    assert names(town, "street_dispatcher", "shy") == names(town, "street_dispatcher", "c") == []
    close_unit(garden, by=town.people["system_admin"], now=town.now)
    assert names(town, "street_dispatcher", "cshy") == []


def test_a_body_by_a_part_of_its_name(town):
    assert names(town, "street_dispatcher", "执法") == ["派驻执法队"]


def test_nobody_finds_what_they_do_not_see(town):
    assert names(town, "far_dispatcher", "tgsq") == [] and names(town, "street_dispatcher", "tgsq") == [
        "天光社区"
    ]
    issue = town.report()
    assert meant_by(issue.number, town.people["far_dispatcher"], town.now).issue is None
    assert "Nothing that you see" in jump(town, "far_dispatcher", issue.number).content.decode()


def test_a_number_leads_straight_to_its_issue(town):
    issue = town.report()
    response = jump(town, "street_dispatcher", f" {issue.number} ")
    assert (response.status_code, response.url) == (302, f"/admin/issues/issue/{issue.pk}/change/")
    # While one types, nobody is led away.
    assert issue.number in jump(town, "street_dispatcher", issue.number, part="1").content.decode()


def test_who_opens_no_units_finds_none(town):
    content = jump(town, "audit_admin", "tgsq").content.decode()
    assert "/grids/unit/" not in content and "data-jump" in content
    assert "data-jump" not in signed_in(town, "audit_admin").get("/admin/").content.decode()


def test_more_than_fit_are_named_and_cost_no_query_more(town):
    with CaptureQueriesContext(
        connection,
    ) as one:
        jump(town, "street_dispatcher", "2号")
    for number in range(10, 10 + MOST_UNITS + 1):
        add_unit(town.grid, code=f"220103001001{number:05d}", name=f"22号{number}栋", by=None, now=town.now)
    with CaptureQueriesContext(connection) as many:
        response = jump(town, "street_dispatcher", "2号")
    assert len(response.context["ways"]) == MOST_UNITS and response.context["more"]
    assert "There are more" in response.content.decode()
    assert len(many) == len(one)


@pytest.mark.parametrize("words", ["", "x", "'", "\\", "%%", "a'b", "：*", "１２", "&|!", "字" * 400])
def test_anything_may_be_typed(town, words):
    assert jump(town, "street_dispatcher", words).status_code == 200


def test_the_desk_has_the_box_and_the_keys(town):
    content = signed_in(town, "street_dispatcher").get("/admin/").content.decode()
    assert 'action="/admin/jump/"' in content and "data-keys" in content and "js/staff" in content
