"""Sheets over REST: the kinds, a file sent and checked, what is wrong with it, imported or not; as on the page."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from accounts.actions import issue_token
from grids.models import Body, SheetFile
from grids.sheet_kinds import KINDS
from issues.models import Issue
from tests.api.test_queries import statements
from tests.api.test_schema import JSON, schema, validator  # noqa: F401  (a fixture)
from tests.builders import Town
from trail.job_actions import run_job_once
from trail.models import Event, IdempotencyKey, Job

Api = Callable[[str], APIClient]
SHEETS = "/api/v1/sheets/"
HEAD = "编码,名称,类别,所属辖区编码\n"
LIST = "位置编码,问题类别,描述,编号\n"
GOOD = HEAD + "new-1,演示新单位,职能部门,220103\nnew-2,演示二单位,职能部门,220103\n"


def send(client: APIClient, text: str | bytes = GOOD, kind: str = "bodies", **headers: str) -> Any:
    data = text if isinstance(text, bytes) else text.encode()
    file = SimpleUploadedFile("演示.csv", data, "text/csv")
    return client.post(SHEETS, {"kind": kind, "file": file}, format="multipart", headers=headers)


def check(schema: dict[str, Any], path: str, answer: Any) -> None:  # noqa: F811
    shape = schema["paths"][path]["get"]["responses"]["200"]["content"][JSON]["schema"]
    assert [one.message for one in validator(schema, shape).iter_errors(answer.json())] == []


def test_the_kinds_and_what_their_columns_hold(town: Town, api: Api, schema: dict[str, Any]) -> None:  # noqa: F811
    answer = api("system_admin").get(f"{SHEETS}kinds/")
    told = {row["key"]: row for row in answer.json()}
    assert set(told) == {"units", "bodies", "posts", "categories"}
    columns = {column["key"]: column for column in told["bodies"]["columns"]}
    assert [column["heading"] for column in told["bodies"]["columns"]] == KINDS["bodies"].headings()
    assert columns["code"]["required"] and "职能部门" in columns["kind"]["words"]
    check(schema, f"{SHEETS}kinds/", answer)
    # Who reports brings lists of issues alone, who does not brings nothing.
    answer = api("grid_worker").get(f"{SHEETS}kinds/")
    assert [row["key"] for row in answer.json()] == ["issues"]
    check(schema, f"{SHEETS}kinds/", answer)
    for person in ("body_officer", "supervisor"):
        assert api(person).get(f"{SHEETS}kinds/").status_code == 403


def test_a_sheet_is_sent_checked_and_imported(town: Town, api: Api, schema: dict[str, Any]) -> None:  # noqa: F811
    client = api("system_admin")
    sent, again = (send(client, **{"Idempotency-Key": "one"}) for _time in range(2))
    assert sent.status_code == 201, sent.content.decode()
    assert again.content == sent.content and SheetFile.objects.count() == 1
    said, here = sent.json(), sent.headers["Location"]
    assert (said["state"]["key"], said["total"], said["added"], said["wrong"]) == ("checked", 2, 2, 0)
    assert said["allowed"] == ["confirm", "drop"]
    assert (
        client.get(here).json() == said | {"faults": [], "passed_over": []}
        and not Body.objects.filter(code="new-1").exists()
    )
    check(schema, f"{SHEETS}{{id}}/", client.get(here))
    check(schema, SHEETS, client.get(SHEETS))
    key = {"Idempotency-Key": "two"}
    done, twice = (client.post(f"{here}confirm/", headers=key) for _time in range(2))
    assert (done.status_code, done.content) == (200, twice.content)
    assert (done.json()["state"]["key"], done.json()["added"], done.json()["allowed"]) == ("done", 2, [])
    assert Body.objects.get(code="new-1").name == "演示新单位"
    verbs = list(Event.objects.about("sheet", said["id"]).values_list("verb", flat=True))
    assert verbs == ["check", "confirm", "finish"]
    late = client.post(f"{here}confirm/")
    assert (late.status_code, late.json()["code"]) == (409, "sheet_state")
    assert send(client).json()["unchanged"] == 2


def test_a_sheet_with_faults_says_where_and_is_not_imported(town: Town, api: Api) -> None:
    client = api("system_admin")
    sent = send(
        client, GOOD + "x,,职能部门,220103\nnew-4,演示四,no such,220103\n", **{"Idempotency-Key": "one"}
    )
    said = client.get(sent.headers["Location"]).json()
    assert "no such" not in str([row.answer for row in IdempotencyKey.objects.all()])
    assert said["wrong"] == len(said["faults"]) >= 2 and said["allowed"] == ["drop"]
    assert {fault["line"] for fault in said["faults"]} == {4, 5}
    assert all(fault["reason"] for fault in said["faults"])
    assert "no such" in {fault["value"] for fault in said["faults"]}
    refused = client.post(f"{SHEETS}{said['id']}/confirm/")
    assert (refused.status_code, refused.json()["code"]) == (409, "sheet_state")
    assert client.post(f"{SHEETS}{said['id']}/drop/").json()["state"]["key"] == "dropped"
    dropped = client.get(sent.headers["Location"]).json()
    assert (dropped["state"]["key"], dropped["faults"], dropped["allowed"]) == ("dropped", [], [])
    assert not Body.objects.filter(code__startswith="new").exists()


def test_a_long_one_is_checked_and_imported_in_the_background(town: Town, api: Api) -> None:
    client = api("system_admin")
    text = HEAD + "".join(f"new-{number},演示{number},职能部门,220103\n" for number in range(201))
    said = send(client, text).json()
    here = f"{SHEETS}{said['id']}/"
    assert (said["state"]["key"], said["allowed"]) == ("checking", ["drop"])
    early = client.post(f"{here}confirm/")
    assert (early.status_code, early.json()["code"]) == (409, "sheet_state")
    work_off(town)
    assert (client.get(here).json()["state"]["key"], client.get(here).json()["added"]) == ("checked", 201)
    assert client.post(f"{here}confirm/").json()["state"]["key"] == "running"
    Job.objects.filter(state="waiting").update(state="failed")
    assert (
        client.get(here).json()["state"]["key"]
        == "failed"
        == client.get(SHEETS).json()["results"][0]["state"]["key"]
    )
    Job.objects.filter(state="failed").update(state="waiting")
    work_off(town)
    assert (client.get(here).json()["state"]["key"], client.get(here).json()["added"]) == ("done", 201)


def work_off(town: Town) -> None:
    while run_job_once(now=town.now):
        pass


@pytest.mark.parametrize(
    ("text", "kind", "field"),
    [(b"", "bodies", "file"), (b"PK\x03\x04x", "bodies", "file"), (GOOD, "no such", "kind"),
     (GOOD, "boundaries", "kind"), (GOOD, "", "kind")],
)  # fmt: skip
def test_what_is_no_sheet_is_a_400(town: Town, api: Api, text: Any, kind: str, field: str) -> None:
    answer = send(api("system_admin"), text, kind)
    assert answer.status_code == 400 and field in answer.json()["errors"], answer.content.decode()
    assert not SheetFile.objects.exists()


def test_json_is_no_sheet(town: Town, api: Api) -> None:
    answer = api("system_admin").post(SHEETS, {"kind": "bodies", "file": "x"}, format="json")
    assert answer.status_code == 415 and answer.headers["Content-Type"] == "application/problem+json"


def test_it_is_for_whoever_may_bring_it_and_has_sent_it(town: Town, api: Api) -> None:
    for person, status in (("grid_worker", 400), ("supervisor", 403), ("far_dispatcher", 400)):
        assert send(api(person)).status_code == status, person
        assert api(person).get(SHEETS).json()["results"] == []
    # Posts are given by others than units are managed.
    assert send(api("security_admin"), kind="bodies").status_code in (400, 403)
    made = send(api("system_admin")).json()
    for person in ("security_admin", "district_dispatcher"):
        for tail in ("", "confirm/", "drop/"):
            ask = api(person).post if tail else api(person).get
            foreign, none = (ask(f"{SHEETS}{pk}/{tail}") for pk in (made["id"], made["id"] + 1000))
            assert (foreign.status_code, foreign.content) == (404, none.content), (person, tail)


def test_a_list_of_issues_is_sent_checked_and_its_right_rows_taken_in(town: Town, api: Api) -> None:
    client = api("street_dispatcher")
    text = LIST + "220103001001001,litter,演示:垃圾堆放,PC-1\n220103001001001,no such,演示:路灯不亮,PC-2\n"
    said = send(client, text, "issues").json()
    assert (said["added"], said["wrong"], said["allowed"]) == (1, 1, ["confirm", "drop"])
    [fault] = client.get(f"{SHEETS}{said['id']}/").json()["faults"]
    assert (fault["line"], fault["column"], fault["value"]) == (3, "问题类别", "no such") and fault["reason"]
    key = {"Idempotency-Key": "one"}
    done, twice = (client.post(f"{SHEETS}{said['id']}/confirm/", headers=key) for _time in range(2))
    assert done.status_code == 200 and done.content == twice.content
    assert (done.json()["state"]["key"], done.json()["added"], done.json()["wrong"]) == ("done", 1, 1)
    assert Issue.objects.get().registered_by == town.people["street_dispatcher"]
    again = send(client, text, "issues").json()
    assert (again["added"], again["unchanged"], again["wrong"]) == (0, 1, 1)
    [note] = client.get(f"{SHEETS}{again['id']}/").json()["passed_over"]
    assert Issue.objects.get().number in note["reason"]


def test_a_token_that_brings_a_list_of_issues_reports_too(town: Town, api: Api) -> None:
    def client(*scopes: str) -> APIClient:
        token = issue_token(town.people["street_dispatcher"], by=None, now=town.now, scopes=scopes)
        made = APIClient()
        made.credentials(HTTP_AUTHORIZATION=f"Token {token}", HTTP_ACCEPT_LANGUAGE="en")
        return made

    api("street_dispatcher")  # the clock stands still
    text = LIST + "220103001001001,litter,演示:垃圾堆放,PC-1\n"
    manages, both = client("manage"), client("manage", "report")
    made = send(both, text, "issues").json()
    for refused in (send(manages, text, "issues"), manages.post(f"{SHEETS}{made['id']}/confirm/")):
        assert (refused.status_code, refused.json()["code"], refused.json()["scope"]) == (
            403,
            "scope",
            "report",
        )
    assert not Issue.objects.exists()
    assert both.post(f"{SHEETS}{made['id']}/confirm/").json()["state"]["key"] == "done"


def test_statements(town: Town, api: Api) -> None:
    client = api("system_admin")
    send(client)
    client.get(SHEETS)
    one = statements(lambda: client.get(SHEETS))
    for _more in range(2):
        send(client)
    assert statements(lambda: client.get(SHEETS)) == one <= 4
