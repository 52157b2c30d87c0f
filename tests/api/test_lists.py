"""Pages and filters of the lists."""

import base64
import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from issues.actions import PERFORM
from issues.api.shown import ROW
from issues.models import Category, Issue
from tests.api.conftest import ISSUES, Clock
from tests.api.test_schema import schema  # noqa: F401  (a fixture)
from tests.builders import Town

Api = Callable[[str], APIClient]


def pages(client: APIClient, address: str, **query: Any) -> list[list[str]]:
    found, url = [], address
    while url:
        answer = client.get(url, query)
        assert answer.status_code == 200, answer.content.decode()
        found.append([row.get("code") or row["key"] for row in answer.json()["results"]])
        url, query = answer.json()["next"], {}
    return found


def codes(client: APIClient, address: str = ISSUES, **query: Any) -> list[str]:
    return [code for page in pages(client, address, **query) for code in page]


@pytest.fixture
def seven(town: Town) -> list[Issue]:
    """Some at the same moment, two of them closed."""
    found = [
        town.report("noise", now=town.now + timedelta(minutes=minute), text=f"演示 {minute}")
        for minute in (0, 1, 1, 1, 2, 3, 3)
    ]
    for issue in found[2:4]:
        PERFORM["sign"](issue, by=town.people["community_secretary"], now=town.now + timedelta(minutes=4))
        PERFORM["answer"](
            issue, by=town.people["community_secretary"], now=town.now + timedelta(minutes=4), text="演示"
        )
        PERFORM["rate"](
            issue, by=None, now=town.now + timedelta(minutes=5), answered=True, solved=True, satisfied=True
        )
    return [Issue.objects.get(pk=issue.pk) for issue in found]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
@pytest.mark.parametrize("ordering", ["newest", "due"])
def test_pages_hold_everything_once_in_order(
    town: Town, api: Api, seven: list[Issue], ordering: str, size: int
) -> None:
    found = pages(api("grid_chief"), ISSUES, ordering=ordering, page_size=size)
    flat = [code for page in found for code in page]
    keys: dict[str, Callable[[Issue], Any]] = {
        "newest": lambda issue: (-issue.reported_at.timestamp(), -issue.pk),
        "due": lambda issue: (issue.due_at, -issue.pk),
    }
    shown = [issue for issue in seven if ordering == "newest" or issue.is_open]
    assert flat == [issue.code for issue in sorted(shown, key=keys[ordering])]
    assert all(len(page) == size for page in found[:-1])


def test_what_is_added_meanwhile_does_not_shift_the_pages(town: Town, api: Api, seven: list[Issue]) -> None:
    first = api("grid_chief").get(ISSUES, {"page_size": 3}).json()
    town.report("noise", now=town.now + timedelta(minutes=9))
    rest = [code for page in pages(api("grid_chief"), first["next"]) for code in page]
    assert sorted([*(row["code"] for row in first["results"]), *rest]) == sorted(
        issue.code for issue in seven
    )


def links(answer: Any) -> dict[str, str]:
    """Relation → address, from the header."""
    return {name: address for address, name in re.findall(r'<([^>]*)>; rel="(\w+)"', answer.headers["Link"])}


@pytest.mark.parametrize("size", [1, 2, 3, 6, 7, 100])
@pytest.mark.parametrize("ordering", ["newest", "due"])
def test_the_links_lead_through_all_pages_and_back(
    town: Town, api: Api, seven: list[Issue], ordering: str, size: int
) -> None:
    answer = api("grid_chief").get(ISSUES, {"ordering": ordering, "page_size": size})
    first = links(answer)["first"]
    forth = [answer]
    while "next" in links(forth[-1]):
        forth.append(api("grid_chief").get(links(forth[-1])["next"]))
    back = [forth[-1]]
    while "prev" in links(back[-1]):
        back.append(api("grid_chief").get(links(back[-1])["prev"]))
    rows = [[row["code"] for row in one.json()["results"]] for one in forth]
    assert [[row["code"] for row in one.json()["results"]] for one in reversed(back)] == rows
    assert "prev" not in links(forth[0]) and {links(one)["first"] for one in (*forth, *back)} == {first}
    assert api("grid_chief").get(first).json()["results"] == answer.json()["results"]
    assert all(one.json()["next"] == links(one).get("next") for one in forth)
    # From the middle of the way back one can go on again.
    if len(back) > 1:
        again = api("grid_chief").get(links(back[1])["next"])
        assert [row["code"] for row in again.json()["results"]] == rows[-1]


