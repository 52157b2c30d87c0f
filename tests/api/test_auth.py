"""Who calls: tokens and sessions; everybody else gets a 401 and learns nothing."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from knox.models import AuthToken
from rest_framework.test import APIClient

from tests.api.conftest import ISSUES, Clock
from tests.builders import Town
from trail.models import Event

LOGIN, LOGOUT = "/api/v1/auth/login/", "/api/v1/auth/logout/"
OPEN = {LOGIN}
PASSWORD = "correct horse battery"


def addresses() -> list[str]:
    """Every address below /api/v1/, with something put into its places."""

    def walk(patterns: list[Any], before: str) -> list[str]:
        found: list[str] = []
        for one in patterns:
            here = before + str(one.pattern)
            if isinstance(one, URLResolver):
                found += walk(one.url_patterns, here)
            elif isinstance(one, URLPattern):
                found.append(here)
        return found

    routes = walk(get_resolver().url_patterns, "/")
    filled = [route.replace("<str:code>", "1").replace("<int:pk>", "1") for route in routes]
    return [route for route in filled if route.startswith("/api/v1/")]


@pytest.mark.parametrize("address", [one for one in addresses() if one not in OPEN])
def test_nobody_gets_anything(town: Town, address: str) -> None:
    for method in ("get", "post"):
        answer = getattr(APIClient(), method)(address)
        assert answer.status_code == 401, (method, address)
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.headers["WWW-Authenticate"] == "Token"


def test_an_address_that_does_not_exist_is_a_problem_too(town: Town, api: Any) -> None:
    assert APIClient().get("/api/v1/nothing/here").status_code == 401
    answer = api("grid_worker").get("/api/v1/nothing/here")
    assert answer.status_code == 404 and answer.json() == api("grid_worker").get(f"{ISSUES}x/").json()
    assert api("grid_worker").delete(ISSUES).status_code == 405


@pytest.mark.parametrize(
    "header",
    [
        "Token",
        "Token a b",
        "Token " + "0" * 64,
        "Token \xff\xfe",
        "Token 令".encode().decode("latin-1"),
        "Bearer x",
    ],
)
def test_a_wrong_token(town: Town, header: str) -> None:
    answer = APIClient().get(ISSUES, headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_sign_in_work_sign_out(town: Town, clock: Clock) -> None:
    worker = town.people["grid_worker"]
    worker.set_password(PASSWORD)
    worker.save()
    client = APIClient()
    answer = client.post(LOGIN, {"username": worker.username, "password": PASSWORD})
    assert answer.status_code == 200 and answer.headers["Cache-Control"] == "no-store"
    body = answer.json()
    assert body["username"] == worker.username and body["expires_at"] > "2026-04"
    assert body["token"] not in str(AuthToken.objects.values())
    client.credentials(HTTP_AUTHORIZATION=f"Token {body['token']}")
    assert client.get(ISSUES).status_code == 200
    assert client.post(LOGOUT).status_code == 204
    assert client.get(ISSUES).status_code == 401
    verbs = list(Event.objects.about("user", worker.pk).values_list("verb", flat=True))
    assert verbs[-2:] == ["issue_token", "revoke_token"]


def test_a_token_ends_with_its_time_and_with_its_account(town: Town, api: Any, clock: Clock) -> None:
    worker = town.people["grid_worker"]
    _row, token = AuthToken.objects.create(worker, expiry=timedelta(hours=1))
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    assert client.get(ISSUES).status_code == 200
    clock.forward(hours=2)
    assert client.get(ISSUES).status_code == 401
    assert api("grid_worker").get(ISSUES).status_code == 200
    worker.is_active = False
    worker.save()
    assert api("grid_worker").get(ISSUES).status_code == 401


def test_wrong_passwords_are_counted_and_lock(town: Town, settings: Any) -> None:
    settings.AXES_ENABLED, settings.AXES_FAILURE_LIMIT = True, 3
    worker = town.people["grid_worker"]
    worker.set_password(PASSWORD)
    worker.save()
    wrong = {"username": worker.username, "password": "wrong"}
    codes = [APIClient().post(LOGIN, wrong).status_code for _try in range(4)]
    assert codes[:2] == [401, 401] and codes[3] == 429
    answer = APIClient().post(LOGIN, wrong | {"password": PASSWORD})
    assert answer.status_code == 429 and int(answer.headers["Retry-After"]) > 0
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_session_works_but_writes_only_with_its_csrf_token(town: Town) -> None:
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(town.people["grid_worker"])
    assert client.get(ISSUES).status_code == 200
    address = f"{ISSUES}{town.report().code}/sign/"
    answer = client.post(address)
    assert answer.status_code == 403 and answer.headers["Content-Type"] == "application/problem+json"
    client.get("/accounts/login/")
    from django.middleware.csrf import _get_new_csrf_string

    token = _get_new_csrf_string()
    client.cookies["csrftoken"] = token
    assert client.post(address, headers={"X-CSRFToken": token}).status_code == 200
