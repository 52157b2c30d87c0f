"""Complaints about somebody over REST: naming them, marking one, and that its subject gets nothing."""

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from issues.models import Category, Issue
from tests.api.conftest import ISSUES
from tests.builders import Town

Api = Callable[[str], APIClient]
BODY = {"place": "22010300100100001", "category": "staff", "text": "演示:推诿扯皮"}


@pytest.fixture(autouse=True)
def staff_category(town: Town) -> Category:
    return Category.objects.create(
        key="staff",
        name="演示投诉",
        name_en="staff",
        kind="complaint",
        handled_at="street",
        about_somebody=True,
    )


def test_the_category_says_that_it_asks_whom(api: Api) -> None:
    rows = api("spotter").get("/api/v1/categories/").json()["results"]
    assert {row["key"] for row in rows if row["about_somebody"]} == {"staff"}


@pytest.mark.parametrize(
    ("named", "about", "owner", "person"),
    [
        ({"about": "220103001001001"}, "grid", "community", None),
        ({"about_body": "office-1"}, "office", "street", None),
        ({"about_person": "grid_chief"}, "grid", "community", "grid_chief"),
        ({"about": "220103001001001", "about_person": "grid_chief"}, "grid", "community", "grid_chief"),
    ],
    ids=str,
)
def test_reported(town: Town, api: Api, named: dict, about: str, owner: str, person: str | None) -> None:
    answer = api("spotter").post(ISSUES, BODY | named)
    assert answer.status_code == 201, answer.content.decode()
    found = api("district_dispatcher").get(answer.headers["Location"]).json()
    assert found["about"]["code"] == getattr(town, about).code and found["about_person"] == person
    assert found["owner"]["code"] == getattr(town, owner).code and found["kind"]["key"] == "complaint"


@pytest.mark.parametrize(
    ("named", "status"),
    [
        ({}, 400),
        ({"about": "220103001001001", "about_body": "office-1"}, 400),
        ({"about": "220103002001"}, 400),
        ({"about_person": "nobody"}, 400),
        ({"about_person": "far_worker"}, 400),
        ({"about_person": "district_dispatcher"}, 409),
        ({"about": "22010300100100001"}, 409),
    ],
    ids=str,
)
def test_whom_must_be_said_rightly(town: Town, api: Api, named: dict, status: int) -> None:
    answer = api("community_worker").post(ISSUES, BODY | named)
    assert answer.status_code == status and not Issue.objects.exists()
    if status == 400:
        assert set(answer.json()["errors"]) <= {"about", "about_body", "about_person"}


def test_complained_about(town: Town, api: Api) -> None:
    """Marked by the level above; who reported it reads it as before."""
    address = f"{ISSUES}{town.report('other', by=town.people['spotter']).code}/"
    told = {"person": "community_worker", "internal_text": "演示:要回避"}
    issue = api("street_dispatcher").post(f"{address}mark_complaint/", told).json()
    assert issue["about"]["code"] == town.community.code and issue["owner"]["code"] == town.street.code
    assert issue["timeline"][-1]["verb"] == "mark_complaint"
    assert api("community_worker").get(address).status_code == 404
    assert api("spotter").get(address).json()["about"] is None, "a reporter reads it as from outside"


def test_whoever_marks_one_about_themselves_gets_nothing_back(town: Town, api: Api) -> None:
    address = f"{ISSUES}{town.report('other').code}/"
    key = {"Idempotency-Key": "once"}
    named = {"unit": town.community.code}
    for _again in range(2):
        answer = api("community_worker").post(f"{address}mark_complaint/", named, headers=key)
        assert (answer.status_code, answer.content) == (204, b"")
    assert api("community_worker").get(address).status_code == 404
