"""Hotline orders over REST: files sent, checked and imported, and their results; as on the pages."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from issues.actions import PERFORM
from issues.hotline.columns import DEFAULT
from issues.models import HotlineOrder, ImportBatch, Issue
from tests.api.test_queries import statements
from tests.api.test_schema import schema  # noqa: F401  (a fixture)
from tests.api.test_sheets import check
from tests.builders import Town
from tests.issues.sheets import csv_text, row, workbook
from trail.job_actions import run_job_once
from trail.models import Event, IdempotencyKey

Api = Callable[[str], APIClient]
FILES, RESULTS = "/api/v1/hotline/files/", "/api/v1/hotline/results/"
ROWS = [row(), row(number="GZ2"), row(number="GZ3", deadline="no date")]


def send(client: APIClient, rows: Any = ROWS, area: str = "", **headers: str) -> Any:
    data = rows if isinstance(rows, bytes) else workbook(rows)
    body = {"file": SimpleUploadedFile("12345.xlsx", data)} | ({"area": area} if area else {})
    return client.post(FILES, body, format="multipart", headers=headers)


def imported(town: Town, api: Api, rows: Any = ROWS) -> str:
    here = send(api("street_dispatcher"), rows).headers["Location"]
    assert api("street_dispatcher").post(f"{here}confirm/").status_code == 200
    while run_job_once(now=town.now):
        pass
    return here


def test_a_file_is_sent_checked_and_imported(town: Town, api: Api, schema: dict[str, Any]) -> None:  # noqa: F811
    client, key = api("street_dispatcher"), {"Idempotency-Key": "one"}
    sent, again = (send(client, **key) for _time in range(2))
    assert sent.status_code == 201, sent.content.decode()
    assert ImportBatch.objects.count() == 1 and Issue.objects.count() == 0
    said, here = sent.json(), sent.headers["Location"]
    assert (said["state"]["key"], said["total"], said["wrong"], said["expected_new"]) == ("checked", 3, 1, 2)
    assert (said["area"], said["allowed"]) == ("220103001", ["confirm", "drop"])
    assert again.status_code in (201, 422)  # a workbook carries the second in which it was made
    whole = client.get(here)
    (fault,) = whole.json()["faults"]
    assert (fault["column"], fault["value"]) == (DEFAULT.header("deadline"), "no date") and fault["reason"]
    assert "no date" not in str([one.answer for one in IdempotencyKey.objects.all()])
    check(schema, f"{FILES}{{id}}/", whole)
    check(schema, FILES, client.get(FILES))
    done = client.post(f"{here}confirm/")
    assert (done.status_code, done.json()["state"]["key"], done.json()["allowed"]) == (200, "running", [])
    while run_job_once(now=town.now):
        pass
    assert (client.get(here).json()["state"]["key"], client.get(here).json()["added"]) == ("done", 2)
    assert set(HotlineOrder.objects.values_list("number", flat=True)) == {row()["number"], "GZ2"}
    verbs = list(Event.objects.about("hotline_file", said["id"]).values_list("verb", flat=True))
    assert verbs == ["check", "confirm", "finish"]
    late = client.post(f"{here}confirm/")
    assert (late.status_code, late.json()["code"]) == (409, "batch_state")


def test_one_that_is_not_imported(town: Town, api: Api) -> None:
    client = api("street_dispatcher")
    here = send(client, ROWS[2:]).headers["Location"]
    assert client.get(here).json()["allowed"] == ["drop"]
    refused = client.post(f"{here}confirm/")
    assert (refused.status_code, refused.json()["code"]) == (409, "batch_state")
    assert client.post(f"{here}drop/").json()["state"]["key"] == "dropped"
    assert client.get(here).json()["faults"] == [] and not Issue.objects.exists()


def test_a_long_one_is_checked_in_the_background(
    town: Town,
    api: Api,
    schema: dict[str, Any],  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("issues.actions.hotline.CHECKED_AT_ONCE", 2)
    client = api("street_dispatcher")
    sent = send(client, csv_text(ROWS).encode("gb18030"))
    here = sent.headers["Location"]
    assert (sent.status_code, sent.json()["state"]["key"], sent.json()["allowed"]) == (
        201,
        "checking",
        ["drop"],
    )
    waiting = client.get(here)
    assert (waiting.json()["done"], waiting.json()["failed"], waiting.json()["faults"]) == (0, False, [])
    check(schema, f"{FILES}{{id}}/", waiting)
    check(schema, FILES, client.get(FILES))
    early = client.post(f"{here}confirm/")
    assert (early.status_code, early.json()["code"]) == (409, "batch_state")
    while run_job_once(now=town.now):
        pass
    checked = client.get(here).json()
    assert (checked["state"]["key"], checked["allowed"], checked["done"]) == (
        "checked",
        ["confirm", "drop"],
        0,
    )
    assert (checked["expected_new"], checked["wrong"], len(checked["faults"])) == (2, 1, 1)


@pytest.mark.parametrize(
    ("rows", "area", "field"),
    [(b"", "", "file"), (b"PK\x03\x04", "", "file"), (ROWS, "220103002", "area"), (ROWS, "999999", "area")],
)
def test_what_is_no_file_of_orders_is_a_400(town: Town, api: Api, rows: Any, area: str, field: str) -> None:
    answer = send(api("street_dispatcher"), rows, area)
    assert answer.status_code == 400 and field in answer.json()["errors"], answer.content.decode()
    assert not ImportBatch.objects.exists()


def test_who_brings_them_and_who_sees_the_file(town: Town, api: Api) -> None:
    for person in ("grid_worker", "supervisor", "system_admin"):
        assert send(api(person)).status_code == 403, person
    elsewhere = send(api("street_dispatcher"), area="220103001001")
    assert elsewhere.status_code == 403 and elsewhere.json()["code"] == "not_yours"
    pk = send(api("street_dispatcher"), area="220103001").json()["id"]
    assert api("street_dispatcher_deputy").get(f"{FILES}{pk}/").status_code in (200, 404)
    for person in ("far_dispatcher", "grid_worker"):
        assert api(person).get(FILES).json()["results"] == []
        for tail in ("", "confirm/", "drop/"):
            ask = api(person).post if tail else api(person).get
            foreign, none = (ask(f"{FILES}{one}/{tail}") for one in (pk, pk + 1000))
            assert (foreign.status_code, foreign.content) == (404, none.content), (person, tail)


def test_what_came_of_them(town: Town, api: Api, schema: dict[str, Any]) -> None:  # noqa: F811
    imported(town, api)
    order = HotlineOrder.objects.get(number="GZ2")
    issue = order.issue
    by = {"by": town.people["community_secretary"], "now": town.now}
    PERFORM["dispatch"](issue, by=town.people["community_secretary"], now=town.now, unit=town.grid)
    PERFORM["sign"](issue, by=town.people["grid_worker"], now=town.now)
    PERFORM["submit_result"](
        issue, by=town.people["grid_worker"], now=town.now, outcome="solved", text="演示:已清运"
    )
    assert by
    answer = api("street_dispatcher").get(RESULTS)
    told = {one["number"]: one for one in answer.json()["results"]}
    check(schema, RESULTS, answer)
    done, waits = told["GZ2"], told[row()["number"]]
    assert (done["outcome"]["key"], done["answer"], done["returned"]) == ("solved", "演示:已清运", False)
    assert done["ended_at"] and waits["ended_at"] is None and waits["outcome"] is None
    assert done["issue"]["code"] == issue.code and list(done["cells"]) == DEFAULT.headers()
    assert done["cells"][DEFAULT.header("outcome")] == "已解决"
    assert "13800001234" not in answer.content.decode() and "演示居民" not in answer.content.decode()
    for query, numbers in (
        ({"number": "GZ2"}, {"GZ2"}), ({"again": "true"}, set()), ({"again": "false"}, set(told)),
        ({"open": "false"}, set()), ({"open": "true"}, set(told)), ({"late": "true"}, set()),
        ({"issue": issue.code}, {"GZ2"}), ({"deadline_before": "2026-03-01T00:00:00Z"}, set()),
    ):  # fmt: skip
        rows = api("street_dispatcher").get(RESULTS, query).json()["results"]
        assert {one["number"] for one in rows} == numbers, query
    for person in ("far_dispatcher", "spotter", "building_head", "system_admin"):
        assert api(person).get(RESULTS).json()["results"] == [], person


def test_statements(town: Town, api: Api) -> None:
    imported(town, api, [row()])
    client = api("street_dispatcher")
    client.get(RESULTS)
    one, one_file = (statements(lambda address=address: client.get(address)) for address in (RESULTS, FILES))
    imported(town, api, [row(number=f"GZ{number}") for number in range(4, 7)])
    assert statements(lambda: client.get(RESULTS)) == one
    assert statements(lambda: client.get(FILES)) == one_file
