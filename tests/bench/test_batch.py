"""What the bench sends as a batch is taken in whole."""

import json
from collections.abc import Callable

from rest_framework.test import APIClient

from bench.batch import SIZES, BatchBench
from bench.requests import CONNECTIONS
from issues.models import Issue
from tests.api.conftest import api, clock, town  # noqa: F401
from tests.builders import Town


def test_batches_are_taken_in_whole(town: Town, api: Callable[[str], APIClient]) -> None:  # noqa: F811
    bench = BatchBench.__new__(BatchBench)
    bench.building, bench.category, bench.host = town.building.code, "litter", "testserver"
    bench.worker = {"token": "x"}
    for size in SIZES:
        head, _blank, body = next(bench.batches(size)(CONNECTIONS - 1)).partition(b"\r\n\r\n")
        assert f"Content-Length: {len(body)}".encode() in head and b"Authorization: Token x" in head
        address = head.split()[1].decode()
        answer = api("grid_worker").generic("POST", address, body, "application/json").json()
        assert (answer["created"], answer["refused"]) == (size, 0)
    assert {issue.owner for issue in Issue.objects.select_related("owner_unit")} == {town.grid}
    assert len(json.loads(body)["rows"]) == SIZES[-1]
