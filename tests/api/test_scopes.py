"""A token opens what its scopes name: every address says which one it needs, and nothing opens without it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.urls import URLPattern, get_resolver
from rest_framework.test import APIClient
from rest_framework.views import APIView

from accounts.actions import issue_token
from accounts.api.scopes import HasScope
from tests.api.conftest import ISSUES, Clock
from tests.builders import Town
from trail.scopes import NO_SCOPE, SCOPES, scopes_in

METHODS = ("get", "post", "put", "patch", "delete")
# Whoever comes may see these; Open311 asks its key itself (tests/open311/test_writing.py).
PUBLIC = {"LoginView", "SchemaView", "DocsView", "ProblemsView"}
FILL = {"<str:code>": "1", "<int:pk>": "1", "<int:message>": "1", "<slug:key>": "sampling"}


def views() -> Iterator[tuple[str, type[APIView]]]:
    """Every address of a program, and its view."""

    def walk(patterns: Any, above: str) -> Iterator[tuple[str, Any]]:
        for one in patterns:
            here = above + str(one.pattern)
            if isinstance(one, URLPattern):
                yield here, getattr(one.callback, "cls", None) or getattr(one.callback, "view_class", None)
            else:
                yield from walk(one.url_patterns, here)

    yield from (
        each for each in walk(get_resolver().url_patterns, "/") if each[0].startswith(("/api/", "/open311/"))
    )


def undeclared(view: Any) -> set[str]:
    """Methods that the view takes and says no known scope for."""
    told = getattr(view, "scopes", {})
    taken = {method.upper() for method in METHODS if hasattr(view, method)}
    return {method for method in taken if told.get(method, "?") not in {*SCOPES, NO_SCOPE}}


def wants() -> Iterator[tuple[str, str, str]]:
    """(address, method, scope) of everything that needs one."""
    for route, view in views():
        if route.startswith("/api/v1/"):
            for method, scope in getattr(view, "scopes", {}).items():
                if scope:
                    filled = route
                    for place, value in FILL.items():
                        filled = filled.replace(place, value)
                    yield filled, method, scope


def test_every_address_says_what_it_needs() -> None:
    found = list(views())
    assert len(found) > 60 and {route.split("/")[1] for route, _view in found} == {"api", "open311"}
    for route, view in found:
        assert view is not None, route
        if view.__name__ in PUBLIC:
            continue
        assert undeclared(view) == set(), route
        assert HasScope in view.permission_classes or route.startswith("/open311/"), route


def test_a_new_one_without_would_be_found_and_opens_to_no_token(rf: Any) -> None:
    class New(APIView):
        def get(self, request: Any) -> None: ...

    class Half(New):
        scopes = {"GET": "read"}

        def post(self, request: Any) -> None: ...

    class Wrong(New):
        scopes = {"GET": "reed"}

    assert [undeclared(view) for view in (New, Half, Wrong)] == [{"GET"}, {"POST"}, {"GET"}]
    request = rf.post("/")
    request.auth = object()
    assert not HasScope().has_permission(request, Half())


@pytest.fixture
def with_scopes(town: Town, clock: Clock) -> Callable[..., APIClient]:
    """with_scopes("read"): a client with such a token of the community's secretary."""

    def client(*scopes: str) -> APIClient:
        token = issue_token(town.people["community_secretary"], by=None, now=town.now, scopes=scopes)
        made = APIClient()
        made.credentials(HTTP_AUTHORIZATION=f"Token {token}", HTTP_ACCEPT_LANGUAGE="en")
        return made

    return client


@pytest.mark.parametrize("scope", SCOPES)
def test_nothing_opens_without_its_scope(with_scopes: Any, scope: str) -> None:
    others, own = with_scopes(*(set(SCOPES) - {scope})), with_scopes(scope)
    asked = [(address, method) for address, method, needed in wants() if needed == scope]
    assert asked
    for address, method in asked:
        answer = others.generic(method, address)
        assert answer.status_code == 403, (method, address)
        assert answer.headers["Content-Type"] == "application/problem+json"
        problem = answer.json()
        assert (problem["code"], problem["scope"]) == ("scope", scope) and scope in problem["detail"]
        told = getattr(own.generic(method, address), "data", {})
        assert not isinstance(told, dict) or told.get("code") != "scope", (method, address)


def test_reading_alone_changes_nothing(town: Town, with_scopes: Any) -> None:
    issue, client = town.report("noise"), with_scopes("read")
    there = f"{ISSUES}{issue.code}/"
    assert (
        client.get(there).status_code
        == client.head(ISSUES).status_code
        == client.options(there).status_code
        == 200
    )
    assert client.post(f"{there}sign/").status_code == 403
    before = issue.version
    issue.refresh_from_db()
    assert issue.version == before
    assert with_scopes("handle").post(f"{there}sign/").status_code == 200


def test_the_problem_is_told_in_the_reader_s_language(with_scopes: Any) -> None:
    client = with_scopes("read")
    client._credentials["HTTP_ACCEPT_LANGUAGE"] = "zh-Hans"
    chinese = client.get("/api/v1/events/").json()
    assert "events" in chinese["detail"] and "权限" in chinese["detail"]


def test_what_is_not_taken_or_not_there_is_no_matter_of_scope(with_scopes: Any) -> None:
    client = with_scopes("read")
    assert client.delete(ISSUES).status_code == 405
    assert client.get("/api/v1/nothing/").status_code == 404
    assert client.post("/api/v1/auth/logout/").status_code == 204
    assert client.get(ISSUES).status_code == 401


def test_a_session_has_no_scope(town: Town, clock: Clock) -> None:
    client = APIClient()
    client.force_login(town.people["community_secretary"])
    assert client.get("/api/v1/events/").status_code == 200


def test_the_table() -> None:
    assert scopes_in("read  report") == {"read", "report"} and scopes_in("") == frozenset()
    assert len(" ".join(SCOPES)) <= 200 and all(str(words) for words in SCOPES.values())
