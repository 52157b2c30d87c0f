"""Several requests at the same moment, in threads with connections of their own."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Grant
from grids.standing import forget_standings
from issues.models import Issue
from issues.worktimes import forget_worktimes
from tests.api.conftest import ISSUES, client_of
from tests.builders import Town
from tests.towns import put_town
from trail.idempotency import REPLAYED
from trail.models import Event, IdempotencyKey

BODY = {"place": "22010300100100001", "category": "litter", "text": "演示:垃圾没有清运"}


def keyed(key: str) -> dict[str, str]:
    return {"Idempotency-Key": key}


@pytest.fixture
def committed(transactional_db: None) -> Iterator[Town]:
    yield put_town()
    forget_standings()
    forget_worktimes()


def at_once(acts: list[Callable[[], Any]]) -> list[Any]:
    """Run them in threads of their own, with connections of their own, from one starting line."""
    line, answers = threading.Barrier(len(acts)), [None] * len(acts)

    def run(number: int, act: Callable[[], Any]) -> None:
        line.wait()
        try:
            answers[number] = act()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_parallel_reports_with_one_key_are_one_issue(committed: Town) -> None:
    clients = [client_of(committed.people["spotter"]) for _thread in range(50)]

    def send(client: APIClient) -> Callable[[], Any]:
        return lambda: client.post(ISSUES, BODY, headers=keyed("one"))

    answers = at_once([send(client) for client in clients])
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum(REPLAYED in answer.headers for answer in answers) == 49
    assert Issue.objects.count() == 1 and IdempotencyKey.objects.count() == 1
    assert list(Event.objects.filter(subject_type="issue", verb="report").values_list("seq", flat=True)) == [
        1
    ]


def test_parallel_wishes_for_a_token_with_one_key_are_one_token_that_one_answer_shows(
    committed: Town,
) -> None:
    clients = [client_of(committed.people["grid_worker"]) for _thread in range(50)]
    wanted = {
        "name": "演示·脚本",
        "scopes": ["read"],
        "expires_at": f"{timezone.now() + timedelta(days=9):%FT%TZ}",
    }

    def send(client: APIClient) -> Callable[[], Any]:
        return lambda: client.post("/api/v1/auth/tokens/", wanted, headers=keyed("one"))

    answers = at_once([send(client) for client in clients])
    assert {answer.status_code for answer in answers} == {201}
    told = [answer.json() for answer in answers]
    (token,) = [one["token"] for one in told if not one["shown_already"]]
    assert token and [one["token"] for one in told].count(None) == 49
    assert len({one["id"] for one in told}) == 1 and Grant.objects.filter(name=wanted["name"]).count() == 1


def test_parallel_steps_with_one_key_are_one_step_and_with_two_are_one_success(committed: Town) -> None:
    issue = committed.report()
    address = f"{ISSUES}{issue.code}/sign/"
    worker, chief = (client_of(committed.people[name]) for name in ("grid_worker", "grid_chief"))
    same = client_of(committed.people["grid_worker"])
    answers = at_once(
        [
            lambda: worker.post(address, headers=keyed("one")),
            lambda: same.post(address, headers=keyed("one")),
            lambda: chief.post(address, headers=keyed("two")),
        ]
    )
    mine, again, other = (answer.status_code for answer in answers)
    assert mine == again and {mine, other} == {200, 409}
    assert Event.objects.filter(subject_type="issue", subject_id=issue.pk, verb="sign").count() == 1


def test_parallel_batches_with_the_same_rows_make_each_once(committed: Town) -> None:
    """In whatever order the rows stand: nobody waits for each other in a circle."""
    rows = [BODY | {"key": f"row-{number}"} for number in range(30)]
    orders = [rows, rows[::-1], rows[10:] + rows[:10], rows[::-1][7:] + rows[::-1][:7]]
    clients = [client_of(committed.people["spotter"]) for _order in orders]

    def send(number: int) -> Callable[[], Any]:
        return lambda: clients[number].post(f"{ISSUES}batch/", {"rows": orders[number]})

    answers = at_once([send(number) for number in range(len(orders))])
    assert {answer.status_code for answer in answers} == {200}
    found = [{one["key"]: one["code"] for one in answer.json()["results"]} for answer in answers]
    assert all(one == found[0] for one in found) and Issue.objects.count() == 30
    assert sum(one["replayed"] for answer in answers for one in answer.json()["results"]) == 90
