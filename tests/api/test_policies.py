"""Rules of the district over REST: what holds, every version, setting one, and what it would have done."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from grids.models import Policy
from grids.policies import KINDS
from tests.api.test_queries import statements
from tests.builders import Town

Api = Callable[[str], APIClient]
UNITS = "/api/v1/units/"
DISTRICT, STREET = f"{UNITS}220103/policies/", f"{UNITS}220103001/policies/"
LIMITS = {"community": {"submit": [1, "hours"]}}


def set_rule(api: Api, value: Any = None, **more: Any) -> Any:
    body = {"value": LIMITS if value is None else value, "reason": "演示:试行"} | more
    return api("system_admin").post(f"{DISTRICT}limits/", body)


def test_which_there_are_at_each_level(town: Town, api: Api) -> None:
    for address, level in ((DISTRICT, "district"), (STREET, "street")):
        found = api("street_leader").get(address).json()
        assert [row["key"] for row in found] == [kind.key for kind in KINDS.values() if level in kind.at]
        assert all(row["decided_by"] is None and not row["to_come"] for row in found)


@pytest.mark.parametrize("key", sorted(KINDS))
def test_every_kind_is_read_as_shipped(town: Town, api: Api, key: str) -> None:
    answer = api("system_admin").get(f"{DISTRICT}{key}/")
    told = answer.json()
    assert (answer.status_code, told["key"], told["versions"], told["newest"]) == (200, key, [], 0)
    assert told["columns"] and {origin["origin"]["key"] for origin in told["origins"]} <= {"shipped"}


def test_set_and_read_again(town: Town, api: Api) -> None:
    made = set_rule(api, seen=0)
    assert made.status_code == 201, made.content.decode()
    told = api("grid_worker").get(made.headers["Location"]).json()
    assert told["value"]["community"]["submit"] == [1, "hours"]
    (version,) = told["versions"]
    assert (version["id"], version["reason"], version["set_by"]) == (
        made.json()["id"], "演示:试行", "system_admin",
    )  # fmt: skip
    assert told["decided_by"]["id"] == told["newest"] == version["id"]
    origins = {(one["row"], one["column"]): one["origin"]["key"] for one in told["origins"]}
    assert origins["community", "submit"] == "district" and origins["street", "submit"] == "shipped"
    stale = set_rule(api, seen=0)
    assert (stale.status_code, stale.json()["code"]) == (409, "stale")


def test_once_only(town: Town, api: Api) -> None:
    body, key = {"value": LIMITS, "reason": "演示"}, {"Idempotency-Key": "one"}
    answers = [api("system_admin").post(f"{DISTRICT}limits/", body, headers=key) for _time in range(2)]
    assert answers[0].content == answers[1].content and Policy.objects.count() == 1


def test_a_rehearsal_writes_nothing(town: Town, api: Api) -> None:
    town.report("noise")
    answer = api("system_admin").post(f"{DISTRICT}limits/rehearse/", {"value": LIMITS})
    told = answer.json()
    assert answer.status_code == 200, told
    assert [(one["row"], one["column"], one["after"]) for one in told["changes"]] == [
        ("community", "submit", [1, "hours"])
    ]
    assert told["past"]["days"] == 30 and told["past"]["looked_at"] == 1
    assert not Policy.objects.exists()


@pytest.mark.parametrize("address", ["limits/", "limits/rehearse/"])
@pytest.mark.parametrize(
    "value",
    [None, 1, "x", [], [1], {"x": {}}, {"community": 1}, {"community": {"x": 1}}, {"community": {"submit": "x"}},
     {"community": {"submit": [0, "hours"]}}, {"community": {"submit": [1, []]}}, {"community": {"submit": {}}},
     {"community": {"submit": [10**18, "hours"]}}, {"\u0001": {}}],
)  # fmt: skip
def test_a_wrong_value_says_where(town: Town, api: Api, address: str, value: Any) -> None:
    answer = api("system_admin").post(f"{DISTRICT}{address}", {"value": value, "reason": "演示"})
    assert answer.status_code == 400 and answer.json()["errors"]["value"], answer.content
    assert not Policy.objects.exists()


@pytest.mark.parametrize("key", sorted(KINDS))
def test_no_cell_of_any_kind_takes_nonsense(town: Town, api: Api, key: str) -> None:
    kind = KINDS[key]
    row = next(iter(dict(kind.rows or ())), "litter")
    for cell in (1.5, True, "x" * 5000, [1, ["hours"]], [{}], {"x": 1}, -(10**18), ["", None]):
        value = {row: {column.key: cell for column in kind.columns}}
        answer = api("system_admin").post(f"{DISTRICT}{key}/rehearse/", {"value": value})
        assert answer.status_code in (200, 400), (cell, answer.content)


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"reason": ""}, 400),
        ({"seen": -1}, 400),
        ({"effective_from": "0001-01-01T00:00:00Z"}, 400),
        ({"effective_from": "9999-12-31T23:59:59Z"}, 400),
        ({"effective_from": "2026-03-01T00:00:00Z"}, 409),
    ],
)
def test_what_else_is_refused(town: Town, api: Api, more: dict, status: int) -> None:
    assert set_rule(api, **more).status_code == status


def test_who_reads_and_who_sets(town: Town, api: Api) -> None:
    body = {"value": LIMITS, "reason": "演示"}
    for person in ("spotter", "building_head", "audit_admin"):
        assert api(person).get(DISTRICT).status_code == 403, person
    for person in ("grid_worker", "street_leader", "body_officer"):
        assert api(person).get(DISTRICT).status_code == 200, person
        for tail in ("", "rehearse/"):
            assert api(person).post(f"{DISTRICT}limits/{tail}", body).status_code == 403, person
    for tail in ("", "categories/"):
        foreign, none = (
            api("far_dispatcher").get(f"{UNITS}{code}/policies/{tail}") for code in ("220103001", "999999")
        )
        assert foreign.status_code == 404 and foreign.content == none.content
    assert api("system_admin").get(f"{DISTRICT}no_such_rule/").status_code == 404
    assert not Policy.objects.exists()


def test_a_street_sets_its_own_and_withdraws_it(town: Town, api: Api) -> None:
    body = {
        "value": {"litter": {"submit": [24, "hours"]}},
        "reason": "演示",
        "effective_from": "2026-03-20T00:00:00Z",
    }
    made = api("street_leader").post(f"{STREET}categories/", body)
    assert made.status_code == 201, made.content.decode()
    (row,) = [one for one in api("grid_worker").get(STREET).json() if one["key"] == "categories"]
    assert row["to_come"] and row["decided_by"] is None
    there = f"/api/v1/policies/{made.json()['id']}/withdraw/"
    assert api("grid_worker").post(there).status_code == 403
    assert api("far_dispatcher").post(there).status_code == 404
    assert api("street_leader").post(there).json()["withdrawn_at"] is not None
    assert api("street_leader").post(there).json()["code"] == "withdrawn"


def test_statements(town: Town, api: Api) -> None:
    def cost() -> int:
        return statements(lambda: api("system_admin").get(f"{DISTRICT}limits/"))

    set_rule(api)
    cost()
    first = cost()
    set_rule(api)
    set_rule(api)
    assert cost() == first <= 8
