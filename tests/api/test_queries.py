"""How many statements each endpoint costs: the same with one row and with three."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from issues.actions import PERFORM
from tests.api.conftest import ISSUES
from tests.builders import CONTACT, Town

Api = Callable[[str], APIClient]
MOST_FOR_A_LIST = 10
BODY = {"place": "22010300100100001", "category": "litter", "text": "演示:垃圾没有清运"}


def statements(act: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as found:
        answer = act()
    assert answer.status_code < 300, answer.content.decode()
    return len(found)


@pytest.mark.parametrize("person", ["grid_worker", "district_dispatcher", "body_officer", "building_head"])
@pytest.mark.parametrize("query", ["", "?ordering=due&open=true&mine=true", "?q=演示&street=220103001"])
def test_the_list_of_issues(town: Town, api: Api, person: str, query: str) -> None:
    town.report("noise")
    api(person).get(ISSUES)
    one = statements(lambda: api(person).get(f"{ISSUES}{query}"))
    for _more in range(2):
        issue = town.report("noise", contact=CONTACT)
        secretary = town.people["community_secretary"]
        PERFORM["sign"](issue, by=secretary, now=town.now)
        called = [town.bodies["department"]]
        PERFORM["whistle"](issue, by=secretary, now=town.now, kind="quick", text="演示", bodies=called)
    three = statements(lambda: api(person).get(f"{ISSUES}{query}"))
    assert one == three <= MOST_FOR_A_LIST


@pytest.mark.parametrize("path", ["units", "bodies", "categories"])
def test_the_other_lists(town: Town, api: Api, path: str) -> None:
    def cost(size: int) -> int:
        return statements(lambda: api("district_dispatcher").get(f"/api/v1/{path}/?page_size={size}"))

    api("district_dispatcher").get("/api/v1/units/")
    assert cost(1) == cost(3) <= 4


@pytest.mark.parametrize("person", ["district_dispatcher", "community_secretary", "body_officer"])
def test_the_detail_does_not_grow_with_those_called(town: Town, api: Api, person: str) -> None:
    def called(*bodies: str) -> str:
        issue = town.report("noise", contact=CONTACT)
        secretary = town.people["community_secretary"]
        PERFORM["sign"](issue, by=secretary, now=town.now)
        chosen = [town.bodies[key] for key in bodies]
        PERFORM["whistle"](issue, by=secretary, now=town.now, kind="emergency", text="演示", bodies=chosen)
        return f"{ISSUES}{issue.code}/"

    one, three = called("department"), called("department", "utility", "posted")
    api(person).get(one)
    cost = statements(lambda: api(person).get(one))
    assert statements(lambda: api(person).get(three)) == cost <= 14


def test_the_intake(town: Town, api: Api) -> None:
    api("spotter").post(ISSUES, BODY)
    plain = statements(lambda: api("spotter").post(ISSUES, BODY))
    keyed = statements(lambda: api("spotter").post(ISSUES, BODY, headers={"Idempotency-Key": "one"}))
    again = statements(lambda: api("spotter").post(ISSUES, BODY, headers={"Idempotency-Key": "one"}))
    assert plain <= 12
    assert keyed == plain + 4  # claimed, stored, and a transaction around both
    assert again < plain


def test_signing_in_by_token_reads_once_and_writes_nothing(town: Town, api: Api) -> None:
    api("grid_worker").get("/api/v1/categories/")
    with CaptureQueriesContext(connection) as found:
        api("grid_worker").get("/api/v1/categories/")
    about_tokens = [each["sql"] for each in found if "knox" in each["sql"]]
    assert len(about_tokens) == 1 and about_tokens[0].startswith("SELECT")
