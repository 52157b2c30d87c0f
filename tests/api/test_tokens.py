"""One's own tokens over REST: looked at, made, revoked; shown never but once."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from knox.models import AuthToken
from rest_framework.test import APIClient

from accounts.actions import issue_token
from accounts.models import Grant
from grids.actions.systems import open_service
from tests.api.conftest import ISSUES, Clock
from tests.builders import Town
from trail.idempotency import REPLAYED
from trail.models import IdempotencyKey

TOKENS = "/api/v1/auth/tokens/"
WANTED = {"name": "演示·脚本", "scopes": ["read"], "expires_at": "2026-04-01T00:00:00+08:00"}


def bearer(token: str) -> APIClient:
    made = APIClient()
    made.credentials(HTTP_AUTHORIZATION=f"Token {token}", HTTP_ACCEPT_LANGUAGE="en")
    return made


@pytest.fixture
def mine(town: Town, clock: Clock) -> APIClient:
    """The grid worker, with a token for tokens and reading."""
    worker = town.people["grid_worker"]
    return bearer(issue_token(worker, by=None, now=town.now, name="first", scopes=["read", "tokens"]))


def test_made_used_listed_revoked(mine: APIClient) -> None:
    answer = mine.post(TOKENS, WANTED)
    made = answer.json()
    assert answer.status_code == 201 and answer.headers["Cache-Control"] == "no-store"
    assert made["scopes"] == ["read"] and made["expires_at"] == WANTED["expires_at"]
    assert made["begins_with"] == made["token"][:8] and made["last_used_at"] is None
    other = bearer(made["token"])
    assert other.get(ISSUES).status_code == 200 and other.get(TOKENS).status_code == 403
    listed = mine.get(TOKENS)
    rows = listed.json()["results"]
    assert [row["name"] for row in rows] == ["演示·脚本", "first"] and made[
        "token"
    ] not in listed.content.decode()
    assert rows[0]["last_used_at"] and "token" not in rows[0]
    assert mine.post(f"{TOKENS}{made['id']}/revoke/").status_code == 204
    assert other.get(ISSUES).status_code == 401
    assert mine.post(f"{TOKENS}{made['id']}/revoke/").status_code == 404


def test_the_same_key_makes_one_and_shows_it_once(mine: APIClient) -> None:
    key = {"Idempotency-Key": "one"}
    first, again = (mine.post(TOKENS, WANTED, headers=key) for _twice in range(2))
    made = first.json()
    assert first.status_code == again.status_code == 201 and made["shown_already"] is False
    assert again.json() == made | {"token": None, "shown_already": True}
    assert again.headers[REPLAYED] == "true" and REPLAYED not in first.headers
    assert first.headers["Cache-Control"] == again.headers["Cache-Control"] == "no-store"
    assert Grant.objects.filter(name=WANTED["name"]).count() == 1
    other = mine.post(TOKENS, WANTED | {"name": "x"}, headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")
    assert made["token"] not in str(IdempotencyKey.objects.values_list("answer", flat=True))
    # Who never got the first answer: the one that was made is revoked by its number, once.
    key, address = {"Idempotency-Key": "two"}, f"{TOKENS}{again.json()['id']}/revoke/"
    assert [mine.post(address, headers=key).status_code for _twice in range(2)] == [204, 204]
    assert bearer(made["token"]).get(ISSUES).status_code == 401


def test_a_key_gives_no_token_to_one_that_may_make_none(town: Town, mine: APIClient) -> None:
    """Nor to whoever has a token for something else: they may know the key."""
    mine.post(TOKENS, WANTED, headers={"Idempotency-Key": "one"})
    reader = bearer(issue_token(town.people["grid_worker"], by=None, now=town.now, scopes=["read"]))
    answer = reader.post(TOKENS, WANTED, headers={"Idempotency-Key": "one"})
    assert (answer.status_code, answer.json()["scope"]) == (403, "tokens")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"scopes": []}, "scopes"),
        ({"scopes": ["root"]}, "scopes"),
        ({"name": ""}, "name"),
        ({"name": "x" * 61}, "name"),
        ({"expires_at": None}, "expires_at"),
        ({"expires_at": "2026-03-01T00:00:00Z"}, "expires_at"),
        ({"expires_at": "2027-03-12T00:00:00Z"}, "expires_at"),
        ({"expires_at": "9999-12-31T23:59:59-14:00"}, "expires_at"),
    ],
)
def test_a_wrong_one_is_not_made(mine: APIClient, wrong: dict[str, Any], field: str) -> None:
    answer = mine.post(TOKENS, WANTED | wrong)
    assert answer.status_code == 400 and field in answer.json()["errors"] and AuthToken.objects.count() == 1


def test_none_is_good_for_more_than_the_one_it_was_made_with(mine: APIClient) -> None:
    answer = mine.post(TOKENS, WANTED | {"scopes": ["read", "handle"]})
    assert (answer.status_code, answer.json()["scope"]) == (403, "handle")
    assert mine.post(TOKENS, WANTED | {"scopes": ["read", "tokens"]}).status_code == 201


def test_other_people_s_are_not_there(town: Town, mine: APIClient) -> None:
    issue_token(town.people["grid_chief"], by=None, now=town.now, name="theirs")
    foreign = Grant.objects.of(town.people["grid_chief"])[0]
    answer, none = mine.post(f"{TOKENS}{foreign.pk}/revoke/"), mine.post(f"{TOKENS}{10**9}/revoke/")
    assert (answer.status_code, answer.content) == (404, none.content)
    assert "theirs" not in mine.get(TOKENS).content.decode() and AuthToken.objects.count() == 2


def test_a_system_looks_at_its_own_and_gives_them_back_but_makes_none(town: Town, clock: Clock) -> None:
    system = open_service(
        "sensors", display_name="演示", role="spotter", place=town.street, by=None, now=town.now
    )
    until = town.now + timedelta(days=30)
    client = bearer(issue_token(system, by=None, now=town.now, name="a", expires_at=until))
    answer = client.post(TOKENS, WANTED)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    (row,) = client.get(TOKENS).json()["results"]
    assert client.post(f"{TOKENS}{row['id']}/revoke/").status_code == 204
    assert client.get(TOKENS).status_code == 401


def test_the_list_is_paged_and_costs_the_same(town: Town, mine: APIClient) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as found:
            assert mine.get(f"{TOKENS}?page_size=2").status_code == 200
        return len(found)

    mine.get(TOKENS)
    one = cost()
    for name in "abc":
        issue_token(town.people["grid_worker"], by=None, now=town.now, name=name)
    assert cost() == one <= 3
    page = mine.get(f"{TOKENS}?page_size=3").json()
    rest = mine.get(page["next"]).json()
    names = [row["name"] for row in (*page["results"], *rest["results"])]
    assert names == ["c", "b", "a", "first"] and rest["next"] is None