# --- fields -------------------------------------------------------------------------------------------------
LISTS = ("issues", "units", "bodies", "categories", "webhooks", "outside-tasks")


@pytest.mark.parametrize("path", LISTS)
def test_only_the_fields_that_are_asked_for(town: Town, api: Api, path: str) -> None:
    town.report("noise")
    person = "system_admin" if path == "webhooks" else "district_dispatcher"
    address = f"/api/v1/{path}/"
    whole = api(person).get(address).json()["results"]
    names = list(whole[0]) if whole else []
    for asked in (names[:1], names[1:4], [*names[2:3], *names[2:3], *names[-1:]], names):
        if asked:
            answer = api(person).get(address, {"fields": ",".join(asked)})
            told = [{name: row[name] for name in names if name in asked} for row in whole]
            assert answer.json()["results"] == told
            assert list(answer.json()["results"][0]) == [name for name in names if name in asked]
    for strange in ("nothing", "", "code,", "code,password", "owner__phone", "x" * 3000):
        answer = api(person).get(address, {"fields": strange})
        assert answer.status_code == 400 and list(answer.json()["errors"]) == ["fields"], strange
        assert all(name in answer.json()["errors"]["fields"][0] for name in names)


@pytest.mark.parametrize("field", sorted(ROW))
def test_each_field_of_an_issue_asks_for_its_own_columns_alone(town: Town, api: Api, field: str) -> None:
    """None is loaded afterwards."""
    for _more in range(3):
        town.report("noise")
    client = api("grid_chief")
    client.get(ISSUES)
    whole = client.get(ISSUES).json()["results"]
    with CaptureQueriesContext(connection) as found:
        rows = client.get(ISSUES, {"fields": field}).json()["results"]
    assert rows == [{field: row[field]} for row in whole] and len(found) <= 4


def test_a_detail_in_the_fields_of_a_row_asks_for_nothing_more(town: Town, api: Api) -> None:
    there = f"{ISSUES}{town.report('noise').code}/"
    whole = api("grid_chief").get(there).json()
    with CaptureQueriesContext(connection) as found:
        part = api("grid_chief").get(f"{there}?fields=state,code,due_at").json()
    assert part == {name: whole[name] for name in ("code", "state", "due_at")} and len(found) <= 4
    part = api("grid_chief").get(f"{there}?fields=code,allowed").json()
    assert part == {name: whole[name] for name in ("code", "allowed")}
    for address in ("/api/v1/units/220103001/", "/api/v1/bodies/department-1/"):
        assert api("district_dispatcher").get(f"{address}?fields=name").json().keys() == {"name"}


@pytest.mark.parametrize("path", ["units", "bodies", "categories"])
def test_the_other_lists_page_too(town: Town, api: Api, path: str) -> None:
    address = f"/api/v1/{path}/"
    everything = codes(api("district_dispatcher"), address, page_size=100)
    assert codes(api("district_dispatcher"), address, page_size=2) == everything
    assert len(everything) == len(set(everything)) > 4


def test_twenty_are_a_page_and_a_hundred_the_most(town: Town, api: Api) -> None:
    from issues.models import Category

    Category.objects.bulk_create(
        Category(key=f"more{number}", name="演示", name_en="more", kind="help") for number in range(120)
    )
    sizes = [
        len(api("grid_worker").get("/api/v1/categories/", query).json()["results"])
        for query in ({}, {"page_size": 100})
    ]
    assert sizes == [20, 100]
    for size in ("101", "9999", "1000000000"):
        answer = api("grid_worker").get("/api/v1/categories/", {"page_size": size})
        assert (answer.status_code, answer.json()["errors"]) == (
            400,
            {"page_size": ["A whole number from 1 to 100."]},
        )


