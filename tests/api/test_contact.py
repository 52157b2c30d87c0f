"""Contact data over REST: for those whose post includes it, on an occasion, each look in the trail and kept nowhere."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from grids.actions.systems import open_service
from issues.models import Issue, Reporter
from tests.api.conftest import ISSUES, client_of
from tests.api.test_schema import JSON, schema, validator  # noqa: F401  (a fixture)
from tests.builders import CONTACT, Town
from trail.models import Event, IdempotencyKey

Api = Callable[[str], APIClient]
OCCASION = {"occasion": "visit"}


@pytest.fixture
def there(town: Town) -> str:
    return f"{ISSUES}{town.report(contact=CONTACT).code}/contact/reveal/"


def looks() -> list[Any]:
    return list(Event.objects.filter(subject_type="contact", verb="reveal").order_by("pk"))


def test_a_look_is_recorded_and_moves_nothing(
    town: Town,
    api: Api,
    there: str,
    schema: dict[str, Any],  # noqa: F811
) -> None:
    version = Issue.objects.get().version
    answer = api("grid_worker").post(there, OCCASION)
    assert answer.status_code == 200, answer.content.decode()
    assert answer.json() == OCCASION | {"name": CONTACT.name, "phone": CONTACT.phone}
    assert answer.headers["Cache-Control"] == "no-store" and "ETag" not in answer.headers
    (event,) = looks()
    assert (event.actor, event.data) == (town.people["grid_worker"], OCCASION)
    assert event.actor_label.startswith("grid_worker@unit:") and Issue.objects.get().version == version
    path = f"{ISSUES}{{code}}/contact/reveal/"
    shape = schema["paths"][path]["post"]["responses"]["200"]["content"][JSON]["schema"]
    assert list(validator(schema, shape).iter_errors(answer.json())) == []


def test_what_is_stored_under_a_key_is_nobody_s_number(town: Town, api: Api, there: str) -> None:
    key = {"Idempotency-Key": "one"}
    first, again = (api("grid_worker").post(there, OCCASION, headers=key) for _time in range(2))
    assert first.json()["phone"] == CONTACT.phone and "Idempotency-Replayed" not in first.headers
    assert again.json() == OCCASION | {"name": None, "phone": None}
    assert again.headers["Idempotency-Replayed"] == "true" and len(looks()) == 1
    stored = str([row.answer for row in IdempotencyKey.objects.all()])
    assert "visit" in stored and CONTACT.phone not in stored and CONTACT.name not in stored
    other = api("grid_worker").post(there, {"occasion": "result"}, headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")


@pytest.mark.parametrize("person", ["building_head", "supervisor"])
def test_a_post_without_contact_data(town: Town, api: Api, there: str, person: str) -> None:
    answer = api(person).post(there, OCCASION)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_yours"), answer.content.decode()
    assert not looks() and CONTACT.phone not in answer.content.decode()


@pytest.mark.parametrize("person", ["other_worker", "far_dispatcher", "system_admin"])
def test_whoever_does_not_see_it_is_told_nothing(town: Town, api: Api, there: str, person: str) -> None:
    none = there.replace(Issue.objects.get().code, "0" * 16)
    foreign, nothing = (api(person).post(address, OCCASION) for address in (there, none))
    assert (foreign.status_code, foreign.content) == (404, nothing.content) and not looks()


@pytest.mark.parametrize("body", [{}, {"occasion": "curious"}, {"occasion": ""}, {"occasion": None}])
def test_an_occasion_of_the_table(town: Town, api: Api, there: str, body: dict) -> None:
    answer = api("grid_worker").post(there, body)
    assert answer.status_code == 400 and "occasion" in answer.json()["errors"] and not looks()


def test_nothing_left_or_erased(town: Town, api: Api, there: str) -> None:
    Reporter.objects.update(erased_at=town.now, name="", phone="")
    for address in (there, f"{ISSUES}{town.report().code}/contact/reveal/"):
        answer = api("grid_worker").post(address, OCCASION)
        assert (answer.status_code, answer.json()["code"]) == (409, "no_contact")
    assert not looks()


def test_a_system_looks_as_its_post_does_and_by_its_name(town: Town, api: Api, there: str) -> None:
    brings = {"by": town.people["system_admin"], "now": town.now}
    for name, role, status in (("calls", "community_worker", 200), ("reads", "supervisor", 403)):
        user = open_service(name, display_name="演示·系统", role=role, place=town.community, **brings)
        assert client_of(user).post(there, OCCASION).status_code == status, name
    (event,) = looks()
    assert event.actor.username == "calls"
