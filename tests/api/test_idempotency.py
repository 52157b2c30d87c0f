"""The same key is the same write: one row, one answer, whatever happens in between."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from django.http import HttpRequest, QueryDict
from django.urls import get_resolver
from rest_framework.test import APIClient

from issues.actions import PERFORM
from issues.models import Issue
from tests.api.conftest import ISSUES, photo
from tests.builders import Town
from trail.actions import digest_of_wish
from trail.idempotency import FIELD, REPLAYED, OnceForm, new_key, submit_once
from trail.models import IdempotencyKey
from trail.refusals import Refused

Api = Callable[[str], APIClient]
BODY = {"place": "22010300100100001", "category": "litter", "text": "演示:垃圾没有清运"}


def keyed(key: str) -> dict[str, str]:
    return {"Idempotency-Key": key}


def test_again_gives_the_very_same_answer_and_writes_nothing(town: Town, api: Api) -> None:
    first = api("spotter").post(ISSUES, BODY, headers=keyed("one"))
    issue = Issue.objects.get()
    PERFORM["sign"](issue, by=town.people["grid_worker"], now=town.now)
    again = api("spotter").post(ISSUES, BODY, headers=keyed("one"))
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Content-Type"] == first.headers["Content-Type"]
    assert REPLAYED in again.headers and REPLAYED not in first.headers
    assert Issue.objects.count() == 1


def test_another_body_or_address_with_the_same_key_is_a_422(town: Town, api: Api) -> None:
    api("grid_worker").post(ISSUES, BODY, headers=keyed("one"))
    address = f"{ISSUES}{Issue.objects.get().code}/note/"
    for target, body in ((ISSUES, BODY | {"text": "另一件事"}), (address, BODY)):
        answer = api("grid_worker").post(target, body, headers=keyed("one"))
        assert (answer.status_code, answer.json()["code"]) == (422, "key_reused")
        assert answer.headers["Content-Type"] == "application/problem+json"
    assert Issue.objects.get().version == 2


def test_what_was_kept_before_the_query_counted_is_still_known(town: Town, api: Api) -> None:
    """An address without a query has the digest that it always had."""
    api("spotter").post(ISSUES, BODY, headers=keyed("one"))
    kept = IdempotencyKey.objects.get().request_hash
    assert kept == digest_of_wish({"path": ISSUES, "data": BODY})
    answer = api("spotter").post(f"{ISSUES}?crs=gcj02", BODY, headers=keyed("one"))
    assert (answer.status_code, answer.json()["code"]) == (422, "key_reused")


def test_keys_of_different_people_do_not_meet(town: Town, api: Api) -> None:
    for person in ("spotter", "grid_worker"):
        assert api(person).post(ISSUES, BODY, headers=keyed("one")).status_code == 201
    assert Issue.objects.count() == 2


def test_a_refusal_is_not_kept(town: Town, api: Api) -> None:
    address = f"{ISSUES}{town.report().code}/"
    note = {"text": "演示"}
    for status, body in ((400, {}), (200, note), (200, note)):
        answer = api("grid_worker").post(f"{address}note/", body, headers=keyed("one"))
        assert answer.status_code == status
    result = {"outcome": "solved", "text": "演示"}
    assert (
        api("grid_worker").post(f"{address}submit_result/", result, headers=keyed("two")).status_code == 409
    )
    api("grid_worker").post(f"{address}sign/")
    assert (
        api("grid_worker").post(f"{address}submit_result/", result, headers=keyed("two")).status_code == 200
    )
    assert set(IdempotencyKey.objects.values_list("status", flat=True)) == {200}


def test_files_count_as_part_of_what_was_asked(town: Town, api: Api) -> None:
    def send(size: tuple[int, int]) -> Any:
        body = BODY | {"photos": [photo(size=size)]}
        return api("spotter").post(ISSUES, body, format="multipart", headers=keyed("one"))

    first, again, other = send((30, 20)), send((30, 20)), send((20, 30))
    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
    assert first.content == again.content and Issue.objects.get().attachments.count() == 1


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 121, "钥匙".encode().decode("latin-1"), "a\tb"])
def test_a_key_that_is_none(town: Town, api: Api, key: str) -> None:
    answer = api("spotter").post(ISSUES, BODY, headers=keyed(key))
    assert answer.status_code == 400 and "Idempotency-Key" in answer.json()["errors"]
    assert not Issue.objects.exists()


# --- every write --------------------------------------------------------------------------------------------
# Those sign somebody in or out: nobody's keys are known before, and revoking twice is revoking once.
WITHOUT_KEY = {"auth/login/", "auth/logout/"}
FILLED = {"str:code": "0" * 16, "int:pk": "1", "int:message": "1", "slug:key": "sampling"}


def writes() -> list[tuple[str, str]]:
    """(method, address) of every write below /api/v1/, from the routes themselves."""
    found = []
    for route, view in routes(get_resolver("governance.api_urls").url_patterns):
        if route.startswith("v1/"):
            for part, value in FILLED.items():
                route = route.replace(f"<{part}>", value)
            methods = {"post", "put", "patch", "delete"} & set(dir(view))
            found += [(method, route.removeprefix("v1/")) for method in sorted(methods)]
    return found


def routes(patterns: Iterable[Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for one in patterns:
        here = f"{before}{one.pattern}"
        if hasattr(one, "url_patterns"):
            yield from routes(one.url_patterns, here)
        elif hasattr(one.callback, "view_class") or hasattr(one.callback, "cls"):
            yield here, getattr(one.callback, "cls", None) or one.callback.view_class


def test_every_write_takes_a_key(town: Town, api: Api) -> None:
    """Before anything else is looked at: what is no key is refused on each of them, and nothing is stored."""
    known = [one for one in writes() if one[1] not in WITHOUT_KEY]
    assert (
        len(known) > 90 and ("post", "issues/batch/") in known and not [one for one in known if "<" in one[1]]
    )
    for method, route in known:
        for key in ("", "x" * 121):
            answer = getattr(api("grid_worker"), method)(f"/api/v1/{route}", {}, headers=keyed(key))
            assert answer.status_code == 400 and "Idempotency-Key" in answer.json()["errors"], route
    assert not IdempotencyKey.objects.exists()


# --- forms --------------------------------------------------------------------------------------------------
def submitted(user: Any, **fields: str) -> HttpRequest:
    request = HttpRequest()
    request.method, request.path, request.user = "POST", "/r/", user
    request.POST = QueryDict(mutable=True)
    request.POST.update(fields)
    return request


def test_a_form_sent_twice_is_done_once(town: Town) -> None:
    done: list[str] = []

    def act() -> str:
        done.append("once")
        return "/done/"

    user, key = town.people["grid_worker"], new_key()
    first = submit_once(submitted(user, **{FIELD: key, "text": "a", "csrfmiddlewaretoken": "x"}), act)
    again = submit_once(submitted(user, **{FIELD: key, "text": "a", "csrfmiddlewaretoken": "y"}), act)
    assert first == ("/done/", False) and again == ("/done/", True) and done == ["once"]
    with pytest.raises(Refused) as refused:
        submit_once(submitted(user, **{FIELD: key, "text": "b"}), act)
    assert refused.value.code == "key_reused"
    submit_once(submitted(user, text="b"), act)
    assert len(done) == 2


def test_the_hidden_field_has_a_new_key_for_every_page() -> None:
    one, two = (OnceForm()[FIELD].value() for _page in range(2))
    assert one != two and f'value="{one}"' not in str(OnceForm()) and 'type="hidden"' in str(OnceForm())
