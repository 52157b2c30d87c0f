"""The three rates over REST: what one may see, what cannot be asked, and no more queries for more rows."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from issues.actions import PERFORM
from issues.actions.rates import count_rates
from tests.builders import Town

Api = Callable[[str], APIClient]
RATES = "/api/v1/statistics/rates/"


def rate(
    town: Town, who: str = "grid_worker", satisfied: bool = True, reasons: Any = (), **given: Any
) -> None:
    issue = town.report(**given)
    by = {"by": town.people[who], "now": town.now}
    PERFORM["sign"](issue, **by)
    PERFORM["submit_result"](issue, outcome="solved", text="演示", **by)
    said = {"answered": True, "solved": True, "satisfied": satisfied, "reasons": reasons}
    PERFORM["rate"](issue, by=None, now=town.now, **said)
    count_rates(date(2026, 3, 1), date(2026, 3, 10), now=town.now)


@pytest.fixture
def rated(town: Town) -> Town:
    rate(town)
    rate(town, satisfied=False)
    rate(town, "far_worker", place=town.far_building)
    return town


def rows(response: Any) -> dict[str, dict[str, Any]]:
    assert response.status_code == 200, response.content.decode()
    return {row["code"] or row["kind"]: row for row in response.json()["rows"]}


def test_by_the_parts_of_the_callers_unit(rated: Town, api: Api) -> None:
    found = rows(api("district_dispatcher").get(f"{RATES}?period=free&first=2026-03-01&last=2026-03-31"))
    street = found[rated.street.code]
    assert (street["rated"], street["resolution_rate"], street["satisfaction_rate"]) == (2, 100.0, 50.0)
    assert found["total"]["rated"] == 3


def test_nobody_rated_is_null(rated: Town, api: Api) -> None:
    query = f"{RATES}?period=free&first=2026-02-01&last=2026-02-28"
    total = rows(api("district_dispatcher").get(query))["total"]
    assert [total[f"{name}_rate"] for name in ("response", "resolution", "satisfaction")] == [None] * 3


@pytest.mark.parametrize(("person", "n"), [("far_dispatcher", 1), ("street_dispatcher", 2), ("spotter", 0)])
def test_only_what_is_theirs(rated: Town, api: Api, person: str, n: int) -> None:
    query = f"{RATES}?period=free&first=2026-03-01&last=2026-03-31"
    assert rows(api(person).get(query))["total"]["rated"] == n


def test_with_what_reporters_gave_as_reasons(town: Town, api: Api) -> None:
    rate(town, satisfied=False, reasons=["rude", "too_long"])
    rate(town, satisfied=False, reasons=["rude"])
    total = rows(api("district_dispatcher").get(f"{RATES}?period=free&first=2026-03-01&last=2026-03-31"))
    assert total["total"]["reasons"] == [
        {"key": "rude", "label": "Unfriendly", "count": 2},
        {"key": "too_long", "label": "It took too long", "count": 1},
    ]
    assert (total["total"]["called"], total[town.street.code]["reasons"]) == (0, total["total"]["reasons"])


@pytest.mark.parametrize("by", ["unit", "body", "category"])
def test_every_kind_of_rows_and_narrowed(rated: Town, api: Api, by: str) -> None:
    days = "period=free&first=2026-03-01&last=2026-03-31"
    query = f"{RATES}?{days}&by={by}&unit={rated.street.code}&category=litter"
    assert rows(api("district_dispatcher").get(query))["total"]["rated"] == 2


@pytest.mark.parametrize(
    "query",
    ["by=month", "period=ever", "first=yesterday", "unit=220103002", "body=x", "category=x",
     "period=free&first=2026-03-02&last=2026-03-01", "period=free&first=2024-01-01&last=2026-03-01"],
)  # fmt: skip
def test_what_cannot_be_asked(rated: Town, api: Api, query: str) -> None:
    response = api("street_dispatcher").get(f"{RATES}?{query}")
    assert response.status_code == 400 and response.json()["errors"]


def test_signed_in_only(town: Town) -> None:
    assert APIClient().get(RATES).status_code == 401


def test_more_rows_ask_no_more(rated: Town, api: Api) -> None:
    def cost(query: str) -> int:
        with CaptureQueriesContext(connection) as asked:
            assert api("district_dispatcher").get(f"{RATES}?{query}").status_code == 200
        return len(asked)

    days = "period=free&last=2026-03-31&first=2026-03-01"
    cost(days)
    assert cost(f"{days}&unit={rated.far_community.code}") <= cost(days) + 1 <= 12
