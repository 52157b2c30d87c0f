"""Webhooks over REST: everything that the staff admin can do, with keys, and the same for nobody else."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from notices import webhook_sending as sending
from notices.models import Message, Subscription
from tests.api.conftest import Clock
from tests.api.test_schema import JSON, schema, validator  # noqa: F401  (a fixture)
from tests.builders import Town, add_west
from trail.models import Event, IdempotencyKey

Api = Callable[[str], APIClient]
WEBHOOKS = "/api/v1/webhooks/"
NEW = {
    "name": "演示系统",
    "address": "http://127.0.0.1:9/",
    "account": "street_dispatcher",
    "unit": "220103",
    "types": ["issue.report"],
}
FACTS = {name: value for name, value in NEW.items() if name != "unit"}


@pytest.fixture(autouse=True)
def _settled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trail.windows.settled_below", lambda: 2**62)


@pytest.fixture
def made(api: Api) -> dict[str, Any]:
    answer = api("system_admin").post(WEBHOOKS, NEW)
    assert answer.status_code == 201, answer.content.decode()
    last = Event.objects.latest("pk")
    Subscription.objects.update(after_xact=last.xact_id, after_id=last.pk)
    return answer.json()


def step(client: APIClient, made: dict[str, Any], verb: str, body: Any = None, key: str = "") -> Any:
    headers = {"HTTP_IDEMPOTENCY_KEY": key} if key else {}
    return client.post(f"{WEBHOOKS}{made['id']}/{verb}/", body or {}, **headers)


def test_the_whole_way(
    town: Town,
    api: Api,
    made: dict[str, Any],
    clock: Clock,
    schema: dict[str, Any],  # noqa: F811
) -> None:
    client, own = api("system_admin"), f"{WEBHOOKS}{made['id']}/"
    assert made["secret"] == Subscription.objects.get().secret and made["state"]["key"] == "running"
    assert client.get(WEBHOOKS).json()["results"] == [client.get(own).json()]
    assert "secret" not in client.get(own).json()

    town.report()
    sending.spread_once(now=clock.now)
    sending.send_once(now=clock.now)
    (message,) = client.get(f"{own}messages/").json()["results"]
    assert message["type"] == "issue.report" and message["state"]["key"] == "queued"
    whole = client.get(f"{own}messages/{message['id']}/").json()
    assert [one["error"]["key"] for one in whole["tries"]] == ["connection"]
    (sent,) = whole["tries"]
    assert sent["address"] == NEW["address"] and json.loads(sent["body"])["type"] == "issue.report"
    assert sent["headers"]["webhook-id"] == message["webhook_id"] and sent["secrets"] == [1]
    assert "webhook-signature" not in sent["headers"] and made["secret"] not in str(whole)
    assert client.get(own).json()["state"]["key"] == "failing"

    clock.forward(minutes=1)
    Message.objects.update(state="dead", ended_at=clock.now)
    assert step(client, made, f"messages/{message['id']}/resend").json()["state"]["key"] == "queued"
    assert step(client, made, f"messages/{message['id']}/resend").status_code == 409
    Message.objects.update(state="dead")
    assert step(client, made, "resend").json() == {"count": 1}
    assert step(client, made, "ping").json()["type"] == "ping"
    assert step(client, made, "pause").json()["paused_because"]["key"] == "person"
    refused = step(client, made, "pause")
    assert refused.status_code == 409 and refused.json()["allowed"] == ["resume"]
    assert step(client, made, "resume", {"from_now": True}).json()["state"]["key"] == "running"
    changed = step(client, made, "change", FACTS | {"name": "新名", "types": []}).json()
    assert (changed["name"], changed["types"]) == ("新名", [])
    turned = step(client, made, "rotate").json()
    assert turned["secret"] not in (made["secret"], None) and turned["old_secret_until"]
    ended = step(client, made, "end").json()
    assert ended["state"]["key"] == "ended"
    assert step(client, made, "ping").json()["code"] == "ended"

    shapes = {
        WEBHOOKS: "/api/v1/webhooks/",
        own: "/api/v1/webhooks/{id}/",
        f"{own}messages/": "/api/v1/webhooks/{id}/messages/",
        f"{own}messages/{message['id']}/": "/api/v1/webhooks/{id}/messages/{message}/",
    }
    for address, path in shapes.items():
        shape = schema["paths"][path]["get"]["responses"]["200"]["content"][JSON]["schema"]
        assert list(validator(schema, shape).iter_errors(client.get(address).json())) == [], path


def test_the_same_key_makes_one_and_the_secret_is_in_no_stored_answer(town: Town, api: Api) -> None:
    client = api("system_admin")
    first = client.post(WEBHOOKS, NEW, HTTP_IDEMPOTENCY_KEY="one")
    again = client.post(WEBHOOKS, NEW, HTTP_IDEMPOTENCY_KEY="one")
    assert first.status_code == again.status_code == 201 and first.json() == again.json()
    assert (
        again.headers["Idempotency-Replayed"] == "true"
        and again.headers["Location"] == first.headers["Location"]
    )
    assert first.headers["Cache-Control"] == again.headers["Cache-Control"] == "no-store"
    secret = first.json()["secret"]
    assert secret.startswith("whsec_") and Subscription.objects.count() == 1
    assert client.post(WEBHOOKS, NEW | {"name": "x"}, HTTP_IDEMPOTENCY_KEY="one").status_code == 422

    made = first.json()
    turned = step(client, made, "rotate", key="two")
    assert (
        turned.json() == step(client, made, "rotate", key="two").json() and turned.json()["secret"] != secret
    )
    assert first.json()["shown_already"] is turned.json()["shown_already"] is False
    # A later secret is nothing that the first request was about.
    late = client.post(WEBHOOKS, NEW, HTTP_IDEMPOTENCY_KEY="one").json()
    assert (late["secret"], late["shown_already"]) == (None, True)
    stored = str([row.answer for row in IdempotencyKey.objects.all()])
    assert "whsec_" not in stored and secret[6:] not in stored


def test_a_secret_made_again_at_the_same_moment_is_another(town: Town, api: Api, clock: Clock) -> None:
    client = api("system_admin")
    made = client.post(WEBHOOKS, NEW, HTTP_IDEMPOTENCY_KEY="one").json()
    step(client, made, "rotate")
    assert client.post(WEBHOOKS, NEW, HTTP_IDEMPOTENCY_KEY="one").json()["secret"] is None


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"address": "https://192.168.1.1/"}, 409),
        ({"address": "x" * 501}, 400),
        ({"account": "nobody"}, 409),
        ({"account": "west_dispatcher"}, 409),
        ({"unit": "621002"}, 409),
        ({"unit": "nowhere"}, 409),
        ({"types": ["issue.nonsense"]}, 409),
        ({"types": "issue.report"}, 400),
        ({"types": [1] * 300}, 400),
        ({"name": None}, 400),
        ({"id": 7, "state": "ended", "secret": "whsec_x", "created_by": 1, "name": ""}, 400),
    ],
)
def test_what_is_wrong_is_refused(town: Town, api: Api, wrong: dict[str, Any], status: int) -> None:
    add_west(town)
    answer = api("system_admin").post(WEBHOOKS, NEW | wrong)
    assert answer.status_code == status, answer.content.decode()
    assert not Subscription.objects.exists() and answer.json()["title"]


def test_what_does_not_exist_and_what_is_anothers_answer_alike(town: Town, api: Api) -> None:
    add_west(town)
    answers = []
    for name in ("nobody", "west_dispatcher"):
        answers.append(api("system_admin").post(WEBHOOKS, NEW | {"account": name}).json())
    for code in ("999999", "621002"):
        answers.append(api("system_admin").post(WEBHOOKS, NEW | {"unit": code}).json())
    assert answers[0] == answers[1] and answers[2] == answers[3]


@pytest.mark.parametrize("person", ["street_dispatcher", "street_leader", "audit_admin", "west_system_admin"])
def test_nobody_else_finds_it(town: Town, api: Api, made: dict[str, Any], person: str) -> None:
    add_west(town)
    client, own = api(person), f"{WEBHOOKS}{made['id']}/"
    message = step(api("system_admin"), made, "ping").json()
    assert client.get(WEBHOOKS).json()["results"] == []
    for address in (own, f"{own}messages/", f"{own}messages/{message['id']}/"):
        foreign, missing = client.get(address), client.get(address.replace(f"/{made['id']}/", "/99999999/"))
        assert foreign.status_code == missing.status_code == 404 and foreign.content == missing.content
    for verb in ("change", "rotate", "pause", "resume", "ping", "resend", "end"):
        assert step(client, made, verb, FACTS).status_code == 404, verb
    assert step(client, made, f"messages/{message['id']}/resend").status_code == 404
    assert client.post(WEBHOOKS, NEW).status_code in (403, 409)
    assert Subscription.objects.get().state == "running"


def test_a_message_is_found_below_its_own_webhook_alone(town: Town, api: Api, made: dict[str, Any]) -> None:
    client = api("system_admin")
    other = client.post(WEBHOOKS, NEW).json()
    message = step(client, made, "ping").json()
    assert client.get(f"{WEBHOOKS}{other['id']}/messages/{message['id']}/").status_code == 404
    assert client.get(f"{WEBHOOKS}{10**30}/").status_code == 404


def test_lists_cost_the_same_with_one_and_with_many(
    town: Town, api: Api, made: dict[str, Any], django_assert_max_num_queries: Any, clock: Clock
) -> None:
    client = api("system_admin")
    counts = []
    for number in (1, 3):
        for _number in range(number):
            step(client, made, "ping")
            client.post(WEBHOOKS, NEW)
        clock.now += timedelta(seconds=1)
        client.get(WEBHOOKS)
        with django_assert_max_num_queries(6) as listed:
            client.get(WEBHOOKS)
        with django_assert_max_num_queries(7) as messages:
            client.get(f"{WEBHOOKS}{made['id']}/messages/")
        counts.append((len(listed), len(messages)))
    assert counts[0] == counts[1]