@pytest.mark.parametrize(
    "query",
    [
        {"page_size": "0"},
        {"page_size": "-1"},
        {"page_size": "x"},
        {"page_size": "٣"},
        {"page_size": "9" * 40},
        {"cursor": "x"},
        {"cursor": "W10="},
        {"cursor": "WyJkdWUiLDEsMl0="},
        {"cursor": "WyJuZXdlc3QiLCJub3ciLDFd"},
        {"cursor": "WyJuZXdlc3QiLCIyMDI2LTAzLTEwVDAyOjAwOjAwKzAwOjAwIiwgMWU5OTldIA=="},
        {"cursor": "é"},
        {"cursor": "A" * 5000},
        {"ordering": "text"},
        {"state": "unknown"},
        {"source": "\0"},
        {"q": "\0"},
        {"q": "x" * 101},
        {"overdue": "perhaps"},
        {"street": "a\0b"},
        {"reported_after": "yesterday"},
        {"reported_after": "99999-01-01"},
        {"reported_after": "0001-01-01T00:00:00+05:00"},
        {"reported_before": "9999-12-31T23:59:59-05:00"},
    ],
)
def test_nonsense_in_a_query_is_a_400_that_names_it(town: Town, api: Api, query: dict[str, str]) -> None:
    answer = api("grid_worker").get(ISSUES, query)
    assert answer.status_code == 400 and list(answer.json()["errors"]) == list(query)
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_moments_in_zones_that_the_database_does_not_know(
    town: Town,
    api: Api,
    schema: dict[str, Any],  # noqa: F811
) -> None:
    """PostgreSQL reads offsets of less than sixteen hours."""
    since, asked = "2026-03-09T23:59:59+19:37", api("district_dispatcher")
    lists = {
        (path, parameter["name"])
        for path, operations in schema["paths"].items()
        for parameter in operations.get("get", {}).get("parameters", ())
        if parameter["schema"].get("format") == "date-time" and "{" not in path
    }
    assert len(lists) > 10
    for path, name in sorted(lists):
        assert asked.get(path, {name: since}).status_code in (200, 403), (path, name)
    issue = town.report()
    assert codes(asked, reported_after=since) == [issue.code]
    cursor = base64.urlsafe_b64encode(
        json.dumps(["newest", "2027-01-01T00:00:00+19:37", 1]).encode()
    ).decode()
    assert codes(asked, cursor=cursor) == [issue.code]


def test_filters_of_issues(town: Town, api: Api, clock: Clock) -> None:
    made = {
        "noise": town.report("noise", source="phone", by=town.people["spotter"], text="演示 夜里太吵"),
        "litter": town.report("litter", now=town.now + timedelta(hours=1)),
        "fire": town.report("fire", place=town.other_building),
        "far": town.report("permit", place=town.far_building),
        "ended": town.report("other"),
    }
    PERFORM["reject"](
        made["ended"], by=town.people["community_secretary"], now=town.now, channel="12345", text="演示"
    )
    clock.forward(minutes=30)
    names = {issue.code: name for name, issue in made.items()}

    def found(person: str = "district_dispatcher", **query: Any) -> set[str]:
        return {names[code] for code in codes(api(person), **query)}

    assert found() == set(made)
    assert found(state="rejected") == found(open="false") == {"ended"}
    assert found(state=["rejected", "reported"]) == {"ended"}
    assert found(open="true") == set(made) - {"ended"}
    assert found(source="phone") == {"noise"} and found(kind="hazard") == found(danger="true") == {"fire"}
    assert found(danger="false") == set(made) - {"fire"}
    assert found(category="permit") == {"far"} and found(category="none") == set()
    Category.objects.filter(key="litter").update(parent=town.categories["permit"])
    assert found(category="permit") == {"far", "litter"} and found(category="litter") == {"litter"}
    assert found(street="220103002") == found(community="220103002001") == {"far"}
    assert found(grid="220103001001002") == {"fire"} == found(building=town.other_building.code)
    assert found(district="220103") == set(made) and found(grid="220103001001") == set()
    assert found(owner_unit="220103") == {"far"} and found(owner_body="department-1") == set()
    assert found(mine="true") == {"far"} and found("grid_worker", mine="true") == {"litter"}
    assert found(overdue="true") == {"fire"} and "noise" in found(overdue="false")
    assert found(reported_after="2026-03-10T11:00:00+08:00") == {"litter"}
    assert "litter" not in found(reported_before="2026-03-10T11:00:00+08:00")
    assert found(q=f"2-{made['noise'].pk}") == found(q=f"20260309-{made['noise'].pk:06d}") == set()
    assert found(q="夜里") == found(q=made["noise"].code) == found(q=made["noise"].number) == {"noise"}
    assert found(q="黑水社区") == found(q="9号楼") == {"far"}


