"""The feed tells of units and bodies: what was added, renamed, moved, merged, closed, in codes, to whoever sees them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from grids.actions.bodies import add_body, change_body, close_body
from grids.actions.tree import add_unit, close_unit, merge_units, move_unit, rename_unit
from grids.models import Body, Unit
from tests.api.test_events import EVENTS, _settled, read  # noqa: F401  (a fixture)
from tests.api.test_schema import JSON, schema, validator  # noqa: F401  (a fixture)
from tests.builders import Town, add_west
from trail.actions import record_event
from trail.feeds import event_types
from trail.models import Event

Api = Callable[[str], APIClient]
OURS = ("unit", "body")


@pytest.fixture
def begun(town: Town, api: Api) -> dict[str, str]:
    """Behind what the town itself did."""
    return {"cursor": api("district_dispatcher").get(EVENTS).json()["cursor"]}


def told(client: APIClient, **query: Any) -> list[tuple[str, str, dict[str, Any]]]:
    return [(row["type"], row["subject"], row["data"]) for row in read(client, OURS, **query)]


def test_what_changes_in_the_tree_is_told_in_codes(
    town: Town,
    api: Api,
    begun: dict[str, str],
    schema: dict[str, Any],  # noqa: F811
) -> None:
    how: dict[str, Any] = {"by": town.people["system_admin"], "now": town.now}
    community, other, grid = town.community.code, town.other_community.code, f"{town.community.code}003"
    rename_unit(town.grid, name="改过名的网格", **how)
    add_unit(town.community, code=grid, name="新设的网格", **how)
    move_unit(town.other_grid, to=town.other_community, **how)
    body = add_body(
        town.street, kind="office", code="new-1", name="新设的办公室", phone="0431-12345678", **how
    )
    change_body(body, name="改过名的办公室", **how)
    close_body(body, **how)
    close_unit(town.other_building, **how)
    merge_units(town.other_community, into=town.community, **how)
    assert told(api("district_dispatcher"), **begun) == [
        ("unit.rename", town.grid.code, {"fields": ["name"]}),
        ("unit.add", grid, {"parent": community}),
        ("unit.move", town.other_grid.code, {"was": community, "to": other}),
        ("body.add", "new-1", {"unit": town.street.code, "kind": "office"}),
        ("body.change", "new-1", {"fields": ["name"]}),
        ("body.close", "new-1", {}),
        ("unit.close", town.other_building.code, {}),
        ("unit.merge", other, {"into": community}),
    ]
    answer = api("district_dispatcher").get(EVENTS, begun)
    first, where = answer.json()["results"][0], {}
    for row in answer.json()["results"]:
        where[row["type"]] = (row["district"], row["unit"])
    assert first["seq"] == Event.objects.version("unit", town.grid.pk)
    assert where["unit.rename"] == ("220103", town.grid.code)
    assert where["body.add"] == ("220103", town.street.code)
    for name in ("改过名", "新设", "0431", "system_admin"):
        assert name not in answer.content.decode()
    shape = schema["paths"][EVENTS]["get"]["responses"]["200"]["content"][JSON]["schema"]
    assert list(validator(schema, shape).iter_errors(answer.json())) == []


@pytest.mark.parametrize(
    ("person", "hears"),
    [
        ("district_dispatcher", {"220103", "220103001", "220103001001001", "220103002", "office-1"}),
        ("street_dispatcher", {"220103", "220103001", "220103001001001", "office-1"}),
        ("grid_worker", {"220103", "220103001", "220103001001001", "office-1"}),
        ("far_dispatcher", {"220103", "220103002"}),
        ("west_dispatcher", set()),
    ],
)
def test_whoever_sees_it_hears_of_it(
    town: Town, api: Api, begun: dict[str, str], person: str, hears: set[str]
) -> None:
    add_west(town)
    how: dict[str, Any] = {"by": None, "now": town.now}
    for unit in (town.district, town.street, town.grid, town.other_street):
        rename_unit(unit, name=f"{unit.name}甲", **how)
    change_body(town.office, name="平安办甲", **how)
    rows = [row for row in read(api(person), OURS, **begun) if row["type"] in {"unit.rename", "body.change"}]
    assert {row["subject"] for row in rows} == hears
    seen = Unit.objects.visible_to(town.people[person], town.now).values_list("code", flat=True)
    bodies = Body.objects.visible_to(town.people[person], town.now).values_list("code", flat=True)
    assert hears <= {*seen, *bodies}


def test_an_account_of_another_district_hears_nothing_of_ours(
    town: Town, api: Api, begun: dict[str, str]
) -> None:
    add_west(town)
    rename_unit(town.district, name="宽城区甲", by=None, now=town.now)
    close_body(town.far_office, by=None, now=town.now)
    for query in ({}, begun, {"subject": "220103"}, {"subject": "far_office-1"}, {"type": "unit.rename"}):
        rows = read(api("west_dispatcher"), OURS, **query)
        assert {row["subject"] for row in rows} <= {"621002"}, query


def test_a_place_that_one_does_not_see_has_no_code(town: Town, api: Api, begun: dict[str, str]) -> None:
    move_unit(town.grid, to=town.other_community, by=None, now=town.now)
    moved = ("unit.move", town.grid.code)
    there = {"to": town.other_community.code}
    assert told(api("grid_worker"), **begun) == [(*moved, there | {"was": None})]
    assert told(api("street_dispatcher"), **begun) == [(*moved, there | {"was": town.community.code})]
    # Who has lost sight of it hears of it no more.
    assert told(api("community_secretary"), **begun) == []


def test_one_code_of_a_unit_or_of_a_body(town: Town, api: Api) -> None:
    client, how = api("district_dispatcher"), {"by": None, "now": town.now}
    assert told(client, subject=town.grid.code) == [
        ("unit.add", town.grid.code, {"parent": town.community.code})
    ]
    add_body(town.street, kind="office", code=town.grid.code, name="同码", **how)
    assert {row[0] for row in told(client, subject=town.grid.code)} == {"unit.add"}
    of_body = told(client, subject=town.grid.code, type=["body.add", "body.close"])
    assert of_body == [("body.add", town.grid.code, {"unit": town.street.code, "kind": "office"})]


@pytest.mark.parametrize("code", ["far_grid", "far_office"])
def test_a_foreign_code_answers_as_one_that_there_is_not(town: Town, api: Api, code: str) -> None:
    foreign = getattr(town, code).code
    answers = [api("community_secretary").get(EVENTS, {"subject": one}) for one in (foreign, "999999")]
    pages = [answer.json() | {"next": ""} for answer in answers]
    assert pages[0] == pages[1] and pages[0]["results"] == []


def test_what_the_house_notes_for_itself_is_told_to_nobody(
    town: Town, api: Api, begun: dict[str, str]
) -> None:
    own = ("set_profile", "set_power", "add_samples", "vacant_root", "board_digest")
    assert not {f"unit.{verb}" for verb in own} & set(event_types())
    record_event("unit", town.street.pk, "board_digest", by=None, now=town.now, unit_id=town.street.pk)
    assert told(api("district_dispatcher"), **begun) == []
    assert api("district_dispatcher").get(EVENTS, {"type": "unit.board_digest"}).status_code == 400
    assert not any(key.startswith("post.") for key in event_types())


def test_it_costs_the_same_for_one_and_for_many(
    town: Town, api: Api, begun: dict[str, str], django_assert_max_num_queries: Any
) -> None:
    def happen(number: int) -> None:
        how: dict[str, Any] = {"by": None, "now": town.now + timedelta(minutes=number)}
        for unit in (town.grid, town.other_grid, town.far_grid):
            rename_unit(unit, name=f"{unit.name}{number}", **how)
            to = (town.other_community, town.community)[number % 2]
            if unit != town.far_grid:
                move_unit(unit, to=to, **how)
        change_body(town.office, name=f"平安办{number}", **how)

    client = api("district_dispatcher")
    happen(0)
    client.get(EVENTS, begun)
    with django_assert_max_num_queries(12) as few:
        assert len(client.get(EVENTS, begun).json()["results"]) == 6
    for number in range(1, 4):
        happen(number)
    with django_assert_max_num_queries(12) as many:
        assert len(client.get(EVENTS, begun).json()["results"]) == 24
    assert len(few) == len(many)
