"""Too many requests in a minute: 429, when to come again, and whose allowance it was."""

from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts import limits
from accounts.actions import issue_token, set_first_password
from tests.api.conftest import ISSUES, Clock, client_of
from tests.builders import Town

LOGIN = "/api/v1/auth/login/"


@pytest.fixture(autouse=True)
def few(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.API_REQUESTS_PER_MINUTE, settings.ANONYMOUS_REQUESTS_PER_MINUTE = 3, 2
    monkeypatch.setattr(limits, "_minute", limits._Minute())


def statuses(client: Any, times: int, address: str = ISSUES) -> list[int]:
    return [client.get(address).status_code for _time in range(times)]


@pytest.mark.parametrize(("language", "words"), [("en", "in this minute"), ("zh-Hans", "秒")])
def test_the_answer_says_when_to_come_again(town: Town, clock: Clock, language: str, words: str) -> None:
    client = client_of(town.people["grid_worker"])
    assert statuses(client, 3) == [200, 200, 200]
    clock.forward(seconds=15)
    client._credentials["HTTP_ACCEPT_LANGUAGE"] = language
    answer = client.get(ISSUES)
    problem = answer.json()
    assert answer.status_code == problem["status"] == 429 and problem["code"] == "throttled"
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Retry-After"] == "45" and "45" in problem["detail"] and words in problem["detail"]
    clock.forward(seconds=45)
    assert statuses(client, 1) == [200]


def test_each_token_has_its_own_and_a_session_the_person_s(town: Town, clock: Clock) -> None:
    worker = town.people["grid_worker"]
    one, other = client_of(worker), client_of(worker)
    assert statuses(one, 4)[3] == 429 and statuses(other, 1) == [200]
    page = APIClient()
    page.force_login(worker)
    assert statuses(page, 4) == [200, 200, 200, 429]


def test_what_is_refused_writes_nothing(town: Town, clock: Clock) -> None:
    client = client_of(town.people["grid_worker"])
    statuses(client, 3)
    assert client.post(f"{ISSUES}{town.report('litter').code}/sign/").status_code == 429


def test_without_a_token_the_address_counts(town: Town, clock: Clock) -> None:
    codes = [APIClient().post(LOGIN, {"username": "x", "password": "y"}).status_code for _time in range(3)]
    assert codes == [401, 401, 429]
    elsewhere = Client(REMOTE_ADDR="203.0.113.9")
    assert elsewhere.get("/open311/v2/discovery.json").status_code == 200


def test_trying_tokens_out_counts_against_the_address(town: Town, clock: Clock) -> None:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION="Token " + "0" * 64)
    assert statuses(client, 3) == [401, 401, 429]
    assert statuses(client_of(town.people["grid_worker"]), 1) == [200]


def test_who_has_no_token_or_one_without_the_scope_is_held_off_too(town: Town, clock: Clock) -> None:
    """DRF refuses them before it asks its throttles; nothing counts twice."""
    worker, stranger = town.people["grid_worker"], APIClient()
    narrow = issue_token(worker, by=None, now=town.now, scopes=["events"])
    lacking = APIClient()
    lacking.credentials(HTTP_AUTHORIZATION=f"Token {narrow}")
    for client, most, refusal in ((stranger, 2, 401), (lacking, 3, 403)):
        assert statuses(client, most) == [refusal] * most
        answer = client.get(ISSUES)
        assert (answer.status_code, answer.json()["code"]) == (429, "throttled")
        assert answer.headers["Retry-After"] == "60"
    assert statuses(client_of(worker), 1) == [200]


def test_what_is_allowed_and_what_is_refused_count_together(town: Town, clock: Clock) -> None:
    token = issue_token(town.people["grid_worker"], by=None, now=town.now, scopes=["read"])
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    asked = [client.get(ISSUES), client.post(ISSUES), client.options(ISSUES), client.get(ISSUES)]
    assert [answer.status_code for answer in asked] == [200, 403, 200, 429]


def test_a_token_that_waits_for_a_password_counts_against_the_address(town: Town, clock: Clock) -> None:
    client = client_of(town.people["grid_worker"])
    set_first_password(town.people["grid_worker"], password="演示-Erstes-1", by=None, now=town.now)
    assert statuses(client, 3) == [403, 403, 429]