def test_called_finds_what_ones_body_is_whistled_to(town: Town, api: Api) -> None:
    issue = town.report("noise")
    secretary = town.people["community_secretary"]
    PERFORM["sign"](issue, by=secretary, now=town.now)
    called = [town.bodies["department"]]
    PERFORM["whistle"](issue, by=secretary, now=town.now, kind="quick", text="演示", bodies=called)
    assert codes(api("body_officer"), called="true") == [issue.code]
    assert codes(api("body_officer"), mine="true") == codes(api("community_secretary"), called="true") == []


def test_filters_of_units(town: Town, api: Api) -> None:
    def found(**query: Any) -> list[str]:
        return codes(api("district_dispatcher"), "/api/v1/units/", **query)

    assert found(level="street") == ["220103001", "220103002"]
    assert found(parent="220103001") == ["220103001001", "220103001002"]
    assert found(code="220103") == found(q="宽城") == ["220103"]
    assert found(q="220103002", level="grid") == ["220103002001001"]
    assert found(line="rural") == found(open="false") == []
    shown = api("grid_worker").get("/api/v1/units/220103001001001/").json()
    assert shown["level"] == {"key": "grid", "label": "Grid"} and shown["parent"] == "220103001001"
    assert shown["lineage"] == {
        "district": "220103",
        "street": "220103001",
        "community": "220103001001",
        "grid": "220103001001001",
    }
    assert shown["has_children"] is True and shown["label"] and shown["party_label"]


def test_the_code_of_a_merged_unit_leads_to_what_it_became(town: Town, api: Api) -> None:
    from grids.actions.tree import merge_units

    merge_units(town.other_grid, into=town.grid, by=None, now=town.now)
    seen = api("community_secretary").get(f"/api/v1/units/{town.other_grid.code}/").json()
    answer = api("community_secretary").post(
        ISSUES, {"place": town.other_grid.code, "category": "litter", "text": "演示"}
    )
    if seen["is_open"]:
        assert seen["code"] == answer.json()["place"]["code"] == town.grid.code
    else:
        assert answer.json()["code"] == "closed_place"


def test_filters_of_bodies(town: Town, api: Api) -> None:
    def found(**query: Any) -> list[str]:
        return codes(api("district_dispatcher"), "/api/v1/bodies/", **query)

    assert found(kind="office") == ["far_office-1", "office-1"]
    assert found(unit="220103001", kind="property") == found(q="安居") == ["property-1"]
    shown = api("body_officer").get("/api/v1/bodies/department-1/").json()
    assert shown["kind"]["key"] == "department" and shown["unit"] == "220103" and shown["is_outside"] is False


@pytest.mark.parametrize(
    "who", ["street_dispatcher", "body_officer", "building_head", "security_admin", "audit_admin", "nobody"]
)
def test_every_filter_of_one_word_can_be_asked_by_everybody(
    town: Town,
    api: Api,
    schema: dict[str, Any],  # noqa: F811
    who: str,
) -> None:
    """Also by those for whom a list is empty: a filter may name what only a full one has."""
    client = api(who) if who in town.people else APIClient()
    wrong = []
    for path, operations in schema["paths"].items():
        if "{" in path or "get" not in operations:
            continue
        for parameter in operations["get"].get("parameters", []):
            for value in words_for(parameter["schema"]) if parameter["in"] == "query" else ():
                answer = client.get(path, {parameter["name"]: value})
                if answer.status_code >= 500:
                    wrong.append((path, parameter["name"], value))
    assert not wrong


def words_for(kind: dict[str, Any]) -> list[str]:
    if kind.get("type") == "boolean":
        return ["true", "false"]
    return [str(one) for one in (*kind.get("enum", []), *kind.get("items", {}).get("enum", [])) if one][:2]
